#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Renews docs/fronts.md and its pictures: fronts of bytes and of time, predicted against measured.

Each network is searched twice from one file of scores, the kernels of all its forms timed on this machine; then plans
under a few budgets are timed as a whole by `narrow bench`.
"""
import argparse
import datetime
import json
import os
import subprocess
import time

import numpy as np
import onnx

import document
import front_chart
import judged
import machine
import rivals

NETWORKS = ["resnet56_cifar10", "mobilenetv1_025_imagenet"]
# Those of --rivals, which times nothing.
ALL = [*NETWORKS, "kws_dscnn", "resnet8_cifar10", "resnet20_cifar10", "mnist-8"]
# Budgets of the plans that are timed, in percent of the 8-bit network's bytes.
SHARES = [100, 75, 60]
PICTURES = {"bytes": "fronts-bytes.svg", "us": "fronts-time.svg"}


class Search:
    def __init__(self, tool, name, level, folder):
        self.tool, self.name, self.level, self.folder = os.path.abspath(tool), name, level, folder
        os.makedirs(folder, exist_ok=True)
        network = judged.JudgedNetwork(name)
        onnx.save(network.model, self.path("network.onnx"))
        np.save(self.path("calib.npy"), network.calibration)

    def path(self, name):
        return os.path.join(self.folder, name)

    def call(self, verb, *arguments):
        """Runs a command on the network; returns what it prints and the seconds."""
        start = time.monotonic()
        result = subprocess.run([self.tool, verb, "network.onnx", "--calib", "calib.npy", "--stats", "calib.stats", *arguments],
                                capture_output=True, text=True, cwd=self.folder)
        if result.returncode:
            raise SystemExit(f"fronts: {self.name}: {result.stderr.strip()}")
        return result.stdout, time.monotonic() - start

    def find_plan(self, limit):
        """Returns the report on the search under a limit of bytes; nothing where no plan keeps it."""
        arguments = [self.tool, "plan", "network.onnx", "--calib", "calib.npy", "--stats", "calib.stats", "-o", "network.plan",
                     "--isa", self.level, "--scores", "scores.json", "--max-bytes", str(limit), "--measure-plans", "--json"]
        result = subprocess.run(arguments, capture_output=True, text=True, cwd=self.folder)
        if "no plan keeps the budget" in result.stderr:
            return None
        if result.returncode:
            raise SystemExit(f"fronts: {self.name}: {result.stderr.strip()}")
        return json.loads(result.stdout)["budget"]

    def find_front(self, axis):
        """Returns the report on a front and the seconds it took."""
        flags = ["--front-of-time"] if axis == "us" else []
        _, seconds = self.call("compile", "-o", "network.o", "--target", self.level, "--scores", "scores.json", "--cache",
                               "times.json", "--time-kernels", "--front", f"{axis}.csv", *flags, "--report", f"{axis}.json")
        with open(self.path(f"{axis}.json")) as file:
            return json.load(file)["budget"], seconds

    def measure_plan(self, limit):
        """Returns the plan under a limit of bytes, its measured microseconds and the seconds of the search."""
        text, seconds = self.call("plan", "-o", "network.plan", "--isa", self.level, "--scores", "scores.json", "--cache",
                                  "times.json", "--max-bytes", str(limit), "--measure-plans", "--json")
        budget = json.loads(text)["budget"]
        bench, _ = self.call("bench", "--plan", "network.plan", "--isa", self.level, "--layers", "--json")
        return budget["plans"][budget["chosen"]], json.loads(bench)["run_us"], seconds


def show_work(report, seconds):
    """Returns what a front took; what an earlier run left is no part of it."""
    return f"{seconds:.0f} s with kernel times and {report['measured_scores']} scores ({report['known_scores']} were known)"


def show_plan(share, plan, us, seconds):
    predicted = "-" if plan["predicted_db"] is None else f"{plan['predicted_db']:.1f}"
    forms = ", ".join(f"{count} {form}" for form, count in plan["layers"].items())
    return (f"| {share} | {plan['bytes']} | {predicted} | {plan['measured_db']:.1f} | {plan['us']:.0f} | {us:.0f} | "
            f"{100 * (plan['us'] / us - 1):+.1f} | {seconds:.1f} | {forms} |")


def compare_rivals(options, networks):
    """Renews the table of what a search finds beside simpler ways."""
    rows = []
    for name in networks:
        search = Search(os.path.join(options.build, "bin", "narrow"), name, options.level,
                        os.path.abspath(os.path.join(options.build, "fronts", name)))
        # What everything fits in.
        plain = search.find_plan(1 << 40)["plans"][0]["bytes"]
        rows += rivals.measure(search, plain)
    text = rivals.markdown(rows)
    document.replace_part("rivals", "./dev accuracy --fronts --rivals",
                          f"{datetime.date.today().isoformat()}; level `{options.level}`.\n\n{text}", page="fronts.md")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="build directory with bin/narrow")
    parser.add_argument("--fronts", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--level", default="avx2")
    parser.add_argument("--rivals", action="store_true", help="instead: what a search finds beside simpler ways to choose, "
                        f"for {', '.join(ALL)}")
    parser.add_argument("models", nargs="*", help=f"networks with data to judge by (default: {' '.join(NETWORKS)})")
    options = parser.parse_args(arguments)
    networks = options.models or (ALL if options.rivals else NETWORKS)
    if options.rivals:
        return compare_rivals(options, networks)
    lines = [f"{datetime.date.today().isoformat()}; {machine.describe()}; level `{options.level}`.", ""]
    searches = []
    for name in networks:
        search = Search(os.path.join(options.build, "bin", "narrow"), name, options.level,
                        os.path.abspath(os.path.join(options.build, "fronts", name)))
        searches.append(search)
        reports = {axis: search.find_front(axis) for axis in PICTURES}
        lines += [f"### {name}", "The front of bytes took {}, that of time, with values of 16 bits, {} more.".format(
                      *(show_work(*reports[axis]) for axis in PICTURES)), "",
                  "| % of bytes | bytes | dB predicted | measured | us predicted | measured | off % | search s | forms |",
                  "|" + "---|" * 9]
        plain = reports["bytes"][0]["plans"][0]["bytes"]
        lines += [show_plan(share, *search.measure_plan(plain * share // 100)) for share in SHARES] + [""]
    for axis, picture in PICTURES.items():
        fronts = [(search.name, front_chart.read(search.path(f"{axis}.csv"), axis)) for search in searches]
        uniform = [front_chart.read_uniform(search.path(f"{axis}.json"), axis) for search in searches]
        with open(os.path.join(document.DOCS, picture), "w", encoding="utf-8") as file:
            file.write(front_chart.draw(fronts, axis, uniform))
        lines += [f"![Fronts of {front_chart.TITLES[axis]}]({picture})", ""]
    document.replace_part("fronts", "./dev accuracy --fronts", "\n".join(lines).rstrip(), page="fronts.md")


if __name__ == "__main__":
    main()
