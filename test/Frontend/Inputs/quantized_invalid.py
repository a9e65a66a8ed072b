#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes quantised models that are wrong into a folder. usage: quantized_invalid.py FOLDER"""
import os
import sys

MICROSOFT = 'domain: "com.microsoft"'
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


def attributes(**numbers):
    return MICROSOFT + " " + " ".join(f'attribute {{ name: "{name}" type: INT i: {number} }}' for name, number in numbers.items())


def floats(name, *values):
    return constant(name, 1, " ".join(f"float_data: {v}" for v in values), [len(values)])


def integers(name, kind, dims, *values):
    return constant(name, kind, " ".join(f"int32_data: {v}" for v in values), dims)


WEIGHTS = integers("w", 3, [5, 2], *range(10))
# Two rows of 5 weights of 4 bits in blocks of 16: 8 bytes each.
BLOCKS = integers("w", 2, [2, 1, 8], *range(16))
SIZES = {"N": 2, "K": 5, "bits": 4, "block_size": 16}


def dynamic(*constants, inputs="xws", more=""):
    return [WEIGHTS, *constants, node("DynamicQuantizeMatMul", "n", inputs, "y", MICROSOFT + more)]


def bits(*constants, inputs="xws", **changed):
    return [*constants, node("MatMulNBits", "n", inputs, "y", attributes(**{**SIZES, **changed}))]


MODELS |= {
    "zero_scale": dynamic(floats("s", 0)),
    "negative_scales": dynamic(floats("s", 0.5, -1)),
    "scale_count": dynamic(floats("s", 1, 1, 1)),
    "zero_count": dynamic(floats("s", 1, 1), integers("z", 3, [3], 0, 0, 0), inputs="xwsz"),
    "zero_type": dynamic(floats("s", 1), integers("z", 2, [1], 0), inputs="xwsz"),
    "zero_beyond": dynamic(floats("s", 1), integers("z", 3, [1], 200), inputs="xwsz"),
    "no_scale": dynamic(inputs="xw"),
    "depth": [integers("w", 3, [4, 2], *range(8)), floats("s", 1), node("DynamicQuantizeMatMul", "n", "xws", "y", MICROSOFT)],
    "bias": dynamic(floats("s", 1), floats("b", 1, 2, 3), inputs=["x", "w", "s", "", "b"]),
    "integer_scale": [WEIGHTS, integers("a", 2, [5], *range(5)), floats("s", 1), floats("t", 0),
                      node("MatMulIntegerToFloat", "n", "awst", "v", MICROSOFT), node("Add", "m", "vx", "y")],
    "bits_size": bits(BLOCKS, floats("s", 1, 1), block_size=12),
    "bits_width": bits(BLOCKS, floats("s", 1, 1), bits=3),
    "bits_bytes": bits(integers("w", 2, [2, 1, 7], *range(14)), floats("s", 1, 1)),
    "bits_scales": bits(BLOCKS, floats("s", 1)),
    "bits_infinite": bits(BLOCKS, floats("s", 1, "inf")),
    "bits_zeros": bits(BLOCKS, floats("s", 1, 1), integers("z", 2, [1], 0), inputs="xwsz"),
    "bits_type": bits(integers("w", 3, [2, 1, 8], *range(16)), floats("s", 1, 1)),
    "bits_depth": bits(integers("w", 2, [2, 1, 8], *range(16)), floats("s", 1, 1), K=6),
    "bits_none": [BLOCKS, floats("s", 1, 1), node("MatMulNBits", "n", "xws", "y", attributes(N=2))],
    "unknown_dynamic": [WEIGHTS, floats("s", 1), node("DynamicQuantizeGemm", "n", "xws", "y", MICROSOFT)],
}
STORED = integers("i", 2, [1, 5], *range(5))


def attention(bias=6, mask=(), zero=3, **numbers):
    """A vector of 5 bytes, weights of two heads of 1."""
    return [SCALE, ZERO, STORED, integers("w", 3, [1, 5, 6] if bias == "rank" else [5, 6], *range(30)),
            integers("v", zero, [], 0), floats("b", *range(6 if bias == "rank" else bias)),
            node("Reshape", "reshape", ["i", "shape"], "j"), constant("shape", 7, "int64_data: [1, 1, 5]", [3]), *mask,
            node("QAttention", "n", ["j", "w", "b", "s", "s", "m" if mask else "", "z", "v"], "a", attributes(**{"num_heads": 2, **numbers})),
            node("Add", "add", "ax", "y")]


MODELS |= {
    "float_bias": [SCALE, ZERO, integers("i", 2, [1, 1, 2, 2], *range(4)), integers("w", 2, [1, 1, 1, 1], 3), floats("b", 1),
                   node("QLinearConv", "n", "iszwszszb", "c"), node("DequantizeLinear", "d", "csz", "r"), node("Add", "add", "rx", "y")],
    "softmax_opset": [SCALE, ZERO, STORED, node("QLinearSoftmax", "n", "iszsz", "c", attributes(axis=1, opset=0)),
                      node("DequantizeLinear", "d", "csz", "r"), node("Add", "add", "rx", "y")],
    "attention_heads": attention(num_heads=3),
    "attention_bias": attention(bias=5),
    "attention_rank": attention(bias="rank"),
    "attention_zero": attention(zero=2),
    "attention_mask": attention(mask=[integers("m", 6, [1, 2], 1, 1)]),
    "attention_mask_type": attention(mask=[floats("m", 1)]),
    "attention_rotary": attention(do_rotary=1),
}
for name, parts in MODELS.items():
    with open(os.path.join(sys.argv[1], name + ".onnx.txt"), "w") as file:
        file.write(f'ir_version: 10 opset_import {{ version: 21 }} opset_import {{ domain: "com.microsoft" version: 1 }}\n'
                   f'graph {{ {INPUT} {" ".join(parts)} output {{ name: "y" }} }}\n')
