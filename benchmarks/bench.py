#!/usr/bin/env python3
"""Measures Narrow's int8 networks against ONNX Runtime's, in one run.

    bench.py --build BUILD [--json FILE] [--level L] [--rounds N] [MODEL.onnx ...]

One pinned thread. Each round times every implementation of a model in turn, so
that a drifting clock hits all alike; the figure is the median of the rounds'
medians. ONNX Runtime quantises the float model itself (QDQ, per channel, u8
activations, s8 weights), calibrated on the same seeded noise: for latency only.
The peers' times include their call from Python, which matters below 1 ms; the
column "less call" takes off the time of a network that only copies its input.
Without models: the seven that have labelled data in the shared directory.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, shape_inference, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("NARROW_SHARED_DIR", os.path.join(HERE, "..", "..", "shared"))
SEVEN = ["mnist-8", "kws_dscnn", "resnet8_cifar10", "resnet20_cifar10", "resnet56_cifar10",
         "mobilenetv1_025_imagenet", "mobilenetv2_imagenet"]


def fixed(model):
    """Returns the model at opset 13 or later with every symbolic dimension set to 1."""
    if model.opset_import[0].version < 13:
        model = version_converter.convert_version(model, 13)
    for value in model.graph.input:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param or not dim.dim_value:
                dim.ClearField("dim_param")
                dim.dim_value = 1
    return model


def macs(model):
    """Returns the multiply-accumulates of the convolutions and matrix products."""
    model = shape_inference.infer_shapes(model, data_prop=True)
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim]
              for v in [*model.graph.value_info, *model.graph.input, *model.graph.output]}
    shapes.update({t.name: list(t.dims) for t in model.graph.initializer})
    total = 0
    for node in model.graph.node:
        out = int(np.prod(shapes.get(node.output[0], [0])))
        if node.op_type == "Conv":
            total += out * int(np.prod(shapes[node.input[1]][1:]))
        elif node.op_type == "MatMul":
            total += out * shapes[node.input[0]][-1]
        elif node.op_type == "Gemm":
            weights = shapes[node.input[1]]
            total += out * weights[1 if any(a.name == "transB" and a.i for a in node.attribute) else 0]
    return total


class Noise(CalibrationDataReader):
    def __init__(self, name, samples):
        self.name, self.samples = name, iter(samples)

    def get_next(self):
        sample = next(self.samples, None)
        return None if sample is None else {self.name: sample[None]}


def ort_session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def ort_quantized(model, samples, folder):
    """Returns the path of the model as ONNX Runtime quantises it."""
    source, prepared, result = (os.path.join(folder, f"{n}.onnx") for n in ("float", "prepared", "int8"))
    onnx.save(model, source)
    try:
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
    except Exception as error:  # It refuses some graphs that the quantiser itself takes.
        print(f"  onnxruntime's preprocessing failed: {str(error)[:80]}", file=sys.stderr)
        prepared = source
    for per_channel in (True, False):  # Per channel it fails on some MatMul weights.
        try:
            quantize_static(prepared, result, Noise(model.graph.input[0].name, samples), quant_format=QuantFormat.QDQ,
                            per_channel=per_channel, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
            ort_session(result)
            return result
        except Exception as error:
            print(f"  onnxruntime, per_channel={per_channel}: {str(error)[:80]}", file=sys.stderr)
    return None


def ort_median_us(session, sample, seconds=0.4):
    feed = {session.get_inputs()[0].name: sample[None]}
    for _ in range(3):
        session.run(None, feed)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - start)
    return 1e6 * float(np.median(times))


def ort_call_us():
    """Returns the time of a network that does nothing: the cost of the call."""
    value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1]) for n in "xy"]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "empty", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return ort_median_us(ort_session(model.SerializeToString()), np.zeros(1, np.float32))


def narrow_median_us(tool, library, data, level):
    text = subprocess.check_output([tool, "run", library, "--input", data, "--output", os.devnull, "--isa", level, "--time", "--json"], text=True)
    return float(json.loads(text)["median_us"])


def peak(build):
    program = os.path.join(build, "peak")
    subprocess.check_call(["clang-22", "-O2", "-mavx512vnni", "-mavx512bw", os.path.join(HERE, "peak.c"), "-o", program])
    return float(subprocess.check_output([program]))


def measure(path, args, call_us):
    name = os.path.splitext(os.path.basename(path))[0]
    model = fixed(onnx.load(path))
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    samples = np.random.default_rng(0).standard_normal([4, *shape[1:]]).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        data, library = os.path.join(folder, "x.npy"), os.path.join(folder, "model.so")
        np.save(data, samples)
        subprocess.check_call([args.narrow, "compile", path, "--calib", data, "-o", library, "--target", args.level])
        quantized = ort_quantized(model, samples, folder)
        session = ort_session(quantized) if quantized else None
        ours, theirs = [], []
        for _ in range(args.rounds):
            ours.append(narrow_median_us(args.narrow, library, data, args.level))
            if session:
                theirs.append(ort_median_us(session, samples[0]))
    row = {"model": name, "mmac": macs(model) / 1e6, "narrow_us": float(np.median(ours))}
    if theirs:
        row["ort_us"] = float(np.median(theirs))
        row["ratio"] = row["ort_us"] / row["narrow_us"]
        row["ratio_less_call"] = max(row["ort_us"] - call_us, 0) / row["narrow_us"]
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="build directory with bin/narrow")
    parser.add_argument("--json", help="write the rows to this file as well")
    parser.add_argument("--level", default="avx512vnni")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("models", nargs="*")
    args = parser.parse_args()
    args.narrow = os.path.join(args.build, "bin", "narrow")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # Inherited by every program started here.
    models = args.models or [os.path.join(SHARED, "models", f"{n}.onnx") for n in SEVEN]
    limit, call_us = peak(args.build), ort_call_us()
    print(f"peak {limit:.0f} GMAC/s (VPDPBUSD, one core); an empty call of ONNX Runtime {call_us:.1f} us")
    print(f"{'model':26} {'MMAC':>8} {'narrow us':>10} {'GMAC/s':>7} {'% peak':>6} {'ORT us':>9} {'ratio':>6} {'less call':>9}")
    rows = []
    for path in models:
        row = measure(path, args, call_us)
        rate = row["mmac"] * 1e3 / row["narrow_us"]
        row["gmacs"], row["peak_share"] = rate, rate / limit
        rows.append(row)
        peer = f"{row['ort_us']:9.1f} {row['ratio']:6.2f} {row['ratio_less_call']:9.2f}" if "ort_us" in row else f"{'fails':>9}"
        print(f"{row['model']:26} {row['mmac']:8.2f} {row['narrow_us']:10.1f} {rate:7.1f} {100 * rate / limit:6.1f} {peer}", flush=True)
    ratios = [row["ratio"] for row in rows if "ratio" in row]
    if ratios:
        print(f"geometric mean of the ratios over {len(ratios)} models: {math.exp(np.mean(np.log(ratios))):.2f}")
    if args.json:
        with open(args.json, "w") as file:
            json.dump({"peak_gmacs": limit, "ort_call_us": call_us, "level": args.level, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
