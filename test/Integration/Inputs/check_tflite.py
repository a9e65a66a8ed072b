"""Exports small networks, one for each kind of operation with a form in TFLite, and compares LiteRT's answers with
those of our interpreter.

  check_tflite.py FOLDER [FLAG ...]     flags of `narrow export` and `diff`
"""
import os
import subprocess
import sys

import numpy as np
import onnx
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from onnx import TensorProto, helper, numpy_helper

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
flags = sys.argv[2:]
random = np.random.default_rng(11)
SAMPLES = 16


class Network:
    """An ONNX graph on an image x of 1 x 6 x 11 x 9."""

    shape = (6, 11, 9)

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, array, kind=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, kind), name))
        return name

    def draw(self, *shape):
        return self.constant(random.standard_normal(shape) / np.sqrt(np.prod(shape[1:])) * 1.5)

    def op(self, kind, *inputs, **attributes):
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x, outputs, inputs, kernel=(3, 3), **attributes):
        attributes.setdefault("pads", [1, 1, 1, 1])
        return self.op("Conv", x, self.draw(outputs, inputs, *kernel), self.draw(outputs), **attributes)

    def save(self, name, output):
        assert self.nodes[-1].output[0] == output
        self.nodes[-1].output[0] = "y"
        graph = helper.make_graph(self.nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, *self.shape])],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
        onnx.save(onnx.shape_inference.infer_shapes(model), name + ".onnx")


def tokens(n):
    """The image as 9 rows of 66."""
    return n.op("Reshape", n.op("Transpose", "x", perm=[0, 3, 1, 2]), n.constant([1, 9, 66], np.int64))


def resized(n, mode, sizes, coordinates, **attributes):
    return n.op("Resize", n.conv("x", 8, 6), "", "", n.constant(sizes, np.int64), mode=mode,
                coordinate_transformation_mode=coordinates, **attributes)


def attention(n):
    k = n.op("MatMul", tokens(n), n.draw(66, 12))
    scores = n.op("MatMul", k, n.op("Transpose", k, perm=[0, 2, 1]))
    return n.op("MatMul", n.op("Softmax", scores, axis=-1), k)


