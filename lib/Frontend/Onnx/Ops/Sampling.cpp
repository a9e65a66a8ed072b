//===- Sampling.cpp - GridSample and RoiAlign -----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

/// Returns an image's pixels as [N · H · W, C], so that one index finds all
/// channels.
static Tensor getPixels(TensorBuilder &b, const Tensor &image) {
  ArrayRef<int64_t> shape = image.shape;
  return b.reshape(b.transpose(image, {0, 2, 3, 1}),
                   {shape[0] * shape[2] * shape[3], shape[1]});
}

/// Reads pixels in rows of `width` at whole positions inside the image that
/// starts at pixel `first`, and multiplies them with their weights.
static Tensor readPixels(TensorBuilder &b, const Tensor &pixels, Tensor row,
                         Tensor column, Tensor first, int64_t width,
                         Tensor weight) {
  Tensor index =
      b.binary(BinaryOp::Add,
               b.binary(BinaryOp::Add,
                        b.binary(BinaryOp::Mul, b.cast(row, DataType::I64),
                                 static_cast<double>(width)),
                        b.cast(column, DataType::I64)),
               first);
  if (!weight || !index)
    return {};
  Tensor values = b.gather(pixels, index, 0);
  Shape shape = weight.shape;
  shape.push_back(1);
  return values ? b.binary(BinaryOp::Mul, values, b.reshape(weight, shape))
                : values;
}

/// Returns the pixel at which each of the images starts, in `shape`.
static Tensor getFirstPixels(ArrayRef<int64_t> image, ArrayRef<int64_t> shape) {
  Literal first(DataType::I64, shape);
  for (int64_t n = 0; n < image[0]; ++n)
    first.integers[n] = n * image[2] * image[3];
  return first;
}

namespace {

/// Where an image is read: [N, height, width] each, in pixels.
struct Positions {
  Tensor x, y;
};

class GridSampler {
public:
  GridSampler(Node &node) : node(node), b(node.b), image(node[0].shape) {}

