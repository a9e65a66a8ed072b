#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantises small networks by ONNX Runtime's quantize_dynamic, compiles them without samples, and compares the answers. Other
cases are operators as ONNX Runtime writes them itself.

usage: check-dynamic.py NARROW [--only CASE]

A network of one layer gives ONNX Runtime's answers to a few roundings of f32, which shows that the integer sums are
equal. Behind several layers a rounding may put a value on the other side of a step, so that few elements differ more.
Weights have 7 bits: ONNX Runtime saturates pairs of products of signed ones of 8 bits on CPUs without VNNI. `narrow verify` has to find no element that differs between levels and interpreter. One line a network; exit status 1
where one fails.
"""
import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

CASES = {}


def case(shape, layers, **options):
    """`layers`: of which the answers come through so many roundings to bytes."""
    def add(build):
        CASES[build.__name__] = (build, shape, layers, {}, options)
        return build
    return add


def given(shape, layers=0, **limits):
    """A model that is as it is to be; `roundings` or `sqnr` limit how far the answers may be from ONNX Runtime's."""
    def add(build):
        CASES[build.__name__] = (build, shape, layers, limits, None)
        return build
    return add


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.random = [], [], np.random.default_rng(5)

    def constant(self, values):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def weights(self, *shape, scale=0.3):
        return self.constant(self.random.normal(0, scale, shape).astype(np.float32))

    def node(self, op, *inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}", *(f"v{len(self.nodes)}_{i}" for i in range(1, outputs))]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=f"n{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def microsoft(self, op, *inputs, **attributes):
        return self.node(op, *inputs, domain="com.microsoft", **attributes)

    def integers(self, kind, *shape, low=None, high=None):
        limits = np.iinfo(kind)
        return self.constant(self.random.integers(limits.min if low is None else low, limits.max if high is None else high,
                                                  shape, endpoint=True).astype(kind))

    def scales(self, *shape):
        return self.constant(self.random.uniform(0.002, 0.006, shape).astype(np.float32))

    def model(self, output, shape):
        value = lambda name, dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
        self.nodes[-1].output[0] = "y"
        graph = helper.make_graph(self.nodes, "g", [value("x", list(shape))], [value("y", None)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)], ir_version=10)


@case((5, 32), 1)
def linear(g):
    return g.node("Add", g.node("MatMul", "x", g.weights(32, 20)), g.weights(20))


@case((5, 32), 1, per_channel=True)
def linear_of_channel_scales(g):
    return g.node("MatMul", "x", g.weights(32, 20))


@case((5, 32), 1, weight_type=QuantType.QUInt8)
def linear_of_unsigned_weights(g):
    return g.node("MatMul", "x", g.weights(32, 20))


@case((2, 3, 16), 1)
def linear_of_batches(g):
    return g.node("MatMul", "x", g.weights(16, 7))


@case((1, 3, 12, 12), 1)
def convolution(g):
    return g.node("Conv", "x", g.weights(8, 3, 3, 3), g.weights(8), pads=[1, 1, 0, 2], strides=[2, 1])


@case((1, 8, 6, 6), 1)
def depthwise(g):
    return g.node("Conv", "x", g.weights(8, 1, 3, 3), group=8, pads=[1] * 4)


@case((4, 40), 3)
def mlp(g):
    x = "x"
    for rows, columns in ((40, 64), (64, 32)):
        x = g.node("Relu", g.node("Gemm", x, g.weights(rows, columns), g.weights(columns)))
    return g.node("Gemm", x, g.weights(32, 10), g.weights(10))


@case((1, 1, 49, 10), 4)
def keyword_spotting(g):
    x = g.node("Relu", g.node("Conv", "x", g.weights(16, 1, 10, 4, scale=.1), g.weights(16), strides=[2, 2], pads=[4, 1, 5, 1]))
    x = g.node("Relu", g.node("Conv", x, g.weights(16, 1, 3, 3), g.weights(16), group=16, pads=[1] * 4))
    x = g.node("Relu", g.node("Conv", x, g.weights(16, 16, 1, 1), g.weights(16)))
    x = g.node("Flatten", g.node("GlobalAveragePool", x))
    return g.node("Softmax", g.node("Gemm", x, g.weights(16, 12), g.weights(12)))


@case((1, 8, 32), 6)
def transformer(g):
    def linear(x, rows, columns):
        return g.node("Add", g.node("MatMul", x, g.weights(rows, columns, scale=.15)), g.weights(columns))

    def norm(x):
        return g.node("LayerNormalization", x, g.constant(np.ones(32, np.float32)), g.weights(32))

    def heads(x, perm):
        return g.node("Transpose", g.node("Reshape", x, g.constant(np.int64([1, 8, 4, 8]))), perm=perm)

    x = norm("x")
    scores = g.node("MatMul", heads(linear(x, 32, 32), [0, 2, 1, 3]), heads(linear(x, 32, 32), [0, 2, 3, 1]))
    scores = g.node("Softmax", g.node("Mul", scores, g.constant(np.float32(8 ** -.5))), axis=-1)
    mixed = g.node("Transpose", g.node("MatMul", scores, heads(linear(x, 32, 32), [0, 2, 1, 3])), perm=[0, 2, 1, 3])
    x = g.node("Add", x, linear(g.node("Reshape", mixed, g.constant(np.int64([1, 8, 32]))), 32, 32))
    inner = g.node("Relu", linear(norm(x), 32, 64))
    return g.node("Add", x, linear(inner, 64, 32))


