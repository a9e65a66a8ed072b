//===- TileEmitter.h - emits the loops and loads of tile kernels *- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEEMITTER_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEEMITTER_H

#include "../ContractionData.h"
#include "ResidualAdd.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace narrow::codegen {

/// Spells index arithmetic, byte loads and loops at one location. Offsets are
/// in bytes; buffers are `memref<Nxi8>`.
class TileEmitter {
public:
  TileEmitter(OpBuilder &builder, Location loc) : b(loc, builder) {}

  mlir::ImplicitLocOpBuilder b;

  Value index(int64_t value);
  Value add(Value x, int64_t value);
  Value add(Value x, Value y);
  Value mul(Value x, int64_t value);

  /// Loads `lanes` elements of `element` from byte `at`.
  Value load(Value buffer, Value at, int64_t lanes, Type element);
  /// Stores the first `count` elements of `v` and touches nothing else.
  void store(Value v, int64_t count, Value buffer, Value at);

  /// Runs `body` for 0, step, ... < end with its byte-neutral counter; a single
  /// round makes no loop.
  void loop(int64_t begin, int64_t end, int64_t step,
            function_ref<void(Value)> body);
  /// The same with carried values.
  SmallVector<Value>
  loop(int64_t begin, int64_t end, int64_t step, ValueRange carried,
       function_ref<SmallVector<Value>(Value, ValueRange)> body);

  /// The same for begin, begin + 1, ... < end, whose number the data decide.
  SmallVector<Value>
  loop(Value begin, Value end, int64_t step, ValueRange carried,
       function_ref<SmallVector<Value>(Value, ValueRange)> body);
  SmallVector<Value>
  loop(Value begin, Value end, ValueRange carried,
       function_ref<SmallVector<Value>(Value, ValueRange)> body);
  /// Loads one unsigned or signed number of `bytes` bytes as an index.
  Value loadIndex(Value buffer, Value at, int64_t bytes, bool isSigned);

  /// Units [begin, end) of `count` that a thread is to do.
  struct Share {
    Value begin, end;
    int64_t count = 1;
  };
  /// Like `loop`, but each of the share's `count` units does an equal part of
  /// the rounds (differing by one at the most, some by none where there are
  /// fewer rounds); without a share, all rounds.
  void loop(const std::optional<Share> &share, int64_t begin, int64_t end,
            int64_t step, function_ref<void(Value)> body);

  /// Returns the first round and the end of the share's rounds.
  std::pair<Value, Value> bounds(const std::optional<Share> &share,
                                 int64_t begin, int64_t end, int64_t step);
  /// Runs `body` where `first` is below `end`.
  void ifBelow(Value first, Value end, function_ref<void()> body);

  /// The requantisation parameters of `columns` columns of `lanes` channels.
  struct Parameters {
    SmallVector<Value> preShifts, shifts, multipliers;
    Value minimum, maximum;
  };
  Parameters loadParameters(const RequantForm &form,
                            const ParameterBlock &block, Value parameters,
                            Value slot, int64_t columns, int64_t lanes);
  /// Returns the outputs of a tile's pixels.
  SmallVector<Value> requantise(const RequantForm &form,
                                const Parameters &parameters,
                                ArrayRef<Value> accumulators, int64_t columns,
                                tile::LaneOrder order);
  /// Returns the sums of requantised pixels and their residuals, with the
  /// numbers at byte `at` of `parameters`. `words`: 16-bit lanes of a vector.
  SmallVector<Value> addResidual(const ResidualAdd &add, Value parameters,
                                 int64_t at, int64_t words,
                                 ArrayRef<Value> pixels,
                                 ArrayRef<Value> residuals);
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEEMITTER_H
