# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws a network for each operator and compares our float execution, and our code in fixed point, with ONNX Runtime."""
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

TOOL = sys.argv[1]
rng = np.random.default_rng(0)
SAMPLES = 16
FLOAT_DB, FIXED_DB = 100, 25


def constant(name, array):
    return onnx.numpy_helper.from_array(np.asarray(array), name)


def draw(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def one(op, shape, constants=(), opset=20, name=None, **attributes):
    """A network of one operator on the input `x` and constants."""
    tensors = [constant(f"c{i}", array) for i, array in enumerate(constants) if array is not None]
    names = ["x"] + ["" if array is None else f"c{i}" for i, array in enumerate(constants)]
    node = helper.make_node(op, names, ["y"], name="node", **attributes)
    graph = helper.make_graph([node], op, [value("x", shape)], [value("y", None)], tensors)
    return name or op, helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1),
                                    helper.make_opsetid("ai.onnx.ml", 3)], ir_version=10)


def loop(trips, stacked, last=None):
    """x ← x · w + trip, `trips` times; with the results of all steps joined. It ends behind the trip `last`, if any."""
    nodes = [helper.make_node("Cast", ["trip"], ["number"], to=TensorProto.FLOAT), helper.make_node("Mul", ["state", "w"], ["product"]),
             helper.make_node("Add", ["product", "number"], ["next"]), helper.make_node("Identity", ["go"], ["goes_on"]) if last is None else helper.make_node("Less", ["trip", "last"], ["goes_on"]),
             helper.make_node("Identity", ["next"], ["kept"])]
    body = helper.make_graph(nodes, "body", [value("trip", [], TensorProto.INT64), value("go", [], TensorProto.BOOL), value("state", [3])],
                             [value("goes_on", [], TensorProto.BOOL), value("next", [3])] + ([value("kept", [3])] if stacked else []))
    node = helper.make_node("Loop", ["trips", "", "x"], ["last", "y"] if stacked else ["y"], name="node", body=body)
    tensors = [constant("trips", np.int64(trips)), constant("w", np.float32([0.5, -0.25, 0.75]))]
    if last is not None:
        tensors.append(constant("last", np.int64(last)))
    graph = helper.make_graph([node], "loop", [value("x", [3])], [value("y", None)], tensors)
    return f"Loop {trips}", helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def scan(**attributes):
    nodes = [helper.make_node("MatMul", ["state", "w"], ["product"]), helper.make_node("Add", ["product", "part"], ["sum"]),
             helper.make_node("Tanh", ["sum"], ["next"]), helper.make_node("Identity", ["next"], ["kept"])]
    body = helper.make_graph(nodes, "body", [value("state", [4]), value("part", [4])], [value("next", [4]), value("kept", [4])])
    node = helper.make_node("Scan", ["first", "x"], ["last", "y"], name="node", body=body, num_scan_inputs=1, **attributes)
    tensors = [constant("first", np.zeros(4, np.float32)), constant("w", draw(4, 4) / 2)]
    graph = helper.make_graph([node], "scan", [value("x", [4, 4])], [value("y", None)], tensors)
    return f"Scan {attributes}", helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def grid(mode, padding, aligned):
    name, model = one("GridSample", [2, 3, 5, 6], [rng.uniform(-1.3, 1.3, [2, 4, 3, 2]).astype(np.float32)], mode=mode,
                      padding_mode=padding, align_corners=aligned, name=f"GridSample {mode} {padding} {aligned}")
    return name, model


def rotary(shape, angles, **attributes):
    cosine, sine = np.cos(draw(*angles)).astype(np.float32), np.sin(draw(*angles)).astype(np.float32)
    return one("RotaryEmbedding", shape, [cosine, sine], opset=23, name=f"RotaryEmbedding {shape} {attributes}", **attributes)


