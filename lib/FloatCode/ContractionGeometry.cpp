//===- ContractionGeometry.cpp - loops of a fused contraction -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionGeometry.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace narrow;
using namespace narrow::floatcode;

static SmallVector<int64_t> getStrides(Value buffer) {
  auto [strides, offset] =
      cast<mlir::MemRefType>(buffer.getType()).getStridesAndOffset();
  return strides;
}

/// Whether the steps of `outer` are those of `inner` times its size.
static bool areOne(const Axis &outer, const Axis &inner) {
  if (outer.isWindow || inner.isWindow ||
      outer.input != inner.size * inner.input ||
      outer.output != inner.size * inner.output)
    return false;
  for (auto [a, b] : llvm::zip_equal(outer.others, inner.others))
    if (a != inner.size * b)
      return false;
  return true;
}

Geometry Geometry::get(fused::ContractionOp op) {
  Geometry geometry;
  ArrayRef<int64_t> in = op.getInputType().getShape(),
                    out = op.getOutputType().getShape();
  SmallVector<int64_t> input = getStrides(op.getInput()),
                       output = getStrides(op.getInit());
  auto hasStep = [](int64_t size, int64_t stride) {
    return size > 1 && stride != 1;
  };
  assert(!hasStep(in.back(), input.back()) &&
         !hasStep(out.back(), output.back()) &&
         "expected rows without gaps: makeRowsDense");
  (void)hasStep;
  geometry.channels = in.back();
  geometry.outputs = out.back();
  for (size_t i = 0; i + 1 < out.size(); ++i) {
    Axis axis;
    axis.size = out[i];
    axis.input = axis.tap = input[i];
    axis.output = output[i];
    if (out.size() == 4 && (i == 1 || i == 2)) {
      unsigned side = i - 1;
      axis.window = {op.getKernel()[side], op.getStrides()[side],
                     op.getDilations()[side], op.getPads()[side], in[i]};
      axis.input *= axis.window.stride;
      axis.tap *= axis.window.dilation;
      axis.isWindow =
          axis.window.taps > 1 || !axis.window.isAlwaysInside(axis.size);
    }
    for (Value other : op.getOthers()) {
      auto shape = cast<mlir::MemRefType>(other.getType()).getShape();
      axis.others.push_back(shape[i] == 1 ? 0 : getStrides(other)[i]);
    }
    if (axis.size == 1 && !axis.isWindow)
      continue;
    if (!geometry.axes.empty() && areOne(geometry.axes.back(), axis)) {
      axis.size *= geometry.axes.back().size;
      geometry.axes.pop_back();
    }
    geometry.axes.push_back(std::move(axis));
  }
  if (geometry.axes.empty()) {
    geometry.axes.emplace_back();
    geometry.axes.back().others.assign(op.getOthers().size(), 0);
  }
  for (Value other : op.getOthers()) {
    auto shape = cast<mlir::MemRefType>(other.getType()).getShape();
    geometry.otherChannel.push_back(
        shape.back() == 1 && geometry.outputs != 1 ? 0 : 1);
  }
  return geometry;
}

SmallVector<TapRun> floatcode::splitTaps(const Axis &row, int64_t start,
                                         int64_t rows) {
  SmallVector<TapRun> runs;
  for (int64_t tap = 0; tap < row.window.taps; ++tap) {
    // Rows that read the input lie side by side.
    int64_t begin = 0, end = rows;
    if (row.isWindow) {
      while (begin < end && !row.window.isInside(start + begin, tap))
        ++begin;
      while (end > begin && !row.window.isInside(start + end - 1, tap))
        --end;
    }
    if (begin == end)
      continue;
    if (!runs.empty() && runs.back().rowBegin == begin &&
        runs.back().rowEnd == end &&
        runs.back().first + runs.back().count == tap)
      ++runs.back().count;
    else
      runs.push_back({tap, 1, begin, end});
  }
  return runs;
}
