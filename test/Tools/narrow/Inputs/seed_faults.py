"""Breaks one layer of a small convolutional network in twenty ways, and asks
`narrow diff` where each broken network parts from the sound one: in float, and
in fixed point."""
import json
import os
import subprocess
import sys

import numpy as np
from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(11)
LAYERS, CHANNELS, SIZE = 8, 12, 6


def make(path, layers, low=None, at=None):
    """Writes the network; the result of layer `at` is cut off at `low`."""
    parts, last = [], "x"
    for i, (weights, bias) in enumerate(layers):
        parts += [tensor(f"w{i}", weights), tensor(f"b{i}", bias),
                  node("Conv", f"conv{i}", last, f"w{i}", f"b{i}", pads=[1, 1, 1, 1], kernel_shape=[3, 3])]
        last = f"conv{i}"
        if i == at:
            parts += [tensor("low", np.float32(-low)), tensor("high", np.float32(low)),
                      node("Clip", f"cut{i}", last, "low", "high")]
            last = f"cut{i}"
        if i % 2:
            parts.append(node("Relu", f"relu{i}", last))
            last = f"relu{i}"
    parts += [node("GlobalAveragePool", "y", last), value("input", "x", 1, CHANNELS, SIZE, SIZE), value("output", "y", 1, CHANNELS, 1, 1)]
    write(path, *parts)


def convolution():
    weights = random.standard_normal((CHANNELS, CHANNELS, 3, 3)) / np.sqrt(9 * CHANNELS / 1.6)
    return weights.astype(np.float32), (0.1 * random.standard_normal(CHANNELS)).astype(np.float32)


sound = [convolution() for _ in range(LAYERS)]
make("sound.onnx.txt", sound)
x = random.standard_normal((24, CHANNELS, SIZE, SIZE)).astype(np.float32)
np.save("calib.npy", x[:20])
np.save("input.npy", x[20:])


def find(*command):
    result = subprocess.run(["narrow", "diff", *command, "--input", "input.npy", "--json"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


found = 0
for case in range(20):
    kind, layer = ["scale", "zero point", "channel", "range", "swapped"][case % 5], 1 + case % (LAYERS - 1)
    broken = [(w.copy(), b.copy()) for w, b in sound]
    weights, bias = broken[layer]
    limit = None
    if kind == "scale":
        weights *= 4
    elif kind == "zero point":
        bias += 2
    elif kind == "channel":
        weights[case % CHANNELS] *= 6
    elif kind == "range":
        limit = 0.25
    else:
        weights[:] = weights[::-1].copy()
    make("broken.onnx.txt", broken, limit, layer if limit else None)
    wanted = {f"conv{layer}", f"relu{layer}", f"cut{layer}"}
    exact = find("sound.onnx.txt", "broken.onnx.txt")
    # With values of 8 bits on one side nothing is equal; and the other way.
    rough = find("sound.onnx.txt", "interpreter:broken.onnx.txt", "--calib", "calib.npy")
    back = find("interpreter:broken.onnx.txt", "sound.onnx.txt", "--calib", "calib.npy")
    names = [exact["first_different"], exact["largest_jump"], rough["largest_jump"], back["largest_jump"]]
    if limit:  # What is cut off is what the next tensor shows.
        wanted |= {f"conv{layer + 1}", f"relu{layer + 1}", "y"}
    good = all(name in wanted for name in names)
    found += good
    print(kind, layer, names, "found" if good else f"NOT FOUND, expected one of {sorted(wanted)}")
print(f"{found} of 20 found")
