//===- StreamType.h - wide values that layers read narrow ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A residual stream is rounded by every addition, and what is rounded stays in
// it to the end. In 16 bits that costs nothing that shows, and layers, which
// are fast on bytes, read a copy in 8.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_STREAMTYPE_H
#define NARROW_PLAN_STREAMTYPE_H

#include "narrow/Plan/TypeChoice.h"

namespace narrow {

/// The discardable attribute of an observer that says in which type layers read
/// the value, where that is not its own.
inline constexpr llvm::StringLiteral kLayerTypeAttr = "narrow.layer_type";

/// What a value is stored as, and what layers read it as where that is another
/// storage.
struct Storages {
  Storage value;
  std::optional<Storage> layers;
};

/// Reads TYPE or i16/TYPE, the latter of at most 8 bits; nothing where it is
/// neither.
std::optional<Storages> parseStorages(StringRef text);

/// Returns the i16 type for values in `range` that layers read as `narrow`: its
/// scale is that of `narrow` over a power of two, as fine as the range allows,
/// so that the cast is a rounding shift.
mlir::quant::UniformQuantizedType
chooseStreamType(mlir::quant::UniformQuantizedType narrow, RealRange range);

} // namespace narrow

#endif // NARROW_PLAN_STREAMTYPE_H
