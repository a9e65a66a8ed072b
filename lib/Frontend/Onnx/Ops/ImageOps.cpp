//===- ImageOps.cpp - spatial attributes and axis order of image operators ===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImageOps.h"

using namespace narrow;
using namespace narrow::frontend;

Tensor frontend::toNhwc(TensorBuilder &b, Tensor image) {
  if (!image)
    return {};
  if (image.getRank() == 3)
    image =
        b.reshape(image, {image.shape[0], image.shape[1], 1, image.shape[2]});
  return b.transpose(image, {0, 2, 3, 1});
}

Tensor frontend::fromNhwc(TensorBuilder &b, Tensor image, int64_t spatialRank) {
  image = b.transpose(image, {0, 3, 1, 2});
  if (!image || spatialRank == 2)
    return image;
  return b.reshape(image, {image.shape[0], image.shape[1], image.shape[3]});
}

namespace {

/// The spatial attributes, an entry for each spatial axis; `pads` has the
/// beginnings of all axes before their ends.
struct SpatialNumbers {
  SmallVector<int64_t> kernel, strides, dilations, pads;
  bool ceilMode = false;

  int64_t getRank() const { return kernel.size(); }
  /// A ceiled size may leave one window that reaches behind the padded image:
  /// it becomes one of what it covers.
  void clipToImage(ArrayRef<int64_t> image);

  /// Returns the window of the axes `first` and `second`, either of which may
  /// be missing.
  Window getWindow(std::optional<int64_t> first,
                   std::optional<int64_t> second) const {
    Window window;
    window.ceilMode = ceilMode;
    window.pads = {0, 0, 0, 0};
    for (size_t place : {0, 1}) {
      std::optional<int64_t> axis = place ? second : first;
      window.kernel.push_back(axis ? kernel[*axis] : 1);
      window.strides.push_back(axis ? strides[*axis] : 1);
      window.dilations.push_back(axis ? dilations[*axis] : 1);
      if (!axis)
        continue;
      window.pads[place] = pads[*axis];
      window.pads[place + 2] = pads[*axis + getRank()];
    }
    return window;
  }
};

} // namespace

void SpatialNumbers::clipToImage(ArrayRef<int64_t> image) {
  for (int64_t i = 0; ceilMode && i < getRank(); ++i) {
    int64_t padded = image[i + 2] + pads[i] + pads[i + getRank()];
    int64_t behind = (kernel[i] - 1) * dilations[i] + 1 - padded;
    if (padded > 0 && behind > 0 && behind < strides[i])
      kernel[i] = (padded - 1) / dilations[i] + 1;
  }
}

static FailureOr<SpatialNumbers> readNumbers(Node &node,
                                             ArrayRef<int64_t> image,
                                             ArrayRef<int64_t> kernel,
                                             int64_t maxRank) {
  SpatialNumbers numbers;
  int64_t rank = static_cast<int64_t>(image.size()) - 2;
  if (rank < 1)
    return node.error("expected an image of rank 3 or more, found shape " +
                      toString(image));
  if (rank > maxRank)
    return node.unsupported(Twine(rank) + " spatial axes");

  auto own = node.getInts("kernel_shape");
  if (own && !kernel.empty() && ArrayRef<int64_t>(*own) != kernel)
    return node.error("expected kernel_shape " + toString(kernel) +
                      " as the weights have, found " + toString(*own));
  if (!kernel.empty())
    numbers.kernel.assign(kernel.begin(), kernel.end());
  else if (own)
    numbers.kernel = *own;
  else
    return node.error("expected attribute 'kernel_shape'");
  SmallVector<int64_t> ones(rank, 1), zeros(2 * rank, 0);
  numbers.strides = node.getInts("strides").value_or(ones);
  numbers.dilations = node.getInts("dilations").value_or(ones);
  numbers.pads = node.getInts("pads").value_or(zeros);
  numbers.ceilMode = node.getInt("ceil_mode", 0) != 0;
  auto check = [&](ArrayRef<int64_t> values, int64_t count, int64_t least,
                   StringRef what) -> LogicalResult {
    if (static_cast<int64_t>(values.size()) != count)
      return node.error("expected " + Twine(count) + " numbers in '" + what +
                        "', found " + Twine(values.size()));
    for (int64_t value : values)
      if (value < least || value > (1 << 20))
        return node.error("'" + what + "' has " + Twine(value) +
                          ", expected at least " + Twine(least));
    return mlir::success();
  };
  if (failed(check(numbers.kernel, rank, 1, "kernel_shape")) ||
      failed(check(numbers.strides, rank, 1, "strides")) ||
      failed(check(numbers.dilations, rank, 1, "dilations")) ||
      failed(check(numbers.pads, 2 * rank, 0, "pads")) || node.hasFailed())
    return failure();

  std::string automatic = node.getString("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    for (int64_t i = 0; i < rank; ++i) {
      int64_t size = image[i + 2];
      int64_t steps = (size + numbers.strides[i] - 1) / numbers.strides[i];
      int64_t total = std::max<int64_t>(
          0, (steps - 1) * numbers.strides[i] +
                 (numbers.kernel[i] - 1) * numbers.dilations[i] + 1 - size);
      int64_t less = total / 2, more = total - less;
      numbers.pads[i] = automatic == "SAME_UPPER" ? less : more;
      numbers.pads[i + rank] = automatic == "SAME_UPPER" ? more : less;
    }
  } else if (automatic == "VALID") {
    numbers.pads.assign(2 * rank, 0);
  } else if (automatic != "NOTSET") {
    return node.error("auto_pad is '" + Twine(automatic) +
                      "', expected NOTSET, SAME_UPPER, SAME_LOWER or VALID");
  }
  numbers.clipToImage(image);
  return numbers;
}

