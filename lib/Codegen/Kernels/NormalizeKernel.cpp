//===- NormalizeKernel.cpp - integer normalisation of rows ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows that hold the last axis are added up one after the other, in vectors
// along them, and their roots found side by side; other rows are worked on side
// by side, one in each lane along the last axis.
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "Kernels.h"
#include "NormalizeEmitter.h"
#include "StridedNest.h"
#include "narrow/Support/ConstantData.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace vector = mlir::vector;

/// Rows whose roots and divisions are worked on together.
static constexpr unsigned kRowsAtOnce = 8;

namespace {
/// A layer's own integers, of the rank of the input with sizes of 1 broadcast,
/// as dense constants.
struct Layer {
  StridedView scale, offset;
  std::vector<char> scaleBytes, offsetBytes;
};
} // namespace

/// Returns row-major strides in which sizes of 1 do not move.
static StridedView viewOf(ElementsAttr elements) {
  auto shape = cast<ShapedType>(elements.getType()).getShape();
  StridedView view{0, StridedView::denseStrides(shape)};
  for (auto [stride, size] : llvm::zip_equal(view.strides, shape))
    if (size == 1)
      stride = 0;
  return view;
}

static Layer getLayer(fxp::NormalizeOp op) {
  Layer layer{viewOf(op.getScale()), viewOf(op.getOffset()), {}, {}};
  SmallVector<int32_t> scale;
  for (int64_t value : getIntegers(op.getScale()))
    scale.push_back(static_cast<int32_t>(value));
  layer.scaleBytes = toBytes<int32_t>(scale);
  // The rounding constant goes with the offset.
  SmallVector<int64_t> offset = getIntegers(op.getOffset());
  for (int64_t &value : offset)
    value += int64_t(1) << (op.getShift() - 1);
  if (!op.hasNarrowResult()) {
    layer.offsetBytes = toBytes<int64_t>(offset);
    return layer;
  }
  SmallVector<int32_t> narrow(offset.begin(), offset.end());
  layer.offsetBytes = toBytes<int32_t>(narrow);
  return layer;
}

/// Loads what belongs to `lanes` elements that lie `step` apart, 0 or 1 or for
/// a single lane any.
static Value loadLayer(KernelBuilder &kb, const TypedBuffer &buffer, Value at,
                       int64_t step, unsigned lanes) {
  if (step == 1 || lanes == 1)
    return kb.load(buffer, at, lanes);
  Value one = kb.load(buffer, at, 1);
  return kb.broadcast(vector::ExtractOp::create(kb.getBuilder(), kb.getLoc(),
                                                one, ArrayRef<int64_t>{0}),
                      lanes);
}

namespace {
/// The kernel's loops.
class NormalizeNest {
public:
  NormalizeNest(KernelBuilder &kb, const NormalizeConstants &p,
                const BufferLayout &in, const BufferLayout &out,
                const Layer &layer, ArrayRef<int64_t> axes, StoredType from,
                StoredType to, ValueRange arguments)
      : kb(kb), p(p), emitter(kb, p, to), from(from),
        source(kb.view(arguments[0], from)), target(kb.view(arguments[1], to)),
        scale(kb.view(arguments[2], 4, true)),
        offset(kb.view(arguments[3], p.narrowResult ? 4 : 8, true)) {
    SmallVector<StridedView> all = {StridedView::of(in), StridedView::of(out),
                                    layer.scale, layer.offset};
    // Axes of a row, and those that tell rows apart.
    SmallVector<int64_t> rowSizes;
    SmallVector<StridedView> rowViews(4);
    keptViews.resize(4);
    for (size_t k = 0; k < 4; ++k)
      keptViews[k].origin = all[k].origin;
    for (size_t axis = 0; axis < in.shape.size(); ++axis) {
      bool inRow = llvm::is_contained(axes, int64_t(axis));
      (inRow ? rowSizes : keptSizes).push_back(in.shape[axis]);
      for (size_t k = 0; k < 4; ++k)
        (inRow ? rowViews : keptViews)[k].strides.push_back(
            all[k].strides[axis]);
    }
    std::tie(sizes, views) = mergeAxes(rowSizes, rowViews);
    alongRows = axes.back() + 1 == int64_t(in.shape.size()) ||
                views[0].strides.back() == 1;
  }

