//===- BlockPieces.cpp - multipliers of blocks of weights -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockPieces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <numeric>

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;

std::optional<BlockPieces> BlockPieces::get(const TiledShape &shape,
                                            int64_t block) {
  constexpr int64_t kLeastSize = 16;
  BlockPieces pieces;
  pieces.runs = shape.runs();
  // The pieces of a single run begin where blocks do.
  pieces.size = pieces.runs == 1 ? block : std::gcd(shape.run, block);
  if (shape.hasWords() || pieces.size < kLeastSize ||
      pieces.size % (2 * shape.group) != 0 || pieces.runs * shape.run == 0)
    return std::nullopt;
  pieces.perRun = llvm::divideCeil(shape.run, pieces.size);
  return pieces;
}

void BlockPieces::pack(const TiledShape &shape, const WeightStorage &storage,
                       int64_t first, int64_t channels, int64_t width,
                       char *bytes) const {
  for (int64_t piece = 0; piece < count(); ++piece) {
    int64_t k = piece / perRun * shape.run + piece % perRun * size;
    char *at = bytes + piece / 2 * width;
    for (int64_t c = 0; c < channels; ++c)
      at[c] = char(at[c] | storage.getMultiplier(first + c, k)
                               << (piece % 2 ? 4 : 0));
  }
}

Value TileMultipliers::load(TileEmitter &e, Value piece, int64_t channel,
                            int64_t lanes) const {
  auto type = VectorType::get({lanes}, e.b.getI32Type());
  Value pair = arith::ShRUIOp::create(e.b, piece, e.index(1));
  Value bytes =
      e.load(buffer, e.add(e.add(at, e.mul(pair, pairBytes)), channel), lanes,
             e.b.getI8Type());
  Value wide = arith::ExtUIOp::create(e.b, type, bytes);
  // The half of the byte, by one shift for all lanes.
  Value places = e.mul(arith::AndIOp::create(e.b, piece, e.index(1)), 4);
  Value count = mlir::vector::BroadcastOp::create(
      e.b, type, arith::IndexCastUIOp::create(e.b, e.b.getI32Type(), places));
  Value half = arith::ConstantOp::create(
      e.b, DenseElementsAttr::get(type, e.b.getI32IntegerAttr(15)));
  return arith::AndIOp::create(e.b, arith::ShRUIOp::create(e.b, wide, count),
                               half);
}
