//===- DynamicVerifiers.cpp - rules of scales found at run time -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.h"

using namespace narrow;
using namespace narrow::fxp;

#define GET_OP_CLASSES
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.cpp.inc"

using mlir::quant::UniformQuantizedType;

static RankedTensorType tensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

// Sums are straight from accumulators.
unsigned DynamicDequantizeOp::getMaxOperandBits() { return 32; }
bool DynamicQuantizeOp::readsExactly() { return true; }
bool DynamicDequantizeOp::writesExactly() { return true; }

UniformQuantizedType DynamicQuantizeOp::getStoredType(MLIRContext *context,
                                                      bool perRow) {
  auto i8 = IntegerType::get(context, 8);
  auto f32 = mlir::Float32Type::get(context);
  return perRow
             ? UniformQuantizedType::get(mlir::quant::QuantizationFlags::Signed,
                                         i8, f32, 1.0, 0, -127, 127)
             : UniformQuantizedType::get(0, i8, f32, 1.0, 128, 0, 255);
}

/// Returns how many rows of the last axis a tensor has.
static int64_t countRows(RankedTensorType type) {
  return type.getNumElements() / type.getShape().back();
}

LogicalResult DynamicQuantizeOp::verify() {
  RankedTensorType input = tensor(getInput()), result = tensor(getResult());
  if (input.getRank() < 1 || input.getNumElements() == 0)
    return emitOpError("expected elements to find a range of (N13), found ")
           << input;
  auto stored = getStoredType(getContext(), getPerRow());
  if (result.getElementType() != stored)
    return emitOpError("expected a result of ")
           << stored << " (N13), found " << result.getElementType();
  SmallVector<int64_t> shape(input.getShape());
  if (getPads()) {
    if (getPerRow() || input.getRank() != 4)
      return emitOpError("expected pads around an image of one scale (N13), "
                         "found ")
             << input << (getPerRow() ? " with a scale for each row" : "");
    if (failed(verifyList(*this, "pads", *getPads(), 4, 0)))
      return failure();
    shape[1] += (*getPads())[0] + (*getPads())[2];
    shape[2] += (*getPads())[1] + (*getPads())[3];
  }
  if (result.getShape() != ArrayRef<int64_t>(shape))
    return emitOpError("expected a result of the input's shape, with the pads "
                       "(N13), found ")
           << result << " from " << input;
  SmallVector<int64_t> wanted = {1, 2};
  if (getPerRow())
    wanted = {countRows(input), 1};
  if (tensor(getParameters()).getShape() != ArrayRef<int64_t>(wanted))
    return emitOpError("expected parameters of ")
           << wanted[0] << " by " << wanted[1] << " numbers (N13), found "
           << getParameters().getType();
  return success();
}

LogicalResult DynamicDequantizeOp::verify() {
  RankedTensorType input = tensor(getInput());
  if (failed(verifySameShape(*this, getInput(), getResult())) ||
      failed(verifyQuantised(*this, getInput(), "the input", ScaleAxis::Last)))
    return failure();
  QuantView view(input);
  if (input.getRank() < 1 || view.getBits() != 32 || !view.hasOneZeroPoint() ||
      view.getZeroPoint() != 0)
    return emitOpError("expected sums of 32 bits and zero point 0 (N14), "
                       "found ")
           << input;
  RankedTensorType parameters = tensor(getParameters());
  bool isShared = parameters.getShape() == ArrayRef<int64_t>({1, 2});
  if (!isShared &&
      parameters.getShape() != ArrayRef<int64_t>({countRows(input), 1}))
    return emitOpError("expected parameters of 1 by 2 numbers, or of ")
           << countRows(input) << " by 1 (N14), found " << parameters;
  auto channels = static_cast<size_t>(input.getShape().back());
  if (getWeightSums().has_value() != isShared)
    return emitOpError("expected weight_sums where, and only where, all rows "
                       "share a zero point (N14)");
  if (isShared && getWeightSums()->size() != channels)
    return emitOpError("expected ") << channels << " weight_sums (N14), found "
                                    << getWeightSums()->size();
  if (getBias() && getBias()->size() != channels)
    return emitOpError("expected a bias of ")
           << channels << " numbers (N14), found " << getBias()->size();
  return success();
}
