#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small quantised models, one for each form in which exporters write them; check-quantized.py compiles and judges them."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CASES = {}
MICROSOFT = "com.microsoft"

# ONNX Runtime saturates pairs of products of u8 and s8 in 16 bits where the CPU has no dot products of bytes.
with open("/proc/cpuinfo") as file:
    MOST = 127 if {"avx512_vnni", "avx_vnni", "asimddp"} & set(file.read().split()) else 63


def case(**limits):
    def add(build):
        CASES[build.__name__] = (build, limits)
        return build
    return add


class Graph:
    def __init__(self, opset=13):
        self.opset, self.nodes, self.constants, self.random = opset, [], [], np.random.default_rng(7)

    def constant(self, values, dtype=None):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def packed(self, values, kind):
        name = f"c{len(self.constants)}"
        self.constants.append(helper.make_tensor(name, kind, np.shape(values), np.ravel(values).tolist()))
        return name

    def node(self, op, *inputs, domain="", **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=f"n{len(self.nodes)}", domain=domain, **attributes))
        return name

    def q(self, x, scale, zero, kind=np.uint8, **attributes):
        return self.node("QuantizeLinear", x, self.constant(scale, np.float32), self.constant(zero, kind), **attributes)

    def dq(self, x, scale, zero, kind=np.uint8, **attributes):
        return self.node("DequantizeLinear", x, self.constant(scale, np.float32), self.constant(zero, kind), **attributes)

    def pair(self, x, scale, zero, kind=np.uint8, **attributes):
        return self.dq(self.q(x, scale, zero, kind, **attributes), scale, zero, kind, **attributes)

    def weights(self, *shape, zero=0, kind=np.int8, axis=0, scales=None, **attributes):
        limits = np.iinfo(kind)
        stored = self.random.integers(max(limits.min, -127), limits.max, shape, endpoint=True).astype(kind)
        count = shape[axis] if scales is None else scales
        scale = self.random.uniform(0.002, 0.006, count).astype(np.float32)
        zeros = np.full(count, zero, kind)
        if count == 1:
            scale, zeros = scale.reshape(()), zeros.reshape(())
        else:
            attributes["axis"] = axis
        return self.node("DequantizeLinear", self.constant(stored), self.constant(scale), self.constant(zeros), **attributes)

    def model(self, output, kind=np.float32, shape=(1, 3, 8, 8), result=np.float32):
        value = lambda name, of, dims: helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(of)), dims)
        self.nodes[-1].output[0] = "y"
        graph = helper.make_graph(self.nodes, "g", [value("x", kind, list(shape))],
                                  [helper.make_tensor_value_info("y", helper.np_dtype_to_tensor_dtype(np.dtype(result)), None)],
                                  self.constants)
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)


@case(steps=1)
def pair_alone():
    g = Graph(10)
    return g.model(g.pair("x", .03, 120))


@case(steps=1)
def convolution_u8():
    g = Graph()
    x = g.pair("x", .02, 128)
    r = g.node("Relu", g.node("Conv", x, g.weights(4, 3, 3, 3), pads=[1] * 4))
    return g.model(g.pair(r, .015, 0))


@case(steps=1)
def convolution_clipped_by_its_type():
    g = Graph()
    x = g.pair("x", .02, 3, np.int8)
    bias = g.node("DequantizeLinear", g.constant(np.arange(4) * 200 - 300, np.int32), g.constant(.02 * .004, np.float32))
    return g.model(g.pair(g.node("Conv", x, g.weights(4, 3, 3, 3, scales=1), bias), .01, -128, np.int8))


@case(steps=1)
def weights_u8_with_zero_point():
    g = Graph()
    x = g.pair("x", .02, 128)
    w = g.weights(5, 3, 3, 3, zero=200, kind=np.uint8, scales=1)
    return g.model(g.pair(g.node("Conv", x, w), .05, 100))


@case(steps=1)
def weights_transposed_behind():
    g = Graph()
    x = g.pair("x", .02, 0, np.int8)
    w = g.node("Transpose", g.weights(6, 16), perm=[1, 0])
    return g.model(g.pair(g.node("MatMul", x, w), .05, 0, np.int8), shape=(4, 16))


@case(steps=1)
def weights_of_four_bits():
    g = Graph(21)
    x = g.pair("x", .02, 0, np.int8)
    stored = g.packed(g.random.integers(-8, 8, (5, 7)), TensorProto.INT4)
    w = g.node("DequantizeLinear", stored, g.constant(g.random.uniform(.02, .05, 5), np.float32), axis=0)
    return g.model(g.pair(g.node("Gemm", x, w, transB=1), .03, 0, np.int8), shape=(2, 7))


@case(steps=1)
def weights_of_unsigned_four_bits():
    g = Graph(21)
    x = g.pair("x", .02, 0, np.int8)
    stored, zero = g.packed(g.random.integers(0, 16, (8, 5)), TensorProto.UINT4), g.packed(7, TensorProto.UINT4)
    w = g.node("DequantizeLinear", stored, g.constant(.04, np.float32), zero)
    return g.model(g.pair(g.node("MatMul", x, w), .03, 0, np.int8), shape=(2, 8))


