"""Writes detector.onnx.txt, whose 6 boxes are wider the brighter 6 cells of an
image are, with scores of nothing and something, and images for it."""
import os
import sys

import numpy as np
from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(7)
b = np.repeat(2.0 * np.arange(6)[None, :, None], 4, 2) + [-0.5, -0.5, 0.5, 0.5]
write("detector.onnx.txt", node("MatMul", "sides", "x", "w"), node("Add", "boxes", "sides", "b"),
      node("MatMul", "logits", "x", "v"), node("Softmax", "scores", "logits"),
      tensor("w", np.array([[-0.2, -0.2, 0.2, 0.2]])), tensor("b", b),
      tensor("v", np.array([[-3.0, 3.0]])), value("input", "x", 1, 6, 1),
      value("output", "scores", 1, 6, 2), value("output", "boxes", 1, 6, 4))
images = random.uniform(-1, 1, (240, 6, 1)).astype(np.float32)
np.save("calib.npy", images[:40])
np.save("eval.npy", images[40:])
