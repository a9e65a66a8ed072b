"""Prints functions of one random contraction each, for narrow-check-kernels.

usage: contractions.py SEED FORM...   a form is one of those below; all without any;
                                      layer=HxWxCINxCOUTxKxS, alone, for the
                                      function @main of one convolution (depthwise if CIN = COUT and `dw` in place
                                      of COUT; one row of a matrix product if HxW is 1x1; a code, as xi4, behind it for
                                      weights that are stored in it; of 16-bit activations if `w` follows S)
"""
import math
import random
import sys


def quant(bits, signed, scale, zero):
    low = -(1 << bits - 1) if signed else 0
    return f"!quant.uniform<{'i' if signed else 'u'}{bits}:f32, {scale!r}:{zero}>"


def nested(values, shape):
    if len(shape) == 1:
        return "[" + ", ".join(map(str, values)) + "]"
    size = len(values) // shape[0]
    return "[" + ", ".join(nested(values[i * size:(i + 1) * size], shape[1:]) for i in range(shape[0])) + "]"


def tensor(shape, element):
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


class Contraction:
    """One op; `o` overrides what a form leaves open."""

    def __init__(self, name, seed, **o):
        self.name, self.random = name, random.Random(seed)
        self.h, self.w, self.cin, self.cout, self.k, self.stride, self.pad = 6, 7, 8, 16, (3, 3), 1, 1
        self.dilation, self.groups, self.mode, self.out, self.rows = 1, 1, "q15", (8, False), 0
        self.signed, self.transposed, self.inputs, self.zeros, self.splat = False, False, 8, False, False
        self.lowest = -127
        self.gain, self.bias = 1, 20000
        self.long = 0  # A channel's bias, beyond 32 bits.
        self.weight_bits, self.weight_zero = 8, 0
        self.safe = 0  # Share of K steps whose pairs of weights fit VPMADDUBSW, most of them just so.
        self.residual, self.sum = None, (8, False)  # Types of a tensor that is added, and of the sum.
        self.lookup = None  # Of results: "table", or a channel's straight "lines", "steep" or "falling" ones too, or any "tables".
        self.block = 0  # Weights of i4 that share a multiplier.
        self.code = None  # In which weights are stored (N4), where it is not their own byte.
        self.__dict__.update(o)

    def requant(self, depth):
        r, bits = self.random, self.out[0]
        m, s, c, self.scales = [], [], [], []
        for _ in range(self.cout):
            scale = self.gain * (100 if bits == 16 else 1) * (1 if self.inputs == 8 else 1 / 256) * r.uniform(1, 3) / 100 / math.sqrt(depth)
            if self.mode == "pow2":
                scale = 2.0 ** round(math.log2(scale))
            self.scales.append(scale)
            f, e = math.frexp(scale)
            if self.mode == "q15":
                s.append(max(0, -4 - e))
                m.append(min(32767, round(scale * 2 ** (15 + s[-1]))))
                c.append(round(self.zero / scale) + (1 << s[-1] - 1 if s[-1] else 0))
            elif self.mode == "q31":
                s.append(31 - e)
                m.append(min(2 ** 31 - 1, round(f * 2 ** 31)))
            elif self.mode == "pow2":
                s.append(1 - e)
            else:
                import struct
                m.append(struct.unpack("<i", struct.pack("<f", scale))[0])
        parts = [f"{k} = {v}" for k, v in (("multiplier", m), ("shift", s), ("offset", c)) if v]
        return f"<mode = {self.mode}, {', '.join(parts)}>"

    def text(self):
        r = self.random
        low = -(1 << self.inputs - 1) if self.signed else 0
        zin = r.randint(low, low + (1 << self.inputs) - 1)
        bits, out_signed = self.out
        self.zero = 0 if bits == 16 else r.randint(-128 if out_signed else 0, 127 if out_signed else 255)
        x, y = quant(self.inputs, self.signed, 0.5, zin), quant(bits, out_signed, 0.5, self.zero)
        if self.zeros:
            x = "!quant.uniform<u8:f32:3, {" + ", ".join(f"0.5:{r.randint(0, 255)}" for _ in range(self.cin)) + "}>"
        kh, kw = self.k
        depth = self.cin // self.groups
        if self.rows:
            xs, ws, ys, op = (self.rows, self.cin), (self.cout, self.cin), (self.rows, self.cout), "fully_connected"
            kh = kw = 1
        else:
            size = lambda n, k: (n - 1) * self.stride + self.dilation * (k - 1) + 1 - 2 * self.pad if self.transposed \
                else (n + 2 * self.pad - self.dilation * (k - 1) - 1) // self.stride + 1
            xs, ws = (1, self.h, self.w, self.cin), (self.cout, kh, kw, depth)
            ys, op = (1, size(self.h, kh), size(self.w, kw), self.cout), "transposed_conv2d" if self.transposed else "conv2d"
        weights = [] if self.splat else [r.choice((self.lowest, 127, r.randint(-127, 127), r.randint(-127, 127))) for _ in range(math.prod(ws))]
        if self.code in ("lut4", "lut2"):
            table = [0] + [r.randint(-128, 127) for _ in range((1 << int(self.code[3:])) - 1)]
            weights = [r.choice(table) for _ in range(math.prod(ws))]
        elif self.code:
            half = 1 << int(self.code[1:]) - 1
            weights = [] if self.splat else [r.choice((-half, half - 1, r.randint(-half, half - 1))) for _ in range(math.prod(ws))]
        per_channel = math.prod(ws[1:])
        if self.block:
            weights = [max(-7, w) for w in weights]
            for channel in range(0, len(weights), per_channel):
                for at in range(channel, channel + per_channel, self.block):
                    multiplier, end = r.choice((1, 15, r.randint(1, 15))), min(at + self.block, channel + per_channel)
                    weights[at:end] = [w * multiplier for w in weights[at:end]]
        for step in range(0, per_channel if self.safe else 0, 4):
            if r.random() < self.safe:
                for at in range(0, len(weights), 2):
                    if step <= at % per_channel < step + 4:
                        weights[at:at + 2] = r.choice(((127, 1), (1, 127), (64, 64), (-127, -1), (-64, -64), (127, -127), (0, -127)))
        if self.weight_bits == 16:
            weights = [w * 256 + r.randint(0, 255) for w in weights]
        bias = [r.randint(-self.bias, self.bias) for _ in range(self.cout)]
        bias[0] += self.long
        attributes = "" if self.rows else (
            f" {{strides = array<i64: {self.stride}, {self.stride}>, pads = array<i64: {', '.join([str(self.pad)] * 4)}>, "
            f"dilations = array<i64: {self.dilation}, {self.dilation}>, groups = {self.groups} : i64}}")
        requant = self.requant(depth * kh * kw)
        scales = ", ".join(f"{v:.17e}" + (f":{self.weight_zero}" if self.weight_zero else "") for v in self.scales)
        stored = f"i8<{self.lowest}:127>" if self.weight_bits == 8 else "i16"
        wt = tensor(ws, f"!quant.uniform<{stored}:f32:0, {{{scales}}}>")
        bt, bi = tensor((self.cout,), "i32"), "i32"
        if self.inputs == 16:
            bt = tensor((self.cout,), "i64")
            bi = "i64"
        xt, yt = tensor(xs, x), tensor(ys, y)
        wi = f"i{self.weight_bits}"
        block = f"narrow.block = {self.block} : i64, " if self.block else ""
        stored = f" {{{block}storage = #fxp.storage<{self.code}>}}" if self.code else ""
        splat = 1 if self.code == "i2" else 7
        contraction = f"""  %w = fxp.constant dense<{nested(weights, ws)}> : {tensor(ws, wi)} -> {wt}{stored}
  %b = fxp.constant dense<{bias}> : {tensor((self.cout,), bi)} -> {bt}
  %y = fxp.{op} %x, %w, %b {requant}{attributes} : ({xt}, {wt}, {bt}) -> {yt}"""
        if self.lookup:
            return self.looked_up(xt, yt, contraction)
        if self.residual:
            return self.added(ys, yt, xt, contraction)
        return f"""func.func @{self.name}(%x: {xt}) -> {yt} {{
  %w = fxp.constant dense<{splat if self.splat else nested(weights, ws)}> : {tensor(ws, wi)} -> {wt}{stored}
  %b = fxp.constant dense<{bias}> : {tensor((self.cout,), bi)} -> {bt}
  %y = fxp.{op} %x, %w, %b {requant}{attributes} : ({xt}, {wt}, {bt}) -> {yt}
  return %y : {yt}
}}"""

    def looked_up(self, xt, yt, contraction):
        """The contraction and a lookup (N42) of its results, and something that reads that."""
        r = self.random
        low = -128 if self.out[1] else 0
        stored = lambda v: (v + 128) % 256 - 128

        def line():
            if self.lookup == "tables":
                return [r.randint(-128, 127) for _ in range(256)]
            if self.lookup == "falling":
                high = 1 << 14
            else:
                high = 1 << (18 if self.lookup == "steep" else 15)
            m, c = [r.randint(0 if self.lookup == "lines" else -high, high) for _ in "lh"], r.randint(0, 65535)
            return [stored(min(low + 255, max(low, self.zero + ((q - self.zero) * m[q >= self.zero] + c >> 16)))) for q in range(low, low + 256)]
        table, shape = [r.randint(-128, 127) for _ in range(256)], (256,)
        if self.lookup != "table":
            table, shape = sum((line() for _ in range(self.cout)), []), (self.cout, 256)
        return f"""func.func @{self.name}(%x: {xt}) -> {yt} {{
{contraction}
  %l = fxp.lookup %y dense<{nested(table, shape)}> : {tensor(shape, "i8")} : {yt} -> {yt}
  %m = fxp.max %l, %l {{lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}} : ({yt}, {yt}) -> {yt}
  return %m : {yt}
}}"""

    def added(self, shape, own, xt, contraction):
        """The contraction and the addition (N40) of an argument to it, on either side."""
        r = self.random
        types = []
        for bits, signed in (self.residual, self.sum):
            low = -(1 << bits - 1) if signed else 0
            scale = r.uniform(0.3, 1.5) / (1 << bits - 8)
            types.append((bits, low, scale, r.randint(low, low + (1 << bits) - 1) if bits == 8 else 0, signed))
        (rbits, rlow, rscale, rzero, rsigned), (sbits, slow, sscale, szero, ssigned) = types
        residual = tensor(shape, quant(rbits, rsigned, rscale, rzero))
        total = tensor(shape, quant(sbits, ssigned, sscale, szero))
        low = -(1 << self.out[0] - 1) if self.out[1] else 0
        reach = lambda low, bits, zero: max(zero - low, low + (1 << bits) - 1 - zero)
        ratios = (0.5 / sscale, rscale / sscale)
        fits = lambda s: all(round(m * 2 ** s) <= 32767 for m in ratios) and (1 << s >> 1) + sum(
            round(m * 2 ** s) * v for m, v in zip(ratios, (reach(low, self.out[0], self.zero), reach(rlow, rbits, rzero)))) < 2 ** 31
        shift = max(s for s in range(31) if fits(s))
        sides = [("%y", own, ratios[0]), ("%r", residual, ratios[1])]
        if r.random() < 0.5:
            sides.reverse()
        (lhs, lt, ml), (rhs, rt, mr) = sides
        bounds = f", min = {szero} : i32" if r.random() < 0.5 else ""
        return f"""func.func @{self.name}(%x: {xt}, %r: {residual}) -> {total} {{
{contraction}
  %s = fxp.add {lhs}, {rhs} {{lhs_multiplier = {round(ml * 2 ** shift)} : i32, rhs_multiplier = {round(mr * 2 ** shift)} : i32, shift = {shift} : i32{bounds}}}
    : ({lt}, {rt}) -> {total}
  return %s : {total}
}}"""


