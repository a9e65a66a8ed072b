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

#include "ContractionGeometry.h"
#include "Internals.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

using namespace narrow;
using namespace narrow::floatcode;
using fused::ContractionOp;
using mlir::VectorType;
namespace arith = mlir::arith;
namespace memref = mlir::memref;

/// Weights of at most this many bytes stay in the cache next to the multiplier
/// while positions go by; with more, positions go by for each panel.
constexpr int64_t kCachedWeightBytes = 256 * 1024;

namespace {
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

struct ContractionEmitter : mlir::ImplicitLocOpBuilder {
  ContractionOp op;
  Geometry geometry;
  int64_t rows, panel, lanes;
  Value input, weights, bias, output;
  SmallVector<Value> others;
  SmallVector<const Axis *> outerWindows;

  explicit ContractionEmitter(ContractionOp op)
      : ImplicitLocOpBuilder(op.getLoc(), op), op(op),
        geometry(Geometry::get(op)), rows(op.getTile()[0]),
        panel(op.getTile()[1]), lanes(op.getTile()[2]) {
    for (const Axis &axis : outerAxes())
      if (axis.isWindow)
        outerWindows.push_back(&axis);
    input = flatten(op.getInput());
    weights = flatten(op.getWeights());
    bias = flatten(op.getBias());
    output = flatten(op.getInit());
    for (Value other : op.getOthers())
      others.push_back(flatten(other));
  }

  const Axis &row() const { return geometry.axes.back(); }
  ArrayRef<Axis> outerAxes() const {
    return ArrayRef<Axis>(geometry.axes).drop_back();
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }
  Value add(Value a, Value b) { return arith::AddIOp::create(*this, a, b); }
  Value add(Value a, int64_t b) { return b ? add(a, index(b)) : a; }
  Value multiply(Value a, int64_t b) {
    return arith::MulIOp::create(*this, a, index(b));
  }
  VectorType vectorOf(int64_t size) {
    return VectorType::get({size}, getF32Type());
  }

  /// Returns the buffer as a row of elements from its first one on.
  Value flatten(Value buffer) {
    auto type = cast<mlir::MemRefType>(buffer.getType());
    auto [strides, offset] = type.getStridesAndOffset();
    int64_t elements = 1;
    for (auto [size, stride] : llvm::zip_equal(type.getShape(), strides))
      elements += (size - 1) * stride;
    mlir::OpFoldResult start = getIndexAttr(offset);
    if (mlir::ShapedType::isDynamic(offset))
      start = memref::ExtractStridedMetadataOp::create(*this, buffer)
                  .getOffset();
    auto flat = mlir::MemRefType::get(
        {elements}, getF32Type(),
        mlir::StridedLayoutAttr::get(getContext(), offset, {1}));
    return memref::ReinterpretCastOp::create(
        *this, flat, buffer, start,
        ArrayRef<mlir::OpFoldResult>{getIndexAttr(elements)},
        ArrayRef<mlir::OpFoldResult>{getIndexAttr(1)});
  }

  Value load(Value buffer, Value at, int64_t count) {
    return mlir::vector::LoadOp::create(*this, vectorOf(count), buffer, at);
  }
  Value repeat(Value buffer, Value at, int64_t count) {
    Value scalar = memref::LoadOp::create(*this, buffer, at);
    return mlir::vector::BroadcastOp::create(*this, vectorOf(count), scalar);
  }
  Value multiplyAdd(Value a, Value b, Value sum) {
    return mlir::math::FmaOp::create(*this, a, b, sum);
  }

  /// The vectors of `channels`: whole ones, then halves of them.
  SmallVector<Chunk> split(int64_t channels) {
    SmallVector<Chunk> chunks;
    int64_t size = lanes;
    for (int64_t at = 0; at < channels; at += size) {
      while (size > channels - at)
        size /= 2;
      chunks.push_back({at, size});
    }
    return chunks;
  }

