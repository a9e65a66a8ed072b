//===- UnaryFunctions.h - float functions of one value ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that compute each element from one element of one value alone, and from
// constants, are a table once that value has at most 16 bits: a single op, or
// several of which nobody reads what lies between them.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_QUANTIZE_UNARYFUNCTIONS_H
#define NARROW_LIB_QUANTIZE_UNARYFUNCTIONS_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "narrow/Analysis/FloatGraph.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <functional>

namespace narrow::quantize {

/// A function of one element, and of its position on the last axis where
/// `channels` is not 0.
struct UnaryFunction {
  /// The one value that is not constant.
  Value input;
  /// Size of the last axis where every channel has its own function.
  int64_t channels = 0;
  /// The ops that compute it, each behind what it reads; the last one's result
  /// is the function's.
  SmallVector<Operation *> ops;
  std::function<double(double value, int64_t channel)> evaluate;
};

/// Returns what `op` computes as such a function, or nothing.
std::optional<UnaryFunction> getUnaryFunction(Operation *op);

/// The chains of a function: several elementwise ops, in any order and however
/// joined, that together are a function of one value. One table rounds once
/// where several round each time, and an intermediate value that spreads over
/// orders of magnitude (an exponential) needs no type at all.
///
/// A chain is the longest one that ends in an op and
/// - reads a single value that is planned in at most 16 bits, 8 where its
///   constants differ from channel to channel (constants along other axes are
///   in no chain);
/// - has no intermediate value that another op, or the end, reads;
/// - holds no op that the user wants in float, and none that is `isApart`;
/// - holds nothing that is folded into the op before it (`getTail`) without
///   that op;
/// - is no mere sum or product with constants of more than 8 bits, which has a
///   form without a table.
class Chains {
public:
  using Types = DenseMap<Value, mlir::quant::UniformQuantizedType>;

  Chains(ArrayRef<Operation *> order, const Types &planned,
         const KeepFloat &keepFloat, function_ref<bool(Operation *)> isApart);

  /// Returns the chain that ends in `op`, or null.
  const UnaryFunction *find(Operation *op) const {
    auto it = chains.find(op);
    return it == chains.end() ? nullptr : &it->second;
  }
  /// Returns whether `op` belongs to a chain that another op ends.
  bool isInside(Operation *op) const { return inside.contains(op); }

private:
  DenseMap<Operation *, UnaryFunction> chains;
  llvm::DenseSet<Operation *> inside;
};

} // namespace narrow::quantize

#endif // NARROW_LIB_QUANTIZE_UNARYFUNCTIONS_H
