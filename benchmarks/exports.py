#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Renews docs/exports.md: what `narrow export` writes, run by the runtimes that it is for.

Each file's answers are held against those of our native code of the same flags and against the float network's, beside the
file that LiteRT's own quantiser makes with the same calibration samples.
"""
import argparse
import datetime
import itertools
import json
import os
import subprocess
import tempfile

import numpy as np
import onnx

import document
import judged
import machine
from exports_table import cells, compare, markdown
from figures import sqnr
from peers import litert, litert_quantizer, ort

NETWORKS = ["kws_dscnn", "resnet20_cifar10", "mobilenetv1_025_imagenet", "mobilenetv2_imagenet"]
FLAGS = ["--accuracy", "fast"]
# What `export` takes for .tflite unless told otherwise; native code is compared with the same.
TFLITE_FLAGS = ["--residual-bits", "8", "--requant", "q31"]
# Float answers of the file that LiteRT's quantiser gets are the float network's but for sums in other orders.
SAME_NETWORK_DB = 60


def run_onnx(model, data, optimised=True):
    session = ort.open_session(model, optimised)
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: sample[None]})[0].reshape(1, -1) for sample in data])


# By the file's ending: its name in the table, flags, and the runtimes by their names there.
EXPORTS = {
    ".onnx": ("ONNX", [], {"ONNX Runtime": run_onnx,
                           "ONNX Runtime, not optimised": lambda path, data: run_onnx(path, data, optimised=False)}),
    ".tflite": ("TFLite", TFLITE_FLAGS, {"LiteRT": litert.answer}),
}


class Folder:
    """Where the files of one network are made."""

    def __init__(self, tool, network, path):
        self.tool, self.network, self.path = tool, network, path
        onnx.save(network.model, self.file("network.onnx"))
        np.save(self.file("calib.npy"), network.calibration)
        np.save(self.file("judged.npy"), network.judged)
        self.wanted = run_onnx(network.model.SerializeToString(), network.judged)

    def file(self, name):
        return os.path.join(self.path, name)

    def call(self, *arguments):
        result = subprocess.run([self.tool, *arguments], capture_output=True, text=True, cwd=self.path)
        if result.returncode:
            raise RuntimeError(result.stderr.replace("error: ", "", 1).split("\n")[0])

    def export(self, ending, flags):
        """Writes export.ENDING and returns the answers of native code of the same flags."""
        common = ["network.onnx", "--calib", "calib.npy", *FLAGS, *flags]
        self.call("export", *common, "-o", f"export{ending}")
        self.call("compile", *common, "-o", "native.so", "--name", "native")
        self.call("run", "native.so", "--input", "judged.npy", "--output", "native.npy")
        return np.load(self.file("native.npy")).reshape(len(self.network.judged), -1)

    def read_back(self):
        """Returns the answers of native code that has ONNX Runtime's bits for the file that was exported."""
        self.call("compile", "export.onnx", "--exact=onnxruntime", "-o", "exact.so", "--name", "exact")
        self.call("run", "exact.so", "--input", "judged.npy", "--output", "exact.npy")
        return np.load(self.file("exact.npy")).reshape(len(self.network.judged), -1)

    def row(self, file, by, path, ours, answer, exact=None):
        row = {"network": self.network.name, "file": file, "by": by}
        try:
            theirs = answer(path, self.network.judged)
        except (RuntimeError, ValueError) as error:  # Of the runtimes.
            return {**row, "failed": str(error).strip().split("\n")[0]}
        return {**row, "bytes": os.path.getsize(path), **compare(self.wanted, ours, theirs, self.network.labels, exact)}

    def measure_exports(self):
        for ending, (name, flags, runtimes) in EXPORTS.items():
            try:
                ours = self.export(ending, flags)
                exact = self.read_back() if ending == ".onnx" else None
            except RuntimeError as error:
                yield {"network": self.network.name, "file": name, "by": "-", "failed": str(error)}
                continue
            for by, answer in runtimes.items():
                yield self.row(name, by, self.file(f"export{ending}"), ours, answer, exact)

    def measure_litert_quantizer(self):
        source = self.file("float.tflite")
        answer = lambda path, data: litert.answer(path, litert_quantizer.channels_last(data))
        name = "TFLite of LiteRT's quantiser"
        failed = lambda reason: {"network": self.network.name, "file": name, "by": "LiteRT", "failed": reason}
        try:
            litert_quantizer.write_float(self.network.model, source)
        except NotImplementedError as error:
            yield failed(f"no float TFLite file: {error}")
            return
        db = sqnr(self.wanted, answer(source, self.network.judged))[0]
        if db < SAME_NETWORK_DB:
            yield failed(f"float TFLite file is another network: {db:.1f} dB")
            return
        for number, ranges in enumerate(litert_quantizer.RANGES):
            path = self.file(f"quantized{number}.tflite")
            try:
                litert_quantizer.quantize(self.network, source, path, ranges)
            except (RuntimeError, ValueError) as error:
                yield failed(str(error).strip().split("\n")[0])
                continue
            yield self.row(f"{name}, {ranges}", "LiteRT", path, None, answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="build directory with bin/narrow")
    parser.add_argument("--samples", type=int, default=64, help="to calibrate by (default: 64)")
    parser.add_argument("--judged", type=int, default=200, help="samples to judge by (default: 200)")
    parser.add_argument("--json", help="write the rows to this file as well")
    parser.add_argument("--update-docs", action="store_true", help="renew the measured part of docs/exports.md")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=f"of {', '.join(judged.ALL)} (default: {', '.join(NETWORKS)})")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.networks if name not in judged.ALL]:
        parser.error(f"expected one of {', '.join(judged.ALL)}, found '{unknown[0]}'")
    tool = os.path.abspath(os.path.join(arguments.build, "bin", "narrow"))
    rows = []
    for name in arguments.networks or NETWORKS:
        network = judged.JudgedNetwork(name, arguments.samples, arguments.judged)
        with tempfile.TemporaryDirectory() as path:
            folder = Folder(tool, network, path)
            for row in itertools.chain(folder.measure_exports(), folder.measure_litert_quantizer()):
                rows.append(row)
                print(" | ".join(cells(row)), flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)
    if arguments.update_docs:
        head = (f"{datetime.date.today().isoformat()}; {machine.describe()}. {arguments.samples} samples to calibrate, up to "
                f"{arguments.judged} others to judge. ONNX Runtime {ort.onnxruntime.__version__}, LiteRT {litert.LiteRt.version}, "
                f"its quantiser (ai-edge-quantizer) {litert_quantizer.VERSION}.")
        document.replace_part("measured", "./dev exports --update-docs", f"{head}\n\n{markdown(rows)}", page="exports.md")


if __name__ == "__main__":
    main()
