#!/usr/bin/env python3
"""Runs the lit suite and closes with one plain line of counts.

Exits with 1 if a test failed or none was run.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

FAILED = {"FAIL", "XPASS", "UNRESOLVED", "TIMEOUT"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lit", required=True, help="the lit program")
    parser.add_argument("suites", nargs="+", help="build directories that hold a lit.site.cfg.py")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "lit.json")
        # Unit tests are listed before the slow executions, so that a broken build shows early.
        subprocess.run([sys.executable, args.lit, "-sv", "--order=smart", "--show-unsupported", "-o", report, *args.suites])
        if not os.path.exists(report):
            print("0 passed, 1 failed")
            return 1
        with open(report) as file:
            codes = [test["code"] for test in json.load(file)["tests"]]
    failed = sum(code in FAILED for code in codes)
    skipped = sum(code in ("UNSUPPORTED", "SKIPPED") for code in codes)
    passed = len(codes) - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