FailureOr<VolumeWindow> frontend::readVolumeWindow(Node &node,
                                                   ArrayRef<int64_t> image,
                                                   ArrayRef<int64_t> kernel) {
  auto numbers = readNumbers(node, image, kernel, /*maxRank=*/3);
  if (failed(numbers))
    return failure();
  int64_t rank = numbers->getRank();
  VolumeWindow window;
  window.hasDepth = rank == 3;
  window.plane = numbers->getWindow(
      rank == 1 ? std::nullopt : std::optional<int64_t>(rank - 2), rank - 1);
  window.plane.spatialRank = std::min<int64_t>(rank, 2);
  if (window.hasDepth)
    window.depth = numbers->getWindow(0, std::nullopt);
  return window;
}

FailureOr<Window> frontend::readWindow(Node &node, ArrayRef<int64_t> image,
                                       ArrayRef<int64_t> kernel) {
  auto numbers = readNumbers(node, image, kernel, /*maxRank=*/2);
  if (failed(numbers))
    return failure();
  int64_t rank = numbers->getRank();
  Window window = numbers->getWindow(
      rank == 1 ? std::nullopt : std::optional<int64_t>(0), rank - 1);
  window.spatialRank = rank;
  return window;
}

FailureOr<std::vector<Window>> frontend::readWindows(Node &node,
                                                     ArrayRef<int64_t> image,
                                                     ArrayRef<int64_t> kernel) {
  auto numbers = readNumbers(node, image, kernel, kMaxRank);
  if (failed(numbers))
    return failure();
  std::vector<Window> windows;
  int64_t rank = numbers->getRank();
  if (rank % 2) {
    windows.push_back(numbers->getWindow(std::nullopt, 0));
    windows.back().spatialRank = 1;
  }
  for (int64_t axis = rank % 2; axis < rank; axis += 2)
    windows.push_back(numbers->getWindow(axis, axis + 1));
  return windows;
}

FailureOr<SmallVector<int64_t>>
frontend::getOutputSize(Node &node, const Window &window,
                        ArrayRef<int64_t> nhwc) {
  SmallVector<int64_t> size;
  for (int64_t i = 0; i < 2; ++i) {
    int64_t padded = nhwc[i + 1] + window.pads[i] + window.pads[i + 2];
    int64_t room = padded - window.getDilatedKernel(i);
    if (room < 0)
      return node.error(
          "a kernel of size " + Twine(window.getDilatedKernel(i)) +
          " does not fit into a padded image of size " + Twine(padded));
    int64_t stride = window.strides[i];
    int64_t steps = (window.ceilMode ? room + stride - 1 : room) / stride + 1;
    // A ceiled size may not add a window that starts behind the image.
    if (window.ceilMode && (steps - 1) * stride >= nhwc[i + 1] + window.pads[i])
      --steps;
    size.push_back(steps);
  }
  return size;
}
