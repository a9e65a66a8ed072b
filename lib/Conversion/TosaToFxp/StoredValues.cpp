//===- StoredValues.cpp - plain integers as stored ones -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::tosatofxp;

std::optional<SmallVector<int64_t>> tosatofxp::getConstant(Value value) {
  if (auto shape = value.getDefiningOp<tosa::ConstShapeOp>())
    return getIntegers(shape.getValues());
  if (auto reshape = value.getDefiningOp<tosa::ReshapeOp>())
    return getConstant(reshape.getInput1());
  ElementsAttr elements;
  if (!mlir::matchPattern(value, mlir::m_Constant(&elements)) ||
      !elements.getElementType().isInteger())
    return std::nullopt;
  return getIntegers(elements);
}

unsigned tosatofxp::getIntegerBits(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  return tensor && tensor.getElementType().isSignlessInteger()
             ? tensor.getElementTypeBitWidth()
             : 0;
}

bool tosatofxp::isStorable(Value value) {
  unsigned bits = getIntegerBits(value);
  return bits == 8 || bits == 16;
}

Type tosatofxp::getStoredType(MLIRContext *context, unsigned bits,
                              bool isUnsigned, int64_t zeroPoint) {
  int64_t low = isUnsigned ? 0 : -(int64_t(1) << (bits - 1));
  return mlir::quant::UniformQuantizedType::get(
      isUnsigned ? 0 : mlir::quant::QuantizationFlags::Signed,
      IntegerType::get(context, bits), mlir::Float32Type::get(context),
      /*scale=*/1.0, zeroPoint, low, low + (int64_t(1) << bits) - 1);
}

/// Whether `op` gives elements of its operands as they are.
static bool movesElements(Operation *op) {
  return isa<tosa::ReshapeOp, tosa::TransposeOp, tosa::SliceOp, tosa::ConcatOp,
             tosa::PadOp, tosa::MaxPool2dOp, tosa::ClampOp, tosa::ReduceMaxOp,
             tosa::ReverseOp>(op);
}

/// The zero point that a reader of `use` subtracts, or nothing.
static std::optional<int64_t> readZeroPoint(mlir::OpOperand &use) {
  Operation *op = use.getOwner();
  auto known = [](FailureOr<int64_t> zero) -> std::optional<int64_t> {
    return succeeded(zero) ? std::optional(*zero) : std::nullopt;
  };
  unsigned index = use.getOperandNumber();
  if (auto conv = dyn_cast<tosa::Conv2DOp>(op); conv && index == 0)
    return known(conv.getInputZeroPoint());
  if (auto conv = dyn_cast<tosa::DepthwiseConv2DOp>(op); conv && index == 0)
    return known(conv.getInputZeroPoint());
  if (auto conv = dyn_cast<tosa::TransposeConv2DOp>(op); conv && index == 0)
    return known(conv.getInputZeroPoint());
  if (auto pool = dyn_cast<tosa::AvgPool2dOp>(op); pool && index == 0)
    return known(pool.getInputZeroPoint());
  if (auto product = dyn_cast<tosa::MatMulOp>(op); product && index < 2)
    return known(index ? product.getBZeroPoint() : product.getAZeroPoint());
  if (auto rescale = dyn_cast<tosa::RescaleOp>(op);
      rescale && index == 0 && !rescale.getInputUnsigned())
    return known(rescale.getInputZeroPoint());
  return std::nullopt;
}

/// Looks behind `depth` movements at most.
static std::optional<int64_t> findReader(Value value, unsigned depth) {
  for (mlir::OpOperand &use : value.getUses()) {
    if (std::optional<int64_t> zero = readZeroPoint(use))
      return zero;
    if (depth && movesElements(use.getOwner()))
      if (auto zero = findReader(use.getOwner()->getResult(0), depth - 1))
        return zero;
  }
  return std::nullopt;
}

int64_t tosatofxp::findZeroPoint(Value plain) {
  if (auto made = plain.getDefiningOp<fxp::ToIntegersOp>())
    return fxp::QuantView(made.getInput().getType()).getZeroPoint();
  constexpr unsigned kMaxMovements = 8;
  int64_t zero = findReader(plain, kMaxMovements).value_or(0);
  return llvm::isIntN(getIntegerBits(plain), zero) ? zero : 0;
}

RankedTensorType Converter::withElements(Value like, Type element) {
  return RankedTensorType::get(cast<ShapedType>(like.getType()).getShape(),
                               element);
}

Value Converter::getStored(Value plain, int64_t zeroPoint, bool isUnsigned) {
  Type element = getStoredType(builder.getContext(), getIntegerBits(plain),
                               isUnsigned, zeroPoint);
  RankedTensorType type = withElements(plain, element);
  if (auto made = plain.getDefiningOp<fxp::ToIntegersOp>())
    if (made.getInput().getType() == type)
      return made.getInput();
  if (auto values = getConstant(plain)) {
    auto plainType = withElements(
        plain, cast<RankedTensorType>(plain.getType()).getElementType());
    return fxp::ConstantOp::create(builder, plain.getLoc(), type,
                                   makeConstant(plainType, *values));
  }
  return fxp::FromIntegersOp::create(builder, plain.getLoc(), type, plain);
}

Value Converter::getStored(Value plain) {
  if (auto made = plain.getDefiningOp<fxp::ToIntegersOp>())
    return made.getInput();
  return getStored(plain, findZeroPoint(plain));
}

void Converter::replace(Operation *op, Value stored) {
  Value result = op->getResult(0);
  Value plain = fxp::ToIntegersOp::create(builder, op->getLoc(),
                                          result.getType(), stored);
  result.replaceAllUsesWith(plain);
}