@given((5, 32), 1, roundings=4)
def dynamic_quantize_matmul(g):
    return g.microsoft("DynamicQuantizeMatMul", "x", g.integers(np.int8, 32, 12, low=-63, high=63), g.scales(12),
                       g.constant(np.zeros(12, np.int8)), g.weights(12))


@given((5, 32), 1, roundings=4)
def matmul_integer_to_float(g):
    q, s, z = g.node("DynamicQuantizeLinear", "x", outputs=3)
    return g.microsoft("MatMulIntegerToFloat", q, g.integers(np.uint8, 32, 12), s, g.scales(1), z,
                       g.constant(np.full(1, 120, np.uint8)), g.weights(12))


@given((5, 32), roundings=64)
def four_bits(g):
    return g.microsoft("MatMulNBits", "x", g.integers(np.uint8, 12, 2, 8), g.scales(24), K=32, N=12, bits=4, block_size=16)


@given((2, 3, 40), roundings=64)
def four_bits_with_zero_points(g):
    return g.microsoft("MatMulNBits", "x", g.integers(np.uint8, 12, 3, 8), g.scales(36), g.integers(np.uint8, 24),
                       K=40, N=12, bits=4, block_size=16)


@given((5, 64), roundings=64)
def eight_bits(g):
    return g.microsoft("MatMulNBits", "x", g.integers(np.uint8, 12, 2, 32), g.scales(24), K=64, N=12, bits=8, block_size=32)


@given((6, 1, 8), 1, sqnr=30)
def dynamic_quantize_lstm(g):
    weights = lambda *shape: (g.integers(np.int8, *shape, low=-63, high=63), g.scales(1), g.constant(np.zeros(1, np.int8)))
    w, r = weights(1, 8, 20), weights(1, 5, 20)
    return g.microsoft("DynamicQuantizeLSTM", "x", w[0], r[0], g.weights(1, 40), "", "", "", "", *w[1:], *r[1:], hidden_size=5)


def run(narrow, path, shape, layers, limits, folder):
    at = lambda name: os.path.join(folder, name)
    samples = np.random.default_rng(3).normal(0, 1, (12, *shape)).astype(np.float32)
    # Ranges of all kinds: one sign, none, far from 0.
    samples[1], samples[2], samples[3], samples[4] = np.abs(samples[1]), -np.abs(samples[2]), 0, samples[4] + 100
    np.save(at("x.npy"), samples)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    wanted = np.stack([session.run(None, {"x": sample})[0] for sample in samples]).astype(np.float64)
    done = subprocess.run([narrow, "compile", path, "-o", at("m.so"), "--report", at("r.json")], capture_output=True, text=True)
    if done.returncode:
        return f"refused: {done.stderr.strip()}", False
    findings = json.load(open(at("r.json")))["findings"]
    done = subprocess.run([narrow, "run", at("m.so"), "--input", at("x.npy"), "--output", at("y.npy")],
                          capture_output=True, text=True)
    if done.returncode:
        return f"does not run: {done.stderr.strip()}", False
    found = np.load(at("y.npy")).reshape(wanted.shape).astype(np.float64)
    axes = tuple(range(1, wanted.ndim))
    # Sums are of terms as large as the largest result of a sample.
    far = np.abs(found - wanted) / np.maximum(np.abs(wanted).max(axis=axes, keepdims=True), 1e-30)
    noise = ((found - wanted) ** 2).sum()
    sqnr = 10 * np.log10((wanted ** 2).sum() / noise) if noise else 999.0
    done = subprocess.run([narrow, "verify", path, "--eval", at("x.npy"), "--emulate", "--json"], capture_output=True, text=True)
    if done.returncode:
        return f"is not verified: {done.stderr.strip()}", False
    differing = json.loads(done.stdout)["differing_elements"]
    dynamic = sum(finding["kind"] == "dynamic" for finding in findings)
    # One rounding of sum, scale, product and bias each; or, behind other layers, rare steps.
    right = bool(differing) and not any(differing.values()) and dynamic >= layers
    if not limits:
        limits = {"roundings": 4} if layers == 1 else {"sqnr": 40}
    right &= far.max() <= limits.get("roundings", np.inf) * 2 ** -23 and sqnr >= limits.get("sqnr", 0)
    return (f"{dynamic} dynamic layers, {sqnr:.1f} dB, at most {far.max() * 2 ** 23:.1f} roundings apart, "
            f"{sum(differing.values())} elements differ on {len(differing)} levels"), right


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("narrow")
    parser.add_argument("--only")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    wrong = 0
    for name, (build, shape, layers, limits, options) in CASES.items():
        if args.only and args.only != name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            graph = Graph()
            plain, path = os.path.join(folder, "float.onnx"), os.path.join(folder, name + ".onnx")
            onnx.save(graph.model(build(graph), shape), plain)
            if options is None:
                path = plain
            else:
                quantize_dynamic(plain, path, op_types_to_quantize=["Conv", "MatMul", "Gemm"], **{"reduce_range": True, **options})
            note, right = run(args.narrow, path, shape, layers, limits, folder)
        wrong += not right
        print(f"{name}: {note}: {'ok' if right else 'fails'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
