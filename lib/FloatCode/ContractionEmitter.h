//===- ContractionEmitter.h - loops around register tiles ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What plain and depthwise contractions have in common: the loops over result
// positions and over the taps of a window, where sums start and how they end.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FLOATCODE_CONTRACTIONEMITTER_H
#define NARROW_LIB_FLOATCODE_CONTRACTIONEMITTER_H

#include "ContractionGeometry.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace narrow::floatcode {

/// Channels of one vector of a tile.
struct Chunk {
  int64_t first, lanes;
};

/// Where a tile begins, in elements of each buffer.
struct Place {
  Value input, output;
  SmallVector<Value> others;
  /// Result positions of the axes outside of the row that have a window.
  SmallVector<Value> positions;
};

/// Builds at a fused contraction on buffers.
struct ContractionEmitter : mlir::ImplicitLocOpBuilder {
  fused::ContractionOp op;
  Geometry geometry;
  int64_t rows, panel, lanes;
  /// The buffers as rows of elements.
  Value input, weights, bias, output;
  SmallVector<Value> others;
  SmallVector<const Axis *> outerWindows;

  explicit ContractionEmitter(fused::ContractionOp op);

  const Axis &row() const { return geometry.axes.back(); }
  ArrayRef<Axis> outerAxes() const {
    return ArrayRef<Axis>(geometry.axes).drop_back();
  }

  Value index(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(*this, value);
  }
  Value add(Value a, Value b) {
    return mlir::arith::AddIOp::create(*this, a, b);
  }
  Value add(Value a, int64_t b) { return b ? add(a, index(b)) : a; }
  Value multiply(Value a, int64_t b) {
    return mlir::arith::MulIOp::create(*this, a, index(b));
  }
  mlir::VectorType vectorOf(int64_t size) {
    return mlir::VectorType::get({size}, getF32Type());
  }
  Value load(Value buffer, Value at, int64_t count);
  Value repeat(Value buffer, Value at, int64_t count);
  Value multiplyAdd(Value a, Value b, Value sum);

  /// The vectors of `channels`: whole ones, then halves of them.
  SmallVector<Chunk> split(int64_t channels) const;

  SmallVector<Value>
  emitLoop(Value low, Value high, int64_t step, ValueRange carried,
           function_ref<SmallVector<Value>(Value, ValueRange)> body);
  /// A loop from 0 on, unless it has one step.
  void emitCounted(int64_t size, int64_t step, function_ref<void(Value)> body);
  /// Emits the body for each panel of channels, the last one with what is left:
  /// first channel, channels.
  void emitPanels(function_ref<void(Value, int64_t)> body);

  /// Returns where the first result is.
  Place start();
  Place advance(const Place &place, const Axis &axis, Value by);

  /// Emits the loops over the axes outside of the row.
  void emitOuter(const Place &place, function_ref<void(const Place &)> body,
                 unsigned depth = 0);

  /// Emits the tiles of a row: those whose taps all lie inside in a loop, the
  /// others one by one. The body gets the number of positions.
  using RowBody = function_ref<void(const Place &, int64_t, ArrayRef<TapRun>)>;
  void emitRow(const Place &place, RowBody body);

  /// Emits the loops over the taps of the windows outside of the row. The body
  /// gets where the row's taps begin in the input, and the number of taps
  /// before them.
  using TapBody =
      function_ref<SmallVector<Value>(Value, Value, SmallVector<Value>)>;
  SmallVector<Value> emitOuterTaps(const Place &place, SmallVector<Value> sums,
                                   TapBody body);

  /// Starts the sums of a tile, `[rows][chunks]`, from the bias.
  SmallVector<Value> startSums(Value channel, int64_t count,
                               ArrayRef<Chunk> chunks);
  /// Emits what is done with the sums, `[rows][chunks]`, and stores them.
  void emitEnd(const Place &place, Value channel, int64_t count,
               ArrayRef<Chunk> chunks, ArrayRef<Value> sums);

private:
  Value flatten(Value buffer);
  Value emitBody(ArrayRef<Value> arguments, int64_t count);
  SmallVector<Value> emitOuterTaps(unsigned depth, Value at, Value tap,
                                   ArrayRef<Value> positions,
                                   SmallVector<Value> sums, TapBody body);
};

} // namespace narrow::floatcode

#endif // NARROW_LIB_FLOATCODE_CONTRACTIONEMITTER_H
