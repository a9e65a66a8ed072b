"""Writes the arrays of the tests into the directory given: good ones for
mlp.onnx.txt, and one of each kind of bad ones."""
import os
import sys

import numpy as np

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(1)
x = random.standard_normal((40, 4)).astype(np.float32)
np.save("calib.npy", x[:16])
np.save("first.npy", x[:6])
np.save("second.npy", x[6:16])
np.save("eval.npy", x[16:])
np.save("labels.npy", random.integers(0, 2, 24))
np.save("few-labels.npy", np.zeros(3, np.int64))
np.save("float-labels.npy", np.zeros(24, np.float32))
np.savez_compressed("calib.npz", x=x[:16])
np.save("images.npy", random.standard_normal((2, 1, 28, 28)).astype(np.float32))
np.savez("other.npz", a=x, b=x)

np.save("shape.npy", np.zeros((2, 5), np.float32))
np.save("dtype.npy", np.zeros((2, 4), np.uint8))
np.save("empty.npy", np.zeros((0, 4), np.float32))
np.save("text.npy", np.array(["a"]))
nan = x[:4].copy()
nan[2, 1] = np.nan
np.save("nan.npy", nan)
nan[2, 1] = -np.inf
np.save("inf.npy", nan)
with open("calib.npy", "rb") as file:
    data = file.read()
with open("cut.npy", "wb") as file:
    file.write(data[:-9])
with open("cut.npz", "wb") as file, open("calib.npz", "rb") as whole:
    file.write(whole.read()[:-40])
with open("random.onnx", "wb") as file:
    file.write(random.bytes(4096))
with open("empty.onnx", "wb"):
    pass