NETWORKS = {
    "conv": lambda n: n.conv("x", 8, 6),
    "conv-relu": lambda n: n.op("Relu", n.conv("x", 8, 6, strides=[2, 2])),
    "conv-same": lambda n: n.op("Relu", n.conv("x", 8, 6, pads=[1, 1, 1, 1])),
    "conv-odd-pads": lambda n: n.conv("x", 8, 6, pads=[2, 0, 1, 1], strides=[2, 1]),
    "conv-dilated": lambda n: n.conv("x", 8, 6, dilations=[2, 2], pads=[2, 2, 2, 2]),
    "conv-groups": lambda n: n.conv("x", 8, 3, group=2),
    "conv-relu6": lambda n: n.op("Clip", n.conv("x", 8, 6), n.constant(0), n.constant(6)),
    "conv-clip": lambda n: n.op("Clip", n.conv("x", 8, 6), n.constant(-0.3), n.constant(0.7)),
    "depthwise": lambda n: n.op("Relu", n.conv("x", 6, 1, group=6)),
    "depthwise-twice": lambda n: n.conv("x", 12, 1, group=6),
    "transposed": lambda n: n.op("ConvTranspose", "x", n.draw(6, 5, 3, 2), n.draw(5), strides=[2, 2], pads=[1, 0, 0, 1],
                                 output_padding=[1, 0]),
    "gemm": lambda n: n.op("Gemm", n.op("Flatten", "x"), n.draw(594, 10), n.draw(10)),
    "matmul-rows": lambda n: n.op("Relu", n.op("Add", n.op("MatMul", tokens(n), n.draw(66, 12)), n.draw(12))),
    "max-pool": lambda n: n.op("MaxPool", n.conv("x", 8, 6), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, pads=[1, 1, 0, 0]),
    "average-pool": lambda n: n.op("AveragePool", n.conv("x", 8, 6), kernel_shape=[2, 2], strides=[2, 2]),
    "average-pool-counted": lambda n: n.op("AveragePool", n.conv("x", 8, 6), kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    "average-pool-same": lambda n: n.op("AveragePool", n.conv("x", 8, 6), kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "global-pool": lambda n: n.op("GlobalAveragePool", n.conv("x", 8, 6)),
    "mean": lambda n: n.op("ReduceMean", tokens(n), n.constant([1], np.int64)),
    "sum": lambda n: n.op("ReduceSum", tokens(n), n.constant([1], np.int64)),
    "largest": lambda n: n.op("ReduceMax", tokens(n), n.constant([2], np.int64)),
    "add": lambda n: n.op("Add", n.conv("x", 6, 6), "x"),
    "sub": lambda n: n.op("Sub", n.conv("x", 6, 6), "x"),
    "mul": lambda n: n.op("Mul", n.conv("x", 6, 6), "x"),
    "add-channel": lambda n: n.op("Add", n.op("Mul", "x", n.draw(6, 1, 1)), n.draw(6, 1, 1)),
    "minimum": lambda n: n.op("Min", n.conv("x", 6, 6), "x"),
    "maximum": lambda n: n.op("Max", n.conv("x", 6, 6), "x"),
    "concat": lambda n: n.op("Concat", n.conv("x", 8, 6), "x", axis=1),
    "sigmoid": lambda n: n.op("Sigmoid", n.conv("x", 8, 6)),
    "tanh": lambda n: n.op("Tanh", n.conv("x", 8, 6)),
    "hard-swish": lambda n: n.op("HardSwish", n.conv("x", 8, 6)),
    "table": lambda n: n.op("Elu", n.conv("x", 8, 6)),
    "table-of-channels": lambda n: n.op("PRelu", n.conv("x", 8, 6), n.draw(8, 1, 1)),
    "softmax": lambda n: n.op("Softmax", n.op("MatMul", tokens(n), n.draw(66, 12)), axis=-1),
    "log-softmax": lambda n: n.op("LogSoftmax", n.op("MatMul", tokens(n), n.draw(66, 12)), axis=-1),
    "attention": attention,
    "pad": lambda n: n.op("Pad", n.conv("x", 8, 6), n.constant([0, 0, 1, 0, 0, 0, 0, 2], np.int64), n.constant(0)),
    "pad-number": lambda n: n.op("Pad", n.conv("x", 8, 6), n.constant([0, 0, 1, 0, 0, 0, 0, 2], np.int64), n.constant(0.25)),
    "slice-back": lambda n: n.op("Slice", n.conv("x", 8, 6), n.constant([1, -1], np.int64), n.constant([9, -20], np.int64),
                                 n.constant([2, 3], np.int64), n.constant([2, -2], np.int64)),
    "gather": lambda n: n.op("Gather", n.conv("x", 8, 6), n.constant([5, 0, 5], np.int64), axis=1),
    "nearest": lambda n: resized(n, "nearest", [1, 8, 22, 18], "asymmetric", nearest_mode="floor"),
    "nearest-any": lambda n: resized(n, "nearest", [1, 8, 17, 5], "asymmetric", nearest_mode="ceil"),
    "linear": lambda n: resized(n, "linear", [1, 8, 22, 18], "half_pixel"),
    "linear-corners": lambda n: resized(n, "linear", [1, 8, 16, 18], "align_corners"),
}


def ratio(wanted, found):
    return 10 * np.log10((wanted**2).sum() / max(((wanted - found) ** 2).sum(), 1e-30))


def run(path, samples, resolver):
    interpreter = Interpreter(path, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    runner = interpreter.get_signature_runner()
    return np.concatenate([runner(x=sample[None])["y"] for sample in samples])


def main():
    x = random.standard_normal((64 + SAMPLES, *Network.shape)).astype(np.float32)
    np.save("calib.npy", x[:64])
    np.save("input.npy", x[64:])
    failures = 0
    for name in NETWORKS:
        network = Network()
        network.save(name, NETWORKS[name](network))
        common = ["--calib", "calib.npy", "--accuracy=fast", *flags]
        if not any(flag.startswith("--residual-bits") for flag in flags):
            common.append("--residual-bits=8")
        made = subprocess.run(["narrow", "export", name + ".onnx", "-o", name + ".tflite", *common], capture_output=True, text=True)
        if made.returncode:
            print(f"{name}: NOT EXPORTED {made.stderr}")
            failures += 1
            continue
        for kind in ("interpreter:", "float:"):
            subprocess.run(["narrow", "diff", kind + name + ".onnx", "--input", "input.npy", f"--samples={SAMPLES}",
                            "--dump", kind[:-1] + ".npz", *(common if kind == "interpreter:" else [])], check=True,
                           stdout=subprocess.DEVNULL)
        ours, exact = (np.load(kind + ".npz")["y"].astype(np.float64).ravel() for kind in ("interpreter", "float"))
        for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_REF):
            theirs = run(name + ".tflite", x[64:], resolver).astype(np.float64).ravel()
            own, other, between = ratio(exact, ours), ratio(exact, theirs), ratio(ours, theirs)
            # Other roundings are about as far from float as ours, and near to ours.
            good = other > min(own, 36) - 1.5 and between > min(own, 36) - 1.5
            failures += not good
            print(f"{name}: {'as good' if good else 'FAR'}, from float ours {own:.1f} dB, exported {other:.1f} dB, "
                  f"between {between:.1f} dB, {(ours != theirs).mean() * 100:.1f} % differ")
    print(f"{len(NETWORKS)} networks, {failures} failures")


main()
