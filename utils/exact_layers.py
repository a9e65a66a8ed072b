#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares a quantised ONNX model, layer by layer, with ONNX Runtime's own integers.

usage: exact_layers.py NARROW MODEL [--samples N]

A step between two integers is all that one value can say of the next: so the model is cut at every tensor of stored integers, each
piece is fed what ONNX Runtime computed there, and both run all pieces at once. A tensor is an integer layer's where ONNX
Runtime's optimised graph makes it by a contraction of integers, or of these by movement: no element may differ. What it makes
in float may be one step away, and is counted apart. Exit status 1 where either fails, or where a tensor differs that no remark
`[inexact]` speaks of.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

CONTRACTIONS = {"QLinearConv", "QLinearMatMul", "QGemm"}
# What picks stored integers, or makes the table that one of 256 inputs finds its integer in.
EXACT = {"Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather", "MaxPool", "NhwcMaxPool", "Identity",
         "Concat", "Expand"}


def open_session(model, saved=None):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if saved:
        options.optimized_model_filepath = saved
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def computed(graph):
    """The nodes behind the inputs: what is constant is no layer."""
    weights = {tensor.name for tensor in graph.initializer}
    known = {value.name for value in graph.input} - weights
    nodes = []
    for node in graph.node:
        if any(name in known for name in node.input):
            known.update(node.output)
            nodes.append(node)
    return nodes


def stored_tensors(model):
    """The tensors of stored integers that are made by a rounding."""
    rounds = lambda node: (node.op_type == "QuantizeLinear" or node.op_type.startswith("QLinear") or
                           node.op_type == "QGemm" and len(node.input) > 7)
    return [node.output[0] for node in computed(model.graph) if rounds(node)]


def with_outputs(model, names):
    """The model with these outputs in place of its own."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    del model.graph.output[:]
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    return model


def cut(model, values):
    """The model with every tensor of `values` an output, and an input of all that reads it."""
    model = with_outputs(model, values)
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name in values:
                node.input[index] = name + ".fed"
    read = {name for node in model.graph.node for name in node.input}
    fed = [name for name in values if name + ".fed" in read]
    for name in fed:
        kind = helper.np_dtype_to_tensor_dtype(values[name][0].dtype)
        model.graph.input.append(helper.make_tensor_value_info(name + ".fed", kind, values[name][0].shape))
    # The shapes that the file has are of tensors that both ends still have.
    used = {name for node in model.graph.node for name in node.input}
    for value in [value for value in model.graph.input if value.name not in used]:
        model.graph.input.remove(value)
    return model, fed


def unsigned(model, values):
    """The model with u8 in the place of i8 between casts, as ONNX Runtime has it inside of a graph on x86: the same reals."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    users = {}
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            users.setdefault(name, []).append((node, index))
    moved = set()
    for node in model.graph.node:
        name = node.output[0] if node.output else None
        if node.op_type != "QuantizeLinear" or name not in values or values[name][0].dtype != np.int8 or len(node.input) < 3:
            continue
        casts = [node, *(user for user, _ in users.get(name + ".fed", []))]
        if any(cast.op_type not in ("QuantizeLinear", "DequantizeLinear") or cast.input[2] not in constants for cast in casts):
            continue
        moved.add(name)
        for cast in casts:
            zero = numpy_helper.to_array(constants[cast.input[2]]).astype(np.int16) + 128
            shifted = cast.input[2] + ".unsigned"
            if shifted not in constants:
                constants[shifted] = numpy_helper.from_array(zero.astype(np.uint8), shifted)
                model.graph.initializer.append(constants[shifted])
            cast.input[2] = shifted
    for value in model.graph.input:
        if value.name.removesuffix(".fed") in moved and value.name.endswith(".fed"):
            value.type.tensor_type.elem_type = onnx.TensorProto.UINT8
    for value in model.graph.value_info:
        if value.name in moved:
            value.type.tensor_type.elem_type = onnx.TensorProto.UINT8
    return model, moved


def draw(session, count):
    generator = np.random.default_rng(1)
    samples = []
    for _ in range(count):
        sample = {}
        for value in session.get_inputs():
            shape = [dim if isinstance(dim, int) else 1 for dim in value.shape]
            kind = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int8)": np.int8}[value.type]
            sample[value.name] = (generator.standard_normal(shape).astype(kind) if kind == np.float32 else
                                  generator.integers(np.iinfo(kind).min, np.iinfo(kind).max, shape, endpoint=True).astype(kind))
        samples.append(sample)
    return samples


def integer_tensors(optimised, names):
    """The tensors of `names` that ONNX Runtime's graph makes by contractions of integers, or moves integers to."""
    makers = {output: node for node in optimised.graph.node for output in node.output}
    found = {}
    for name in names:
        at, node = name, makers.get(name)
        while node is not None and node.op_type in EXACT:
            at = node.input[0]
            node = makers.get(at)
        found[name] = node.op_type if node is not None else "input"
    return found