def network(name, shape, nodes, constants, opset=20):
    """Nodes as (operator, inputs, outputs, attributes), on the input `x`, the last of which makes `y`."""
    made = [helper.make_node(op, inputs, outputs, name=f"node{i}", **attributes) for i, (op, inputs, outputs, attributes) in enumerate(nodes)]
    graph = helper.make_graph(made, name, [value("x", shape)], [value("y", None)], [constant(*pair) for pair in constants.items()])
    return name, helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1),
                                    helper.make_opsetid("ai.onnx.ml", 3)], ir_version=10)


def top(shape, k, output, **attributes):
    """The values or the places that TopK finds."""
    names = ["y", "places"] if output == 0 else ["values", "places"]
    nodes = [("TopK", ["x", "k"], names, attributes)] + ([("Cast", ["places"], ["y"], {"to": TensorProto.FLOAT})] if output else [])
    return network(f"TopK {k} of {shape} {output} {attributes}", shape, nodes, {"k": np.int64([k])})


def places(shape, **attributes):
    nodes = [("MaxPool", ["x"], ["values", "places"], attributes), ("Cast", ["places"], ["y"], {"to": TensorProto.FLOAT})]
    return network(f"MaxPool places {shape} {attributes}", shape, nodes, {})


def unpool(shape, output_shape=None, **attributes):
    nodes = [("MaxPool", ["x"], ["values", "places"], attributes),
             ("MaxUnpool", ["values", "places"] + (["shape"] if output_shape else []), ["y"], attributes)]
    return network(f"MaxUnpool {shape} {output_shape}", shape, nodes, {"shape": np.int64(output_shape)} if output_shape else {})


def regions(mode, samples, opset=16, **attributes):
    rois = np.float32([[0.3, 1.2, 7.4, 6.1], [-1, -2, 3, 4], [4, 3, 11, 12], [2, 2, 2.5, 2.5]])
    return one("RoiAlign", [2, 3, 9, 10], [rois, np.int64([0, 1, 1, 0])], opset=opset, mode=mode, output_height=3, output_width=2,
               sampling_ratio=samples, spatial_scale=0.75, name=f"RoiAlign {mode} {samples} {opset} {attributes}", **attributes)


def computed_regions(mode, **attributes):
    """Regions that are computed, each of other sizes: the image's middle and its borders, one empty."""
    rois = np.float32([[0.3, 1.2, 7.4, 6.1], [-1, -2, 3, 4], [0, 0, 10, 9], [2, 2, 2.5, 2.5], [5, 5, 5, 5]])
    nodes = [("ReduceMin", ["x"], ["least"], {"keepdims": 0}), ("Mul", ["least", "zero"], ["none"], {}), ("Add", ["rois", "none"], ["computed"], {}),
             ("RoiAlign", ["x", "computed", "images"], ["y"], dict(mode=mode, output_height=3, output_width=2, sampling_ratio=0, **attributes))]
    return network(f"RoiAlign {mode} of computed regions {attributes}", [2, 3, 9, 10], nodes,
                   {"rois": rois, "images": np.int64([0, 1, 1, 0, 1]), "zero": np.float32(0)})


def recurrent(op, gates, hidden=5, lengths=None, directions=1, **attributes):
    """A layer of 6 steps on two sequences of 4 features; outputs and last states."""
    shape, direction = [6, 2, 4], {"direction": "bidirectional"} if directions == 2 else {}
    constants = {"w": draw(directions, gates * hidden, 4) / 2, "r": draw(directions, gates * hidden, hidden) / 2,
                 "b": draw(directions, 2 * gates * hidden) / 4}
    if lengths:
        constants["n"] = np.int32(lengths)
    node = (op, ["x", "w", "r", "b"] + (["n"] if lengths else []), ["y"], dict(hidden_size=hidden, **direction, **attributes))
    return network(f"{op} {attributes} {lengths} {directions}", shape, [node], constants, opset=14)


def fused(op, shape, constants=(), **attributes):
    """An operator that ONNX Runtime fuses; it has the domain of its own."""
    return one(op, shape, constants, domain="com.microsoft", name=f"{op} {attributes}", **attributes)


