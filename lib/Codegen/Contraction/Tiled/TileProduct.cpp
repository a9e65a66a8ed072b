//===- TileProduct.cpp - accumulators of a register tile ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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

int64_t TileProduct::bytesPerLoad(const Target &target,
                                  const TiledShape &shape) {
  if (shape.hasWords())
    return usesPlanes(target, shape) ? 32
           : target.dot == DotKind::Generic
               ? shape.group
               : std::max<int64_t>(shape.group,
                                   target.family == Family::AArch64 ? 16 : 4);
  return target.family == Family::AArch64 && target.vectorBytes == 16 ? 16 : 4;
}

SmallVector<Value> TileProduct::loadPixels(LoadPixel loadPixel) {
  SmallVector<Value> values;
  for (int64_t p = 0; p < pixels; ++p)
    values.push_back(loadPixel(p));
  return values;
}

SmallVector<Value> TileProduct::start(ArrayRef<Value> bias) {
  SmallVector<Value> accumulators;
  for (int64_t p = 0; p < pixels; ++p)
    llvm::append_range(accumulators, bias);
  return accumulators;
}

void TileProduct::add(SmallVectorImpl<Value> &accumulators, int64_t count,
                      LoadPixel loadPixel, LoadWeights loadWeights) {
  auto addDot = [&](int64_t p, int64_t column, int64_t step, Value x, Value y) {
    Value &v = accumulators[p * columns + column];
    v = dot(v, x, step, y);
  };
  tile::BarrierOp::create(b);
  // With few registers it decides spills which operand waits in them: all
  // activations of the tile, or all its weights.
  bool holdPixels = bytesPerLoad(target, shape) > 4 ||
                    (target.vectorRegisters <= 16 && columns >= 4);
  SmallVector<Value> xs;
  if (holdPixels)
    xs = loadPixels(loadPixel);
  for (int64_t step = 0; step < count; ++step) {
    if (step)
      tile::BarrierOp::create(b);
    if (holdPixels) {
      for (int64_t c = 0; c < columns; ++c) {
        Value y = loadWeights(step, c);
        for (auto [p, x] : llvm::enumerate(xs))
          addDot(p, c, step, x, y);
      }
      continue;
    }
    SmallVector<Value> ys;
    for (int64_t c = 0; c < columns; ++c)
      ys.push_back(loadWeights(step, c));
    for (int64_t p = 0; p < pixels; ++p) {
      Value x = loadPixel(p);
      for (int64_t c = 0; c < columns; ++c)
        addDot(p, c, step, x, ys[c]);
    }
  }
}

Value TileProduct::dot(Value sum, Value x, int64_t step, Value y) {
  return tile::DotOp::create(
      b, sum.getType(), sum, x, y, b.getI64IntegerAttr(step),
      target.signedActivations, bytes.narrowWeights, safePartner);
}

SmallVector<Value> TileProduct::finish(ArrayRef<Value> accumulators) {
  return llvm::to_vector(accumulators);
}

namespace {

/// NEON without dot products: two partial sums of every channel, so that
/// neighbouring products are joined once, not at every step.
///
///     [c0 c0' c1 c1'] [c2 c2' c3 c3']     of a pixel and column
class SplitProduct : public TileProduct {
public:
  using TileProduct::TileProduct;

  SmallVector<Value> start(ArrayRef<Value> bias) override {
    SmallVector<Value> pixel;
    for (Value value : bias) {
      Value zero = arith::ConstantOp::create(
          b, b.getZeroAttr(cast<VectorType>(value.getType())));
      for (int64_t c : {0, 2})
        pixel.push_back(vector::ShuffleOp::create(
            b, value, zero, ArrayRef<int64_t>{c, 4 + c, c + 1, 5 + c}));
    }
    return TileProduct::start(pixel);
  }

  void add(SmallVectorImpl<Value> &accumulators, int64_t count,
           LoadPixel loadPixel, LoadWeights loadWeights) override {
    tile::BarrierOp::create(b);
    SmallVector<Value> xs = loadPixels(loadPixel);
    for (int64_t step = 0; step < count; step += 2) {
      if (step)
        tile::BarrierOp::create(b);
      for (int64_t c = 0; c < columns; ++c) {
        SmallVector<Value> ys = {loadWeights(step, c)};
        if (step + 1 < count)
          ys.push_back(loadWeights(step + 1, c));
        for (auto [p, x] : llvm::enumerate(xs)) {
          Value *sums = &accumulators[2 * (p * columns + c)];
          Type type = sums[0].getType();
          auto op = tile::SplitDotOp::create(b, type, type, sums[0], sums[1], x,
                                             ys, step, bytes.narrowWeights);
          sums[0] = op.getLowResult();
          sums[1] = op.getHighResult();
        }
      }
    }
  }