  SmallVector<Value>
  emitLoop(Value low, Value high, int64_t step, ValueRange carried,
           function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    auto loop =
        mlir::scf::ForOp::create(*this, low, high, index(step), carried);
    OpBuilder::InsertionGuard guard(*this);
    // Without carried values the body has a terminator already.
    setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next =
        body(loop.getInductionVar(), loop.getRegionIterArgs());
    if (!carried.empty())
      mlir::scf::YieldOp::create(*this, next);
    return SmallVector<Value>(loop.getResults());
  }

  void emitCounted(int64_t size, int64_t step, function_ref<void(Value)> body) {
    if (size <= step)
      return body(index(0));
    emitLoop(index(0), index(size), step, {}, [&](Value at, ValueRange) {
      body(at);
      return SmallVector<Value>();
    });
  }

  Place advance(const Place &place, const Axis &axis, Value by) {
    Place next = place;
    next.input = add(place.input, multiply(by, axis.input));
    next.output = add(place.output, multiply(by, axis.output));
    for (auto [other, step] : llvm::zip_equal(next.others, axis.others))
      if (step)
        other = add(other, multiply(by, step));
    if (axis.isWindow)
      next.positions.push_back(by);
    return next;
  }

  /// Emits the loops over the axes outside of the row.
  void emitOuter(unsigned depth, const Place &place,
                 function_ref<void(const Place &)> body) {
    if (depth == outerAxes().size())
      return body(place);
    const Axis &axis = outerAxes()[depth];
    emitCounted(axis.size, 1, [&](Value at) {
      emitOuter(depth + 1, advance(place, axis, at), body);
    });
  }

  /// Emits the tiles of a row: those whose taps all lie inside in a loop, the
  /// others one by one.
  void emitRow(const Place &place,
               function_ref<void(const Place &, int64_t,
                                 ArrayRef<TapRun>)> body) {
    const Axis &axis = row();
    auto isWhole = [&](int64_t start, int64_t count) {
      return !axis.isWindow ||
             (axis.window.isInside(start, 0) &&
              axis.window.isInside(start + count - 1, axis.window.taps - 1));
    };
    auto emitAt = [&](Value at, int64_t start, int64_t count) {
      Axis still = axis;
      // Its window is unrolled: no position is looked up later.
      still.isWindow = false;
      body(advance(place, still, at), count, splitTaps(axis, start, count));
    };
    for (int64_t start = 0; start < axis.size;) {
      int64_t count = std::min(rows, axis.size - start), end = start + count;
      if (isWhole(start, count))
        while (end + count <= axis.size && isWhole(end, count))
          end += count;
      if (end - start > count)
        emitLoop(index(start), index(end), count, {},
                 [&](Value at, ValueRange) {
                   emitAt(at, start, count);
                   return SmallVector<Value>();
                 });
      else
        emitAt(index(start), start, count);
      start = end;
    }
  }

  /// Emits the loops over the taps of the windows outside of the row. The body
  /// gets where the row's taps begin in the input, and the number of taps
  /// before them.
  SmallVector<Value> emitOuterTaps(
      unsigned depth, Value at, Value tap, ArrayRef<Value> positions,
      SmallVector<Value> sums,
      function_ref<SmallVector<Value>(Value, Value, SmallVector<Value>)> body) {
    if (depth == outerWindows.size())
      return body(at, multiply(tap, row().window.taps), std::move(sums));
    const Axis &axis = *outerWindows[depth];
    const Window &window = axis.window;
    at = add(at, axis.getStart());
    Value low = index(0), high = index(window.taps);
    if (!window.isAlwaysInside(axis.size)) {
      // Input positions before the first tap's, and up to the end from there.
      Value first = multiply(positions[depth], window.stride);
      Value before = arith::MaxSIOp::create(
          *this, arith::SubIOp::create(*this, index(window.pad), first),
          index(0));
      Value after = arith::MaxSIOp::create(
          *this,
          arith::SubIOp::create(
              *this, index(window.size + window.pad + window.dilation - 1),
              first),
          index(0));
      low = arith::CeilDivSIOp::create(*this, before, index(window.dilation));
      high = arith::MinSIOp::create(
          *this, high,
          arith::DivSIOp::create(*this, after, index(window.dilation)));
    }
    return emitLoop(low, high, 1, sums, [&](Value by, ValueRange inner) {
      Value taps = add(multiply(tap, window.taps), by);
      return emitOuterTaps(depth + 1, add(at, multiply(by, axis.tap)), taps,
                           positions, SmallVector<Value>(inner), body);
    });
  }

