//===- MovementKernels.cpp - copies, slices, concatenation, halos ----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "FusedCasts.h"
#include "Kernels.h"
#include "StridedNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;

namespace {
/// A part of a movement: `sizes` elements from a box of operand `operand` to a
/// box of the result.
struct Move {
  unsigned operand;
  SmallVector<int64_t> sizes;
  StridedView from, to;
};
} // namespace

/// Makes a kernel that fills the result with `fill`, if given, and then does
/// the moves in order.
static KernelCall makeMoves(StringRef kind, Layouts operands,
                            const BufferLayout &out, ArrayRef<Move> moves,
                            std::optional<int64_t> fill = std::nullopt) {
  KernelKey key;
  KernelCall call;
  SmallVector<int64_t> bytes;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    key << operand;
    call.arguments.push_back(KernelArgument::operand(index));
    bytes.push_back(operand.bufferBytes);
  }
  call.arguments.push_back(KernelArgument::result(0));
  bytes.push_back(out.bufferBytes);
  key << out << (fill ? std::to_string(*fill) : "none");
  for (const Move &move : moves)
    key << int64_t(move.operand) << move.sizes << move.from.origin
        << move.from.strides << move.to.origin << move.to.strides;
  SmallVector<Move> copy(moves);
  call.kernel = std::make_shared<BuiltKernel>(
      kind, key.str(), bytes, [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer to = kb.view(arguments.back(), out.elementBytes, false);
        if (fill) {
          StridedView whole = StridedView::of(out);
          emitNest(kb, out.shape, {whole}, [&](const NestRun &run) {
            kb.run(run.length, run.steps[0] == 1 ? kb.chunk() / to.bytes : 1,
                   [&](Value at, unsigned lanes) {
                     Value value = kb.splat(*fill, lanes, to.bytes * 8);
                     kb.store(value, to,
                              kb.add(run.offsets[0], kb.mul(at, run.steps[0])));
                   });
          });
        }
        for (const Move &move : copy) {
          TypedBuffer from =
              kb.view(arguments[move.operand], out.elementBytes, false);
          emitCopy(kb, move.sizes, from, move.from, to, move.to);
        }
      });
  return call;
}

KernelCall codegen::selectCopy(const BufferLayout &from,
                               const BufferLayout &to) {
  return makeMoves(
      "copy", from, to,
      Move{0, to.shape, StridedView::of(from), StridedView::of(to)});
}

/// Splits both shapes at the places where they agree in row-major order, so
/// that a box of either layout can be walked in the other's order. Returns the
/// common factors, or nothing if the shapes do not nest.
static std::optional<SmallVector<int64_t>>
commonFactors(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs) {
  SmallVector<int64_t> factors;
  size_t i = 0, j = 0;
  int64_t a = 1, b = 1;
  while (i < lhs.size() || j < rhs.size() || a != 1 || b != 1) {
    if (a == 1 && i < lhs.size())
      a = lhs[i++];
    if (b == 1 && j < rhs.size())
      b = rhs[j++];
    if (a == 1 || b == 1) {
      if (a == 1 && b == 1)
        continue;
      if ((a == 1 && i == lhs.size()) || (b == 1 && j == rhs.size()))
        return std::nullopt;
      continue;
    }
    if (a % b != 0 && b % a != 0)
      return std::nullopt;
    // The outer factor is the smaller one.
    int64_t factor = std::min(a, b);
    factors.push_back(factor);
    a /= factor;
    b /= factor;
  }
  return factors;
}

/// Returns `view` of `shape` as a view of `factors`, which refine `shape`.
static StridedView refine(const StridedView &view, ArrayRef<int64_t> shape,
                          ArrayRef<int64_t> factors) {
  StridedView refined{view.origin, {}};
  size_t next = 0;
  for (auto [axis, size] : llvm::enumerate(shape)) {
    int64_t left = size;
    while (left > 1) {
      left /= factors[next++];
      refined.strides.push_back(view.strides[axis] * left);
    }
  }
  return refined;
}