def features(op, shape, picked=None, **attributes):
    """An operator of scikit-learn's pipelines: its last output, or what a label that it picks is."""
    outputs = {"LinearClassifier": ["label", "y"]}.get(op, ["y"])
    nodes = [(op, ["x"] + (["places"] if picked else []), outputs, {"domain": "ai.onnx.ml", **attributes})]
    return network(f"{op} {attributes}", shape, nodes, {"places": np.int64(picked)} if picked else {})


def label(classes, coefficients):
    """The numbers that stand for the classes, as a linear classifier and as a pipeline pick them."""
    weights = {"coefficients": coefficients.flatten().tolist(), "intercepts": [0.5] * len(classes), "domain": "ai.onnx.ml"}
    one_node = [("LinearClassifier", ["x"], ["label", "scores"], {"classlabels_ints": classes, **weights})]
    pipeline = [("LinearRegressor", ["x"], ["scores"], {"targets": len(classes), **weights}), ("ArgMax", ["scores"], ["place"], {"axis": 1}),
                ("ArrayFeatureExtractor", ["table", "place"], ["label"], {"domain": "ai.onnx.ml"})]
    cast = [("Cast", ["label"], ["y"], {"to": TensorProto.FLOAT})]
    return [network("LinearClassifier's label", [4, 5], one_node + cast, {}),
            network("ArrayFeatureExtractor's label", [4, 5], pipeline + cast, {"table": np.int64(classes)})]


