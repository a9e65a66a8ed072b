//===- Convolution.cpp - Conv, ConvTranspose and Col2Im -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "Handlers.h"
#include "ImageOps.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::frontend;

/// Returns the bias, or zeros.
static Tensor getBias(Node &node, Tensor bias, int64_t channels) {
  if (!bias)
    return Literal(DataType::F32, {channels});
  if (bias.shape != Shape{channels}) {
    (void)node.error("expected a bias of shape [" + Twine(channels) +
                     "], found " + toString(bias.shape));
    return {};
  }
  return bias;
}

static LogicalResult checkGroups(Node &node, int64_t groups, int64_t channels,
                                 int64_t found, int64_t expected) {
  if (groups < 1 || channels % groups)
    return node.error("expected a number of groups that divides " +
                      Twine(channels) + " channels, found " + Twine(groups));
  if (found != expected)
    return node.error("expected weights for " + Twine(expected) +
                      " input channels, found " + Twine(found));
  return mlir::success();
}

Tensor frontend::emitConv(Node &node, Tensor input, Tensor weights, Tensor bias,
                          const Window &window, int64_t groups,
                          function_ref<Tensor(Tensor)> store) {
  TensorBuilder &b = node.b;
  int64_t filters = weights.shape[0];
  Tensor image = toNhwc(b, input);
  auto size = getOutputSize(node, window, image.shape);
  if (failed(size))
    return {};
  mlir::Value value = b.materialize(image);
  mlir::Value kernel = b.materialize(toNhwc(b, weights));
  mlir::Value offsets = b.materialize(getBias(node, bias, filters));
  if (!value || !kernel || !offsets)
    return {};
  Tensor result(b.create<nn::Conv2DOp>(
                    b.getType(DataType::F32, {image.shape[0], (*size)[0],
                                              (*size)[1], filters}),
                    value, kernel, offsets, window.strides, window.pads,
                    window.dilations, groups),
                input.type);
  if (store)
    result = store(result);
  return fromNhwc(b, result, window.spatialRank);
}

/// Emits a convolution over depth, height and width as one over images: those
/// that a window takes along the depth are channels beside each other, so that
/// each result is one exact sum as before.
static Tensor emitVolume(Node &node, Tensor input, Tensor weights, Tensor bias,
                         const VolumeWindow &window, int64_t groups,
                         function_ref<Tensor(Tensor)> store) {
  TensorBuilder &b = node.b;
  Shape in = input.shape;
  int64_t channels = in[1] / groups, taps = window.depth.kernel[0];
  auto size = getOutputSize(node, window.depth, {in[0], in[2], 1, 1});
  if (failed(size))
    return {};
  int64_t steps = size->front();
  SmallVector<int64_t> low(5, 0), high(5, 0);
  low[2] = window.depth.pads[0];
  high[2] = window.depth.pads[2];
  Tensor padded =
      low[2] || high[2] ? b.pad(input, low, high, 0) : std::move(input);
  SmallVector<Tensor> taken;
  for (int64_t tap = 0; padded && tap < taps; ++tap) {
    Tensor part = b.slice(padded, 2, tap * window.depth.dilations[0], steps,
                          window.depth.strides[0]);
    taken.push_back(
        b.reshape(part, {in[0], groups, channels, 1, steps, in[3], in[4]}));
    if (!taken.back())
      return {};
  }
  if (taken.empty())
    return {};
  Tensor joined = taken.size() == 1 ? taken.front() : b.concat(taken, 3);
  Tensor images =
      b.reshape(b.transpose(joined, {0, 4, 1, 2, 3, 5, 6}),
                {in[0] * steps, groups * channels * taps, in[3], in[4]});
  Tensor kernel = b.reshape(weights, {weights.shape[0], channels * taps,
                                      weights.shape[3], weights.shape[4]});
  if (!images || !kernel)
    return {};
  Tensor result =
      emitConv(node, images, kernel, bias, window.plane, groups, store);
  if (!result)
    return {};
  return b.transpose(b.reshape(result, {in[0], steps, result.shape[1],
                                        result.shape[2], result.shape[3]}),
                     {0, 2, 1, 3, 4});
}

Tensor frontend::emitConv(Node &node, Tensor input, Tensor weights, Tensor bias,
                          function_ref<Tensor(Tensor)> store) {
  if (!input || !weights)
    return {};
  if (input.getRank() < 3 || weights.getRank() != input.getRank()) {
    (void)node.error("expected operand 0 of rank 3 or more and weights of that "
                     "rank, found shapes " +
                     toString(input.shape) + " and " + toString(weights.shape));
    return {};
  }
  auto window = readVolumeWindow(node, input.shape,
                                 ArrayRef(weights.shape).drop_front(2));
  if (failed(window))
    return {};
  int64_t groups = node.getInt("group", 1);
  int64_t channels = input.shape[1], filters = weights.shape[0];
  if (failed(checkGroups(node, groups, channels, weights.shape[1],
                         channels / std::max<int64_t>(groups, 1))))
    return {};
  if (filters % groups) {
    (void)node.error("expected a multiple of " + Twine(groups) +
                     " filters, found " + Twine(filters));
    return {};
  }
  return window->hasDepth
             ? emitVolume(node, input, weights, bias, *window, groups, store)
             : emitConv(node, input, weights, bias, window->plane, groups,
                        store);
}

