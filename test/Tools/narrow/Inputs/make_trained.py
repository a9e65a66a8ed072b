"""Writes image.onnx.txt and deep.onnx.txt, a batch normalisation behind one and two
layers, and samples: right.npy as in training, bytes.npy, small.npy and shifted.npy of
other scales."""
import os
import sys

import numpy as np
from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(0)
right = random.standard_normal((32, 3, 12, 12)).astype(np.float32)
np.save("right.npy", right)
np.save("bytes.npy", 64 * right + 128)
np.save("small.npy", right / 64)
np.save("shifted.npy", right + 40)

first = 0.3 * random.standard_normal((8, 3, 3, 3))
arrays = {"w": first, "v": 0.3 * random.standard_normal((8, 8, 1, 1)), "scale": np.ones(8),
          "offset": 0.5 * random.standard_normal(8), "mean": np.zeros(8), "variance": (first ** 2).sum((1, 2, 3))}
rest = [*(tensor(name, array) for name, array in arrays.items()), value("input", "x", 1, 3, 12, 12)]
statistics = ["scale", "offset", "mean", "variance"]
write("image.onnx.txt", node("Conv", "layer", "x", "w"), node("BatchNormalization", "normal", "layer", *statistics),
      node("Relu", "y", "normal"), *rest, value("output", "y", 1, 8, 10, 10))
write("deep.onnx.txt", node("Conv", "layer", "x", "w"), node("Conv", "next", "layer", "v"),
      node("BatchNormalization", "y", "next", *statistics), *rest, value("output", "y", 1, 8, 10, 10))

# Smooth images of three unlike colours, and the same elements with channels last in the shape of channels first.
smooth = random.standard_normal((32, 3, 16, 16))
for _ in range(8):
    smooth = smooth + np.roll(smooth, 1, 2) + np.roll(smooth, 1, 3)
smooth = (smooth / smooth.std() * np.array([4, 1, 0.25]).reshape(1, 3, 1, 1) + np.array([2, 0, -2]).reshape(1, 3, 1, 1))[:, :, :12, :12].astype(np.float32)
np.save("ordered.npy", smooth)
np.save("disordered.npy", np.ascontiguousarray(smooth.transpose(0, 2, 3, 1)).reshape(smooth.shape))
windows = np.lib.stride_tricks.sliding_window_view(smooth, (3, 3), axis=(2, 3))
found = np.einsum("nchwij,ocij->ohwn", windows, first).reshape(8, -1)
arrays["mean"], arrays["variance"] = found.mean(1), found.var(1)
write("smooth.onnx.txt", node("Conv", "layer", "x", "w"), node("BatchNormalization", "normal", "layer", *statistics),
      node("Relu", "y", "normal"), *(tensor(name, array) for name, array in arrays.items()), value("input", "x", 1, 3, 12, 12),
      value("output", "y", 1, 8, 10, 10))
