#!/usr/bin/env python3
"""Trains the three example networks on Fashion-MNIST and writes them as ONNX.

    train.py [--epochs N] [--data DIR] [network ...]

Needs torch, onnx, onnxscript and numpy, and the data of Debian's package
dataset-fashion-mnist. Seeded: the same versions on the same CPU give the same
weights. Inputs are pixels / 255 as f32 [1, 1, 28, 28]; outputs are ten logits.
"""
import argparse
import gzip
import os

import numpy as np
import onnx
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


def load(folder, split):
    """Returns images f32 [N, 1, 28, 28] in 0..1 and labels i64 [N]."""
    def read(name, header):
        with gzip.open(os.path.join(folder, name)) as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)
    images = read(f"{split}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
    labels = read(f"{split}-labels-idx1-ubyte.gz", 8)
    return torch.from_numpy(images.astype(np.float32) / 255), torch.from_numpy(labels.astype(np.int64))


def conv(inputs, outputs, size, stride=1, groups=1, activation=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, activation()) if activation else nn.Sequential(*layers)


class Block(nn.Module):
    """Two 3x3 convolutions and a skip connection, projected where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(conv(inputs, outputs, 3, stride), conv(outputs, outputs, 3, activation=None))
        same = stride == 1 and inputs == outputs
        self.skip = nn.Identity() if same else conv(inputs, outputs, 1, stride, activation=None)

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


def resnet():
    return nn.Sequential(conv(1, 16, 3), Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2),
                         nn.AvgPool2d(7), nn.Flatten(), nn.Linear(64, 10))


def dscnn():
    def separable(inputs, outputs, stride):
        return nn.Sequential(conv(inputs, inputs, 3, stride, inputs, nn.ReLU6), conv(inputs, outputs, 1, activation=nn.ReLU6))
    return nn.Sequential(conv(1, 16, 3, 2, activation=nn.ReLU6), separable(16, 32, 1), separable(32, 64, 2), separable(64, 64, 1),
                         separable(64, 128, 1), nn.AvgPool2d(7), nn.Flatten(), nn.Linear(128, 10))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 112), nn.ReLU(), nn.Linear(112, 64), nn.ReLU(), nn.Linear(64, 10))


NETWORKS = {"resnet": resnet, "dscnn": dscnn, "mlp": mlp}


def train(model, images, labels, epochs):
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    batch = 256
    steps = epochs * (len(images) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    order = torch.Generator().manual_seed(1)
    for epoch in range(epochs):
        model.train()
        for index in torch.randperm(len(images), generator=order)[: len(images) // batch * batch].split(batch):
            x = images[index]
            loss = nn.functional.cross_entropy(model(x), labels[index], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"  epoch {epoch + 1}: loss {loss.item():.3f}", flush=True)


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(images.split(500), labels.split(500)))
    return 100 * hits / len(labels)


def strip(path):
    """Removes what the exporter notes of its own run: stack traces, file names."""
    model = onnx.load(path)
    graph = model.graph
    for part in [model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    del graph.value_info[:]
    onnx.save(model, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), help=", ".join(NETWORKS))
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    args = parser.parse_args()
    train_set, test_set = load(args.data, "train"), load(args.data, "t10k")
    for name in args.networks:
        torch.manual_seed(0)
        model = NETWORKS[name]()
        print(f"{name}: {sum(p.numel() for p in model.parameters())} parameters", flush=True)
        train(model, *train_set, args.epochs)
        print(f"  top-1 on the test images: {accuracy(model, *test_set):.2f} %", flush=True)
        path = os.path.join(HERE, f"{name}.onnx")
        torch.onnx.export(model, (torch.zeros(1, 1, 28, 28),), path, input_names=["image"], output_names=["logits"],
                          opset_version=18, external_data=False)
        strip(path)
        print(f"  {path}: {os.path.getsize(path)} bytes", flush=True)


if __name__ == "__main__":
    main()
