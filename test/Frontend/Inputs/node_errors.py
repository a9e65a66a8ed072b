#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gives the importer one wrong node a row of node_errors.txt, and fails where it does not say what the row says.

usage: node_errors.py NARROW_TRANSLATE ROWS

A row: operator (behind its domain), opset, operands, attributes, message, separated by "|". An operand is TYPE[SHAPE], with =[NUMBERS] where it
is a constant, or - where it is left out; an attribute NAME=VALUE, of floats where there is a point. The node is called 'n'; '!' before the message marks
an operation that is not supported rather than wrong.
"""
import re
import subprocess
import sys

TYPES = {"f32": 1, "u8": 2, "i8": 3, "i32": 6, "i64": 7, "bool": 9, "f16": 10, "u64": 13}


def value_info(name, code, shape):
    dims = " ".join(f"dim {{ dim_value: {size} }}" for size in shape)
    return f'name: "{name}" type {{ tensor_type {{ elem_type: {code} shape {{ {dims} }} }} }}'


def model(operator, opset, operands, attributes):
    graph, node = [], []
    for i, operand in enumerate(operands.split()):
        if operand == "-":
            node.append('input: ""')
            continue
        kind, shape, numbers = re.fullmatch(r"(\w+)\[([\d,]*)\](?:=\[(.*)\])?", operand).groups()
        shape = [int(size) for size in shape.split(",") if size]
        node.append(f'input: "x{i}"')
        if numbers is None:
            graph.append(f"input {{ {value_info(f'x{i}', TYPES[kind], shape)} }}")
            continue
        field = {"f32": "float_data", "i64": "int64_data"}.get(kind, "int32_data")
        dims = " ".join(f"dims: {size}" for size in shape)
        graph.append(f'initializer {{ name: "x{i}" data_type: {TYPES[kind]} {dims} {field}: [{numbers}] }}')
    for attribute in attributes.split():
        name, value = attribute.split("=")
        numbers = value.split(",")
        if re.fullmatch(r"-?\d+\.\d*", numbers[0]):
            form = "type: FLOATS " + " ".join(f"floats: {number}" for number in numbers)
        elif not re.fullmatch(r"-?\d+", numbers[0]):
            form = f'type: STRING s: "{value}"'
        elif "," in value:
            form = "type: INTS " + " ".join(f"ints: {number}" for number in numbers if number)
        else:
            form = f"type: INT i: {value}"
        node.append(f'attribute {{ name: "{name}" {form} }}')
    domain, _, operator = operator.rpartition(".")
    graph.append(f'node {{ op_type: "{operator}" domain: "{domain}" name: "n" {" ".join(node)} output: "y" }}')
    graph.append('output { name: "y" }')
    return f'ir_version: 8 opset_import {{ domain: "{domain}" version: {opset} }}' + f" graph {{ {' '.join(graph)} }}"


def main():
    wrong = rows = 0
    with open(sys.argv[2]) as file:
        lines = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
    for line in lines:
        operator, opset, operands, attributes, message = (part.strip() for part in line.split("|"))
        unsupported = message.startswith("!")
        expected = (f"{operator} (opset {opset}): {message[1:]}: 1 node, 'n'" if unsupported
                    else f"error: node 'n' ({operator.rpartition('.')[2]}): {message}")
        with open("model.onnx.txt", "w") as file:
            file.write(model(operator, opset, operands, attributes))
        run = subprocess.run([sys.argv[1], "model.onnx.txt"], capture_output=True, text=True)
        rows += 1
        if run.returncode != 1 or not any(found.endswith(expected) for found in run.stderr.splitlines()):
            wrong += 1
            print(f"{line}\n  expected {expected!r}, found exit code {run.returncode}, {run.stderr.strip()!r}")
    print(f"{rows} rows, {wrong} wrong")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
