//===- DepthwisePlan.cpp - which bytes a depthwise kernel joins -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DepthwisePlan.h"
#include <numeric>

using namespace narrow;
using namespace narrow::codegen;

std::string DepthwiseShape::key() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (int64_t v :
       {channels,   rows,    cols,    images,    imageA,    imageO, kernelRows,
        kernelCols, strideY, strideX, dilationY, dilationX, rowA,   pixelA,
        originA,    bytesA,  rowO,    pixelO,    originO,   bytesO, parts})
    os << v << ',';
  return text;
}

int64_t QuadPlan::countUses() const {
  int64_t n = 0;
  for (const SmallVector<Use> &row : uses)
    n += row.size();
  return n;
}

/// Any window: its positions in order, four to a quad, for one output row.
static QuadPlan getAnyWindow(const DepthwiseShape &shape) {
  QuadPlan plan;
  plan.uses.resize(1);
  int64_t taps = shape.kernelRows * shape.kernelCols;
  for (int64_t first = 0; first < taps; first += 4) {
    QuadPlan::Kind kind;
    QuadPlan::Use use{unsigned(plan.kinds.size()), 0, {}};
    for (int64_t i = 0; i < 4; ++i) {
      int64_t tap = std::min(first + i, taps - 1);
      int64_t ky = tap / shape.kernelCols, kx = tap % shape.kernelCols;
      kind[i] = {ky * shape.dilationY, kx * shape.dilationX};
      if (first + i < taps)
        use.taps[i] = {ky, kx};
    }
    plan.kinds.push_back(kind);
    plan.uses[0].push_back(use);
  }
  return plan;
}

/// The plan for weights of one part.
static QuadPlan getOnePart(const DepthwiseShape &shape, int64_t rows) {
  int64_t size = shape.kernelRows, stride = shape.strideY;
  bool square = size == shape.kernelCols && stride == shape.strideX &&
                shape.dilationY == 1 && shape.dilationX == 1;
  if (!square || (size != 3 && size != 5) || stride > 2 ||
      (size == 5 && stride == 2 && rows > 1))
    return getAnyWindow(shape);

  auto tap = [&](int64_t ky, int64_t kx) {
    return ky >= 0 && ky < size && kx >= 0 && kx < size ? QuadTap{ky, kx}
                                                        : QuadTap();
  };
  int64_t last = stride * (rows - 1) + size - 1;
  QuadPlan plan;
  plan.uses.resize(rows);
  // Four rows of one column; rows beyond the last have no tap.
  auto column = [&](int64_t top) {
    QuadPlan::Kind kind;
    for (int64_t i = 0; i < 4; ++i)
      kind[i] = {std::min(top + i, last), 0};
    plan.kinds.push_back(kind);
    return unsigned(plan.kinds.size() - 1);
  };
  if (stride == 2 && size == 3) {
    for (int64_t r = 0; r < rows; ++r) {
      unsigned kind = column(2 * r);
      for (int64_t kx = 0; kx < 3; ++kx)
        plan.uses[r].push_back(
            {kind, kx, {tap(0, kx), tap(1, kx), tap(2, kx), tap(3, kx)}});
    }
    return plan;
  }
  unsigned top = column(0);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t kx = 0; kx < size; ++kx)
      plan.uses[r].push_back(
          {top,
           kx,
           {tap(-r, kx), tap(1 - r, kx), tap(2 - r, kx), tap(3 - r, kx)}});
  if (size == 3)
    return plan;
  // What four rows of a 5x5 window leave: rows 4 and 5 of two columns, or row 4
  // of four. The last column stands alone, so that nothing right of the window
  // is read.
  auto rest = [&](int64_t kx, QuadPlan::Kind kind) {
    plan.kinds.push_back(kind);
    for (int64_t r = 0; r < rows; ++r) {
      QuadPlan::Use use{unsigned(plan.kinds.size() - 1), kx, {}};
      for (int64_t i = 0; i < 4; ++i) {
        bool repeated = false;
        for (int64_t j = 0; j < i; ++j)
          repeated |= kind[j].row == kind[i].row && kind[j].col == kind[i].col;
        if (!repeated)
          use.taps[i] = tap(kind[i].row - r, kx + kind[i].col);
      }
      plan.uses[r].push_back(use);
    }
  };
  if (rows == 2) {
    rest(0, {{{4, 0}, {5, 0}, {4, 1}, {5, 1}}});
    rest(2, {{{4, 0}, {5, 0}, {4, 1}, {5, 1}}});
    rest(4, {{{4, 0}, {5, 0}, {4, 0}, {5, 0}}});
  } else {
    rest(0, {{{4, 0}, {4, 1}, {4, 2}, {4, 3}}});
    rest(4, {{{4, 0}, {4, 0}, {4, 0}, {4, 0}}});
  }
  return plan;
}

