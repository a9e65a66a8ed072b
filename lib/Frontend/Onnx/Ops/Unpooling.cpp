//===- Unpooling.cpp - places of maxima, and maxima put back --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"
#include "ImageOps.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace narrow;
using namespace narrow::frontend;

namespace {
/// One spatial axis of a pool.
struct PoolAxis {
  int64_t size, kernel, stride, dilation, pad, steps;

  /// Returns the position that tap `tap` of window `step` reads. Outside the
  /// image it is that of the nearest tap inside: the same elements of a window
  /// take part then, in the same order.
  int64_t getPosition(int64_t step, int64_t tap) const {
    int64_t at = step * stride - pad + tap * dilation;
    if (at < 0)
      at += (-at + dilation - 1) / dilation * dilation;
    if (at >= size)
      at -= (at - size + dilation) / dilation * dilation;
    return at;
  }
};
} // namespace

static SmallVector<PoolAxis> getAxes(const VolumeWindow &window,
                                     ArrayRef<int64_t> image,
                                     ArrayRef<int64_t> result) {
  SmallVector<PoolAxis> axes;
  auto add = [&](const Window &from, int64_t place) {
    int64_t at = 2 + static_cast<int64_t>(axes.size());
    axes.push_back({image[at], from.kernel[place], from.strides[place],
                    from.dilations[place], from.pads[place], result[at]});
  };
  if (window.hasDepth)
    add(window.depth, 0);
  if (window.plane.spatialRank == 2)
    add(window.plane, 0);
  add(window.plane, 1);
  return axes;
}

/// Takes what every tap of the windows reads: one result for each tap, along a
/// new last axis.
static Tensor takeTaps(TensorBuilder &b, const Tensor &image,
                       ArrayRef<PoolAxis> axes, int64_t taps) {
  SmallVector<Tensor> taken;
  for (int64_t tap = 0; tap < taps; ++tap) {
    Tensor part = image;
    int64_t rest = tap;
    for (size_t i = axes.size(); i-- > 0;) {
      Literal positions(DataType::I64, {axes[i].steps});
      for (int64_t step = 0; step < axes[i].steps; ++step)
        positions.integers[step] =
            axes[i].getPosition(step, rest % axes[i].kernel);
      rest /= axes[i].kernel;
      part = b.gather(part, positions, 2 + static_cast<int64_t>(i));
    }
    if (!part)
      return {};
    Shape shape = part.shape;
    shape.push_back(1);
    taken.push_back(b.reshape(part, shape));
  }
  return b.concat(taken, image.getRank());
}

LogicalResult frontend::setPoolPlaces(Node &node, const VolumeWindow &window) {
  TensorBuilder &b = node.b;
  const Tensor &image = node[0];
  Shape result = node.getOutput(0).shape;
  SmallVector<PoolAxis> axes = getAxes(window, image.shape, result);
  int64_t taps = 1, windows = 1, plane = 1;
  for (const PoolAxis &axis : axes) {
    taps *= axis.kernel;
    windows *= axis.steps;
    plane *= axis.size;
  }
  int64_t planes = image.shape[0] * image.shape[1];
  Shape tableShape = {windows, taps};
  if (!b.checkConstant(tableShape))
    return failure();
  // Where in its plane each tap of each window reads; column by column where
  // the model counts so.
  bool byColumns = node.getInt("storage_order", 0) != 0;
  Literal table(DataType::I64, tableShape);
  for (int64_t i = 0; i < windows * taps; ++i) {
    int64_t window = i / taps, tap = i % taps, at = 0;
    int64_t weight = 1, columnWeight = plane;
    for (size_t axis = axes.size(); axis-- > 0;) {
      const PoolAxis &a = axes[axis];
      int64_t position = a.getPosition(window % a.steps, tap % a.kernel);
      window /= a.steps;
      tap /= a.kernel;
      columnWeight /= a.size;
      at += position * (byColumns ? columnWeight : weight);
      weight *= a.size;
    }
    table.integers[i] = at;
  }
  Literal firstTap(DataType::I64, {1, windows}),
      firstElement(DataType::I64, {planes, 1});
  for (int64_t i = 0; i < windows; ++i)
    firstTap.integers[i] = i * taps;
  for (int64_t i = 0; i < planes; ++i)
    firstElement.integers[i] = i * plane;
  Tensor read = takeTaps(b, b.cast(image, DataType::F32), axes, taps);
  Tensor best = b.argMax(read, image.getRank());
  if (!best)
    return failure();
  Tensor at = b.binary(BinaryOp::Add, b.reshape(best, {planes, windows}),
                       Tensor(firstTap));
  Tensor places = b.gather(b.reshape(Tensor(table), {windows * taps}), at, 0);
  return node.set(
      1,
      b.reshape(b.binary(BinaryOp::Add, places, Tensor(firstElement)), result));
}

/// Maxima at their places among zeros. Places count in the image that the pool
/// had without remainders; a larger result is padded.
LogicalResult frontend::importMaxUnpool(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(2)) || failed(node.expectRankAtLeast(0, 3)) ||
      failed(node.expectFloat(0)) ||
      failed(node.expectShape(1, node[0].shape, "indices")))
    return failure();
  auto window = readVolumeWindow(node, node[0].shape, {});
  if (failed(window))
    return failure();
  Shape image = {node[0].shape[0], node[0].shape[1]};
  for (const PoolAxis &axis : getAxes(*window, node[0].shape, node[0].shape)) {
    // Both ends' pads, of which the axis has one.
    int64_t at = image.size();
    const Window &from =
        window->hasDepth && at == 2 ? window->depth : window->plane;
    int64_t place = &from == &window->depth       ? 0
                    : at == node[0].getRank() - 1 ? 1
                                                  : 0;
    int64_t size = (axis.size - 1) * axis.stride + axis.kernel - axis.pad -
                   from.pads[place + 2];
    if (size < 1)
      return node.error("the result would have a size of " + Twine(size));
    image.push_back(size);
  }
  SmallVector<int64_t> low(image.size(), 0), high(image.size(), 0);
  if (node[2]) {
    auto given = node.getConstantInts(2, "output_shape");
    if (failed(given))
      return failure();
    if (given->size() != image.size())
      return node.error("expected an output_shape of " + Twine(image.size()) +
                        " numbers, found " + Twine(given->size()));
    for (size_t i = 0; i < image.size(); ++i) {
      high[i] = (*given)[i] - image[i];
      if (high[i] < 0)
        return node.error("expected an output_shape of at least " +
                          toString(image) + ", found " + toString(*given));
    }
  }
  if (!b.checkSize(image))
    return failure();
  int64_t size = frontend::getNumElements(image);
  Tensor flat = b.scatter(Tensor(Literal(DataType::F32, {size, 1})),
                          b.reshape(node[1], {node[1].getNumElements()}),
                          b.reshape(node[0], {node[0].getNumElements(), 1}));
  return node.set(0, b.pad(b.reshape(flat, image), low, high, 0));
}