def nodes_behind(model, name):
    """The nodes between the cuts in front of the tensor `name` of a cut model, and it."""
    makers = {output: node for node in model.graph.node for output in node.output}
    names, tensors = set(), [name]
    for tensor in tensors:
        node = makers.get(tensor)
        if node is not None and node.name not in names:
            names.add(node.name)
            tensors.extend(node.input)
    return names


def run_narrow(narrow, model, samples, names, flags):
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        onnx.save(model, at("m.onnx"))
        np.savez(at("x.npz"), **{name: np.stack([sample[name] for sample in samples]) for name in samples[0]})
        output = at("y.npz" if len(names) > 1 else "y.npy")
        for command in (["compile", at("m.onnx"), "-o", at("m.so"), "--report", at("r.json"), *flags],
                        ["run", at("m.so"), "--input", at("x.npz"), "--output", output]):
            done = subprocess.run([narrow, *command], capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(done.stderr.strip() or f"exit status {done.returncode}")
        with open(at("r.json")) as file:
            report = json.load(file)
        found = np.load(output)
        return ({name: found[name] for name in names} if len(names) > 1 else {names[0]: found}), report


class Comparison:
    """What came out of one model."""

    def __init__(self):
        self.integer = self.integer_different = self.other = self.other_different = self.most = 0
        self.problems = []
        self.differing = {}

    def add(self, other):
        for name in ("integer", "integer_different", "other", "other_different"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.most = max(self.most, other.most)

    @property
    def is_right(self):
        return not self.problems

    def __str__(self):
        return (f"{self.integer} integers of layers, {self.integer_different} different; {self.other} where ONNX Runtime has floats, "
                f"{self.other_different} different, by {self.most} at most")


def compare(narrow, model, samples=None, count=4, flags=("--exact=onnxruntime",)):
    names = stored_tensors(model)
    if not names:
        return Comparison()
    session = open_session(with_outputs(model, names))
    samples = samples or draw(session, count)
    runs = [session.run(None, sample) for sample in samples]
    values = {name: [run[index] for run in runs] for index, name in enumerate(names)}
    # Integers of 16 bits are floats to ONNX Runtime.
    values = {name: arrays for name, arrays in values.items() if arrays[0].dtype in (np.uint8, np.int8)}
    result = Comparison()
    if not values:
        return result
    pieces, fed = cut(model, values)
    kept = {value.name for value in pieces.graph.input}
    feeds = [{**{name: array for name, array in sample.items() if name in kept},
              **{name + ".fed": values[name][index] for name in fed}} for index, sample in enumerate(samples)]
    theirs, moved = unsigned(pieces, values)
    with tempfile.TemporaryDirectory() as folder:
        saved = os.path.join(folder, "optimised.onnx")
        session = open_session(theirs, saved)
        makers = integer_tensors(onnx.load(saved), values)
    shift = lambda name, array: (array.astype(np.int16) + 128).astype(np.uint8) if name.removesuffix(".fed") in moved else array
    wanted = [session.run(None, {name: shift(name, array) for name, array in feed.items()}) for feed in feeds]
    found, report = run_narrow(narrow, pieces, feeds, list(values), list(flags))
    said = {finding["node"] for finding in report["findings"] if finding["kind"] in ("inexact", "stays-float")}
    for index, name in enumerate(values):
        ours = found[name].astype(np.int64)
        theirs = np.stack([run[index] for run in wanted]).astype(np.int64).reshape(ours.shape)
        steps = np.abs(ours - theirs + (128 if name in moved else 0))
        different, most = int((steps > 0).sum()), int(steps.max(initial=0))
        is_integer = makers[name] in CONTRACTIONS or makers[name] == "input"
        if is_integer:
            result.integer += steps.size
            result.integer_different += different
        else:
            result.other += steps.size
            result.other_different += different
            result.most = max(result.most, most)
        if not different:
            continue
        result.differing[name] = (makers[name], different, steps.size, most)
        if is_integer:
            result.problems.append(f"{name}, made by {makers[name]}: {different} of {steps.size} differ, by {most} at most")
        elif most > 1:
            result.problems.append(f"{name}, made by {makers[name]}: {most} steps apart")
        elif not nodes_behind(pieces, name) & said:
            result.problems.append(f"{name}, made by {makers[name]}: differs, and no remark says so")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("narrow")
    parser.add_argument("model")
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--verbose", action="store_true", help="list every tensor that differs")
    args = parser.parse_args()
    result = compare(args.narrow, onnx.load(args.model), count=args.samples)
    print(f"{os.path.basename(args.model)}: {result}", flush=True)
    if args.verbose:
        for name, (maker, different, size, most) in result.differing.items():
            print(f"  {name} ({maker}): {different} of {size}, by {most}")
    for problem in result.problems:
        print("  " + problem)
    return 0 if result.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
