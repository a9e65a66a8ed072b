"""Writes net.onnx.txt, a residual network whose batch normalisations have the statistics
of its own data, unknown.onnx.txt with a value that nothing says, plain.onnx.txt without
batch normalisations, and eval.npy."""
import os
import sys

import numpy as np
from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(0)
x = random.uniform(-2, 2, (64, 3, 10, 10)).astype(np.float32)
x[:, :, 1:] = 0.7 * x[:, :, :-1] + 0.5 * x[:, :, 1:]  # neighbours are alike
np.save("eval.npy", x[:32])
nodes, arrays = [], {}


def conv(name, source, values, channels):
    """3x3 with padding, and a batch normalisation by the values' own statistics."""
    weights = random.standard_normal((channels, values.shape[1], 3, 3)) / (3 * np.sqrt(values.shape[1]))
    padded = np.pad(values, ((0, 0), (0, 0), (1, 1), (1, 1)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    result = np.einsum("nchwij,ocij->nohw", patches, weights)
    mean, variance = result.mean((0, 2, 3)), result.var((0, 2, 3))
    scale, offset = random.uniform(0.5, 1.5, channels), 0.5 * random.standard_normal(channels)
    arrays.update({name + ".w": weights, name + ".s": scale, name + ".o": offset, name + ".m": mean, name + ".v": variance})
    nodes.append(node("Conv", name + ".conv", source, name + ".w", pads=[1, 1, 1, 1]))
    nodes.append(node("BatchNormalization", name, name + ".conv", *(name + "." + part for part in "somv")))
    shape = (1, -1, 1, 1)
    return (result - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + 1e-5) * scale.reshape(shape) + offset.reshape(shape)


def relu(name, source, values):
    nodes.append(node("Relu", name, source))
    return np.maximum(values, 0)


a = relu("r1", "b1", conv("b1", "x", x, 8))
b = relu("r2", "b2", conv("b2", "r1", a, 8))
c = conv("b3", "r2", b, 8)
nodes.append(node("Add", "sum", "b3", "r1"))
relu("r3", "sum", a + c)
nodes.append(node("GlobalAveragePool", "pool", "r3"))
nodes.append(node("Flatten", "flat", "pool"))
arrays["fc"] = random.standard_normal((8, 5))
rest = lambda names: [*(tensor(name, arrays[name]) for name in arrays if name.split(".")[0] in names)]
shape = value("input", "x", 1, 3, 10, 10)
write("net.onnx.txt", *nodes, node("MatMul", "y", "flat", "fc"), *rest({"b1", "b2", "b3", "fc"}), shape, value("output", "y", 1, 5))
write("unknown.onnx.txt", nodes[0], nodes[1], node("LogSoftmax", "y", "b1"), *rest({"b1"}), shape, value("output", "y", 1, 8, 10, 10))
write("plain.onnx.txt", node("Conv", "y", "x", "b1.w"), tensor("b1.w", arrays["b1.w"]), shape, value("output", "y", 1, 8, 8, 8))
