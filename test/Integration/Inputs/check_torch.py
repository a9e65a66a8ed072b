"""Compares networks that torch-mlir exports with PyTorch: in float, and compiled at 8 bits.

    check_torch.py NARROW DIR [NETWORK...]

Each network comes as linalg on tensors and as TOSA, in MLIR's text, and some in the bytecode of torch-mlir's MLIR. Prints for each: least signal to noise of float
execution over the outputs, of the compiled code over all its outputs, and how many operations stay in float.
Needs the packages of test/requirements-torch.txt.
"""
import sys
import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from compare_float import compare
from torch_mlir import fx

CALIBRATION, JUDGED = 32, 8


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.Sigmoid(), nn.Linear(32, 4))

    def forward(self, x):
        return self.layers(x)


class Convolutional(nn.Module):
    """Batch normalisation, depthwise, grouped and pointwise layers, a residual sum, pools, spelled-out activations."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.norm2 = nn.BatchNorm2d(8)
        self.pointwise = nn.Conv2d(8, 16, 1)
        self.grouped = nn.Conv2d(16, 16, 3, padding=1, groups=4)
        self.classes = nn.Linear(16, 10)
        for norm in (self.norm, self.norm2):
            norm.running_mean.uniform_(-1, 1)
            norm.running_var.uniform_(0.5, 2)
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.bias, -0.5, 0.5)

    def forward(self, x):
        x = torch.relu(self.norm(self.first(x)))
        x = F.relu6(self.norm2(self.depthwise(x)))
        x = F.hardswish(self.pointwise(F.max_pool2d(x, 3, 2, 1)))
        x = x + F.silu(self.grouped(x))
        return self.classes(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Decoder(nn.Module):
    """A transposed convolution, resizing, slices and concatenation; two outputs."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1)
        self.line = nn.Conv1d(4, 6, 3, padding=1)

    def forward(self, x):
        x = F.avg_pool2d(F.leaky_relu(self.down(x), 0.1), 2)
        x = F.elu(self.up(x))
        y = F.interpolate(F.max_pool2d(x, 2), scale_factor=2, mode="nearest")
        y = torch.cat([x, -y], 1)[:, 1:6]
        return torch.tanh(self.line(x.flatten(2).narrow(2, 0, 32))), y


class Functions(nn.Module):
    """Arithmetic of two inputs, reductions."""

    def forward(self, x, y):
        return ((x * y).abs().sqrt() + torch.exp(-x.square()) / (1 + torch.tanh(y).abs()), torch.where(x > y, x, y).clamp(-1, 1),
                x.amax(1) + y.sum(1) - x.mean(2).mean(1, keepdim=True), torch.rsqrt(x * x + 1), torch.erf(x) - torch.log(y * y + 1))


class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.LayerNorm(8)
        self.channels = nn.GroupNorm(2, 4)
        self.line = nn.Linear(8, 8)

    def forward(self, x):
        return self.layer(self.line(x)), self.channels(x)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, activation="gelu", dropout=0.0)

    def forward(self, x):
        return self.layer(x)


class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(10, 8)
        self.line = nn.Linear(8, 3)

    def forward(self, tokens):
        return self.line(self.table(tokens))


def tokens(count):
    return torch.randint(0, 10, (count, 1, 5))


def noise(*shape):
    return lambda count: torch.randn(count, *shape)


# What makes a network, its inputs, the least dB at 8 bits, and in what it comes: torch-mlir has no TOSA for resizing.
# Roots and logarithms of noise are no network: there the floor that is held by default has to do.
BOTH = ("linalg", "tosa")
ALL = BOTH + ("linalg bytecode", "tosa bytecode")
NETWORKS = {
    "perceptron": (Perceptron, [noise(1, 16)], 30, BOTH),
    "convolutional": (Convolutional, [noise(1, 3, 32, 32)], 30, ALL),
    "decoder": (Decoder, [noise(1, 3, 16, 16)], 30, ("linalg", "linalg bytecode")),
    "functions": (Functions, [noise(2, 3, 4), noise(2, 3, 4)], 20, BOTH),
    "normalised": (Normalised, [noise(2, 4, 8)], 30, BOTH),
    "encoder": (Encoder, [noise(1, 6, 16)], 30, ALL),
    "embedded": (Embedded, [tokens], 30, BOTH),
}


def arrays(draws, count):
    return {f"input{i}": draw(count).numpy() for i, draw in enumerate(draws)}


def expected(network, samples):
    rows = []
    for i in range(len(samples["input0"])):
        with torch.no_grad():
            results = network(*(torch.from_numpy(a[i]) for a in samples.values()))
        rows.append([r.numpy() for r in (results if isinstance(results, tuple) else (results,))])
    return [np.stack(column) for column in zip(*rows)]


def check(narrow, base, name, form):
    make, draws, least, _ = NETWORKS[name]
    torch.manual_seed(7)
    network = make().eval()
    path = f"{base}/{name}-{form.replace(' ', '-')}.mlir"
    example = tuple(draw(1)[0] for draw in draws)
    module = fx.export_and_import(network, *example, output_type="linalg-on-tensors" if form.startswith("linalg") else "tosa")
    if form.endswith("bytecode"):
        path += "bc"
        with open(path, "wb") as file:
            module.operation.write_bytecode(file)
    else:
        with open(path, "w") as file:
            file.write(module.operation.get_asm(enable_debug_info=True))
    calibration, judged = arrays(draws, CALIBRATION), arrays(draws, JUDGED)
    line = compare(narrow, base, path, calibration, judged, expected(network, judged), least)
    print(f"{name} as {form}: {line}", flush=True)


def main():
    warnings.simplefilter("ignore")
    narrow, base = sys.argv[1:3]
    for name in sys.argv[3:] or NETWORKS:
        for form in NETWORKS[name][3]:
            check(narrow, base, name, form)


main()
