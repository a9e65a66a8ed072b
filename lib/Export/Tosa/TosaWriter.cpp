//===- TosaWriter.cpp - what all operations of integer TOSA need ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaWriter.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace narrow;
using namespace narrow::exporting;
using fxp::QuantView;
using tflite::StoredType;

/// TOSA's shifts.
static constexpr int64_t kLeastShift = 2, kMostShift = 62;
/// What multipliers and shifts are raised by, where a requantisation's have
/// fewer bits: the ratio stays the same.
static constexpr int64_t kPow2Bits = 30, kQ15Bits = 15;

LogicalResult TosaWriter::write(Operation *op) {
  build.setLocation(mlir::NameLoc::get(
      mlir::StringAttr::get(op->getContext(), getNodeName(op))));
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<fxp::Conv2DOp, fxp::FullyConnectedOp, fxp::MatMulOp,
            fxp::MaxPool2DOp, fxp::AvgPool2DOp, fxp::ReduceSumOp,
            fxp::ReduceMaxOp, fxp::ResizeOp, fxp::AddOp, fxp::SubOp, fxp::MinOp,
            fxp::MaxOp, fxp::MulOp, fxp::CombineOp, fxp::QuantizeOp,
            fxp::DequantizeOp, fxp::RequantizeOp, fxp::LookupOp, fxp::SoftmaxOp,
            fxp::ReshapeOp, fxp::TransposeOp, fxp::SliceOp, fxp::ConcatOp,
            fxp::GatherOp, fxp::PadOp, fxp::ConstantOp>(
          [&](auto known) { return writeOp(known); })
      .Default([&](Operation *other) {
        return refuse(other,
                      "expected operations that have a form in integer TOSA, "
                      "found '" +
                          other->getName().getStringRef() + "'");
      });
}

LogicalResult TosaWriter::refuse(Operation *op, const llvm::Twine &reason) {
  return op->emitError() << reason.str() << " [no-tosa-form]";
}

FailureOr<StoredType> TosaWriter::getType(Operation *op, Value value) {
  std::string reason;
  FailureOr<StoredType> type = tflite::getStoredType(value, reason);
  if (failed(type))
    return refuse(op, reason);
  if (type->ratio != 1)
    return refuse(op,
                  "expected values that 16 bits hold less their zero point");
  return type;
}

Type TosaWriter::getElement(const StoredType &type) {
  return build.base().getIntegerType(type.getBits());
}

FailureOr<RankedTensorType> TosaWriter::getTensorType(Operation *op,
                                                      Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getElementType().isF32())
    return type;
  if (!QuantView(type))
    return refuse(op, "expected values in f32 or fixed point");
  FailureOr<StoredType> stored = getType(op, value);
  if (failed(stored))
    return failure();
  return RankedTensorType::get(type.getShape(), getElement(*stored));
}

