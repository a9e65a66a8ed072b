"""Writes networks whose layers read correlated values, and samples for them, into the directory given.

What the weights of correlated.onnx.txt lose to rounding, fitted weights give back: few
directions are all that layers read.
"""
import os
import sys

import numpy as np

import onnx_text

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(11)
WIDTH, RANK, LAYERS = 48, 4, 3
parts = [onnx_text.value("input", "x0", 1, WIDTH), onnx_text.value("output", f"x{LAYERS}", 1, WIDTH)]
for layer in range(LAYERS):
    weight = random.standard_normal((WIDTH, WIDTH)) / np.sqrt(WIDTH)
    parts += [onnx_text.tensor(f"w{layer}", weight), onnx_text.node("MatMul", f"x{layer + 1}", f"x{layer}", f"w{layer}")]
onnx_text.write("correlated.onnx.txt", *parts)
x = random.standard_normal((288, RANK)) @ random.standard_normal((RANK, WIDTH))
np.save("samples.npy", x[:256].astype(np.float32))
np.save("eval.npy", x[256:].astype(np.float32))
