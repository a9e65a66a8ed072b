//===- AccumulatorBounds.cpp - how far exact sums can go ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Analysis/AccumulatorBounds.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using fxp::IntegerRange;
using fxp::QuantView;

SmallVector<IntegerRange>
narrow::accumulatorBounds(Type inputType, RankedTensorType weightsType,
                          ArrayRef<int64_t> weights, ArrayRef<int64_t> bias,
                          int64_t groups) {
  QuantView input(inputType), view(weightsType);
  assert(input && view && "expected quantised types");
  int64_t outputs = weightsType.getDimSize(0);
  int64_t taps = weightsType.getNumElements() / outputs;
  int64_t groupDepth = weightsType.getShape().back();
  int64_t groupOutputs = outputs / groups;

  SmallVector<IntegerRange> ranges;
  for (int64_t o = 0; o < outputs; ++o)
    ranges.push_back(boundSum(
        bias.empty() ? 0 : bias[o], taps,
        [&](int64_t tap) {
          return weights[o * taps + tap] - view.getZeroPoint(o);
        },
        [&](int64_t tap) {
          return input.getCenteredRange(o / groupOutputs * groupDepth +
                                        tap % groupDepth);
        }));
  return ranges;
}

/// Returns the stored integers of a constant tensor.
static FailureOr<SmallVector<int64_t>> getConstant(Value value) {
  ElementsAttr elements;
  if (!mlir::matchPattern(value, mlir::m_Constant(&elements)))
    return failure();
  SmallVector<int64_t> integers = getIntegers(elements);
  QuantView view(value.getType());
  if (view && !view.isSigned())
    for (int64_t &integer : integers) // The same bits, zero-extended (N2).
      integer &= (INT64_C(1) << view.getContainerBits()) - 1;
  return integers;
}

FailureOr<SmallVector<IntegerRange>>
narrow::accumulatorBounds(fxp::WeightedOpInterface op) {
  auto weights = getConstant(op.getWeights()), bias = getConstant(op.getBias());
  if (failed(weights) || failed(bias))
    return failure();
  return accumulatorBounds(op.getInput().getType(),
                           cast<RankedTensorType>(op.getWeights().getType()),
                           *weights, *bias, op.getGroups());
}

SmallVector<IntegerRange> narrow::addOffsets(ArrayRef<IntegerRange> ranges,
                                             fxp::RequantAttr requant) {
  SmallVector<IntegerRange> moved(ranges);
  ArrayRef<int32_t> offsets = requant.getOffset().asArrayRef();
  if (requant.getMode() != fxp::RequantMode::Q15 || offsets.empty())
    return moved;
  for (auto [channel, range] : llvm::enumerate(moved)) {
    int64_t offset = offsets[offsets.size() == 1 ? 0 : channel];
    range = {range.lo + offset, range.hi + offset};
  }
  return moved;
}
