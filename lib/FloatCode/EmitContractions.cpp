//===- EmitContractions.cpp - loops of fused contractions -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile of results, positions of a row by vectors of channels, stays in
// registers from the bias to the end of the body:
//
//     tile.rows   |  sum sum      each input is repeated over the vectors of
//     positions   v  sum sum      channels; a vector of weights serves all rows
//                    -> tile.channels
//
// Taps outside of the image are left out: rows of a window by the bounds of
// their loop, columns because the first and last tiles of a row are emitted
// apart. So the input needs no copy with a border.
//
//===----------------------------------------------------------------------===//

#include "ContractionEmitter.h"
#include "Internals.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::floatcode;
using fused::ContractionOp;

/// Weights of at most this many bytes stay in the cache next to the multiplier
/// while positions go by; with more, positions go by for each panel.
constexpr int64_t kCachedWeightBytes = 256 * 1024;

namespace {
struct PlainEmitter : ContractionEmitter {
  using ContractionEmitter::ContractionEmitter;

  /// Emits one tile of a plain contraction: `width` channels from `channel` on.
  void emitTile(const Place &place, Value channel, int64_t width, int64_t count,
                ArrayRef<TapRun> runs) {
    SmallVector<Chunk> chunks = split(width);
    int64_t channels = geometry.channels;
    Value panelStart = multiply(channel, op.getTaps());
    SmallVector<Value> sums = startSums(channel, count, chunks);
    sums = emitOuterTaps(
        place, std::move(sums),
        [&](Value at, Value tap, SmallVector<Value> sums) {
          at = add(at, row().getStart());
          Value from = add(panelStart, multiply(tap, channels * width));
          for (const TapRun &run : runs) {
            // Taps that lie side by side are one run of channels.
            bool isOne = row().tap == channels;
            int64_t loops = isOne ? 1 : run.count;
            int64_t length = isOne ? run.count * channels : channels;
            for (int64_t i = 0; i < loops; ++i)
              sums = emitProducts(add(at, (run.first + i) * row().tap),
                                  add(from, (run.first + i) * channels * width),
                                  length, width, chunks, run, std::move(sums));
          }
          return sums;
        });
    emitEnd(place, channel, count, chunks, sums);
  }

  /// Adds the products of `length` inputs from `at` on to the rows of a run.
  SmallVector<Value> emitProducts(Value at, Value from, int64_t length,
                                  int64_t width, ArrayRef<Chunk> chunks,
                                  const TapRun &run, SmallVector<Value> sums) {
    auto emitStep = [&](Value k, ValueRange carried) {
      SmallVector<Value> next(carried), columns;
      Value column = add(from, multiply(k, width)), x = add(at, k);
      for (const Chunk &chunk : chunks)
        columns.push_back(load(weights, add(column, chunk.first), chunk.lanes));
      for (int64_t r = run.rowBegin; r < run.rowEnd; ++r) {
        Value scalar =
            mlir::memref::LoadOp::create(*this, input, add(x, r * row().input));
        for (auto [i, chunk] : llvm::enumerate(chunks)) {
          Value &sum = next[r * chunks.size() + i];
          sum = multiplyAdd(mlir::vector::BroadcastOp::create(
                                *this, vectorOf(chunk.lanes), scalar),
                            columns[i], sum);
        }
      }
      return next;
    };
    if (length == 1)
      return emitStep(index(0), sums);
    return emitLoop(index(0), index(length), 1, sums, emitStep);
  }

  void emit() {
    int64_t bytes = op.getTaps() * geometry.outputs * sizeof(float);
    if (bytes <= kCachedWeightBytes)
      emitOuter(start(), [&](const Place &line) {
        emitRow(line,
                [&](const Place &place, int64_t count, ArrayRef<TapRun> runs) {
                  emitPanels([&](Value channel, int64_t width) {
                    emitTile(place, channel, width, count, runs);
                  });
                });
      });
    else
      emitPanels([&](Value channel, int64_t width) {
        emitOuter(start(), [&](const Place &line) {
          emitRow(line, [&](const Place &place, int64_t count,
                            ArrayRef<TapRun> runs) {
            emitTile(place, channel, width, count, runs);
          });
        });
      });
  }
};

struct DepthwiseEmitter : ContractionEmitter {
  using ContractionEmitter::ContractionEmitter;

  /// Emits one tile of a depthwise contraction: `width` channels from `channel`
  /// on.
  void emitDepthwiseTile(const Place &place, Value channel, int64_t width,
                         int64_t count, ArrayRef<TapRun> runs) {
    const Window &window = row().window;
    SmallVector<Chunk> chunks = split(width);
    SmallVector<Value> sums = startSums(channel, count, chunks);
    sums = emitOuterTaps(
        place, std::move(sums),
        [&](Value at, Value tap, SmallVector<Value> sums) {
          at = add(add(at, row().getStart()), channel);
          Value from = add(multiply(tap, geometry.outputs), channel);
          SmallVector<SmallVector<Value>> columns(window.taps);
          // A position that several rows read is loaded once. In this order
          // the taps of each row ascend.
          std::map<int64_t, SmallVector<std::pair<int64_t, int64_t>>> readers;
          for (const TapRun &run : runs)
            for (int64_t t = run.first; t < run.first + run.count; ++t) {
              Value column = add(from, t * geometry.outputs);
              for (const Chunk &chunk : chunks)
                columns[t].push_back(
                    load(weights, add(column, chunk.first), chunk.lanes));
              for (int64_t r = run.rowBegin; r < run.rowEnd; ++r)
                readers[r * window.stride + t * window.dilation].push_back(
                    {r, t});
            }
          int64_t step = row().tap / window.dilation;
          for (auto &[position, products] : readers)
            for (auto [i, chunk] : llvm::enumerate(chunks)) {
              Value x = load(input, add(add(at, position * step), chunk.first),
                             chunk.lanes);
              for (auto [r, t] : products) {
                Value &sum = sums[r * chunks.size() + i];
                sum = multiplyAdd(x, columns[t][i], sum);
              }
            }
          return sums;
        });
    emitEnd(place, channel, count, chunks, sums);
  }

  void emit() {
    emitOuter(start(), [&](const Place &line) {
      emitRow(line,
              [&](const Place &place, int64_t count, ArrayRef<TapRun> runs) {
                emitPanels([&](Value channel, int64_t width) {
                  emitDepthwiseTile(place, channel, width, count, runs);
                });
              });
    });
  }
};
} // namespace

void floatcode::emitContractions(ModuleOp module) {
  SmallVector<ContractionOp> contractions;
  module.walk([&](ContractionOp op) { contractions.push_back(op); });
  for (ContractionOp op : contractions) {
    if (op.getDepthwise())
      DepthwiseEmitter(op).emit();
    else
      PlainEmitter(op).emit();
    op.erase();
  }
}
