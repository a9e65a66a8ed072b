//===- QuantizeParts.cpp - casts that join the parts of a result ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where planning keeps the parts of a result apart, each is cast to float at
// its own scale, into its place; what moves the whole on its way out moves
// floats.
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"
#include "mlir/Dialect/Tosa/Utils/ConversionUtils.h"
#include "narrow/Plan/Parts.h"

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

bool Quantizer::movesFloats(Operation *op) const {
  if (op->hasAttr(kPartsAttribute))
    return hasFreeCasts();
  Value moved = quantized.lookup(op->getOperand(0));
  return moved && isFloatTensor(moved.getType());
}

Value Quantizer::getCast(Value value) {
  Value found = getQuantized(value);
  if (!found || isFloatTensor(found.getType()))
    return found ? found : value;
  return fxp::DequantizeOp::create(builder, value.getLoc(), value.getType(),
                                   found);
}

Refusal Quantizer::convertMovedFloats(Operation *op) {
  Location loc = op->getLoc();
  Type type = op->getResult(0).getType();
  if (auto concat = dyn_cast<tosa::ConcatOp>(op)) {
    SmallVector<Value> parts;
    for (Value operand : op->getOperands())
      parts.push_back(getCast(operand));
    return replace(
        op, fxp::ConcatOp::create(builder, loc, type, parts, concat.getAxis()));
  }
  Value input = getCast(op->getOperand(0));
  if (isa<tosa::IdentityOp>(op))
    return replace(op, input);
  if (isa<tosa::ReshapeOp>(op))
    return replace(op, fxp::ReshapeOp::create(builder, loc, type, input));
  if (auto transpose = dyn_cast<tosa::TransposeOp>(op))
    return replace(op, fxp::TransposeOp::create(
                           builder, loc, type, input,
                           SmallVector<int64_t>(transpose.getPerms().begin(),
                                                transpose.getPerms().end())));
  auto slice = cast<tosa::SliceOp>(op);
  SmallVector<int64_t> starts;
  if (!tosa::getConstShapeValues(slice.getStart().getDefiningOp(), starts))
    return "its start is not constant";
  SmallVector<int64_t> steps(starts.size(), 1);
  return replace(
      op, fxp::SliceOp::create(builder, loc, type, input, starts, steps));
}
