#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles quantised models without any samples, runs them, and compares with ONNX Runtime's simulation in float.

usage: check-quantized.py NARROW (MODEL | cases | integer-cases) [--sqnr DB] [--steps N] [--float N] [--only CASE] [--flag FLAG]

Inputs are drawn in the range of the type that the model gives them. One line a model; exit status 1 where a result is
below --sqnr, differs by more than --steps steps of the result's type, or where more than --float operations stay in
float. `cases` are those of quantized_cases.py, `integer-cases` of integer_cases.py, each with its own limits.
"""
import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
CASES = {"cases": "quantized_cases", "integer-cases": "integer_cases"}
TYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int16)": np.int16}
LIMITS = {np.dtype(t): (np.iinfo(t).min, np.iinfo(t).max) for t in (np.int8, np.uint8, np.int16, np.uint16)}


def given(model, name, end):
    """The scale and the range in which the model stores what reads (end 0) or makes (end 1) `name`."""
    constants = {c.name: numpy_helper.to_array(c) for c in model.graph.initializer}
    names = [name]
    for name in names:
        for node in model.graph.node:
            if name not in (node.input if end == 0 else node.output):
                continue
            if node.op_type in ("QuantizeLinear", "DequantizeLinear") and node.input[1] in constants:
                scale = constants[node.input[1]].reshape(-1)[0]
                zero = constants[node.input[2]].reshape(-1)[0] if len(node.input) > 2 else np.uint8(0)
                if zero.dtype in LIMITS:
                    low, high = LIMITS[zero.dtype]
                    return scale, (low - float(zero)) * scale, (high - float(zero)) * scale
            elif node.op_type in ("Reshape", "Transpose", "Flatten"):
                names.append(node.output[0] if end == 0 else node.input[0])
    return None, -2.0, 2.0


def draw(session, model, count):
    generator = np.random.default_rng(1)
    samples = []
    for _ in range(count):
        sample = {}
        for value in session.get_inputs():
            shape = [d if isinstance(d, int) else 1 for d in value.shape]
            kind = np.dtype(TYPES[value.type])
            if kind in LIMITS:
                sample[value.name] = generator.integers(*LIMITS[kind], shape, endpoint=True).astype(kind)
            else:
                _, low, high = given(model, value.name, 0)
                sample[value.name] = generator.uniform(low, high, shape).astype(np.float32)
        samples.append(sample)
    return samples


def compare(narrow, path, limits, flags=()):
    model = onnx.load(path)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    samples = draw(session, model, 16)
    names = [o.name for o in session.get_outputs()]
    results = [session.run(None, sample) for sample in samples]
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        np.savez(at("x.npz"), **{name: np.stack([s[name] for s in samples]) for name in samples[0]})
        done = subprocess.run([narrow, "compile", path, "-o", at("m.so"), "--report", at("r.json"), *flags],
                              capture_output=True, text=True)
        if done.returncode:
            return f"refused: {done.stderr.splitlines()[0] if done.stderr else done.returncode}", False
        report = json.load(open(at("r.json")))
        output = at("y.npz" if len(names) > 1 else "y.npy")
        done = subprocess.run([narrow, "run", at("m.so"), "--input", at("x.npz"), "--output", output],
                              capture_output=True, text=True)
        if done.returncode:
            return f"does not run: {done.stderr.strip()}", False
        found = np.load(output)
        found = {name: found[name] for name in names} if len(names) > 1 else {names[0]: found}
    notes, right = [], True
    for index, name in enumerate(names):
        wanted = np.stack([r[index] for r in results])
        a, b = wanted.astype(np.float64), found[name].reshape(wanted.shape).astype(np.float64)
        right &= found[name].dtype == wanted.dtype
        noise = ((a - b) ** 2).sum()
        sqnr = 10 * np.log10((a ** 2).sum() / noise) if noise else 999.0
        step = 1.0 if wanted.dtype != np.float32 else given(model, name, 1)[0]
        text = f"{name}: {'exact' if not noise else f'{sqnr:.1f} dB'}"
        if step is not None:
            steps = np.rint(np.abs(a - b) / step)
            text += f", {100 * np.mean(steps > 0):.2f} % differ, by {int(steps.max())} steps at most"
            right &= "steps" not in limits or steps.max() <= limits["steps"]
        right &= sqnr >= limits.get("sqnr", 0)
        notes.append(text)
    inside = report["float_ops"]
    right &= inside <= limits.get("float", 0)
    return "; ".join(notes) + f"; {inside} in float", right


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("narrow")
    parser.add_argument("model")
    parser.add_argument("--sqnr", type=float, default=0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--float", type=int, default=0)
    parser.add_argument("--only")
    parser.add_argument("--flag", action="append", default=[], help="one for narrow compile")
    args = parser.parse_args()
    wrong = 0

    def judge(name, path, limits):
        nonlocal wrong
        note, right = compare(args.narrow, path, limits, args.flag)
        wrong += not right
        print(f"{name}: {note}: {'ok' if right else 'fails'}", flush=True)

    if args.model not in CASES:
        limits = {"sqnr": args.sqnr, "float": args.float}
        if args.steps is not None:
            limits["steps"] = args.steps
        judge(os.path.basename(args.model), args.model, limits)
    else:
        with tempfile.TemporaryDirectory() as folder:
            for name, (build, limits) in importlib.import_module(CASES[args.model]).CASES.items():
                if args.only and args.only != name:
                    continue
                path = os.path.join(folder, name + ".onnx")
                onnx.save(build(), path)
                judge(name, path, limits)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
