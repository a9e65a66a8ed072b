"""Exports a network that has every kind of operation with a form in ONNX, and
compares ONNX Runtime's answers with those of our code.

  check_export.py FOLDER [FLAG ...]     flags of `narrow export` and `compile`
"""
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
flags = sys.argv[2:]
export_only = [flag for flag in flags if flag.startswith("--opset")]
random = np.random.default_rng(8)
nodes, constants = [], []


def constant(array, kind=np.float32):
    name = f"c{len(constants)}"
    constants.append(numpy_helper.from_array(np.asarray(array, kind), name))
    return name


def draw(*shape):
    return constant(random.standard_normal(shape) / np.sqrt(np.prod(shape[1:])) * 1.5)


def op(kind, *inputs, **attributes):
    name = f"{kind.lower()}{len(nodes)}"
    nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
    return name


def network():
    """On an image [1, 6, 11, 9]: no two sizes are equal."""
    a = op("Relu", op("Conv", "x", draw(8, 6, 3, 3), draw(8), pads=[1, 1, 1, 1]))
    b = op("Clip", op("Conv", a, draw(8, 1, 3, 3), draw(8), pads=[1, 1, 1, 1], group=8), constant(0), constant(6))
    c = op("Add", a, op("Conv", b, draw(8, 4, 1, 1), draw(8), group=2))
    d = op("Concat", op("Sigmoid", c), op("Mul", b, c), axis=1)
    e = op("MaxPool", d, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, pads=[1, 1, 0, 0])
    f = op("AveragePool", e, kernel_shape=[2, 2], pads=[0, 0, 1, 1])
    f = op("InstanceNormalization", f, constant(np.linspace(0.5, 1.5, 16)), constant(np.linspace(-0.2, 0.3, 16)))
    g = op("ConvTranspose", f, draw(16, 5, 3, 2), draw(5), strides=[2, 2], pads=[1, 0, 0, 1], output_padding=[1, 0])
    h = op("Resize", g, "", constant([1, 1, 1.5, 2]), mode="linear", coordinate_transformation_mode="half_pixel")
    i = op("Max", op("Pad", h, constant([0, 0, 1, 0, 0, 0, 0, 2], np.int64), constant(0.25)), constant(-0.5))
    j = op("Slice", i, constant([1, -1], np.int64), constant([9, -20], np.int64), constant([2, 3], np.int64), constant([2, -2], np.int64))
    k = op("Reshape", op("Transpose", j, perm=[0, 2, 3, 1]), constant([1, -1, 5], np.int64))
    q, v = op("Add", op("MatMul", k, draw(5, 12)), draw(12)), op("MatMul", k, draw(5, 12))
    scores = op("MatMul", q, op("Transpose", q, perm=[0, 2, 1]))
    mixed = op("MatMul", op("Softmax", op("Mul", scores, constant(0.3)), axis=-1), v)
    mixed = op("LayerNormalization", mixed, constant(np.linspace(0.5, 1.5, 12)), constant(np.linspace(-0.2, 0.3, 12)))
    spread = op("Sqrt", op("Add", op("ReduceMean", op("Mul", mixed, mixed), axes=[-1]), constant(1e-3)))
    mixed = op("Add", mixed, op("Mul", op("Div", mixed, spread), constant(np.linspace(0.7, 1.2, 12))))
    mean = op("ReduceMean", mixed, axes=[1], keepdims=0)
    y = op("LogSoftmax", op("Gemm", op("Tanh", mean), draw(12, 7), draw(7)), axis=-1)
    return op("Identity", i), op("Identity", mixed), op("Identity", y)


outputs = network()
graph = helper.make_graph(nodes, "network", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6, 11, 9])],
                          [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs], constants)
onnx.save(onnx.shape_inference.infer_shapes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)),
          "network.onnx")
x = random.standard_normal((40, 6, 11, 9)).astype(np.float32)
np.save("calib.npy", x[:32])
np.save("input.npy", x[32:])
subprocess.run(["narrow", "export", "network.onnx", "--calib", "calib.npy", "-o", "qdq.onnx", *flags], check=True)
subprocess.run(["narrow", "compile", "network.onnx", "--calib", "calib.npy", "-o", "network.so",
                *([] if any(flag.startswith("--keep-float") for flag in flags) else ["--integer-only"]),
                *[flag for flag in flags if flag not in export_only]], check=True, stdout=subprocess.DEVNULL)
subprocess.run(["narrow", "run", "network.so", "--input", "input.npy", "--output", "ours.npz"], check=True)
onnx.checker.check_model("qdq.onnx", full_check=True)
session = onnxruntime.InferenceSession("qdq.onnx")
assert [o.name for o in session.get_outputs()] == list(outputs), [o.name for o in session.get_outputs()]
ours = np.load("ours.npz")
model = onnx.load("qdq.onnx")
print("operators", *sorted({node.op_type for node in model.graph.node}))
print("opset", model.opset_import[0].version, "types of constants",
      *sorted({TensorProto.DataType.Name(c.data_type) for c in model.graph.initializer}))
reference = onnxruntime.InferenceSession("network.onnx")


def answers(network):
    found = [network.run(None, {"x": sample[None]}) for sample in x[32:]]
    return {name: np.stack([f[place] for f in found]).ravel().astype(np.float64) for place, name in enumerate(outputs)}


def ratio(wanted, found):
    return 10 * np.log10((wanted**2).sum() / max(((wanted - found) ** 2).sum(), 1e-30))


theirs, exact = answers(session), answers(reference)
for name in outputs:
    own = ours[name].ravel().astype(np.float64)
    both = ratio(exact[name], own), ratio(exact[name], theirs[name])
    # Other roundings: about as far from float as ours, and near to ours. Biases were corrected for our
    # roundings, which is more than 36 dB tell of others.
    least = min(both[0], 36) - 1.5
    good = both[1] > least and ratio(own, theirs[name]) > least
    print(f"{name}: {'as good' if good else 'FAR'}, from float ours {both[0]:.1f} dB, exported {both[1]:.1f} dB, between {ratio(own, theirs[name]):.1f} dB")
