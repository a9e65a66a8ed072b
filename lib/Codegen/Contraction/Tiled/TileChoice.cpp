//===- TileChoice.cpp - the size of a register tile -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileChoice.h"
#include "TileProduct.h"

using namespace narrow;
using namespace narrow::codegen;

SmallVector<Piece> codegen::cutAxis(int64_t size, int64_t extent) {
  SmallVector<Piece> pieces;
  int64_t whole = size / extent * extent;
  if (whole)
    pieces.push_back({0, whole, extent});
  if (whole != size)
    pieces.push_back({whole, size, size - whole});
  return pieces;
}

TileSize codegen::chooseVectors(const TiledShape &shape, int64_t width,
                                const Target &target) {
  // One row of a matrix product is bound by the weights: longer streams. With
  // 16 registers, widened operands leave no room for more than two columns;
  // nor do two sums of each channel for eight.
  bool widens =
      target.dot == DotKind::PMaddWd || target.dot == DotKind::PMaddUbs;
  // Widening the weights beside words costs as much as a product: less of it
  // with few columns and many pixels.
  widens |= shape.hasWords() && target.family == Family::X86_64;
  int64_t most = widens ? 2 : 4;
  if (shape.rows * shape.cols == 1 && target.dot != DotKind::Generic &&
      target.dot != DotKind::SMull)
    most = 8;
  int64_t columns = std::min(most, width / target.lanes());
  while (width % (columns * target.lanes()))
    columns /= 2;
  return {1, 1, columns, target.lanes()};
}

TileSize codegen::chooseLastVectors(const TileSize &whole, int64_t left,
                                    const Target &target) {
  // Half of a tile of 256-bit vectors is all padding.
  if (target.lanes() == 8 && whole.columns == 2 && left <= 8)
    return {1, 1, 1, 8};
  // 256-bit vectors run at twice the rate of 512-bit ones, or cost no more.
  if (target.dot != DotKind::VpDpBusd || target.lanes() != 16 || left > 24)
    return whole;
  if (left > 8)
    return {1, 1, left > 16 && whole.columns == 1 ? 2 : 1, 16};
  return {1, 1, 1, 8};
}

bool codegen::overlapsEpilogue(const TiledShape &shape, const TileSize &tile,
                               const Piece &x, const Target &target) {
  constexpr int64_t kLeastTiles = 4, kLeastSteps = 8;
  // An addition doubles the epilogue: worth it where K is in several runs too,
  // of which the first is unrolled. Longer sums hide it by themselves, and the
  // code is twice as long.
  const int64_t mostSteps = shape.bytesR ? 64 : 32;
  bool mayOverlap = shape.bytesR || shape.kernel.empty();
  int64_t sums = tile.rows * tile.cols * tile.columns;
  // Beside the sums: a step's weights, an activation, and three registers for
  // the epilogue.
  bool fits = 2 * sums + tile.columns + 4 <= target.vectorRegisters;
  return !shape.hasLongSums() && target.dot == DotKind::VpDpBusd &&
         tile.lanes == target.lanes() && fits &&
         kOverlapVectors % tile.columns == 0 && sums % kOverlapVectors == 0 &&
         mayOverlap && shape.steps() >= kLeastSteps &&
         shape.runs() * shape.steps() <= mostSteps &&
         x.end - x.begin >= kLeastTiles * x.extent;
}

namespace {
/// Cycles of one K step of four bytes, fitted or counted per kind of dot
/// product (the prototypes' tables).
struct StepCost {
  double dot;    ///< Of one dot product.
  double weight; ///< Of one vector of weights.
  double pixel;  ///< Of one broadcast.
  double least;  ///< Latency of the accumulators.
};
} // namespace

/// The same of one step of words, two of them on x86 and four on Arm.
static StepCost getWordStepCost(const TiledShape &shape, const Target &target,
                                int64_t lanes) {
  double widening = shape.weightBytes == 1;
  switch (target.dot) {
  case DotKind::Generic:
    return {8.0 * shape.group / 4, 4, 4, 0};
  case DotKind::PMaddWd:
  case DotKind::PMaddUbs:
    return {1, widening, 0.5, 1};
  case DotKind::VpDpBusd:
    return {lanes == 16 ? 1.0 : 0.5, widening * (lanes == 16 ? 1.0 : 0.5), 0,
            target.lanes() == 16 ? 8.0 : 5.0};
  case DotKind::SMull:
    return {4, 3 + widening, 0.5, 0};
  case DotKind::SDot:
  case DotKind::UsMmla:
    if (usesPlanes(target, shape))
      return {2, 1, 1, 16};
    return {4, 3, 0.5, 0};
  }
  llvm_unreachable("unknown dot kind");
}

static StepCost getStepCost(const TiledShape &shape, const Target &target,
                            int64_t lanes) {
  if (shape.hasWords())
    return getWordStepCost(shape, target, lanes);
  switch (target.dot) {
  case DotKind::Generic:
    return {16, 8, 8, 0};
  case DotKind::PMaddWd:
  case DotKind::PMaddUbs:
    return {2.2, 2.5, 2, 4};
  case DotKind::VpDpBusd:
    return {lanes == 16 ? 1.0 : 0.5, 0, 0, target.lanes() == 16 ? 8.0 : 5.0};
  case DotKind::SMull:
    return {3, 1, 1.25, 0};
  case DotKind::SDot:
    return {1, 1, 0.25, 16};
  case DotKind::UsMmla: // Of eight bytes, where matrix products are used.
    if (shape.group == 4)
      return {1, 1, 0.25, 16};
    return {1, 2, 1, 24};
  }
  llvm_unreachable("unknown dot kind");
}