def q_attention(mask=None, past=0, kind=np.int8, columns=1, present=False, **attributes):
    """Two heads of 4 on two sequences of 5 vectors of 12, which are bytes."""
    limits, hidden = np.iinfo(kind), 8
    constants = {"scale": np.float32(0.03), "zero": np.uint8(120), "w": rng.integers(limits.min // 2, limits.max // 2, [12, 3 * hidden]).astype(kind),
                 "b": draw(3 * hidden), "ws": rng.uniform(0.005, 0.01, [columns] if columns > 1 else []).astype(np.float32),
                 "wz": np.full([columns] if columns > 1 else [], 0 if kind == np.int8 else 60, kind)}
    if mask is not None:
        constants["mask"] = np.int32(mask)
    if past:
        constants["past"] = draw(2, 2, 2, past, 4)
    inputs = ["q", "w", "b", "scale", "ws", "mask" if mask is not None else "", "zero", "wz", "past" if past else ""]
    nodes = [("QuantizeLinear", ["x", "scale", "zero"], ["q"], {}),
             ("QAttention", inputs, ["o", "y"] if present else ["y", "p"] if past else ["y"], {"domain": "com.microsoft", "num_heads": 2, **attributes})]
    name = f"QAttention {'' if mask is None else np.shape(mask)} {past} {kind.__name__} {columns} {present} {attributes}"
    return network(name, [2, 5, 12], nodes, constants)


NETWORKS = [
    one("Conv", [1, 4, 5, 6, 7], [draw(6, 4, 2, 3, 3), draw(6)], pads=[1, 0, 1, 0, 1, 2], name="Conv"),
    one("Conv", [2, 4, 7, 6, 8], [draw(8, 2, 3, 2, 3)], group=2, strides=[2, 1, 3], dilations=[2, 1, 1], name="Conv groups"),
    one("Conv", [1, 4, 6, 6, 6], [draw(4, 1, 3, 3, 3), draw(4)], group=4, auto_pad="SAME_UPPER", name="Conv depthwise"),
    one("Conv", [1, 4, 6, 6, 6], [draw(5, 4, 1, 1, 1), draw(5)], name="Conv pointwise"),
    one("MaxPool", [1, 3, 6, 7, 8], kernel_shape=[2, 3, 2], strides=[2, 2, 1], pads=[1, 1, 0, 0, 1, 1], name="MaxPool"),
    one("AveragePool", [1, 3, 6, 7, 8], kernel_shape=[3, 3, 2], strides=[2, 2, 1], pads=[1, 1, 0, 1, 1, 1], name="AveragePool"),
    one("AveragePool", [1, 3, 6, 7, 8], kernel_shape=[3, 3, 2], pads=[1, 1, 1, 1, 1, 1], count_include_pad=1, name="AveragePool pads"),
    one("AveragePool", [1, 3, 2, 5], kernel_shape=[9, 3], strides=[9, 2], ceil_mode=1, name="AveragePool of a window larger than the image"),
    one("AveragePool", [1, 3, 4, 5], kernel_shape=[9, 3], strides=[6, 2], pads=[1, 1, 1, 0], ceil_mode=1, count_include_pad=1, opset=19,
        name="AveragePool of a window larger than the padded image"),
    one("MaxPool", [1, 3, 4, 6], kernel_shape=[4, 2], strides=[5, 2], dilations=[2, 1], ceil_mode=1, name="MaxPool of a window larger than the image"),
    one("DFT", [2, 10, 1], onesided=1, name="DFT onesided"),
    one("DFT", [2, 5, 6, 2], [np.int64(8), np.int64(1)], name="DFT longer"),
    one("DFT", [2, 10, 2], [np.int64(7), np.int64(1)], inverse=1, name="DFT inverse"),
    one("DFT", [2, 10, 1], opset=17, axis=1, name="DFT 17"),
    one("STFT", [2, 64, 1], [np.int64(8), np.hanning(16).astype(np.float32), np.int64(16)], name="STFT"),
    one("STFT", [1, 40, 1], [np.int64(5), None, np.int64(10)], onesided=0, name="STFT two sides"),
    grid("linear", "zeros", 0), grid("linear", "border", 1), grid("nearest", "zeros", 1), grid("nearest", "border", 0),
    rotary([2, 3, 5, 8], [2, 5, 4]), rotary([2, 5, 24], [2, 5, 4], num_heads=3, interleaved=1),
    rotary([1, 2, 4, 8], [1, 4, 2], rotary_embedding_dim=4),
    loop(3, False), loop(4, True), loop(2**63 - 1, False, last=3), scan(scan_input_axes=[1], scan_output_axes=[1], scan_output_directions=[1]),
    top([2, 100], 90, 0), top([3, 70, 2], 66, 0, axis=1, largest=0), top([1, 200], 150, 1), top([200, 1], 100, 1, axis=0, largest=0),
    places([1, 1, 12, 16], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    places([1, 2, 8, 10], kernel_shape=[2, 3], dilations=[2, 2], pads=[1, 2, 0, 1], storage_order=1),
    places([1, 1, 4, 5, 6], kernel_shape=[2, 2, 3], strides=[1, 2, 2], ceil_mode=1), places([2, 3, 11], kernel_shape=[3], strides=[2]),
    unpool([1, 3, 8, 6], kernel_shape=[2, 2], strides=[2, 2]), unpool([1, 2, 4, 6, 4], kernel_shape=[2, 3, 2], strides=[2, 3, 2]),
    one("Col2Im", [2, 3 * 6, 20], [np.int64([6, 6]), np.int64([3, 2])], name="Col2Im", pads=[0, 0, 0, 0]),
    one("Col2Im", [1, 2 * 4, 30], [np.int64([9, 10]), np.int64([2, 2])], name="Col2Im strides", strides=[2, 2], dilations=[1, 2], pads=[0, 1, 1, 2]),
    one("Col2Im", [1, 2 * 3, 5], [np.int64([7]), np.int64([3])], name="Col2Im one axis"),
    one("Col2Im", [2, 2 * 12, 30], [np.int64([4, 4, 6]), np.int64([2, 3, 2])], name="Col2Im three axes"),
    one("Col2Im", [1, 3 * 24, 72], [np.int64([3, 5, 4, 2]), np.int64([2, 3, 2, 2])], name="Col2Im four axes", strides=[1, 2, 1, 1],
        pads=[0, 1, 0, 0, 1, 1, 1, 1]),  # ONNX Runtime 1.32 takes dilations of more than two axes for others
    regions("avg", 2), regions("avg", 0), regions("max", 2), regions("avg", 3, coordinate_transformation_mode="output_half_pixel"),
    regions("max", 0, opset=10), computed_regions("avg"), computed_regions("max"),
    computed_regions("avg", coordinate_transformation_mode="output_half_pixel"),
    recurrent("RNN", 1, activations=["Affine"], activation_alpha=[0.3], activation_beta=[0.1], clip=2.0),
    recurrent("RNN", 1, activations=["ThresholdedRelu"], activation_alpha=[0.05], clip=1.0, lengths=[6, 3]),
    recurrent("RNN", 1, directions=2, activations=["LeakyRelu", "ScaledTanh"], activation_alpha=[0.1, 0.9], activation_beta=[0.0, 0.7], clip=2.0),
    recurrent("GRU", 3, activations=["HardSigmoid", "Softsign"], activation_alpha=[0.3], activation_beta=[0.4], clip=1.5, lengths=[2, 6]),
    recurrent("GRU", 3, directions=2, activations=["Sigmoid", "Elu", "HardSigmoid", "Tanh"], activation_alpha=[0.8, 0.25], activation_beta=[0.5],
              linear_before_reset=1),
    recurrent("LSTM", 4, activations=["Sigmoid", "Softplus", "ScaledTanh"], activation_alpha=[1.2], activation_beta=[0.6], clip=1.0, lengths=[5, 6]),
    recurrent("LSTM", 4, directions=2, activations=["HardSigmoid", "Tanh", "Softsign", "Sigmoid", "Relu", "Tanh"], activation_alpha=[0.15],
              activation_beta=[0.45]),
    fused("FusedConv", [1, 3, 6, 6], [draw(4, 3, 3, 3), draw(4), draw(1, 4, 4, 4)], activation="Relu"),
    fused("FusedConv", [1, 3, 6, 6], [draw(4, 3, 3, 3)], activation="HardSigmoid", activation_params=[0.3, 0.4], pads=[1, 1, 1, 1]),
    fused("FusedMatMul", [3, 7, 5], [draw(3, 6, 7)], transA=1, transB=1, alpha=0.25), fused("FusedMatMul", [4, 5], [draw(5, 6)]),
    fused("FastGelu", [3, 8], [draw(8)]), fused("FastGelu", [3, 8]), fused("BiasGelu", [3, 8], [draw(8)]), fused("Gelu", [3, 8]),
    fused("QuickGelu", [3, 8], alpha=1.5),
    fused("SkipLayerNormalization", [2, 3, 16], [draw(2, 3, 16), draw(16), draw(16), draw(16)], epsilon=1e-5),
    fused("SkipLayerNormalization", [2, 3, 16], [draw(2, 3, 16), draw(16)]),
    fused("SkipSimplifiedLayerNormalization", [2, 3, 16], [draw(2, 3, 16), draw(16), draw(16)], epsilon=1e-4),
    one("SimplifiedLayerNormalization", [2, 3, 16], [draw(16)], axis=-1, epsilon=1e-5, name="SimplifiedLayerNormalization"),
    features("Scaler", [4, 6], offset=[0.5, -1.0, 2.0, 0.0, 0.25, 1.5], scale=[2.0, 0.5, 1.0, 4.0, 1.0, 0.125]),
    features("Scaler", [2, 3, 4], offset=[0.5], scale=[3.0]),
    network("Binarizer", [4, 6], [("Cast", ["x"], ["z"], {"to": TensorProto.FLOAT}),
                                  ("Binarizer", ["z"], ["y"], {"domain": "ai.onnx.ml", "threshold": 11.5})], {}),
    features("Normalizer", [4, 6], norm="L1"), features("Normalizer", [4, 6], norm="L2"),
    features("ArrayFeatureExtractor", [4, 6], picked=[[5, 0, 2]]), features("ArrayFeatureExtractor", [6], picked=[3, 3]),
    features("LinearRegressor", [4, 5], coefficients=draw(15).tolist(), intercepts=draw(3).tolist(), targets=3),
    features("LinearRegressor", [4, 5], coefficients=draw(10).tolist(), targets=2, post_transform="LOGISTIC"),
    features("LinearClassifier", [4, 5], classlabels_ints=[3, 1, 7], coefficients=draw(15).tolist(), intercepts=draw(3).tolist(),
             post_transform="SOFTMAX"),
    # Leads of an element over another are no less than what 8 bits see.
    *label([3, 1, 7], np.eye(3, 5, dtype=np.float32)),
    features("SVMRegressor", [4, 5], coefficients=draw(7).tolist(), support_vectors=draw(35).tolist(), n_supports=7, rho=[0.5],
             kernel_type="RBF", kernel_params=[0.2, 0.0, 3.0]),
    features("SVMRegressor", [4, 5], coefficients=draw(7).tolist(), support_vectors=draw(35).tolist(), n_supports=7, rho=[-0.5],
             kernel_type="LINEAR", kernel_params=[0.2, 0.0, 3.0]),
    q_attention(), q_attention(unidirectional=1), q_attention(mask=[3, 5]), q_attention(mask=[3, 5, 1, 0], kind=np.uint8),
    q_attention(mask=[[1, 1, 0, 1, 1], [0, 0, 1, 1, 1]], columns=24), q_attention(mask=rng.integers(0, 2, [2, 5, 8]), past=3, scale=0.4),
    q_attention(mask=[[1], [1]]), q_attention(mask=[4, 2], past=2, unidirectional=1, kind=np.uint8, columns=24),
    q_attention(past=3, present=True), q_attention(mask=[2, 4], mask_filter_value=-3.0),
]


def run(*arguments):
    result = subprocess.run([TOOL, *arguments], capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(result.stderr.strip())


def decibels(wanted, found):
    noise = float(((wanted - found) ** 2).sum())
    return 200.0 if noise == 0 else 10 * np.log10(float((wanted ** 2).sum()) / noise)


def compare(model):
    """Returns the decibels of our float execution and of our code in fixed point."""
    onnx.save(model, "network.onnx")
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    samples = draw(SAMPLES, *shape)
    if {"Cast", "MaxUnpool"} & {node.op_type for node in model.graph.node}:
        # Places are found again where no two elements round to one step.
        samples = np.stack([rng.permutation(samples[0].size) for _ in range(SAMPLES)]).reshape(samples.shape).astype(np.float32)
    np.save("samples.npy", samples)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    wanted = np.stack([session.run(["y"], {"x": sample})[0] for sample in samples]).astype(np.float64)
    run("diff", "network.onnx", "--input", "samples.npy", "--samples", str(SAMPLES), "--dump", "float.npz")
    run("compile", "network.onnx", "--calib", "samples.npy", "--accuracy", "fast", "-o", "network.so", "--name", "model")
    run("run", "network.so", "--input", "samples.npy", "--output", "fixed.npy")
    return [decibels(wanted, found.reshape(wanted.shape)) for found in (np.load("float.npz")["y"], np.load("fixed.npy"))]


agree = 0
for name, model in NETWORKS:
    try:
        in_float, in_fixed = compare(model)
    except (RuntimeError, onnxruntime.capi.onnxruntime_pybind11_state.Fail) as error:
        print(f"{name}: {error}")
        continue
    good = in_float > FLOAT_DB and in_fixed > FIXED_DB
    print(f"{name}: {in_float:.0f} dB in float, {in_fixed:.1f} dB in fixed point{'' if good else ': EXPECTED MORE'}")
    agree += good
print(f"{agree} of {len(NETWORKS)} agree")
