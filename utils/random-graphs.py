#!/usr/bin/env python3
# Draws small ONNX graphs and compares Narrow's float execution with ONNX Runtime, which shares no code with it.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Graphs of two to six operations over the operator table, with views, transposes, splits, broadcasts and odd shapes between.

Each graph becomes a conformance case (model.onnx and one set of data whose outputs ONNX Runtime computes, without its own
optimisations); narrow-conformance runs them, as imported and as prepared. Graph N of a seed is the same whatever else is drawn.
Operations that jump (rounding, comparisons, places of maxima) only read values that no rounding has touched; steps whose values
leave [-100, 100] or are not finite are drawn again, except where infinities are what is tested.

    utils/random-graphs.py --narrow-conformance build/bin/narrow-conformance --graphs 2000 --seed 1 [--only N] [--keep DIR]
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

OPSET = 21
LARGEST = 100.0   # of a value between two operations
ELEMENTS = 4096   # most of a value
BATCH = 50        # graphs a process


class Refused(Exception):
    """The step is no valid one; another is drawn."""


class Graph:
    def __init__(self, rng):
        self.rng = rng
        self.nodes, self.inputs, self.constants, self.values, self.exact = [], {}, {}, {}, set()
        for _ in range(1 + int(rng.random() < 0.3)):
            self.add_input(self.draw_shape())

    def pick(self, *items):
        return items[int(self.rng.integers(len(items)))]

    def draw_shape(self, rank=None):
        rank = rank or self.pick(1, 2, 2, 3, 3, 4, 4, 4, 5)
        shape = [int(self.rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17])) for _ in range(rank)]
        while int(np.prod(shape)) > 1500:
            shape[int(np.argmax(shape))] //= 2
        return shape

    def numbers(self, shape, scale=1.0):
        return (self.rng.standard_normal(shape) * scale).astype(np.float32)

    def add_input(self, shape):
        name = f"x{len(self.inputs)}"
        self.inputs[name] = self.values[name] = np.clip(self.numbers(shape), -3, 3)
        self.exact.add(name)
        return name

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants[name] = self.values[name] = np.asarray(value)
        return name

    def integers(self, *values):
        return self.constant(np.int64(values))

    def take(self, *ranks, exact=False):
        """A float value of one of the ranks: mostly the newest one."""
        names = [n for n, v in self.values.items() if n not in self.constants and v.dtype == np.float32 and v.size and v.ndim
                 and (not ranks or v.ndim in ranks) and (not exact or n in self.exact)]
        if not names:
            raise Refused
        return names[-1] if self.rng.random() < 0.8 else self.pick(*names)

    def emit(self, op, inputs, outputs=1, moves=False, infinite=False, domain="", **attributes):
        """Adds a node if ONNX Runtime can run it; returns the names of its outputs."""
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        node = helper.make_node(op, inputs, names, domain=domain, **attributes)
        feeds = {n: self.values[n] for n in inputs if n}
        model = make_model([node], feeds, {}, names)
        try:
            results = run(model, feeds)
        except Exception as error:
            raise Refused from error
        for result in results:
            if result.size == 0 or result.size > ELEMENTS or result.ndim > 6:
                raise Refused
            if result.dtype.kind == "f" and not infinite and not (np.abs(result) <= LARGEST).all():
                raise Refused
        self.nodes.append(node)
        self.values.update(zip(names, results))
        if moves and all(n in self.exact or n in self.constants for n in inputs if n):
            self.exact.update(names)
        return names


