#!/usr/bin/env python3
"""Measures what quantisation costs in accuracy, Narrow's recipes beside its peers', in one run.

Every network ends at its logits (a last softmax is cut off), everybody gets the
same calibration samples, and the answers of the artefact on data that nobody
calibrated with are held against ONNX Runtime's in f32: top-1 where there are
labels, agreement with float, signal to noise, each with its 95 % interval.
Answers are kept in the build directory under what they depend on.
"""
import argparse
import datetime
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx

import document
import fronts
import judged
import machine
import subsets
from cache import Cache
from figures import judge, sqnr
from networks import SHARED
from peers import openvino_nncf, ort

# Flags of `narrow compile` by the name that a row of the table has. A limit in
# percent is one of W8A8's bytes.
RECIPES = {
    "W8A8": ["--accuracy", "fast"],
    "W8A8 held": ["--accuracy", "hold", "--repair", "all"],
    "W8A8 repaired": ["--accuracy", "fast", "--repair", "all"],
    "W8A8 streams": ["--accuracy", "fast", "--residual-stream-bits", "16", "--repair", "all"],
    "W8A16": ["--accuracy", "fast", "--bits", "16"],
    "W8A16 repaired": ["--accuracy", "fast", "--bits", "16", "--repair", "all"],
    "W4A8": ["--accuracy", "fast", "--weight-bits", "4"],
    "W4A8 repaired": ["--accuracy", "fast", "--weight-bits", "4", "--repair", "all"],
    "W4A8 blocks": ["--accuracy", "fast", "--weight-bits", "4", "--weight-block", "32", "--repair", "all"],
    "W4A8 edges 8": ["--accuracy", "fast", "--weight-bits", "4", "--edge-weight-bits", "8", "--repair", "all"],
    "W4/8 in 60 %": ["--accuracy", "fast", "--max-bytes", "60%", "--widths", "4", "--repair", "all"],
}


class Narrow:
    def __init__(self, tool, recipe):
        self.tool, self.name, self.flags = os.path.abspath(tool), f"Narrow {recipe}", RECIPES[recipe]
        with open(self.tool, "rb") as file:
            self.key = file.read() + " ".join(self.flags).encode()

    def call(self, *arguments, folder):
        result = subprocess.run([self.tool, *arguments], capture_output=True, text=True, cwd=folder)
        if result.returncode:
            raise RuntimeError(result.stderr.replace("error: ", "", 1).split("\n")[0])

    def answer(self, network, path):
        with tempfile.TemporaryDirectory() as folder:
            onnx.save(network.model, os.path.join(folder, "network.onnx"))
            np.save(os.path.join(folder, "calib.npy"), network.calibration)
            np.save(os.path.join(folder, "judged.npy"), network.judged)
            flags = list(self.flags)
            for place, flag in enumerate(flags):
                if flag.endswith("%"):
                    self.call("compile", "network.onnx", "--calib", "calib.npy", "-o", "network.so", "--report",
                              "report.json", folder=folder)
                    with open(os.path.join(folder, "report.json")) as file:
                        flags[place] = str(json.load(file)["weight_bytes"] * int(flag[:-1]) // 100)
            start = time.monotonic()
            self.call("compile", "network.onnx", "--calib", "calib.npy", *flags, "-o", "network.so", "--report",
                      "report.json", folder=folder)
            seconds = time.monotonic() - start
            self.call("run", "network.so", "--input", "judged.npy", "--output", "answers.npy", folder=folder)
            with open(os.path.join(folder, "report.json")) as file:
                report = json.load(file)
            save(path, np.load(os.path.join(folder, "answers.npy")), report["weight_bytes"], seconds, report["float_ops"])


class OnnxRuntime:
    def __init__(self, method):
        self.method, self.name = method, f"ONNX Runtime {method.name.lower()}"
        self.key = f"{ort.onnxruntime.__version__} {method.name}".encode()

    def answer(self, network, path):
        with tempfile.TemporaryDirectory() as folder:
            quantized = os.path.join(folder, "quantized.onnx")
            start = time.monotonic()
            ort.quantize(network, quantized, calibrate_method=self.method)
            seconds = time.monotonic() - start
            # Fused kernels give nonsense for some networks on some CPUs, which is
            # no matter of the quantiser: the better of both counts.
            answers = [run_onnx(quantized, network, optimised) for optimised in (True, False)]
            wanted = run_onnx(network.model.SerializeToString(), network)
            best = max(answers, key=lambda found: sqnr(wanted, found)[0])
            save(path, best, count_weight_bytes(quantized), seconds, None)


class Nncf:
    name = "NNCF"

    def __init__(self):
        self.key = f"{openvino_nncf.openvino.__version__} {importlib.metadata.version('nncf')}".encode()

    def answer(self, network, path):
        with tempfile.TemporaryDirectory() as folder:
            quantized = os.path.join(folder, "quantized.xml")
            start = time.monotonic()
            openvino_nncf.quantize(network, quantized, corrects_biases=True)
            seconds = time.monotonic() - start
            model = openvino_nncf.openvino.Core().compile_model(quantized, "CPU", openvino_nncf.SETTINGS)
            answers = np.concatenate([model(sample[None])[0].reshape(1, -1) for sample in network.judged])
            save(path, answers, os.path.getsize(quantized[:-len("xml")] + "bin"), seconds, None)


def save(path, answers, weight_bytes, seconds, float_ops):
    np.savez(path, answers=answers.reshape(len(answers), -1), weight_bytes=weight_bytes, seconds=seconds,
             float_ops=-1 if float_ops is None else float_ops)


def count_weight_bytes(path):
    return sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in onnx.load(path).graph.initializer)


def run_onnx(model, network, optimised=True):
    session = ort.open_session(model, optimised)
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: sample[None]})[0].reshape(1, -1) for sample in network.judged])


