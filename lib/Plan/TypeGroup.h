//===- TypeGroup.h - values that share one type ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PLAN_TYPEGROUP_H
#define NARROW_LIB_PLAN_TYPEGROUP_H

#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Support/LLVM.h"
#include <optional>
#include <string>

namespace narrow::plan {

/// Values that share one type.
struct Group {
  SmallVector<Value> members;
  std::optional<RealRange> range;
  /// The extremes that calibration saw, for types so wide that clipping has
  /// nothing to win; `range` where they are not known.
  std::optional<RealRange> wideRange;
  /// The least root mean square that calibration saw of a member which is not 0
  /// throughout, 0 where none is known.
  double leastRms = 0;
  /// The same of what most elements are like (`kTypicalAttr`).
  double leastTypical = 0;
  /// Whether all of `wideRange` is what calibration saw.
  bool isCalibrated = true;
  /// Set where the type does not follow from the range.
  mlir::quant::UniformQuantizedType fixed;
  /// The module gives a type that no group can have, as one scale a channel.
  bool isGivenApart = false;
  /// What the user asked for, as `parseStorage` reads it.
  std::string storage;
  /// Observed values whose ranges are estimates for a width, and the union of
  /// all other ranges.
  SmallVector<StringRef> estimated;
  std::optional<RealRange> rest;
  /// Why a plan decided the type, where one did.
  std::string reason;
  /// Calibration saw infinite elements or NaN, which no integer stands for.
  bool isFinite = true;

  /// Returns what a wide type holds: `headroom` times what calibration saw, and
  /// a range that somebody gave as it is.
  RealRange getWideRange(double headroom) const {
    if (!isCalibrated)
      headroom = 1;
    return {headroom * wideRange->low, headroom * wideRange->high};
  }

  /// Takes in a range that is none of an estimator's.
  void includeRest(RealRange added) {
    include(added, added);
    if (rest)
      rest->include(added);
    else
      rest = added;
  }

  void include(RealRange added, RealRange addedExtremes) {
    if (!range) {
      range = added;
      wideRange = addedExtremes;
      return;
    }
    range->include(added);
    wideRange->include(addedExtremes);
  }

  /// Takes over what decides whether still others can join.
  void join(const Group &other) {
    if (!fixed)
      fixed = other.fixed;
    if (storage.empty())
      storage = other.storage;
    if (other.range)
      include(*other.range, *other.wideRange);
  }
};

/// Returns what the integers of `type` stand for.
RealRange getHeldRange(mlir::quant::UniformQuantizedType type);

/// Returns whether one type can serve the values of both.
bool canShareType(const Group &a, const Group &b);

/// Returns whether few elements, or one member, take a range that leaves a
/// member of `group` too few steps of `plain`, its type of 8 bits, and another
/// type can serve its readers: tables per channel take no more than 8 bits.
bool hasOutliers(const Group &group, mlir::quant::UniformQuantizedType plain);

/// Returns the symmetric signed type of `bits` for values in `range`.
mlir::quant::UniformQuantizedType
chooseLongType(MLIRContext *context, RealRange range, unsigned bits, bool pow2);

/// Returns the type for `range` of what additions and normalisations pass on:
/// i16, or up to 22 bits where few elements are so large that the rest would
/// have no steps in 16, and every maker and reader takes them.
mlir::quant::UniformQuantizedType
chooseSumType(MLIRContext *context, const Group &group, RealRange range,
              const KeepFloat &keepFloat, bool pow2);

} // namespace narrow::plan

#endif // NARROW_LIB_PLAN_TYPEGROUP_H