@case(sqnr=45)
def weights_in_blocks():
    g = Graph(21)
    x = g.pair("x", .02, 0, np.int8)
    stored = g.constant(g.random.integers(-127, 128, (16, 6)), np.int8)
    w = g.node("DequantizeLinear", stored, g.constant(g.random.uniform(.002, .005, (4, 6)), np.float32), axis=0, block_size=4)
    return g.model(g.pair(g.node("MatMul", x, w), .001, 0, np.int16), shape=(4, 16))


@case(steps=2)
def sixteen_bits():
    g = Graph(21)
    x = g.pair("x", .0002, 0, np.int16)
    return g.model(g.pair(g.node("Relu", g.node("Conv", x, g.weights(4, 3, 3, 3))), .0003, 0, np.int16))


@case(steps=2)
def sixteen_bits_unsigned():
    g = Graph(21)
    x = g.pair("x", .0002, 32768, np.uint16)
    return g.model(g.pair(g.node("Conv", x, g.weights(4, 3, 3, 3)), .0003, 30000, np.uint16))


@case(steps=2)
def constant_among_u16():
    """As many bits as what it is added to."""
    g = Graph(21)
    c = g.dq(g.constant(g.random.integers(0, 65536, (3, 1, 1)), np.uint16), .0001, 32000, np.uint16)
    return g.model(g.pair(g.node("Add", g.pair("x", .0002, 32768, np.uint16), c), .0003, 32768, np.uint16))


@case(steps=10)
def softmax_u16_across():
    """Transposed: the type is behind what moves the result. What is summed has fewer steps than the result."""
    g = Graph(21)
    return g.model(g.pair(g.node("Softmax", g.pair("x", .0003, 32768, np.uint16), axis=1), 1 / 65535, 0, np.uint16))


@case(steps=2)
def product_u16():
    """Of two values whose zero points leave them 16 bits of one sign: 32 bits are too few for it."""
    g = Graph(21)
    x = g.pair("x", .0001, 5, np.uint16)
    return g.model(g.pair(g.node("Mul", x, g.pair(g.node("Relu", g.node("Conv", x, g.weights(3, 3, 1, 1))), .00001, 0, np.uint16)), .00004, 0, np.uint16))


@case(steps=1)
def product_s16():
    """The same of signs: it fits, and no side is coarser."""
    g = Graph(21)
    x = g.pair("x", .0002, 0, np.int16)
    return g.model(g.pair(g.node("Mul", x, g.pair(g.node("Conv", x, g.weights(3, 3, 1, 1)), .00002, 0, np.int16)), .00004, 0, np.int16))


@case(steps=1)
def residual_and_pools():
    g = Graph()
    x = g.pair("x", .02, 128)
    a = g.pair(g.node("Conv", x, g.weights(4, 3, 3, 3), pads=[1] * 4), .04, 120)
    b = g.pair(g.node("Conv", x, g.weights(4, 3, 1, 1)), .02, 120)
    s = g.pair(g.node("Relu", g.node("Add", a, b)), .03, 0)
    m = g.pair(g.node("MaxPool", s, kernel_shape=[2, 2], strides=[2, 2]), .03, 0)
    return g.model(g.pair(g.node("GlobalAveragePool", m), .02, 0))


@case(steps=2)
def relu_between_pairs():
    g = Graph()
    x = g.pair("x", .02, 128)
    c = g.pair(g.node("Conv", x, g.weights(4, 3, 3, 3)), .03, 128)
    return g.model(g.pair(g.node("Relu", c), .021, 0))


@case(steps=1)
def concat_requantises():
    g = Graph()
    x = g.pair("x", .02, 128)
    a = g.pair(g.node("Conv", x, g.weights(4, 3, 1, 1)), .04, 120)
    b = g.pair(g.node("Conv", x, g.weights(2, 3, 1, 1)), .005, 140)
    return g.model(g.pair(g.node("Concat", a, b, axis=1), .04, 120))


@case(steps=1)
def moved_as_integers():
    g = Graph()
    stored = g.q("x", .02, 128)
    t = g.node("Transpose", stored, perm=[0, 2, 3, 1])
    r = g.node("Reshape", t, g.constant([1, 64, 3], np.int64))
    parts = g.node("Concat", r, r, axis=1)
    return g.model(g.pair(g.node("MatMul", g.dq(parts, .02, 128), g.weights(3, 5, axis=1)), .02, 120))


# The products around the pair are float at the model's edge.
@case(steps=1, float=3)
def scales_of_channels():
    g = Graph()
    scales, zeros = np.float32([.01, .02, .03]), np.uint8([100, 128, 140])
    return g.model(g.pair("x", scales, zeros, axis=1))


@case(steps=1)
def functions():
    g = Graph()
    x = g.pair("x", .03, 128)
    s = g.pair(g.node("Sigmoid", x), 1 / 256, 0)
    return g.model(g.pair(g.node("Mul", x, s), .03, 20))