  /// Emits what is done with the sums, `[rows][chunks]`, and stores them.
  void emitEnd(const Place &place, Value channel, int64_t count,
               ArrayRef<Chunk> chunks, ArrayRef<Value> sums) {
    const Value *sum = sums.begin();
    for (int64_t r = 0; r < count; ++r)
      for (const Chunk &chunk : chunks) {
        SmallVector<Value> arguments{*sum++};
        Value first = add(channel, chunk.first);
        for (size_t i = 0; i < others.size(); ++i) {
          Value at = add(place.others[i], r * row().others[i]);
          arguments.push_back(
              geometry.otherChannel[i]
                  ? load(others[i], add(at, first), chunk.lanes)
                  : repeat(others[i], at, chunk.lanes));
        }
        mlir::vector::StoreOp::create(
            *this, emitBody(arguments, chunk.lanes), output,
            add(add(place.output, r * row().output), first));
      }
  }

  Value emitBody(ArrayRef<Value> arguments, int64_t count) {
    Block &body = op.getBody().front();
    mlir::IRMapping mapping;
    mapping.map(body.getArguments(), arguments);
    for (Operation &inner : body) {
      // Constants, here or before the op.
      for (Value operand : inner.getOperands())
        if (!mapping.contains(operand)) {
          Value scalar = operand.getParentBlock() == &body
                             ? clone(*operand.getDefiningOp())->getResult(0)
                             : operand;
          auto type = VectorType::get({count}, scalar.getType());
          mapping.map(operand, mlir::vector::BroadcastOp::create(*this, type,
                                                                 scalar));
        }
      if (isa<arith::ConstantOp, fused::YieldOp>(inner))
        continue;
      Operation *vectors = clone(inner, mapping);
      for (mlir::OpResult result : vectors->getResults())
        result.setType(VectorType::get({count}, result.getType()));
    }
    return mapping.lookup(body.getTerminator()->getOperand(0));
  }

  /// Starts the sums of a tile, `[rows][chunks]`, from the bias.
  SmallVector<Value> startSums(Value channel, int64_t count,
                               ArrayRef<Chunk> chunks) {
    SmallVector<Value> biases, sums;
    for (const Chunk &chunk : chunks)
      biases.push_back(load(bias, add(channel, chunk.first), chunk.lanes));
    for (int64_t r = 0; r < count; ++r)
      llvm::append_range(sums, biases);
    return sums;
  }

