"""ONNX Runtime, its own static quantisation: QDQ, u8 activations, s8 weights."""
import os
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from timing import median_us


class Samples(CalibrationDataReader):
    def __init__(self, network):
        self.name, self.samples = network.input, iter(network.samples)

    def get_next(self):
        sample = next(self.samples, None)
        return None if sample is None else {self.name: sample}


def open_session(model, optimised=True):
    options = onnxruntime.SessionOptions()
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def quantize(network, path, calibrate_method=CalibrationMethod.MinMax):
    """Writes the quantised model: per channel, or per tensor where that fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, prepared = os.path.join(folder, "float.onnx"), os.path.join(folder, "prepared.onnx")
        onnx.save(network.model, source)
        try:
            quant_pre_process(source, prepared, skip_symbolic_shape=True)
        except Exception as error:  # It refuses some graphs that the quantiser itself takes.
            print(f"{network.name}: onnxruntime's preprocessing fails: {str(error)[:80]}", file=sys.stderr)
            prepared = source
        for per_channel in (True, False):
            try:
                quantize_static(prepared, path, Samples(network), quant_format=QuantFormat.QDQ, per_channel=per_channel,
                                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                                calibrate_method=calibrate_method)
                open_session(path)
                return
            except Exception as error:
                if not per_channel:
                    raise
                print(f"{network.name}: onnxruntime fails per channel: {str(error)[:80]}", file=sys.stderr)


class OnnxRuntime:
    name = "ONNX Runtime"

    def prepare(self, network, cache):
        key = network.model.SerializeToString() + onnxruntime.__version__.encode()
        return cache.get(f"{network.name}-ort", ".onnx", key, lambda path: quantize(network, path))

    def open(self, prepared, network):
        session = open_session(prepared)
        feed = {session.get_inputs()[0].name: network.samples[0]}
        return lambda seconds: median_us(lambda: session.run(None, feed), seconds)

    def empty(self, cache):
        value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1]) for n in "xy"]
        graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "empty", value[:1], value[1:])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        session, feed = open_session(model.SerializeToString()), {"x": np.zeros([1, 1], np.float32)}
        return lambda seconds: median_us(lambda: session.run(None, feed), seconds)
