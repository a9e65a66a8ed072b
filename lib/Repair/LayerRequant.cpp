//===- LayerRequant.cpp - what follows from a layer's constants -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRequant.h"

#include "narrow/Analysis/AccumulatorBounds.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Simulate/PatchGeometry.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;

RankedTensorType narrow::withScales(RankedTensorType weights,
                                    ArrayRef<double> scales) {
  auto type = dyn_cast<mlir::quant::UniformQuantizedPerAxisType>(
      weights.getElementType());
  if (!type)
    return weights;
  return weights.clone(mlir::quant::UniformQuantizedPerAxisType::get(
      type.getFlags(), type.getStorageType(), type.getExpressedType(), scales,
      type.getZeroPoints(), type.getQuantizedDimension(),
      type.getStorageTypeMin(), type.getStorageTypeMax()));
}

double narrow::getBiasLimit(Type type) {
  return mlir::getElementTypeOrSelf(type).isInteger(64) ? 0x1p46 : 2147483647.0;
}

bool narrow::chooseRequant(Operation *op, Type inputType, LayerState &state,
                           ArrayRef<double> remainders) {
  Type result = state.resultType.getElementType();
  SmallVector<int64_t> bias = getIntegers(state.bias);
  SmallVector<fxp::IntegerRange> accumulators = accumulatorBounds(
      inputType, state.weightsType, getIntegers(state.weights), bias,
      getGeometry(op).groups);
  bool isWide = state.bias.getElementType().isInteger(64);
  if (!isWide && !llvm::all_of(accumulators, [](fxp::IntegerRange range) {
        return fxp::kInt32Range.contains(range);
      }))
    return false;
  FailureOr<SmallVector<double>> ratios =
      fxp::getScaleRatios(inputType, state.weightsType, result);
  if (failed(ratios))
    return false;
  fxp::RequantOptions options;
  options.min = state.requant.getMin();
  options.max = state.requant.getMax();
  options.accumulators = accumulators;
  options.biasRemainders = remainders;
  FailureOr<fxp::RequantAttr> chosen = fxp::chooseRequantOrExact(
      op->getContext(), state.requant.getMode(), *ratios, result, options);
  if (failed(chosen))
    return false;
  state.requant = *chosen;
  return true;
}