  void emit() {
    if (keptSizes.empty()) {
      keptSizes.push_back(1);
      for (StridedView &view : keptViews)
        view.strides.push_back(0);
    }
    emitNest(kb, keptSizes, keptViews, [&](const NestRun &run) {
      bool sideBySide = !alongRows && run.steps[0] == 1 && run.steps[1] == 1 &&
                        run.steps[2] <= 1 && run.steps[3] <= 1;
      auto offsetsAt = [&](Value at) {
        SmallVector<Value> offsets;
        for (auto [offset, step] : llvm::zip(run.offsets, run.steps))
          offsets.push_back(kb.add(offset, kb.mul(at, step)));
        return offsets;
      };
      if (sideBySide)
        return kb.run(run.length, std::max(1u, kb.chunk() / 2),
                      [&](Value at, unsigned lanes) {
                        emitSideBySide(offsetsAt(at), run.steps, lanes);
                      });
      kb.run(run.length, kRowsAtOnce, [&](Value at, unsigned rows) {
        emitRows(rows, [&](Value row) { return offsetsAt(kb.add(at, row)); });
      });
    });
  }

private:
  using Carried = SmallVector<Value>;
  using Place = function_ref<Carried(ArrayRef<Value> offsets, Carried)>;

  /// Loops over the row's axes from `axis` to `end`; `place` gets the offsets
  /// of each place from `at` on.
  Carried walk(size_t axis, size_t end, ArrayRef<Value> at, Carried carried,
               Place place) {
    if (axis == end)
      return place(at, carried);
    return kb.loop(
        0, sizes[axis], 1, carried, [&](Value i, ArrayRef<Value> before) {
          SmallVector<Value> offsets;
          for (auto [offset, view] : llvm::zip(at, views))
            offsets.push_back(kb.add(offset, kb.mul(i, view.strides[axis])));
          return walk(axis + 1, end, offsets, Carried(before), place);
        });
  }

  Value loadInput(Value at, unsigned lanes) {
    return kb.subi(kb.loadWide(source, at, lanes),
                   kb.splat(from.zeroPoint, lanes));
  }
  Value square(Value x) {
    if (from.bytes > 2)
      x = kb.extend(x, 64, true);
    Value product = kb.muli(x, x);
    // The square of a distance of 16 bits and a sign has 32 bits.
    return p.narrowSquares ? product : kb.extend(product, 64, false);
  }
  void store(Value x, const NormalizeRow &row, ArrayRef<Value> at,
             ArrayRef<int64_t> steps, unsigned lanes) {
    Value y =
        emitter.apply(x, row, loadLayer(kb, scale, at[2], steps[2], lanes),
                      loadLayer(kb, offset, at[3], steps[3], lanes));
    kb.storeNarrow(y, target, at[1]);
  }

  /// One row in each lane.
  void emitSideBySide(ArrayRef<Value> at, ArrayRef<int64_t> steps,
                      unsigned lanes) {
    size_t depth = sizes.size();
    Value none = kb.splat(0, lanes),
          noSquares = kb.splat(0, lanes, p.narrowSquares ? 32 : 64);
    Carried sums =
        walk(0, depth, at, {none, noSquares},
             [&](ArrayRef<Value> here, Carried before) -> Carried {
               Value x = loadInput(here[0], lanes);
               return {kb.addi(before[0], x), kb.addi(before[1], square(x))};
             });
    NormalizeRow row = emitter.summarise(sums[0], sums[1]);
    walk(0, depth, at, {}, [&](ArrayRef<Value> here, Carried) -> Carried {
      store(loadInput(here[0], lanes), row, here, steps, lanes);
      return {};
    });
  }

  /// Adds the lanes up.
  Value fold(Value v) {
    Value sum = vector::ReductionOp::create(kb.getBuilder(), kb.getLoc(),
                                            vector::CombiningKind::ADD, v);
    return kb.broadcast(sum, 1);
  }

