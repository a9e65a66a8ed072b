//===- FxpInterfaceMethods.cpp - facts of fxp ops -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Parameters.h"

using namespace narrow;
using namespace narrow::fxp;

static RankedTensorType tensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Widths (N1)
//===----------------------------------------------------------------------===//

unsigned DequantizeOp::getMaxOperandBits() { return 32; }
unsigned RequantizeOp::getMaxResultBits() { return 32; }
// A model's own accumulators go on as plain integers.
unsigned ToIntegersOp::getMaxOperandBits() { return 32; }
// Scores come straight from accumulators.
unsigned SoftmaxOp::getMaxOperandBits() { return 32; }
unsigned LogSoftmaxOp::getMaxOperandBits() { return 32; }

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

/// Elements of `weights` that make one output channel's product, times the
/// elements of `out`.
static int64_t contractionMacs(Value weights, Value out) {
  RankedTensorType type = tensor(weights);
  return tensor(out).getNumElements() *
         (type.getNumElements() / type.getDimSize(0));
}

int64_t Conv2DOp::getMacs() {
  return contractionMacs(getWeights(), getResult());
}

int64_t TransposedConv2DOp::getMacs() {
  RankedTensorType weights = tensor(getWeights());
  return tensor(getInput()).getNumElements() / int64_t(getGroups()) *
         weights.getDimSize(0) * weights.getDimSize(1) * weights.getDimSize(2);
}

int64_t FullyConnectedOp::getMacs() {
  return contractionMacs(getWeights(), getResult());
}

int64_t MatMulOp::getMacs() {
  return tensor(getLhs()).getNumElements() * tensor(getResult()).getDimSize(2);
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

bool ReshapeOp::isView() { return true; }

/// Bits stay (N53) where both are as wide in memory.
static bool hasWidthOf(Value plain, const QuantView &stored) {
  return tensor(plain).getElementTypeBitWidth() == stored.getContainerBits();
}

bool ToIntegersOp::isView() {
  return hasWidthOf(getResult(), QuantView(getInput().getType()));
}

bool FromIntegersOp::isView() {
  // And where no integer is beyond the range.
  QuantView stored(getType());
  IntegerRange range = stored.getStorageRange();
  return hasWidthOf(getInput(), stored) &&
         range.hi - range.lo + 1 == int64_t(1) << stored.getContainerBits();
}

//===----------------------------------------------------------------------===//
// Memory of the caller
//===----------------------------------------------------------------------===//

bool QuantizeOp::readsExactly() { return true; }
bool FromIntegersOp::readsExactly() { return true; }
bool TransposeOp::readsExactly() { return true; }

bool DequantizeOp::writesExactly() { return true; }
bool ToIntegersOp::writesExactly() { return true; }
bool TransposeOp::writesExactly() { return true; }
bool LookupOp::writesExactly() { return true; }
bool InterpolateOp::writesExactly() { return true; }
bool SoftmaxOp::writesExactly() { return true; }
bool LogSoftmaxOp::writesExactly() { return true; }
bool NormalizeOp::writesExactly() { return true; }

//===----------------------------------------------------------------------===//
// Scale ratios
//===----------------------------------------------------------------------===//

static SmallVector<double> ratiosOf(Value input, Value factors, Value result) {
  FailureOr<SmallVector<double>> ratios =
      getScaleRatios(input.getType(), factors.getType(), result.getType());
  return succeeded(ratios) ? *ratios : SmallVector<double>();
}

SmallVector<double> Conv2DOp::getExactRatios() {
  return ratiosOf(getInput(), getWeights(), getResult());
}
SmallVector<double> TransposedConv2DOp::getExactRatios() {
  return ratiosOf(getInput(), getWeights(), getResult());
}
SmallVector<double> FullyConnectedOp::getExactRatios() {
  return ratiosOf(getInput(), getWeights(), getResult());
}
SmallVector<double> MatMulOp::getExactRatios() {
  return ratiosOf(getLhs(), getRhs(), getResult());
}
SmallVector<double> MulOp::getExactRatios() {
  return ratiosOf(getLhs(), getRhs(), getResult());
}

/// The scale of `input` over that of `result` times `divisor`, channel by
/// channel.
static SmallVector<double> ratiosOf(Value input, Value result,
                                    double divisor = 1) {
  QuantView from(input.getType()), to(result.getType());
  SmallVector<double> ratios;
  for (int64_t c = 0, e = std::max(from.getNumChannels(), to.getNumChannels());
       c < e; ++c)
    ratios.push_back(from.getScale(c) / (to.getScale(c) * divisor));
  return ratios;
}

SmallVector<double> RequantizeOp::getExactRatios() {
  return ratiosOf(getInput(), getResult());
}

SmallVector<double> ReduceSumOp::getExactRatios() {
  return ratiosOf(getInput(), getResult(), static_cast<double>(getDivisor()));
}

SmallVector<double> AvgPool2DOp::getExactRatios() {
  QuantView from(getInput().getType()), to(getType());
  SmallVector<double> ratios;
  for (int64_t count : getCounts())
    ratios.push_back(from.getScale() /
                     (to.getScale() * static_cast<double>(count)));
  return ratios;
}

//===----------------------------------------------------------------------===//
// Accumulators (N34)
//===----------------------------------------------------------------------===//

/// `count` values of `input`, added.
static IntegerRange sumOf(Value input, int64_t count) {
  IntegerRange values = QuantView(input.getType()).getCenteredRange();
  return {std::min<int64_t>(0, values.lo * count),
          std::max<int64_t>(0, values.hi * count)};
}

/// `count` products, added.
static IntegerRange productOf(Value lhs, Value rhs, int64_t count) {
  int64_t largest = QuantView(lhs.getType()).getCenteredRange().maxAbs() *
                    QuantView(rhs.getType()).getCenteredRange().maxAbs() *
                    count;
  return {-largest, largest};
}

std::optional<IntegerRange> MatMulOp::getAccumulatorRange() {
  return productOf(getLhs(), getRhs(), tensor(getLhs()).getDimSize(2));
}

std::optional<IntegerRange> MulOp::getAccumulatorRange() {
  return productOf(getLhs(), getRhs(), 1);
}

std::optional<IntegerRange> AvgPool2DOp::getAccumulatorRange() {
  return sumOf(getInput(), getKernel()[0] * getKernel()[1]);
}

std::optional<IntegerRange> ReduceSumOp::getAccumulatorRange() {
  return sumOf(getInput(), tensor(getInput()).getDimSize(getAxis()));
}
