//===- FxpInterfaceMethods.cpp - work and widths of fxp ops ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;
using namespace narrow::fxp;

/// Elements of `weights` that make one output channel's product, times the
/// elements of `out`.
static int64_t contractionMacs(Value weights, int64_t outputs) {
  auto type = cast<RankedTensorType>(weights.getType());
  return outputs * (type.getNumElements() / type.getDimSize(0));
}

int64_t Conv2DOp::getMacs() {
  return contractionMacs(getWeights(),
                         cast<RankedTensorType>(getType()).getNumElements());
}

int64_t TransposedConv2DOp::getMacs() {
  auto in = cast<RankedTensorType>(getInput().getType());
  auto weights = cast<RankedTensorType>(getWeights().getType());
  return in.getNumElements() / getGroups() * weights.getDimSize(0) *
         weights.getDimSize(1) * weights.getDimSize(2);
}

int64_t FullyConnectedOp::getMacs() {
  return contractionMacs(getWeights(),
                         cast<RankedTensorType>(getType()).getNumElements());
}

int64_t MatMulOp::getMacs() {
  auto lhs = cast<RankedTensorType>(getLhs().getType());
  return lhs.getNumElements() * cast<RankedTensorType>(getType()).getDimSize(2);
}

// One entry for each stored input: 64 Ki at most.
bool LookupOp::isLegalWidth(unsigned bits) { return bits >= 2 && bits <= 16; }

// Scores come straight from accumulators.
bool SoftmaxOp::isLegalWidth(unsigned bits) { return bits >= 2 && bits <= 32; }
bool LogSoftmaxOp::isLegalWidth(unsigned bits) {
  return bits >= 2 && bits <= 32;
}
