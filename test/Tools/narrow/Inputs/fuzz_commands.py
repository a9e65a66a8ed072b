"""Draws command lines of `narrow` from the flags that its help lists, and runs them.

usage: fuzz_commands.py WORK COUNT SEED MODEL SAMPLES

Values are of the kind that a flag takes, of another, or odd: empty, very long, control characters, numbers at the rim,
files that are not there. Every run must end with code 0, or with code 1, one `error:` line and no output left; never by
a signal. Prints what went wrong with the seed that repeats it, then the counts.
"""
import os
import random
import re
import shlex
import subprocess
import sys

from mutate import judge

NUMBERS = ["0", "1", "2", "7", "-1", "99999999999999999999", "1e9", "nan", "inf", "0.5", "100", "101", ""]
WORDS = ["", "x", "all", "native", "avx2", "scalar", "avx2,neon", "AVX512VNNI", " avx2 ", "minmax", "average", "percentile",
         "entropy", "mse", "histogram-uniform", "pow2", "q15", "q31", "f32", "float", "quantized", "nchw", "nhwc", "auto",
         "off", "x=0:1", "x=1:0", "x=nan:1", "h=-1:1", "=", "x=1x4", "x=1x-1", "x=1x99999999999", "0,0", "1,2,3", "\x1b[31m",
         "a" * 70000, "ä", "%s%n", "/", ".", "--", "relu"]


def flags(command):
    """Returns [(flag, takes a value)] of a command."""
    text = subprocess.run(["narrow", command, "--help"], capture_output=True, text=True, check=True).stdout
    return [(flag, bool(value)) for flag, value in re.findall(r"^ +(-{1,2}[\w-]+)((?:=| <)[^ ]*)? +- ", text, re.MULTILINE)
            if not flag.startswith("--help")]


class Drawer:
    def __init__(self, work, model, samples):
        self.out = os.path.join(work, "out.o")
        self.files = [model, samples, self.out, os.path.join(work, "report.json"), os.path.join(work, "stats.json"), work,
                      os.path.join(work, "none", "x"), "/dev/null"]
        self.outputs = [self.out, self.out[:-2] + ".h", self.files[3], self.files[4]]
        self.model, self.samples = model, samples
        self.flags = {c: flags(c) for c in ("compile", "calibrate", "plan", "verify", "inspect", "run")}

    def value(self, flag, draw):
        usual = {"--calib": self.samples, "--eval": self.samples, "--input": self.samples, "--samples": "2", "--isa": "scalar",
                 "--target": "x86-64", "-o": self.out, "--output": self.out, "--stats": self.files[4], "--report": self.files[3],
                 "--calib-samples": "4", "--bias-samples": "8", "--eval-samples": "4", "--estimator": "minmax",
                 "--io": "quantized", "--io-layout": "nchw", "--name": "net", "--percentile": "99", "--requant": "q31",
                 "--residual-bits": "8", "--bits": "6", "--weight-bits": "4", "--weight-block": "32", "--row-strips": "off", "--range": "x=-1:1", "--keep-float": "relu"}
        if flag in usual and draw.random() < .8:
            return usual[flag]
        return draw.choice(draw.choice((NUMBERS, WORDS, self.files)))

    def draw(self, draw):
        """Returns a command line: mostly a model and samples, and up to four more flags."""
        command = draw.choice(list(self.flags))
        words = ["narrow", command]
        if draw.random() < .9:
            words.append(self.model)
        given = [f for f in self.flags[command] if f[0] in ("--calib", "--eval", "-o", "--input", "--output") and draw.random() < .9]
        for flag, takes in given + [draw.choice(self.flags[command]) for _ in range(draw.randrange(5))]:
            words += [flag, self.value(flag, draw)] if takes and draw.random() < .95 else [flag]
        if draw.random() < .05:
            words.insert(draw.randrange(1, len(words) + 1), draw.choice(WORDS))
        return words


def main():
    work, count, seed, model, samples = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    os.makedirs(work, exist_ok=True)
    drawer = Drawer(work, model, samples)
    with open(model, "rb") as file:
        content = file.read()
    counts, problems = {0: 0, 1: 0}, 0
    for i in range(seed, seed + count):
        words = drawer.draw(random.Random(i))
        for path in drawer.outputs:
            if os.path.exists(path):
                os.remove(path)
        what, text = judge(words, *drawer.outputs, limit=120)
        with open(model, "rb") as file:
            if file.read() != content:
                what = "the model was overwritten"
        if what in (0, 1):
            counts[what] += 1
            continue
        problems += 1
        print(f"command lines, seed {i}: {what}\n{shlex.join(words)[:1500]}\n{text[:1500]}")
    print(f"command lines: {counts[0]} accepted, {counts[1]} refused, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
