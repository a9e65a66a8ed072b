"""Standard topologies with seeded random weights: for speed, never for accuracy.

Each function returns an ONNX model at opset 17 with static shapes. Batch
normalisation is folded into the convolutions already, as every runtime does.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Graph:
    """Adds nodes one after another; a value is its name."""

    def __init__(self, name, shape):
        self.name, self.shape = name, shape
        self.random = np.random.default_rng(0)
        self.nodes, self.constants = [], []

    def add(self, kind, inputs, **attributes):
        output = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def constant(self, values, dtype=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def weights(self, shape, fan_in, gain=1.0):
        """Normal weights that keep the variance of what goes through a ReLU."""
        return self.constant(self.random.standard_normal(shape) * gain * np.sqrt(2.0 / fan_in))

    def bias(self, channels):
        return self.constant(0.1 * self.random.standard_normal(channels))

    def conv(self, x, inputs, outputs, kernel, stride=1, groups=1, relu=True, gain=1.0):
        fan_in = inputs // groups * kernel * kernel
        weights = self.weights((outputs, inputs // groups, kernel, kernel), fan_in, gain)
        y = self.add("Conv", [x, weights, self.bias(outputs)], kernel_shape=[kernel] * 2, strides=[stride] * 2,
                     pads=[kernel // 2] * 4, group=groups)
        return self.add("Relu", [y]) if relu else y

    def linear(self, x, inputs, outputs, gain=0.7):
        product = self.add("MatMul", [x, self.weights((inputs, outputs), inputs, gain)])
        return self.add("Add", [product, self.bias(outputs)])

    def classifier(self, x, channels):
        x = self.add("Flatten", [self.add("GlobalAveragePool", [x])])
        return self.add("Gemm", [x, self.weights((1000, channels), channels), self.bias(1000)], transB=1)

    def finish(self, output, shape):
        graph = helper.make_graph(self.nodes, self.name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)],
                                  [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def resnet(name, blocks, bottleneck):
    """He et al., 2015, with the stride in the 3x3 convolution."""
    g = Graph(name, [1, 3, 224, 224])
    x = g.conv("x", 3, 64, 7, stride=2)
    x = g.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    channels = 64
    for stage, count in enumerate(blocks):
        width = 64 << stage
        outputs = 4 * width if bottleneck else width
        for block in range(count):
            stride = 2 if stage and not block else 1
            if bottleneck:
                y = g.conv(g.conv(x, channels, width, 1), width, width, 3, stride)
                y = g.conv(y, width, outputs, 1, relu=False, gain=0.3)
            else:
                y = g.conv(x, channels, width, 3, stride)
                y = g.conv(y, width, outputs, 3, relu=False, gain=0.3)
            if not block and (stride != 1 or channels != outputs):
                x = g.conv(x, channels, outputs, 1, stride, relu=False, gain=0.7)
            x = g.add("Relu", [g.add("Add", [y, x])])
            channels = outputs
    return g.finish(g.classifier(x, channels), [1, 1000])


def mobilenet_v1():
    """Howard et al., 2017, width 1.0, 224 pixels."""
    g = Graph("mobilenetv1", [1, 3, 224, 224])
    x, channels = g.conv("x", 3, 32, 3, stride=2), 32
    for outputs, stride in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]:
        x = g.conv(g.conv(x, channels, channels, 3, stride, groups=channels), channels, outputs, 1)
        channels = outputs
    return g.finish(g.classifier(x, channels), [1, 1000])


def mlp(rows=64, width=1024, layers=4):
    g = Graph("mlp_1024", [rows, width])
    x = "x"
    for _ in range(layers):
        x = g.add("Gemm", [x, g.weights((width, width), width), g.bias(width)], transB=1)
        x = g.add("Relu", [x])
    return g.finish(x, [rows, width])


def encoder(name, layers, width, heads, hidden, tokens=128, contractions_only=False):
    """Devlin et al., 2018: the encoder on embedded tokens, one sequence.

    With `contractions_only` its matrix products alone, chained: no softmax,
    normalisation, GELU, or residual addition. A clamp after each projection
    keeps the numbers finite; in int8 it costs nothing.
    """
    g = Graph(name, [1, tokens, width])
    split = g.constant([1, tokens, heads, width // heads], np.int64)
    joined = g.constant([1, tokens, width], np.int64)

    def head(x, order):
        y = g.add("Reshape", [g.linear(x, width, width), split])
        return g.add("Transpose", [y], perm=order)

    def normalized(x):
        if contractions_only:
            return x
        return g.add("LayerNormalization", [x, g.constant(np.ones(width)), g.constant(np.zeros(width))])

    def residual(x, y):
        return y if contractions_only else g.add("Add", [x, y])

    def gelu(x):
        if contractions_only:
            return x
        erf = g.add("Erf", [g.add("Mul", [x, g.constant(np.sqrt(0.5))])])
        return g.add("Mul", [g.add("Mul", [x, g.constant(0.5)]), g.add("Add", [erf, g.constant(1.0)])])

    x = "x"
    for _ in range(layers):
        query, value = head(x, [0, 2, 1, 3]), head(x, [0, 2, 1, 3])
        scores = g.add("MatMul", [query, head(x, [0, 2, 3, 1])])
        if not contractions_only:
            scores = g.add("Softmax", [g.add("Mul", [scores, g.constant((width // heads) ** -0.5)])], axis=-1)
        y = g.add("Transpose", [g.add("MatMul", [scores, value])], perm=[0, 2, 1, 3])
        # Without a softmax the products grow; the scale of random numbers is free.
        y = g.linear(g.add("Reshape", [y, joined]), width, width, 0.01 if contractions_only else 0.7)
        if contractions_only:
            y = g.add("Clip", [y, g.constant(-4), g.constant(4)])
        x = normalized(residual(x, y))
        x = normalized(residual(x, g.linear(gelu(g.linear(x, width, hidden)), hidden, width)))
    return g.finish(x, [1, tokens, width])


GENERATED = {
    "resnet18": lambda: resnet("resnet18", (2, 2, 2, 2), bottleneck=False),
    "resnet50": lambda: resnet("resnet50", (3, 4, 6, 3), bottleneck=True),
    "mobilenetv1": mobilenet_v1,
    "mlp_1024": mlp,
    "bert_mini_128": lambda: encoder("bert_mini_128", 4, 256, 4, 1024),
    "bert_base_128": lambda: encoder("bert_base_128", 12, 768, 12, 3072),
    "bert_mini_contractions": lambda: encoder("bert_mini_contractions", 4, 256, 4, 1024, contractions_only=True),
    "bert_base_contractions": lambda: encoder("bert_base_contractions", 12, 768, 12, 3072, contractions_only=True),
}