  /// What a row's places have along its innermost axis.
  struct Along {
    int64_t length;
    SmallVector<int64_t> steps;
    unsigned width; ///< Of the widest vectors.
  };
  Along getAlong() const {
    Along along{sizes.back(), {}, 1};
    for (const StridedView &view : views)
      along.steps.push_back(view.strides.back());
    ArrayRef<int64_t> steps = along.steps;
    if (steps[0] == 1 && steps[1] == 1 && steps[2] <= 1 && steps[3] <= 1)
      along.width = std::min<uint64_t>(kb.chunk(),
                                       llvm::bit_floor(uint64_t(along.length)));
    return along;
  }
  SmallVector<Value> move(ArrayRef<Value> from, ArrayRef<int64_t> steps,
                          Value i) {
    SmallVector<Value> moved;
    for (auto [offset, step] : llvm::zip(from, steps))
      moved.push_back(kb.add(offset, kb.mul(i, step)));
    return moved;
  }

  /// Returns a row's sum and sum of squares in one lane each. Partial sums stay
  /// in the lanes of vectors along it; what does not fill a vector goes to sums
  /// of one lane.
  std::pair<Value, Value> addUpRow(ArrayRef<Value> at) {
    Along along = getAlong();
    ArrayRef<int64_t> steps = along.steps;
    int64_t length = along.length;
    unsigned width = along.width;
    size_t last = sizes.size() - 1;
    unsigned bits = p.narrowSquares ? 32 : 64;
    int64_t whole = length / width * width, stride = steps[0];

    auto add = [&](Value sum, Value squares, Value x) -> Carried {
      return {kb.addi(sum, x), kb.addi(squares, square(x))};
    };
    Carried sums = walk(
        0, last, at,
        {kb.splat(0, width), kb.splat(0, width, bits), kb.splat(0, 1),
         kb.splat(0, 1, bits)},
        [&](ArrayRef<Value> here, Carried carried) -> Carried {
          Carried lanes = kb.loop(
              0, whole, width, {carried[0], carried[1]},
              [&](Value i, ArrayRef<Value> before) {
                Value x = loadInput(kb.add(here[0], kb.mul(i, stride)), width);
                return add(before[0], before[1], x);
              });
          Carried rest = {carried[2], carried[3]};
          for (int64_t i = whole; i < length;) {
            unsigned piece = llvm::bit_floor(uint64_t(length - i));
            Value x = loadInput(kb.add(here[0], i * stride), piece);
            Value squares = square(x);
            rest = {kb.addi(rest[0], fold(x)), kb.addi(rest[1], fold(squares))};
            i += piece;
          }
          lanes.append(rest);
          return lanes;
        });
    return {kb.addi(fold(sums[0]), sums[2]), kb.addi(fold(sums[1]), sums[3])};
  }

  /// Normalises one row.
  void applyRow(ArrayRef<Value> at, const NormalizeRow &row) {
    Along along = getAlong();
    auto spread = [&](unsigned lanes) {
      NormalizeRow wide;
      for (auto [to, value] :
           {std::pair(&wide.mean, row.mean),
            std::pair(&wide.multiplier, row.multiplier),
            std::pair(&wide.half, row.half), std::pair(&wide.shift, row.shift)})
        *to = loadLane(value, lanes);
      return wide;
    };
    walk(0, sizes.size() - 1, at, {},
         [&](ArrayRef<Value> here, Carried) -> Carried {
           kb.run(along.length, along.width, [&](Value i, unsigned lanes) {
             SmallVector<Value> place = move(here, along.steps, i);
             store(loadInput(place[0], lanes), spread(lanes), place,
                   along.steps, lanes);
           });
           return {};
         });
  }

