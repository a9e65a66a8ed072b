"""Writes tokens.onnx.txt, a language model of one layer: its scores of 300
tokens have a large part that all of a row share; values.onnx.txt, the same
behind reals instead of tokens; and samples for both."""
import os
import sys

import numpy as np
from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(6)
layers = [node("MatMul", "h", "rows", "w"), node("Tanh", "t", "h"), node("MatMul", "s", "t", "v"), node("Add", "scores", "s", "b"),
          tensor("w", random.standard_normal((16, 24))), tensor("v", random.standard_normal((24, 300))), tensor("b", np.full(300, 400.0)),
          value("output", "scores", 1, 6, 300)]
table = random.standard_normal((300, 16))
write("tokens.onnx.txt", node("Gather", "rows", "table", "ids"), tensor("table", table), *layers,
      value("input", "ids", 1, 6, is_integer=True))
write("values.onnx.txt", *layers, value("input", "rows", 1, 6, 16))
tokens = random.integers(0, 300, (40, 6))
np.save("tokens.npy", tokens)
np.save("values.npy", table[tokens].astype(np.float32))
