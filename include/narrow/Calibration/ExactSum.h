//===- ExactSum.h - sums of f32 without rounding ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CALIBRATION_EXACTSUM_H
#define NARROW_CALIBRATION_EXACTSUM_H

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace narrow {

/// A sum of finite f32 values as one fixed-point integer in units of 2^-149,
/// the smallest f32. Addition is exact and so does not depend on the order or
/// on how the values were split into parts: f32 needs 278 bits with its sign,
/// and the other 106 hold more terms than anyone can add.
class ExactSum {
public:
  /// Adds a finite value.
  void add(float value);
  void merge(const ExactSum &other) { units += other.units; }

  /// Returns the sum, rounded once to nearest even.
  double toDouble() const;

  /// Writes and reads the units as a signed hexadecimal integer, `-0x1f`.
  std::string toString() const;
  static std::optional<ExactSum> parse(llvm::StringRef text);

  bool operator==(const ExactSum &other) const { return units == other.units; }

private:
  static constexpr unsigned kBits = 384;
  llvm::APInt units{kBits, 0};
};

} // namespace narrow

#endif // NARROW_CALIBRATION_EXACTSUM_H
