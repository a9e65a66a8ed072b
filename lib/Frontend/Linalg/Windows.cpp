//===- Windows.cpp - convolutions and pools of linalg ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whatever the order of their axes, images become [N, H, W, C] and weights
// [O, kh, kw, I]: which axis is which, the indexing maps say.
//
//===----------------------------------------------------------------------===//

#include "LinalgImporter.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace narrow;
using namespace narrow::frontend;
namespace linalg = mlir::linalg;

namespace {

/// Sizes of the loops that a window has along height and width; a missing
/// height is neutral.
struct Window {
  SmallVector<int64_t> image, kernel, strides, dilations;

  Window(linalg::LinalgOp op, const linalg::ConvolutionDimensions &d) {
    auto ranges = op.getStaticLoopRanges();
    if (d.outputImage.size() == 1) {
      image = {1};
      kernel = {1};
      strides = {1};
      dilations = {1};
    }
    for (auto [i, loop] : llvm::enumerate(d.outputImage)) {
      image.push_back(ranges[loop]);
      kernel.push_back(ranges[d.filterLoop[i]]);
      strides.push_back(d.strides[i]);
      dilations.push_back(d.dilations[i]);
    }
  }

  /// How many of `size` rows or columns are left where what no window reads
  /// is cut off, if that makes a difference.
  int64_t getExtent(unsigned axis, int64_t size) const {
    int64_t dilated = (kernel[axis] - 1) * dilations[axis] + 1;
    bool fits = (size - dilated) / strides[axis] + 1 == image[axis];
    return fits ? size : (image[axis] - 1) * strides[axis] + dilated;
  }
};

} // namespace

/// The axes of an operand that are the given loops, in that order; spatial
/// loops are part of sums.
static SmallVector<int64_t> findAxes(mlir::AffineMap map,
                                     ArrayRef<unsigned> loops) {
  SmallVector<int64_t> axes;
  for (unsigned loop : loops)
    for (auto [axis, expr] : llvm::enumerate(map.getResults()))
      if (expr.isFunctionOfDim(loop))
        axes.push_back(axis);
  return axes;
}

static int64_t multiply(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes) {
  int64_t size = 1;
  for (int64_t axis : axes)
    size *= shape[axis];
  return size;
}

Tensor LinalgImporter::toImage(const Tensor &tensor, ArrayRef<int64_t> batch,
                               ArrayRef<int64_t> spatial,
                               ArrayRef<int64_t> channels) {
  if (!tensor)
    return {};
  SmallVector<int64_t> order(batch);
  llvm::append_range(order, spatial);
  llvm::append_range(order, channels);
  if (static_cast<int64_t>(order.size()) != tensor.getRank()) {
    (void)unsupported("a window whose axes are no batch, image or channels");
    return {};
  }
  Shape shape{multiply(tensor.shape, batch)};
  if (spatial.size() == 1)
    shape.push_back(1);
  for (int64_t axis : spatial)
    shape.push_back(tensor.shape[axis]);
  shape.push_back(multiply(tensor.shape, channels));
  return arrange(tensor, order, shape);
}

Tensor LinalgImporter::meanOfImage(const Tensor &tensor) {
  Tensor image = b->transpose(tensor, {0, 2, 3, 1});
  mlir::Value value = b->materialize(image);
  if (!value)
    return {};
  ArrayRef<int64_t> shape = image.shape;
  Tensor mean(b->create<nn::AvgPool2DOp>(
                  b->getType(DataType::F32, {shape[0], 1, 1, shape[3]}), value,
                  ArrayRef<int64_t>{shape[1], shape[2]},
                  ArrayRef<int64_t>{1, 1}, ArrayRef<int64_t>{0, 0, 0, 0},
                  ArrayRef<int64_t>{1, 1}, /*count_include_pad=*/false),
              tensor.type);
  return b->transpose(mean, {0, 3, 1, 2});
}

LogicalResult LinalgImporter::convertWindow(linalg::LinalgOp op) {
  auto dims = linalg::inferConvolutionDims(op);
  auto reduction = matchReduction(*op.getBlock(), 0);
  if (failed(dims) || !reduction)
    return error("expected a sum of products or a reduction of each window");
  if (dims->outputImage.size() > 2 || dims->outputImage.empty() ||
      dims->filterLoop.size() != dims->outputImage.size())
    return error("expected windows along one or two axes, found " +
                 Twine(dims->outputImage.size()));
  auto type = getElementType(op->getResult(0).getType());
  if (!type)
    return failure();
  if (!isFloat(*type))
    return error("expected a window on f32, found integers");
  Value combined = reduction->second;
  Block &body = *op.getBlock();
  if (combined == body.getArgument(0))
    return convertPool(op, reduction->first, *dims);
  auto product = combined.getDefiningOp<mlir::arith::MulFOp>();
  auto isProduct = [&](unsigned a, unsigned c) {
    return product.getLhs() == body.getArgument(a) &&
           product.getRhs() == body.getArgument(c);
  };
  if (reduction->first != ReduceOp::Sum || !product ||
      (!isProduct(0, 1) && !isProduct(1, 0)))
    return error("expected a sum of products or a reduction of each window");
  return convertConvolution(op, *dims);
}

