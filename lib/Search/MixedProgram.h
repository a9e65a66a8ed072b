//===- MixedProgram.h - a mixed integer linear program ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one place that knows the solver (docs/decisions/0007-integer-program.md).
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_SEARCH_MIXEDPROGRAM_H
#define NARROW_LIB_SEARCH_MIXEDPROGRAM_H

#include "narrow/Support/LLVM.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <utility>
#include <vector>

namespace narrow::search {

class MixedProgram {
public:
  using Entry = std::pair<unsigned, double>; ///< Column and coefficient.

  /// Adds a variable that is 0 or 1, or one of [0, infinity); returns its
  /// column. `cost` is its coefficient in the sum that is made least.
  unsigned addBinary(double cost) { return addColumn(cost, true); }
  unsigned addPositive(double cost) { return addColumn(cost, false); }

  /// Limits a sum to [low, high].
  void addRow(double low, double high, std::vector<Entry> entries);

  /// Returns the variables' values; nothing where no values keep the limits.
  /// Fails where the solver finds no optimum within its time.
  llvm::Expected<std::optional<std::vector<double>>> solve() const;

private:
  unsigned addColumn(double cost, bool isBinary);

  struct Row {
    double low, high;
    std::vector<Entry> entries;
  };
  std::vector<double> costs;
  std::vector<bool> binary;
  std::vector<Row> rows;
};

} // namespace narrow::search

#endif // NARROW_LIB_SEARCH_MIXEDPROGRAM_H
