//===- Draw.h - the random source of the kernel check ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything is drawn from one 64-bit seed by arithmetic of ours, so that a
// seed gives the same cases with every C++ library.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_CHECK_KERNELS_DRAW_H
#define NARROW_TOOLS_CHECK_KERNELS_DRAW_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include <cmath>
#include <random>

namespace narrow {

/// The stored integers of a quantised type.
struct Storage {
  unsigned bits;
  bool isSigned;
  fxp::IntegerRange range;
};

class Draw {
public:
  /// The words of `seed` are mixed: neighbouring seeds give unrelated draws.
  explicit Draw(ArrayRef<uint64_t> seed);

  /// Returns an integer in [lo, hi].
  int64_t between(int64_t lo, int64_t hi) {
    return lo + static_cast<int64_t>(engine() %
                                     (static_cast<uint64_t>(hi - lo) + 1));
  }
  /// Returns true in `percent` of 100 draws.
  bool chance(unsigned percent) { return engine() % 100 < percent; }
  /// Returns a number in [lo, hi).
  double real(double lo, double hi) {
    return lo + (hi - lo) * std::ldexp(double(engine() >> 11), -53);
  }
  /// Returns a positive number, its logarithm evenly spread.
  double scale(double lo, double hi) {
    return std::exp2(real(std::log2(lo), std::log2(hi)));
  }
  template <typename T>
  T pick(std::initializer_list<T> list) {
    return list.begin()[engine() % list.size()];
  }
  /// Returns an end of the range (half of all draws) or anything in it.
  int64_t atRim(fxp::IntegerRange range) {
    return chance(25)   ? range.lo
           : chance(33) ? range.hi
                        : between(range.lo, range.hi);
  }
  /// Returns a size: mostly small, sometimes around a vector's width.
  int64_t size(int64_t most);

  /// Returns storage of at most `mostBits`: whole bytes most of the time, else
  /// narrower widths and sub-ranges; above 16 bits signed.
  Storage storage(unsigned mostBits);
  fxp::RequantMode mode();
  /// Returns `requant`, or, for some of q31, the same integers as a model's
  /// own, rounded once or twice (N27, N28).
  fxp::RequantAttr given(fxp::RequantAttr requant);

private:
  std::mt19937_64 engine;
};

/// Returns a quantised element type of f32 with one scale.
Type perTensor(MLIRContext *context, const Storage &storage, double scale,
               int64_t zeroPoint);
/// Returns one with a scale and a zero point for each element of `axis`.
Type perAxis(MLIRContext *context, const Storage &storage,
             ArrayRef<double> scales, ArrayRef<int64_t> zeroPoints,
             int64_t axis);

} // namespace narrow

#endif // NARROW_TOOLS_CHECK_KERNELS_DRAW_H
