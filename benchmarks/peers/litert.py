"""LiteRT with XNNPACK, on a TFLite network of the same topology and invented scales."""
from importlib.metadata import version

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from timing import median_us

from . import tflite_convert, tflite_writer
from .tflite_convert import Converter
from .tflite_writer import Writer


def open_interpreter(path):
    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    for details in interpreter.get_input_details():
        noise = np.random.default_rng(0).standard_normal(details["shape"])
        interpreter.set_tensor(details["index"], noise.astype(details["dtype"]))
    return lambda seconds: median_us(interpreter.invoke, seconds)


def answer(path, samples):
    """Returns the answers [sample, element] in float to samples that lie as the file's one input does.

    Files whose ends are int8 get and give it by the scales they name.
    """
    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    (given,), (found,) = interpreter.get_input_details(), interpreter.get_output_details()
    answers = []
    for sample in samples:
        interpreter.set_tensor(given["index"], stored(sample[None], given))
        interpreter.invoke()
        answers.append(real(interpreter.get_tensor(found["index"]), found).reshape(1, -1))
    return np.concatenate(answers)


def stored(values, details):
    if details["dtype"] == np.float32:
        return values
    scale, zero = details["quantization"]
    limits = np.iinfo(details["dtype"])
    return np.clip(np.round(values / scale) + zero, limits.min, limits.max).astype(details["dtype"])


def real(values, details):
    if details["dtype"] == np.float32:
        return values
    scale, zero = details["quantization"]
    return (values.astype(np.float32) - zero) * np.float32(scale)


def write_empty(path):
    """A network that quantises one number and back."""
    w = Writer()
    given = w.tensor([1, 1], np.float32)
    stored = w.add("QUANTIZE", [given], w.activation([1, 1]), "QuantizeOptions")
    w.graph.inputs = [given]
    w.graph.outputs = [w.add("DEQUANTIZE", [stored], w.tensor([1, 1], np.float32), "DequantizeOptions")]
    w.write(path)


class LiteRt:
    name = "LiteRT"
    version = version("ai-edge-litert")

    def __init__(self):
        # Another converter makes other networks.
        self.converter = b"".join(open(module.__file__, "rb").read() for module in (tflite_convert, tflite_writer))

    def prepare(self, network, cache):
        def make(path):
            Converter(network.model).convert(path)
            open_interpreter(path)(0)  # Some faults show only here.

        key = network.model.SerializeToString() + self.version.encode() + self.converter
        return cache.get(f"{network.name}-litert", ".tflite", key, make)

    def open(self, prepared, network):
        return open_interpreter(prepared)

    def empty(self, cache):
        return open_interpreter(cache.get("empty-litert", ".tflite", self.version, write_empty))