def measure(network, implementation, cache):
    """Returns the network's row for one implementation."""
    model = network.model.SerializeToString()
    data = network.calibration.tobytes() + network.judged.tobytes()
    wanted = np.load(cache.get(f"{network.name}-float", ".npz", model + data,
                               lambda path: np.savez(path, answers=run_onnx(model, network))))["answers"]
    row = {"model": network.name, "by": implementation.name, "samples": len(network.calibration),
           "date": datetime.date.today().isoformat()}
    slug = re.sub("[^a-z0-9]+", "-", implementation.name.lower())
    try:
        found = np.load(cache.get(f"{network.name}-{slug}", ".npz", implementation.key + model + data,
                                  lambda path: implementation.answer(network, path)))
    except RuntimeError as error:
        return {**row, "failed": str(error)}
    row.update(judge(wanted, found["answers"], network.labels), weight_bytes=int(found["weight_bytes"]),
               seconds=float(found["seconds"]), float_ops=None if found["float_ops"] < 0 else int(found["float_ops"]))
    return row


def show(row):
    """Returns the cells of a row of the table."""
    if "failed" in row:
        return [row["by"], "-", "-", "-", "-", row["failed"][:60]]
    top1 = f"{row['top1']:.2f} ({row['top1_float']:.2f})" if "top1" in row else "-"
    interval = lambda key: f"{row[key][0]:.1f} … {row[key][1]:.1f}"
    floats = "?" if row["float_ops"] is None else str(row["float_ops"])
    return [row["by"], top1, f"{row['agreement']:.2f} ({interval('agreement_interval')})",
            f"{row['sqnr_db']:.2f} ({interval('sqnr_interval')})", f"{row['weight_bytes'] / 1024:.1f}", floats]


HEAD = ["by", "top-1 % (float's)", "agreement %", "SQNR dB", "weights KiB", "float ops"]


def markdown(rows):
    lines = []
    for name in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == name]
        judged_on = next((row["judged"] for row in own if "judged" in row), 0)
        lines += [f"### {name}", f"{own[0]['samples']} samples to calibrate, {judged_on} to judge.", "",
                  "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
        lines += ["| " + " | ".join(show(row)) + " |" for row in own] + [""]
    return "\n".join(lines).rstrip()


def describe(rows):
    dates = sorted({row["date"] for row in rows})
    versions = ", ".join(f"{name} {importlib.metadata.version(package)}" for name, package in
                         (("ONNX Runtime", "onnxruntime"), ("OpenVINO", "openvino"), ("NNCF", "nncf")))
    return (f"{' to '.join({dates[0]: 0, dates[-1]: 0})}; {machine.describe()}. Peers: {versions}. Weights of NNCF and "
            "ONNX Runtime include their scales; NNCF keeps some operations in float, which are not counted.")


def find_models(names):
    """Returns the networks whose files are there, and says which are not."""
    found = []
    for name in names:
        if name in judged.EXAMPLES or os.path.exists(os.path.join(SHARED, "models", f"{name}.onnx")):
            found.append(name)
        else:
            print(f"{name}: skipped: no file of that name in {SHARED}", file=sys.stderr)
    return found


def main():
    if "--fronts" in sys.argv:
        return fronts.main()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="build directory with bin/narrow")
    parser.add_argument("--samples", type=int, help="calibration samples (default: all that a network has)")
    parser.add_argument("--subsets", type=int, metavar="N", help="instead: the worst and the best of N random subsets of "
                        "--samples samples; --update-docs renews that table")
    parser.add_argument("--judged", type=int, help="samples to judge by (default: all)")
    parser.add_argument("--recipe", action="append", choices=list(RECIPES), help="ours to measure (default: all)")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--fronts", action="store_true", help="renew docs/fronts.md instead (fronts.py has its options)")
    parser.add_argument("--json", help="write the rows to this file as well")
    parser.add_argument("--update-docs", action="store_true", help="renew the measured part of docs/accuracy.md")
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(judged.ALL))
    arguments = parser.parse_args()
    if arguments.subsets is not None and (arguments.subsets < 2 or not arguments.samples):
        parser.error("expected at least two subsets, and --samples, with --subsets")
    if unknown := [name for name in arguments.models if name not in judged.ALL]:
        parser.error(f"expected one of {', '.join(judged.ALL)}, found '{unknown[0]}'")
    implementations = [Narrow(os.path.join(arguments.build, "bin", "narrow"), recipe) for recipe in arguments.recipe or RECIPES]
    if not arguments.no_peers:
        implementations += [OnnxRuntime(method) for method in ort.CalibrationMethod if method.name in ("MinMax", "Entropy", "Percentile")]
        implementations.append(Nncf())
    cache = Cache(os.path.join(arguments.build, "accuracy"))

    def measure_one(network, implementation):
        print(f"{network.name}: {implementation.name} ...", file=sys.stderr, flush=True)
        return measure(network, implementation, cache)

    names = find_models(arguments.models or judged.ALL)
    if arguments.subsets:
        rows = subsets.measure(names, arguments.subsets, arguments.samples, arguments.judged, implementations, measure_one)
        part, command, text = "subsets", "./dev accuracy --subsets", subsets.markdown(rows)
    else:
        rows = []
        for name in names:
            network = judged.JudgedNetwork(name, arguments.samples, arguments.judged)
            rows += [measure_one(network, implementation) for implementation in implementations]
        part, command, text = "measured", "./dev accuracy --update-docs", markdown(rows)
    print(text)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": machine.describe(), "rows": rows}, file, indent=1)
    if arguments.update_docs:
        document.replace_part(part, command, describe(rows) + "\n\n" + text, page="accuracy.md")


if __name__ == "__main__":
    main()