template <>
FailureOr<KernelCall> codegen::select(fxp::ReshapeOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout &in = operands[0], &out = results[0];
  // A dense side can be seen under the other's shape.
  auto seenAs = [](const BufferLayout &layout, ArrayRef<int64_t> shape) {
    return BufferLayout::dense(shape, layout.elementBytes);
  };
  if (out.isDense())
    return makeMoves("reshape", operands, out,
                     Move{0, in.shape, StridedView::of(in),
                          StridedView::of(seenAs(out, in.shape))});
  if (in.isDense())
    return makeMoves("reshape", operands, out,
                     Move{0, out.shape, StridedView::of(seenAs(in, out.shape)),
                          StridedView::of(out)});
  if (auto factors = commonFactors(in.shape, out.shape))
    return makeMoves("reshape", operands, out,
                     Move{0, *factors,
                          refine(StridedView::of(in), in.shape, *factors),
                          refine(StridedView::of(out), out.shape, *factors)});
  // Neither nests in the other: one element at a time.
  SmallVector<Move> moves;
  SmallVector<int64_t> inDense = StridedView::denseStrides(in.shape);
  SmallVector<int64_t> outDense = StridedView::denseStrides(out.shape);
  int64_t count = ShapedType::getNumElements(in.shape);
  auto place = [](int64_t linear, const BufferLayout &layout,
                  ArrayRef<int64_t> dense) {
    StridedView view = StridedView::of(layout);
    int64_t at = view.origin;
    for (size_t axis = 0; axis < dense.size(); ++axis) {
      at += linear / dense[axis] * view.strides[axis];
      linear %= dense[axis];
    }
    return at;
  };
  // Runs that are contiguous on both sides become one move each.
  for (int64_t from = 0; from < count;) {
    int64_t inAt = place(from, in, inDense), outAt = place(from, out, outDense);
    int64_t length = 1;
    while (from + length < count &&
           place(from + length, in, inDense) == inAt + length &&
           place(from + length, out, outDense) == outAt + length)
      ++length;
    moves.push_back({0, {length}, {inAt, {1}}, {outAt, {1}}});
    from += length;
  }
  return makeMoves("reshape", operands, out, moves);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::TransposeOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  if (fxp::QuantizeOp cast = getFusedQuantize(op))
    return selectQuantizeTranspose(cast, op, operands, results);
  const BufferLayout &out = results[0];
  StridedView in = StridedView::of(operands[0]), from{in.origin, {}};
  for (int64_t axis : op.getPerms())
    from.strides.push_back(in.strides[axis]);
  return makeMoves("transpose", operands, out,
                   Move{0, out.shape, from, StridedView::of(out)});
}

template <>
FailureOr<KernelCall> codegen::select(fxp::SliceOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout &out = results[0];
  StridedView from = StridedView::of(operands[0]);
  for (auto [axis, start, step] :
       llvm::enumerate(op.getStarts(), op.getSteps())) {
    from.origin += start * from.strides[axis];
    from.strides[axis] *= step;
  }
  return makeMoves("slice", operands, out,
                   Move{0, out.shape, from, StridedView::of(out)});
}

template <>
FailureOr<KernelCall> codegen::select(fxp::PadOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout &in = operands[0], &out = results[0];
  StridedView to = StridedView::of(out);
  for (auto [axis, low] : llvm::enumerate(op.getLow()))
    to.origin += low * to.strides[axis];
  return makeMoves("pad", operands, out,
                   Move{0, in.shape, StridedView::of(in), to},
                   int32_t(op.getValue()));
}

template <>
FailureOr<KernelCall> codegen::select(fxp::ConcatOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout &out = results[0];
  StridedView whole = StridedView::of(out);
  SmallVector<Move> moves;
  int64_t at = 0;
  for (auto [index, in] : llvm::enumerate(operands)) {
    StridedView to = whole;
    to.origin += at * whole.strides[op.getAxis()];
    moves.push_back({unsigned(index), in.shape, StridedView::of(in), to});
    at += in.shape[op.getAxis()];
  }
  return makeMoves("concat", operands, out, moves);
}

/// More runs than this are read from a table of positions: code that grows with
/// the indices takes too long to compile.
static constexpr size_t kMostMoves = 16;

/// Makes a kernel that copies, for each position on `axis` of the result, the
/// slice of the input that a constant names: i32 `[positions]`, in elements.
static KernelCall makeTableGather(const BufferLayout &in,
                                  const BufferLayout &out, int64_t axis,
                                  ArrayRef<int64_t> indices) {
  StridedView from = StridedView::of(in), to = StridedView::of(out);
  std::vector<int32_t> offsets;
  for (int64_t index : indices)
    offsets.push_back(static_cast<int32_t>(index * from.strides[axis]));
  KernelKey key;
  key << in << out << axis;
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0),
                    KernelArgument::constant(toBytes<int32_t>(offsets))};
  SmallVector<int64_t> bytes = {in.bufferBytes, out.bufferBytes,
                                int64_t(offsets.size() * sizeof(int32_t))};
  int64_t count = indices.size();
  call.kernel = std::make_shared<BuiltKernel>(
      "gather_table", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        OpBuilder &b = kb.getBuilder();
        TypedBuffer source = kb.view(arguments[0], in.elementBytes, false),
                    target = kb.view(arguments[1], out.elementBytes, false),
                    table = kb.view(arguments[2], 4, true);
        SmallVector<int64_t> slice(out.shape);
        slice[axis] = 1;
        kb.loop(count, [&](Value position) {
          Value offset = mlir::vector::ExtractOp::create(
              b, kb.getLoc(), kb.load(table, position, 1), int64_t(0));
          Value read = mlir::arith::IndexCastOp::create(
              b, kb.getLoc(), b.getIndexType(), offset);
          Value written = kb.mul(position, to.strides[axis]);
          emitNest(kb, slice, {from, to}, [&](const NestRun &run) {
            bool isDense = run.steps[0] == 1 && run.steps[1] == 1;
            unsigned width =
                isDense ? std::max(1u, kb.chunk() / source.bytes) : 1;
            kb.run(run.length, width, [&](Value at, unsigned lanes) {
              auto place = [&](Value base, unsigned side) {
                return kb.add(kb.add(base, run.offsets[side]),
                              kb.mul(at, run.steps[side]));
              };
              kb.store(kb.load(source, place(read, 0), lanes), target,
                       place(written, 1));
            });
          });
        });
      });
  return call;
}

