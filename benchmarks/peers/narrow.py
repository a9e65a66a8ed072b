"""Ourselves: an artefact of one level, timed by `narrow run`."""
import json
import os
import subprocess
import tempfile

import numpy as np
import onnx


class Narrow:
    name = "Narrow"

    def __init__(self, tool, level):
        self.tool, self.level = os.path.abspath(tool), level
        if level == "native":
            self.level = json.loads(self.call("bench", "--peak", "--json"))["isa"]

    def call(self, *arguments, folder=None):
        result = subprocess.run([self.tool, *arguments], capture_output=True, text=True, cwd=folder)
        if result.returncode:
            # What follows the reason is of no use in a table.
            reason = result.stderr.replace("error: ", "", 1).split(";")[0]
            raise RuntimeError(reason or f"narrow exits with {result.returncode}")
        return result.stdout

    def prepare(self, network, cache):
        with open(self.tool, "rb") as file:
            key = file.read() + network.model.SerializeToString() + self.level.encode()
        samples = os.path.join(cache.folder, f"{network.name}.npy")
        if not os.path.exists(samples):
            np.save(samples, network.samples)

        def make(path):
            with tempfile.TemporaryDirectory() as folder:
                # Errors name the file: no paths.
                onnx.save(network.model, os.path.join(folder, f"{network.name}.onnx"))
                self.call("compile", f"{network.name}.onnx", "--calib", samples, "--bias-samples", "0",
                          "--target", self.level, "-o", path, "--name", "model", folder=folder)
                os.remove(path[:-len(".so")] + ".h")

        return cache.get(f"{network.name}-narrow", ".so", key, make), samples

    def open(self, prepared, network):
        library, samples = prepared

        def measure(seconds):
            return json.loads(self.call("run", library, "--input", samples, "--isa", self.level, "--time", "--json",
                                        "--time-seconds", str(seconds)))["median_us"]
        return measure

    def empty(self, cache):
        """Calls are made from C++ and cost nothing that shows."""
        return None

    def layers(self, network):
        """Returns what `narrow bench --layers --json` says."""
        with tempfile.TemporaryDirectory() as folder:
            onnx.save(network.model, os.path.join(folder, f"{network.name}.onnx"))
            return json.loads(self.call("bench", f"{network.name}.onnx", "--layers", "--isa", self.level, "--json", folder=folder))

    def peak(self):
        """Returns the level's peak in GMAC/s."""
        return json.loads(self.call("bench", "--peak", "--isa", self.level, "--json"))["peak_gmacs"]
