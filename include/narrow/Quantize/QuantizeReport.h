//===- QuantizeReport.h - what quantisation decided ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A list of findings, one per op, that the command line prints as JSON lines.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_QUANTIZE_QUANTIZEREPORT_H
#define NARROW_QUANTIZE_QUANTIZEREPORT_H

#include "narrow/Support/LLVM.h"
#include <string>
#include <vector>

namespace narrow::quantize {

/// How a reason ends that says that an accumulator is too small.
inline constexpr llvm::StringLiteral kOverflowReason = "can leave 32 bits";

/// One decision about one op.
struct Finding {
  /// A stable name of what happened: `stays-float`, `dead-channel`,
  /// `raised-weight-scale`, `exact-requantisation`, `full-table`.
  std::string kind;
  /// The ONNX node's name, or the op's own where it has none.
  std::string node;
  /// The float op: `tosa.argmax`.
  std::string op;
  /// Why, as a sentence.
  std::string reason;

  /// Whether it stays in float because an accumulator is too small.
  bool isOverflow() const {
    return kind == "stays-float" &&
           StringRef(reason).ends_with(kOverflowReason);
  }
};

/// Everything that `quantize` decided and a user may want to know.
struct QuantizeReport {
  std::vector<Finding> findings;
  /// Float ops that became fixed point.
  int64_t quantizedOps = 0;

  /// Returns the number of ops that stayed in float.
  int64_t countFloatOps() const;
  /// Writes one JSON object per finding and line, with the keys `kind`, `node`,
  /// `op` and `reason`.
  void printJsonLines(raw_ostream &os) const;
};

} // namespace narrow::quantize

#endif // NARROW_QUANTIZE_QUANTIZEREPORT_H