LogicalResult frontend::importConv(Node &node) {
  if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)) ||
      failed(node.expectFloat(1)) || failed(node.expectFloat(2)))
    return failure();
  noteLayer(node, node[1], 0, node[2]);
  return node.set(0, emitConv(node, node[0], node[1], node[2]));
}

/// Emits a transposed convolution of an image and weights `[C, M / groups, kh,
/// kw]` of one or two spatial axes to an image of `size`, [height, width].
static Tensor emitTransposedConv(Node &node, Tensor input,
                                 const Tensor &weights, Tensor bias,
                                 const Window &window, ArrayRef<int64_t> size,
                                 int64_t groups) {
  TensorBuilder &b = node.b;
  int64_t channels = weights.shape[0], perGroup = weights.shape[1],
          filters = perGroup * groups;
  int64_t height = weights.getRank() == 4 ? weights.shape[2] : 1,
          width = weights.shape.back();
  Tensor image = toNhwc(b, input);
  // The op wants [M, kh, kw, C / groups].
  Tensor kernel =
      b.reshape(weights, {groups, channels / groups, perGroup, height, width});
  kernel = b.reshape(b.transpose(kernel, {0, 2, 3, 4, 1}),
                     {filters, height, width, channels / groups});
  mlir::Value value = b.materialize(image);
  mlir::Value kernelValue = b.materialize(kernel);
  mlir::Value offsets = b.materialize(getBias(node, std::move(bias), filters));
  if (!value || !kernelValue || !offsets)
    return {};
  Tensor result(
      b.create<nn::TransposedConv2DOp>(
          b.getType(DataType::F32, {image.shape[0], size[0], size[1], filters}),
          value, kernelValue, offsets, window.strides, window.pads,
          window.dilations, groups),
      input.type);
  return fromNhwc(b, result, window.spatialRank);
}

LogicalResult frontend::importConvTranspose(Node &node) {
  if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)) ||
      failed(node.expectRankAtLeast(0, 3)) ||
      failed(node.expectRank(1, node[0].getRank())))
    return failure();
  const Tensor &weights = node[1];
  ArrayRef<int64_t> kernelShape = ArrayRef(weights.shape).drop_front(2);
  int64_t rank = kernelShape.size();
  int64_t groups = node.getInt("group", 1);
  int64_t channels = node[0].shape[1];
  if (failed(checkGroups(node, groups, channels, weights.shape[0], channels)))
    return failure();
  std::string automatic = node.getString("auto_pad", "NOTSET");
  auto window = readWindow(node, node[0].shape, kernelShape);
  if (failed(window))
    return failure();

  // Sizes: given, or from pads, or from auto_pad.
  SmallVector<int64_t> extra =
      node.getInts("output_padding").value_or(SmallVector<int64_t>(rank, 0));
  auto given = node.getInts("output_shape");
  if (given && static_cast<int64_t>(given->size()) == rank + 2)
    given->erase(given->begin(), given->begin() + 2);
  if (static_cast<int64_t>(extra.size()) != rank ||
      (given && static_cast<int64_t>(given->size()) != rank))
    return node.error("expected " + Twine(rank) +
                      " numbers in 'output_padding' and 'output_shape'");
  constexpr int64_t kMaxSize = 1 << 24;
  for (int64_t amount : extra)
    if (amount < 0 || amount > kMaxSize)
      return node.error("'output_padding' has " + Twine(amount) +
                        ", expected 0 to " + Twine(kMaxSize));
  if (rank == 1) {
    extra.insert(extra.begin(), 0);
    if (given)
      given->insert(given->begin(), 1);
  }
  SmallVector<int64_t> size(2);
  bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  for (int64_t i = 0; i < 2; ++i) {
    int64_t in = i == 0 && rank == 1 ? 1 : node[0].shape[rank + i],
            stride = window->strides[i];
    int64_t full = (in - 1) * stride + window->getDilatedKernel(i) + extra[i];
    if (given || same) {
      size[i] = given ? (*given)[i] : in * stride;
      int64_t total = std::max<int64_t>(0, full - size[i]);
      // ONNX gives the odd element to the end unless it is SAME_UPPER's.
      int64_t less = total / 2, more = total - less;
      window->pads[i] = automatic == "SAME_UPPER" ? less : more;
      window->pads[i + 2] = automatic == "SAME_UPPER" ? more : less;
      if (i == 0 && window->spatialRank == 1)
        window->pads[0] = window->pads[2] = 0;
    } else {
      size[i] = full - window->pads[i] - window->pads[i + 2];
    }
    if (size[i] < 1 || size[i] > kMaxSize)
      return node.error("the result would have a size of " + Twine(size[i]));
  }

  return node.set(0, emitTransposedConv(node, node[0], weights, node[2],
                                        *window, size, groups));
}

