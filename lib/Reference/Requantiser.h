//===- Requantiser.h - N20 to N23, one accumulator at a time ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REFERENCE_REQUANTISER_H
#define NARROW_LIB_REFERENCE_REQUANTISER_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"

namespace narrow::reference {

/// Turns exact accumulators into stored outputs of `result`'s element type.
class Requantiser {
public:
  Requantiser(fxp::RequantAttr attr, Type result);

  /// Returns the stored output of the accumulator `a` of channel `c`.
  int32_t operator()(int64_t a, int64_t c) const;

  /// Returns true if `a`, and in q15 the sum with its offset, fit `bits` signed
  /// bits: what generated code computes with.
  bool fits(int64_t a, int64_t c, unsigned bits) const;

private:
  fxp::RequantMode mode;
  ArrayRef<int32_t> multiplier, shift, offset, min, max;
  fxp::QuantView view;
};

} // namespace narrow::reference

#endif // NARROW_LIB_REFERENCE_REQUANTISER_H
