//===- MatrixKernel.cpp - contractions by a matrix unit -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixKernel.h"
#include "PanelScratch.h"
#include "TileEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace narrow;
using namespace narrow::codegen;

/// Channels of a matrix of weights, and lanes of an accumulator.
static constexpr int64_t kLanes = 16;

std::optional<MatrixPlan> MatrixPlan::get(const TiledShape &shape,
                                          const ByteForm &bytes,
                                          const WeightStorage &storage,
                                          const Target &target) {
  if (!target.matrixUnit || bytes.flip || shape.group != 4 || shape.cols < 8 ||
      storage.hasBlocks())
    return std::nullopt;
  // A part of a transposed convolution may have no weights at all.
  if (shape.runs() * shape.steps() == 0)
    return std::nullopt;
  MatrixPlan plan;
  constexpr int64_t kMostScratchBytes = 128 << 10;
  while (storage.isPacked() &&
         PanelScratch::countBytes(shape, plan.columns * kLanes) >
             kMostScratchBytes)
    if (--plan.columns == 0)
      return std::nullopt;
  // A row's pixels in equal parts; the last overlaps what it leaves over.
  plan.pixels = llvm::divideCeil(shape.cols, llvm::divideCeil(shape.cols, 16));
  for (plan.steps = 16; plan.steps >= 8; --plan.steps)
    if (shape.steps() % plan.steps == 0)
      return plan;
  return std::nullopt;
}

namespace {

/// Emits the blocks of one range of channels.
class BlockEmission {
public:
  BlockEmission(TileEmitter &e, const TiledShape &shape,
                const RequantForm &form, const MatrixPlan &plan,
                const std::optional<EpilogueLookup> &lookup,
                ValueRange arguments, Value w, Value sums, const Target &target)
      : e(e), shape(shape), form(form), plan(plan), lookup(lookup),
        a(arguments[0]), w(w), parameters(arguments[2]), o(arguments[3]),
        sums(sums), table(lookup ? arguments[4] : Value()), target(target) {}

  /// All pixels of an image for `columns` matrices of channels. `weights`: byte
  /// of the first weight; `stepBytes`: from one K step to the next; `slot`: of
  /// the first channel; `atA`, `atO`: byte of the first pixel.
  void pixels(Value atA, Value atO, Value weights, int64_t stepBytes,
              Value slot, int64_t columns,
              const TileEmitter::Parameters &requant, int64_t stored) {
    auto blocks = [&](Value row, ArrayRef<std::pair<Value, int64_t>> places) {
      SmallVector<Value> fromA, toO;
      for (auto [col, down] : places) {
        Value y = e.add(row, down);
        fromA.push_back(
            e.add(e.add(atA, e.mul(y, shape.rowA)), e.mul(col, shape.pixelA)));
        toO.push_back(
            e.add(e.add(atO, e.mul(y, shape.rowO)), e.mul(col, shape.pixelO)));
      }
      block(fromA, toO, weights, stepBytes, slot, columns, requant, stored);
    };
    int64_t width = plan.pixels, pair = 2 * width;
    if (shape.cols == width) { // Two rows at a time.
      int64_t even = shape.rows / 2 * 2;
      e.loop(0, even, 2, [&](Value row) {
        blocks(row, {{e.index(0), 0}, {e.index(0), 1}});
      });
      if (even != shape.rows)
        blocks(e.index(even), {{e.index(0), 0}});
      return;
    }
    int64_t whole = shape.cols / pair * pair, rest = shape.cols - whole;
    e.loop(0, shape.rows, 1, [&](Value row) {
      e.loop(0, whole, pair, [&](Value col) {
        blocks(row, {{col, 0}, {e.add(col, width), 0}});
      });
      Value last = e.index(shape.cols - width);
      if (rest > width)
        blocks(row, {{e.index(whole), 0}, {last, 0}});
      else if (rest)
        blocks(row, {{last, 0}});
    });
  }

private:
  void block(ArrayRef<Value> fromA, ArrayRef<Value> toO, Value weights,
             int64_t stepBytes, Value slot, int64_t columns,
             const TileEmitter::Parameters &requant, int64_t stored) {
    SmallVector<int64_t> counts, stridesA, stridesW;
    int64_t inner = shape.runs() * shape.steps() * stepBytes;
    for (const TiledShape::Loop &loop : shape.kernel) {
      inner /= loop.count;
      counts.push_back(loop.count);
      stridesA.push_back(loop.stride);
      stridesW.push_back(inner);
    }
    counts.push_back(shape.steps() / plan.steps);
    stridesA.push_back(4 * plan.steps);
    stridesW.push_back(plan.steps * stepBytes);
    tile::MatrixBlockOp::create(e.b, a, w, parameters, sums, weights,
                                e.mul(slot, 4), fromA, plan.pixels,
                                shape.pixelA, columns, plan.steps, stepBytes,
                                counts, stridesA, stridesW);
    // The sums [block of pixels][column][pixel][lane], a pixel of each block at
    // a time.
    e.loop(0, plan.pixels, 1, [&](Value pixel) {
      SmallVector<Value> accumulators;
      for (size_t p = 0; p < fromA.size(); ++p)
        for (int64_t c = 0; c < columns; ++c)
          accumulators.push_back(e.load(
              sums,
              e.add(e.mul(pixel, 4 * kLanes),
                    (int64_t(p) * columns + c) * plan.pixels * 4 * kLanes),
              kLanes, e.b.getI32Type()));
      SmallVector<Value> outputs = e.requantise(
          form, requant, accumulators, columns, tile::LaneOrder::Natural);
      SmallVector<Value> at;
      for (Value to : toO)
        at.push_back(e.add(to, e.mul(pixel, shape.pixelO)));
      int64_t channels = std::min(stored, columns * kLanes);
      storePixels(e, target, lookup, table, outputs, slot, channels, o, at);
    });
  }

