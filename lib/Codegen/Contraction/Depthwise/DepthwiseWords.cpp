//===- DepthwiseWords.cpp - depthwise of 16-bit activations ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DepthwiseWords.h"
#include "../Tiled/TileEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

/// Sums of a vector: narrower ones where few channels would leave half of a
/// block empty.
static int64_t chooseLanes(int64_t channels, const Target &target) {
  int64_t lanes = std::max<int64_t>(4, target.lanes());
  while (lanes > 4 && channels <= lanes)
    lanes /= 2;
  return lanes;
}

DepthwiseWordsKernel::DepthwiseWordsKernel(DepthwiseShape shape,
                                           RequantForm form, bool flip,
                                           const Target &target)
    : shape(shape), form(form), flip(flip),
      pairs(target.family == Family::X86_64 && target.dot != DotKind::Generic),
      lanes(chooseLanes(shape.channels, target)),
      slots(llvm::alignTo(shape.channels, 2 * lanes)), block(form, slots) {}

std::string DepthwiseWordsKernel::name() const {
  std::string text = (shape.key() + Twine(shape.outputBytes) + "," +
                      Twine(flip) + "," + Twine(lanes) + "," + form.key())
                         .str();
  return "depthwise_words_" +
         llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

SmallVector<int64_t> DepthwiseWordsKernel::argumentBytes() const {
  return {shape.bytesA, slots / width() * blockBytes(), block.bytes,
          shape.bytesO};
}

std::vector<char>
DepthwiseWordsKernel::packWeights(const ContractionData &data) const {
  std::vector<char> packed;
  packed.reserve(argumentBytes()[1]);
  auto push = [&](int64_t channel, int64_t tap) {
    bool exists = channel < shape.channels && tap < taps();
    int32_t weight = exists ? data.weight(channel, tap) : 0;
    packed.push_back(char(weight));
    packed.push_back(char(weight >> 8));
  };
  for (int64_t first = 0; first < slots; first += width()) {
    if (!pairs) {
      for (int64_t tap = 0; tap < taps(); ++tap)
        for (int64_t c = first; c < first + width(); ++c)
          push(c, tap);
      continue;
    }
    // As interleaving inside 16 bytes leaves the channels: of every eight, the
    // first four in the first half.
    for (int64_t tap = 0; tap < taps(); tap += 2)
      for (int64_t half = 0; half < 2; ++half)
        for (int64_t l = 0; l < lanes; ++l)
          for (int64_t i = 0; i < 2; ++i)
            push(first + l / 4 * 8 + half * 4 + l % 4, tap + i);
  }
  return packed;
}

std::vector<char>
DepthwiseWordsKernel::packParameters(const ContractionData &data,
                                     ArrayRef<int64_t> bias) const {
  SmallVector<int64_t> channels(slots, -1);
  for (int64_t c = 0; c < shape.channels; ++c)
    channels[c] = c;
  return block.fill(form, data, bias, channels, channels);
}

int64_t DepthwiseWordsKernel::parallelUnits(const Target &target) const {
  int64_t work =
      shape.images * shape.rows * shape.cols * shape.channels * taps();
  return work < kMinSharedMacs ? 1 : shape.rows;
}

namespace {
/// Emits the pixels of one row for one block of channels.
class RowEmission {
public:
  RowEmission(TileEmitter &e, const DepthwiseShape &shape,
              const RequantForm &form, const ParameterBlock &block, bool flip,
              bool pairs, int64_t lanes, ValueRange arguments)
      : e(e), shape(shape), form(form), block(block), flip(flip), pairs(pairs),
        lanes(lanes), a(arguments[0]), w(arguments[1]),
        parameters(arguments[2]), o(arguments[3]),
        taps(shape.kernelRows * shape.kernelCols),
        sums(VectorType::get({lanes}, e.b.getI32Type())),
        words(VectorType::get({2 * lanes}, e.b.getI16Type())) {}

  /// `atA`, `atO`: byte of the row's first pixel and the block's first channel;
  /// `first`: that channel; `weights`: byte of the block's weights.
  void emit(Value atA, Value atO, Value first, Value weights, int64_t stored) {
    TileEmitter::Parameters p =
        e.loadParameters(form, block, parameters, first, 2, lanes);
    SmallVector<Value> bias;
    for (int64_t v = 0; v < 2; ++v)
      bias.push_back(e.load(parameters, e.mul(e.add(first, v * lanes), 4),
                            lanes, e.b.getI32Type()));
    if (pairs)
      bias = reorder(bias, /*toNatural=*/false);
    e.loop(0, shape.cols, 1, [&](Value x) {
      // Weights are operands in memory: hoisted, they would be spilled.
      tile::BarrierOp::create(e.b);
      Value pixel = e.add(atA, e.mul(x, shape.strideX * shape.pixelA));
      SmallVector<Value> acc = bias;
      for (int64_t tap = 0; tap < taps; tap += pairs ? 2 : 1)
        if (pairs)
          addPair(acc, pixel, weights, tap);
        else
          addTap(acc, pixel, weights, tap);
      if (pairs)
        acc = reorder(acc, /*toNatural=*/true);
      SmallVector<Value> output =
          e.requantise(form, p, acc, 2, tile::LaneOrder::Natural);
      e.store(output.front(), stored, o, e.add(atO, e.mul(x, shape.pixelO)));
    });
  }

private:
  Value loadTap(Value pixel, int64_t tap) {
    int64_t ky = tap / shape.kernelCols, kx = tap % shape.kernelCols;
    Value x = e.load(a,
                     e.add(pixel, ky * shape.dilationY * shape.rowA +
                                      kx * shape.dilationX * shape.pixelA),
                     2 * lanes, e.b.getI16Type());
    if (!flip)
      return x;
    Value top = arith::ConstantOp::create(
        e.b, DenseElementsAttr::get(words, e.b.getI16IntegerAttr(INT16_MIN)));
    return arith::XOrIOp::create(e.b, x, top);
  }
  Value loadWeights(Value weights, int64_t index) {
    return e.load(w, e.add(weights, index * 4 * lanes), 2 * lanes,
                  e.b.getI16Type());
  }

  void addPair(SmallVectorImpl<Value> &acc, Value pixel, Value weights,
               int64_t tap) {
    Value x = loadTap(pixel, tap),
          y = tap + 1 < taps ? loadTap(pixel, tap + 1) : x;
    for (int64_t half = 0; half < 2; ++half) {
      SmallVector<int64_t> mask;
      for (int64_t l = 0; l < lanes; ++l) {
        int64_t from = l / 4 * 8 + half * 4 + l % 4;
        mask.append({from, 2 * lanes + from});
      }
      acc[half] = tile::WordDotOp::create(
          e.b, sums, acc[half], vector::ShuffleOp::create(e.b, x, y, mask),
          loadWeights(weights, tap + half));
    }
  }

  void addTap(SmallVectorImpl<Value> &acc, Value pixel, Value weights,
              int64_t tap) {
    Value x = loadTap(pixel, tap), y = loadWeights(weights, tap);
    for (int64_t half = 0; half < 2; ++half) {
      auto wide = [&](Value v) -> Value {
        v = vector::ExtractStridedSliceOp::create(
            e.b, v, ArrayRef<int64_t>{half * lanes}, ArrayRef<int64_t>{lanes},
            ArrayRef<int64_t>{1});
        return arith::ExtSIOp::create(e.b, sums, v);
      };
      acc[half] = arith::AddIOp::create(
          e.b, acc[half], arith::MulIOp::create(e.b, wide(x), wide(y)));
    }
  }

  /// Moves two vectors between the order of channels and what interleaving
  /// leaves: of every eight channels, the first four in the first vector.
  SmallVector<Value> reorder(ArrayRef<Value> two, bool toNatural) {
    SmallVector<Value> result;
    for (int64_t half = 0; half < 2; ++half) {
      SmallVector<int64_t> mask;
      for (int64_t l = 0; l < lanes; ++l) {
        int64_t channel = half * lanes + l;
        mask.push_back(toNatural ? channel / 4 % 2 * lanes + channel / 8 * 4 +
                                       channel % 4
                                 : l / 4 * 8 + half * 4 + l % 4);
      }
      result.push_back(vector::ShuffleOp::create(e.b, two[0], two[1], mask));
    }
    return result;
  }

  TileEmitter &e;
  const DepthwiseShape &shape;
  const RequantForm &form;
  const ParameterBlock &block;
  bool flip, pairs;
  int64_t lanes;
  Value a, w, parameters, o;
  int64_t taps;
  VectorType sums, words;
};
} // namespace

void DepthwiseWordsKernel::emitBody(OpBuilder &builder, Location loc,
                                    ValueRange arguments,
                                    const Target &target) const {
  TileEmitter e(builder, loc);
  std::optional<TileEmitter::Share> share;
  if (size_t buffers = argumentBytes().size(); arguments.size() > buffers)
    share = TileEmitter::Share{arguments[buffers], arguments[buffers + 1],
                               parallelUnits(target)};
  e.loop(0, shape.images, 1, [&](Value image) {
    Value imageA = e.add(e.mul(image, shape.imageA), shape.originA);
    Value imageO = e.add(e.mul(image, shape.imageO), shape.originO);
    e.loop(share, 0, shape.rows, 1, [&](Value y) {
      Value rowA = e.add(imageA, e.mul(y, shape.strideY * shape.rowA));
      Value rowO = e.add(imageO, e.mul(y, shape.rowO));
      auto channels = [&](Value index, int64_t stored) {
        Value first = e.mul(index, width());
        RowEmission(e, shape, form, block, flip, pairs, lanes, arguments)
            .emit(e.add(rowA, e.mul(first, 2)),
                  e.add(rowO, e.mul(first, shape.outputBytes)), first,
                  e.mul(index, blockBytes()), stored);
      };
      int64_t whole = shape.channels / width();
      e.loop(0, whole, 1, [&](Value index) { channels(index, width()); });
      if (whole * width() != shape.channels)
        channels(e.index(whole), shape.channels - whole * width());
    });
  });
}
