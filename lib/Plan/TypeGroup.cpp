//===- TypeGroup.cpp - values that share one type -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TypeGroup.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::plan;
using mlir::quant::UniformQuantizedType;

RealRange plan::getHeldRange(UniformQuantizedType type) {
  return {
      type.getScale() * double(type.getStorageTypeMin() - type.getZeroPoint()),
      type.getScale() * double(type.getStorageTypeMax() - type.getZeroPoint())};
}

/// Returns whether `fixed` holds all values of `group` to a step: 1 lies a step
/// beyond what softmax's u8 at 1/256 holds.
static bool holds(UniformQuantizedType fixed, const Group &group) {
  if (!group.range)
    return true;
  RealRange held = getHeldRange(fixed);
  return group.range->low >= held.low - fixed.getScale() &&
         group.range->high <= held.high + fixed.getScale();
}

bool plan::canShareType(const Group &a, const Group &b) {
  if (a.isGivenApart || b.isGivenApart)
    return false;
  if (!a.storage.empty() && !b.storage.empty() && a.storage != b.storage)
    return false;
  if (a.fixed && b.fixed)
    return a.fixed == b.fixed;
  if (a.fixed)
    return b.storage.empty() && holds(a.fixed, b);
  if (b.fixed)
    return a.storage.empty() && holds(b.fixed, a);
  return true;
}

bool plan::hasOutliers(const Group &group, UniformQuantizedType plain) {
  if (!group.isCalibrated || group.leastRms == 0)
    return false;
  for (Value member : group.members)
    if (llvm::any_of(getReaders(member), [](Operation *reader) {
          return isa<nn::PreluOp>(reader);
        }))
      return false;
  return !hasEnoughSteps(group.leastRms, plain.getScale());
}
