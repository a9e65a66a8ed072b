//===- Resize.cpp - Resize and Upsample -----------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"
#include "ImageOps.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

#include "llvm/Support/Format.h"

#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

/// Writes the numbers of `axes` into `all`.
template <typename T>
static LogicalResult spread(Node &node, ArrayRef<T> given,
                            ArrayRef<int64_t> axes,
                            MutableArrayRef<double> all) {
  if (given.size() != axes.size())
    return node.error("expected " + Twine(axes.size()) +
                      " scales or sizes, found " + Twine(given.size()));
  for (auto [axis, value] : llvm::zip(axes, given))
    all[axis] = static_cast<double>(value);
  return mlir::success();
}

static std::string toString(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", value);
  return text;
}

/// Returns a result's size as an integer, if it is one that an image can have.
static FailureOr<int64_t> readSize(Node &node, double size) {
  constexpr double kLargest = 1 << 24;
  if (!(size >= 1 && size <= kLargest))
    return node.error("expected positive scales and sizes of at most " +
                      Twine(int64_t(kLargest)) + ", found a size of " +
                      toString(size));
  return static_cast<int64_t>(size);
}

/// Sizes and scales for each axis of the input.
struct Extent {
  SmallVector<double> scales;
  Shape shape;
};

static FailureOr<Extent> readExtent(Node &node, size_t scalesAt, size_t sizesAt,
                                    ArrayRef<int64_t> axes) {
  const Tensor &input = node[0];
  Extent extent;
  extent.scales.assign(input.getRank(), 1.0);
  extent.shape = input.shape;
  if (node[sizesAt] && node[sizesAt].getNumElements() > 0) {
    auto sizes = node.getConstantInts(sizesAt, "sizes");
    SmallVector<double> all(input.shape.begin(), input.shape.end());
    if (failed(sizes) || failed(spread<int64_t>(node, *sizes, axes, all)))
      return failure();
    std::string policy = node.getString("keep_aspect_ratio_policy", "stretch");
    double common = 0;
    for (int64_t axis : axes) {
      extent.scales[axis] = all[axis] / static_cast<double>(input.shape[axis]);
      double scale = extent.scales[axis];
      common = common == 0              ? scale
               : policy == "not_larger" ? std::min(common, scale)
                                        : std::max(common, scale);
    }
    for (int64_t axis : axes) {
      if (policy != "stretch") {
        extent.scales[axis] = common;
        all[axis] = std::floor(static_cast<float>(common) *
                                   static_cast<float>(input.shape[axis]) +
                               0.5f);
      }
      auto size = readSize(node, all[axis]);
      if (failed(size))
        return failure();
      extent.shape[axis] = *size;
    }
  } else {
    SmallVector<float> scales;
    if (node.getOpset() < 9) {
      scales = node.getFloats("scales").value_or(SmallVector<float>());
    } else {
      auto given = node.getConstantFloats(scalesAt, "scales");
      if (failed(given))
        return failure();
      scales = *given;
    }
    if (failed(spread<float>(node, scales, axes, extent.scales)))
      return failure();
    // In f32, as exporters and runtimes compute: 10 times 0.7 is 7, which the
    // exact product of 10 and the f32 next to 0.7 is not.
    for (int64_t i = 0; i < input.getRank(); ++i) {
      auto size =
          readSize(node, std::floor(static_cast<float>(input.shape[i]) *
                                    static_cast<float>(extent.scales[i])));
      if (failed(size))
        return failure();
      extent.shape[i] = *size;
    }
  }
  for (double scale : extent.scales)
    if (!(scale > 0))
      return node.error("expected positive scales, found " + toString(scale));
  return extent;
}

