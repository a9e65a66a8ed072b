#!/usr/bin/env python3
"""Checks the JSON of `narrow verify`: equal bits on every level, figures at least the given ones.

    check-verify.py FILE --agreement PERCENT --sqnr DB --levels a,b,... [--float-ops N]

Every operation must be in fixed point, or exactly N of them in float.
"""
import argparse
import json
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--agreement", type=float, required=True)
    parser.add_argument("--sqnr", type=float, required=True)
    parser.add_argument("--levels", required=True, help="levels that must have been compared, "
                        "themselves or their stand-ins, or skipped with a reason")
    parser.add_argument("--float-ops", type=int, default=0, help="operations that must have stayed in float")
    args = parser.parse_args()
    with open(args.file) as file:
        result = json.load(file)
    differing = result["differing_elements"]
    # Entries are names, or objects with a name and a reason, of levels this machine cannot run.
    skipped = json.dumps(result["skipped_levels"])
    problems = [f"{level}: {count} elements differ from the interpreter" for level, count in differing.items() if count]
    problems += [f"{level}: neither compared nor skipped" for level in args.levels.split(",")
                 if not {level, f"{level}-emulated"} & set(differing) and f'"{level}' not in skipped]
    if not differing:
        problems.append("no level was compared")
    if result["float_ops"] != args.float_ops:
        problems.append(f"operations in float: expected {args.float_ops}, found {result['float_ops']}")
    for key, floor in (("agreement", args.agreement), ("sqnr_db", args.sqnr)):
        if not result[key] >= floor:
            problems.append(f"{key}: expected at least {floor}, found {result[key]}")
    print(json.dumps(result))
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
