"""Networks with data to judge answers by: the examples and the shared ones."""
import importlib.util
import os

import numpy as np
import onnx

from networks import HERE, SHARED, fixed

EXAMPLES_FOLDER = os.path.join(HERE, "..", "examples", "fashion-mnist")
EXAMPLES = {"fashion_mnist_resnet": "resnet", "fashion_mnist_dscnn": "dscnn", "fashion_mnist_mlp": "mlp"}
# Whose few labelled images are too few to compare by: unlabelled ones stand in,
# as agreement with the float network needs no labels.
UNLABELLED = ("resnet8_cifar10", "resnet20_cifar10", "resnet56_cifar10", "vit_cifar10")
LABELLED = ("mnist-8", "kws_dscnn", "mobilenetv1_025_imagenet", "mobilenetv2_imagenet")
ALL = [*EXAMPLES, *LABELLED, *UNLABELLED]


def load_script(path):
    """Returns the module of a script that no path of imports leads to."""
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_shared(name):
    """Returns calibration, evaluation and labels (or None) as [sample, ...]."""
    prepare = load_script(os.path.join(SHARED, "data", "prepare.py"))
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
    judge by: never the same. It calibrates on the first samples of its data, or
    with a seed on samples drawn at random from all of them."""

    def __init__(self, name, num_samples=None, num_judged=None, seed=None):
        self.name = name
        if name in EXAMPLES:
            path = os.path.join(EXAMPLES_FOLDER, f"{EXAMPLES[name]}.onnx")
            read = load_script(os.path.join(EXAMPLES_FOLDER, "demo.py")).load
            calibration, (self.judged, self.labels) = read("train")[0][:512], read("t10k")
        else:
            path = os.path.join(SHARED, "models", f"{name}.onnx")
            calibration, self.judged, self.labels = read_shared(name)
        self.model = fixed(cut_softmax(onnx.load(path)))
        self.input = self.model.graph.input[0].name
        if seed is not None:
            calibration = calibration[np.random.default_rng(seed).permutation(len(calibration))]
        self.calibration = calibration[:num_samples]
        self.judged = self.judged[:num_judged]
        if self.labels is not None:
            self.labels = np.asarray(self.labels)[:num_judged]

    @property
    def samples(self):
        """What the peers' quantisers take: [1, ...] each."""
        return [sample[None] for sample in self.calibration]
