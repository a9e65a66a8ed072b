//===- DepthwiseKernel.cpp - depthwise convolution by byte quads ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With 3x3, stride 1 and two output rows, rows y..y+3 of a block of V channels
// are four vectors; two levels of in-lane interleaving give four vectors of
// quads [r0 r1 r2 r3], V/4 channels each. Output row y multiplies them by
// [w0 w1 w2 0], row y+1 by [0 w0 w1 w2], for each of three columns. The packs
// of the requantisation are the inverse of the interleaving.
//
//===----------------------------------------------------------------------===//

#include "DepthwiseKernel.h"
#include "TileEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/xxhash.h"
#include <map>
#include <set>

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;

DepthwiseKernel::DepthwiseKernel(DepthwiseShape shape, RequantForm form,
                                 ByteForm bytes, const Target &target,
                                 unsigned tileStep)
    : shape(shape), form(form), bytes(bytes), tileStep(tileStep),
      plan(DepthwisePlan::get(shape, target, tileStep)),
      block(form, plan.slots) {}

std::string DepthwiseKernel::name() const {
  std::string text =
      (shape.key() + Twine(bytes.key()) + "," + form.key()).str();
  if (tileStep)
    text += ",step" + std::to_string(tileStep);
  return "depthwise_" +
         llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

SmallVector<int64_t> DepthwiseKernel::argumentBytes() const {
  return {shape.bytesA, plan.weightBytes, block.bytes, shape.bytesO};
}

int64_t DepthwiseKernel::channelAt(const DepthwiseBlocks &blocks,
                                   int64_t vector, int64_t at) const {
  if (blocks.flat)
    return (vector * blocks.width + at) % shape.channels;
  int64_t channel = blocks.first + vector * blocks.width + at;
  return channel < shape.channels ? channel : -1;
}

/// Byte of a vector of V whose channel lies in `lane` of accumulator `group`.
static int64_t interleaved(int64_t group, int64_t lane) {
  return 16 * (lane / 4) + 4 * group + lane % 4;
}

std::vector<char>
DepthwiseKernel::packWeights(const ContractionData &data) const {
  std::vector<char> packed;
  packed.reserve(plan.weightBytes);
  for (const DepthwisePass &pass : plan.passes)
    for (const DepthwiseBlocks &blocks : pass.blocks)
      for (int64_t vector = 0; vector < blocks.count * blocks.phases; ++vector)
        for (int64_t group = 0; group < 4; ++group)
          for (const SmallVector<QuadPlan::Use> &row : pass.quads.uses)
            for (const QuadPlan::Use &use : row)
              for (int64_t lane = 0; lane < blocks.width / 4; ++lane) {
                int64_t channel =
                    channelAt(blocks, vector, interleaved(group, lane));
                for (const QuadTap &tap : use.taps)
                  packed.push_back(
                      channel >= 0 && tap.exists()
                          ? data.weight(channel,
                                        tap.ky * shape.kernelCols + tap.kx)
                          : 0);
              }
  return packed;
}

std::vector<char>
DepthwiseKernel::packParameters(const ContractionData &data,
                                ArrayRef<int32_t> bias) const {
  SmallVector<int64_t> channels, outputs;
  for (const DepthwisePass &pass : plan.passes)
    for (const DepthwiseBlocks &blocks : pass.blocks)
      for (int64_t vector = 0; vector < blocks.count * blocks.phases;
           ++vector) {
        for (int64_t group = 0; group < 4; ++group)
          for (int64_t lane = 0; lane < blocks.width / 4; ++lane)
            channels.push_back(
                channelAt(blocks, vector, interleaved(group, lane)));
        for (int64_t at = 0; at < blocks.width; ++at)
          outputs.push_back(channelAt(blocks, vector, at));
      }
  return block.fill(form, data, bias, channels, outputs);
}

namespace {

/// Emits the columns of one pass over one block (or one flat row).
class ColumnsEmission {
public:
  ColumnsEmission(TileEmitter &e, const DepthwiseShape &shape,
                  const RequantForm &form, const ParameterBlock &block,
                  const ByteForm &multiply, const DepthwisePass &pass,
                  const DepthwiseBlocks &blocks, const DepthwiseTile &tile,
                  ValueRange arguments, const Target &target)
      : e(e), shape(shape), form(form), block(block), multiply(multiply),
        pass(pass), blocks(blocks), tile(tile), a(arguments[0]),
        w(arguments[1]), parameters(arguments[2]), o(arguments[3]),
        target(target), width(blocks.width),
        bytes(VectorType::get({width}, e.b.getI8Type())),
        lanes(VectorType::get({width / 4}, e.b.getI32Type())) {
    step = blocks.flat ? width : shape.strideX * shape.pixelA;
    stepO = blocks.flat ? width * shape.outputBytes : shape.pixelO;
  }

  /// `atA`, `atO`: byte of the first column's first row and first channel;
  /// `vector`: the block's number.
  void emit(Value atA, Value atO, Value vector) {
    int64_t perVector = pass.quads.countUses() * width;
    weightsAt =
        e.add(e.mul(vector, blocks.phases * 4 * perVector), blocks.weights);
    slot = e.add(e.mul(vector, blocks.phases * width), blocks.slot);
    int64_t total = blocks.flat ? shape.cols * shape.channels : 0;
    int64_t count = blocks.flat ? llvm::divideCeil(total, width) : shape.cols;
    int64_t lastStored =
        blocks.flat ? total - (count - 1) * width : blocks.stored;
    int64_t cols =
        std::max<int64_t>(1, tile.cols / blocks.phases) * blocks.phases;
    // A last vector that is partly stored has a tile of its own.
    int64_t whole =
        (lastStored < blocks.stored ? count - 1 : count) / cols * cols;

    findShared(cols);
    for (int64_t phase = 0; phase < blocks.phases; ++phase)
      requant.push_back(e.loadParameters(
          form, block, parameters, e.add(slot, phase * width), 4, width / 4));
    SmallVector<Value> carried;
    if (whole) {
      Columns before(atA);
      for (const Key &key : shared)
        llvm::append_range(carried, quads(before, key));
    }
    carried = e.loop(0, whole, cols, carried, [&](Value x, ValueRange values) {
      return emitTile(e.add(atA, e.mul(x, step)), e.add(atO, e.mul(x, stepO)),
                      values, cols, blocks.stored);
    });
    if (whole != count)
      emitTile(e.add(atA, whole * step), e.add(atO, whole * stepO), carried,
               count - whole, lastStored);
  }

private:
  using Key =
      std::pair<unsigned, int64_t>; ///< Kind of quad, byte offset in its rows.

  /// What a tile has loaded and interleaved, made when first asked for.
  struct Columns {
    explicit Columns(Value at) : at(at) {}
    Value at;
    std::map<std::pair<int64_t, int64_t>, Value> rows;
    std::map<Key, SmallVector<Value>> quads;
  };

  int64_t offset(const QuadPlan::Use &use, int64_t col) const {
    return col * step + use.col * shape.pixelA;
  }

  /// The quads that the next tile uses too.
  void findShared(int64_t cols) {
    std::set<Key> needed;
    for (int64_t col = 0; col < cols; ++col)
      for (const SmallVector<QuadPlan::Use> &row : pass.quads.uses)
        for (const QuadPlan::Use &use : row)
          needed.insert({use.kind, offset(use, col)});
    for (const Key &key : needed)
      if (needed.count({key.first, key.second + cols * step}))
        shared.push_back(key);
  }

  Value row(Columns &columns, int64_t row, int64_t at) {
    Value &v = columns.rows[{row, at}];
    if (v)
      return v;
    v = e.load(a, e.add(columns.at, row * shape.rowA + at), width,
               e.b.getI8Type());
    if (multiply.flip) {
      Value top = mlir::arith::ConstantOp::create(
          e.b, DenseElementsAttr::get(bytes, e.b.getI8IntegerAttr(-128)));
      v = mlir::arith::XOrIOp::create(e.b, v, top);
    }
    return v;
  }

  /// Interleaves the low or high halves of every 16-byte lane.
  Value unpack(Value x, Value y, int64_t n, bool high) {
    int64_t lane = 16 * n / width;
    SmallVector<int64_t> mask;
    for (int64_t l = 0; l < n; l += lane)
      for (int64_t i = 0; i < lane / 2; ++i)
        for (int64_t from : {int64_t(0), n})
          mask.push_back(from + l + high * lane / 2 + i);
    return mlir::vector::ShuffleOp::create(e.b, x, y, mask);
  }

  ArrayRef<Value> quads(Columns &columns, const Key &key) {
    SmallVector<Value> &made = columns.quads[key];
    if (!made.empty())
      return made;
    const QuadPlan::Kind &kind = pass.quads.kinds[key.first];
    SmallVector<Value> rows;
    for (const WindowPlace &place : kind)
      rows.push_back(
          row(columns, place.row, key.second + place.col * shape.pixelA));
    auto words = VectorType::get({width / 2}, e.b.getI16Type());
    for (bool half : {false, true}) {
      Value low = mlir::vector::BitCastOp::create(
          e.b, words, unpack(rows[0], rows[1], width, half));
      Value high = mlir::vector::BitCastOp::create(
          e.b, words, unpack(rows[2], rows[3], width, half));
      for (bool quarter : {false, true})
        made.push_back(mlir::vector::BitCastOp::create(
            e.b, bytes, unpack(low, high, width / 2, quarter)));
    }
    return made;
  }

  SmallVector<Value> loadWeights(int64_t phase, int64_t group) {
    int64_t uses = pass.quads.countUses();
    SmallVector<Value> result;
    for (int64_t use = 0; use < uses; ++use)
      result.push_back(e.load(
          w, e.add(weightsAt, ((phase * 4 + group) * uses + use) * width),
          width, e.b.getI8Type()));
    return result;
  }

  SmallVector<Value> emitTile(Value atA, Value atO, ValueRange carried,
                              int64_t cols, int64_t lastStored) {
    // Weights that no register can hold over the columns are loaded in pairs
    // here, rather than hoisted and reloaded one by one from the stack. The
    // quads of a 5x5 window fill the registers: there it is the other way
    // round.
    if (target.family == Family::AArch64 && shape.kernelRows < 5)
      tile::BarrierOp::create(e.b);
    Columns columns(atA);
    for (auto [i, key] : llvm::enumerate(shared))
      if (!carried.empty())
        columns.quads[key] = SmallVector<Value>(carried.slice(4 * i, 4));
    int64_t rows = pass.rows;
    SmallVector<Value> accumulators(cols * rows * 4);
    // One group at a time: a weight is loaded once for all columns.
    for (int64_t group = 0; group < 4; ++group) {
      SmallVector<SmallVector<Value>> weights;
      SmallVector<Value> bias;
      for (int64_t phase = 0; phase < std::min(blocks.phases, cols); ++phase) {
        weights.push_back(loadWeights(phase, group));
        Value at =
            e.add(e.mul(slot, 4), 4 * (phase * width + group * (width / 4)));
        bias.push_back(e.load(parameters, at, width / 4, e.b.getI32Type()));
      }
      for (int64_t col = 0; col < cols; ++col)
        for (int64_t r = 0, i = 0; r < rows; ++r) {
          Value acc = bias[col % blocks.phases];
          for (const QuadPlan::Use &use : pass.quads.uses[r]) {
            Value quad = quads(columns, {use.kind, offset(use, col)})[group];
            acc = tile::DotOp::create(
                e.b, lanes, acc, quad, weights[col % blocks.phases][i++],
                mlir::IntegerAttr(), target.signedActivations,
                multiply.narrowWeights, multiply.pairSafe);
          }
          accumulators[(col * rows + r) * 4 + group] = acc;
        }
    }
    for (int64_t col = 0; col < cols; ++col) {
      SmallVector<Value> outputs =
          e.requantise(form, requant[col % blocks.phases],
                       ArrayRef(accumulators).slice(col * rows * 4, rows * 4),
                       4, tile::LaneOrder::Interleaved);
      for (int64_t r = 0; r < rows; ++r)
        e.store(outputs[r], col + 1 == cols ? lastStored : blocks.stored, o,
                e.add(atO, r * shape.rowO + col * stepO));
    }
    SmallVector<Value> next;
    for (const Key &key : shared)
      llvm::append_range(next,
                         quads(columns, {key.first, key.second + cols * step}));
    return next;
  }

  TileEmitter &e;
  const DepthwiseShape &shape;
  const RequantForm &form;
  const ParameterBlock &block;
  const ByteForm &multiply;
  const DepthwisePass &pass;
  const DepthwiseBlocks &blocks;
  const DepthwiseTile &tile;
  Value a, w, parameters, o;
  const Target &target;
  int64_t width; ///< Bytes of a vector.
  VectorType bytes, lanes;
  int64_t step, stepO; ///< Bytes from one column (flat: vector) to the next.
  Value weightsAt, slot;
  SmallVector<Key> shared;
  std::vector<TileEmitter::Parameters> requant; ///< Of each phase.
};

} // namespace

int64_t DepthwiseKernel::parallelUnits(const Target &target) const {
  int64_t work = shape.images * shape.rows * shape.cols * shape.channels *
                 shape.kernelRows * shape.kernelCols;
  if (work < kMinSharedMacs)
    return 1;
  const DepthwisePass &pass = plan.passes.front();
  return llvm::divideCeil(pass.end - pass.begin, pass.rows);
}

void DepthwiseKernel::emitBody(OpBuilder &builder, Location loc,
                               ValueRange arguments,
                               const Target &target) const {
  TileEmitter e(builder, loc);
  std::optional<TileEmitter::Share> share;
  if (arguments.size() > argumentBytes().size())
    share =
        TileEmitter::Share{arguments[4], arguments[5], parallelUnits(target)};
  e.loop(0, shape.images, 1, [&](Value image) {
    Value imageA = e.add(e.mul(image, shape.imageA), shape.originA);
    Value imageO = e.add(e.mul(image, shape.imageO), shape.originO);
    for (const DepthwisePass &pass : plan.passes)
      e.loop(share, pass.begin, pass.end, pass.rows, [&](Value y) {
        Value rowA = e.add(imageA, e.mul(y, shape.strideY * shape.rowA));
        Value rowO = e.add(imageO, e.mul(y, shape.rowO));
        for (const DepthwiseBlocks &blocks : pass.blocks)
          e.loop(0, blocks.count, 1, [&](Value i) {
            Value channel = e.add(e.mul(i, blocks.width), blocks.first);
            ColumnsEmission(e, shape, form, block, bytes, pass, blocks,
                            plan.tile, arguments, target)
                .emit(e.add(rowA, channel),
                      e.add(rowO, e.mul(channel, shape.outputBytes)), i);
          });
      });
  });
}
