#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws quantised layers in the forms that files have and compares each with ONNX Runtime's own integers.

usage: check_exact.py NARROW [--cases N] [--first SEED] [--only SEED] [--flag FLAG]

Forms: casts around float operators, and operators on integers; convolutions (grouped, depthwise, padded, strided), matrices of
constants and of values; u8 and s8 activations, u8 and s8 weights, with zero points, a scale a tensor or a channel, with biases
and without. Then the models of quantized_cases.py that have integers of 8 bits. One line for each that is wrong, and sums; exit
status 1 where a layer's integer differs at all (utils/exact_layers.py says what is compared).
"""
import argparse
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "..", "utils")]
import exact_layers
import quantized_cases
from quantized_cases import MICROSOFT, MOST, Graph, operand

KINDS = {"u8": np.uint8, "s8": np.int8}


class Layer:
    """What is drawn for one layer."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        pick = lambda *choices: choices[self.random.integers(len(choices))]
        self.form = pick("casts", "operator")
        self.kind = pick("conv", "conv", "depthwise", "grouped", "gemm", "matmul", "product")
        # Signed inputs have no integer convolution between casts on x86, and none with unsigned weights.
        self.x_kind = "u8" if self.form == "casts" and self.kind in ("conv", "depthwise", "grouped") else pick("u8", "u8", "s8")
        self.w_kind = "s8" if self.x_kind == "s8" else pick("s8", "s8", "u8")
        self.per_channel = self.kind != "product" and bool(pick(False, True))
        self.has_bias = self.kind not in ("matmul", "product") and bool(pick(False, True, True))

    def describe(self):
        return (f"{self.form} {self.kind} {self.x_kind}*{self.w_kind}{' per channel' if self.per_channel else ''}"
                f"{' biased' if self.has_bias else ''}")

    def zero(self, kind, is_weight=False):
        limits = np.iinfo(KINDS[kind])
        if is_weight and kind == "s8":
            return 0 if self.per_channel else int(self.random.integers(-3, 4))
        return int(self.random.integers(limits.min, limits.max + 1))

    def draw_weights(self, shape, zero):
        if self.w_kind == "s8":
            return self.random.integers(-MOST, MOST + 1, shape).astype(np.int8)
        # Without dot products of bytes, u8 by u8 does not saturate either: the runtime widens them.
        return self.random.integers(0, 256, shape).astype(np.uint8)

    def build(self):
        g, r = Graph(), self.random
        x_scale, x_zero, w_zero = np.float32(r.uniform(.001, .1)), self.zero(self.x_kind), self.zero(self.w_kind, True)
        if self.kind in ("conv", "depthwise", "grouped"):
            channels = int(r.choice([4, 8, 12, 32]))
            groups = {"conv": 1, "depthwise": channels, "grouped": 2}[self.kind]
            filters, kernel = (channels if self.kind == "depthwise" else int(r.choice([2, 6, 16, 34]))), int(r.choice([1, 3]))
            x_shape, w_shape, axis, depth = (1, channels, 7, 9), (filters, channels // groups, kernel, kernel), 0, channels // groups * kernel ** 2
            attributes = dict(group=groups, pads=[int(r.integers(0, 2)) * (kernel // 2)] * 4, strides=[int(r.integers(1, 3))] * 2)
        else:
            depth, columns = int(r.choice([5, 16, 64, 200])), int(r.choice([3, 10, 32]))
            x_shape, w_shape, axis, filters, attributes = (4, depth), (depth, columns), 1, columns, {}
            if self.kind == "gemm" and r.integers(2):
                w_shape, axis, attributes = (columns, depth), 0, dict(transB=1)
        count = filters if self.per_channel else 1
        w_scale = r.uniform(.0005, .02, count).astype(np.float32)
        zeros = np.full(count, w_zero, KINDS[self.w_kind])
        if not self.per_channel:
            w_scale, zeros = w_scale.reshape(()), zeros.reshape(())
        weights = self.draw_weights(w_shape, w_zero)
        # Results that use most of their range, so that there is something to differ.
        y_scale = np.float32(x_scale * w_scale.max() * 128 * 74 * np.sqrt(depth) / r.uniform(20, 120))
        y_kind, y_zero = self.x_kind, self.zero(self.x_kind)
        bias = r.integers(-(1 << 14), 1 << 14, filters).astype(np.int32) if self.has_bias else None
        x_kind, w_kind = KINDS[self.x_kind], KINDS[self.w_kind]
        y = (g.constant(y_scale), g.constant(y_zero, x_kind))
        if self.kind == "product":
            # Of two values: the second one is made from the first.
            turned = g.node("Transpose", "x", perm=[1, 0])
            weights_in = (turned, g.constant(w_scale), g.constant(np.asarray(self.zero(self.x_kind)), x_kind))
        else:
            weights_in = (g.constant(weights), g.constant(w_scale), g.constant(zeros))
        axes = dict(axis=axis) if self.per_channel else {}
        if self.form == "casts":
            real = g.dq("x", x_scale, x_zero, x_kind)
            inputs = [real, g.node("DequantizeLinear", *weights_in, **axes)]
            if self.has_bias:
                inputs.append(g.node("DequantizeLinear", g.constant(bias), g.constant(x_scale * w_scale),
                                     **(dict(axis=0) if self.per_channel else {})))
            op = {"gemm": "Gemm", "matmul": "MatMul", "product": "MatMul"}.get(self.kind, "Conv")
            g.node("QuantizeLinear", g.node(op, *inputs, **attributes), *y)
        else:
            x_in = operand(g, "x", x_scale, x_zero, x_kind)
            if self.kind in ("matmul", "product"):
                g.node("QLinearMatMul", *x_in, *weights_in, *y)
            elif self.kind == "gemm":
                g.node("QGemm", *x_in, *weights_in, g.constant(bias) if self.has_bias else "", *y, domain=MICROSOFT, **attributes)
            else:
                g.node("QLinearConv", *x_in, *weights_in, *y, *([g.constant(bias)] if self.has_bias else []), **attributes)
        return g.model(None, kind=x_kind, shape=x_shape, result=KINDS[y_kind])


def products(op, depth):
    """A ConvInteger or MatMulInteger of `depth` products, whose sums no f32 holds where they are many."""
    g, r = Graph(), np.random.default_rng(depth)
    shape, weights = ((1, depth, 2, 3), (5, depth, 1, 1)) if op == "ConvInteger" else ((2, depth), (depth, 5))
    g.node(op, "x", g.constant(r.integers(190, 256, weights), np.uint8), g.constant(3, np.uint8), g.constant(7, np.uint8))
    return g.model(None, kind=np.uint8, shape=shape, result=np.int32)


def compare_products(narrow, model):
    """Counts the sums that differ from ONNX Runtime's."""
    session = exact_layers.open_session(model)
    samples = [{name: np.maximum(array, 190) for name, array in sample.items()} for sample in exact_layers.draw(session, 4)]
    wanted = np.stack([session.run(None, sample)[0] for sample in samples])
    found, _ = exact_layers.run_narrow(narrow, model, samples, ["y"], ["--exact=onnxruntime"])
    return int((found["y"].reshape(wanted.shape) != wanted).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("narrow")
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--flag", action="append", help="one for narrow compile in the place of --exact=onnxruntime")
    args = parser.parse_args()
    drawn = range(args.first, args.first + args.cases) if args.only is None else [args.only]
    models = [(f"{seed}: {Layer(seed).describe()}", lambda seed=seed: Layer(seed).build()) for seed in drawn]
    if MOST < 127:
        print("weights of 7 bits, without quantized_cases.py: this CPU has no dot products of bytes, and ONNX Runtime saturates", flush=True)
    elif args.only is None:
        models += [(name, build) for name, (build, _) in quantized_cases.CASES.items()]
    total, wrong = exact_layers.Comparison(), 0
    for name, build in models:
        try:
            result = exact_layers.compare(args.narrow, build(), flags=args.flag or ["--exact=onnxruntime"])
        except RuntimeError as error:
            print(f"{name}: {error}", flush=True)
            wrong += 1
            continue
        total.add(result)
        if args.only is not None:
            print(f"{name}: {result}")
        for problem in result.problems:
            print(f"{name}: {problem}", flush=True)
        wrong += not result.is_right
    if args.only is None:
        for op, depth in (("ConvInteger", 100), ("ConvInteger", 1151), ("MatMulInteger", 1151)):
            different = compare_products(args.narrow, products(op, depth))
            wrong += different > 0
            print(f"{op} of {depth}: {different} sums differ")
    print(f"{len(models)} models: {total}")
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
