//===- StoredFloats.h - floats of 16 bits made wider ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CONVERSION_NNTOLINALG_STOREDFLOATS_H
#define NARROW_CONVERSION_NNTOLINALG_STOREDFLOATS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Support/LLVM.h"

namespace narrow {

/// Returns the f32 that a finite float of 16 bits is (N71): of `bits`, i16 or a
/// vector of it, which are those of an f16 if `isHalf`, else of a bf16. Every
/// level computes it by the same operations on integers, and none calls a
/// function.
Value widenStoredFloat(mlir::ImplicitLocOpBuilder &b, Value bits, bool isHalf);

/// How `widenStoredFloat` made a value.
struct WidenedFloat {
  Value bits;
  bool isHalf = false;
};

/// Returns from what `value` was made; nothing where it was not.
std::optional<WidenedFloat> matchWidenedFloat(Value value);

} // namespace narrow

#endif // NARROW_CONVERSION_NNTOLINALG_STOREDFLOATS_H
