"""The networks that are measured, as ONNX models with static shapes."""
import os
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper, shape_inference, version_converter

from topologies import GENERATED

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("NARROW_SHARED_DIR", os.path.join(HERE, "..", "..", "shared"))

# Models of the shared directory, by their files' names.
FILES = ["mnist-8", "kws_dscnn", "vww_mobilenetv1", "toycar_autoencoder", "resnet8_cifar10", "resnet20_cifar10",
         "resnet56_cifar10", "mobilenetv1_025_imagenet", "mobilenetv2_imagenet", "squeezenet_imagenet",
         "super_resolution_224", "ultraface_rfb320", "yunet_n_320", "mobilefacenet_fp32"]
ALL = FILES + list(GENERATED)


def fixed(model):
    """Returns the model at opset 13 or later with every symbolic dimension set to 1."""
    if model.opset_import[0].version < 13:
        model = version_converter.convert_version(model, 13)
    for value in model.graph.input:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param or not dim.dim_value:
                dim.ClearField("dim_param")
                dim.dim_value = 1
    # Old files list their weights among the inputs.
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    return model


def simplified(model):
    """Returns the model after ONNX Runtime's basic rewrites: constants and batch normalisation folded."""
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = os.path.join(folder, "basic.onnx")
        options.log_severity_level = 4
        onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)


def count_macs(model):
    """Returns the multiply-accumulates of the convolutions and matrix products."""
    model = shape_inference.infer_shapes(simplified(model), data_prop=True)
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim]
              for v in [*model.graph.value_info, *model.graph.input, *model.graph.output]}
    shapes.update({t.name: list(t.dims) for t in model.graph.initializer})
    total = 0
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        out = int(np.prod(shapes.get(node.output[0], [0])))
        if node.op_type == "Conv":
            total += out * int(np.prod(shapes[node.input[1]][1:]))
        elif node.op_type == "ConvTranspose":
            total += int(np.prod(shapes[node.input[0]])) * int(np.prod(shapes[node.input[1]][1:]))
        elif node.op_type == "MatMul":
            total += out * shapes[node.input[0]][-1]
        elif node.op_type == "Gemm":
            total += out * shapes[node.input[1]][1 if attributes.get("transB") else 0]
    return total


class Network:
    """A model, and noise to calibrate and time it with."""

    def __init__(self, name_or_path):
        if name_or_path in GENERATED:
            self.name, self.model = name_or_path, GENERATED[name_or_path]()
        else:
            path = name_or_path
            if not path.endswith(".onnx"):
                path = os.path.join(SHARED, "models", f"{name_or_path}.onnx")
            self.name = os.path.splitext(os.path.basename(path))[0]
            self.model = fixed(onnx.load(path))
        if len(self.model.graph.input) != 1:
            raise SystemExit(f"error: '{self.name}': expected one input, found {len(self.model.graph.input)}")
        self.input = self.model.graph.input[0].name
        self.shape = [d.dim_value for d in self.model.graph.input[0].type.tensor_type.shape.dim]
        self.macs = count_macs(self.model)
        # [sample, input's shape...]: seeded, so that a cached model stays the same.
        self.samples = np.random.default_rng(0).standard_normal([4, *self.shape]).astype(np.float32)