  LogicalResult run() {
    bool isBorder = false, isNearest = false;
    if (failed(readModes(isBorder, isNearest)))
      return failure();
    Positions at = {getPosition(0, image[3]), getPosition(1, image[2])};
    if (isBorder) {
      at.x = clampTo(at.x, image[3]);
      at.y = clampTo(at.y, image[2]);
    }
    pixels = getPixels(b, node[0]);
    Tensor sum = isNearest ? read({b.unary(UnaryOp::Round, at.x),
                                   b.unary(UnaryOp::Round, at.y)},
                                  Tensor())
                           : interpolate(at);
    return node.set(0, sum ? b.transpose(sum, {0, 3, 1, 2}) : sum);
  }

private:
  LogicalResult readModes(bool &isBorder, bool &isNearest) {
    if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)) ||
        failed(node.expectFloat(1)))
      return failure();
    if (node[0].getRank() == 5)
      return node.unsupported("3 spatial axes");
    if (failed(node.expectRank(0, 4)) || failed(node.expectRank(1, 4)))
      return failure();
    if (node[1].shape[0] != image[0] || node[1].shape[3] != 2)
      return node.error("expected a grid of shape [" + Twine(image[0]) +
                        ", height, width, 2], found " +
                        toString(node[1].shape));
    std::string mode = node.getString("mode", "linear"),
                padding = node.getString("padding_mode", "zeros");
    isNearest = mode == "nearest";
    if (!isNearest && mode != "linear" && mode != "bilinear")
      return node.unsupported("mode '" + Twine(mode) + "'");
    isBorder = padding == "border";
    if (!isBorder && padding != "zeros")
      return node.unsupported("padding_mode '" + Twine(padding) + "'");
    return mlir::success();
  }

  /// The grid has −1 and 1 at the centres of the outermost pixels
  /// (align_corners) or at their outer edges.
  Tensor getPosition(int64_t which, int64_t size) {
    Tensor part = b.slice(node[1], 3, which, 1, 1);
    part = b.reshape(part, ArrayRef(part.shape).drop_back());
    bool aligned = node.getInt("align_corners", 0) != 0;
    auto count = static_cast<double>(size);
    part = b.binary(BinaryOp::Mul, b.binary(BinaryOp::Add, part, 1.0),
                    (aligned ? count - 1 : count) / 2);
    return aligned ? part : b.binary(BinaryOp::Sub, part, 0.5);
  }

  Tensor clampTo(Tensor position, int64_t size) {
    return b.clamp(position, 0, static_cast<double>(size - 1));
  }

  /// Returns 1 where a position lies inside the image, else 0, times `weight`.
  Tensor maskOutside(const Positions &at, Tensor weight) {
    Tensor inside;
    for (auto [position, size] :
         {std::pair(at.x, image[3]), std::pair(at.y, image[2])}) {
      Tensor low = b.binary(BinaryOp::GreaterOrEqual, position, 0.0);
      Tensor high =
          b.binary(BinaryOp::GreaterOrEqual,
                   b.scalar(DataType::F32, double(size - 1)), position);
      Tensor both = b.binary(BinaryOp::And, low, high);
      inside = inside ? b.binary(BinaryOp::And, inside, both) : both;
    }
    Tensor one = weight ? weight : b.scalar(DataType::F32, 1);
    return b.select(inside, one, b.scalar(DataType::F32, 0));
  }

  /// Returns the pixels at whole positions times their weights (1 where that is
  /// null), [N, height, width, C].
  Tensor read(const Positions &at, Tensor weight) {
    if (!at.x || !at.y)
      return {};
    return readPixels(b, pixels, clampTo(at.y, image[2]),
                      clampTo(at.x, image[3]),
                      getFirstPixels(image, {image[0], 1, 1}), image[3],
                      maskOutside(at, weight));
  }

  Tensor interpolate(const Positions &at) {
    Positions low = {b.unary(UnaryOp::Floor, at.x),
                     b.unary(UnaryOp::Floor, at.y)};
    if (!low.x || !low.y)
      return {};
    Tensor right = b.binary(BinaryOp::Sub, at.x, low.x),
           down = b.binary(BinaryOp::Sub, at.y, low.y), sum;
    auto rest = [&](const Tensor &part) {
      return b.binary(BinaryOp::Sub, b.scalar(DataType::F32, 1), part);
    };
    for (int corner = 0; corner < 4; ++corner) {
      bool isRight = corner % 2, isDown = corner / 2;
      Positions place = {isRight ? b.binary(BinaryOp::Add, low.x, 1.0) : low.x,
                         isDown ? b.binary(BinaryOp::Add, low.y, 1.0) : low.y};
      Tensor weight = b.binary(BinaryOp::Mul, isRight ? right : rest(right),
                               isDown ? down : rest(down));
      Tensor part = read(place, weight);
      if (!part)
        return {};
      sum = sum ? b.binary(BinaryOp::Add, sum, part) : part;
    }
    return sum;
  }

  Node &node;
  TensorBuilder &b;
  Shape image;
  Tensor pixels;
};

} // namespace

namespace {

/// One axis of what is read for some regions, [regions, positions].
struct Line {
  /// The pixels on both sides of each position, and their shares of it.
  Tensor low, high, lowShare, highShare;
};

/// Reads regions of images at even places and pools what is read into bins.
class RegionAligner {
public:
  RegionAligner(Node &node) : node(node), b(node.b), image(node[0].shape) {}

  LogicalResult run() {
    if (failed(readOperands()))
      return failure();
    pixels = getPixels(b, node[0]);
    starts = b.gather(getFirstPixels(image, {image[0]}), node[2], 0);
    if (samples > 0)
      return node.set(0, pool(0, node[1].shape[0], samples, samples));
    // As many places as a bin has pixels: where regions are computed, as many
    // as it has in one of the whole image.
    if (!node[1].literal) {
      isCounted = true;
      mlir::emitRemark(b.getLoc())
          << "[bounded-regions] a bin is read at as many places as it has "
             "pixels, but at no more than in a region of the image's size";
      return node.set(0, pool(0, node[1].shape[0], countMost(2, height),
                              countMost(3, width)));
    }
    SmallVector<Tensor> parts;
    for (int64_t region = 0; region < node[1].shape[0]; ++region) {
      auto count = [&](int64_t axis, int64_t bins) {
        const std::vector<float> &rois = node[1].literal->floats;
        float length = getLength(rois[region * 4 + 2 + axis] * scale,
                                 rois[region * 4 + axis] * scale);
        return static_cast<int64_t>(
            std::ceil(length / static_cast<float>(bins)));
      };
      int64_t rows = count(1, height), columns = count(0, width);
      if (rows < 1 || columns < 1 || rows > kMostSamples ||
          columns > kMostSamples)
        return node.error("expected regions of 1 to " + Twine(kMostSamples) +
                          " pixels a bin, found " + Twine(rows) + " by " +
                          Twine(columns));
      parts.push_back(pool(region, 1, rows, columns));
    }
    return node.set(0, b.concat(parts, 0));
  }

private:
  static constexpr int64_t kMostSamples = 1 << 12;