  /// Several rows: their roots and divisions are side by side, one row in each
  /// lane; `offsetsOf` gives the place of each.
  void emitRows(unsigned rows,
                function_ref<SmallVector<Value>(Value row)> offsetsOf) {
    OpBuilder &b = kb.getBuilder();
    Location loc = kb.getLoc();
    if (rows == 1) {
      SmallVector<Value> at = offsetsOf(kb.index(0));
      auto [sum, squares] = addUpRow(at);
      return applyRow(at, emitter.summarise(sum, squares));
    }
    auto first = [&](Value v) -> Value {
      return vector::ExtractOp::create(b, loc, v, ArrayRef<int64_t>{0});
    };
    Carried sums = kb.loop(
        0, rows, 1,
        {kb.splat(0, rows), kb.splat(0, rows, p.narrowSquares ? 32 : 64)},
        [&](Value row, ArrayRef<Value> before) -> Carried {
          auto [sum, squares] = addUpRow(offsetsOf(row));
          mlir::OpFoldResult at = row;
          return {
              vector::InsertOp::create(b, loc, first(sum), before[0], at),
              vector::InsertOp::create(b, loc, first(squares), before[1], at)};
        });
    NormalizeRow all = emitter.summarise(sums[0], sums[1]);
    kb.loop(rows, [&](Value row) {
      auto of = [&](Value v) {
        mlir::OpFoldResult at = row;
        return kb.broadcast(vector::ExtractOp::create(b, loc, v, at), 1);
      };
      applyRow(offsetsOf(row),
               {of(all.mean), of(all.multiplier), of(all.half), of(all.shift)});
    });
  }

  /// Returns the only lane of `v` in all of `lanes`.
  Value loadLane(Value v, unsigned lanes) {
    if (lanes == 1)
      return v;
    return kb.broadcast(vector::ExtractOp::create(kb.getBuilder(), kb.getLoc(),
                                                  v, ArrayRef<int64_t>{0}),
                        lanes);
  }

  KernelBuilder &kb;
  const NormalizeConstants &p;
  NormalizeEmitter emitter;
  StoredType from;
  TypedBuffer source, target, scale, offset;
  /// Of the row's merged axes; the views are input, result, scale, offset.
  SmallVector<int64_t> sizes;
  SmallVector<StridedView> views;
  SmallVector<int64_t> keptSizes;
  SmallVector<StridedView> keptViews;
  bool alongRows = true;
};
} // namespace

template <>
FailureOr<KernelCall> codegen::select(fxp::NormalizeOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  int64_t most = std::max(from.hi - from.zeroPoint, from.zeroPoint - from.lo);
  NormalizeConstants p{op.getRowLength(),
                       int64_t(op.getEpsilon()),
                       int32_t(op.getSpreadShift()),
                       int32_t(op.getInputShift()),
                       int32_t(op.getMultiplierBits()),
                       int32_t(op.getFractionBits()),
                       int32_t(op.getShift()),
                       op.getCentred(),
                       op.hasNarrowMultiplier(),
                       op.hasNarrowResult(),
                       double(op.getRowLength()) * double(most * most) <=
                           INT32_MAX,
                       most};
  Layer layer = getLayer(op);
  SmallVector<int64_t> axes(op.getAxes());
  KernelKey key;
  key << in << out << from << to << from.zeroPoint << to.zeroPoint << axes
      << p.epsilon << p.spreadShift << p.inputShift << p.multiplierBits
      << p.fractionBits << p.shift << int64_t(p.centred)
      << int64_t(p.narrowMultiplier) << int64_t(p.narrowResult)
      << layer.scale.strides << layer.offset.strides;
  KernelCall call;
  SmallVector<int64_t> bytes = {in.bufferBytes, out.bufferBytes,
                                int64_t(layer.scaleBytes.size()),
                                int64_t(layer.offsetBytes.size())};
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0),
                    KernelArgument::constant(layer.scaleBytes),
                    KernelArgument::constant(layer.offsetBytes)};
  // The code depends on where the layer's integers lie, not on what they are.
  Layer places{layer.scale, layer.offset, {}, {}};
  call.kernel = std::make_shared<BuiltKernel>(
      "normalize", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        NormalizeNest(kb, p, in, out, places, axes, from, to, arguments).emit();
      });
  return call;
}