def make_model(nodes, inputs, constants, outputs):
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in inputs.items()],
        [onnx.ValueInfoProto(name=n) for n in outputs], [numpy_helper.from_array(v, n) for n, v in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def run(model, feeds):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


# Steps: each draws its own operands. ----------------------------------------------------------------------------------

def unary(g):
    op, attributes = g.pick(
        ("Abs", {}), ("Neg", {}), ("Relu", {}), ("Sigmoid", {}), ("Tanh", {}), ("Exp", {}), ("Erf", {}), ("Sin", {}), ("Cos", {}),
        ("Softplus", {}), ("Softsign", {}), ("Elu", {"alpha": 0.7}), ("Selu", {}), ("LeakyRelu", {"alpha": 0.2}), ("Celu", {"alpha": 1.5}),
        ("HardSigmoid", {}), ("HardSwish", {}), ("Gelu", {}), ("Gelu", {"approximate": "tanh"}), ("Mish", {}), ("ThresholdedRelu", {"alpha": 0.5}),
        ("Sinh", {}), ("Cosh", {}), ("Atan", {}), ("Asinh", {}), ("Reciprocal", {}), ("Identity", {}))
    g.emit(op, [g.take(exact=op == "ThresholdedRelu")], moves=op in ("Abs", "Neg", "Relu", "Identity"), **attributes)


def positive(g):
    name, = g.emit("Abs", [g.take()])
    name, = g.emit("Add", [name, g.constant(np.float32(0.25))])
    g.emit(g.pick("Log", "Sqrt", "Reciprocal"), [name])


def jump(g):
    g.emit(g.pick("Floor", "Ceil", "Round", "Sign"), [g.take(exact=True)], moves=True)


def clip(g):
    g.emit("Clip", [g.take(), g.constant(np.float32(-0.5)), g.constant(np.float32(g.pick(0.5, 1, 6)))])


def beside(g, name):
    """Another operand whose shape broadcasts with the value's: a constant, an input or the value itself."""
    shape = [1 if g.rng.random() < 0.3 else n for n in g.values[name].shape]
    shape = shape[int(g.rng.integers(len(shape) + 1)):] if g.rng.random() < 0.4 else shape
    kind = g.rng.random()
    if kind < 0.2:
        return name
    return g.constant(g.numbers(shape)) if kind < 0.6 or len(g.inputs) > 3 else g.add_input(shape)


def binary(g):
    a = g.take()
    pair = [a, beside(g, a)]
    if g.rng.random() < 0.3:
        pair.reverse()
    g.emit(g.pick("Add", "Sub", "Mul", "Div", "Max", "Min", "Add", "Mul"), pair)


def variadic(g):
    a = g.take()
    g.emit(g.pick("Sum", "Mean", "Max", "Min"), [a, beside(g, a), beside(g, a)])


def choose(g):
    a = g.take(exact=True)
    c, = g.emit(g.pick("Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal"), [a, beside(g, a)])
    if g.rng.random() < 0.3:
        c, = g.emit("Not", [c])
    g.emit("Where", [c, g.take(), g.constant(g.numbers([1]))] if g.rng.random() < 0.5 else [c, g.constant(g.numbers([1])), a])


def prelu(g):
    a = g.take(2, 3, 4)
    g.emit("PRelu", [a, g.constant(g.numbers([1] if g.rng.random() < 0.3 else [g.values[a].shape[1]] + [1] * (g.values[a].ndim - 2)))])


def transpose(g):
    a = g.take(2, 3, 4, 5)
    g.emit("Transpose", [a], moves=True, perm=[int(i) for i in g.rng.permutation(g.values[a].ndim)])


def reshape(g):
    a = g.take()
    n, shape = g.values[a].size, []
    for _ in range(int(g.rng.integers(1, 4))):
        f = int(g.rng.choice([d for d in range(1, n + 1) if n % d == 0]))
        shape.append(f)
        n //= f
    shape.append(n)
    if g.rng.random() < 0.3:
        shape[int(g.rng.integers(len(shape)))] = -1
    g.emit("Reshape", [a, g.integers(*[shape[i] for i in g.rng.permutation(len(shape))])], moves=True)


def flatten(g):
    a = g.take()
    g.emit("Flatten", [a], moves=True, axis=int(g.rng.integers(0, g.values[a].ndim + 1)))


def slices(g):
    a = g.take()
    shape = g.values[a].shape
    axes = sorted(g.rng.choice(len(shape), int(g.rng.integers(1, min(3, len(shape) + 1))), replace=False).tolist())
    starts, ends, steps = [], [], []
    for axis in axes:
        n, step = shape[axis], int(g.rng.choice([1, 1, 2, 2, 3, -1, -2]))
        low = int(g.rng.integers(0, (n + 1) // 2))
        high = n - int(g.rng.integers(0, max(1, (n - low) // 2)))
        starts.append(low if step > 0 else high - 1)
        ends.append(high if step > 0 else (low - 1 if low else -n - 1))
        steps.append(step)
    g.emit("Slice", [a, g.integers(*starts), g.integers(*ends), g.integers(*axes), g.integers(*steps)], moves=True)


def gather(g):
    a = g.take()
    axis = int(g.rng.integers(g.values[a].ndim))
    n = g.values[a].shape[axis]
    shape = g.pick((), (), (1,), (3,), (2, 2))
    g.emit("Gather", [a, g.constant(np.int64(g.rng.integers(-n, n, shape)))], moves=True, axis=axis)


def gather_elements(g):
    a = g.take()
    axis, value = int(g.rng.integers(g.values[a].ndim)), g.values[a]
    g.emit("GatherElements", [a, g.constant(np.int64(g.rng.integers(0, value.shape[axis], value.shape)))], moves=True, axis=axis)


def split(g):
    a = g.take()
    shape = g.values[a].shape
    axis = int(g.pick(len(shape) - 1, int(g.rng.integers(len(shape)))))
    if shape[axis] < 2:
        raise Refused
    first = int(g.rng.integers(1, shape[axis]))
    names = g.emit("Split", [a, g.integers(first, shape[axis] - first)], outputs=2, moves=True, axis=axis)
    if g.rng.random() < 0.5:
        g.values[names[0]] = g.values.pop(names[0])   # the first is the newest


def squeeze(g):
    a = g.take()
    ones = [i for i, n in enumerate(g.values[a].shape) if n == 1]
    if not ones or g.values[a].ndim == 1:
        raise Refused
    g.emit("Squeeze", [a, g.integers(g.pick(*ones))], moves=True)


def unsqueeze(g):
    a = g.take(1, 2, 3, 4)
    g.emit("Unsqueeze", [a, g.integers(int(g.rng.integers(0, g.values[a].ndim + 1)))], moves=True)


def expand(g):
    a = g.take(1, 2, 3, 4)
    shape = [g.pick(2, 3, 5) if n == 1 else n for n in g.values[a].shape]
    g.emit("Expand", [a, g.integers(*([2] if g.rng.random() < 0.3 else []), *shape)], moves=True)


def tile(g):
    a = g.take()
    g.emit("Tile", [a, g.integers(*[g.pick(1, 1, 2, 3) for _ in g.values[a].shape])], moves=True)


def pad(g):
    a = g.take()
    shape, mode = g.values[a].shape, g.pick("constant", "constant", "reflect", "edge", "wrap")
    most = 2 if mode == "constant" else 1
    pads = [int(g.rng.integers(0, most + 1)) if n > 1 else 0 for n in list(shape) * 2]
    g.emit("Pad", [a, g.integers(*pads)] + ([g.constant(np.float32(g.pick(0, 1.5)))] if mode == "constant" else []), moves=True, mode=mode)


def concat(g):
    a = g.take()
    axis = int(g.rng.integers(g.values[a].ndim))
    shape = list(g.values[a].shape)
    shape[axis] = int(g.rng.integers(1, 4))
    other = g.pick(a, g.constant(g.numbers(shape)), g.add_input(shape) if len(g.inputs) < 4 else a)
    parts = [a, other]
    if g.rng.random() < 0.5:
        parts.reverse()
    g.emit("Concat", parts, moves=True, axis=axis)


def depth_space(g):
    a = g.take(4)
    if g.rng.random() < 0.5:
        g.emit("DepthToSpace", [a], moves=True, blocksize=2, mode=g.pick("DCR", "CRD"))
    else:
        g.emit("SpaceToDepth", [a], moves=True, blocksize=2)


def trilu(g):
    g.emit("Trilu", [g.take(2, 3, 4), g.constant(np.int64(int(g.rng.integers(-2, 3))))], moves=True, upper=g.pick(0, 1))


def scatter(g):
    a = g.take()
    axis, value = int(g.rng.integers(g.values[a].ndim)), g.values[a]
    shape = list(value.shape)
    shape[axis] = 1
    g.emit("ScatterElements", [a, g.constant(np.int64(g.rng.integers(0, value.shape[axis], shape))), g.constant(g.numbers(shape))],
           moves=True, axis=axis)


def resize(g):
    a = g.take(4)
    n, c, h, w = g.values[a].shape
    if h * w == 1:
        raise Refused
    mode, where = g.pick(("nearest", "asymmetric"), ("linear", "half_pixel"), ("linear", "asymmetric"), ("linear", "align_corners"))
    g.emit("Resize", [a, "", "", g.integers(n, c, h * g.pick(1, 2), w * g.pick(2, 3))], mode=mode, coordinate_transformation_mode=where,
           **({"nearest_mode": "floor"} if mode == "nearest" else {}))


def reduce(g):
    a = g.take()
    rank = g.values[a].ndim
    axes = sorted(g.rng.choice(rank, int(g.rng.integers(1, rank + 1)), replace=False).tolist())
    op = g.pick("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp", "ReduceProd")
    g.emit(op, [a, g.integers(*axes)], keepdims=g.pick(0, 1), moves=op in ("ReduceMax", "ReduceMin"))


def place(g):
    a = g.take(exact=True)
    index, = g.emit(g.pick("ArgMax", "ArgMin"), [a], axis=int(g.rng.integers(g.values[a].ndim)), keepdims=g.pick(0, 1))
    g.emit("Cast", [index], to=1)


def top(g):
    a = g.take(exact=True)
    axis = int(g.rng.integers(g.values[a].ndim))
    g.emit("TopK", [a, g.integers(int(g.rng.integers(1, g.values[a].shape[axis] + 1)))], outputs=2, axis=axis, largest=g.pick(0, 1))


def cumulate(g):
    a = g.take()
    g.emit("CumSum", [a, g.constant(np.int64(int(g.rng.integers(g.values[a].ndim))))], exclusive=g.pick(0, 1), reverse=g.pick(0, 1))


def softmax(g):
    a = g.take()
    g.emit(g.pick("Softmax", "Softmax", "LogSoftmax"), [a], axis=int(g.rng.integers(-1, g.values[a].ndim)))


def infinite_mask(g):
    """Masked scores: some rows are nothing but -inf."""
    a = g.take(2, 3)
    shape = g.values[a].shape[-2:]
    mask = np.where(g.rng.random(shape) < 0.5, np.float32(-np.inf), np.float32(0))
    mask[0] = -np.inf
    s, = g.emit("Add", [a, g.constant(mask)], infinite=True)
    m, = g.emit(g.pick("ReduceMax", "ReduceMin"), [s, g.integers(-1)], infinite=True)
    c, = g.emit("IsInf", [m])
    g.emit("Where", [c, g.constant(np.float32(0)), m])


def matmul(g):
    a = g.take()
    k = g.values[a].shape[-1]
    if g.rng.random() < 0.25 and g.values[a].ndim >= 2:
        perm = list(range(g.values[a].ndim))
        perm[-2:] = perm[:-3:-1]
        b, = g.emit("Transpose", [a], perm=perm)
        g.emit("MatMul", [a, b])
    else:
        g.emit("MatMul", [a, g.constant(g.numbers([k, g.pick(1, 3, 8, 10, 17)], 1 / np.sqrt(k)))])


def gemm(g):
    a = g.take(2)
    ta, tb = g.pick(0, 0, 1), g.pick(0, 1)
    k, n = g.values[a].shape[0 if ta else 1], g.pick(1, 4, 9, 16)
    w = g.numbers([n, k] if tb else [k, n], 1 / np.sqrt(k))
    g.emit("Gemm", [a, g.constant(w)] + ([g.constant(g.numbers([n]))] if g.rng.random() < 0.6 else []), transA=ta, transB=tb, alpha=g.pick(1.0, 0.5))


def conv(g):
    a = g.take(3, 4)
    c, sides = g.values[a].shape[1], g.values[a].ndim - 2
    groups = g.pick(1, 1, c, *[d for d in range(2, c) if c % d == 0])
    m = groups * g.pick(1, 1, 2, 4) if groups > 1 else g.pick(1, 4, 8, 9)
    kernel = [g.pick(1, 2, 3) for _ in range(sides)]
    w = g.numbers([m, c // groups, *kernel], 1 / np.sqrt(c // groups * np.prod(kernel)))
    bias = [g.constant(g.numbers([m]))] if g.rng.random() < 0.6 else []
    g.emit("Conv", [a, g.constant(w)] + bias, group=groups, strides=[g.pick(1, 1, 2) for _ in kernel],
           dilations=[g.pick(1, 1, 2) for _ in kernel], pads=[g.pick(0, 1, 2) for _ in kernel * 2])


def conv_transpose(g):
    a = g.take(3, 4)
    c, sides = g.values[a].shape[1], g.values[a].ndim - 2
    kernel = [g.pick(1, 2, 3) for _ in range(sides)]
    g.emit("ConvTranspose", [a, g.constant(g.numbers([c, g.pick(1, 3, 8), *kernel], 1 / np.sqrt(c)))], strides=[g.pick(1, 2) for _ in kernel],
           pads=[g.pick(0, 0, 1) for _ in kernel * 2])


def pool(g):
    a = g.take(3, 4)
    sides = g.values[a].ndim - 2
    op = g.pick("MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool")
    attributes = {}
    if not op.startswith("Global"):
        attributes = dict(kernel_shape=[g.pick(2, 3) for _ in range(sides)], strides=[g.pick(1, 2) for _ in range(sides)])
        if op != "LpPool":
            attributes.update(pads=[g.pick(0, 1) for _ in range(2 * sides)], ceil_mode=g.pick(0, 0, 1))
        if op == "AveragePool":
            attributes.update(count_include_pad=g.pick(0, 1))
        pads = attributes.get("pads", [0] * 2 * sides)
        for side, kernel in enumerate(attributes["kernel_shape"]):
            # ONNX Runtime takes a window that is larger than the padded image; ONNX does not say what it means.
            if kernel > g.values[a].shape[2 + side] + pads[side] + pads[sides + side]:
                raise Refused
    g.emit(op, [a], moves="MaxPool" in op, **attributes)


def normalise(g):
    a = g.take(2, 3, 4)
    shape, kind = g.values[a].shape, g.pick("layer", "instance", "batch", "lp", "lrn", "mean", "group")
    vector = lambda n: g.constant(np.abs(g.numbers([n])) + np.float32(0.1))
    if kind == "layer":
        axis = int(g.rng.integers(1, len(shape)))
        g.emit("LayerNormalization", [a] + [g.constant(g.numbers(shape[axis:])) for _ in range(g.pick(1, 2))], axis=axis)
    elif kind == "batch":
        g.emit("BatchNormalization", [a] + [vector(shape[1]) for _ in range(4)])
    elif kind == "lp":
        g.emit("LpNormalization", [a], axis=int(g.rng.integers(len(shape))), p=g.pick(1, 2))
    elif len(shape) < 3:
        raise Refused
    elif kind == "instance":
        g.emit("InstanceNormalization", [a, vector(shape[1]), vector(shape[1])])
    elif kind == "group":
        g.emit("GroupNormalization", [a, vector(shape[1]), vector(shape[1])], num_groups=g.pick(1, shape[1]))
    elif kind == "lrn":
        g.emit("LRN", [a], size=g.pick(1, 3, 5))
    else:
        g.emit("MeanVarianceNormalization", [a], axes=[0, len(shape) - 1])


# How many parameters each takes.
ACTIVATIONS = {"Affine": 2, "Elu": 1, "HardSigmoid": 2, "LeakyRelu": 1, "Relu": 0, "ScaledTanh": 2, "Sigmoid": 0, "Softplus": 0, "Softsign": 0,
               "Tanh": 0, "ThresholdedRelu": 1}


def recurrent(g):
    a = g.take(3)
    steps, batch, width = g.values[a].shape
    op, gates, functions = g.pick(("LSTM", 4, 3), ("GRU", 3, 2), ("RNN", 1, 1))
    direction, hidden = g.pick("forward", "reverse", "bidirectional"), g.pick(1, 4, 5)
    d = 2 if direction == "bidirectional" else 1
    weights = [g.constant(g.numbers([d, gates * hidden, n], 0.4)) for n in (width, hidden)]
    optional = [g.constant(g.numbers([d, 2 * gates * hidden], 0.3)),
                g.constant(g.rng.integers(1, steps + 1, batch).astype(np.int32)),
                g.constant(g.numbers([d, batch, hidden], 0.5))]
    if op == "LSTM":
        optional += [g.constant(g.numbers([d, batch, hidden], 0.5)), g.constant(g.numbers([d, 3 * hidden], 0.3))]
    extra = {"linear_before_reset": g.pick(0, 1)} if op == "GRU" else {}
    if g.rng.random() < 0.3:
        extra["activations"] = names = [str(g.rng.choice(list(ACTIVATIONS))) for _ in range(d * functions)]
        # Given, as ONNX Runtime has defaults of its own; each only for what takes it.
        for which, attribute in enumerate(("activation_alpha", "activation_beta")):
            if numbers := [float(g.rng.uniform(0.1, 1)) for n in names if ACTIVATIONS[n] > which]:
                extra[attribute] = numbers
    if g.rng.random() < 0.2:
        extra["clip"] = g.pick(0.3, 1.5)
    operands = [a] + weights + [n if g.rng.random() < 0.5 else "" for n in optional]
    g.emit(op, operands, outputs=3 if op == "LSTM" else 2, hidden_size=hidden, direction=direction, **extra)


def einsum(g):
    a = g.take(3)
    b, i, k = g.values[a].shape
    g.emit("Einsum", [a, g.constant(g.numbers([k, 5], 1 / np.sqrt(k)))], equation=g.pick("bik,kj->bij", "bik,kj->bji", "bik,kj->ij"))


def whole_numbers(g):
    a, = g.emit("Mul", [g.take(exact=True), g.constant(np.float32(16))])
    i, = g.emit("Cast", [a], to=g.pick(6, 7))
    dtype = g.values[i].dtype
    divisor = g.rng.choice(np.array([-7, -3, -2, 2, 3, 5], dtype), g.values[i].shape[-1:])
    r, = g.emit(*g.pick(("Div", [i, g.constant(divisor)]), ("Mod", [i, g.constant(divisor)]), ("Mul", [i, i]), ("Add", [i, g.constant(divisor)])))
    f, = g.emit("Cast", [r], to=1, infinite=True)
    g.emit("Mul", [f, g.constant(np.float32(1 / 1024))])


STEPS = [(unary, 4), (positive, 1), (jump, 1), (clip, 1), (binary, 4), (variadic, 1), (choose, 2), (prelu, 1), (transpose, 5), (reshape, 4),
         (flatten, 1), (slices, 5), (gather, 3), (gather_elements, 1), (split, 3), (squeeze, 2), (unsqueeze, 1), (expand, 2), (tile, 1), (pad, 2),
         (concat, 3), (depth_space, 1), (trilu, 1), (scatter, 1), (resize, 2), (reduce, 3), (place, 1), (top, 1), (cumulate, 1), (softmax, 2),
         (infinite_mask, 1), (matmul, 5), (gemm, 2), (conv, 4), (conv_transpose, 1), (pool, 2), (normalise, 3), (recurrent, 2), (einsum, 1),
         (whole_numbers, 1)]


# What a contraction reads wrongly where it takes a view for dense.
VIEWS = (transpose, slices, gather, split, expand, reshape)
CONTRACTIONS = (matmul, gemm, conv, recurrent, matmul)


def draw(seed, number):
    """Draws graph `number`; the same whatever was drawn before."""
    rng = np.random.default_rng([seed, number])
    g = Graph(rng)
    steps = [s for s, weight in STEPS for _ in range(weight)]
    wanted, tries, last = int(rng.integers(2, 7)), 0, None
    while len(g.nodes) < wanted and tries < 60:
        tries += 1
        before = len(g.nodes), dict(g.inputs), dict(g.constants), dict(g.values), set(g.exact)
        follows = last in VIEWS and rng.random() < 0.4
        step = g.pick(*CONTRACTIONS) if follows else steps[int(rng.integers(len(steps)))]
        try:
            step(g)
            last = step
        except Refused:
            del g.nodes[before[0]:]
            g.inputs, g.constants, g.values, g.exact = before[1:]
    read = {n for node in g.nodes for n in node.input}
    inputs = {n: v for n, v in g.inputs.items() if n in read}
    outputs = [n for node in g.nodes for n in node.output if n not in read]
    constants = {n: v for n, v in g.constants.items() if n in read}
    model = make_model(g.nodes, inputs, constants, outputs)
    results = run(model, inputs)
    for info, result in zip(model.graph.output, results):
        info.CopyFrom(helper.make_tensor_value_info(info.name, helper.np_dtype_to_tensor_dtype(result.dtype), result.shape))
    return model, inputs, dict(zip(outputs, results))


def write(folder, number, drawn):
    model, inputs, results = drawn
    case = os.path.join(folder, f"graph{number:06}")
    data = os.path.join(case, "test_data_set_0")
    os.makedirs(data)
    onnx.save(model, os.path.join(case, "model.onnx"))
    for kind, tensors in (("input", inputs), ("output", results)):
        for i, (name, value) in enumerate(tensors.items()):
            onnx.save_tensor(numpy_helper.from_array(value, name), os.path.join(data, f"{kind}_{i}.pb"))
    return case


def compare(tool, folder, prepare):
    """Runs the cases of a folder; returns (passed, unsupported, {case: message})."""
    command = [tool, "-v", folder] + (["--prepare"] if prepare else [])
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60 + 2 * len(os.listdir(folder)))
        counts = re.search(r"as they stand: (\d+) passed, (\d+) unsupported", done.stdout)
        bad = dict(re.findall(r"^(graph\d+): FAILED: (.*)$", done.stdout, re.M))
        if counts:
            return int(counts[1]), int(counts[2]), bad
        what = f"crashes ({done.returncode})"
    except subprocess.TimeoutExpired:
        what = "does not end"
    cases = sorted(os.listdir(folder))
    if len(cases) == 1:
        return 0, 0, {cases[0]: what}
    # Each half on its own, until the graph stands alone.
    passed, unsupported, bad = 0, 0, {}
    for half in cases[:len(cases) // 2], cases[len(cases) // 2:]:
        with tempfile.TemporaryDirectory() as part:
            for case in half:
                os.symlink(os.path.realpath(os.path.join(folder, case)), os.path.join(part, case))
            p, u, b = compare(tool, part, prepare)
            passed, unsupported = passed + p, unsupported + u
            bad.update(b)
    return passed, unsupported, bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--narrow-conformance", required=True)
    parser.add_argument("--graphs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="draw this graph alone")
    parser.add_argument("--keep", help="folder for the graphs that differ")
    options = parser.parse_args()
    numbers = range(options.graphs) if options.only is None else [options.only]
    total = {False: [0, 0], True: [0, 0]}
    wrong = 0
    for first in range(0, len(numbers), BATCH):
        with tempfile.TemporaryDirectory() as folder:
            for number in numbers[first:first + BATCH]:
                write(folder, number, draw(options.seed, number))
            for prepare in (False, True):
                passed, unsupported, bad = compare(options.narrow_conformance, folder, prepare)
                total[prepare][0] += passed
                total[prepare][1] += unsupported
                for case, message in sorted(bad.items()):
                    wrong += 1
                    model = onnx.load(os.path.join(folder, case, "model.onnx"))
                    print(f"seed {options.seed} graph {int(case[5:])}{' prepared' if prepare else ''}: {message}: "
                          + " ".join(n.op_type for n in model.graph.node), flush=True)
                    if options.keep:
                        shutil.copytree(os.path.join(folder, case), os.path.join(options.keep, case), dirs_exist_ok=True)
    for prepare, (passed, unsupported) in total.items():
        print(f"{'prepared' if prepare else 'imported'}: {passed} equal, {unsupported} unsupported of {len(numbers)} graphs")
    print(f"{wrong} different")
    return 1 if wrong else 0


sys.exit(main())
