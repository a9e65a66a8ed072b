"""Writes an int8 TFLite network, operator by operator.

Scales are invented: every activation has the same one, so that the network is
right for timing and for nothing else.
"""
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

ACTIVATION_SCALE = 0.05
TYPES = {np.dtype(np.float32): schema.TensorType.FLOAT32, np.dtype(np.int8): schema.TensorType.INT8,
         np.dtype(np.int32): schema.TensorType.INT32}


class Writer:
    """Values are tensor numbers; images are NHWC."""

    def __init__(self):
        self.model = schema.ModelT()
        self.model.version, self.model.description = 3, ""
        self.model.buffers, self.model.operatorCodes = [schema.BufferT()], []
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs, self.graph.name = [], [], "main"
        self.model.subgraphs = [self.graph]
        self.codes = {}

    def shape(self, value):
        return list(self.graph.tensors[value].shape)

    def tensor(self, shape, dtype, scale=None, zero=0, data=None, axis=0):
        tensor = schema.TensorT()
        tensor.shape, tensor.type = [int(n) for n in shape], TYPES[np.dtype(dtype)]
        tensor.name = f"t{len(self.graph.tensors)}"
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, dtype).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = np.full(len(scales), zero, np.int64)
            tensor.quantization.quantizedDimension = axis
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def enter(self, shape):
        """Returns what the network computes with of a float input of this shape."""
        given = self.tensor(shape, np.float32)
        self.graph.inputs.append(given)
        return self.add("QUANTIZE", [given], self.activation(shape), "QuantizeOptions")

    def leave(self, value):
        """Makes a value an output in float."""
        result = self.tensor(self.shape(value), np.float32)
        self.graph.outputs.append(self.add("DEQUANTIZE", [value], result, "DequantizeOptions"))

    def activation(self, shape, scale=ACTIVATION_SCALE, zero=0):
        return self.tensor(shape, np.int8, scale, zero)

    def weights(self, values, axis):
        """Returns the quantised tensor of float weights, a scale for each index of `axis`."""
        others = tuple(i for i in range(values.ndim) if i != axis)
        scales = np.maximum(np.abs(values).max(axis=others), 1e-6) / 127
        shape = [-1 if i == axis else 1 for i in range(values.ndim)]
        quantized = np.clip(np.round(values / scales.reshape(shape)), -127, 127)
        return self.tensor(values.shape, np.int8, scales, data=quantized, axis=axis), scales

    def bias(self, values, scales):
        scale = scales * ACTIVATION_SCALE
        return self.tensor(values.shape, np.int32, scale, data=np.round(values / scale))

    def constant(self, values):
        values = np.asarray(values, np.int32)
        return self.tensor(values.shape, np.int32, data=values)

    def add(self, kind, inputs, output, options=None, fields=()):
        """Adds an operator; `options` names its table, whose `fields` are set."""
        code = getattr(schema.BuiltinOperator, kind)
        if code not in self.codes:
            entry = schema.OperatorCodeT()
            entry.deprecatedBuiltinCode, entry.builtinCode, entry.version = min(code, 127), code, 1
            self.codes[code] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(entry)
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = self.codes[code], list(inputs), [output]
        if options:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            operator.builtinOptions = getattr(schema, options + "T")()
            for name, value in dict(fields).items():
                setattr(operator.builtinOptions, name, value)
        self.graph.operators.append(operator)
        return output

    def write(self, path):
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        with open(path, "wb") as file:
            file.write(builder.Output())
