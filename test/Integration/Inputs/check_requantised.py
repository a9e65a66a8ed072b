# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws a network, quantises it by ONNX Runtime's quantize_static, and compiles the quantised file to fewer bits. What is lost is
measured against ONNX Runtime's simulation of that file in float, on samples that no compilation saw."""
import json
import logging
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

TOOL = sys.argv[1]
rng = np.random.default_rng(0)
PATTERNS = rng.normal(0, 1, (10, 3, 4, 4))


def draw(count):
    """Noisy images of ten patterns, so that values depend on each other as real ones do."""
    images = np.kron(PATTERNS[rng.integers(0, 10, count)], np.ones((1, 1, 4, 4)))
    return (images + rng.normal(0, .5, images.shape)).astype(np.float32)[:, None]


class Samples(CalibrationDataReader):
    def __init__(self, samples):
        self.rest = iter(samples)

    def get_next(self):
        sample = next(self.rest, None)
        return None if sample is None else {"x": sample}


def network():
    def weights(name, *shape):
        size = np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 4
        return numpy_helper.from_array((rng.normal(0, 1, shape) / size).astype(np.float32), name)

    constants = [weights("w0", 16, 3, 3, 3), weights("b0", 16), weights("w1", 16, 1, 3, 3), weights("b1", 16),
                 weights("w2", 64, 16, 1, 1), weights("b2", 64), weights("w3", 64, 64, 1, 1), weights("b3", 64),
                 weights("w4", 10, 64), weights("b4", 10)]
    nodes = []
    for i, attributes in enumerate(({"pads": [1] * 4}, {"pads": [1] * 4, "group": 16}, {}, {})):
        nodes += [helper.make_node("Conv", [f"r{i - 1}" if i else "x", f"w{i}", f"b{i}"], [f"c{i}"], name=f"conv{i}", **attributes),
                  helper.make_node("Relu", [f"c{i}"], [f"r{i}"])]
    nodes += [helper.make_node("GlobalAveragePool", ["r3"], ["p"]), helper.make_node("Flatten", ["p"], ["f"]),
              helper.make_node("Gemm", ["f", "w4", "b4"], ["y"], name="fc", transB=1)]
    value = lambda name, shape: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "g", [value("x", [1, 3, 16, 16])], [value("y", [1, 10])], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def run(*arguments):
    done = subprocess.run([TOOL, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.stderr}")


def compile_and_judge(wanted, *flags):
    """Returns the bytes of weights and the decibels to the simulation."""
    run("compile", "q.onnx", "-o", "m.so", "--report", "r.json", *flags)
    run("run", "m.so", "--input", "eval.npy", "--output", "y.npy")
    report = json.load(open("r.json"))
    if report["float_ops"]:
        sys.exit(f"{flags}: {report['float_ops']} operations in float")
    noise = ((np.load("y.npy").reshape(wanted.shape) - wanted) ** 2).sum()
    return report["weight_bytes"], 10 * np.log10((wanted ** 2).sum() / noise)


logging.disable(logging.WARNING)
onnx.save(network(), "float.onnx")
calibration, evaluation = draw(128), draw(128)
np.save("calib.npy", calibration)
np.save("eval.npy", evaluation)
quantize_static("float.onnx", "q.onnx", Samples(calibration), quant_format=QuantFormat.QDQ, per_channel=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
session = onnxruntime.InferenceSession("q.onnx", options, providers=["CPUExecutionProvider"])
wanted = np.stack([session.run(None, {"x": sample})[0] for sample in evaluation]).astype(np.float64)

bytes_before, sqnr_before = compile_and_judge(wanted)
print(f"as it came: {bytes_before} bytes, {sqnr_before:.1f} dB")
samples = ("--calib", "calib.npy")
few = ("--weight-bits", "4", *samples)
_, rounded = compile_and_judge(wanted, *few, "--repair", "none")
for name, flags, most, least in (("4 bits, rounded", (*few, "--repair", "none"), 0.75, 5),
                                 ("4 bits, repaired", (*few, "--repair", "all"), 0.75, rounded + 6),
                                 ("4 bits, 8 at the rim, repaired", (*few, "--edge-weight-bits", "8", "--repair", "all"), 0.85, rounded + 6),
                                 ("a budget of bytes", ("--max-bytes", str(bytes_before * 3 // 4), *samples), 0.75, rounded)):
    size, sqnr = compile_and_judge(wanted, *flags)
    verdict = "ok" if size <= most * bytes_before and sqnr >= least else f"EXPECTED at most {most} of the bytes and {least:.1f} dB"
    print(f"{name}: {size} bytes, {sqnr:.1f} dB: {verdict}")