QuadPlan QuadPlan::get(const DepthwiseShape &shape, int64_t rows) {
  QuadPlan plan = getOnePart(shape, rows);
  // Every part of the weights is multiplied with the same quads.
  for (SmallVector<Use> &row : plan.uses) {
    SmallVector<Use> first = row;
    for (int64_t part = 1; part < shape.parts; ++part)
      for (Use use : first) {
        for (QuadTap &tap : use.taps)
          if (tap.exists())
            tap.ky += part * shape.kernelRows;
        row.push_back(use);
      }
  }
  return plan;
}

/// Chooses the tile by what was measured per shape on each kind of level.
static DepthwiseTile chooseTile(const DepthwiseShape &shape,
                                const Target &target) {
  DepthwiseTile tile;
  bool manyRegisters = target.vectorRegisters >= 32;
  bool special = shape.kernelRows == shape.kernelCols &&
                 (shape.kernelRows == 3 || shape.kernelRows == 5) &&
                 shape.strideY == shape.strideX && shape.strideY <= 2 &&
                 shape.dilationY == 1 && shape.dilationX == 1;
  if (!special || (shape.kernelRows == 5 && shape.strideY == 2))
    tile.rows = 1;
  // Two columns share a load of each weight; with 16-byte vectors, whose loads
  // are cheap, they would spill.
  if (manyRegisters && special && target.vectorBytes >= 32)
    tile.cols = 2;
  // Two rows share widened quads at a stride of 1; at 2 each has its own.
  tile.words = DepthwiseTile::widensWeights(target);
  if (tile.words && shape.strideY > 1)
    tile.rows = 1;
  tile.flat = special && shape.strideX == 1 && shape.channels < 64 &&
              target.vectorBytes >= 32 && shape.pixelA == shape.channels &&
              shape.pixelO == shape.channels * shape.outputBytes;
  return tile;
}

SmallVector<WeightPattern, 2>
DepthwiseTile::getPatterns(const QuadPlan::Use &use) const {
  const std::array<QuadTap, 4> &taps = use.taps;
  if (!words)
    return {{taps[0], taps[1], taps[2], taps[3]}};
  return {{taps[0], taps[2]}, {taps[1], taps[3]}};
}

DepthwisePlan DepthwisePlan::get(const DepthwiseShape &shape,
                                 const Target &target, unsigned tileStep) {
  DepthwisePlan plan;
  plan.tile = chooseTile(shape, target);
  for (; tileStep; --tileStep)
    (plan.tile.cols > 1 ? plan.tile.cols : plan.tile.rows) = 1;
  int64_t widest = std::max<int64_t>(16, target.vectorBytes);
  auto addPass = [&](int64_t begin, int64_t end, int64_t rows) {
    if (begin == end)
      return;
    DepthwisePass pass{begin, end, rows, QuadPlan::get(shape, rows), {}};
    for (const SmallVector<QuadPlan::Use> &row : pass.quads.uses)
      for (const QuadPlan::Use &use : row) {
        SmallVector<unsigned, 2> &own = pass.patterns.emplace_back();
        for (const WeightPattern &pattern : plan.tile.getPatterns(use)) {
          auto found = llvm::find(plan.patterns, pattern);
          own.push_back(static_cast<unsigned>(found - plan.patterns.begin()));
          if (found == plan.patterns.end())
            plan.patterns.push_back(pattern);
        }
      }
    plan.passes.push_back(std::move(pass));
  };
  int64_t whole = shape.rows / plan.tile.rows * plan.tile.rows;
  addPass(0, whole, plan.tile.rows);
  if (whole != shape.rows)
    addPass(whole, shape.rows, 1);

  auto addBlocks = [&](DepthwiseBlocks blocks) {
    blocks.weights = plan.weightBytes;
    blocks.slot = plan.slots;
    int64_t vectors = blocks.count * blocks.phases;
    plan.weightBytes +=
        vectors * 4 * blocks.width * static_cast<int64_t>(plan.patterns.size());
    plan.slots += vectors * blocks.width;
    plan.blocks.push_back(blocks);
  };
  if (plan.tile.flat) {
    int64_t phases = std::lcm(shape.channels, widest) / widest;
    addBlocks({widest, 0, 1, widest, true, phases, 0, 0});
    return plan;
  }
  int64_t first = 0;
  for (int64_t width = widest; width >= 16 && first < shape.channels;
       width /= 2) {
    int64_t count = (shape.channels - first) / width;
    if (count)
      addBlocks({width, first, count, width, false, 1, 0, 0});
    first += count * width;
    if (width == 16 && first < shape.channels)
      addBlocks({width, first, 1, shape.channels - first, false, 1, 0, 0});
  }
  return plan;
}