template <>
FailureOr<KernelCall> codegen::select(fxp::GatherOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout &in = operands[0], &out = results[0];
  int64_t axis = op.getAxis();
  StridedView from = StridedView::of(in), to = StridedView::of(out);
  ArrayRef<int64_t> indices = op.getIndices();
  SmallVector<Move> moves;
  // Evenly spaced indices are one move.
  for (size_t i = 0; i < indices.size();) {
    size_t count = 1;
    int64_t step = i + 1 < indices.size() ? indices[i + 1] - indices[i] : 1;
    while (i + count < indices.size() &&
           indices[i + count] - indices[i + count - 1] == step)
      ++count;
    Move move{0, out.shape, from, to};
    move.sizes[axis] = count;
    move.from.origin += indices[i] * from.strides[axis];
    move.from.strides[axis] *= step;
    move.to.origin += i * to.strides[axis];
    moves.push_back(move);
    i += count;
  }
  if (moves.size() > kMostMoves)
    return makeTableGather(in, out, axis, indices);
  return makeMoves("gather", operands, out, moves);
}

KernelCall codegen::selectFillHalo(Type type, const BufferLayout &layout) {
  StoredType stored = StoredType::get(type);
  // The halo is a few contiguous runs: before the first pixel, between rows
  // (right halo and the next left one), after the last pixel.
  int64_t height = layout.shape[1], width = layout.shape[2];
  int64_t rowEnd = layout.origin + width * layout.pixelStride;
  int64_t gap = layout.rowStride - width * layout.pixelStride;
  int64_t tail = layout.haloBottom * layout.rowStride +
                 layout.haloRight * layout.pixelStride;
  // Buffers of concatenations written in place start inside a pixel.
  int64_t inPixel = layout.origin - layout.haloTop * layout.rowStride -
                    layout.haloLeft * layout.pixelStride;
  assert(inPixel == 0 && "the halo belongs to the whole concatenation");
  bool perAxis = stored.isPerAxis() && !llvm::all_equal(stored.zeroPoints);
  KernelKey key;
  key << layout << stored << (perAxis ? 0 : stored.zeroPoint)
      << int64_t(perAxis);
  KernelCall call;
  call.arguments = {KernelArgument::result(0)};
  SmallVector<int64_t> bytes = {layout.bufferBytes};
  if (perAxis) {
    std::vector<char> zeros;
    for (int64_t zero : stored.zeroPoints)
      for (unsigned byte = 0; byte < stored.bytes; ++byte)
        zeros.push_back(char(zero >> (8 * byte)));
    bytes.push_back(zeros.size());
    call.arguments.push_back(KernelArgument::constant(std::move(zeros)));
  }
  call.kernel = std::make_shared<BuiltKernel>(
      "fill_halo", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer buffer = kb.view(arguments[0], stored);
        auto fill = [&](Value offset, int64_t count) {
          if (!perAxis) {
            kb.run(count, std::max(1u, kb.chunk() / stored.bytes),
                   [&](Value at, unsigned lanes) {
                     kb.store(
                         kb.splat(stored.zeroPoint, lanes, stored.bytes * 8),
                         buffer, kb.add(offset, at));
                   });
            return;
          }
          TypedBuffer zeros = kb.view(arguments[1], stored);
          int64_t channels = layout.pixelStride;
          kb.loop(count / channels, [&](Value pixel) {
            Value to = kb.add(offset, kb.mul(pixel, channels));
            kb.run(channels, std::max(1u, kb.chunk() / stored.bytes),
                   [&](Value at, unsigned lanes) {
                     kb.store(kb.load(zeros, at, lanes), buffer,
                              kb.add(to, at));
                   });
          });
        };
        kb.loop(layout.shape[0], [&](Value n) {
          Value image = kb.mul(n, layout.imageStride);
          fill(image, layout.origin);
          if (gap > 0)
            kb.loop(height - 1, [&](Value y) {
              Value row = kb.add(image, kb.mul(y, layout.rowStride));
              fill(kb.add(row, rowEnd), gap);
            });
          fill(kb.add(image, rowEnd + (height - 1) * layout.rowStride), tail);
        });
      });
  return call;
}