/// Where an image lies between zeros, and at which distances, along height and
/// width; nothing where other axes have zeros between as well.
static std::optional<std::pair<SmallVector<int64_t>, SmallVector<int64_t>>>
getGap(ArrayRef<int64_t> offsets, ArrayRef<int64_t> strides,
       ArrayRef<int64_t> spatial) {
  for (size_t axis = 0; axis < offsets.size(); ++axis)
    if (!llvm::is_contained(spatial, static_cast<int64_t>(axis)) &&
        (offsets[axis] != 0 || strides[axis] != 1))
      return std::nullopt;
  SmallVector<int64_t> at, step;
  if (spatial.size() == 1) {
    at = {0};
    step = {1};
  }
  for (int64_t axis : spatial) {
    at.push_back(offsets[axis]);
    step.push_back(strides[axis]);
  }
  return std::pair(at, step);
}

/// Whether other axes than these are all repeated.
static bool variesOnlyAlong(const Tensor &tensor, ArrayRef<int64_t> axes) {
  for (int64_t axis = 0; axis < tensor.getRank(); ++axis)
    if (tensor.shape[axis] != 1 && !llvm::is_contained(axes, axis))
      return false;
  return true;
}

LogicalResult
LinalgImporter::convertConvolution(linalg::LinalgOp op,
                                   const linalg::ConvolutionDimensions &d) {
  mlir::OpOperand *input = op.getDpsInputOperand(0);
  mlir::OpOperand *filter = op.getDpsInputOperand(1);
  mlir::AffineMap inputMap = op.getMatchingIndexingMap(input),
                  filterMap = op.getMatchingIndexingMap(filter),
                  map = op.getIndexingMapMatchingResult(op->getResult(0));
  auto ranges = op.getStaticLoopRanges();
  Window window(op, d);

  SmallVector<unsigned> inLoops(ArrayRef<unsigned>(d.depth)),
      outLoops(ArrayRef<unsigned>(d.depth));
  llvm::append_range(inLoops, d.inputChannel);
  llvm::append_range(outLoops, d.outputChannel);
  Tensor weights = toImage(
      getWhole(filter->get()), findAxes(filterMap, outLoops),
      findAxes(filterMap, d.filterLoop), findAxes(filterMap, d.inputChannel));
  int64_t groups = 1;
  for (unsigned loop : d.depth)
    groups *= ranges[loop];

  // Sums start from a bias, or it is added behind them.
  Value start = op.getDpsInits()[0];
  Tensor init = get(start);
  SmallVector<int64_t> channelAxes = findAxes(map, outLoops);
  Shape channelShape(map.getNumResults(), 1);
  int64_t filters = 1;
  for (int64_t axis : channelAxes) {
    channelShape[axis] = cast<ShapedType>(start.getType()).getDimSize(axis);
    filters *= channelShape[axis];
  }
  bool isBias = init && variesOnlyAlong(init, channelAxes);
  Tensor bias = Literal(DataType::F32, {filters});
  if (isBias) {
    // In the order of the filters.
    SmallVector<int64_t> order = channelAxes;
    for (int64_t axis = 0; axis < init.getRank(); ++axis)
      if (!llvm::is_contained(channelAxes, axis))
        order.push_back(axis);
    bias = b->reshape(b->transpose(b->broadcastTo(init, channelShape), order),
                      {filters});
  }

  auto found = spaced.find(input->get());
  bool isTransposed =
      found != spaced.end() &&
      llvm::all_of(window.strides, [](int64_t s) { return s == 1; }) &&
      llvm::all_of(window.dilations, [](int64_t s) { return s == 1; });
  auto toInput = [&](const Tensor &tensor) {
    return toImage(tensor, findAxes(inputMap, d.batch),
                   findAxes(inputMap, d.outputImage),
                   findAxes(inputMap, inLoops));
  };
  SmallVector<int64_t> pads(4, 0);
  if (isTransposed) {
    auto gap = getGap(found->second.offsets, found->second.strides,
                      findAxes(inputMap, d.outputImage));
    isTransposed = gap.has_value();
    for (unsigned axis : {0u, 1u}) {
      if (!isTransposed)
        break;
      window.strides[axis] = gap->second[axis];
      pads[axis] = window.kernel[axis] - 1 - gap->first[axis];
      isTransposed = pads[axis] >= 0;
    }
  }
  Tensor image =
      toInput(isTransposed ? found->second.image : getWhole(input->get()));
  if (isTransposed && image) {
    // Each element of the image is spread by the kernel from its last tap on.
    weights = b->reverse(b->reverse(weights, 1), 2);
    for (unsigned axis : {0u, 1u}) {
      int64_t full = (image.shape[axis + 1] - 1) * window.strides[axis] +
                     window.kernel[axis];
      pads[axis + 2] =
          std::max<int64_t>(0, full - pads[axis] - window.image[axis]);
    }
  } else if (image) {
    image = b->slice(image, Shape(4, 0),
                     {image.shape[0], window.getExtent(0, image.shape[1]),
                      window.getExtent(1, image.shape[2]), image.shape[3]});
  }
  mlir::Value x = b->materialize(image), w = b->materialize(weights),
              c = b->materialize(bias);
  if (!init || !x || !w || !c)
    return failure();
  RankedTensorType type =
      b->getType(DataType::F32,
                 {image.shape[0], window.image[0], window.image[1], filters});
  mlir::Value sums =
      isTransposed
          ? b->create<nn::TransposedConv2DOp>(type, x, w, c, window.strides,
                                              pads, window.dilations, groups)
                .getResult()
          : b->create<nn::Conv2DOp>(type, x, w, c, window.strides, pads,
                                    window.dilations, groups)
                .getResult();
  SmallVector<unsigned> loops(ArrayRef<unsigned>(d.batch));
  llvm::append_range(loops, d.outputImage);
  llvm::append_range(loops, outLoops);
  Tensor result = fromImage(op, {sums, DataType::F32}, loops);
  return set(op->getResult(0), isBias ? result : addInit(op, result));
}

