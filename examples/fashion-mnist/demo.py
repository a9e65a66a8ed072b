#!/usr/bin/env python3
"""Compiles the residual example network with real calibration data and prints what it cost.

    demo.py --narrow PROGRAM [--network resnet|dscnn|mlp] [--out DIR]

Only prepares the data and the table; every figure comes from `narrow`. Needs
numpy and Debian's package dataset-fashion-mnist.
"""
import argparse
import gzip
import json
import os
import subprocess

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = "/usr/share/datasets/fashion-mnist"


def load(split):
    def read(kind, header):
        with gzip.open(f"{DATA}/{split}-{kind}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)
    images = read("images-idx3", 16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    return images, read("labels-idx1", 8).astype(np.int32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--narrow", required=True)
    parser.add_argument("--network", default="resnet", choices=["resnet", "dscnn", "mlp"])
    parser.add_argument("--out", default="build/demo")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    path = lambda name: os.path.join(args.out, name)
    model = os.path.join(HERE, f"{args.network}.onnx")

    train, _ = load("train")
    images, labels = load("t10k")
    np.save(path("calib.npy"), train[:512])
    np.save(path("eval.npy"), images)
    np.save(path("labels.npy"), labels)
    np.save(path("one.npy"), images[:1])

    def narrow(*words):
        return subprocess.run([args.narrow, *words], check=True, stdout=subprocess.PIPE, text=True).stdout

    levels = "scalar,x86-64,avx2,avx512vnni"
    artefact, library, report = path(f"{args.network}.o"), path(f"{args.network}.so"), path("report.json")
    narrow("calibrate", model, "--calib", path("calib.npy"), "-o", path("stats.json"))
    for output in (artefact, library):
        narrow("compile", model, "--calib", path("calib.npy"), "--stats", path("stats.json"), "-o", output, "--target", levels, "--report", report)
    result = json.loads(narrow("verify", model, "--calib", path("calib.npy"), "--eval", path("eval.npy"),
                               "--labels", path("labels.npy"), "--isa", "all", "--json"))
    timing = json.loads(narrow("run", library, "--input", path("one.npy"), "--output", path("y.npy"), "--time", "--json"))

    print(f"\n{args.network} on Fashion-MNIST, {result['samples']} test images")
    print(f"  top-1                 float {result['top1_float']:.2f} %   int8 {result['top1_quantized']:.2f} %")
    print(f"  agreement with float  {result['agreement']:.2f} %,  {result['sqnr_db']:.1f} dB at the logits")
    print(f"  weights               {os.path.getsize(model)} bytes as ONNX   {result['weight_bytes']} bytes packed")
    print(f"  arena                 {result['arena_bytes']} bytes")
    print(f"  time                  {timing['median_us']:.1f} us an image, one thread (median)")
    print("  differing elements    " + ", ".join(f"{level} {n}" for level, n in result["differing_elements"].items()))
    print(f"  object                {artefact}\n  header                {os.path.splitext(artefact)[0]}.h\n  report                {report}")


if __name__ == "__main__":
    main()