  TileEmitter &e;
  const TiledShape &shape;
  const RequantForm &form;
  const MatrixPlan &plan;
  const std::optional<EpilogueLookup> &lookup;
  Value a, w, parameters, o, sums, table;
  const Target &target;
};

} // namespace

std::string MatrixKernel::name() const {
  return "matrix_" + TiledKernel::name();
}

int64_t MatrixKernel::parallelUnits(const Target &target) const {
  int64_t work = shape.images * shape.groups * shape.rows * shape.cols *
                 shape.channels * shape.runs() * shape.run;
  return work < kMinSharedMacs ? 1 : panels.front().count;
}

void MatrixKernel::emitBody(OpBuilder &builder, Location loc,
                            ValueRange arguments, const Target &target) const {
  TileEmitter e(builder, loc);
  // At the kernel's start, so that it is taken once.
  Value sums = mlir::memref::AllocaOp::create(
      e.b,
      mlir::MemRefType::get({2 * 2 * plan.pixels * 4 * kLanes},
                            e.b.getI8Type()),
      e.b.getI64IntegerAttr(64));
  std::optional<TileEmitter::Share> share;
  size_t buffers = argumentBytes().size();
  if (arguments.size() != buffers)
    share = TileEmitter::Share{arguments[buffers], arguments[buffers + 1],
                               parallelUnits(target)};
  Value table = storage.loadTable(e.b, arguments[1]);
  std::optional<PanelScratch> scratch;
  if (storage.isPacked())
    scratch.emplace(e, PanelScratch::countBytes(shape, plan.columns * kLanes));
  BlockEmission emission(e, shape, form, plan, lookup, arguments,
                         scratch ? scratch->getBuffer() : arguments[1], sums,
                         target);
  e.loop(0, shape.images, 1, [&](Value image) {
    e.loop(0, shape.groups, 1, [&](Value group) {
      Value atA =
          e.add(e.add(e.mul(image, shape.imageA), e.mul(group, shape.groupA)),
                shape.originA);
      Value atO = e.add(e.add(e.mul(image, shape.imageO),
                              e.mul(group, shape.channels * form.outputBytes)),
                        shape.originO);
      Value slot = e.mul(group, slotsPerGroup());
      Value weights =
          e.add(e.mul(group, weightBytesPerGroup()), storage.headBytes());
      int64_t before = 0;
      for (const PanelGroup &cut : panels) {
        // Channels [begin, end) of a panel, `columns` matrices at a time.
        auto channels = [&](Value panel, int64_t begin, int64_t end,
                            int64_t columns, int64_t stored) {
          e.loop(begin, end, columns * kLanes, [&](Value channel) {
            Value c = e.add(e.add(e.mul(panel, cut.width), channel), cut.first);
            Value at = e.add(weights, e.add(e.add(e.mul(panel, panelBytes(cut)),
                                                  e.mul(channel, shape.group)),
                                            before));
            Value first = e.add(slot, c);
            int64_t stepBytes = shape.group * cut.width;
            if (scratch) {
              scratch->unpack(shape, storage.unscaled(), target, arguments[1],
                              table, at, stepBytes, columns * kLanes);
              at = e.index(0);
              stepBytes = shape.group * columns * kLanes;
            }
            emission.pixels(atA, e.add(atO, e.mul(c, form.outputBytes)), at,
                            stepBytes, first, columns,
                            e.loadParameters(form, block, arguments[2], first,
                                             columns, kLanes),
                            stored);
          });
        };
        int64_t wholePanels =
            cut.stored == cut.width ? cut.count : cut.count - 1;
        int64_t most = cut.width >= 2 * kLanes ? plan.columns : 1;
        e.loop(share, 0, wholePanels, 1, [&](Value panel) {
          channels(panel, 0, cut.width, most, most * kLanes);
        });
        if (wholePanels != cut.count)
          e.loop(share, wholePanels, cut.count, 1, [&](Value panel) {
            for (int64_t c = 0; c < cut.stored;) {
              int64_t left = cut.stored - c;
              int64_t columns = left > kLanes ? most : 1;
              channels(panel, c, c + columns * kLanes, columns,
                       std::min(left, columns * kLanes));
              c += columns * kLanes;
            }
          });
        before += cut.count * panelBytes(cut);
      }
    });
  });
}
