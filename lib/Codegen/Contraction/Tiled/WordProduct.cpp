//===- WordProduct.cpp - accumulators of tiles of 16-bit activations ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights stay bytes in memory, half of what words would be, and are widened
// once for all pixels of a tile. Sums are modulo 2^32, so that only a finished
// sum has to fit.
//
//===----------------------------------------------------------------------===//

#include "TileProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

static Value asWords(mlir::ImplicitLocOpBuilder &b, Value bytes) {
  int64_t count = cast<VectorType>(bytes.getType()).getNumElements() / 2;
  return vector::BitCastOp::create(b, VectorType::get({count}, b.getI16Type()),
                                   bytes);
}

namespace {

/// Products of words as they lie.
class WordProduct : public TileProduct {
public:
  using TileProduct::TileProduct;

protected:
  Value dot(Value sum, Value x, int64_t step, Value y) override {
    if (shape.weightBytes == 2)
      y = asWords(b, y);
    return tile::WideDotOp::create(b, sum.getType(), sum, asWords(b, x), y,
                                   step);
  }
};

/// Words as planes of bytes, x = 256 * high + low, each with sums of its own
/// that are joined after the last step:
///
///     [low sums of a pixel's columns] [high sums of a pixel's columns]
class PlaneProduct : public TileProduct {
public:
  using TileProduct::TileProduct;

  SmallVector<Value> start(ArrayRef<Value> bias) override {
    SmallVector<Value> pixel(bias);
    for (Value value : bias)
      pixel.push_back(arith::ConstantOp::create(
          b, b.getZeroAttr(cast<VectorType>(value.getType()))));
    return TileProduct::start(pixel);
  }

  void add(SmallVectorImpl<Value> &accumulators, int64_t count,
           LoadPixel loadPixel, LoadWeights loadWeights) override {
    tile::BarrierOp::create(b);
    SmallVector<std::pair<Value, Value>> planes;
    for (Value x : loadPixels(loadPixel))
      planes.push_back(split(x));
    for (int64_t step = 0; step < count; ++step) {
      if (step)
        tile::BarrierOp::create(b);
      for (int64_t c = 0; c < columns; ++c) {
        Value y = loadWeights(step, c);
        for (auto [p, x] : llvm::enumerate(planes)) {
          Value *sums = &accumulators[2 * p * columns + c];
          sums[0] =
              addBytes(sums[0], x.first, step, y, target.signedActivations);
          sums[columns] = addBytes(sums[columns], x.second, step, y, true);
        }
      }
    }
  }

  SmallVector<Value> finish(ArrayRef<Value> accumulators) override {
    SmallVector<Value> sums;
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t c = 0; c < columns; ++c) {
        Value low = accumulators[2 * p * columns + c],
              high = accumulators[(2 * p + 1) * columns + c];
        auto type = cast<VectorType>(low.getType());
        Value eight = arith::ConstantOp::create(
            b, DenseElementsAttr::get(type, b.getI32IntegerAttr(8)));
        sums.push_back(arith::AddIOp::create(
            b, arith::ShLIOp::create(b, high, eight), low));
      }
    return sums;
  }

private:
  Value addBytes(Value sum, Value x, int64_t step, Value y, bool isSigned) {
    return tile::DotOp::create(b, sum.getType(), sum, x, y,
                               b.getI64IntegerAttr(step), isSigned,
                               bytes.narrowWeights);
  }

  /// The low and high bytes of words; low ones less 128 where the level reads
  /// signed bytes.
  std::pair<Value, Value> split(Value x) {
    int64_t size = cast<VectorType>(x.getType()).getNumElements();
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < size; i += 2) {
      low.push_back(i);
      high.push_back(i + 1);
    }
    Value lows = vector::ShuffleOp::create(b, x, x, low);
    if (target.signedActivations) {
      Value top = arith::ConstantOp::create(
          b, DenseElementsAttr::get(cast<VectorType>(lows.getType()),
                                    b.getI8IntegerAttr(-128)));
      lows = arith::XOrIOp::create(b, lows, top);
    }
    return {lows, vector::ShuffleOp::create(b, x, x, high)};
  }
};

} // namespace

bool codegen::usesPlanes(const Target &target, const TiledShape &shape) {
  return shape.hasWords() && shape.weightBytes == 1 &&
         (target.dot == DotKind::SDot || target.dot == DotKind::UsMmla);
}

int64_t TileProduct::readOffset(const Target &target, const TiledShape &shape) {
  return usesPlanes(target, shape) && target.signedActivations ? 128 : 0;
}

std::unique_ptr<TileProduct>
codegen::createWordProduct(mlir::ImplicitLocOpBuilder &b, const Target &target,
                           const ByteForm &bytes, const TiledShape &shape,
                           int64_t pixels, int64_t columns) {
  if (usesPlanes(target, shape))
    return std::make_unique<PlaneProduct>(b, target, bytes, shape, pixels,
                                          columns);
  return std::make_unique<WordProduct>(b, target, bytes, shape, pixels,
                                       columns);
}
