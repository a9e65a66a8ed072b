//===- WeightsAttr.cpp - which plans of weights make sense ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;
using namespace narrow::fxp;

std::pair<unsigned, unsigned> fxp::getWeightBits(WeightStorage storage) {
  switch (storage) {
  case WeightStorage::I8:
  case WeightStorage::Lut4:
  case WeightStorage::Lut2:
    return {2, 8};
  case WeightStorage::I4:
    return {2, 4};
  case WeightStorage::I2:
    return {2, 2};
  case WeightStorage::I16:
    return {9, 16};
  }
  return {};
}

WeightStorage fxp::getDefaultStorage(unsigned bits) {
  return bits <= 2   ? WeightStorage::I2
         : bits <= 4 ? WeightStorage::I4
         : bits <= 8 ? WeightStorage::I8
                     : WeightStorage::I16;
}

LogicalResult
WeightsAttr::verify(llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
                    WeightStorage storage, unsigned bits,
                    WeightGranularity granularity, unsigned block,
                    WeightRounding rounding, bool fullRange, bool pow2,
                    RequantMode requant) {
  auto [least, most] = getWeightBits(storage);
  if (bits < least || bits > most)
    return emitError() << "expected " << least << " to " << most
                       << " bits for weights stored as "
                       << stringifyWeightStorage(storage) << ", found " << bits;
  if (block != 0 && block != 32 && block != 64 && block != 128)
    return emitError() << "expected blocks of 32, 64 or 128 weights, found "
                       << block;
  if (block && storage != WeightStorage::I4)
    return emitError()
           << "expected weights in blocks to be stored as i4, found "
           << stringifyWeightStorage(storage);
  if (block && granularity != WeightGranularity::Channel)
    return emitError()
           << "expected weights in blocks to have a scale a channel, "
              "found one a tensor";
  return success();
}
