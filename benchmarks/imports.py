#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Renews docs/imports.md: quantised ONNX files of other tools, compiled without calibration samples.

Each is held against what its QuantizeLinear and DequantizeLinear mean in float (ONNX Runtime without optimisations), both
against the float network where there is one, and its time against ONNX Runtime's with all optimisations in the same run. With
--exact=onnxruntime its integers are held against ONNX Runtime's own, layer by layer.
"""
import argparse
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import onnx

import arrivals
import document
import machine
from cache import Cache
from figures import sqnr
from networks import HERE
from peers import ort
from timing import median_us

sys.path.append(os.path.join(HERE, "..", "utils"))
import exact_layers

# Whose integers are compared.
EXACT_SAMPLES = 4
HEAD = ["network", "as", "float ops", "dB to simulation", "same first choice %", "simulation to float dB", "ours to float dB",
        "top-1 % (simulation's)", "differing", "us", "ONNX Runtime us", "ratio", "exact: integers of layers (different)",
        "exact: others (off by one)", "exact: same first choice %", "exact: top-1 % (ONNX Runtime's)"]


def call(tool, *arguments, folder):
    result = subprocess.run([tool, *arguments], capture_output=True, text=True, cwd=folder)
    if result.returncode:
        raise RuntimeError(result.stderr.replace("error: ", "", 1).split("\n")[0])
    return result.stdout


def answer(model, data, optimised):
    session = ort.open_session(model, optimised)
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: sample[None]})[0].reshape(1, -1) for sample in data])


def measure_exact(tool, arrival, folder):
    """Compares the exact mode with ONNX Runtime's integers, each layer alone, and whole networks with all its optimisations."""
    name = ort.open_session(arrival.path).get_inputs()[0].name
    samples = [{name: sample[None]} for sample in arrival.data[:EXACT_SAMPLES]]
    layers = exact_layers.compare(tool, onnx.load(arrival.path), samples)
    call(tool, "compile", arrival.path, "--exact=onnxruntime", "-o", "exact.so", "--name", "exact", folder=folder)
    call(tool, "run", "exact.so", "--input", "data.npy", "--output", "exact.npy", folder=folder)
    ours = np.load(os.path.join(folder, "exact.npy")).reshape(len(arrival.data), -1)
    theirs = answer(arrival.path, arrival.data, optimised=True)
    found = {"integers": layers.integer, "different": layers.integer_different, "others": layers.other,
             "off_by_one": layers.other_different, "most": layers.most,
             "agreement": 100 * float((theirs.argmax(1) == ours.argmax(1)).mean())}
    if arrival.labels is not None:
        found["top1"] = {"runtime": 100 * float((theirs.argmax(1) == arrival.labels).mean()),
                         "ours": 100 * float((ours.argmax(1) == arrival.labels).mean())}
    return found


def measure(tool, arrival, rounds, seconds):
    """Returns the row of one file."""
    row = {"network": arrival.name, "as": arrival.writer}
    simulated = answer(arrival.path, arrival.data, optimised=False)
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "data.npy"), arrival.data)
        try:
            call(tool, "compile", arrival.path, "-o", "model.so", "--name", "model", "--report", "report.json", folder=folder)
        except RuntimeError as error:
            return {**row, "failed": str(error)}
        with open(os.path.join(folder, "report.json")) as file:
            row["float_ops"] = json.load(file)["float_ops"]
        call(tool, "run", "model.so", "--input", "data.npy", "--output", "answers.npy", folder=folder)
        ours = np.load(os.path.join(folder, "answers.npy")).reshape(len(arrival.data), -1)
        verified = json.loads(call(tool, "verify", arrival.path, "--eval", "data.npy", "--isa", platform.machine(),
                                   "--samples", "4", "--json", folder=folder))
        row["differing"] = sum(verified["differing_elements"].values())
        try:
            row["exact"] = measure_exact(tool, arrival, folder)
        except RuntimeError as error:
            row["exact"] = {"failed": str(error)}
        session = ort.open_session(arrival.path)
        feed = {session.get_inputs()[0].name: arrival.data[:1]}
        times = {"us": [], "ort_us": []}
        for _ in range(rounds):
            times["us"].append(json.loads(call(tool, "run", "model.so", "--input", "data.npy", "--time", "--json", "--time-seconds",
                                               str(seconds), folder=folder))["median_us"])
            times["ort_us"].append(median_us(lambda: session.run(None, feed), seconds))
    row.update({name: statistics.median(values) for name, values in times.items()})
    row["db"] = sqnr(simulated, ours)[0]
    row["agreement"] = 100 * float((simulated.argmax(1) == ours.argmax(1)).mean())
    if arrival.float_model is not None:
        wanted = answer(arrival.float_model.SerializeToString(), arrival.data, optimised=True)
        row["float_db"] = {"simulation": sqnr(wanted, simulated)[0], "ours": sqnr(wanted, ours)[0]}
    if arrival.labels is not None:
        row["top1"] = {"simulation": 100 * float((simulated.argmax(1) == arrival.labels).mean()),
                       "ours": 100 * float((ours.argmax(1) == arrival.labels).mean())}
    return row


