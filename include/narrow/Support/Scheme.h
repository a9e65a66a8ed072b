//===- Scheme.h - names of the ways to quantise a layer --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_SCHEME_H
#define NARROW_SUPPORT_SCHEME_H

#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow {

/// When a layer's input gets its scale: by calibration, in each run for all of
/// its elements, or in each run for each row (N13); or it stays a float, and
/// the weights alone are integers, or floats of 16 bits, in memory (N71).
enum class Scheme {
  Static,
  Dynamic,
  DynamicRow,
  WeightOnly,
  WeightF16,
  WeightBF16
};

/// On a layer, the name of its scheme; on a module, of those of its layers that
/// have none of their own.
inline constexpr llvm::StringLiteral kSchemeAttr = "narrow.scheme";

/// What names there are, for messages.
inline constexpr llvm::StringLiteral kSchemeNames =
    "static, dynamic, dynamic-row, weight-only, weight-f16 or weight-bf16";

std::optional<Scheme> parseScheme(StringRef name);
StringRef getName(Scheme scheme);

/// Returns what `op` itself says, nothing where it does not.
std::optional<Scheme> getSchemeOf(Operation *op);

/// Returns whether a module can be compiled without ranges: it came quantised,
/// or its layers find theirs in each run.
bool needsNoRanges(ModuleOp module);

} // namespace narrow

#endif // NARROW_SUPPORT_SCHEME_H
