//===- ChooseTile.cpp - how many results stay in registers ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"

#include <numeric>

using namespace narrow;
using namespace narrow::floatcode;

/// Steps that a fused product takes until its sum can be added to again; a unit
/// starts about one product a step.
constexpr int64_t kLatency = 4;
/// Most vectors of channels in a tile: a single row streams its weights.
constexpr int64_t kMostVectors = 8;
/// Steps for the loop itself, in halves.
constexpr int64_t kLoopHalves = 1;
/// Bytes at this distance share a set of the first cache, which has ways for so
/// many lines, the weights' aside.
constexpr int64_t kWayBytes = 4096, kInputWays = 6;

/// A tile of more vectors may cost one part in this many more.
constexpr int64_t kMoreForWidth = 128;

/// Splits `size` into parts of at most `most` that differ by little; returns
/// the size of all but the last.
static int64_t balance(int64_t size, int64_t most) {
  int64_t parts = llvm::divideCeil(size, most);
  return llvm::divideCeil(size, parts);
}

/// Steps of one product for each of `rows` by `vectors` results, in halves: the
/// multiplier, the loads (weights, and an input a row) or the latency.
static int64_t countHalves(int64_t rows, int64_t vectors) {
  return 2 * std::max({rows * vectors, rows + vectors, kLatency}) + kLoopHalves;
}

/// Rows that lie `bytes` apart and stay in the first cache together while the
/// tile goes along its channels.
static int64_t countCachedRows(int64_t bytes) {
  return kInputWays * (kWayBytes / std::gcd(bytes, kWayBytes));
}

/// The parts of `size` in steps of `step`: how many, and what is left.
static std::pair<int64_t, int64_t> divide(int64_t size, int64_t step) {
  return {size / step, size % step};
}

/// The rows of a tile of `vectors` that cost least, of at most `most`, and the
/// cost of all positions and outputs.
static std::pair<int64_t, int64_t> chooseRows(int64_t positions,
                                              int64_t outputs, int64_t vectors,
                                              int64_t most,
                                              const VectorUnit &unit) {
  auto [panels, left] = divide(outputs, vectors * unit.lanes);
  int64_t vectorsLeft = llvm::divideCeil(left, unit.lanes);
  std::pair<int64_t, int64_t> best{1, std::numeric_limits<int64_t>::max()};
  for (int64_t limit = 1; limit <= most; ++limit) {
    int64_t rows = balance(positions, limit);
    auto [tiles, rowsLeft] = divide(positions, rows);
    int64_t cost = tiles * panels * countHalves(rows, vectors);
    if (rowsLeft)
      cost += panels * countHalves(rowsLeft, vectors);
    if (left)
      cost += tiles * countHalves(rows, vectorsLeft);
    if (rowsLeft && left)
      cost += countHalves(rowsLeft, vectorsLeft);
    if (cost < best.second)
      best = {rows, cost};
  }
  return best;
}

Tile floatcode::chooseTile(int64_t positions, int64_t outputs, int64_t rowBytes,
                           const VectorUnit &unit) {
  // Of the numbers of vectors, the largest that costs little more than the
  // cheapest: its results are stored in longer runs.
  Tile best{1, std::min(outputs, unit.lanes)};
  int64_t least = std::numeric_limits<int64_t>::max();
  int64_t widest =
      std::min(llvm::divideCeil(outputs, unit.lanes), uint64_t(kMostVectors));
  for (int64_t vectors = 1; vectors <= widest; ++vectors) {
    // The weights and an input lie beside the sums.
    int64_t most = std::min((unit.registers - 2 - vectors) / vectors,
                            countCachedRows(rowBytes));
    auto [rows, cost] = chooseRows(positions, outputs, vectors, most, unit);
    if (vectors == 1 || cost <= least + least / kMoreForWidth) {
      least = std::min(least, cost);
      best = {rows, std::min(outputs, vectors * unit.lanes)};
    }
  }
  return best;
}

Tile floatcode::chooseDepthwiseTile(int64_t positions, int64_t channels,
                                    int64_t taps, const VectorUnit &unit) {
  // As many vectors of channels side by side as leave room for some positions:
  // the fewer parts of a position apart in time, the better caches see which
  // lines come next. The weights of a row of taps and an input lie beside the
  // sums.
  constexpr int64_t kMostPositions = 12, kLeastPositions = 4;
  int64_t vectors = 8, most = 0;
  while (vectors > 1 &&
         (most < kLeastPositions || vectors * unit.lanes > channels)) {
    vectors /= 2;
    most = (unit.registers - 2) / vectors - taps;
  }
  most = std::clamp<int64_t>(most, 1, kMostPositions);
  return {balance(positions, most), std::min(channels, vectors * unit.lanes)};
}
