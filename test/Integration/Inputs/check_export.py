"""Exports a network of operations that have a form in ONNX, and compares ONNX Runtime's answers with those of our
code.

  check_export.py FOLDER NETWORK [FLAG ...]     flags of `narrow export` and `compile`
"""
import os
import platform
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
name, flags = sys.argv[2], sys.argv[3:]
export_only = [flag for flag in flags if flag.startswith("--opset")]
random = np.random.default_rng(8)
nodes, constants = [], []


def constant(array, kind=np.float32):
    name = f"c{len(constants)}"
    constants.append(numpy_helper.from_array(np.asarray(array, kind), name))
    return name


def draw(*shape):
    return constant(random.standard_normal(shape) / np.sqrt(np.prod(shape[1:])) * 1.5)


def op(kind, *inputs, results=1, **attributes):
    name = f"{kind.lower()}{len(nodes)}"
    names = [name] + [f"{name}_{i}" for i in range(1, results)]
    nodes.append(helper.make_node(kind, inputs, names, name=name, **attributes))
    return names if results > 1 else name


def images():
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


def recurrent(kind, x, features, hidden, *more, directions=1, results=1, **attributes):
    rows = {"LSTM": 4, "GRU": 3, "RNN": 1}[kind] * hidden
    return op(kind, x, draw(directions, rows, features), draw(directions, rows, hidden), constant(random.uniform(-0.3, 0.3, (directions, 2 * rows))),
              *more, results=results, hidden_size=hidden, **attributes)


def sequences():
    """On 7 steps of 2 sequences of 6 numbers."""
    squeeze = lambda y: op("Squeeze", y, constant([1], np.int64))
    peepholes = constant(random.uniform(-0.5, 0.5, (1, 12)))
    a, last, cell = recurrent("LSTM", "x", 6, 4, "", "", "", peepholes, results=3)
    b = recurrent("GRU", squeeze(a), 4, 5, constant([7, 4], np.int32), direction="reverse", linear_before_reset=1)
    c, state = recurrent("GRU", squeeze(b), 5, 3, directions=2, direction="bidirectional", results=2)
    c = op("Reshape", op("Transpose", c, perm=[0, 2, 1, 3]), constant([7, 2, 6], np.int64))
    d = recurrent("RNN", c, 6, 4, "", op("Tanh", cell), activations=["ScaledTanh"], activation_alpha=[0.9], activation_beta=[0.7], clip=2.0)
    e = recurrent("LSTM", squeeze(d), 4, 4, "", last, cell, activations=["Sigmoid", "Softsign", "Tanh"], clip=3.0, input_forget=1)
    # No product with constant weights is in front of the layer.
    weights = op("Reshape", op("Slice", "x", constant([0, 0], np.int64), constant([2, 1], np.int64), constant([0, 1], np.int64)), constant([1, 3, 4], np.int64))
    f = op("RNN", squeeze(e), weights, draw(1, 3, 3), hidden_size=3)
    return op("Identity", state), op("Identity", op("MatMul", squeeze(e), draw(4, 5))), op("Identity", f)


def places():
    """On 6 rows of 10 numbers."""
    a = op("Relu", op("MatMul", "x", draw(10, 8)))
    b = op("Mul", a, op("Cast", op("Greater", a, constant(0.2)), to=TensorProto.FLOAT))
    best = op("ArgMax", b, axis=1, keepdims=0)
    values, where = op("TopK", op("ReduceMax", b, axes=[1], keepdims=0), constant([3], np.int64), results=2)
    c = op("MatMul", op("Gather", draw(6, 5), best), draw(5, 4))
    d = op("Add", op("Cast", where, to=TensorProto.FLOAT), values)
    # What is returned twice has two names.
    return op("Identity", b), op("Identity", c), op("Identity", d), op("Identity", d)


def masks():
    """On 6 rows of 10 numbers: chosen among values of 8 and of 16 bits."""
    a = op("MatMul", "x", draw(10, 10))
    seen = op("Greater", "x", constant(-0.4))
    scores = op("Where", seen, op("LeakyRelu", a, alpha=0.2), constant(-9e15))
    large = op("Where", seen, op("Mul", a, constant(3)), op("Sigmoid", a))
    return op("Softmax", scores, axis=-1), op("MatMul", large, draw(10, 4))


def quotients():
    """Divisions of integers have no form that rounds as they do."""
    return (op("Cast", op("Div", op("Cast", "x", to=TensorProto.INT32), constant(3, np.int32)), to=TensorProto.FLOAT),)


build, shape = {"images": (images, [6, 11, 9]), "sequences": (sequences, [7, 2, 6]), "places": (places, [1, 6, 10]),
                "masks": (masks, [1, 6, 10]),
                "quotients": (quotients, [1, 10])}[name]
# A sample of an image is a batch of one.
whole = [1, *shape] if name == "images" else shape
outputs = build()
graph = helper.make_graph(nodes, "network", [helper.make_tensor_value_info("x", TensorProto.FLOAT, whole)],
                          [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs], constants)
onnx.save(onnx.shape_inference.infer_shapes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)),
          "network.onnx")
x = random.standard_normal((40, *shape)).astype(np.float32)
np.save("calib.npy", x[:32])
np.save("input.npy", x[32:])
subprocess.run(["narrow", "export", "network.onnx", "--calib", "calib.npy", "-o", "qdq.onnx", *flags], check=True)
subprocess.run(["narrow", "compile", "network.onnx", "--calib", "calib.npy", "-o", "network.so",
                *([] if any(flag.startswith("--keep-float") for flag in flags) else ["--integer-only"]),
                *[flag for flag in flags if flag not in export_only]], check=True, stdout=subprocess.DEVNULL)
subprocess.run(["narrow", "run", "network.so", "--input", "input.npy", "--output", "ours.npz"], check=True)
onnx.checker.check_model("qdq.onnx", full_check=True)
# Its fused products of bytes saturate on x86 without dot products.
options = onnxruntime.SessionOptions()
if platform.machine() == "x86_64" and "_vnni" not in open("/proc/cpuinfo").read():
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
session = onnxruntime.InferenceSession("qdq.onnx", options)
assert [o.name for o in session.get_outputs()] == list(outputs), [o.name for o in session.get_outputs()]
ours = np.load("ours.npz")
model = onnx.load("qdq.onnx")
print("operators", *sorted({node.op_type for node in model.graph.node}))
print("opset", model.opset_import[0].version, "types of constants",
      *sorted({TensorProto.DataType.Name(c.data_type) for c in model.graph.initializer}))
reference = onnxruntime.InferenceSession("network.onnx")


def answers(network):
    found = [network.run(None, {"x": sample.reshape(whole)}) for sample in x[32:]]
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
