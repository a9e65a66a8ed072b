//===- OpWriter.cpp - what all operations of TFLite need ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpWriter.h"
#include "../Given.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace narrow;
using namespace narrow::tflite;
using fxp::QuantView;

ArrayRef<int64_t> tflite::getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

std::string tflite::getTensorName(Value value) {
  StringRef name = findValueName(value);
  if (!name.empty())
    return name.str();
  Operation *op = value.getDefiningOp();
  return op ? getNodeName(op) : "value";
}

Bounds tflite::getBounds(fxp::RequantAttr requant) {
  return {SmallVector<int32_t, 1>(requant.getMin().asArrayRef()),
          SmallVector<int32_t, 1>(requant.getMax().asArrayRef())};
}

LogicalResult OpWriter::write(Operation *op) {
  if (exporting::hasGivenRequant(op))
    return refuse(op, "expected a requantisation by scales, found one with "
                      "multipliers of the model's own");
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<fxp::Conv2DOp, fxp::TransposedConv2DOp, fxp::FullyConnectedOp,
            fxp::MatMulOp, fxp::MaxPool2DOp, fxp::AvgPool2DOp, fxp::ReduceSumOp,
            fxp::ReduceMaxOp, fxp::ResizeOp, fxp::AddOp, fxp::SubOp, fxp::MinOp,
            fxp::MaxOp, fxp::MulOp, fxp::QuantizeOp, fxp::DequantizeOp,
            fxp::RequantizeOp, fxp::LookupOp, fxp::InterpolateOp,
            fxp::SoftmaxOp, fxp::LogSoftmaxOp, fxp::ReshapeOp, fxp::TransposeOp,
            fxp::SliceOp, fxp::ConcatOp, fxp::GatherOp, fxp::PadOp,
            fxp::ConstantOp>([&](auto known) { return writeOp(known); })
      .Default([&](Operation *other) {
        return refuse(other, "expected operations that have a form in TFLite, "
                             "found '" +
                                 other->getName().getStringRef() + "'");
      });
}

LogicalResult OpWriter::refuse(Operation *op, const llvm::Twine &reason) {
  return op->emitError() << reason.str() << " [no-tflite-form]";
}

LogicalResult OpWriter::expectOneScale(Operation *op) {
  for (mlir::ValueRange values : {mlir::ValueRange(op->getOperands()),
                                  mlir::ValueRange(op->getResults())})
    for (Value value : values) {
      QuantView view(value.getType());
      if (view && !view.hasOneScale())
        return refuse(op, "expected one scale for all of '" +
                              getTensorName(value) +
                              "', found one for each channel: --repair=bias "
                              "makes none");
    }
  return success();
}

FailureOr<StoredType> OpWriter::getType(Operation *op, Value value) {
  std::string reason;
  FailureOr<StoredType> type = getStoredType(value, reason);
  if (failed(type))
    return refuse(op, reason + " in '" + getTensorName(value) + "'");
  return type;
}

FailureOr<ElementKind> OpWriter::getKind(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    op = value.getParentBlock()->getParentOp();
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  if (element.isF32())
    return ElementKind();
  if (!QuantView(element))
    return refuse(op, "expected values in f32 or fixed point, found '" +
                          getTensorName(value) + "'");
  FailureOr<StoredType> type = getType(op, value);
  if (failed(type))
    return failure();
  return type->kind;
}

FailureOr<unsigned> OpWriter::getBits(Operation *op, mlir::ValueRange values) {
  unsigned bits = 8;
  for (Value value : values) {
    FailureOr<StoredType> type = getType(op, value);
    if (failed(type))
      return failure();
    bits = std::max(bits, type->getBits());
  }
  return bits;
}

FailureOr<TensorId> OpWriter::getTensor(Value value) {
  auto known = tensors.find(value);
  if (known != tensors.end())
    return known->second;
  auto constant = value.getDefiningOp<fxp::ConstantOp>();
  assert(constant && "value that nothing made");
  FailureOr<StoredType> type = getType(constant, value);
  if (failed(type))
    return failure();
  reference::Tensor data = reference::Tensor::fromElements(
      cast<RankedTensorType>(value.getType()), constant.getValue());
  SmallVector<int64_t> integers;
  for (int32_t stored : data.stored())
    integers.push_back(type->convert(stored));
  TensorId tensor = graph.addIntegers(getTensorName(value), getShape(value),
                                      type->kind, integers);
  tensors[value] = tensor;
  return tensor;
}

FailureOr<OpWriter::Sides> OpWriter::getSides(Operation *op) {
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  FailureOr<unsigned> bits = getBits(op, {lhs, rhs, op->getResult(0)});
  if (failed(expectOneScale(op)) || failed(bits))
    return failure();
  FailureOr<TensorId> left = getOperand(op, lhs, *bits),
                      right = getOperand(op, rhs, *bits);
  if (failed(left) || failed(right))
    return failure();
  return Sides{*left, *right, *bits};
}

FailureOr<TensorId> OpWriter::getOperand(Operation *op, Value value,
                                         unsigned bits) {
  FailureOr<TensorId> tensor = getTensor(value);
  FailureOr<StoredType> type = getType(op, value);
  if (failed(tensor) || failed(type))
    return failure();
  if (bits == type->getBits())
    return tensor;
  auto [known, isNew] = widened.try_emplace(value, 0);
  if (isNew)
    known->second =
        quantize(*tensor, widenOperand(*type), getTensorName(value) + ":wide");
  return known->second;
}

