//===- TypeGroup.cpp - values that share one type -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TypeGroup.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Dialect/Fxp/IR/LongAdd.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "llvm/Support/MathExtras.h"

using namespace narrow;
using namespace narrow::plan;
using mlir::quant::UniformQuantizedType;

/// The least size in steps of most elements of a sum: of steps s rounding
/// has a noise of s^2 / 12, so this is 40 dB, as it happens once for each sum
/// on its way.
static constexpr double kLeastSteps = 29;

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

UniformQuantizedType plan::chooseLongType(MLIRContext *context, RealRange range,
                                          unsigned bits, bool pow2) {
  double largest = std::max(std::abs(range.low), std::abs(range.high)),
         most = static_cast<double>(llvm::maxIntN(bits));
  return makeUniformType(context, {/*isSigned=*/true, bits},
                         roundScale(largest > 0 ? largest / most : 1, pow2), 0);
}

/// Returns the most bits with which `value` goes where it is read, 16 where
/// something does not take more.
static unsigned getMostSumBits(Value value, const KeepFloat &keepFloat) {
  Operation *maker = value.getDefiningOp();
  bool isMade = maker && !keepFloat.contains(maker) &&
                (isa<mlir::tosa::AddOp, mlir::tosa::SubOp>(maker) ||
                 isContraction(maker));
  if (!isMade)
    return 16;
  unsigned bits = fxp::kMostStreamBits;
  for (Operation *reader : getReaders(value)) {
    if (isa<nn::LayerNormOp, nn::RmsNormOp, nn::InstanceNormOp>(reader)) {
      // Of a row the sum of as many of the largest fits 32 bits (N45).
      auto type = cast<RankedTensorType>(value.getType());
      int64_t first = 1, end = type.getRank();
      if (auto layer = dyn_cast<nn::LayerNormOp>(reader))
        first = static_cast<int64_t>(layer.getAxis());
      else if (auto rms = dyn_cast<nn::RmsNormOp>(reader))
        first = static_cast<int64_t>(rms.getAxis());
      else
        --end;
      int64_t length =
          ShapedType::getNumElements(type.getShape().slice(first, end - first));
      bits = std::min(bits, 32 - std::min(16u, llvm::Log2_64_Ceil(length)));
    } else if (!isa<mlir::tosa::AddOp, mlir::tosa::SubOp>(reader)) {
      return 16;
    }
  }
  return bits;
}

UniformQuantizedType plan::chooseSumType(MLIRContext *context,
                                         const Group &group, RealRange range,
                                         const KeepFloat &keepFloat,
                                         bool pow2) {
  UniformQuantizedType type = chooseWideType(context, range, pow2);
  if (!group.isCalibrated || group.leastTypical == 0 ||
      group.leastTypical >= kLeastSteps * type.getScale())
    return type;
  unsigned bits = fxp::kMostStreamBits;
  for (Value member : group.members)
    bits = std::min(bits, getMostSumBits(member, keepFloat));
  return chooseLongType(context, range, bits, pow2);
}
