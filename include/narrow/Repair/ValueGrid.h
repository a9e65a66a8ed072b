//===- ValueGrid.h - values that are steps of a grid ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The numbers behind inputs that are stored as steps of a grid, without IR.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REPAIR_VALUEGRID_H
#define NARROW_REPAIR_VALUEGRID_H

#include "narrow/Support/LLVM.h"
#include <optional>
#include <vector>

namespace narrow {

/// Values `origin + k * step`, k from 0 to `last`.
struct ValueGrid {
  double origin, step;
  int64_t last;

  /// How far from a step of the grid 0 lies, in steps: from -1/2 to 1/2.
  double getZeroOffset() const;
};

/// Finds the grid that values lie on.
class GridFinder {
public:
  /// Values that are not finite lie on no grid.
  void add(float value);
  /// Whether no further values can make it a grid again.
  bool hasNone() const { return isOff; }
  /// Returns the coarsest grid of more than 64 and at most 256 steps on which
  /// all values lie, within a 200th of a step; nothing where there is none.
  /// Fewer steps say little about other values.
  std::optional<ValueGrid> find() const;

private:
  /// Different values, sorted; no more are kept once they are too many.
  std::vector<float> values;
  bool isOff = false;
};

} // namespace narrow

#endif // NARROW_REPAIR_VALUEGRID_H
