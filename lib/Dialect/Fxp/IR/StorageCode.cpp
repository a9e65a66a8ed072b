//===- StorageCode.cpp - codes of weights in memory -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/StorageCode.h"

using namespace narrow;
using namespace narrow::fxp;

unsigned fxp::getStoredBits(WeightStorage code) {
  switch (code) {
  case WeightStorage::I16:
    return 16;
  case WeightStorage::I8:
    return 8;
  case WeightStorage::I4:
  case WeightStorage::Lut4:
    return 4;
  case WeightStorage::I2:
  case WeightStorage::Lut2:
    return 2;
  }
  llvm_unreachable("unknown storage code");
}

bool fxp::isTable(WeightStorage code) {
  return code == WeightStorage::Lut4 || code == WeightStorage::Lut2;
}

IntegerRange fxp::getStoredRange(WeightStorage code) {
  unsigned bits = isTable(code) ? 8 : getStoredBits(code);
  int64_t half = int64_t(1) << (bits - 1);
  return {-half, half - 1};
}

SmallVector<int64_t> fxp::listWeights(ArrayRef<int64_t> weights) {
  SmallVector<int64_t> list(weights);
  list.push_back(0);
  llvm::sort(list);
  list.erase(llvm::unique(list), list.end());
  return list;
}

std::string fxp::describeMisfit(WeightStorage code, ArrayRef<int64_t> weights) {
  std::string text;
  llvm::raw_string_ostream os(text);
  IntegerRange range = getStoredRange(code);
  StringRef name = stringifyWeightStorage(code);
  for (int64_t weight : weights)
    if (!range.contains(weight)) {
      os << "expected weights in " << range.lo << ".." << range.hi
         << " where they are stored as " << name << " (N4), found " << weight;
      return text;
    }
  if (!isTable(code))
    return text;
  size_t most = size_t(1) << getStoredBits(code);
  if (size_t count = listWeights(weights).size(); count > most)
    os << "expected at most " << most
       << " different weights, 0 among them, where they are stored as " << name
       << " (N4), found " << count;
  return text;
}

WeightStorage fxp::chooseStorage(ArrayRef<int64_t> weights) {
  for (WeightStorage code : {WeightStorage::I2, WeightStorage::I4})
    if (llvm::all_of(weights, [range = getStoredRange(code)](int64_t weight) {
          return range.contains(weight);
        }))
      return code;
  return WeightStorage::I8;
}

WeightStorage fxp::getStorage(Value weights) {
  auto constant = weights.getDefiningOp<ConstantOp>();
  return constant ? constant.getStorage().value_or(WeightStorage::I8)
                  : WeightStorage::I8;
}
