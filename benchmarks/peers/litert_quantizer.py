"""LiteRT's own static quantisation: from a float TFLite file of a network to one with int8 activations and weights.

The float file is ours, with channels last; whoever takes it compares its answers with the network's.
"""
from importlib.metadata import version

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_quantizer import calibrator, quantizer, recipe, recipe_manager
from ai_edge_quantizer.utils import qsv_utils

from .tflite_convert import Converter
from .tflite_writer import Writer

VERSION = version("ai-edge-quantizer")
# Names in float files: of the signature, its one input and its one output.
SIGNATURE, INPUT, OUTPUT = "serving_default", "x", "y"


class FloatWriter(Writer):
    """Writes what it is given as float, with the signature that the quantiser calibrates by."""

    def enter(self, shape):
        self.graph.inputs.append(self.tensor(shape, np.float32))
        return self.graph.inputs[-1]

    def leave(self, value):
        self.graph.outputs.append(value)

    def activation(self, shape, scale=None, zero=0):
        return self.tensor(shape, np.float32)

    def weights(self, values, axis):
        return self.tensor(values.shape, np.float32, data=values), None

    def bias(self, values, scales):
        return self.tensor(values.shape, np.float32, data=values)

    def write(self, path):
        signature = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = SIGNATURE, 0
        signature.inputs, signature.outputs = ([name_tensor(INPUT, self.graph.inputs[0])],
                                               [name_tensor(OUTPUT, self.graph.outputs[0])])
        self.model.signatureDefs = [signature]
        super().write(path)


def name_tensor(name, index):
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, index
    return entry


class FloatConverter(Converter):
    """A pool of a whole image is a MEAN, as LiteRT's converters write it: an average pool would tie the scale of its result."""

    def pool(self, kind, node, attributes):
        x = self.input(node)
        if kind != "AVERAGE_POOL_2D" or list(attributes["kernel_shape"]) != self.w.shape(x)[1:3] or any(attributes.get("pads", [])):
            return super().pool(kind, node, attributes)
        result = self.w.activation([self.w.shape(x)[0], 1, 1, self.w.shape(x)[3]])
        return node.output[0], self.w.add("MEAN", [x, self.w.constant([1, 2])], result, "ReducerOptions", {"keepDims": True})


def write_float(model, path):
    FloatConverter(model, FloatWriter()).convert(path)


def channels_last(samples):
    """Returns [n, H, W, C] of [n, C, H, W], and what holds no images as it is."""
    return np.ascontiguousarray(samples.transpose(0, 2, 3, 1)) if samples.ndim == 4 else samples


# How it makes ranges of those of single samples, by the names that the table has.
RANGES = {"moving average (its default)": qsv_utils.moving_average_update, "least and greatest": qsv_utils.min_max_update}


def quantize(network, float_path, path, ranges):
    """Calibrates on the network's samples and writes the file with int8 activations and weights."""
    chosen = recipe.static_wi8_ai8()
    manager = recipe_manager.RecipeManager()
    manager.load_quantization_recipe(chosen)
    with open(float_path, "rb") as file:
        calibrated = calibrator.Calibrator(file.read(), num_threads=1, qsv_update_func=RANGES[ranges])
    calibrated.calibrate({SIGNATURE: [{INPUT: channels_last(sample)} for sample in network.samples]}, manager)
    made = quantizer.Quantizer(float_path, chosen)
    made.quantize(calibrated.get_model_qsvs(), enable_progress_report=False).export_model(path)
