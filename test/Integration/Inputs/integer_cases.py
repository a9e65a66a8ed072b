#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MatMulInteger and ConvInteger without a DynamicQuantizeLinear in front of them; check-quantized.py compiles and judges them."""
import numpy as np
from onnx import TensorProto
from quantized_cases import MOST, Graph

CASES = {}


def case(**limits):
    def add(build):
        CASES[build.__name__] = (build, limits)
        return build
    return add


def weights(g, *shape, kind=np.int8):
    low, high = (-MOST, MOST) if kind == np.int8 else (0, 255)
    return g.constant(g.random.integers(low, high, shape, endpoint=True), kind)


def scaled(g, sums, factor, bias=None):
    if bias is not None:
        sums = g.node("Add", sums, g.constant(bias, np.int32))
    return g.node("Mul", g.node("Cast", sums, to=TensorProto.FLOAT), g.constant(factor, np.float32))


def zero(g, value, kind=np.uint8):
    return g.constant(value, kind)


@case(steps=0)
def matmul():
    g = Graph()
    return g.model(g.node("MatMulInteger", "x", weights(g, 32, 12)), np.uint8, [4, 32], np.int32)


@case(steps=0)
def matmul_with_zero_points():
    g = Graph()
    y = g.node("MatMulInteger", "x", weights(g, 300, 5, kind=np.uint8), zero(g, 7), zero(g, [120, 0, 255, 3, 128]))
    return g.model(y, np.uint8, [2, 300], np.int32)


@case(steps=0)
def matmul_of_a_quantised_value():
    g = Graph()
    y = g.node("MatMulInteger", g.q("x", 0.037, 7), weights(g, 64, 12), zero(g, 7))
    return g.model(y, shape=[4, 64], result=np.int32)


@case(steps=0)
def matmul_of_another_zero_point():
    g = Graph()
    y = g.node("MatMulInteger", g.q("x", 0.037, 7), weights(g, 64, 12), zero(g, 30))
    return g.model(y, shape=[4, 64], result=np.int32)


@case(steps=0)
def matmul_of_two_values():
    g = Graph()
    right = g.node("Transpose", "x", perm=[0, 2, 1])
    return g.model(g.node("MatMulInteger", "x", right, zero(g, 100), zero(g, 100)), np.uint8, [3, 4, 20], np.int32)


@case(steps=0)
def convolution():
    g = Graph()
    y = g.node("ConvInteger", "x", weights(g, 6, 3, 3, 3), zero(g, 131), pads=[1, 0, 2, 1], strides=[2, 1])
    return g.model(y, np.uint8, [1, 3, 9, 8], np.int32)


@case(steps=0)
def convolution_in_groups():
    g = Graph()
    y = g.node("ConvInteger", "x", weights(g, 6, 2, 3), zero(g, 5), zero(g, -3, np.int8), group=2)
    return g.model(y, np.uint8, [1, 4, 9], np.int32)


@case(steps=1)
def layer_between_types():
    g = Graph()
    factor = 0.02 * g.random.uniform(0.002, 0.006, 12)
    x = scaled(g, g.node("MatMulInteger", g.q("x", 0.02, 128), weights(g, 32, 12), zero(g, 128)), factor)
    x = g.node("Relu", g.node("Add", x, g.constant(g.random.normal(0, 1, 12), np.float32)))
    return g.model(g.pair(x, 0.03, 0), shape=[4, 32])


@case(steps=1)
def convolution_between_types():
    g = Graph()
    sums = g.node("ConvInteger", g.q("x", 0.02, 128), weights(g, 8, 3, 3, 3), zero(g, 128), pads=[1, 1, 1, 1])
    bias = g.random.integers(-4000, 4000, (1, 8, 1, 1))
    return g.model(g.pair(scaled(g, sums, g.random.uniform(4e-5, 9e-5, (1, 8, 1, 1)), bias), 0.05, 120), shape=[1, 3, 6, 7])


@case(sqnr=140)
def layer_with_a_float_result():
    g = Graph()
    sums = g.node("MatMulInteger", g.q("x", 0.02, 128), weights(g, 32, 12), zero(g, 128))
    return g.model(scaled(g, sums, g.random.uniform(4e-5, 9e-5, 12)), shape=[4, 32])


@case(sqnr=140)
def layer_of_bytes():
    g = Graph()
    sums = g.node("MatMulInteger", "x", weights(g, 32, 12), zero(g, 100))
    return g.model(scaled(g, sums, np.float32(0.01), g.random.integers(-3000, 3000, 12)), np.uint8, [4, 32])


# The integers are exact; scales that each run finds are products of floats.
@case(sqnr=140, float=4)
def factor_of_each_run():
    g = Graph()
    sums = g.node("MatMulInteger", g.q("x", 0.02, 128), weights(g, 32, 12), zero(g, 128))
    largest = g.node("ReduceMax", "x", keepdims=0)
    return g.model(g.node("Mul", g.node("Cast", sums, to=TensorProto.FLOAT), largest), shape=[4, 32])