  LogicalResult readOperands() {
    if (failed(node.expectOperands(3)) || failed(node.expectRank(0, 4)) ||
        failed(node.expectFloat(0)) || failed(node.expectFloat(1)) ||
        failed(node.expectRank(1, 2)) ||
        failed(node.expectShape(1, {node[1].shape[0], 4}, "rois")) ||
        failed(node.expectShape(2, {node[1].shape[0]}, "batch_indices")))
      return failure();
    std::string mode = node.getString("mode", "avg");
    isMax = mode == "max";
    if (!isMax && mode != "avg")
      return node.error("mode is '" + Twine(mode) + "', expected avg or max");
    std::string coordinates = node.getString(
        "coordinate_transformation_mode",
        node.getOpset() < 16 ? "output_half_pixel" : "half_pixel");
    isAligned = coordinates == "half_pixel";
    if (!isAligned && coordinates != "output_half_pixel")
      return node.error("coordinate_transformation_mode is '" +
                        Twine(coordinates) +
                        "', expected half_pixel or output_half_pixel");
    height = node.getInt("output_height", 1);
    width = node.getInt("output_width", 1);
    samples = node.getInt("sampling_ratio", 0);
    scale = node.getFloat("spatial_scale", 1);
    for (int64_t size : {height, width})
      if (size < 1 || size > kMostSamples)
        return node.error("expected an output size of 1 to " +
                          Twine(kMostSamples) + ", found " + Twine(size));
    if (samples < 0 || samples > kMostSamples)
      return node.error("expected a sampling_ratio of 0 to " +
                        Twine(kMostSamples) + ", found " + Twine(samples));
    return mlir::success();
  }

  /// Returns how many pixels a bin has at most along an axis of the image.
  int64_t countMost(int64_t axis, int64_t bins) const {
    return (image[axis] + bins - 1) / bins;
  }

  /// The size of a region along an axis.
  float getLength(float end, float start) const {
    return isAligned ? end - start : std::max(end - start, 1.0f);
  }

  /// Returns the places along axis 0 (x) or 1 (y): `bins` times `count` in each
  /// of the regions.
  Line getLine(const Tensor &rois, int64_t axis, int64_t bins, int64_t count) {
    int64_t size = image[axis == 0 ? 3 : 2];
    Tensor start = b.binary(BinaryOp::Mul, b.slice(rois, 1, axis, 1, 1), scale),
           end =
               b.binary(BinaryOp::Mul, b.slice(rois, 1, axis + 2, 1, 1), scale);
    if (isAligned) {
      start = b.binary(BinaryOp::Sub, start, 0.5);
      end = b.binary(BinaryOp::Sub, end, 0.5);
    }
    Tensor length = b.binary(BinaryOp::Sub, end, start);
    if (!isAligned)
      length = b.binary(BinaryOp::Max, length, 1.0);
    auto perBin = static_cast<double>(bins);
    Tensor bin = b.binary(BinaryOp::Mul, length, 1 / perBin), scales;
    Tensor fractions =
        isCounted
            ? getFractions(b.unary(UnaryOp::Ceil,
                                   b.binary(BinaryOp::Div, length, perBin)),
                           bins, count, scales)
            : getFractions(bins, count);
    Tensor place =
        b.binary(BinaryOp::Add, start, b.binary(BinaryOp::Mul, bin, fractions));
    // Nothing is read more than a pixel outside.
    Tensor outside = b.binary(
        BinaryOp::Or,
        b.binary(BinaryOp::Greater, b.scalar(DataType::F32, -1), place),
        b.binary(BinaryOp::Greater, place, static_cast<double>(size)));
    place = b.clamp(place, 0, static_cast<double>(size - 1));
    Tensor low = b.unary(UnaryOp::Floor, place);
    Tensor high = b.binary(BinaryOp::Min, b.binary(BinaryOp::Add, low, 1.0),
                           static_cast<double>(size - 1));
    Tensor share = b.binary(BinaryOp::Sub, place, low);
    Tensor zero = b.scalar(DataType::F32, 0);
    Tensor rest = b.binary(BinaryOp::Sub, b.scalar(DataType::F32, 1), share);
    Line line = {low, high, b.select(outside, zero, rest),
                 b.select(outside, zero, share)};
    if (scales)
      for (Tensor *part : {&line.lowShare, &line.highShare})
        *part = b.binary(BinaryOp::Mul, *part, scales);
    return line;
  }

