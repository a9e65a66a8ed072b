"""Writes recurrent.onnx.txt, an averager whose state lasts for some thirty steps,
and sequences for it: calib.npy, eval.npy, and begun.npz, whose state begins
elsewhere."""
import os
import sys

import numpy as np
from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(3)
WIDTH, STATE = 4, 8

# A rotation that shrinks a little: what is in the state fades slowly.
rotation = 0.97 * np.linalg.qr(random.standard_normal((STATE, STATE)))[0]
weights = {"u": rotation, "w": 0.3 * random.standard_normal((WIDTH, STATE)), "v": random.standard_normal((STATE, 3))}
np.savez("weights.npz", **weights)
write("recurrent.onnx.txt", node("MatMul", "kept", "h", "u"), node("MatMul", "taken", "x", "w"),
      node("Add", "sum", "kept", "taken"), node("Tanh", "hn", "sum"), node("MatMul", "y", "hn", "v"),
      *(tensor(name, array) for name, array in weights.items()), value("input", "x", 1, WIDTH),
      value("input", "h", 1, STATE), value("output", "y", 1, 3), value("output", "hn", 1, STATE))
x = random.standard_normal((192, WIDTH)).astype(np.float32)
np.save("calib.npy", x[:96])
np.save("eval.npy", x[96:])
np.savez("begun.npz", x=x[96:], h=np.full((96, STATE), 0.5, np.float32))
