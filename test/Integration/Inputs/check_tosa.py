"""Compares compiled integer TOSA with the TOSA reference model, element by element.

    check_tosa.py networks NARROW DIR MODEL.onnx... [--inputs=N]
        makes int8 TFLite files of float networks, takes them to TOSA by the public converter, compiles them
    check_tosa.py operators NARROW DIR [--cases=N] [--seed=S] [--first=N]
        draws operators: shapes, multipliers, shifts, zero points, roundings

Needs the packages of test/requirements-tosa.txt. Exits with 1 where any element differs.
"""
import os
import re
import subprocess
import sys

import numpy as np
import tosa_reference_model as reference

BIN = os.path.dirname(sys.executable)
HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {"i8": np.int8, "i16": np.int16, "i32": np.int32}


def option(name, default):
    found = [a.split("=", 1)[1] for a in sys.argv if a.startswith(f"--{name}=")]
    return int(found[-1]) if found else default


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def expected(path, samples):
    """The reference model's results: a list of outputs for each sample, or nothing where the model says that a case is
    outside of what TOSA defines."""
    binary = path.replace(".mlir", ".tosa")
    run(f"{BIN}/tosa-opt", path, "--tosa-serialize", f"--tosa-flatbuffer-filename={binary}", "-o", os.devnull)
    with open(binary, "rb") as file:
        data = file.read()
    results = []
    for sample in samples:
        try:
            outputs, status = reference.run(data, sample)
        except ValueError:
            return None
        if status != reference.GraphStatus.TOSA_VALID:
            return None
        results.append(outputs)
    return results


def compiled(narrow, path, samples, verify):
    """Results of the artefact for this machine; with `verify` all levels are compared with the interpreter, too."""
    base = path.replace(".mlir", "")
    arrays = {f"input{i}": np.stack([s[i] for s in samples]) for i in range(len(samples[0]))}
    np.savez(base + ".in.npz", **arrays)
    run(narrow, "compile", path, "--exact=tosa", "--target", "native", "-o", base + ".so", "--name", "m")
    run(narrow, "run", base + ".so", "--input", base + ".in.npz", "--output", base + ".out.npz")
    if verify:
        said = run(narrow, "verify", path, "--eval", base + ".in.npz", "--isa", "all")
        levels = re.findall(r"^ *(\S+) +(\d+)\b", said.split("against the interpreter\n")[1], re.M)
        if not levels or any(count != "0" for _, count in levels):
            sys.exit(f"levels and interpreter differ on {path}:\n{said}")
    found = np.load(base + ".out.npz")
    return [found[f"output{i}"] for i in range(len(found.files))]


def count_differences(want, found):
    differing = 0
    for index, values in enumerate(found):
        wanted = np.stack([sample[index] for sample in want])
        if wanted.size != values.size:
            sys.exit(f"expected {wanted.shape}, found {values.shape}")
        differing += int(np.count_nonzero(wanted.reshape(-1) != values.reshape(-1)))
    return differing


# ----------------------------------------------------------------------------------------------------------------------


def networks(narrow, directory, models, count):
    bad = 0
    for model in models:
        name = os.path.basename(model).split(".")[0]
        path = os.path.join(directory, name + ".mlir")
        run(sys.executable, f"{HERE}/onnx_to_tflite.py", model, path.replace(".mlir", ".tflite"), "4")
        run(f"{BIN}/tosa-converter-for-tflite", path.replace(".mlir", ".tflite"), "--text", "-o", path)
        with open(path) as file:
            shape = [int(n) for n in re.search(r"%arg0: tensor<([0-9x]+)xi8>", file.read())[1].split("x")]
        draw = np.random.default_rng(7)
        samples = []
        for i in range(count):
            # Noise over all values, and weaker noise around some level.
            if i % 2:
                values = draw.normal(draw.uniform(-60, 60), draw.uniform(1, 60), shape)
            else:
                values = draw.integers(-128, 128, shape)
            samples.append([np.clip(values, -128, 127).astype(np.int8)])
        want = expected(path, samples)
        differing = count_differences(want, compiled(narrow, path, samples, verify=False))
        outputs = len(np.unique(np.stack([w[0].reshape(-1) for w in want]), axis=0))
        print(f"{name}: {differing} of {sum(w[0].size for w in want)} elements differ, {outputs} different results")
        bad += differing
    return bad


# ----------------------------------------------------------------------------------------------------------------------


