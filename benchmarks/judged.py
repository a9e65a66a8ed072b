"""Networks with data to judge answers by: the examples and the shared ones."""
import gzip
import importlib.util
import os

import numpy as np
import onnx

from networks import HERE, SHARED, fixed

FASHION_MNIST = "/usr/share/datasets/fashion-mnist"
EXAMPLES = {"fashion_mnist_resnet": "resnet", "fashion_mnist_dscnn": "dscnn", "fashion_mnist_mlp": "mlp"}
# Whose few labelled images are too few to compare by: unlabelled ones stand in,
# as agreement with the float network needs no labels.
UNLABELLED = ("resnet8_cifar10", "resnet20_cifar10", "resnet56_cifar10", "vit_cifar10")
LABELLED = ("mnist-8", "kws_dscnn", "mobilenetv1_025_imagenet", "mobilenetv2_imagenet")
ALL = [*EXAMPLES, *LABELLED, *UNLABELLED]


def read_fashion_mnist(split):
    def read(kind, header):
        with gzip.open(f"{FASHION_MNIST}/{split}-{kind}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)
    images = read("images-idx3", 16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    return images, read("labels-idx1", 8).astype(np.int32)


def read_shared(name):
    """Returns calibration, evaluation and labels (or None) as [sample, ...]."""
    path = os.path.join(SHARED, "data", "prepare.py")
    spec = importlib.util.spec_from_file_location("prepare", path)
    prepare = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prepare)
    if name in UNLABELLED:
        images = prepare.load("cifar10_train_2000.npz")["images"]
        prepare.cifar = lambda f: (f(images[:256]), f(images[256:]), None)
    return prepare.RECIPES[name]()


def cut_softmax(model):
    """Takes a last softmax off: it hides how far the numbers before it are off."""
    if model.graph.node[-1].op_type == "Softmax":
        last = model.graph.node.pop()
        model.graph.output[0].name = last.input[0]
        model.graph.output[0].type.tensor_type.ClearField("shape")
    return model


class JudgedNetwork:
    """A float model that ends at its logits, with samples to calibrate and to
    judge by: never the same."""

    def __init__(self, name, num_samples=None, num_judged=None):
        self.name = name
        if name in EXAMPLES:
            path = os.path.join(HERE, "..", "examples", "fashion-mnist", f"{EXAMPLES[name]}.onnx")
            calibration, (self.judged, self.labels) = read_fashion_mnist("train")[0][:512], read_fashion_mnist("t10k")
        else:
            path = os.path.join(SHARED, "models", f"{name}.onnx")
            calibration, self.judged, self.labels = read_shared(name)
        self.model = fixed(cut_softmax(onnx.load(path)))
        self.input = self.model.graph.input[0].name
        self.calibration = calibration[:num_samples]
        self.judged = self.judged[:num_judged]
        if self.labels is not None:
            self.labels = np.asarray(self.labels)[:num_judged]

    @property
    def samples(self):
        """What the peers' quantisers take: [1, ...] each."""
        return [sample[None] for sample in self.calibration]
