//===- VerifyAccumulators.cpp - the overflow proof ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Analysis/AccumulatorBounds.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"

namespace narrow::fxp {
#define GEN_PASS_DEF_FXPVERIFYACCUMULATORS
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"
} // namespace narrow::fxp

using namespace narrow;
using namespace narrow::fxp;

/// 2^(bits-1) - 1 and its counterpart, for accumulators of 32 and 64 bits.
static IntegerRange getAccumulatorRange(Value bias) {
  bool wide =
      bias &&
      cast<RankedTensorType>(bias.getType()).getElementType().isInteger(64);
  return wide ? IntegerRange{INT64_MIN / 2, INT64_MAX / 2} : kInt32Range;
}

static LogicalResult reportOverflow(Operation *op, IntegerRange range,
                                    IntegerRange limit, int64_t channel) {
  InFlightDiagnostic diagnostic =
      op->emitOpError("expected an accumulator in [")
      << limit.lo << ", " << limit.hi << "], found [" << range.lo << ", "
      << range.hi << "]";
  if (channel >= 0)
    diagnostic << " in output channel " << channel;
  return diagnostic;
}

/// Contractions with constant weights [O, ...] and bias [O].
static LogicalResult verifyWeights(WeightedOpInterface op) {
  FailureOr<SmallVector<IntegerRange>> bounds = accumulatorBounds(op);
  if (failed(bounds))
    return op->emitOpError("expected constant weights and biases");
  IntegerRange limit = getAccumulatorRange(op.getBias());
  for (auto [channel, range] :
       llvm::enumerate(addOffsets(*bounds, op.getRequant())))
    if (!limit.contains(range))
      return reportOverflow(op, range, limit, channel);
  // Without the weights, every product would have to be at its largest.
  auto type = cast<RankedTensorType>(op.getWeights().getType());
  int64_t depth = type.getNumElements() / type.getDimSize(0);
  int64_t largest =
      depth * QuantView(type).getCenteredRange().maxAbs() *
      QuantView(op.getInput().getType()).getCenteredRange().maxAbs();
  if (!limit.contains(largest))
    emitRemark(op.getLoc()) << "the actual weights prove that no accumulator "
                               "of this op leaves its type";
  return success();
}

static LogicalResult verifyRange(Operation *op, RequantAttr requant,
                                 IntegerRange range) {
  size_t channels = std::max<size_t>(requant.getOffset().size(), 1);
  SmallVector<IntegerRange> ranges(channels, range);
  for (IntegerRange total : addOffsets(ranges, requant))
    if (!kInt32Range.contains(total))
      return reportOverflow(op, total, kInt32Range, -1);
  return success();
}

static LogicalResult verifyAccumulator(Operation *op) {
  if (auto sum = dyn_cast<WeightedOpInterface>(op))
    return verifyWeights(sum);
  auto facts = dyn_cast<FixedPointOpInterface>(op);
  std::optional<IntegerRange> range =
      facts ? facts.getAccumulatorRange() : std::nullopt;
  // A matmul's are i64 then (N34).
  if (range && isa<MatMulOp>(op) && !kInt32Range.contains(*range))
    return success();
  return range ? verifyRange(op, facts.getRequant(), *range) : success();
}

namespace {
struct FxpVerifyAccumulatorsPass
    : fxp::impl::FxpVerifyAccumulatorsBase<FxpVerifyAccumulatorsPass> {
  using Base::Base;
  void runOnOperation() override {
    bool failed = false;
    getOperation()->walk(
        [&](Operation *op) { failed |= mlir::failed(verifyAccumulator(op)); });
    if (failed)
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