  SmallVector<Value> finish(ArrayRef<Value> accumulators) override {
    SmallVector<Value> sums;
    for (size_t i = 0; i < accumulators.size(); i += 2) {
      auto every = [&](ArrayRef<int64_t> mask) {
        return vector::ShuffleOp::create(b, accumulators[i],
                                         accumulators[i + 1], mask);
      };
      sums.push_back(
          arith::AddIOp::create(b, every({0, 2, 4, 6}), every({1, 3, 5, 7})));
    }
    return sums;
  }
};

/// Matrix products of two pixels by two channels.
///
///     [p0c0 p0c1 p1c0 p1c1] [p0c2 p0c3 p1c2 p1c3]   of two pixels and a column
///
/// The last of an odd number of pixels stands twice.
class MmaProduct : public TileProduct {
public:
  using TileProduct::TileProduct;

  SmallVector<Value> start(ArrayRef<Value> bias) override {
    SmallVector<Value> pair, accumulators;
    for (Value value : bias)
      for (int64_t c : {0, 2})
        pair.push_back(vector::ShuffleOp::create(
            b, value, value, ArrayRef<int64_t>{c, c + 1, c, c + 1}));
    for (int64_t p = 0; p < pixels; p += 2)
      llvm::append_range(accumulators, pair);
    return accumulators;
  }

  void add(SmallVectorImpl<Value> &accumulators, int64_t count,
           LoadPixel loadPixel, LoadWeights loadWeights) override {
    tile::BarrierOp::create(b);
    auto halves = VectorType::get({2}, b.getI64Type());
    SmallVector<Value> xs;
    for (Value x : loadPixels(loadPixel))
      xs.push_back(vector::BitCastOp::create(b, halves, x));
    for (int64_t step = 0; step < count; ++step) {
      if (step)
        tile::BarrierOp::create(b);
      SmallVector<Value> pairs;
      for (int64_t p = 0; p < pixels; p += 2) {
        Value both =
            vector::ShuffleOp::create(b, xs[p], xs[std::min(p + 1, pixels - 1)],
                                      ArrayRef<int64_t>{step, 2 + step});
        pairs.push_back(vector::BitCastOp::create(
            b, VectorType::get({16}, b.getI8Type()), both));
      }
      for (int64_t v = 0; v < 2 * columns; ++v) {
        Value y = loadWeights(step, v);
        for (auto [p, x] : llvm::enumerate(pairs)) {
          Value &sum = accumulators[p * 2 * columns + v];
          sum = tile::MmaOp::create(b, sum.getType(), sum, x, y,
                                    target.signedActivations);
        }
      }
    }
  }

  SmallVector<Value> finish(ArrayRef<Value> accumulators) override {
    SmallVector<Value> sums;
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t c = 0; c < columns; ++c) {
        const Value *pair = &accumulators[(p / 2 * columns + c) * 2];
        int64_t first = p % 2 * 2;
        sums.push_back(vector::ShuffleOp::create(
            b, pair[0], pair[1],
            ArrayRef<int64_t>{first, first + 1, 4 + first, 5 + first}));
      }
    return sums;
  }
};

} // namespace

std::unique_ptr<TileProduct>
TileProduct::create(mlir::ImplicitLocOpBuilder &b, const Target &target,
                    const ByteForm &bytes, const TiledShape &shape,
                    int64_t pixels, int64_t columns) {
  if (shape.hasWords())
    return createWordProduct(b, target, bytes, shape, pixels, columns);
  if (shape.group == 8)
    return std::make_unique<MmaProduct>(b, target, bytes, shape, pixels,
                                        columns);
  if (target.dot == DotKind::SMull)
    return std::make_unique<SplitProduct>(b, target, bytes, shape, pixels,
                                          columns);
  return std::make_unique<TileProduct>(b, target, bytes, shape, pixels,
                                       columns);
}

int64_t TileProduct::groupBytes(const Target &target, const TiledShape &shape) {
  // Pairs of words where x86 multiplies pairs; quads where Arm multiplies by an
  // element or as planes of bytes, which its levels so pack alike.
  if (shape.hasWords())
    return target.family == Family::AArch64 ? 8 : 4;
  int64_t pixels = shape.rows * shape.cols, run = shape.run;
  // One pixel fills half of a matrix product, and a run of four bytes half of
  // its depth: dot products then do as well.
  return target.dot == DotKind::UsMmla && pixels > 1 && run > 4 ? 8 : 4;
}
