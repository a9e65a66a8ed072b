"""Writes embedding.onnx.txt, which looks rows up by integers and multiplies
them, and samples for it."""
import os
import sys

import numpy as np
from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(6)
write("embedding.onnx.txt", node("Gather", "rows", "table", "ids"), node("MatMul", "h", "rows", "w"),
      node("Relu", "r", "h"), node("MatMul", "y", "r", "v"),
      tensor("table", random.standard_normal((50, 16))), tensor("w", random.standard_normal((16, 24))),
      tensor("v", random.standard_normal((24, 5))), value("input", "ids", 1, 6, is_integer=True),
      value("output", "y", 1, 6, 5))
np.save("calib.npy", random.integers(0, 50, (24, 6)))