  /// Emits one tile of a plain contraction: `width` channels from `channel` on.
  void emitTile(const Place &place, Value channel, int64_t width, int64_t count,
                ArrayRef<TapRun> runs) {
    SmallVector<Chunk> chunks = split(width);
    int64_t channels = geometry.channels;
    Value panelStart = multiply(channel, op.getTaps());
    SmallVector<Value> sums = startSums(channel, count, chunks);
    sums = emitOuterTaps(
        0, place.input, index(0), place.positions, std::move(sums),
        [&](Value at, Value tap, SmallVector<Value> sums) {
          at = add(at, row().getStart());
          Value from = add(panelStart, multiply(tap, channels * width));
          for (const TapRun &run : runs) {
            // Taps that lie side by side are one run of channels.
            bool isOne = row().tap == channels;
            int64_t loops = isOne ? 1 : run.count;
            int64_t length = isOne ? run.count * channels : channels;
            for (int64_t i = 0; i < loops; ++i)
              sums = emitProducts(
                  add(at, (run.first + i) * row().tap),
                  add(from, (run.first + i) * channels * width), length, width,
                  chunks, run, std::move(sums));
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
            memref::LoadOp::create(*this, input, add(x, r * row().input));
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

  /// Emits one tile of a depthwise contraction.
  void emitDepthwiseTile(const Place &place, Value channel, const Chunk &chunk,
                         int64_t count, ArrayRef<TapRun> runs) {
    const Window &window = row().window;
    SmallVector<Value> sums = startSums(channel, count, chunk);
    sums = emitOuterTaps(
        0, place.input, index(0), place.positions, std::move(sums),
        [&](Value at, Value tap, SmallVector<Value> sums) {
          at = add(add(at, row().getStart()), channel);
          Value from =
              add(multiply(tap, geometry.outputs), add(channel, chunk.first));
          SmallVector<Value> columns(window.taps);
          // A position that several rows read is loaded once. In this order
          // the taps of each row ascend.
          std::map<int64_t, SmallVector<std::pair<int64_t, int64_t>>> readers;
          for (const TapRun &run : runs)
            for (int64_t t = run.first; t < run.first + run.count; ++t) {
              columns[t] =
                  load(weights, add(from, t * geometry.outputs), chunk.lanes);
              for (int64_t r = run.rowBegin; r < run.rowEnd; ++r)
                readers[r * window.stride + t * window.dilation].push_back(
                    {r, t});
            }
          int64_t step = row().tap / window.dilation;
          for (auto &[position, products] : readers) {
            Value x = load(input, add(add(at, position * step), chunk.first),
                           chunk.lanes);
            for (auto [r, t] : products)
              sums[r] = multiplyAdd(x, columns[t], sums[r]);
          }
          return sums;
        });
    emitEnd(place, channel, count, chunk, sums);
  }

  Place start() {
    Place place{index(0), index(0), {}, {}};
    place.others.assign(others.size(), place.input);
    return place;
  }

  void emitDepthwise() {
    int64_t whole = geometry.outputs / lanes * lanes;
    emitOuter(0, start(), [&](const Place &line) {
      emitRow(line, [&](const Place &place, int64_t count,
                        ArrayRef<TapRun> runs) {
        if (whole)
          emitCounted(whole, lanes, [&](Value channel) {
            emitDepthwiseTile(place, channel, {0, lanes}, count, runs);
          });
        for (const Chunk &chunk : split(geometry.outputs - whole))
          emitDepthwiseTile(place, index(whole), chunk, count, runs);
      });
    });
  }

  void emitPanels(function_ref<void(Value, int64_t)> body) {
    int64_t whole = geometry.outputs / panel * panel;
    if (whole)
      emitCounted(whole, panel, [&](Value channel) { body(channel, panel); });
    if (whole < geometry.outputs)
      body(index(whole), geometry.outputs - whole);
  }

  void emitPlain() {
    int64_t bytes = op.getTaps() * geometry.outputs * sizeof(float);
    if (bytes <= kCachedWeightBytes)
      emitOuter(0, start(), [&](const Place &line) {
        emitRow(line, [&](const Place &place, int64_t count,
                          ArrayRef<TapRun> runs) {
          emitPanels([&](Value channel, int64_t width) {
            emitTile(place, channel, width, count, runs);
          });
        });
      });
    else
      emitPanels([&](Value channel, int64_t width) {
        emitOuter(0, start(), [&](const Place &line) {
          emitRow(line, [&](const Place &place, int64_t count,
                            ArrayRef<TapRun> runs) {
            emitTile(place, channel, width, count, runs);
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
    ContractionEmitter emitter(op);
    if (op.getDepthwise())
      emitter.emitDepthwise();
    else
      emitter.emitPlain();
    op.erase();
  }
}
