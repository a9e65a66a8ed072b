"""Float execution against ONNX Runtime's, in one run on one pinned thread.

Calibration and comparison run the float model; `narrow bench MODEL --float`
times that as calibration makes it, every observed value in memory.
"""
import json
import math
import os
import statistics
import subprocess
import tempfile

import onnx
import onnxruntime

import document
import machine
from networks import Network
from peers.ort import open_session
from timing import median_us

# Convolutional networks and products of matrices.
NETWORKS = ["mnist-8", "kws_dscnn", "vww_mobilenetv1", "toycar_autoencoder", "resnet8_cifar10", "resnet20_cifar10",
            "resnet56_cifar10", "mobilenetv1_025_imagenet", "mobilenetv2_imagenet", "squeezenet_imagenet",
            "super_resolution_224", "ultraface_rfb320", "yunet_n_320", "resnet18", "resnet50", "mobilenetv1", "mlp_1024"]


def measure(network, tool, rounds, seconds):
    """Returns {"model", "mmac", "narrow_us", "ort_us"}: medians of the rounds' medians."""
    session = open_session(network.model.SerializeToString())
    feed = {session.get_inputs()[0].name: network.samples[0]}
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"{network.name}.onnx")
        onnx.save(network.model, path)
        for _ in range(rounds):
            theirs.append(median_us(lambda: session.run(None, feed), seconds))
            result = subprocess.run([tool, "bench", path, "--float", "--json", "--time-seconds", str(seconds)],
                                    capture_output=True, text=True)
            if result.returncode:
                raise SystemExit(f"error: '{network.name}': {result.stderr.strip()}")
            ours.append(json.loads(result.stdout)["median_us"])
    return {"model": network.name, "mmac": network.macs / 1e6, "narrow_us": statistics.median(ours),
            "ort_us": statistics.median(theirs)}


def cells(row):
    return [row["model"], f"{row['mmac']:.2f}", f"{row['narrow_us'] / 1e3:.4f}", f"{row['ort_us'] / 1e3:.4f}",
            f"{row['mmac'] * 1e3 / row['narrow_us']:.1f}", f"{row['narrow_us'] / row['ort_us']:.2f}"]


def markdown(rows):
    lines = [["model", "MMAC", "Narrow ms", "ONNX Runtime ms", "GMAC/s", "ours / theirs"], ["---"] * 6]
    lines += [cells(row) for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def summary(rows):
    mean = math.exp(sum(math.log(row["narrow_us"] / row["ort_us"]) for row in rows) / len(rows))
    return f"Geometric mean of our time over theirs: {mean:.2f}."


def run(arguments):
    """Measures `arguments.models`, or all, and prints the table."""
    tool = os.path.abspath(os.path.join(arguments.build, "bin", "narrow"))
    rows = []
    for name in arguments.models or NETWORKS:
        rows.append(measure(Network(name), tool, arguments.rounds, arguments.seconds))
        print("  ".join(cells(rows[-1])), flush=True)
    print(summary(rows))
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": machine.describe(), "rows": rows}, file, indent=1)
    if arguments.update_docs:
        document.replace_part("float", "./dev bench --float --update-docs", "\n".join([
            f"{machine.describe()}; one pinned thread; ONNX Runtime {onnxruntime.__version__} in f32; the two in turn for "
            "each network, medians.", "", markdown(rows), "", summary(rows)]))