namespace {
/// One or two spatial axes of Col2Im: what blocks become along them.
struct FoldedAxes {
  Window window;
  SmallVector<int64_t, 2> size;  ///< Of the image, [height, width].
  SmallVector<int64_t, 2> steps; ///< Blocks along each.

  int64_t getTaps() const { return window.kernel[0] * window.kernel[1]; }
};
} // namespace

/// Sums blocks along the last axes of `columns`, [N, groups * taps, outer,
/// steps, inner], to [N, groups, outer, size, inner]: a transposed convolution
/// by weights of which each picks one place of a block, for each group apart.
static Tensor foldAxes(Node &node, Tensor columns, const FoldedAxes &axes,
                       int64_t groups) {
  TensorBuilder &b = node.b;
  int64_t taps = axes.getTaps(), rows = groups * taps;
  ArrayRef<int64_t> shape = columns.shape;
  int64_t batch = shape[0], outer = shape[2], inner = shape[4];
  Shape weightShape = {rows, 1, axes.window.kernel[0], axes.window.kernel[1]};
  if (!b.checkConstant(weightShape))
    return {};
  Literal weights(DataType::F32, weightShape);
  for (int64_t row = 0; row < rows; ++row)
    weights.floats[row * taps + row % taps] = 1;
  bool isAlone = outer == 1 && inner == 1;
  if (!isAlone)
    columns = b.transpose(columns, {0, 2, 4, 1, 3});
  Shape blocks = {batch * outer * inner, rows};
  llvm::append_range(blocks, axes.steps);
  Window window = axes.window;
  window.spatialRank = 2;
  Tensor image = emitTransposedConv(node, b.reshape(columns, blocks), weights,
                                    Tensor(), window, axes.size, groups);
  int64_t size = axes.size[0] * axes.size[1];
  if (isAlone)
    return b.reshape(image, {batch, groups, 1, size, 1});
  return b.transpose(b.reshape(image, {batch, outer, inner, groups, size}),
                     {0, 3, 1, 4, 2});
}

/// The sum of the blocks that columns hold, along any number of axes: they are
/// independent, and folded by two from the last.
LogicalResult frontend::importCol2Im(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(3)) || failed(node.expectFloat(0)) ||
      failed(node.expectRank(0, 3)))
    return failure();
  auto image = node.getConstantInts(1, "image_shape"),
       block = node.getConstantInts(2, "block_shape");
  if (failed(image) || failed(block))
    return failure();
  int64_t rank = image->size();
  if (rank < 1 || block->size() != image->size())
    return node.error("expected block_shape of as many numbers as image_shape, "
                      "found " +
                      Twine(block->size()) + " and " + Twine(rank));
  constexpr int64_t kMost = 1 << 24;
  int64_t taps = 1;
  for (int64_t number : llvm::concat<int64_t>(*image, *block))
    if (number < 1 || number > kMost)
      return node.error("expected sizes of 1 to " + Twine(kMost) + ", found " +
                        Twine(number));
  for (int64_t number : *block)
    taps = std::min(taps * number, kMost);
  int64_t rows = node[0].shape[1], channels = rows / taps;
  if (rows % taps)
    return node.error("expected columns of a multiple of " + Twine(taps) +
                      " rows, found " + Twine(rows));
  Shape imageShape = {node[0].shape[0], channels};
  llvm::append_range(imageShape, *image);
  auto windows = readWindows(node, imageShape, *block);
  if (failed(windows))
    return failure();
  // A block for each step of the windows along the image.
  std::vector<FoldedAxes> folded;
  int64_t count = 1, axis = 0;
  for (const Window &window : *windows) {
    FoldedAxes axes{window, {}, {}};
    if (window.spatialRank == 1)
      axes.size.push_back(1);
    while (axes.size.size() < 2)
      axes.size.push_back((*image)[axis++]);
    auto steps = getOutputSize(
        node, window, {imageShape[0], axes.size[0], axes.size[1], channels});
    if (failed(steps))
      return failure();
    axes.steps.assign(steps->begin(), steps->end());
    count *= axes.steps[0] * axes.steps[1];
    folded.push_back(axes);
  }
  if (count != node[0].shape[2])
    return node.error("expected " + Twine(count) + " columns, found " +
                      Twine(node[0].shape[2]));
  Tensor columns = node[0];
  int64_t groups = rows, outer = count, inner = 1;
  for (const FoldedAxes &axes : llvm::reverse(folded)) {
    int64_t steps = axes.steps[0] * axes.steps[1];
    groups /= axes.getTaps();
    outer /= steps;
    columns = b.reshape(
        columns, {imageShape[0], groups * axes.getTaps(), outer, steps, inner});
    columns = foldAxes(node, columns, axes, groups);
    if (!columns)
      return failure();
    inner *= axes.size[0] * axes.size[1];
  }
  return node.set(0, b.reshape(columns, imageShape));
}