static LogicalResult emitResize(Node &node, const Extent &extent,
                                nn::ResizeMode mode,
                                nn::ResizeCoordinates coordinates,
                                nn::NearestMode nearest, ArrayRef<double> roi) {
  TensorBuilder &b = node.b;
  const Tensor &input = node[0];
  int64_t rank = input.getRank();
  // Up to two axes change; the op resizes the two in the middle of four.
  SmallVector<int64_t> moved, others;
  bool crops = coordinates == nn::ResizeCoordinates::TfCropAndResize;
  for (int64_t i = 0; i < rank; ++i) {
    bool changes = extent.scales[i] != 1 || extent.shape[i] != input.shape[i];
    if (crops && (roi[i] != 0 || roi[i + rank] != 1))
      changes = true;
    (changes ? moved : others).push_back(i);
  }
  if (moved.empty())
    return node.set(0, input);
  if (moved.size() > 2)
    return node.unsupported("resizing more than two axes");
  // Images keep their usual axes, so that the transposes cancel.
  while (moved.size() < 2 && !others.empty()) {
    int64_t axis = others.pop_back_val();
    moved.push_back(axis);
    llvm::sort(moved);
  }
  Tensor source = input;
  if (rank == 1) {
    source = b.reshape(source, {1, source.shape[0]});
    moved = {0, 1};
  }
  bool keepsBatch = !others.empty() && others.front() == 0;
  SmallVector<int64_t> perm;
  if (keepsBatch)
    perm.push_back(0);
  perm.append(moved);
  perm.append(others.begin() + (keepsBatch ? 1 : 0), others.end());
  Tensor image = b.transpose(b.cast(source, DataType::F32), perm);
  Shape before = image.shape, after = before;
  SmallVector<double> scales, window;
  int64_t first = keepsBatch ? 1 : 0;
  auto at = [&](ArrayRef<double> values, int64_t axis, int64_t offset) {
    return rank == 1 && axis == 0 ? (offset ? 1.0 : 0.0)
                                  : values[(rank == 1 ? 0 : axis) + offset];
  };
  for (int64_t i = 0; i < 2; ++i) {
    int64_t axis = moved[i];
    bool isExtra = rank == 1 && axis == 0;
    scales.push_back(isExtra ? 1 : extent.scales[rank == 1 ? 0 : axis]);
    after[first + i] = isExtra ? 1 : extent.shape[rank == 1 ? 0 : axis];
  }
  if (crops)
    for (int64_t offset : {int64_t(0), rank})
      for (int64_t axis : moved)
        window.push_back(at(roi, axis, offset));
  int64_t batches = keepsBatch ? before[0] : 1;
  auto toImage = [&](ArrayRef<int64_t> shape) {
    return Shape{batches, shape[first], shape[first + 1],
                 getNumElements(shape) /
                     (batches * shape[first] * shape[first + 1])};
  };
  image = b.reshape(image, toImage(before));
  mlir::Value value = b.materialize(image);
  if (!value)
    return failure();
  OpBuilder &builder = b.getBuilder();
  MLIRContext *context = builder.getContext();
  Tensor result(
      b.create<nn::ResizeOp>(
          b.getType(DataType::F32, toImage(after)), value,
          nn::ResizeModeAttr::get(context, mode),
          nn::ResizeCoordinatesAttr::get(context, coordinates),
          builder.getDenseF64ArrayAttr(scales),
          nn::NearestModeAttr::get(context, nearest),
          builder.getF32FloatAttr(node.getFloat("cubic_coeff_a", -0.75f)),
          builder.getBoolAttr(node.getInt("exclude_outside", 0) != 0),
          builder.getBoolAttr(node.getInt("antialias", 0) != 0),
          crops ? builder.getDenseF64ArrayAttr(window)
                : mlir::DenseF64ArrayAttr(),
          builder.getF32FloatAttr(node.getFloat("extrapolation_value", 0))),
      DataType::F32);
  SmallVector<int64_t> inverse(perm.size());
  for (auto [i, from] : llvm::enumerate(perm))
    inverse[from] = i;
  result = b.transpose(b.reshape(result, after), inverse);
  return node.set(0, b.cast(b.reshape(result, extent.shape), input.type));
}

LogicalResult frontend::importResize(Node &node) {
  if (failed(node.expectRankAtLeast(0, 1)))
    return failure();
  int64_t rank = node[0].getRank();
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < rank; ++i)
    axes.push_back(i);
  if (auto given = node.getInts("axes")) {
    if (failed(node.normalizeAxes(*given, rank)))
      return failure();
    axes = *given;
    for (int64_t &axis : axes)
      axis = axis < 0 ? axis + rank : axis;
  }
  auto mode = nn::symbolizeResizeMode(node.getString("mode", "nearest"));
  auto coordinates = nn::symbolizeResizeCoordinates(
      node.getString("coordinate_transformation_mode", "half_pixel"));
  auto nearest = nn::symbolizeNearestMode(
      node.getString("nearest_mode", "round_prefer_floor"));
  if (!mode || !coordinates || !nearest)
    return node.unsupported("mode, coordinate_transformation_mode or "
                            "nearest_mode is unknown");
  // Opset 10 knew scales alone, and positions without half pixels.
  if (node.getOpset() < 11) {
    auto extent = readExtent(node, 1, 99, axes);
    if (failed(extent))
      return failure();
    return emitResize(node, *extent, *mode, nn::ResizeCoordinates::Asymmetric,
                      nn::NearestMode::Floor, {});
  }
  auto extent = readExtent(node, 2, 3, axes);
  if (failed(extent))
    return failure();
  SmallVector<double> roi(2 * rank, 0);
  std::fill(roi.begin() + rank, roi.end(), 1.0);
  if (*coordinates == nn::ResizeCoordinates::TfCropAndResize) {
    auto given = node.getConstantFloats(1, "roi");
    if (failed(given))
      return failure();
    if (given->size() != 2 * axes.size())
      return node.error("expected " + Twine(2 * axes.size()) +
                        " numbers in roi, found " + Twine(given->size()));
    for (size_t i = 0; i < axes.size(); ++i) {
      roi[axes[i]] = (*given)[i];
      roi[axes[i] + rank] = (*given)[i + axes.size()];
    }
  }
  return emitResize(node, *extent, *mode, *coordinates, *nearest, roi);
}

LogicalResult frontend::importUpsample(Node &node) {
  if (failed(node.expectRankAtLeast(0, 1)))
    return failure();
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < node[0].getRank(); ++i)
    axes.push_back(i);
  auto mode = nn::symbolizeResizeMode(node.getString("mode", "nearest"));
  if (!mode)
    return node.unsupported("mode is unknown");
  auto extent = readExtent(node, 1, 99, axes);
  if (failed(extent))
    return failure();
  return emitResize(node, *extent, *mode, nn::ResizeCoordinates::Asymmetric,
                    nn::NearestMode::Floor, {});
}
