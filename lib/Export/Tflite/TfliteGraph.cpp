//===- TfliteGraph.cpp - a TFLite model that grows ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TfliteGraph.h"
#include "llvm/ADT/STLExtras.h"

using namespace narrow;
using namespace narrow::tflite;

/// The version of the file format.
static constexpr uint32_t kFormat = 3;
/// Places in a file have 31 bits; what is around the constants needs some.
static constexpr size_t kMostBytes = (size_t(1) << 31) - (1 << 20);
static constexpr int32_t kLargestByteCode = 127;

TfliteGraph::TfliteGraph() {
  model.version = kFormat;
  model.description = "narrow";
  model.buffers.push_back(std::make_unique<BufferT>());
  model.subgraphs.push_back(std::make_unique<SubGraphT>());
  subgraph().name = "main";
  auto signature = std::make_unique<SignatureDefT>();
  signature->signature_key = "serving_default";
  model.signature_defs.push_back(std::move(signature));
}

TensorId TfliteGraph::addTensor(StringRef name, ArrayRef<int64_t> shape,
                                const ElementKind &kind) {
  auto tensor = std::make_unique<TensorT>();
  tensor->name = name.str();
  tensor->shape.assign(shape.begin(), shape.end());
  tensor->type = kind.type;
  if (kind.scale != 0) {
    tensor->quantization = std::make_unique<QuantizationParametersT>();
    tensor->quantization->scale = {static_cast<float>(kind.scale)};
    tensor->quantization->zero_point = {kind.zeroPoint};
  }
  subgraph().tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(subgraph().tensors.size() - 1);
}

TensorId TfliteGraph::addConstant(StringRef name, ArrayRef<int64_t> shape,
                                  const ElementKind &kind,
                                  std::vector<uint8_t> bytes) {
  TensorId tensor = addTensor(name, shape, kind);
  auto buffer = std::make_unique<BufferT>();
  buffer->data = std::move(bytes);
  subgraph().tensors[tensor]->buffer = model.buffers.size();
  model.buffers.push_back(std::move(buffer));
  return tensor;
}

TensorId TfliteGraph::addFloats(StringRef name, ArrayRef<int64_t> shape,
                                ArrayRef<float> values) {
  const auto *data = reinterpret_cast<const uint8_t *>(values.data());
  return addConstant(name, shape, {}, {data, data + 4 * values.size()});
}

static unsigned getBytes(TensorType type) {
  switch (type) {
  case TensorType::INT8:
    return 1;
  case TensorType::INT16:
    return 2;
  case TensorType::INT64:
    return 8;
  default:
    return 4;
  }
}

TensorId TfliteGraph::addIntegers(StringRef name, ArrayRef<int64_t> shape,
                                  const ElementKind &kind,
                                  ArrayRef<int64_t> values) {
  std::vector<uint8_t> bytes;
  unsigned width = getBytes(kind.type);
  bytes.reserve(width * values.size());
  for (int64_t value : values)
    for (unsigned i = 0; i < width; ++i)
      bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
  return addConstant(name, shape, kind, std::move(bytes));
}

TensorId TfliteGraph::addPerAxis(StringRef name, ArrayRef<int64_t> shape,
                                 TensorType type, ArrayRef<int64_t> values,
                                 ArrayRef<double> scales, int32_t axis) {
  TensorId tensor = addIntegers(name, shape, {type}, values);
  auto parameters = std::make_unique<QuantizationParametersT>();
  parameters->scale.assign(scales.begin(), scales.end());
  parameters->zero_point.assign(scales.size(), 0);
  parameters->quantized_dimension = axis;
  subgraph().tensors[tensor]->quantization = std::move(parameters);
  return tensor;
}

ElementKind TfliteGraph::getKind(TensorId id) const {
  const TensorT &tensor = *subgraph().tensors[id];
  if (!tensor.quantization)
    return {tensor.type};
  return {tensor.type, tensor.quantization->scale.front(),
          tensor.quantization->zero_point.front()};
}

