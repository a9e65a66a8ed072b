"""Quantised ONNX files as they arrive: from the shared directory and from other tools' quantisers."""
import os
import tempfile

import nncf
import numpy as np
import onnx
from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static

import judged
from networks import SHARED, fixed
from peers import ort

# Float networks that the quantisers take.
SOURCES = ["kws_dscnn", "resnet20_cifar10", "mobilenetv1_025_imagenet", "vit_cifar10"]
# Shared files that came quantised, with the recipe of their data; noise stands in where there is none.
FILES = {"micro_kws_m_qdq": None, "micro_kws_m_qoperator": None, "mobilefacenet_qdq": None, "mobilefacenet_qoperator": None,
         "mobilenetv2_qdq_structure": "shufflenetv2_qlinear", "shufflenetv2_qlinear": "shufflenetv2_qlinear"}
NOISE = 64


def static(quant_format, activation, weight, per_channel):
    def write(network, source, path):
        quantize_static(source, path, ort.Samples(network), quant_format=quant_format, per_channel=per_channel,
                        activation_type=activation, weight_type=weight)
    return write


def dynamic(network, source, path):
    quantize_dynamic(source, path, weight_type=QuantType.QInt8)


def nncf_onnx(network, source, path):
    samples = nncf.Dataset([{network.input: sample} for sample in network.samples])
    onnx.save(nncf.quantize(onnx.load(source), samples), path)


# What writes a quantised file, by the name that the table has.
WRITERS = {
    "QDQ u8·s8": static(QuantFormat.QDQ, QuantType.QUInt8, QuantType.QInt8, False),
    "QDQ u8·s8 per channel": static(QuantFormat.QDQ, QuantType.QUInt8, QuantType.QInt8, True),
    "QDQ s8·s8 per channel": static(QuantFormat.QDQ, QuantType.QInt8, QuantType.QInt8, True),
    "QDQ u16·s8 per channel": static(QuantFormat.QDQ, QuantType.QUInt16, QuantType.QInt8, True),
    "QOperator u8·u8": static(QuantFormat.QOperator, QuantType.QUInt8, QuantType.QUInt8, False),
    "QOperator u8·s8 per channel": static(QuantFormat.QOperator, QuantType.QUInt8, QuantType.QInt8, True),
    "dynamic": dynamic,
    "NNCF": nncf_onnx,
}


class Arrival:
    """A quantised model, what it was in float (or None), and data that it was not calibrated with."""

    def __init__(self, name, writer, path, float_model, data, labels):
        self.name, self.writer, self.path, self.float_model = name, writer, path, float_model
        self.data, self.labels = data, labels


def from_file(name, num_judged):
    path = os.path.join(SHARED, "models", f"{name}.onnx")
    model = fixed(onnx.load(path)) if not FILES[name] else onnx.load(path)
    shape = [d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim]
    if FILES[name]:
        _, data, labels = judged.read_shared(FILES[name])
        data, labels = data[:num_judged], np.asarray(labels)[:num_judged]
    else:
        data, labels = np.random.default_rng(0).standard_normal([NOISE, *shape[1:]]).astype(np.float32), None
    return Arrival(name, "the file", path, None, data, labels if name == "shufflenetv2_qlinear" else None)


def from_writer(name, writer, cache, num_judged):
    network = judged.JudgedNetwork(name, 64, num_judged)

    def make(path):
        with tempfile.TemporaryDirectory() as folder:
            source, prepared = os.path.join(folder, "float.onnx"), os.path.join(folder, "prepared.onnx")
            onnx.save(network.model, source)
            ort.quant_pre_process(source, prepared, skip_symbolic_shape=True)
            WRITERS[writer](network, prepared, path)

    key = network.model.SerializeToString() + f"{writer} {ort.onnxruntime.__version__} {nncf.__version__}".encode()
    slug = "".join(c if c.isalnum() else "-" for c in writer)
    path = cache.get(f"{name}-{slug}", ".onnx", key, make)
    return Arrival(name, writer, path, network.model, network.judged, network.labels)
