"""OpenVINO, quantised by NNCF's post-training quantisation."""
import logging
import os
import tempfile

import numpy as np
import onnx
import openvino

from timing import median_us

SETTINGS = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}


def quantize(network, path, corrects_biases=False):
    import nncf  # Slow to import, and needed once a network.
    nncf.set_log_level(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "float.onnx")
        onnx.save(network.model, source)
        model = openvino.Core().read_model(source)
        is_transformer = any(node.op_type in ("Softmax", "LayerNormalization") for node in network.model.graph.node[:-4])
        # Corrected biases are for accuracy and change no time.
        advanced = nncf.AdvancedQuantizationParameters(disable_bias_correction=not corrects_biases)
        quantized = nncf.quantize(model, nncf.Dataset(list(network.samples)), subset_size=len(network.samples),
                                  advanced_parameters=advanced,
                                  model_type=nncf.ModelType.TRANSFORMER if is_transformer else None)
        openvino.save_model(quantized, path, compress_to_fp16=False)


def open_request(model, sample):
    request = openvino.Core().compile_model(model, "CPU", SETTINGS).create_infer_request()
    return lambda seconds: median_us(lambda: request.infer([sample], share_inputs=True), seconds)


class OpenVino:
    name = "OpenVINO"

    def prepare(self, network, cache):
        key = network.model.SerializeToString() + openvino.__version__.encode()
        return cache.get(f"{network.name}-openvino", ".xml", key, lambda path: quantize(network, path))

    def open(self, prepared, network):
        return open_request(openvino.Core().read_model(prepared), network.samples[0])

    def empty(self, cache):
        x = openvino.opset13.parameter([1, 1], np.float32)
        return open_request(openvino.Model([openvino.opset13.relu(x)], [x]), np.zeros([1, 1], np.float32))
