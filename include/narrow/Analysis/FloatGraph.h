//===- FloatGraph.h - reading the float graph ------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What planning and quantisation both ask about the graph of float ops: who
// reads a value and what can be folded behind an op. One answer for both, so
// that what is planned is what is built.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_ANALYSIS_FLOATGRAPH_H
#define NARROW_ANALYSIS_FLOATGRAPH_H

#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Analysis/KeepFloat.h"
#include "narrow/Support/LLVM.h"
#include <limits>
#include <optional>
#include <string>

namespace narrow {

/// Returns whether `type` is a tensor of f32.
bool isFloatTensor(Type type);

/// Returns the ops that read `value`, without observers, each as often as it
/// reads it.
SmallVector<Operation *> getReaders(Value value);

/// Returns the constant that `value` is, or null.
ElementsAttr getConstant(Value value);

/// Returns the number that every element of the constant `value` has.
std::optional<double> getSplat(Value value);

/// What follows an op and can be part of its requantisation: a product with a
/// positive number, then clamps, each the only reader of the one before.
struct Tail {
  /// The value that takes the place of the op's result.
  Value result;
  double factor = 1;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  /// The ops that are folded away.
  SmallVector<Operation *> ops;

  /// Returns the positive whole number that `factor` is the reciprocal of, up
  /// to rounding in f32, as the mean of a sum has it.
  std::optional<int64_t> getDivisor() const;

  bool hasClamp() const {
    return low != -std::numeric_limits<double>::infinity() ||
           high != std::numeric_limits<double>::infinity();
  }
};

/// Returns the tail of the single result of `op`; `allowFactor` where the op's
/// requantisation can take a product in. Sums take divisions by whole numbers
/// alone.
Tail getTail(Operation *op, bool allowFactor, const KeepFloat &keepFloat);

} // namespace narrow

#endif // NARROW_ANALYSIS_FLOATGRAPH_H
