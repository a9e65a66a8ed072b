//===- StreamType.cpp - wide values that layers read narrow ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/StreamType.h"
#include <cmath>

using namespace narrow;
using mlir::quant::UniformQuantizedType;

std::optional<Storages> narrow::parseStorages(StringRef text) {
  auto [first, second] = text.split('/');
  std::optional<Storage> value = parseStorage(first);
  if (!value)
    return std::nullopt;
  if (first.size() == text.size())
    return Storages{*value, std::nullopt};
  std::optional<Storage> layers = parseStorage(second);
  if (value->bits != 16 || !layers || layers->bits > 8)
    return std::nullopt;
  return Storages{*value, layers};
}

UniformQuantizedType narrow::chooseStreamType(UniformQuantizedType narrow,
                                              RealRange range) {
  // The most that leaves 255 steps on either side of a zero point in 16 bits.
  int shift = 7;
  double largest = std::max(std::abs(range.low), std::abs(range.high));
  while (shift > 0 && largest > 32767 * std::ldexp(narrow.getScale(), -shift))
    --shift;
  return makeUniformType(narrow.getContext(), {/*isSigned=*/true, 16},
                         std::ldexp(narrow.getScale(), -shift), 0);
}
