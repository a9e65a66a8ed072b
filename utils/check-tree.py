#!/usr/bin/env python3
"""Checks what clang-format does not: file headers, file sizes, and arrows between folders that must not come.

Prints one line per finding and exits with 1 if there is any.
"""
import os
import re
import subprocess
import sys

LIMITS = {".cpp": 650, ".h": 250, ".td": 400, ".mlir": 400}
NEEDS_LICENCE = (".cpp", ".h", ".td", ".c")
# Samples and models of others are no part of the tree.
MOST_BYTES = 1 << 20

# A file in the first folder includes none of the others: data flows one way.
FORBIDDEN = {
    "Codegen/Contraction": ("Codegen/Kernels", "Codegen/Memory"),
    "Codegen/Emit": ("Codegen/Contraction", "Codegen/Islands", "Codegen/Kernels", "Codegen/Memory"),
    "Codegen/Kernels": ("Codegen/Memory",),
    "Frontend/Build": ("Frontend/Onnx",),
    "Plan": ("Quantize", "Search"),
    "Quantize": ("Calibration", "Search"),
    "Repair": ("Search",),
    "Search": ("Driver", "Quantize", "Repair"),
    "Simulate": ("Codegen", "Driver", "Repair", "Search"),
}
INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.MULTILINE)


def folder(path):
    """The path below lib/ or include/narrow/, or None."""
    for root in ("lib/", "include/narrow/", "narrow/"):
        if path.startswith(root):
            return path[len(root):]
    return None


def forbidden_arrows(path, text):
    source = folder(path)
    for start, ends in FORBIDDEN.items():
        if not source or not source.startswith(start + "/"):
            continue
        for include in INCLUDE.findall(text):
            beside = os.path.normpath(os.path.join(os.path.dirname(path), include))
            target = folder(beside if os.path.exists(beside) else include)
            for end in ends:
                if target and target.startswith(end + "/"):
                    yield f"{path}: expected nothing of {end}, found {include}"


def main():
    findings = []
    for path in subprocess.check_output(["git", "ls-files"], text=True).split():
        suffix = path[path.rfind("."):] if "." in path else ""
        if os.path.isfile(path) and os.path.getsize(path) > MOST_BYTES:
            findings.append(f"{path}: expected at most {MOST_BYTES} bytes, found {os.path.getsize(path)}")
        if suffix not in LIMITS and suffix not in NEEDS_LICENCE:
            continue
        with open(path, encoding="utf-8") as file:
            text = file.read()
        lines = text.splitlines()
        findings += forbidden_arrows(path, text)
        if suffix in NEEDS_LICENCE and not any("SPDX-License-Identifier" in line for line in lines[:8]):
            findings.append(f"{path}: expected an SPDX-License-Identifier in the first eight lines")
        if len(lines) > LIMITS.get(suffix, len(lines)):
            findings.append(f"{path}: expected at most {LIMITS[suffix]} lines, found {len(lines)}")
    print("\n".join(findings) if findings else "tree: no findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