int32_t TfliteGraph::getVersion(BuiltinOperator code, ArrayRef<TensorId> inputs,
                                TensorId result,
                                const BuiltinOptionsUnion &options) const {
  using Op = BuiltinOperator;
  TensorId first = inputs[code == Op::TRANSPOSE_CONV ? 2 : 0];
  TensorType type = getType(first);
  bool isByte = type == TensorType::INT8, isShort = type == TensorType::INT16;
  size_t rank = 0;
  for (TensorId input : inputs)
    rank = std::max(rank, getShape(input).size());
  auto choose = [&](int32_t ofBytes, int32_t ofShorts, int32_t other = 1) {
    return isByte ? ofBytes : isShort ? ofShorts : other;
  };
  switch (code) {
  case Op::CONV_2D:
    if (getShape(inputs[1])[3] != getShape(first)[3])
      return 6;
    return choose(3, 4);
  case Op::DEPTHWISE_CONV_2D:
    return choose(3, 5);
  case Op::TRANSPOSE_CONV:
    return 3;
  case Op::FULLY_CONNECTED:
    if (isByte && options.AsFullyConnectedOptions()->keep_num_dims)
      return 5;
    return choose(4, 7);
  case Op::MUL:
    if (isByte && getKind(first).scale * getKind(inputs[1]).scale >=
                      getKind(result).scale)
      return 3;
    return choose(2, 4);
  case Op::SUB:
    if (isByte && rank > 4 && getShape(first) != getShape(inputs[1]))
      return 3;
    return choose(2, 5);
  case Op::MAXIMUM:
  case Op::MINIMUM:
    if (isByte && rank > 4 && getShape(first) != getShape(inputs[1]))
      return 3;
    return choose(2, 4);
  case Op::TRANSPOSE:
    if (rank > 5)
      return 6;
    return choose(rank > 4 ? 4 : 2, 5, rank > 4 ? 4 : 1);
  case Op::PAD:
  case Op::PADV2:
    return rank > 4 ? 4 : choose(2, 3);
  case Op::STRIDED_SLICE:
    return rank > 4 ? 4 : choose(2, 1);
  case Op::RESIZE_BILINEAR:
    return choose(options.AsResizeBilinearOptions()->half_pixel_centers ? 3 : 2,
                  4);
  case Op::RESIZE_NEAREST_NEIGHBOR: {
    const auto &sizes = *options.AsResizeNearestNeighborOptions();
    return choose(sizes.half_pixel_centers || sizes.align_corners ? 3 : 2, 4);
  }
  case Op::DEQUANTIZE:
  case Op::LOGISTIC:
  case Op::TANH:
  case Op::ADD:
  case Op::AVERAGE_POOL_2D:
  case Op::MAX_POOL_2D:
  case Op::BATCH_MATMUL:
  case Op::CONCATENATION:
  case Op::SOFTMAX:
  case Op::MEAN:
  case Op::REDUCE_MAX:
    return choose(2, 3);
  case Op::GATHER:
    return choose(2, 4);
  case Op::LOG_SOFTMAX:
    return choose(2, 1);
  case Op::CAST:
    return choose(3, 1);
  case Op::QUANTIZE:
    return getType(result) == TensorType::INT16 ? 2 : 1;
  case Op::RESHAPE:
  case Op::HARD_SWISH:
    return 1;
  }
  llvm_unreachable("operator without a version");
}

void TfliteGraph::addOperator(BuiltinOperator code, ArrayRef<TensorId> inputs,
                              TensorId result, BuiltinOptionsUnion options) {
  int32_t version = getVersion(code, inputs, result, options);
  auto [place, isNew] =
      codes.try_emplace({code, version}, model.operator_codes.size());
  if (isNew) {
    auto entry = std::make_unique<OperatorCodeT>();
    entry->builtin_code = code;
    entry->deprecated_builtin_code = static_cast<int8_t>(
        std::min(static_cast<int32_t>(code), kLargestByteCode));
    entry->version = version;
    model.operator_codes.push_back(std::move(entry));
  }
  auto op = std::make_unique<OperatorT>();
  op->opcode_index = place->second;
  op->inputs.assign(inputs.begin(), inputs.end());
  op->outputs = {result};
  op->builtin_options = std::move(options);
  subgraph().operators.push_back(std::move(op));
}

static std::unique_ptr<TensorMapT> makeEntry(StringRef name, TensorId tensor) {
  auto entry = std::make_unique<TensorMapT>();
  entry->name = name.str();
  entry->tensor_index = tensor;
  return entry;
}

void TfliteGraph::addInput(StringRef name, TensorId tensor) {
  subgraph().inputs.push_back(tensor);
  model.signature_defs.front()->inputs.push_back(makeEntry(name, tensor));
}

void TfliteGraph::addOutput(StringRef name, TensorId tensor) {
  subgraph().tensors[tensor]->name = name.str();
  subgraph().outputs.push_back(tensor);
  model.signature_defs.front()->outputs.push_back(makeEntry(name, tensor));
}

std::string TfliteGraph::serialise() const {
  size_t bytes = 0;
  for (const auto &buffer : model.buffers)
    bytes += buffer->data.size();
  if (bytes > kMostBytes)
    return {};
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(Model::Pack(builder, &model), ModelIdentifier());
  return {reinterpret_cast<const char *>(builder.GetBufferPointer()),
          builder.GetSize()};
}
