//===- RowWindow.h - which rows of an image are read -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_ROWWINDOW_H
#define NARROW_DIALECT_FXP_IR_ROWWINDOW_H

#include "narrow/Support/LLVM.h"
#include <cstdint>

namespace narrow::fxp {

/// The rows `[first, end)` of an image.
struct Rows {
  int64_t first = 0, end = 0;

  int64_t count() const { return end - first; }
  bool operator==(const Rows &other) const {
    return first == other.first && end == other.end;
  }
};

/// Which rows of an operand an operation reads: for row y of the result those
/// from `y * stride - pad` on, `extent` of them as far as there are so many.
struct RowWindow {
  int64_t extent = 1, stride = 1, pad = 0;
  int64_t height = 0; ///< Rows of the operand.

  /// Returns the rows that are there of those read for `rows` of the result.
  Rows read(Rows rows) const;
};

/// Returns the window of an operand whose rows are those of the result of `op`;
/// nothing for any other.
std::optional<RowWindow> getSameRows(Operation *op, unsigned operand);

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_ROWWINDOW_H
