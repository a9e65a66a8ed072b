#!/usr/bin/env python3
"""Compiles every ONNX model of a directory without float and looks for floating-point instructions.

    check-integer-only.py MODELS WORK --expect NAME,... [--every-level]

Each model is quantised on two samples of noise (what it computes does not
matter here), then compiled with integer inputs and outputs. Models of at most
300 kilobytes are compiled for every level; larger ones, whose kernels are the
same few over and over, for the levels with lowerings of their own, or for all
with --every-level (as `check --full` does), which also tries the models that are not expected: one that cannot
do without float is named and passed over. Exits with 1 where an object holds a floating-point
arithmetic instruction or an expected model does not compile.
"""
import argparse
import glob
import importlib.util
import json
import os
import subprocess
import sys

import numpy

UTILS = os.path.join(os.path.dirname(__file__), "..", "..", "..", "utils")
EVERY_LEVEL = {
    "x86_64": "x86_64:scalar,x86-64,avx2,avxvnni,avx512vnni",
    "aarch64": "aarch64:scalar,neon,dotprod,i8mm",
    "riscv64": "riscv64:scalar",
}
SOME_LEVELS = {"x86_64": "avx2,avx512vnni", "aarch64": "dotprod"}


def load_find_float():
    spec = importlib.util.spec_from_file_location("find_float", os.path.join(UTILS, "find-float.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_samples(model, path):
    """Writes two samples of noise for each input."""
    inspected = json.loads(subprocess.check_output(["narrow", "inspect", model, "--batch=1", "--json"],
                                                   text=True, stderr=subprocess.DEVNULL))
    random, arrays = numpy.random.default_rng(1), {}
    for entry in inspected["inputs"]:
        shape = [2] + entry["shape"][entry["shape"][:1] == [1]:]
        arrays[entry["name"]] = (random.normal(size=shape).astype(numpy.float32) if entry["type"] == "f32"
                                 else numpy.zeros(shape, {"i64": numpy.int64}.get(entry["type"], numpy.int32)))
    with open(path, "wb") as file:
        numpy.savez(file, **arrays)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models")
    parser.add_argument("work")
    parser.add_argument("--expect", default="", help="models that must compile")
    parser.add_argument("--every-level", action="store_true")
    args = parser.parse_args()
    find_float = load_find_float()
    expected, failed = set(args.expect.split(",")) - {""}, False
    missing = set(expected)
    os.makedirs(args.work, exist_ok=True)
    for model in sorted(glob.glob(os.path.join(args.models, "*.onnx"))):
        name = os.path.splitext(os.path.basename(model))[0]
        if name not in expected and not args.every_level:
            continue
        samples, module = os.path.join(args.work, "samples.npz"), os.path.join(args.work, "model.mlir")
        try:
            write_samples(model, samples)
        except subprocess.CalledProcessError:
            print(f"{name}: passed over, not imported")
            continue
        made = subprocess.run(["narrow", "compile", model, "--calib", samples, "--integer-only", "--batch=1",
                               "--bias-samples=0", "-o", module], capture_output=True, text=True)
        if made.returncode:
            reason = [line for line in made.stderr.splitlines() if "error:" in line]
            print(f"{name}: passed over, {reason[0] if reason else made.stderr}")
            failed |= made.returncode != 1 or not reason
            continue
        missing.discard(name)
        whole = args.every_level or os.path.getsize(model) <= 300_000
        for family, levels in (EVERY_LEVEL if whole else SOME_LEVELS).items():
            target = os.path.join(args.work, family + ".o")
            subprocess.check_call(["narrow-emit", module, "--io=quantized", "--target=" + levels, "-o", target])
            read, found = find_float.scan(target)
            print(f"{name} {levels}: {read} instructions, {len(found)} of floating-point arithmetic")
            print("\n".join(found[:5]), end="\n" if found else "")
            failed |= bool(found) or not read
    for name in sorted(missing):
        print(f"{name}: expected to compile without float")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