/// Pixels that a tile of `columns` vectors may have without spilling.
static int64_t getMostPixels(const TiledShape &shape, const Target &target,
                             int64_t columns) {
  if (shape.hasWords() && target.dot != DotKind::Generic &&
      target.dot != DotKind::VpDpBusd) {
    // Beside the sums: widened weights, and an activation or, on Arm, those of
    // all pixels, in two planes where there are two sums of each.
    int64_t sums = target.family == Family::X86_64 ? 12
                   : usesPlanes(target, shape)
                       ? (target.signedActivations ? 10 : 12)
                       : 20;
    return columns >= 8 ? 1 : std::max<int64_t>(1, sums / columns);
  }
  switch (target.dot) {
  case DotKind::Generic:
    return columns >= 4 ? 1 : 2;
  case DotKind::PMaddWd:
  case DotKind::PMaddUbs:
    return columns >= 8 ? 1 : 8 / columns;
  case DotKind::VpDpBusd:
    if (target.vectorRegisters >= 32)
      return std::max<int64_t>(1, (31 - columns) / columns - 1);
    // Twelve accumulators hide the latency, and leave three registers for
    // activations and one for weights; widened weights take more.
    return columns >= 8 ? 1 : (shape.hasWords() ? 10 : 12) / columns;
  case DotKind::SMull: // Two accumulators each.
    return std::max<int64_t>(1, 8 / columns);
  case DotKind::SDot:
    return columns >= 8 ? 1 : 24 / columns;
  case DotKind::UsMmla:
    return columns >= 8 ? 1 : (shape.group == 8 ? 16 : 24) / columns;
  }
  llvm_unreachable("unknown dot kind");
}

/// Whether the tile's streams of activations fall into too few sets of an L1
/// cache of 64 sets and 8 ways.
static bool thrashes(const TiledShape &shape, const TileSize &tile) {
  int64_t sets[64] = {};
  int64_t sameLine = 64 / std::max<int64_t>(1, shape.pixelA) + 1;
  for (int64_t r = 0; r < tile.rows; ++r)
    for (int64_t c = 0; c < tile.cols; ++c)
      if (++sets[(r * shape.rowA + c * shape.pixelA) / 64 % 64] > 6 * sameLine)
        return true;
  return false;
}

static double getCost(const TiledShape &shape, const TileSize &tile,
                      const Target &target) {
  StepCost cost = getStepCost(shape, target, tile.lanes);
  double total = 0;
  for (const Piece &y : cutAxis(shape.rows, tile.rows))
    for (const Piece &x : cutAxis(shape.cols, tile.cols)) {
      double pixels = y.extent * x.extent;
      if (shape.group == 8 && !shape.hasWords()) // Whole pairs.
        pixels = llvm::alignTo(y.extent * x.extent, 2);
      double dots = pixels * tile.columns;
      double step =
          dots * cost.dot + tile.columns * cost.weight + pixels * cost.pixel;
      if (target.dot == DotKind::VpDpBusd) // A load of 64 bytes a cycle, or two
                                           // smaller ones.
        step = std::max(step, tile.columns / (target.lanes() == 16 ? 1.0 : 2) +
                                  pixels / 2) +
               0.2;
      step = std::max(step, cost.least);
      double tiles =
          double((y.end - y.begin) / y.extent) * ((x.end - x.begin) / x.extent);
      // What is not hidden of requantising, and adding a residual.
      double epilogue = (shape.bytesR ? 6 : 3) * dots;
      TileSize piece{y.extent, x.extent, tile.columns, tile.lanes};
      if (overlapsEpilogue(shape, piece, x, target))
        epilogue /= 3;
      else
        epilogue += 0.03 * dots * dots;
      total += tiles * (shape.runs() * shape.steps() * step + epilogue);
    }
  return total;
}

/// Returns the cheapest tile of `most` pixels or fewer.
static TileSize getCheapest(const TiledShape &shape, const TileSize &vectors,
                            const Target &target, int64_t most) {
  TileSize best = vectors;
  double least = getCost(shape, best, target);
  for (int64_t pixels = 2; pixels <= most; ++pixels)
    for (int64_t rows = 1; rows <= std::min(pixels, shape.rows); ++rows) {
      TileSize tile{rows, pixels / rows, vectors.columns, vectors.lanes};
      if (pixels % rows || tile.cols > shape.cols || thrashes(shape, tile))
        continue;
      double cost = getCost(shape, tile, target);
      if (cost < least) {
        least = cost;
        best = tile;
      }
    }
  return best;
}

TileSize codegen::chooseTile(const TiledShape &shape, const TileSize &vectors,
                             const Target &target) {
  TileSize tile = getCheapest(shape, vectors, target,
                              getMostPixels(shape, target, vectors.columns));
  if (!shape.tileStep)
    return tile;
  return getCheapest(shape, vectors, target,
                     tile.rows * tile.cols - shape.tileStep);
}