def exact_cells(exact):
    if "failed" in exact:
        return [exact["failed"][:100], "-", "-", "-"]
    others = f"{exact['others']} ({exact['off_by_one']}{'' if exact['most'] < 2 else ', up to ' + str(exact['most'])})"
    top1 = exact.get("top1")
    return [f"{exact['integers']} ({exact['different']})", others, f"{exact['agreement']:.1f}",
            f"{top1['ours']:.2f} ({top1['runtime']:.2f})" if top1 else "-"]


def cells(row):
    if "failed" in row:
        return [row["network"], row["as"], row["failed"][:100], *["-"] * (len(HEAD) - 3)]
    floats, top1 = row.get("float_db"), row.get("top1")
    return [row["network"], row["as"], str(row["float_ops"]), f"{row['db']:.1f}", f"{row['agreement']:.1f}",
            f"{floats['simulation']:.2f}" if floats else "-", f"{floats['ours']:.2f}" if floats else "-",
            f"{top1['ours']:.2f} ({top1['simulation']:.2f})" if top1 else "-", str(row["differing"]), f"{row['us']:.1f}",
            f"{row['ort_us']:.1f}", f"{row['ort_us'] / row['us']:.2f}", *exact_cells(row["exact"])]


def markdown(rows):
    lines = [HEAD, ["---"] * len(HEAD), *map(cells, rows)]
    ratios = [row["ort_us"] / row["us"] for row in rows if "us" in row]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        text += (f"\n\n{len(ratios)} of {len(rows)} files compile. Geometric mean of ONNX Runtime's time over ours: {mean:.2f} "
                 f"(its calls come from Python).")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="build directory with bin/narrow")
    parser.add_argument("--judged", type=int, default=200, help="samples to judge by (default: 200)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="of timing for each round")
    parser.add_argument("--json", help="write the rows to this file as well")
    parser.add_argument("--update-docs", action="store_true", help="renew the measured part of docs/imports.md")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join([*arrivals.FILES, *arrivals.SOURCES]))
    arguments = parser.parse_args()
    known = [*arrivals.FILES, *arrivals.SOURCES]
    if unknown := [name for name in arguments.networks if name not in known]:
        parser.error(f"expected one of {', '.join(known)}, found '{unknown[0]}'")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    cache = Cache(os.path.join(arguments.build, "bench", "arrivals"))
    tool = os.path.abspath(os.path.join(arguments.build, "bin", "narrow"))
    rows = []
    for name in arguments.networks or known:
        for writer in [None] if name in arrivals.FILES else arrivals.WRITERS:
            try:
                arrival = (arrivals.from_writer(name, writer, cache, arguments.judged) if writer
                           else arrivals.from_file(name, arguments.judged))
            except RuntimeError as error:
                print(f"{name}: {writer} fails: {error}", flush=True)
                continue
            rows.append(measure(tool, arrival, arguments.rounds, arguments.seconds))
            print(" | ".join(cells(rows[-1])), flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)
    if arguments.update_docs:
        from importlib.metadata import version
        head = (f"{datetime.date.today().isoformat()}; {machine.describe()}. One pinned thread. ONNX Runtime {version('onnxruntime')}, "
                f"NNCF {version('nncf')}.")
        document.replace_part("measured", "./dev imports --update-docs", f"{head}\n\n{markdown(rows)}", page="imports.md")


if __name__ == "__main__":
    main()
