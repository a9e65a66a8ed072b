"""Writes chain.onnx.txt, rotations one behind another, and samples.npy into the directory given.

Noise adds up along the chain: late layers lose almost nothing of what is left.
"""
import os
import sys

import numpy as np

import onnx_text

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(5)
LAYERS, WIDTH = 28, 12
parts = [onnx_text.value("input", "x0", 1, WIDTH), onnx_text.value("output", f"x{LAYERS}", 1, WIDTH)]
for layer in range(LAYERS):
    rotation = np.linalg.qr(random.standard_normal((WIDTH, WIDTH)))[0]
    parts += [onnx_text.tensor(f"w{layer}", rotation), onnx_text.node("MatMul", f"x{layer + 1}", f"x{layer}", f"w{layer}")]
onnx_text.write("chain.onnx.txt", *parts)
np.save("samples.npy", random.standard_normal((48, WIDTH)).astype(np.float32))
