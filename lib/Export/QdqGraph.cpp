//===- QdqGraph.cpp - values in fixed point as ONNX tensors ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QdqGraph.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/Names.h"

using namespace narrow;
using fxp::QuantView;

SmallVector<int64_t> narrow::toOrder(ArrayRef<int64_t> sizes, Order order) {
  SmallVector<int64_t> result(sizes);
  if (order == ChannelsFirst)
    for (auto [axis, size] : llvm::enumerate(sizes))
      result[toOrder(axis, order)] = size;
  return result;
}

TensorProto::DataType narrow::getStorageType(const QuantView &view) {
  if (view.getContainerBits() == 8)
    return view.isSigned() ? TensorProto::INT8 : TensorProto::UINT8;
  return view.isSigned() ? TensorProto::INT16 : TensorProto::UINT16;
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The narrowest and the widest integer of a container.
static fxp::IntegerRange getContainerRange(const QuantView &view) {
  unsigned bits = view.getContainerBits();
  if (view.isSigned())
    return {-(int64_t(1) << (bits - 1)), (int64_t(1) << (bits - 1)) - 1};
  return {0, (int64_t(1) << bits) - 1};
}

bool QdqGraph::hasIntegers(Value value) {
  QuantView view(value.getType());
  return view && view.getBits() <= 16;
}

std::string QdqGraph::getName(Value value) {
  StringRef name = findValueName(value);
  if (!name.empty())
    return name.str();
  Operation *op = value.getDefiningOp();
  return op ? getNodeName(op) : "value";
}

Order QdqGraph::chooseOrder(mlir::ValueRange values) const {
  bool hasFirst = false;
  for (Value value : values) {
    if (getShape(value).size() != 4)
      return Own;
    auto known = tensors.find(value);
    if (known == tensors.end())
      continue;
    const Tensors &those = known->second;
    bool first = !those.integers[ChannelsFirst].empty() ||
                 !those.reals[ChannelsFirst].empty();
    bool own = !those.integers[Own].empty() || !those.reals[Own].empty();
    hasFirst |= first && !own;
  }
  return hasFirst ? ChannelsFirst : Own;
}

std::string QdqGraph::transpose(const std::string &tensor, Order to,
                                StringRef wanted) {
  SmallVector<int64_t> perm{0, 2, 3, 1};
  if (to == ChannelsFirst)
    perm = {0, 3, 1, 2};
  return writer.addNode("Transpose", {tensor}, (wanted + ":moved").str(),
                        {{"perm", perm}});
}

std::string QdqGraph::addConstant(fxp::ConstantOp constant, Order order) {
  auto type = cast<RankedTensorType>(constant.getType());
  reference::Tensor data =
      reference::Tensor::fromElements(type, constant.getValue());
  ArrayRef<int64_t> shape = type.getShape();
  SmallVector<int64_t> values(data.stored().begin(), data.stored().end());
  if (order == ChannelsFirst) {
    SmallVector<int64_t> moved;
    for (int64_t n = 0; n < shape[0]; ++n)
      for (int64_t c = 0; c < shape[3]; ++c)
        for (int64_t at = 0; at < shape[1] * shape[2]; ++at)
          moved.push_back(
              values[(n * shape[1] * shape[2] + at) * shape[3] + c]);
    values = std::move(moved);
  }
  return writer.addIntegers(getName(constant), getStorageType(QuantView(type)),
                            toOrder(shape, order), values);
}

std::string QdqGraph::getIntegers(Value value, Order order) {
  std::string &name = tensors[value].integers[order];
  if (!name.empty())
    return name;
  std::string made;
  if (auto constant = value.getDefiningOp<fxp::ConstantOp>()) {
    made = addConstant(constant, order);
  } else {
    const std::string &other = tensors[value].integers[order == Own];
    assert(!other.empty() && "value that nothing made");
    made = transpose(other, order, getName(value));
  }
  return tensors[value].integers[order] = made;
}

std::string QdqGraph::getReals(Value value, Order order) {
  const std::string &name = tensors[value].reals[order];
  if (!name.empty())
    return name;
  std::string made;
  if (hasIntegers(value)) {
    QuantView view(value.getType());
    int64_t axis = view.isPerAxis() ? toOrder(view.getAxis(), order) : 0;
    made = dequantize(getIntegers(value, order), view.getElementType(), axis,
                      getName(value));
  } else {
    const std::string &other = tensors[value].reals[order == Own];
    assert(!other.empty() && "value that nothing made");
    made = transpose(other, order, getName(value));
  }
  return tensors[value].reals[order] = made;
}

std::string QdqGraph::getFactors(Value value, Order order) {
  QuantView view(value.getType());
  if (!view || view.hasOneScale())
    return getReals(value, order);
  auto type =
      cast<mlir::quant::UniformQuantizedPerAxisType>(view.getElementType());
  Type common = mlir::quant::UniformQuantizedPerAxisType::get(
      type.getFlags(), type.getStorageType(), type.getExpressedType(),
      SmallVector<double>(view.getNumChannels(), view.getLargestScale()),
      type.getZeroPoints(), type.getQuantizedDimension(),
      type.getStorageTypeMin(), type.getStorageTypeMax());
  return dequantize(getIntegers(value, order), common,
                    toOrder(view.getAxis(), order), getName(value) + ":scaled");
}

void QdqGraph::setIntegers(Value value, Order order, std::string name) {
  tensors[value].integers[order] = std::move(name);
}

void QdqGraph::setMoved(Value value, Order order, std::string name) {
  (hasIntegers(value) ? tensors[value].integers : tensors[value].reals)[order] =
      std::move(name);
}

std::pair<std::string, std::string> QdqGraph::getParameters(Type type) {
  auto &names = parameters[type];
  if (!names.first.empty())
    return names;
  QuantView view(type);
  SmallVector<float> scales(view.getScales());
  SmallVector<int64_t> shape;
  if (view.isPerAxis())
    shape.push_back(view.getNumChannels());
  names.first = writer.addFloats("scale", shape, scales);
  names.second = writer.addIntegers("zero_point", getStorageType(view), shape,
                                    view.getZeroPoints());
  return names;
}

std::string QdqGraph::dequantize(const std::string &integers, Type type,
                                 int64_t axis, StringRef wanted) {
  auto [scale, zeroPoint] = getParameters(type);
  SmallVector<NodeAttribute, 1> attributes;
  if (QuantView(type).isPerAxis())
    attributes.push_back({"axis", axis});
  return writer.addNode("DequantizeLinear", {integers, scale, zeroPoint},
                        wanted, attributes);
}

std::string QdqGraph::clamp(std::string reals, Value value, Order order,
                            ArrayRef<int32_t> min, ArrayRef<int32_t> max) {
  QuantView view(value.getType());
  fxp::IntegerRange storage = view.getStorageRange(),
                    container = getContainerRange(view);
  SmallVector<int32_t> lows(min), highs(max);
  if (lows.empty() && storage.lo > container.lo)
    lows.push_back(storage.lo);
  if (highs.empty() && storage.hi < container.hi)
    highs.push_back(storage.hi);
  size_t rank = getShape(value).size();
  auto apply = [&](StringRef op, ArrayRef<int32_t> bounds) {
    if (bounds.empty())
      return;
    if (op == "Max" && bounds.size() == 1 &&
        bounds.front() == view.getZeroPoint()) {
      reals = writer.addNode("Relu", {reals}, getName(value) + ":cut");
      return;
    }
    SmallVector<float> limits;
    for (auto [channel, bound] : llvm::enumerate(bounds)) {
      int64_t at = bounds.size() == 1 ? 0 : channel;
      limits.push_back(view.getScale(at) * (bound - view.getZeroPoint(at)));
    }
    // One for all, or one for each channel of the last axis.
    SmallVector<int64_t> shape;
    if (limits.size() > 1) {
      shape.assign(rank, 1);
      shape.back() = limits.size();
      shape = toOrder(shape, order);
    }
    std::string limit = writer.addFloats("limit", shape, limits);
    reals = writer.addNode(op, {reals, limit}, getName(value) + ":cut");
  };
  apply("Max", lows);
  apply("Min", highs);
  return reals;
}

void QdqGraph::setComputed(Value value, Order order, std::string reals,
                           ArrayRef<int32_t> min, ArrayRef<int32_t> max) {
  if (!hasIntegers(value)) {
    tensors[value].reals[order] = std::move(reals);
    return;
  }
  QuantView view(value.getType());
  reals = clamp(std::move(reals), value, order, min, max);
  auto [scale, zeroPoint] = getParameters(view.getElementType());
  SmallVector<NodeAttribute, 1> attributes;
  if (view.isPerAxis())
    attributes.push_back({"axis", toOrder(view.getAxis(), order)});
  tensors[value].integers[order] =
      writer.addNode("QuantizeLinear", {reals, scale, zeroPoint},
                     getName(value) + ":quantised", attributes);
}