Tensor LinalgImporter::fromImage(linalg::LinalgOp op, const Tensor &image,
                                 ArrayRef<unsigned> loops) {
  auto ranges = op.getStaticLoopRanges();
  Shape shape;
  for (unsigned loop : loops)
    shape.push_back(ranges[loop]);
  return scatter(b->reshape(image, shape), loops,
                 op.getIndexingMapMatchingResult(op->getResult(0)));
}

LogicalResult
LinalgImporter::convertPool(linalg::LinalgOp op, ReduceOp kind,
                            const linalg::ConvolutionDimensions &d) {
  if (kind == ReduceOp::Prod)
    return error("expected a pool by a maximum, a minimum or a sum");
  mlir::OpOperand *input = op.getDpsInputOperand(0);
  mlir::AffineMap map = op.getMatchingIndexingMap(input);
  Window window(op, d);
  // Axes that windows do not move along are one batch, but for the last.
  SmallVector<unsigned> batch(ArrayRef<unsigned>(d.batch));
  llvm::append_range(batch, d.depth);
  llvm::append_range(batch, d.outputChannel);
  llvm::append_range(batch, d.inputChannel);
  llvm::sort(batch);
  ArrayRef<unsigned> outer(batch), channels;
  if (!batch.empty()) {
    channels = outer.take_back(1);
    outer = outer.drop_back(1);
  }
  Tensor image = toImage(getWhole(input->get()), findAxes(map, outer),
                         findAxes(map, d.outputImage), findAxes(map, channels));
  if (image)
    image = b->slice(image, Shape(4, 0),
                     {image.shape[0], window.getExtent(0, image.shape[1]),
                      window.getExtent(1, image.shape[2]), image.shape[3]});
  if (image && kind == ReduceOp::Min)
    image = b->unary(UnaryOp::Neg, image);
  mlir::Value x = b->materialize(image);
  if (!x)
    return failure();
  RankedTensorType type =
      b->getType(DataType::F32, {image.shape[0], window.image[0],
                                 window.image[1], image.shape[3]});
  SmallVector<int64_t> pads(4, 0);
  SmallVector<unsigned> loops(outer);
  llvm::append_range(loops, d.outputImage);
  llvm::append_range(loops, channels);
  if (kind != ReduceOp::Sum) {
    Tensor largest(b->create<nn::MaxPool2DOp>(type, x, window.kernel,
                                              window.strides, pads,
                                              window.dilations),
                   DataType::F32);
    if (kind == ReduceOp::Min)
      largest = b->unary(UnaryOp::Neg, largest);
    return set(op->getResult(0),
               addInit(op, fromImage(op, largest, loops), 0, kind));
  }
  Tensor mean(b->create<nn::AvgPool2DOp>(type, x, window.kernel, window.strides,
                                         pads, window.dilations,
                                         /*count_include_pad=*/true),
              DataType::F32);
  mean = fromImage(op, mean, loops);
  int64_t count = window.kernel[0] * window.kernel[1];
  Tensor sum = b->binary(BinaryOp::Mul, mean, static_cast<double>(count));
  Tensor result = addInit(op, sum);
  if (result && result.value == sum.value)
    this->sums[result.value] = {count, [mean] { return mean; }};
  return set(op->getResult(0), result);
}
