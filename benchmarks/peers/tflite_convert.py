"""From a float ONNX network to a TFLite one of the same topology: int8, or in float with the writer that is given.

Takes what convolutional classifiers and perceptrons are made of and raises
NotImplementedError for the rest.
"""
import numpy as np
from ai_edge_litert.schema_py_generated import ActivationFunctionType, Padding
from onnx import helper, numpy_helper

from networks import simplified

from .tflite_writer import Writer


class Converter:
    def __init__(self, model, writer=None):
        self.graph, self.w = simplified(model).graph, writer or Writer()
        self.constants = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}
        for node in self.graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        self.users = {}
        for node in self.graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)
        self.values, self.done = {}, set()

    def convert(self, path):
        w = self.w
        for value in self.graph.input:
            shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
            self.values[value.name] = w.enter(self.nhwc(shape))
        for node in self.graph.node:
            if node.op_type != "Constant" and node.output[0] not in self.done:
                handler = getattr(self, "convert_" + node.op_type.lower(), None)
                if not handler:
                    raise NotImplementedError(node.op_type)
                attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
                output, value = handler(node, attributes)
                self.values[output] = value
        for value in self.graph.output:
            w.leave(self.values[value.name])
        w.write(path)

    @staticmethod
    def nhwc(shape):
        return [shape[0], *shape[2:], shape[1]] if len(shape) == 4 else list(shape)

    def input(self, node, index=0):
        if node.input[index] not in self.values:
            raise NotImplementedError(f"constant operand of {node.op_type}")
        return self.values[node.input[index]]

    def only_user(self, name, kind):
        users = self.users.get(name, [])
        return users[0] if len(users) == 1 and users[0].op_type == kind else None

    def activation_of(self, name):
        """Returns the value after a ReLU that is fused, and the fused function."""
        if node := self.only_user(name, "Relu"):
            self.done.add(node.output[0])
            return node.output[0], ActivationFunctionType.RELU
        if node := self.only_user(name, "Clip"):
            self.done.add(node.output[0])
            return node.output[0], ActivationFunctionType.RELU6
        return name, ActivationFunctionType.NONE

    def padded(self, x, kernel, strides, attributes):
        """Returns the input and the padding mode, with a PAD in front where neither mode fits."""
        if attributes.get("auto_pad", b"NOTSET") == b"SAME_UPPER":
            return x, Padding.SAME
        if attributes.get("auto_pad", b"NOTSET") == b"SAME_LOWER":
            raise NotImplementedError("padding SAME_LOWER")
        pads = attributes.get("pads", [0] * 4)
        height, width = self.w.shape(x)[1:3]
        same = []
        for size, k, s in ((height, kernel[0], strides[0]), (width, kernel[1], strides[1])):
            total = max((-(-size // s) - 1) * s + k - size, 0)
            same.append((total // 2, total - total // 2))
        if not any(pads):
            return x, Padding.VALID
        if [same[0][0], same[1][0], same[0][1], same[1][1]] == list(pads):
            return x, Padding.SAME
        return self.pad(x, [(0, 0), (pads[0], pads[2]), (pads[1], pads[3]), (0, 0)]), Padding.VALID

    def pad(self, x, amounts):
        shape = [n + sum(p) for n, p in zip(self.w.shape(x), amounts)]
        return self.w.add("PAD", [x, self.w.constant(amounts)], self.w.activation(shape), "PadOptions")

    def window(self, x, kernel, strides, mode):
        height, width = self.w.shape(x)[1:3]
        grow = [0, 0] if mode == Padding.VALID else [k - 1 for k in kernel]
        if mode == Padding.SAME:
            return [-(-height // strides[0]), -(-width // strides[1])]
        return [(height + grow[0] - kernel[0]) // strides[0] + 1, (width + grow[1] - kernel[1]) // strides[1] + 1]

    def convert_conv(self, node, attributes):
        w, x = self.w, self.input(node)
        weights = self.constants[node.input[1]]
        if weights.ndim != 4 or any(d != 1 for d in attributes.get("dilations", [1, 1])):
            raise NotImplementedError("Conv that is dilated or not two-dimensional")
        groups, channels = attributes.get("group", 1), w.shape(x)[-1]
        bias = self.constants[node.input[2]] if len(node.input) > 2 else np.zeros(len(weights), np.float32)
        strides = attributes.get("strides", [1, 1])
        x, mode = self.padded(x, weights.shape[2:], strides, attributes)
        out, function = self.activation_of(node.output[0])
        shape = [w.shape(x)[0], *self.window(x, weights.shape[2:], strides, mode), len(weights)]
        fields = {"padding": mode, "strideH": strides[0], "strideW": strides[1], "fusedActivationFunction": function,
                  "dilationHFactor": 1, "dilationWFactor": 1}
        if groups == 1:
            kernel, scales = w.weights(weights.transpose(0, 2, 3, 1), axis=0)
            return out, w.add("CONV_2D", [x, kernel, w.bias(bias, scales)], w.activation(shape), "Conv2DOptions", fields)
        if groups != channels:
            raise NotImplementedError("grouped Conv")
        kernel, scales = w.weights(weights.transpose(1, 2, 3, 0), axis=3)
        fields["depthMultiplier"] = len(weights) // channels
        return out, w.add("DEPTHWISE_CONV_2D", [x, kernel, w.bias(bias, scales)], w.activation(shape),
                          "DepthwiseConv2DOptions", fields)

    def linear(self, x, weights, bias, output):
        """`weights` are [outputs, inputs]."""
        w = self.w
        kernel, scales = w.weights(weights, axis=0)
        out, function = self.activation_of(output)
        shape = [*w.shape(x)[:-1], len(weights)]
        return out, w.add("FULLY_CONNECTED", [x, kernel, w.bias(bias, scales)], w.activation(shape),
                          "FullyConnectedOptions", {"fusedActivationFunction": function})

    def convert_gemm(self, node, attributes):
        weights = self.constants[node.input[1]]
        return self.linear(self.input(node), weights if attributes.get("transB") else weights.T,
                           self.constants[node.input[2]].reshape(-1), node.output[0])

    def convert_matmul(self, node, attributes):
        if node.input[1] not in self.constants or self.constants[node.input[1]].ndim != 2:
            raise NotImplementedError("MatMul of two activations")
        weights, output = self.constants[node.input[1]].T, node.output[0]
        bias = np.zeros(len(weights), np.float32)
        if user := self.only_user(output, "Add"):
            other = user.input[1] if user.input[0] == output else user.input[0]
            if other in self.constants:
                bias, output = self.constants[other].reshape(-1), user.output[0]
                self.done.add(output)
        return self.linear(self.input(node), weights, bias, output)

    def convert_add(self, node, attributes):
        x, y = self.input(node, 0), self.input(node, 1)
        out, function = self.activation_of(node.output[0])
        return out, self.w.add("ADD", [x, y], self.w.activation(self.w.shape(x)), "AddOptions",
                               {"fusedActivationFunction": function})

    def pool(self, kind, node, attributes):
        kernel, strides = attributes["kernel_shape"], attributes.get("strides", [1, 1])
        x, mode = self.padded(self.input(node), kernel, strides, attributes)
        if attributes.get("ceil_mode", 0):
            mode = Padding.SAME
        shape = [self.w.shape(x)[0], *self.window(x, kernel, strides, mode), self.w.shape(x)[3]]
        return node.output[0], self.w.add(kind, [x], self.w.activation(shape), "Pool2DOptions", {
            "padding": mode, "strideH": strides[0], "strideW": strides[1], "filterHeight": kernel[0], "filterWidth": kernel[1]})

    def convert_maxpool(self, node, attributes):
        return self.pool("MAX_POOL_2D", node, attributes)

    def convert_averagepool(self, node, attributes):
        return self.pool("AVERAGE_POOL_2D", node, attributes)

    def convert_globalaveragepool(self, node, attributes):
        return self.pool("AVERAGE_POOL_2D", node, {"kernel_shape": self.w.shape(self.input(node))[1:3]})

    def reshape(self, node, shape):
        x = self.input(node)
        return node.output[0], self.w.add("RESHAPE", [x, self.w.constant(shape)], self.w.activation(shape),
                                          "ReshapeOptions", {"newShape": list(shape)})

    def convert_flatten(self, node, attributes):
        shape = self.w.shape(self.input(node))
        return self.reshape(node, [shape[0], int(np.prod(shape[1:]))])

    def convert_reshape(self, node, attributes):
        shape, target = self.w.shape(self.input(node)), self.constants[node.input[1]]
        if len(target) != 2:
            raise NotImplementedError("Reshape to another rank than 2")
        return self.reshape(node, [shape[0], int(np.prod(shape[1:]))])

    def convert_transpose(self, node, attributes):
        # From NCHW to NHWC, in which the value lies already.
        if attributes["perm"] != [0, 2, 3, 1] or not self.only_user(node.output[0], "Reshape"):
            raise NotImplementedError("Transpose")
        return node.output[0], self.input(node)

    def convert_softmax(self, node, attributes):
        x = self.input(node)
        return node.output[0], self.w.add("SOFTMAX", [x], self.w.activation(self.w.shape(x), 1 / 256, -128),
                                          "SoftmaxOptions", {"beta": 1.0})

    def convert_concat(self, node, attributes):
        values = [self.input(node, i) for i in range(len(node.input))]
        shape = self.w.shape(values[0])
        if attributes["axis"] != 1 or len(shape) != 4:
            raise NotImplementedError("Concat of other than channels")
        shape[3] = sum(self.w.shape(value)[3] for value in values)
        return node.output[0], self.w.add("CONCATENATION", values, self.w.activation(shape), "ConcatenationOptions",
                                          {"axis": 3, "fusedActivationFunction": ActivationFunctionType.NONE})

    def convert_slice(self, node, attributes):
        starts, ends, axes, steps = (self.constants[name] for name in node.input[1:5])
        x = self.input(node)
        shape = self.w.shape(x)
        begin, end, stride = [0] * 4, list(shape), [1] * 4
        for start, stop, axis, step in zip(starts, ends, axes, steps):
            place = [0, 3, 1, 2][axis]
            begin[place], end[place], stride[place] = int(start), int(min(stop, shape[place])), int(step)
        result = [-(-(e - b) // s) for b, e, s in zip(begin, end, stride)]
        return node.output[0], self.w.add("STRIDED_SLICE", [x, *map(self.w.constant, (begin, end, stride))],
                                          self.w.activation(result), "StridedSliceOptions")

    def convert_pad(self, node, attributes):
        pads = [int(n) for n in self.constants[node.input[1]]]
        if len(pads) != 8:
            raise NotImplementedError("Pad of another rank than 4")
        return node.output[0], self.pad(self.input(node), [(pads[i], pads[i + 4]) for i in (0, 2, 3, 1)])
