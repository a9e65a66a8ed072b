//===- BlockCode.cpp - weights of blocks that share a multiplier ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/BlockCode.h"

using namespace narrow;
using namespace narrow::fxp;

bool fxp::isBlockSize(int64_t size) {
  return size == 32 || size == 64 || size == 128;
}

int64_t fxp::getBlock(Value weights) {
  auto constant = weights.getDefiningOp<ConstantOp>();
  auto block = constant ? constant->getAttrOfType<mlir::IntegerAttr>(kBlockAttr)
                        : mlir::IntegerAttr();
  return block ? block.getInt() : 0;
}

void fxp::setBlock(ConstantOp constant, int64_t block) {
  if (!block) {
    constant->removeAttr(kBlockAttr);
    return;
  }
  auto type = IntegerType::get(constant.getContext(), 64);
  constant->setAttr(kBlockAttr, mlir::IntegerAttr::get(type, block));
}

std::optional<int64_t> fxp::findMultiplier(ArrayRef<int64_t> block) {
  for (int64_t multiplier = 1; multiplier <= kMostBlockMultiplier; ++multiplier)
    if (llvm::all_of(block, [multiplier](int64_t weight) {
          return weight % multiplier == 0 &&
                 std::abs(weight) <= multiplier * kMostBlockField;
        }))
      return multiplier;
  return std::nullopt;
}

BlockMultipliers fxp::findMultipliers(int64_t block, ArrayRef<int64_t> weights,
                                      int64_t channels) {
  BlockMultipliers result;
  int64_t depth = channels ? int64_t(weights.size()) / channels : 0;
  for (int64_t channel = 0; channel < channels; ++channel)
    for (int64_t from = 0; from < depth; from += block) {
      std::optional<int64_t> multiplier = findMultiplier(
          weights.slice(channel * depth + from, std::min(block, depth - from)));
      if (!multiplier) {
        result.misfit =
            "expected weights " + std::to_string(from) + " to " +
            std::to_string(std::min(from + block, depth) - 1) + " of channel " +
            std::to_string(channel) +
            " to be -7 to 7 times a number from 1 to 15 where they are stored "
            "as i4 in blocks of " +
            std::to_string(block) + " (N4)";
        return result;
      }
      result.values.push_back(*multiplier);
    }
  return result;
}
