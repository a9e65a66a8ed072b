//===- UnaryFunctions.h - float functions of one value ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An op that computes each element from one element of one operand alone, and
// from constants, is a table once its operand has at most 8 bits.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_QUANTIZE_UNARYFUNCTIONS_H
#define NARROW_LIB_QUANTIZE_UNARYFUNCTIONS_H

#include "narrow/Support/LLVM.h"
#include <functional>
#include <optional>

namespace narrow::quantize {

/// A function of one element, and of its position on the last axis where
/// `channels` is not 0.
struct UnaryFunction {
  /// The operand that is not constant.
  Value input;
  /// Size of the last axis where every channel has its own function.
  int64_t channels = 0;
  std::function<double(double value, int64_t channel)> evaluate;
};

/// Returns what `op` computes as such a function, or nothing.
std::optional<UnaryFunction> getUnaryFunction(Operation *op);

} // namespace narrow::quantize

#endif // NARROW_LIB_QUANTIZE_UNARYFUNCTIONS_H
