//===- CastVerifiers.cpp - rules of constants and casts -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Dialect/Fxp/IR/LongAdd.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Fxp/IR/StorageCode.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

/// N4: weights of zero point 0 that the code holds.
static LogicalResult verifyStorage(ConstantOp op) {
  QuantView view(op.getType());
  if (!view || view.getContainerBits() != 8 || !view.isSigned() ||
      view.getZeroPoint() != 0 || !view.hasOneZeroPoint())
    return op.emitOpError("expected signed weights of at most 8 bits and zero "
                          "point 0 where a storage is named (N4), found ")
           << op.getType();
  if (getStoredBits(*op.getStorage()) > 8)
    return op.emitOpError("expected a storage of at most 8 bits (N4), found ")
           << stringifyWeightStorage(*op.getStorage());
  if (!hasReadableData(op.getValue()))
    return success();
  SmallVector<int64_t> weights = getIntegers(op.getValue());
  int64_t block = getBlock(op);
  std::string misfit =
      block ? findMultipliers(block, weights,
                              cast<ShapedType>(op.getType()).getDimSize(0))
                  .misfit
            : describeMisfit(*op.getStorage(), weights);
  return misfit.empty() ? success() : LogicalResult(op.emitOpError(misfit));
}

/// N4: blocks are of weights [channels, ...] in i4.
static LogicalResult verifyBlock(ConstantOp op, Attribute block) {
  auto size = dyn_cast<mlir::IntegerAttr>(block);
  if (!size || !size.getType().isInteger(64) || !isBlockSize(size.getInt()))
    return op.emitOpError("expected blocks of 32, 64 or 128 weights (N4), "
                          "found ")
           << block;
  if (op.getStorage() != WeightStorage::I4)
    return op.emitOpError("expected weights in blocks to be stored as i4 (N4)");
  if (cast<ShapedType>(op.getType()).getRank() < 2)
    return op.emitOpError("expected weights in blocks to have channels and "
                          "more (N4), found ")
           << op.getType();
  return success();
}

/// N2: stored integers in the storage type's container, i32 or i64 for biases.
LogicalResult ConstantOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  auto value = cast<ShapedType>(getValue().getType());
  if (value.getShape() != type.getShape())
    return emitOpError("expected a value of the result's shape (N2), found ")
           << value;
  QuantView view(type);
  Type element = view ? IntegerType::get(getContext(), view.getContainerBits())
                      : type.getElementType();
  if (value.getElementType() != element)
    return emitOpError("expected stored integers of type ")
           << element << " (N2), found " << value.getElementType();
  if (Attribute block = (*this)->getAttr(kBlockAttr);
      block && failed(verifyBlock(*this, block)))
    return failure();
  if (getStorage() && failed(verifyStorage(*this)))
    return failure();
  if (!view)
    return success();
  if (failed(verifyQuantised(*this, getResult(), "the result", ScaleAxis::Any)))
    return failure();
  // Large constants are resources, which their makers answer for.
  auto dense = dyn_cast<DenseElementsAttr>(getValue());
  if (!dense)
    return success();
  for (const llvm::APInt &bits : dense.getValues<llvm::APInt>()) {
    int64_t stored =
        view.isSigned() ? bits.getSExtValue() : int64_t(bits.getZExtValue());
    if (!view.getStorageRange().contains(stored))
      return emitOpError("expected stored integers in ")
             << view.getStorageRange().lo << ".." << view.getStorageRange().hi
             << " (N1), found " << stored;
    if (dense.isSplat())
      break;
  }
  return success();
}

