"""Writes signal.onnx.txt, a convolution along one axis, and samples.npy into the directory given."""
import os
import sys

import numpy as np

import onnx_text

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(3)
onnx_text.write("signal.onnx.txt", onnx_text.value("input", "x", 1, 2, 24), onnx_text.value("output", "y", 1, 3, 10),
                onnx_text.tensor("w", random.standard_normal((6, 2, 5))), onnx_text.node("Conv", "c", "x", "w", strides=[2]),
                '  initializer { name: "first" data_type: 7 dims: 1 int64_data: 0 }\n  initializer { name: "last" data_type: 7 dims: 1 int64_data: 3 }\n'
                '  initializer { name: "axis" data_type: 7 dims: 1 int64_data: 1 }\n',
                onnx_text.node("Slice", "s", "c", "first", "last", "axis"), onnx_text.node("Mul", "y", "s", "s"))
np.save("samples.npy", random.standard_normal((24, 2, 24)).astype(np.float32))
