//===- Diff.h - two executions, tensor by tensor ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_DIFF_H
#define NARROW_DRIVER_DIFF_H

#include "narrow/Driver/TensorDump.h"
#include "llvm/Support/JSON.h"

namespace narrow {

/// How one tensor differs.
struct TensorDifference {
  std::string name;
  /// Of one sample.
  SmallVector<int64_t> shape;
  /// 10 log10(sum a^2 / sum (a - b)^2) over all samples, in dB; infinite where
  /// both are equal, NaN where a number on one side is none on the other.
  double sqnr = 0;
  /// The largest difference, and what both sides have there.
  double largest = 0, left = 0, right = 0;
  /// What the ratio loses against the worst of what the tensor is computed
  /// from, in dB (see `findDifferences`).
  double jump = 0;
};

/// Two executions compared.
struct DiffReport {
  /// The tensors that both have, in the first one's program order.
  std::vector<TensorDifference> tensors;
  /// Names that only one side has, or that have other numbers of elements.
  std::vector<std::string> onlyLeft, onlyRight, otherShape;
  /// Places in `tensors`: of the first that differs at all, the first under the
  /// floor, and the one with the largest jump.
  std::optional<size_t> firstDifferent, firstUnderFloor, largestJump;
  /// In dB.
  double floor = 20;

  void print(raw_ostream &os) const;
  llvm::json::Object toJson() const;
};

/// Compares what two executions made. What a tensor is computed from is known
/// from either side, else the tensor in front of it counts; through tensors
/// that are not compared the way goes on to those that are. Two executions that
/// are never equal to begin with (a float model and one in 8 bits) differ a
/// little everywhere: ratios over 40 dB then count as 40 where jumps are
/// taken, unless nothing is under that. Fails where no tensor is in both.
llvm::Expected<DiffReport>
findDifferences(const TensorDump &left, const TensorDump &right, double floor);

/// Returns `right - left` of the tensors that both have.
TensorDump subtract(const TensorDump &left, const TensorDump &right);

} // namespace narrow

#endif // NARROW_DRIVER_DIFF_H