/// N12: finite numbers, one of each or one per channel of the axis.
static LogicalResult verifyNormalisation(QuantizeOp op) {
  if (!op.getMean() || !op.getFactor())
    return op.emitOpError("expected both mean and factor, or none (N12)");
  ArrayRef<float> mean = *op.getMean(), factor = *op.getFactor();
  RankedTensorType type = op.getType();
  size_t channels = 1;
  if (std::optional<uint64_t> axis = op.getAxis()) {
    if (*axis >= static_cast<uint64_t>(type.getRank()))
      return op.emitOpError("expected an axis below ")
             << type.getRank() << " (N12), found "
             << static_cast<int64_t>(*axis);
    channels = type.getDimSize(*axis);
  }
  if (mean.size() != channels || factor.size() != channels)
    return op.emitOpError("expected ")
           << channels << " means and factors (N12), found " << mean.size()
           << " and " << factor.size();
  for (float x : mean)
    if (!std::isfinite(x))
      return op.emitOpError("expected finite means (N12), found ") << x;
  for (float x : factor)
    if (!std::isfinite(x) || x == 0)
      return op.emitOpError(
                 "expected finite factors other than 0 (N12), found ")
             << x;
  if (QuantView(type).isPerAxis())
    return op.emitOpError("expected a result of one scale (N12), found ")
           << type.getElementType();
  return success();
}

LogicalResult QuantizeOp::verify() {
  if (failed(verifySameShape(*this, getInput(), getResult())))
    return failure();
  if ((getMean() || getFactor() || getAxis()) &&
      failed(verifyNormalisation(*this)))
    return failure();
  return verifyQuantised(*this, getResult(), "the result", ScaleAxis::Any,
                         kMostStreamBits);
}

LogicalResult DequantizeOp::verify() {
  if (failed(verifySameShape(*this, getInput(), getResult())))
    return failure();
  return verifyQuantised(*this, getInput(), "the input", ScaleAxis::Any);
}

LogicalResult RequantizeOp::verify() {
  if (failed(verifySameShape(*this, getInput(), getResult())) ||
      failed(verifyQuantised(*this, getInput(), "the input", ScaleAxis::Any)) ||
      failed(verifyQuantised(*this, getResult(), "the result", ScaleAxis::Any)))
    return failure();
  QuantView from(getInput().getType()), to(getType());
  if (from.isPerAxis() && to.isPerAxis() && from.getAxis() != to.getAxis())
    return emitOpError("expected scales of input and result on one axis (N24), "
                       "found axes ")
           << from.getAxis() << " and " << to.getAxis();
  RequantCheck check;
  check.channels = getElementwiseChannels(getInput(), getResult());
  check.ratios = getExactRatios();
  check.hasKnownOffset = true;
  check.accumulator = from.getCenteredRange();
  return verifyRequant(*this, getRequant(), getResult(), check);
}

/// N53: plain integers are at least as wide as stored ones in memory.
static LogicalResult verifyIntegers(Operation *op, Value stored, Value plain,
                                    StringRef name) {
  if (failed(verifySameShape(op, op->getOperand(0), op->getResult(0))) ||
      failed(verifyQuantised(op, stored, name, ScaleAxis::Any)))
    return failure();
  unsigned least = QuantView(stored.getType()).getContainerBits();
  Type element = cast<RankedTensorType>(plain.getType()).getElementType();
  if (element.getIntOrFloatBitWidth() < least)
    return op->emitOpError("expected integers of at least ")
           << least << " bits (N53), found " << element;
  return success();
}

LogicalResult ToIntegersOp::verify() {
  return verifyIntegers(*this, getInput(), getResult(), "the input");
}

LogicalResult FromIntegersOp::verify() {
  return verifyIntegers(*this, getResult(), getInput(), "the result");
}

LogicalResult ObserveOp::verify() {
  auto isInterval = [](ArrayRef<double> range) {
    return range.size() == 2 && std::isfinite(range[0]) &&
           std::isfinite(range[1]) && range[0] <= range[1];
  };
  if (!isInterval(getRange().value_or(ArrayRef<double>{0, 0})))
    return emitOpError("expected a range of two finite numbers, the lower "
                       "one first, for '")
           << getName() << "'";
  if (!isInterval(getExtremes().value_or(ArrayRef<double>{0, 0})))
    return emitOpError("expected extremes of two finite numbers, the lower "
                       "one first, for '")
           << getName() << "'";
  if (std::optional<Type> type = getType(); type && !QuantView(*type))
    return emitOpError("expected a quantised element type, found ") << *type;
  return success();
}
