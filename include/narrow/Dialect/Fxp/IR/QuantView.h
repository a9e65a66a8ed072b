//===- QuantView.h - one view of the quantised types -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Upstream has one class for types with a scale per tensor and another for
// scales per axis. This view answers the same questions for both.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_QUANTVIEW_H
#define NARROW_DIALECT_FXP_IR_QUANTVIEW_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "narrow/Support/LLVM.h"
#include <cstdint>

namespace narrow::fxp {

/// A closed interval of integers.
struct IntegerRange {
  int64_t lo = 0;
  int64_t hi = 0;

  bool contains(int64_t value) const { return lo <= value && value <= hi; }
  bool contains(IntegerRange other) const {
    return lo <= other.lo && other.hi <= hi;
  }
  /// Returns the largest magnitude in the interval.
  int64_t maxAbs() const {
    return std::max(lo < 0 ? -lo : lo, hi < 0 ? -hi : hi);
  }
  bool operator==(const IntegerRange &other) const {
    return lo == other.lo && hi == other.hi;
  }
};

inline constexpr IntegerRange kInt32Range{INT32_MIN, INT32_MAX};

/// Returns the element type whose stored integers are i32 themselves: scale 1,
/// zero point 0.
Type getPlainType(MLIRContext *context);

/// Scales, zero points and storage of a per-tensor or per-axis uniform type
/// (N1): a stored integer q of channel c means `scale(c) * (q - zeroPoint(c))`.
class QuantView {
public:
  /// Takes a quantised element type or a tensor of one; the view is null for
  /// any other type.
  explicit QuantView(Type type);
  explicit operator bool() const { return static_cast<bool>(type); }

  Type getElementType() const { return type; }
  bool isPerAxis() const { return axis >= 0; }
  /// Returns the axis the scales belong to; -1 for a per-tensor type.
  int64_t getAxis() const { return axis; }
  /// Returns the number of scales: 1 for a per-tensor type.
  int64_t getNumChannels() const { return scales.size(); }

  /// Real value per step; any `channel` of a per-tensor type.
  double getScale(int64_t channel = 0) const {
    return scales[isPerAxis() ? channel : 0];
  }
  int64_t getZeroPoint(int64_t channel = 0) const {
    return zeroPoints[isPerAxis() ? channel : 0];
  }
  ArrayRef<double> getScales() const { return scales; }
  /// Returns the scale that products with the value have (N1): a contraction's
  /// weights hold how much less the scales of other input channels are.
  double getLargestScale() const { return *llvm::max_element(scales); }
  ArrayRef<int64_t> getZeroPoints() const { return zeroPoints; }
  /// Returns true if all channels share one scale, respectively zero point.
  bool hasOneScale() const { return llvm::all_equal(scales); }
  bool hasOneZeroPoint() const { return llvm::all_equal(zeroPoints); }

  /// Bits of one stored integer.
  unsigned getBits() const { return bits; }
  bool isSigned() const { return isSignedStorage; }
  /// Bits of the integer that holds one stored value in memory: 8, 16 or 32.
  unsigned getContainerBits() const {
    return bits <= 8 ? 8 : bits <= 16 ? 16 : 32;
  }
  /// The integers that may be stored.
  IntegerRange getStorageRange() const { return storage; }
  /// The values of q - zeroPoint, over all channels.
  IntegerRange getCenteredRange() const;
  IntegerRange getCenteredRange(int64_t channel) const;

private:
  Type type;
  int64_t axis = -1;
  SmallVector<double, 1> scales;
  SmallVector<int64_t, 1> zeroPoints;
  unsigned bits = 0;
  bool isSignedStorage = false;
  IntegerRange storage;
};

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_QUANTVIEW_H
