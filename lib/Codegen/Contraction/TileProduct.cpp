//===- TileProduct.cpp - accumulators of a register tile ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileProduct.h"

using namespace narrow;
using namespace narrow::codegen;

int64_t TileProduct::bytesPerLoad(const Target &target) {
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
  auto dot = [&](int64_t p, int64_t column, int64_t step, Value x, Value y) {
    Value &v = accumulators[p * columns + column];
    v = tile::DotOp::create(b, v.getType(), v, x, y, b.getI64IntegerAttr(step),
                            target.signedActivations, bytes.narrowWeights);
  };
  tile::BarrierOp::create(b);
  // With few registers it decides spills which operand waits in them: all
  // activations of the tile, or all its weights.
  bool holdPixels = bytesPerLoad(target) > 4 ||
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
          dot(p, c, step, x, y);
      }
      continue;
    }
    SmallVector<Value> ys;
    for (int64_t c = 0; c < columns; ++c)
      ys.push_back(loadWeights(step, c));
    for (int64_t p = 0; p < pixels; ++p) {
      Value x = loadPixel(p);
      for (int64_t c = 0; c < columns; ++c)
        dot(p, c, step, x, ys[c]);
    }
  }
}

SmallVector<Value> TileProduct::finish(ArrayRef<Value> accumulators) {
  return llvm::to_vector(accumulators);
}

std::unique_ptr<TileProduct>
TileProduct::create(mlir::ImplicitLocOpBuilder &b, const Target &target,
                    const ByteForm &bytes, int64_t group, int64_t pixels,
                    int64_t columns) {
  return std::make_unique<TileProduct>(b, target, bytes, pixels, columns);
}
