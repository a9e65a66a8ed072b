"""Writes net.onnx.txt, two convolutions and a linear layer whose channels have more weights than a block, and samples
calib.npy and eval.npy into the directory given."""
import os
import sys

import numpy as np

from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(3)


def weights(*shape):
    """Inputs of unlike sizes, so that blocks differ."""
    sizes = np.exp(random.standard_normal(shape[1:2] + (1,) * (len(shape) - 2)))
    return (random.standard_normal(shape) * sizes).astype(np.float32) / np.sqrt(np.prod(shape[1:]))


write("net.onnx.txt",
      node("Conv", "c1", "x", "w1", "b1", pads=(1, 1, 1, 1)), node("Relu", "r1", "c1"), node("Conv", "c2", "r1", "w2", "b2"),
      node("Relu", "r2", "c2"), node("Flatten", "f", "r2"), node("Gemm", "y", "f", "w3", "b3"),
      tensor("w1", weights(40, 16, 3, 3)), tensor("b1", random.standard_normal(40) / 10),
      tensor("w2", weights(20, 40, 1, 1)), tensor("b2", random.standard_normal(20) / 10),
      tensor("w3", weights(6, 320).T), tensor("b3", random.standard_normal(6) / 10),
      value("input", "x", 1, 16, 4, 4), value("output", "y", 1, 6))
np.save("calib.npy", random.standard_normal((64, 16, 4, 4)).astype(np.float32))
np.save("eval.npy", random.standard_normal((32, 16, 4, 4)).astype(np.float32))
