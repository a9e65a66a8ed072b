#!/usr/bin/env python3
"""Checks what clang-format does not: file headers and file sizes.

Prints one line per finding and exits with 1 if there is any.
"""
import subprocess
import sys

LIMITS = {".cpp": 1000, ".h": 400, ".td": 400, ".mlir": 400}
NEEDS_LICENCE = (".cpp", ".h", ".td", ".c")


def main():
    findings = []
    for path in subprocess.check_output(["git", "ls-files"], text=True).split():
        suffix = path[path.rfind("."):] if "." in path else ""
        if suffix not in LIMITS and suffix not in NEEDS_LICENCE:
            continue
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        if suffix in NEEDS_LICENCE and not any("SPDX-License-Identifier" in line for line in lines[:8]):
            findings.append(f"{path}: expected an SPDX-License-Identifier in the first eight lines")
        if len(lines) > LIMITS.get(suffix, len(lines)):
            findings.append(f"{path}: expected at most {LIMITS[suffix]} lines, found {len(lines)}")
    print("\n".join(findings) if findings else "tree: no findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
