#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes quantised models that are wrong into a folder. usage: quantized_invalid.py FOLDER"""
import os
import sys

INPUT = 'input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 5 } } } } }'


def node(op, name, inputs, output, more=""):
    listed = " ".join(f'input: "{i}"' for i in inputs)
    return f'node {{ op_type: "{op}" name: "{name}" {listed} output: "{output}" {more} }}'


def constant(name, kind, data, dims=()):
    return f'initializer {{ name: "{name}" data_type: {kind} {" ".join(f"dims: {d}" for d in dims)} {data} }}'


SCALE, ZERO = constant("s", 1, "float_data: 0.5"), constant("z", 2, "int32_data: 3")
MODELS = {
    "contradiction": [SCALE, ZERO, constant("t", 1, "float_data: 0.25"), node("QuantizeLinear", "quantize", "xsz", "q"),
                      node("DequantizeLinear", "dequantize", "qtz", "y")],
    # Five elements of four bits take three bytes.
    "packed": [SCALE, constant("w", 22, "int32_data: [18, 52]", [5]), node("DequantizeLinear", "n", "ws", "v"),
               node("Add", "a", "xv", "y")],
    "beyond": [SCALE, constant("z", 2, "int32_data: 300"), node("QuantizeLinear", "quantize", "xsz", "q"),
               node("DequantizeLinear", "dequantize", "qsz", "y")],
    "unknown": [SCALE, ZERO, node("QuantizeLinear", "quantize", "xsz", "q"),
                node("QLinearReduceMean", "mean", "qszsz", "m", 'domain: "com.microsoft"'),
                node("DequantizeLinear", "dequantize", "msz", "y")],
}
for name, parts in MODELS.items():
    with open(os.path.join(sys.argv[1], name + ".onnx.txt"), "w") as file:
        file.write(f'ir_version: 10 opset_import {{ version: 21 }} opset_import {{ domain: "com.microsoft" version: 1 }}\n'
                   f'graph {{ {INPUT} {" ".join(parts)} output {{ name: "y" }} }}\n')