@case(steps=2)
def softmax_at_the_end():
    g = Graph()
    x = g.pair("x", .05, 0, np.int8)
    f = g.pair(g.node("MatMul", x, g.weights(16, 10, axis=1)), .1, 0, np.int8)
    return g.model(g.pair(g.node("Softmax", f, axis=-1), 1 / 256, -128, np.int8), shape=(2, 16))


@case(steps=1)
def stored_interface():
    g = Graph()
    x = g.dq("x", .02, 128)
    return g.model(g.q(g.node("Conv", x, g.weights(4, 3, 3, 3)), .05, 3, np.int8), kind=np.uint8, result=np.int8)


@case(steps=1)
def shared_and_requantised():
    g = Graph()
    stored = g.q("x", .02, 128)
    x = g.dq(stored, .02, 128)
    again = g.pair(x, .05, 10, np.int8)
    return g.model(g.pair(g.node("Add", x, again), .06, 128))


def operand(g, stored, scale, zero, kind=np.uint8):
    return stored, g.constant(scale, np.float32), g.constant(zero, kind)


@case(steps=1)
def qlinear_conv():
    g = Graph()
    x = g.q("x", .02, 128)
    w = g.constant(g.random.integers(-MOST, MOST + 1, (4, 3, 3, 3)), np.int8)
    scale = g.constant(g.random.uniform(.002, .005, 4), np.float32)
    y = g.node("QLinearConv", *operand(g, x, .02, 128), w, scale, g.constant(np.zeros(4), np.int8), g.constant(.03, np.float32),
               g.constant(100, np.uint8), g.constant([100, -200, 300, 5], np.int32), pads=[1] * 4)
    return g.model(g.dq(y, .03, 100))


@case(steps=1)
def qlinear_chain():
    g = Graph()
    x = g.q("x", .02, 128)
    pool = g.node("QLinearAveragePool", *operand(g, x, .02, 128), *operand(g, "", .02, 128)[1:], domain=MICROSOFT,
                  kernel_shape=[2, 2], strides=[2, 2])
    leaky = g.node("QLinearLeakyRelu", *operand(g, pool, .02, 128), *operand(g, "", .015, 60)[1:], domain=MICROSOFT, alpha=.1)
    other = g.node("QLinearSigmoid", *operand(g, pool, .02, 128), *operand(g, "", 1 / 256, 0)[1:], domain=MICROSOFT)
    product = g.node("QLinearMul", *operand(g, leaky, .015, 60), *operand(g, other, 1 / 256, 0), *operand(g, "", .012, 40)[1:],
                     domain=MICROSOFT)
    total = g.node("QLinearAdd", *operand(g, product, .012, 40), *operand(g, pool, .02, 128), *operand(g, "", .03, 100)[1:],
                   domain=MICROSOFT)
    joined = g.node("QLinearConcat", *operand(g, "", .03, 110)[1:], *operand(g, total, .03, 100), *operand(g, product, .012, 40),
                    domain=MICROSOFT, axis=1)
    mean = g.node("QLinearGlobalAveragePool", *operand(g, joined, .03, 110), *operand(g, "", .02, 110)[1:], domain=MICROSOFT,
                  channels_last=0)
    return g.model(g.dq(mean, .02, 110))


@case(steps=1)
def qlinear_matrices():
    g = Graph()
    x = g.q("x", .02, 128)
    w = g.constant(g.random.integers(0, 256, (16, 12)), np.uint8)
    a = g.node("QLinearMatMul", *operand(g, x, .02, 128), *operand(g, w, .003, 130), *operand(g, "", .04, 120)[1:])
    v = g.constant(g.random.integers(-MOST, MOST + 1, (5, 12)), np.int8)
    c = g.constant(g.random.integers(-999, 999, 5), np.int32)
    b = g.node("QGemm", *operand(g, a, .04, 120), *operand(g, v, .004, 0, np.int8), c, *operand(g, "", .05, 99)[1:],
               domain=MICROSOFT, transB=1)
    return g.model(g.dq(b, .05, 99), shape=(3, 16))


@case(steps=1)
def qlinear_where():
    g = Graph()
    x = g.q("x", .05, 128)
    other = g.constant(g.random.integers(0, 256, (3, 12)), np.uint8)
    chosen = g.constant(g.random.integers(0, 2, (3, 12)), np.bool_)
    y = g.node("QLinearWhere", chosen, *operand(g, x, .05, 128), *operand(g, other, .03, 90), *operand(g, "", .04, 110)[1:], domain=MICROSOFT)
    return g.model(g.dq(y, .04, 110), shape=(3, 12))


@case(steps=2)
def qlinear_softmax():
    g = Graph()
    x = g.q("x", .05, 128)
    y = g.node("QLinearSoftmax", *operand(g, x, .05, 128), *operand(g, "", 1 / 256, 0)[1:], domain=MICROSOFT, axis=-1, opset=13)
    return g.model(g.dq(y, 1 / 256, 0), shape=(3, 12))