FORMS = {
    "pointwise": dict(k=(1, 1), pad=0, cin=24, cout=64),
    "three": dict(cin=16, cout=40),
    "first": dict(cin=3, cout=8, h=9, w=9, stride=2),
    "one_channel": dict(cin=1, cout=12, k=(5, 5), pad=2),
    "odd": dict(cin=7, cout=23, stride=2),
    "dilated": dict(cin=6, cout=20, dilation=2, pad=2, h=9),
    "grouped": dict(cin=12, cout=20, groups=4),
    "signed": dict(signed=True, out=(8, True), cout=32),
    "q31": dict(mode="q31", cout=21),
    "pow2": dict(mode="pow2", out=(8, True)),
    "f32": dict(mode="f32", cout=17),
    "wide": dict(mode="q31", out=(16, True)),
    "wide_gain": dict(mode="q31", out=(16, True), gain=8),
    "wide_full": dict(mode="q31", out=(16, True), gain=8, bias=1 << 30),
    "residual": dict(cin=16, cout=72, residual=(8, False)),
    "residual_wide": dict(mode="q31", out=(16, True), cin=16, cout=83, residual=(8, False)),
    "residual_both_wide": dict(mode="q31", out=(16, True), cin=5, cout=40, residual=(16, True), sum=(16, True)),
    "residual_signed": dict(out=(8, True), cout=16, residual=(8, True), sum=(8, True)),
    "residual_grouped": dict(cin=12, cout=36, groups=2, residual=(16, True), sum=(8, True)),
    "residual_rows": dict(rows=5, cin=33, cout=100, residual=(8, False)),
    "residual_row": dict(rows=1, cin=40, cout=130, residual=(16, True)),
    "lookup": dict(cin=16, cout=72, lookup="table"),
    "lookup_narrow": dict(cin=8, cout=16, h=5, w=37, lookup="table", out=(8, True)),
    "lookup_few": dict(cin=9, cout=5, lookup="table"),
    "lookup_lines": dict(cin=16, cout=83, lookup="lines"),
    "lookup_steep": dict(cin=5, cout=40, lookup="steep", out=(8, True)),
    "lookup_falling": dict(cin=8, cout=70, lookup="falling"),
    "lookup_grouped": dict(cin=12, cout=36, groups=2, lookup="lines"),
    "lookup_overlapped": dict(k=(1, 1), pad=0, cin=64, cout=130, h=7, w=14, lookup="lines"),
    "lookup_tables": dict(cin=16, cout=20, lookup="tables"),
    "lookup_rows": dict(rows=5, cin=33, cout=100, lookup="table"),
    "lookup_row": dict(rows=1, cin=40, cout=150, lookup="lines"),
    "lookup_matrix": dict(k=(1, 1), pad=0, cin=64, cout=48, h=9, w=13, lookup="table"),
    "lookup_matrix_lines": dict(k=(1, 1), pad=0, cin=64, cout=40, h=8, w=16, lookup="lines"),
    "lookup_depthwise": dict(cin=72, cout=72, groups=72, h=5, lookup="table"),
    "lookup_depthwise_lines": dict(cin=72, cout=72, groups=72, h=5, w=9, lookup="lines"),
    "lookup_depthwise_flat": dict(cin=24, cout=24, groups=24, h=6, w=11, lookup="steep", out=(8, True)),
    "lookup_depthwise_strided": dict(cin=20, cout=20, groups=20, stride=2, lookup="lines"),
    "fully": dict(rows=3, cin=37, cout=90),
    "one_row": dict(rows=1, cin=64, cout=150),
    "logits": dict(rows=1, cin=64, cout=10, mode="q31", out=(16, True)),
    "depthwise": dict(cin=72, cout=72, groups=72, h=5),
    "depthwise_strided": dict(cin=20, cout=20, groups=20, stride=2),
    "depthwise_five": dict(cin=24, cout=24, groups=24, k=(5, 5), pad=2),
    "depthwise_five_blocks": dict(cin=80, cout=80, groups=80, k=(5, 5), pad=2, h=7, w=9),
    "depthwise_blocks_strided": dict(cin=72, cout=72, groups=72, stride=2, h=11, w=13),
    "depthwise_any": dict(cin=16, cout=16, groups=16, k=(2, 3), pad=0),
    "lowest": dict(cin=12, cout=20, lowest=-128),
    "depthwise_lowest": dict(cin=20, cout=20, groups=20, lowest=-128),
    "transposed": dict(transposed=True, stride=2, cin=8, cout=12),
    "transposed_wide": dict(transposed=True, stride=3, cin=4, cout=6, k=(2, 4), pad=0),
    "transposed_dilated": dict(transposed=True, cin=1, cout=9, k=(5, 5), dilation=2, pad=3, h=11, w=14),
    "zero_points": dict(zeros=True, cin=6, cout=10, groups=2),
    "depthwise_zero_points": dict(zeros=True, cin=20, cout=20, groups=20),
    "matrix_pointwise": dict(k=(1, 1), pad=0, cin=64, cout=72, h=5, w=20),
    "matrix_three": dict(cin=32, cout=40, h=7, w=14),
    "matrix_strided": dict(cin=16, cout=20, h=5, w=37, stride=2),
    "matrix_wide": dict(cin=64, cout=32, h=2, w=45, k=(1, 3)),
    "matrix_dilated": dict(cin=64, cout=96, h=9, w=17, dilation=2, pad=2),
    "matrix_grouped": dict(cin=64, cout=40, h=3, w=16, groups=2),
    "matrix_rows": dict(rows=40, cin=128, cout=90, mode="q31", out=(16, True)),
    "matrix_deep": dict(k=(1, 1), pad=0, cin=192, cout=16, h=3, w=9, mode="f32"),
    "matrix_transposed": dict(transposed=True, stride=3, cin=64, cout=20, k=(2, 2), pad=0, h=3, w=17),
    "matrix_not_signed": dict(k=(1, 1), pad=0, cin=64, cout=32, h=5, w=20, signed=True),
    "matrix_not_shallow": dict(k=(1, 1), pad=0, cin=12, cout=32, h=5, w=20),
    "matrix_not_narrow": dict(cin=64, cout=32, h=3, w=5),
    "overlap_pointwise": dict(k=(1, 1), pad=0, cin=64, cout=72, h=5, w=13),
    "overlap_columns": dict(k=(1, 1), pad=0, cin=52, cout=168, h=11, w=17, mode="q31", out=(16, True)),
    "overlap_few": dict(k=(1, 1), pad=0, cin=33, cout=5, h=9, w=31),
    "overlap_strided": dict(k=(1, 1), pad=0, cin=128, cout=96, h=4, w=61, stride=2),
    "overlap_residual": dict(k=(1, 1), pad=0, cin=64, cout=130, h=7, w=14, mode="q31", out=(16, True), residual=(8, False)),
    "overlap_residual_wide": dict(k=(1, 1), pad=0, cin=100, cout=64, h=3, w=40, residual=(16, True), sum=(16, True)),
    "overlap_rows": dict(rows=29, cin=256, cout=80, residual=(8, False)),
    "overlap_runs": dict(cin=16, cout=16, h=5, w=32, mode="q31", out=(16, True), residual=(8, False)),
    "overlap_runs_dilated": dict(k=(2, 3), dilation=2, cin=32, cout=24, h=7, w=44, residual=(8, True)),
    "overlap_long_runs": dict(cin=32, cout=16, h=5, w=32, mode="q31", out=(16, True), residual=(8, False)),
    "overlap_grouped": dict(k=(1, 1), pad=0, cin=128, cout=64, h=6, w=20, groups=2),
    "pairs_mixed": dict(cin=16, cout=40, safe=0.6, h=9, w=11),
    "pairs_pointwise": dict(k=(1, 1), pad=0, cin=128, cout=72, safe=0.5),
    "pairs_signed": dict(cin=16, cout=24, safe=0.7, signed=True),
    "pairs_grouped": dict(cin=32, cout=40, groups=2, safe=0.7),
    "pairs_safe": dict(cin=8, cout=20, safe=1),
    "pairs_unsafe": dict(cin=16, cout=40, safe=0.1),
    # Weights in 4 and 2 bits: whole bytes of steps and others, one run and several, rows, groups, epilogues.
    "four_odd": dict(cin=7, cout=23, stride=2, code="i4"),
    "four_gain": dict(cin=12, cout=20, bias=1 << 30, mode="q31", code="i4"),
    "four_rows": dict(rows=5, cin=33, cout=100, code="i4"),
    "four_row": dict(rows=1, cin=64, cout=150, code="i4"),
    "four_matrix_deep": dict(k=(1, 1), pad=0, cin=192, cout=48, h=3, w=40, code="i4"),
    "four_overlap_odd": dict(k=(1, 1), pad=0, cin=52, cout=168, h=11, w=17, mode="q31", out=(16, True), code="i4"),
    "four_overlap_runs": dict(cin=16, cout=16, h=5, w=32, residual=(8, False), code="i4"),
    "four_depthwise": dict(cin=72, cout=72, groups=72, h=5, code="i4"),
    # In blocks: of one run and a rest, inside runs, across them, of whole turns; with 16-bit activations, unpacked.
    "blocks_row": dict(rows=1, cin=332, cout=150, code="i4", block=64),
    "blocks_rows": dict(rows=5, cin=200, cout=100, code="i4", block=128),
    "blocks_pointwise": dict(k=(1, 1), pad=0, cin=192, cout=72, h=5, w=13, code="i4", block=32),
    "blocks_across": dict(cin=16, cout=40, h=9, w=17, code="i4", block=32),
    "blocks_runs": dict(cin=64, cout=24, h=5, w=32, residual=(8, False), code="i4", block=64),
    "blocks_grouped": dict(cin=96, cout=40, groups=2, k=(1, 3), pad=1, h=3, code="i4", block=32),
    "blocks_gain": dict(cin=48, cout=20, bias=1 << 30, mode="q31", code="i4", block=32),
    "blocks_lookup": dict(k=(1, 1), pad=0, cin=96, cout=48, h=9, w=13, lookup="table", code="i4", block=32),
    "blocks_short": dict(cin=7, cout=23, stride=2, code="i4", block=32),
    "blocks_words": dict(inputs=16, signed=True, mode="q31", out=(16, True), k=(1, 1), pad=0, cin=64, cout=72, code="i4", block=32),
    "blocks_transposed": dict(transposed=True, stride=2, cin=32, cout=12, code="i4", block=32),
    "blocks_matrix": dict(k=(1, 1), pad=0, cin=128, cout=72, h=5, w=20, code="i4", block=128),
    # Weights that leave 8 bits, less their zero points: in two parts, and in three.
    "split": dict(cin=9, cout=40, weight_zero=30),
    "split_three": dict(cin=16, cout=20, lowest=-128, weight_zero=-128, signed=True),
    "split_grouped": dict(cin=12, cout=36, groups=2, weight_zero=-20, mode="q31", out=(16, True)),
    "split_row": dict(rows=1, cin=68, cout=130, weight_zero=60),
    "split_rows": dict(rows=5, cin=33, cout=20, weight_zero=100, residual=(8, False)),
    "split_overlap": dict(k=(1, 1), pad=0, cin=52, cout=70, h=7, w=14, weight_zero=-60, lookup="lines"),
    "split_matrix": dict(cin=64, cout=40, h=3, w=14, weight_zero=50),
    "split_transposed": dict(transposed=True, stride=2, cin=8, cout=12, weight_zero=-100),
    "split_depthwise": dict(cin=72, cout=72, groups=72, h=5, weight_zero=40),
    "split_depthwise_three": dict(cin=20, cout=20, groups=20, lowest=-128, weight_zero=-128),
    "split_depthwise_strided": dict(cin=20, cout=20, groups=20, stride=2, weight_zero=90, lookup="lines"),
    "split_depthwise_five": dict(cin=24, cout=24, groups=24, k=(5, 5), pad=2, weight_zero=-40),
    "split_depthwise_any": dict(cin=16, cout=16, groups=16, k=(2, 3), pad=0, weight_zero=-90),
    "split_not": dict(cin=9, cout=20, weight_zero=1),
    "two_odd": dict(cin=7, cout=23, stride=2, code="i2"),
    "two_row": dict(rows=1, cin=84, cout=150, code="i2"),
    "two_gain": dict(cin=12, cout=20, bias=1 << 28, mode="q31", code="i2"),
    "two_overlap": dict(k=(1, 1), pad=0, cin=56, cout=72, h=5, w=13, residual=(8, False), code="i2"),
    "table_odd": dict(cin=7, cout=23, stride=2, lowest=-128, code="lut4"),
    "table_few": dict(cin=20, cout=40, lowest=-128, code="lut2"),
    "sixteen": dict(inputs=16, signed=True, mode="q31", cout=20),
    "words_pointwise": dict(inputs=16, signed=True, mode="q31", out=(16, True), k=(1, 1), pad=0, cin=64, cout=72, h=5, w=13),
    "words_three": dict(inputs=16, signed=True, mode="q31", out=(16, True), cin=24, cout=83, h=9, w=17),
    "words_unsigned": dict(inputs=16, mode="q31", cin=7, cout=23, stride=2),
    "words_one_channel": dict(inputs=16, signed=True, mode="pow2", cin=1, cout=12, k=(5, 5), pad=2),
    "words_dilated": dict(inputs=16, signed=True, cin=6, cout=20, dilation=2, pad=2, h=9),
    "words_grouped": dict(inputs=16, signed=True, mode="f32", cin=12, cout=20, groups=4),
    "words_rows": dict(inputs=16, signed=True, mode="q31", out=(16, True), rows=7, cin=37, cout=90),
    "words_row": dict(inputs=16, signed=True, mode="q31", out=(16, True), rows=1, cin=70, cout=150),
    "words_long_bias": dict(inputs=16, signed=True, mode="q31", out=(16, True), k=(1, 1), pad=0, cin=32, cout=40, long=1 << 40),
    "words_long_turns": dict(inputs=16, signed=True, mode="q31", out=(16, True), cin=160, cout=24, h=3, w=5),
    "words_long_run": dict(inputs=16, signed=True, mode="q31", rows=3, cin=2048, cout=33, out=(8, True)),
    "words_long_row": dict(inputs=16, mode="pow2", rows=1, cin=1024, cout=40),
    "words_wide_weights": dict(inputs=16, signed=True, mode="q31", out=(16, True), cin=3, cout=20, h=3, w=5, weight_bits=16),
    "words_depthwise": dict(inputs=16, signed=True, mode="q31", out=(16, True), cin=72, cout=72, groups=72, h=5),
    "words_depthwise_few": dict(inputs=16, mode="q31", cin=5, cout=5, groups=5, stride=2),
    "words_depthwise_five": dict(inputs=16, signed=True, mode="q15", cin=24, cout=24, groups=24, k=(5, 5), pad=2, dilation=1, h=9),
    "words_depthwise_any": dict(inputs=16, signed=True, mode="pow2", out=(8, True), cin=16, cout=16, groups=16, k=(2, 3), pad=0, dilation=2),
    "words_transposed": dict(inputs=16, signed=True, mode="q31", transposed=True, stride=2, cin=8, cout=12),
}


def layer(text):
    """Returns the form of a layer of a network; many weights are all the same, which changes no code."""
    words = text.endswith("w")
    h, w, cin, cout, k, stride, *code = text.removesuffix("w").split("x")
    form = dict(h=int(h), w=int(w), cin=int(cin), cout=int(cin if cout == "dw" else cout), k=(int(k), int(k)), pad=int(k) // 2,
                stride=int(stride), groups=int(cin) if cout == "dw" else 1, rows=int(h == w == "1"),
                code=code[0] if code else None)
    if words:
        form.update(inputs=16, signed=True, mode="q31", out=(16, True))
    # LLVM would fold few weights into the code.
    form["splat"] = form["cin"] * form["cout"] // form["groups"] * int(k) ** 2 > 10000
    return form


if __name__ == "__main__":
    seed, names = int(sys.argv[1]), sys.argv[2:] or FORMS
    if isinstance(names, list) and names[0].startswith("layer="):
        names, forms = ["main"], {"main": layer(names[0].partition("=")[2])}
    else:
        forms = FORMS
    for i, name in enumerate(names):
        print(Contraction(name, seed * 100 + i, **forms[name]).text())
