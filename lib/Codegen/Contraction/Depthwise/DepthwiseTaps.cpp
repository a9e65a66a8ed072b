//===- DepthwiseTaps.cpp - depthwise convolution tap by tap ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The products of two taps are added at 16 bits, where no weight is -128, and
// then to the accumulators: on NEON SMULL, SMLAL and two SADDW for eight
// channels.
//
//===----------------------------------------------------------------------===//

#include "DepthwiseTaps.h"
#include "../Tiled/TileEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;

/// Channels of a block: one vector of bytes, four of accumulators.
static constexpr int64_t kWidth = 16;

DepthwiseTapsKernel::DepthwiseTapsKernel(DepthwiseShape shape, RequantForm form,
                                         ByteForm bytes)
    : shape(shape), form(form), bytes(bytes),
      slots(llvm::alignTo(shape.channels, kWidth)), block(form, slots) {}

std::string DepthwiseTapsKernel::name() const {
  std::string text =
      (shape.key() + Twine(bytes.key()) + "," + form.key()).str();
  if (lookup)
    text += "," + lookup->key();
  return "depthwise_taps_" +
         llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

SmallVector<int64_t> DepthwiseTapsKernel::argumentBytes() const {
  SmallVector<int64_t> sizes = {shape.bytesA, slots * taps(), block.bytes,
                                shape.bytesO};
  if (lookup)
    sizes.push_back(lookup->constantBytes());
  return sizes;
}

SmallVector<int64_t> DepthwiseTapsKernel::channelsOfSlots() const {
  SmallVector<int64_t> channels(slots, -1);
  for (int64_t c = 0; c < shape.channels; ++c)
    channels[c] = c;
  return channels;
}

std::vector<char> DepthwiseTapsKernel::addLookup(EpilogueLookup op) {
  lookup = std::move(op);
  lookup->arrange(channelsOfSlots());
  return lookup->pack();
}

std::vector<char>
DepthwiseTapsKernel::packWeights(const ContractionData &data) const {
  std::vector<char> packed;
  packed.reserve(slots * taps());
  for (int64_t first = 0; first < slots; first += kWidth)
    for (int64_t tap = 0; tap < taps(); ++tap)
      for (int64_t c = first; c < first + kWidth; ++c)
        packed.push_back(c < shape.channels ? data.weight(c, tap) : 0);
  return packed;
}

std::vector<char>
DepthwiseTapsKernel::packParameters(const ContractionData &data,
                                    ArrayRef<int32_t> bias) const {
  SmallVector<int64_t> channels = channelsOfSlots();
  return block.fill(form, data, bias, channels, channels);
}

namespace {

/// Emits one row of one block of channels.
class RowEmission {
public:
  RowEmission(TileEmitter &e, const DepthwiseShape &shape,
              const RequantForm &form, const ParameterBlock &block,
              const ByteForm &bytes,
              const std::optional<EpilogueLookup> &lookup, ValueRange arguments,
              const Target &target)
      : e(e), shape(shape), form(form), block(block), bytes(bytes),
        lookup(lookup), target(target), a(arguments[0]), w(arguments[1]),
        parameters(arguments[2]), o(arguments[3]),
        table(lookup ? arguments[4] : Value()),
        places(shape.kernelRows * shape.kernelCols),
        taps(shape.parts * places) {}

  /// `atA`, `atO`: byte of the row's first pixel and the block's first channel;
  /// `first`: that channel.
  void emit(Value atA, Value atO, Value first, int64_t stored) {
    weightsAt = e.mul(first, taps);
    // The weights of up to nine taps stay in registers with all else.
    bool hold = taps <= 9;
    if (hold)
      loadWeights();
    requant = e.loadParameters(form, block, parameters, first, 4, 4);
    for (int64_t v = 0; v < 4; ++v)
      bias.push_back(e.load(parameters, e.mul(e.add(first, 4 * v), 4), 4,
                            e.b.getI32Type()));
    // So do the bytes that the next column reads again.
    int64_t shared = hold && shape.strideX == 1 && shape.dilationX == 1
                         ? shape.kernelCols - 1
                         : 0;
    SmallVector<Value> carried;
    for (int64_t kx = 0; kx < shared; ++kx)
      for (int64_t ky = 0; ky < shape.kernelRows; ++ky)
        carried.push_back(loadPixel(atA, ky, kx));
    e.loop(0, shape.cols, 1, carried, [&](Value x, ValueRange values) {
      Value pixel = e.add(atA, e.mul(x, shape.strideX * shape.pixelA));
      if (!hold) {
        tile::BarrierOp::create(e.b);
        loadWeights();
      }
      SmallVector<Value> window = llvm::to_vector(values);
      for (int64_t kx = shared; kx < shape.kernelCols; ++kx)
        for (int64_t ky = 0; ky < shape.kernelRows; ++ky)
          window.push_back(loadPixel(pixel, ky, kx));
      SmallVector<Value> output = e.requantise(
          form, requant, addProducts(window), 4, tile::LaneOrder::Natural);
      Value at = e.add(atO, e.mul(x, shape.pixelO));
      storePixels(e, target, lookup, table, output, first, stored, o, at);
      size_t kept = shared * shape.kernelRows;
      return SmallVector<Value>(ArrayRef(window).take_back(kept));
    });
  }

private:
  void loadWeights() {
    weights.clear();
    for (int64_t tap = 0; tap < taps; ++tap)
      weights.push_back(
          e.load(w, e.add(weightsAt, tap * kWidth), kWidth, e.b.getI8Type()));
  }

  /// Sixteen channels of the window's place, as signed bytes.
  Value loadPixel(Value at, int64_t ky, int64_t kx) {
    Value x = e.load(a,
                     e.add(at, ky * shape.dilationY * shape.rowA +
                                   kx * shape.dilationX * shape.pixelA),
                     kWidth, e.b.getI8Type());
    if (!bytes.flip)
      return x;
    Value top = arith::ConstantOp::create(
        e.b, DenseElementsAttr::get(cast<VectorType>(x.getType()),
                                    e.b.getI8IntegerAttr(-128)));
    return arith::XOrIOp::create(e.b, x, top);
  }

  /// The accumulators of a pixel; `window` holds its columns, one after the
  /// other.
  SmallVector<Value> addProducts(ArrayRef<Value> window) {
    SmallVector<Value> sums = bias;
    int64_t together = bytes.narrowWeights ? 2 : 1;
    for (int64_t first = 0; first < taps; first += together) {
      SmallVector<Value> xs, ws;
      for (int64_t i = first; i < std::min(first + together, taps); ++i) {
        int64_t part = i / places, place = i % places;
        int64_t kx = place / shape.kernelRows, ky = place % shape.kernelRows;
        xs.push_back(window[place]);
        ws.push_back(weights[part * places + ky * shape.kernelCols + kx]);
      }
      auto op = tile::ChannelDotOp::create(e.b, ValueRange(sums).getTypes(),
                                           sums, xs, ws);
      sums = llvm::to_vector_of<Value>(op.getOutputs());
    }
    return sums;
  }

  TileEmitter &e;
  const DepthwiseShape &shape;
  const RequantForm &form;
  const ParameterBlock &block;
  const ByteForm &bytes;
  const std::optional<EpilogueLookup> &lookup;
  const Target &target;
  Value a, w, parameters, o, table;
  int64_t places, taps; ///< Of the window, and the weights of all parts.
  Value weightsAt;
  SmallVector<Value> weights, bias;
  TileEmitter::Parameters requant;
};

} // namespace

void DepthwiseTapsKernel::emitBody(OpBuilder &builder, Location loc,
                                   ValueRange arguments,
                                   const Target &target) const {
  TileEmitter e(builder, loc);
  e.loop(0, shape.images, 1, [&](Value image) {
    Value imageA = e.add(e.mul(image, shape.imageA), shape.originA);
    Value imageO = e.add(e.mul(image, shape.imageO), shape.originO);
    e.loop(0, shape.rows, 1, [&](Value y) {
      Value rowA = e.add(imageA, e.mul(y, shape.strideY * shape.rowA));
      Value rowO = e.add(imageO, e.mul(y, shape.rowO));
      auto channels = [&](Value first, int64_t stored) {
        RowEmission(e, shape, form, block, bytes, lookup, arguments, target)
            .emit(e.add(rowA, first),
                  e.add(rowO, e.mul(first, shape.outputBytes)), first, stored);
      };
      int64_t whole = shape.channels / kWidth * kWidth;
      e.loop(0, whole, kWidth, [&](Value first) { channels(first, kWidth); });
      if (whole != shape.channels)
        channels(e.index(whole), shape.channels - whole);
    });
  });
}