/// The types of operands, then results.
FailureOr<SmallVector<StoredType>> TosaWriter::getTypes(Operation *op) {
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  SmallVector<StoredType> types;
  for (Value value : values) {
    FailureOr<StoredType> type = getType(op, value);
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  return types;
}

Value TosaWriter::getTensor(Value value) {
  Value &tensor = tensors[value];
  if (tensor)
    return tensor;
  auto constant = value.getDefiningOp<fxp::ConstantOp>();
  assert(constant && "value that nothing made");
  FailureOr<StoredType> type = getType(constant, value);
  if (failed(type))
    return {};
  auto shape = cast<RankedTensorType>(value.getType());
  reference::Tensor data =
      reference::Tensor::fromElements(shape, constant.getValue());
  SmallVector<int64_t> integers;
  for (int32_t stored : data.stored())
    integers.push_back(type->convert(stored));
  Value made = build.integers(shape.getShape(), getElement(*type), integers);
  return tensors[value] = made;
}

FailureOr<Rescale> TosaWriter::getRescale(Operation *op,
                                          fxp::RequantAttr requant) {
  Rescale by;
  int64_t raise = 0;
  switch (requant.getMode()) {
  case fxp::RequantMode::F32:
    return refuse(op, "expected a requantisation in integers, found f32");
  case fxp::RequantMode::Q31:
    break;
  case fxp::RequantMode::Q31Double:
    by.isDouble = true;
    break;
  case fxp::RequantMode::Pow2:
    raise = kPow2Bits;
    break;
  case fxp::RequantMode::Q15:
    raise = kQ15Bits;
    op->emitRemark("rescaled with one rounding where the requantisation q15 "
                   "rounds twice: results may be one step apart [tosa-q15]");
    break;
  }
  for (auto [place, shift] : llvm::enumerate(requant.getShift().asArrayRef())) {
    int64_t multiplier = 1;
    if (requant.getMode() != fxp::RequantMode::Pow2)
      multiplier = requant.getMultiplier()[place];
    // The product of q15 has 15 bits of fraction of its own.
    int64_t all = shift + raise;
    if (requant.getMode() == fxp::RequantMode::Q15)
      all += kQ15Bits;
    if (all < kLeastShift || all > kMostShift)
      return refuse(op,
                    "expected a shift from 2 to 62, found " + llvm::Twine(all));
    by.multipliers.push_back(multiplier << raise);
    by.shifts.push_back(all);
  }
  return by;
}

LogicalResult TosaWriter::requantize(Operation *op, Value sums,
                                     int64_t zeroPoint,
                                     fxp::RequantAttr requant) {
  FailureOr<StoredType> type = getType(op, op->getResult(0));
  FailureOr<Rescale> by = getRescale(op, requant);
  if (failed(type) || failed(by))
    return failure();
  by->inputZeroPoint = zeroPoint;
  by->outputZeroPoint = type->kind.zeroPoint;
  return finish(op, build.rescale(sums, getElement(*type), *by),
                requant.getMin().asArrayRef(), requant.getMax().asArrayRef());
}

LogicalResult TosaWriter::finish(Operation *op, Value result,
                                 ArrayRef<int32_t> min, ArrayRef<int32_t> max) {
  FailureOr<StoredType> type = getType(op, op->getResult(0));
  if (failed(type))
    return failure();
  fxp::IntegerRange range = type->getContainer();
  // Either bound of all channels, or one for each.
  auto convert = [&](ArrayRef<int32_t> bounds, int64_t ofType) {
    SmallVector<int64_t> limits;
    for (int32_t bound : bounds)
      limits.push_back(type->convert(bound));
    if (limits.empty())
      limits.push_back(ofType);
    if (llvm::all_equal(limits))
      limits.resize(1);
    return limits;
  };
  SmallVector<int64_t> low = convert(min, type->storage.lo),
                       high = convert(max, type->storage.hi);
  if (low.size() > 1 || high.size() > 1)
    return refuse(op, "expected bounds of all channels, found one for each");
  if (low.front() != range.lo || high.front() != range.hi)
    result = build.clamp(result, low.front(), high.front());
  tensors[op->getResult(0)] = result;
  return success();
}

TosaWriter::Window TosaWriter::fitWindow(Value input, ArrayRef<int64_t> out,
                                         ArrayRef<int64_t> reach,
                                         ArrayRef<int64_t> strides,
                                         ArrayRef<int64_t> pads) {
  Window window{input, {}};
  SmallVector<int64_t> sizes(TosaBuilder::typeOf(input).getShape());
  bool isCut = false;
  for (unsigned axis : {0u, 1u}) {
    int64_t &size = sizes[axis + 1];
    int64_t after =
        (out[axis] - 1) * strides[axis] + reach[axis] - size - pads[axis];
    isCut |= after < 0;
    size += std::min<int64_t>(after, 0);
    window.pads.append({pads[axis], std::max<int64_t>(after, 0)});
  }
  if (isCut)
    window.input = build.slice(input, {0, 0, 0, 0}, sizes);
  return window;
}