class Case:
    """One module: text of its operations, and of its constants."""

    def __init__(self, draw):
        self.draw, self.lines, self.types, self.arguments = draw, [], {}, []

    def between(self, low, high):
        return int(self.draw.integers(low, high + 1))

    def chance(self, percent):
        return self.draw.integers(0, 100) < percent

    def pick(self, *items):
        return items[self.between(0, len(items) - 1)]

    def value(self, text, kind):
        name = f"%v{len(self.types)}"
        self.types[name] = kind
        self.lines.append(f"  {name} = {text}")
        return name

    def argument(self, shape, element="i8"):
        name = f"%arg{len(self.arguments)}"
        self.types[name] = (list(shape), element)
        self.arguments.append(name)
        return name

    @staticmethod
    def type_text(kind):
        shape, element = kind
        return f"!tosa.shape<{shape[0]}>" if element == "shape" else f"tensor<{'x'.join([*map(str, shape), element])}>"

    def constant(self, values, element):
        values = np.asarray(values)
        kind = (list(values.shape), element)
        text = self.type_text(kind)
        if element == "shape":
            data = f"dense<{values.tolist()}> : tensor<{values.size}xindex>"
            return self.value(f"tosa.const_shape {{values = {data}}} : () -> {text}", kind)
        return self.value(f'"tosa.const"() {{values = dense<{values.tolist()}> : {text}}} : () -> {text}', kind)

    def op(self, name, operands, attributes, kind):
        kinds = ", ".join(self.type_text(self.types[o]) for o in operands)
        body = f" {{{attributes}}}" if attributes else ""
        return self.value(f"tosa.{name} {', '.join(operands)}{body} : ({kinds}) -> {self.type_text(kind)}", kind)

    def text(self, result):
        arguments = ", ".join(f"{a}: {self.type_text(self.types[a])}" for a in self.arguments)
        kind = self.type_text(self.types[result])
        lines = "\n".join(self.lines)
        return f"func.func @main({arguments}) -> {kind} {{\n{lines}\n  return {result} : {kind}\n}}\n"

    # Pieces.

    def zero(self, element, low=-128, high=127):
        return self.pick(low, high, 0, self.between(low, high)) if element == "i8" else 0

    def rescale(self, value, to, ratio=None, channels=False, unsigned_in=False, unsigned_out=False, zero_in=None):
        """A rescale by about `ratio`: of 32 or 16 bits, rounded once or twice."""
        shape, element = self.types[value]
        wide = element != "i48" and not self.chance(15)
        count = shape[-1] if channels else 1
        double = wide and self.chance(60)
        multipliers, shifts = [], []
        for _ in range(count):
            own = (ratio or 2.0**self.draw.uniform(-9, 1)) * 2.0**self.draw.uniform(-1, 1)
            bits = 31 if wide else 15
            exponent = int(np.floor(np.log2(own))) + 1
            shift = min(62, max(2, bits - exponent))
            multipliers.append(min(2**bits - 1, int(own * 2.0**shift)))
            shifts.append(shift)
            if self.chance(4):
                multipliers[-1] = 0
        if zero_in is None:
            zero_in = self.zero(element, 0 if unsigned_in else -128, 255 if unsigned_in else 127)
        zero_out = self.zero(to, 0 if unsigned_out else -128, 255 if unsigned_out else 127)
        wrap = lambda zero: zero - 256 if zero > 127 else zero
        operands = [
            value, self.constant(multipliers, "i32" if wide else "i16"), self.constant(shifts, "i8"),
            self.constant([wrap(zero_in)], element), self.constant([wrap(zero_out)], to)]
        flag = lambda on: "true" if on else "false"
        mode = "DOUBLE_ROUND" if double else "SINGLE_ROUND"
        return self.op("rescale", operands,
                       f"scale32 = {flag(wide)}, rounding_mode = {mode}, per_channel = {flag(channels)}, "
                       f"input_unsigned = {flag(unsigned_in)}, output_unsigned = {flag(unsigned_out)}", (shape, to))

    def finish(self, value, depth):
        """An accumulator of `depth` products brought to i8 or i16, clamped or not."""
        wide = self.types[value][1] == "i48"
        ratio = 2.0**-(7.5 if not wide else 8) / np.sqrt(depth)
        value = self.rescale(value, self.pick("i8", "i8", "i16") if not wide else "i16", ratio, self.chance(60),
                             zero_in=0)
        return self.clamp(value) if self.chance(40) else value

    def clamp(self, value):
        shape, element = self.types[value]
        most = np.iinfo(TYPES[element])
        low = self.between(most.min, most.max)
        high = self.between(low, most.max)
        return self.op("clamp", [value], f"min_val = {low} : {element}, max_val = {high} : {element}", (shape, element))

    # Operators.

    def image(self, channels=None, element="i8"):
        return self.argument([self.between(1, 2), self.between(3, 9), self.between(3, 9), channels or self.between(1, 20)],
                             element)

    def size(self, length, kernel, stride, low, high, dilation=1):
        """Ends of padding for which TOSA's sizes are whole."""
        rest = (length + low + high - (kernel - 1) * dilation - 1) % stride
        return (low, high - rest) if high >= rest else (low, high + (stride - rest) % stride)

    def convolution(self, kind):
        element = "i16" if self.chance(20) else "i8"
        x = self.image(element=element)
        shape = self.types[x][0]
        n, c = shape[0], shape[3]
        kernel = [self.between(1, 3), self.between(1, 3)]
        stride = [self.between(1, 2), self.between(1, 2)]
        dilation = [self.pick(1, 1, 1, 2) if k == 1 else 1 for k in kernel]
        pads, sizes = [], []
        for axis in range(2):
            low, high = self.size(shape[1 + axis], kernel[axis], stride[axis], self.between(0, kernel[axis] - 1),
                                  self.between(0, kernel[axis] - 1))
            pads += [low, high]
            sizes.append((shape[1 + axis] + low + high - kernel[axis]) // stride[axis] + 1)
        narrow = element == "i8" and self.chance(15)
        weight_zero = 0 if narrow or element == "i16" else self.zero("i8") if self.chance(25) else 0
        draw_weights = lambda s: self.draw.integers(-7, 8, s) if narrow else self.draw.integers(-128, 128, s)
        weight_type, acc = "i4" if narrow else "i8", "i48" if element == "i16" else "i32"
        if kind == "depthwise_conv2d":
            m = self.between(1, 2)
            weights, outputs, depth = draw_weights([*kernel, c, m]), c * m, kernel[0] * kernel[1]
        else:
            outputs = self.between(1, 20)
            weights, depth = draw_weights([outputs, *kernel, c]), kernel[0] * kernel[1] * c
        bias = self.draw.integers(-20000, 20000, 1 if self.chance(20) else outputs)
        operands = [x, self.constant(weights, weight_type), self.constant(bias, acc),
                    self.constant([self.zero(element)], element), self.constant([weight_zero], weight_type)]
        join = lambda values: ", ".join(map(str, values))
        if kind == "transpose_conv2d":
            crop = [-self.between(0, k - 1) for k in kernel for _ in range(2)]
            sizes = [(shape[1 + a] - 1) * stride[a] + crop[2 * a] + crop[2 * a + 1] + kernel[a] for a in range(2)]
            attributes = f"acc_type = {acc}, out_pad = array<i64: {join(crop)}>, stride = array<i64: {join(stride)}>"
        else:
            attributes = (f"acc_type = {acc}, pad = array<i64: {join(pads)}>, stride = array<i64: {join(stride)}>, "
                          f"dilation = array<i64: {join([1, 1])}>")
        y = self.op(kind, operands, attributes, ([n, *sizes, outputs], acc))
        return self.finish(y, depth)

    def matmul(self):
        n, h, c, w = self.between(1, 3), self.between(1, 9), self.between(1, 40), self.between(1, 20)
        a = self.argument([n, h, c])
        b = self.constant(self.draw.integers(-128, 128, [n, c, w]), "i8") if self.chance(40) else self.argument([n, c, w])
        zeros = [self.constant([self.zero("i8")], "i8") for _ in range(2)]
        return self.finish(self.op("matmul", [a, b, *zeros], "", ([n, h, w], "i32")), c)

    def pool(self, kind):
        x = self.image(element=self.pick("i8", "i8", "i16"))
        shape, element = self.types[x]
        kernel, stride = [self.between(1, 3), self.between(1, 3)], [self.between(1, 2), self.between(1, 2)]
        pads, sizes = [], []
        for axis in range(2):
            most = kernel[axis] - 1
            low, high = self.size(shape[1 + axis], kernel[axis], stride[axis], self.between(0, most),
                                  self.between(0, most))
            if high > most:
                high = most
            pads += [low, high]
            if (shape[1 + axis] + low + high - kernel[axis]) % stride[axis]:
                stride[axis] = 1
            sizes.append((shape[1 + axis] + low + high - kernel[axis]) // stride[axis] + 1)
        join = lambda values: ", ".join(map(str, values))
        attributes = f"kernel = array<i64: {join(kernel)}>, stride = array<i64: {join(stride)}>, pad = array<i64: {join(pads)}>"
        kind_of = ([shape[0], *sizes, shape[3]], element)
        if kind == "max_pool2d":
            return self.op(kind, [x], attributes, kind_of)
        zeros = [self.constant([self.zero(element)], element) for _ in range(2)]
        return self.op(kind, [x, *zeros], f"acc_type = i32, {attributes}", kind_of)

    def combination(self):
        kind = self.pick("add", "add", "sub", "mul", "maximum", "minimum")
        shape = [self.between(1, 3), self.between(1, 9), self.between(1, 20)]
        sides = []
        for side in range(2):
            own = [1 if side and self.chance(20) else n for n in shape]
            x = self.argument(own)
            if kind == "mul":
                sides.append(self.rescale(x, "i32", 1.0))
                continue
            gain = 2.0**self.between(0, 14)
            x = self.rescale(x, "i32", gain)
            if self.chance(50):
                x = self.rescale(x, "i32", self.draw.uniform(0.3, 2))
            sides.append(x)
        operands = sides + ([self.constant([0], "i8")] if kind == "mul" else [])
        y = self.op(kind, operands, "", (shape, "i32"))
        return self.rescale(y, self.pick("i8", "i8", "i16"), 2.0**self.draw.uniform(-16, -4), self.chance(20))

    def change(self):
        x = self.argument([self.between(1, 9), self.between(1, 40)], self.pick("i8", "i8", "i16"))
        element = self.types[x][1]
        unsigned = element == "i8" and self.chance(30)
        to = self.pick("i8", "i16") if not unsigned else "i8"
        out = to == "i8" and element == "i8" and not unsigned and self.chance(30)
        ratio = 2.0**self.draw.uniform(-3, 3) * (256 if to == "i16" and element == "i8" else
                                                 1 / 256 if to == "i8" and element == "i16" else 1)
        return self.rescale(x, to, ratio, self.chance(40), unsigned, out)

    def table(self):
        if self.chance(50):
            x = self.argument([self.between(1, 200)])
            y = self.op("table", [x, self.constant(self.draw.integers(-128, 128, 256), "i8")], "",
                        (self.types[x][0], "i8"))
            return self.clamp(y) if self.chance(30) else y
        x = self.argument([self.between(1, 200)], "i16")
        entries = np.cumsum(self.draw.integers(-120, 121, 513)).clip(-32768, 32767)
        y = self.op("table", [x, self.constant(entries, "i16")], "", (self.types[x][0], "i32"))
        if self.chance(30):
            return y
        if self.chance(50):
            zeros = [self.constant([0], "i32"), self.constant([0], "i16")]
            return self.op("rescale", [y, self.constant([1 << 14], "i32"), self.constant([21], "i8"), *zeros],
                           "scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, "
                           "output_unsigned = false", (self.types[y][0], "i16"))
        return self.rescale(y, self.pick("i8", "i16"), 2.0**self.draw.uniform(-16, -7))

    def movement(self):
        element = self.pick("i8", "i8", "i16")
        x = self.image(element=element)
        shape = self.types[x][0]
        kind = self.pick("pad", "reshape", "transpose", "concat", "slice", "reverse", "clamp", "reduce_max")
        if kind == "pad":
            amounts = [self.between(0, 2) for _ in range(8)]
            border = self.constant([self.between(-128, 127)], element)
            return self.op("pad", [x, self.constant(amounts, "shape"), border], "",
                           ([n + amounts[2 * i] + amounts[2 * i + 1] for i, n in enumerate(shape)], element))
        if kind == "reshape":
            to = [shape[0] * shape[1], shape[2] * shape[3]]
            return self.op("reshape", [x, self.constant(to, "shape")], "", (to, element))
        if kind == "transpose":
            perms = [int(i) for i in self.draw.permutation(4)]
            return self.op("transpose", [x], f"perms = array<i32: {', '.join(map(str, perms))}>",
                           ([shape[i] for i in perms], element))
        if kind == "concat":
            axis = self.between(0, 3)
            other = list(shape)
            other[axis] = self.between(1, 5)
            y = self.argument(other, element)
            joined = list(shape)
            joined[axis] += other[axis]
            return self.op("concat", [x, y], f"axis = {axis} : i32", (joined, element))
        if kind == "slice":
            starts = [self.between(0, n - 1) for n in shape]
            sizes = [self.between(1, n - s) for n, s in zip(shape, starts)]
            return self.op("slice", [x, self.constant(starts, "shape"), self.constant(sizes, "shape")], "",
                           (sizes, element))
        if kind == "clamp":
            return self.clamp(x)
        axis = self.between(0, 3)
        result = list(shape)
        if kind == "reduce_max":
            result[axis] = 1
        return self.op(kind, [x], f"axis = {axis} : i32", (result, element))

    def sum(self):
        x = self.image()
        shape = list(self.types[x][0])
        value = self.rescale(x, "i32", 1.0) if self.chance(30) else self.plain(x)
        axes = self.pick([1, 2], [2, 1], [3], [1], [2, 3], [1, 3])
        count = 1
        for axis in axes:
            count *= shape[axis]
            shape[axis] = 1
            value = self.op("reduce_sum", [value], f"axis = {axis} : i32", (list(shape), "i32"))
        return self.rescale(value, "i8", 1.0 / count)

    def plain(self, value):
        """The differences from a zero point."""
        shape, _ = self.types[value]
        operands = [value, self.constant([1 << 30], "i32"), self.constant([30], "i8"),
                    self.constant([self.zero("i8")], "i8"), self.constant([0], "i32")]
        return self.op("rescale", operands, "scale32 = true, rounding_mode = DOUBLE_ROUND, per_channel = false, "
                       "input_unsigned = false, output_unsigned = false", (shape, "i32"))

    def loops(self):
        """Operations that stay plain loops."""
        kind = self.pick("argmax", "cast", "abs", "shifted_mul", "reduce_min", "arithmetic_right_shift")
        x = self.argument([self.between(1, 4), self.between(1, 30)])
        shape = self.types[x][0]
        if kind == "argmax":
            return self.op(kind, [x], "axis = 1 : i32", (shape[:1], "i32"))
        wide = self.op("cast", [x], "", (shape, self.pick("i16", "i32") if kind == "cast" else "i32"))
        if kind == "cast":
            return wide
        if kind == "abs":
            return self.op("abs", [wide], "", (shape, "i32"))
        if kind == "reduce_min":
            return self.op(kind, [wide], "axis = 1 : i32", ([shape[0], 1], "i32"))
        if kind == "shifted_mul":
            grown = self.rescale(x, "i32", 2.0**20)
            other = self.rescale(x, "i32", 2.0**self.between(10, 22))
            return self.op("mul", [grown, other, self.constant([self.between(20, 31)], "i8")], "", (shape, "i32"))
        amount = self.constant([[self.between(0, 7)]], "i32")
        return self.op(kind, [wide, amount], f"round = {self.pick('true', 'false')}", (shape, "i32"))


KINDS = [lambda c: c.convolution("conv2d"), lambda c: c.convolution("depthwise_conv2d"),
         lambda c: c.convolution("transpose_conv2d"), Case.matmul, lambda c: c.pool("avg_pool2d"),
         lambda c: c.pool("max_pool2d"), Case.combination, Case.combination, Case.change, Case.table, Case.movement,
         Case.sum, Case.loops]


def operators(narrow, directory, cases, seed):
    bad, skipped = 0, 0
    for number in range(option("first", 0), cases):
        case = Case(np.random.default_rng([seed, number]))
        result = KINDS[number % len(KINDS)](case)
        path = os.path.join(directory, f"case{number}.mlir")
        with open(path, "w") as file:
            file.write(case.text(result))
        samples = []
        for i in range(6):
            sample = []
            for name in case.arguments:
                shape, element = case.types[name]
                most = np.iinfo(TYPES[element])
                if i < 2:
                    values = np.full(shape, most.min if i == 0 else most.max)
                else:
                    values = case.draw.integers(most.min, most.max + 1, shape)
                sample.append(values.astype(TYPES[element]))
            samples.append(sample)
        want = expected(path, samples)
        if want is None:
            skipped += 1
            continue
        differing = count_differences(want, compiled(narrow, path, samples, verify=number % 3 == 0))
        if differing:
            print(f"case {number}: {differing} elements differ: {path}")
        bad += differing
    print(f"{cases} cases of seed {seed}, {skipped} of them not defined by TOSA: {bad} elements differ")
    return bad or (1 if skipped > cases // 3 else 0)


def main():
    what, narrow, directory, *rest = sys.argv[1:]
    os.makedirs(directory, exist_ok=True)
    if what == "networks":
        models = [a for a in rest if not a.startswith("--")]
        return networks(narrow, directory, models, option("inputs", 1000))
    return operators(narrow, directory, option("cases", 39), option("seed", 1))


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