TensorId OpWriter::addShape(ArrayRef<int64_t> sizes) {
  return graph.addIntegers("sizes", {static_cast<int64_t>(sizes.size())},
                           {TensorType::INT32}, sizes);
}

TensorId OpWriter::quantize(TensorId tensor, const ElementKind &kind,
                            StringRef name) {
  SmallVector<int64_t> shape(graph.getShape(tensor));
  TensorId result = graph.addTensor(name, shape, kind);
  graph.addOperator(BuiltinOperator::QUANTIZE, tensor, result,
                    QuantizeOptionsT());
  return result;
}

TensorId OpWriter::addResult(Operation *op, const ElementKind &kind) {
  Value result = op->getResult(0);
  return graph.addTensor(getTensorName(result), tflite::getShape(result), kind);
}

OpWriter::Limits OpWriter::getLimits(const StoredType &type,
                                     const Bounds &bounds) {
  Limits limits;
  fxp::IntegerRange container = type.getContainer();
  for (int32_t bound : bounds.min)
    limits.low.push_back(type.convert(bound));
  for (int32_t bound : bounds.max)
    limits.high.push_back(type.convert(bound));
  if (limits.low.empty())
    limits.low.push_back(type.storage.lo);
  if (limits.high.empty())
    limits.high.push_back(type.storage.hi);
  if (llvm::all_equal(limits.low))
    limits.low.resize(1);
  if (llvm::all_equal(limits.high))
    limits.high.resize(1);
  if (limits.low == ArrayRef(container.lo))
    limits.low.clear();
  if (limits.high == ArrayRef(container.hi))
    limits.high.clear();
  return limits;
}

ActivationFunctionType OpWriter::fuse(const StoredType &type, Limits &limits) {
  if (limits.low.size() > 1 || limits.high.size() > 1)
    return ActivationFunctionType::NONE;
  fxp::IntegerRange range = type.getContainer();
  auto place = [&](double real) {
    int64_t steps = std::llrint(real / type.kind.scale);
    return std::clamp(type.kind.zeroPoint + steps, range.lo, range.hi);
  };
  int64_t low = limits.low.empty() ? range.lo : limits.low.front(),
          high = limits.high.empty() ? range.hi : limits.high.front();
  auto function = ActivationFunctionType::NONE;
  if (low == range.lo && high == range.hi)
    return function;
  if (low == place(0) && high == range.hi)
    function = ActivationFunctionType::RELU;
  else if (low == place(0) && high == place(6))
    function = ActivationFunctionType::RELU6;
  else if (low == place(-1) && high == place(1))
    function = ActivationFunctionType::RELU_N1_TO_1;
  if (function != ActivationFunctionType::NONE)
    limits = {};
  return function;
}

LogicalResult OpWriter::finish(Operation *op, TensorId tensor,
                               const StoredType &type, const Limits &limits) {
  std::string name = getTensorName(op->getResult(0));
  auto follow = [&] { graph.setName(tensor, name + ":computed"); };
  if (!(graph.getKind(tensor) == type.kind)) {
    follow();
    tensor = quantize(tensor, type.kind, name);
  }
  auto cut = [&](BuiltinOperator code, ArrayRef<int64_t> bounds) {
    if (bounds.empty())
      return;
    follow();
    TensorId limit = graph.addIntegers(name + ":limit",
                                       {static_cast<int64_t>(bounds.size())},
                                       type.kind, bounds);
    TensorId result = addResult(op, type.kind);
    graph.addOperator(code, {tensor, limit}, result, MaximumMinimumOptionsT());
    tensor = result;
  };
  cut(BuiltinOperator::MAXIMUM, limits.low);
  cut(BuiltinOperator::MINIMUM, limits.high);
  tensors[op->getResult(0)] = tensor;
  return success();
}

OpWriter::Window OpWriter::pad(TensorId input, ArrayRef<int64_t> out,
                               ArrayRef<int64_t> reach,
                               ArrayRef<int64_t> strides,
                               ArrayRef<int64_t> pads, int64_t value,
                               StringRef name, bool counted) {
  SmallVector<int64_t> shape(graph.getShape(input)), amounts(8, 0);
  bool isSame = !counted, isValid = true;
  for (unsigned axis : {0u, 1u}) {
    int64_t size = shape[axis + 1], before = pads[axis],
            all = (out[axis] - 1) * strides[axis] + reach[axis] - size;
    int64_t after = std::max<int64_t>(0, all - before);
    isSame &= out[axis] == llvm::divideCeilSigned(size, strides[axis]) &&
              before == std::max<int64_t>(0, all) / 2;
    isValid &= before == 0 && after == 0;
    amounts[2 * (axis + 1)] = before;
    amounts[2 * (axis + 1) + 1] = after;
    shape[axis + 1] += before + after;
  }
  if (isValid || isSame)
    return {isValid ? Padding::VALID : Padding::SAME, input};
  ElementKind kind = graph.getKind(input);
  TensorId padded = graph.addTensor((name + ":padded").str(), shape, kind);
  TensorId sizes =
      graph.addIntegers("pads", {4, 2}, {TensorType::INT32}, amounts);
  if (value == kind.zeroPoint)
    graph.addOperator(BuiltinOperator::PAD, {input, sizes}, padded,
                      PadOptionsT());
  else
    graph.addOperator(
        BuiltinOperator::PADV2,
        {input, sizes, graph.addIntegers("border", {1}, kind, value)}, padded,
        PadV2OptionsT());
  return {Padding::VALID, padded};
}
