//===- RowStrips.h - operations on images, a few rows at a time -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A group of operations on images, each read by others of the group only, gives
// the rows of its last result from few rows of everything before. Run strip by
// strip, no image between the first and the last operation is ever whole.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_TRANSFORMS_ROWSTRIPS_H
#define NARROW_DIALECT_FXP_TRANSFORMS_ROWSTRIPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/LLVM.h"

namespace narrow::fxp {

/// Returns the window of an operand of `op` that is cut into rows, or nothing
/// for operands that every strip reads whole (weights, broadcast rows).
std::optional<RowWindow> getRowWindow(Operation *op, unsigned operand);

/// Returns whether any rows of the result of `op` can be computed from rows of
/// its operands by the same operation: one that works by rows, on images with
/// one scale, or one for each channel.
bool canSplitRows(Operation *op);

/// Operations that run strip by strip, in the block's order. All results but
/// the last one's are read by later ones of them only.
using StripGroup = SmallVector<Operation *>;

/// Returns the largest group of operations from `first` to `last` in a block,
/// of which `last` is one; empty where `last` cannot be split.
StripGroup findStripGroup(Operation *first, Operation *last);

/// The strips of one operation, in order; empty ones are skipped.
struct OpStrips {
  /// Rows computed in each strip.
  SmallVector<Rows> computed;
  /// Rows of the result that are held when the strip has run: those that later
  /// ones of the group read in this strip or, again, in a later one.
  SmallVector<Rows> held;
};

/// Returns the strips of every operation of `group` where each strip completes
/// `rows` rows of the last result, the last strip the rest. No row is computed
/// twice.
SmallVector<OpStrips> scheduleStrips(ArrayRef<Operation *> group, int64_t rows);

/// Rewrites a group to run in strips of `rows` rows of its last result. Its
/// operations have one copy a strip, on slices of what comes from outside; the
/// rows that two strips share are concatenated with the new ones.
void splitRows(ArrayRef<Operation *> group, int64_t rows);

/// Splits every largest group of two or more operations that has more than
/// `rows` rows, as `fxp-split-rows` does.
void splitAllRows(mlir::func::FuncOp function, int64_t rows);

/// What an operation was part of before it was split.
struct StripOrigin {
  mlir::DistinctAttr layer;   ///< The same for all strips of an operation.
  RankedTensorType wholeType; ///< Of its result, or of what was cut for it.
};

/// Returns the origin that `splitRows` put into a location, if it is one.
std::optional<StripOrigin> getStripOrigin(Location loc);
/// Returns the type of `value`, of all strips together.
Type getWholeType(Value value);

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_TRANSFORMS_ROWSTRIPS_H
