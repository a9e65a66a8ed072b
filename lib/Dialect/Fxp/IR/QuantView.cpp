//===- QuantView.cpp - one view of the quantised types --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/QuantView.h"

using namespace narrow;
using namespace narrow::fxp;
using mlir::quant::QuantizedType;
using mlir::quant::UniformQuantizedPerAxisType;
using mlir::quant::UniformQuantizedType;

QuantView::QuantView(Type given) {
  if (!given)
    return;
  if (auto shaped = dyn_cast<ShapedType>(given))
    given = shaped.getElementType();
  if (auto perTensor = dyn_cast<UniformQuantizedType>(given)) {
    scales.push_back(perTensor.getScale());
    zeroPoints.push_back(perTensor.getZeroPoint());
  } else if (auto perAxis = dyn_cast<UniformQuantizedPerAxisType>(given)) {
    scales.assign(perAxis.getScales().begin(), perAxis.getScales().end());
    zeroPoints.assign(perAxis.getZeroPoints().begin(),
                      perAxis.getZeroPoints().end());
    axis = perAxis.getQuantizedDimension();
  } else {
    return;
  }
  type = given;
  auto quantised = cast<QuantizedType>(given);
  bits = quantised.getStorageTypeIntegralWidth();
  isSignedStorage = quantised.isSigned();
  storage = {quantised.getStorageTypeMin(), quantised.getStorageTypeMax()};
}

IntegerRange QuantView::getCenteredRange(int64_t channel) const {
  return {storage.lo - getZeroPoint(channel),
          storage.hi - getZeroPoint(channel)};
}

IntegerRange QuantView::getCenteredRange() const {
  auto [low, high] = std::minmax_element(zeroPoints.begin(), zeroPoints.end());
  return {storage.lo - *high, storage.hi - *low};
}
