"""Writes network.onnx, a convolution on an image that is not square, with data, and it quantised in two ways; a ReLU is a type's saturation
there."""
import logging

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

random = np.random.default_rng(4)
weights = {"w": random.standard_normal((6, 3, 3, 3)), "b": random.standard_normal(6), "v": random.standard_normal((6, 4))}
graph = helper.make_graph(
    [helper.make_node("Conv", ["x", "w", "b"], ["conv"], pads=[1, 1, 1, 1]),
     helper.make_node("Relu", ["conv"], ["relu"]),
     helper.make_node("GlobalAveragePool", ["relu"], ["pooled"]),
     helper.make_node("Flatten", ["pooled"], ["flat"]),
     helper.make_node("MatMul", ["flat", "v"], ["y"])],
    "network",
    [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, 7, 5])],
    [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 4])],
    [numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "network.onnx")
x = random.standard_normal((20, 3, 7, 5)).astype(np.float32)
np.save("calib.npy", x[:16])
np.save("input.npy", x[16:])


class Samples(CalibrationDataReader):
    def __init__(self):
        self.samples = iter(x[:16])

    def get_next(self):
        sample = next(self.samples, None)
        return None if sample is None else {"x": sample[None]}


logging.disable(logging.WARNING)
for name in ("QDQ", "QOperator"):
    quantize_static("network.onnx", f"{name}.onnx", Samples(), quant_format=QuantFormat[name], per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, reduce_range=True)
