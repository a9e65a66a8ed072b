#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails unless every value of a fixed-point module has a name of its own that is in the ONNX file, or follows from one.

usage: check-names.py MODEL.onnx MODULE.mlir
"""
import re
import sys

# What was done, or what a constant is there for.
DERIVED = r"(:[a-z][a-z_0-9]*)+$"


def main():
    with open(sys.argv[1], "rb") as file:
        model = file.read()
    names = []
    derived = 0
    with open(sys.argv[2]) as file:
        for line in file:
            result = re.match(r"\s*%\w+ = (fxp\.\w+) ", line)
            if not result:
                continue
            attribute = re.search(r'narrow\.name = "([^"]*)"', line)
            if not attribute:
                sys.exit(f"a {result[1]} has no name: {line[:100]}")
            name = attribute[1]
            base = re.sub(DERIVED, "", name)
            derived += base != name
            # Protobuf's text is length and bytes.
            if not base or bytes([len(base)]) + base.encode() not in model:
                sys.exit(f"'{name}' follows from no name of the model")
            names.append(name)
    if len(names) != len(set(names)):
        sys.exit("two values have one name")
    print(f"{len(names)} values, {derived} of them with names that follow from others")


if __name__ == "__main__":
    main()