  /// Returns `count` even places in each bin, in bins from a region's start.
  static Tensor getFractions(int64_t bins, int64_t count) {
    Literal fractions(DataType::F32, {1, bins * count});
    for (int64_t i = 0; i < bins * count; ++i)
      fractions.floats[i] =
          static_cast<float>(i / count) +
          (static_cast<float>(i % count) + 0.5f) / static_cast<float>(count);
    return fractions;
  }

  /// The same of `counts` places, [regions, 1], of which there are `most` at
  /// most. `scales` is what takes others out: of a sum by a weight of zero,
  /// and of a maximum by reading the last place again.
  Tensor getFractions(Tensor counts, int64_t bins, int64_t most,
                      Tensor &scales) {
    Literal firsts(DataType::F32, {1, bins * most}), taps = firsts;
    for (int64_t i = 0; i < bins * most; ++i) {
      firsts.floats[i] = static_cast<float>(i / most);
      taps.floats[i] = static_cast<float>(i % most);
    }
    counts = b.binary(BinaryOp::Min, counts, static_cast<double>(most));
    Tensor some = b.binary(BinaryOp::Max, counts, 1.0);
    Tensor tap = b.binary(BinaryOp::Min, Tensor(taps),
                          b.binary(BinaryOp::Sub, some, 1.0));
    Tensor isRead = isMax ? b.binary(BinaryOp::Greater, counts, 0.0)
                          : b.binary(BinaryOp::Greater, counts, Tensor(taps));
    Tensor one = b.scalar(DataType::F32, 1);
    scales = b.select(isRead, isMax ? one : b.binary(BinaryOp::Div, one, some),
                      b.scalar(DataType::F32, 0));
    return b.binary(
        BinaryOp::Add, Tensor(firsts),
        b.binary(BinaryOp::Div, b.binary(BinaryOp::Add, tap, 0.5), some));
  }

  /// Returns `count` regions from `first` on, pooled: [count, C, height,
  /// width].
  Tensor pool(int64_t first, int64_t count, int64_t rows, int64_t columns) {
    Tensor rois = b.slice(node[1], 0, first, count, 1);
    Line y = getLine(rois, 1, height, rows),
         x = getLine(rois, 0, width, columns);
    Tensor start =
        b.reshape(b.slice(starts, 0, first, count, 1), {count, 1, 1});
    auto alongY = [&](const Tensor &line) {
      return b.reshape(line, {count, height * rows, 1});
    };
    auto alongX = [&](const Tensor &line) {
      return b.reshape(line, {count, 1, width * columns});
    };
    Tensor result;
    for (int corner = 0; corner < 4; ++corner) {
      bool isRight = corner % 2, isDown = corner / 2;
      Tensor weight =
          b.binary(BinaryOp::Mul, alongY(isDown ? y.highShare : y.lowShare),
                   alongX(isRight ? x.highShare : x.lowShare));
      Tensor part =
          readPixels(b, pixels, alongY(isDown ? y.high : y.low),
                     alongX(isRight ? x.high : x.low), start, image[3], weight);
      if (!part)
        return {};
      // The largest of what each corner adds, as other runtimes have it.
      result = !result ? part
                       : b.binary(isMax ? BinaryOp::Max : BinaryOp::Add, result,
                                  part);
    }
    result = b.reshape(result, {count, height, rows, width, columns, image[1]});
    result = isMax       ? b.reduce(ReduceOp::Max, result, {2, 4}, false)
             : isCounted ? b.reduce(ReduceOp::Sum, result, {2, 4}, false)
                         : b.mean(result, {2, 4}, false);
    return b.transpose(result, {0, 3, 1, 2});
  }

  Node &node;
  TensorBuilder &b;
  Shape image;
  bool isMax = false, isAligned = true;
  /// Whether each region has a number of places of its own.
  bool isCounted = false;
  int64_t height = 1, width = 1, samples = 0;
  float scale = 1;
  Tensor pixels, starts;
};

} // namespace

LogicalResult frontend::importRoiAlign(Node &node) {
  return RegionAligner(node).run();
}

LogicalResult frontend::importGridSample(Node &node) {
  return GridSampler(node).run();
}
