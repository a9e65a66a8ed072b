"""Writes a float image network (ONNX) as TFLite and quantises it to int8 by LiteRT's own tools.

    onnx_to_tflite.py MODEL.onnx OUT.tflite SAMPLES

SAMPLES is how many random inputs calibrate it: what is tested with the result is arithmetic, not accuracy. Needs the
packages ai-edge-quantizer and onnx. Operators: Conv, Gemm, Relu, Clip, Add, AveragePool, GlobalAveragePool, MaxPool,
Concat, Reshape, Flatten, Softmax; a Transpose in front of a Reshape of one pixel.
"""
import collections
import sys

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as tfl
from onnx import numpy_helper


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


class Writer:
    """One subgraph, values in NHWC; `known` maps ONNX names to tensors."""

    def __init__(self):
        self.model = tfl.ModelT()
        self.model.version = 3
        self.model.buffers = [tfl.BufferT()]
        self.model.operatorCodes = []
        self.graph = tfl.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        self.model.subgraphs = [self.graph]
        self.known, self.shapes = {}, {}

    def tensor(self, name, shape, data=None):
        tensor = tfl.TensorT()
        tensor.name, tensor.shape = name, [int(n) for n in shape]
        tensor.type = tfl.TensorType.FLOAT32
        tensor.buffer = 0
        if data is not None:
            if data.dtype == np.int32:
                tensor.type = tfl.TensorType.INT32
            buffer = tfl.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        self.shapes[len(self.graph.tensors) - 1] = list(tensor.shape)
        return len(self.graph.tensors) - 1

    def constant(self, name, data):
        return self.tensor(name, data.shape, data)

    def op(self, code, inputs, name, shape, options=None, kind=tfl.BuiltinOptions.NONE):
        codes = [c.builtinCode for c in self.model.operatorCodes]
        if code not in codes:
            entry = tfl.OperatorCodeT()
            entry.builtinCode, entry.version = code, 1
            entry.deprecatedBuiltinCode = min(code, 127)
            self.model.operatorCodes.append(entry)
            codes.append(code)
        operator = tfl.OperatorT()
        operator.opcodeIndex = codes.index(code)
        operator.inputs = inputs
        output = self.tensor(name, shape)
        operator.outputs = [output]
        operator.builtinOptions, operator.builtinOptionsType = options, kind
        self.graph.operators.append(operator)
        return output

    def activate(self, value, is_only_reader, kind, name):
        """Gives the operation that makes `value` an activation, or appends one."""
        maker = self.graph.operators[-1]
        options = maker.builtinOptions
        if is_only_reader and maker.outputs == [value] and hasattr(options, "fusedActivationFunction"):
            function = tfl.ActivationFunctionType
            options.fusedActivationFunction = function.RELU if kind == "Relu" else function.RELU6
            return value
        code = tfl.BuiltinOperator.RELU if kind == "Relu" else tfl.BuiltinOperator.RELU6
        return self.op(code, [value], name, self.shapes[value])

    def pad(self, value, pads, name, border=None):
        """Pads the image axes: [top, left, bottom, right]; returns the tensor."""
        n, h, w, c = self.shapes[value]
        amounts = self.constant(name + ".pads", np.array(
            [[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]], np.int32))
        shape = [n, h + pads[0] + pads[2], w + pads[1] + pads[3], c]
        return self.op(tfl.BuiltinOperator.PAD, [value, amounts], name + ".padded", shape, tfl.PadOptionsT(),
                       tfl.BuiltinOptions.PadOptions)

    def window(self, value, kernel, strides, pads, name, may_pad):
        """Returns the tensor to read, TFLite's padding and the size of the result."""
        n, h, w, c = self.shapes[value]
        same = []
        for size, k, s in ((h, kernel[0], strides[0]), (w, kernel[1], strides[1])):
            total = max((-(-size // s) - 1) * s + k - size, 0)
            same.append((total // 2, total - total // 2))
        if pads == [same[0][0], same[1][0], same[0][1], same[1][1]]:
            return value, tfl.Padding.SAME, [-(-h // strides[0]), -(-w // strides[1])]
        if any(pads):
            assert may_pad, name
            value = self.pad(value, pads, name)
            n, h, w, c = self.shapes[value]
        return value, tfl.Padding.VALID, [(h - kernel[0]) // strides[0] + 1, (w - kernel[1]) // strides[1] + 1]


def convert(path):
    model = onnx.load(path)
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    out = Writer()
    for value in model.graph.input:
        if value.name in constants:
            continue
        shape = [max(1, d.dim_value) for d in value.type.tensor_type.shape.dim]
        if len(shape) == 4:
            shape = [shape[0], shape[2], shape[3], shape[1]]
        out.known[value.name] = out.tensor(value.name, shape)
        out.graph.inputs.append(out.known[value.name])
    readers = collections.Counter(name for node in model.graph.node for name in node.input)
    for node in model.graph.node:
        a, y = attributes(node), node.output[0]
        if node.op_type == "Constant":
            constants[y] = numpy_helper.to_array(a["value"])
            continue
        x = out.known[node.input[0]]
        shape = out.shapes[x]
        if node.op_type == "Conv":
            weights = constants[node.input[1]].astype(np.float32)
            bias = constants[node.input[2]] if len(node.input) > 2 else np.zeros(weights.shape[0], np.float32)
            strides, kernel = a.get("strides", [1, 1]), list(weights.shape[2:])
            x, padding, size = out.window(x, kernel, strides, list(a.get("pads", [0] * 4)), y, True)
            if a.get("group", 1) == 1:
                options = tfl.Conv2DOptionsT()
                code, kind = tfl.BuiltinOperator.CONV_2D, tfl.BuiltinOptions.Conv2DOptions
                weights = weights.transpose(0, 2, 3, 1)
            else:
                assert a["group"] == shape[3] and weights.shape[0] % shape[3] == 0
                options = tfl.DepthwiseConv2DOptionsT()
                options.depthMultiplier = weights.shape[0] // shape[3]
                code, kind = tfl.BuiltinOperator.DEPTHWISE_CONV_2D, tfl.BuiltinOptions.DepthwiseConv2DOptions
                weights = weights.transpose(1, 2, 3, 0)
            options.padding, (options.strideH, options.strideW) = padding, strides
            options.dilationHFactor = options.dilationWFactor = 1
            channels = constants[node.input[1]].shape[0]
            operands = [x, out.constant(y + ".w", weights), out.constant(y + ".b", bias.astype(np.float32))]
            result = out.op(code, operands, y, [shape[0], *size, channels], options, kind)
        elif node.op_type == "Gemm":
            weights = constants[node.input[1]].astype(np.float32)
            weights = weights if a.get("transB", 0) else weights.T
            options = tfl.FullyConnectedOptionsT()
            result = out.op(tfl.BuiltinOperator.FULLY_CONNECTED, [
                x, out.constant(y + ".w", weights), out.constant(y + ".b", constants[node.input[2]].reshape(-1))
            ], y, [shape[0], weights.shape[0]], options, tfl.BuiltinOptions.FullyConnectedOptions)
        elif node.op_type in ("Relu", "Clip"):
            result = out.activate(x, readers[node.input[0]] == 1, node.op_type, y)
        elif node.op_type == "Add":
            result = out.op(tfl.BuiltinOperator.ADD, [x, out.known[node.input[1]]], y, shape, tfl.AddOptionsT(),
                            tfl.BuiltinOptions.AddOptions)
        elif node.op_type in ("AveragePool", "MaxPool"):
            kernel, strides = a["kernel_shape"], a.get("strides", a["kernel_shape"])
            x, padding, size = out.window(x, kernel, strides, list(a.get("pads", [0] * 4)), y, False)
            options = tfl.Pool2DOptionsT()
            options.padding, (options.strideH, options.strideW) = padding, strides
            options.filterHeight, options.filterWidth = kernel
            code = getattr(tfl.BuiltinOperator, "AVERAGE_POOL_2D" if node.op_type == "AveragePool" else "MAX_POOL_2D")
            result = out.op(code, [x], y, [shape[0], *size, shape[3]], options, tfl.BuiltinOptions.Pool2DOptions)
        elif node.op_type == "GlobalAveragePool":
            options = tfl.ReducerOptionsT()
            options.keepDims = True
            result = out.op(tfl.BuiltinOperator.MEAN, [x, out.constant(y + ".axes", np.array([1, 2], np.int32))], y,
                            [shape[0], 1, 1, shape[3]], options, tfl.BuiltinOptions.ReducerOptions)
        elif node.op_type == "Concat":
            operands = [out.known[i] for i in node.input]
            options = tfl.ConcatenationOptionsT()
            options.axis = 3
            result = out.op(tfl.BuiltinOperator.CONCATENATION, operands, y,
                            [*shape[:3], sum(out.shapes[i][3] for i in operands)], options,
                            tfl.BuiltinOptions.ConcatenationOptions)
        elif node.op_type in ("Reshape", "Flatten"):
            assert shape[1] == shape[2] == 1
            flat = [shape[0], int(np.prod(shape[1:]))]
            options = tfl.ReshapeOptionsT()
            options.newShape = flat
            result = out.op(tfl.BuiltinOperator.RESHAPE, [x, out.constant(y + ".shape", np.array(flat, np.int32))], y,
                            flat, options, tfl.BuiltinOptions.ReshapeOptions)
        elif node.op_type == "Softmax":
            options = tfl.SoftmaxOptionsT()
            options.beta = 1.0
            result = out.op(tfl.BuiltinOperator.SOFTMAX, [x], y, shape, options, tfl.BuiltinOptions.SoftmaxOptions)
        elif node.op_type == "Transpose":
            assert shape[1] == shape[2] == 1
            result = x
        else:
            sys.exit(f"expected a known operator, found {node.op_type}")
        out.known[y] = result
    out.graph.outputs = [out.known[v.name] for v in model.graph.output]
    signature = tfl.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = "serving_default", 0
    signature.inputs, signature.outputs = [], []
    for entries, tensors in ((signature.inputs, out.graph.inputs), (signature.outputs, out.graph.outputs)):
        for index, tensor in enumerate(tensors):
            entry = tfl.TensorMapT()
            entry.name, entry.tensorIndex = f"tensor{index}", tensor
            entries.append(entry)
    out.model.signatureDefs = [signature]
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(out.model.Pack(builder), b"TFL3")
    return bytes(builder.Output()), [out.shapes[i] for i in out.graph.inputs]


def main():
    source, target, samples = sys.argv[1:4]
    from ai_edge_quantizer import quantizer, recipe
    data, shapes = convert(source)
    float_path = target + ".float"
    with open(float_path, "wb") as file:
        file.write(data)
    draw = np.random.default_rng(1)
    calibration = {"serving_default": [
        {f"tensor{i}": draw.normal(0, 1, shape).astype(np.float32) for i, shape in enumerate(shapes)}
        for _ in range(int(samples))]}
    q = quantizer.Quantizer(float_path)
    q.load_quantization_recipe(recipe.static_wi8_ai8())
    result = q.quantize(q.calibrate(calibration))
    with open(target, "wb") as file:
        file.write(bytes(result.quantized_model))


if __name__ == "__main__":
    main()
