//===- NnVerifiers.cpp - structural rules of the nn ops -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::nn;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

std::string nn::toText(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(shape, stream);
  stream << ']';
  return text;
}

static LogicalResult expectShape(Operation *op, StringRef what, Value value,
                                 ArrayRef<int64_t> expected) {
  if (shapeOf(value) == expected)
    return success();
  return op->emitOpError() << "expected " << what << " of shape "
                           << toText(expected) << ", found "
                           << toText(shapeOf(value));
}

static LogicalResult expectCount(Operation *op, StringRef what,
                                 ArrayRef<int64_t> values, size_t count,
                                 int64_t least) {
  if (values.size() != count)
    return op->emitOpError() << "expected " << count << " " << what
                             << ", found " << values.size();
  for (int64_t value : values)
    if (value < least)
      return op->emitOpError() << "expected " << what << " of at least "
                               << least << ", found " << value;
  return success();
}

namespace {
/// What convolutions and pools have in common: a window that moves over the
/// two image axes.
struct Window {
  ArrayRef<int64_t> kernel, strides, pads, dilations;

  /// The window's extent along an image axis, in input positions.
  int64_t getExtent(unsigned axis) const {
    return (kernel[axis] - 1) * dilations[axis] + 1;
  }
};
} // namespace

static LogicalResult verifyWindow(Operation *op, const Window &window) {
  return success(
      succeeded(expectCount(op, "kernel sizes", window.kernel, 2, 1)) &&
      succeeded(expectCount(op, "strides", window.strides, 2, 1)) &&
      succeeded(expectCount(op, "pads", window.pads, 4, 0)) &&
      succeeded(expectCount(op, "dilations", window.dilations, 2, 1)));
}

static LogicalResult verifyWeights(Operation *op, Value input, Value weights,
                                   Value bias, Value result, int64_t groups) {
  ArrayRef<int64_t> in = shapeOf(input), w = shapeOf(weights);
  if (groups < 1 || in[3] % groups != 0 || w[0] % groups != 0)
    return op->emitOpError()
           << "expected groups that divide " << in[3] << " input and " << w[0]
           << " output channels, found " << groups;
  if (w[3] != in[3] / groups)
    return op->emitOpError() << "expected weights with " << in[3] / groups
                             << " input channels per group, found " << w[3];
  if (failed(expectShape(op, "bias", bias, {w[0]})))
    return failure();
  ArrayRef<int64_t> out = shapeOf(result);
  return expectShape(op, "result", result, {in[0], out[1], out[2], w[0]});
}

LogicalResult Conv2DOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getResult());
  Window window{shapeOf(getWeights()).slice(1, 2), getStrides(), getPads(),
                getDilations()};
  if (failed(verifyWindow(*this, window)) ||
      failed(verifyWeights(*this, getInput(), getWeights(), getBias(),
                           getResult(), getGroups())))
    return failure();
  for (unsigned axis : {0u, 1u}) {
    int64_t room = in[1 + axis] + window.pads[axis] + window.pads[axis + 2] -
                   window.getExtent(axis);
    if (room < 0)
      return emitOpError()
             << "expected a kernel inside the padded input, found " << -room
             << " positions too many on image axis " << axis;
    int64_t size = room / window.strides[axis] + 1;
    if (out[1 + axis] != size)
      return emitOpError() << "expected result size " << size
                           << " on image axis " << axis << ", found "
                           << out[1 + axis];
  }
  return success();
}

LogicalResult TransposedConv2DOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getResult());
  Window window{shapeOf(getWeights()).slice(1, 2), getStrides(), getPads(),
                getDilations()};
  if (failed(verifyWindow(*this, window)) ||
      failed(verifyWeights(*this, getInput(), getWeights(), getBias(),
                           getResult(), getGroups())))
    return failure();
  for (unsigned axis : {0u, 1u}) {
    int64_t largest = (in[1 + axis] - 1) * window.strides[axis] +
                      window.getExtent(axis) - window.pads[axis] +
                      std::max(window.strides[axis], window.dilations[axis]) -
                      1;
    if (out[1 + axis] > largest)
      return emitOpError() << "expected a result size of at most " << largest
                           << " on image axis " << axis << ", found "
                           << out[1 + axis];
  }
  return success();
}

LogicalResult LinearOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), w = shapeOf(getWeights());
  if (in.empty())
    return emitOpError() << "expected an input of rank 1 or more, found 0";
  if (failed(expectShape(*this, "weights", getWeights(), {w[0], in.back()})) ||
      failed(expectShape(*this, "bias", getBias(), {w[0]})))
    return failure();
  SmallVector<int64_t> expected(in);
  expected.back() = w[0];
  return expectShape(*this, "result", getResult(), expected);
}

LogicalResult MatMulOp::verify() {
  ArrayRef<int64_t> l = shapeOf(getLhs()), r = shapeOf(getRhs());
  if (failed(expectShape(*this, "right side", getRhs(), {l[0], l[2], r[2]})))
    return failure();
  return expectShape(*this, "result", getResult(), {l[0], l[1], r[2]});
}

static LogicalResult verifyPool(Operation *op, Value input, Value result,
                                const Window &window) {
  ArrayRef<int64_t> in = shapeOf(input), out = shapeOf(result);
  if (failed(verifyWindow(op, window)) ||
      failed(expectShape(op, "result", result, {in[0], out[1], out[2], in[3]})))
    return failure();
  for (unsigned axis : {0u, 1u}) {
    int64_t before = window.pads[axis], stride = window.strides[axis];
    int64_t room =
        in[1 + axis] + before + window.pads[axis + 2] - window.getExtent(axis);
    int64_t floorSize = room / stride + 1;
    int64_t ceilSize = (room + stride - 1) / stride + 1;
    if (room < 0 || (out[1 + axis] != floorSize && out[1 + axis] != ceilSize))
      return op->emitOpError()
             << "expected result size " << (room < 0 ? 0 : floorSize)
             << (floorSize == ceilSize || room < 0
                     ? std::string()
                     : " or " + std::to_string(ceilSize))
             << " on image axis " << axis << ", found " << out[1 + axis];
    if (before >= window.getExtent(axis) ||
        (out[1 + axis] - 1) * stride - before >= in[1 + axis])
      return op->emitOpError()
             << "expected every window to meet the input, found one beyond it "
                "on image axis "
             << axis;
  }
  return success();
}

LogicalResult MaxPool2DOp::verify() {
  return verifyPool(*this, getInput(), getResult(),
                    {getKernel(), getStrides(), getPads(), getDilations()});
}

LogicalResult AvgPool2DOp::verify() {
  return verifyPool(*this, getInput(), getResult(),
                    {getKernel(), getStrides(), getPads(), getDilations()});
}

LogicalResult ResizeOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getResult());
  if (in[0] != out[0] || in[3] != out[3])
    return emitOpError() << "expected unchanged batch and channels, found "
                         << toText(in) << " and " << toText(out);
  if (getScales().size() != 2)
    return emitOpError() << "expected 2 scales, found " << getScales().size();
  for (double scale : getScales())
    if (!(scale > 0.0))
      return emitOpError() << "expected scales above 0, found " << scale;
  bool crops = getCoordinates() == ResizeCoordinates::TfCropAndResize;
  size_t roiSize = getRoi() ? getRoi()->size() : 0;
  if (roiSize != (crops ? 4 : 0))
    return emitOpError() << "expected " << (crops ? 4 : 0)
                         << " roi values, found " << roiSize;
  return success();
}

LogicalResult LrnOp::verify() {
  if (shapeOf(getInput()).empty())
    return emitOpError() << "expected an input of rank 1 or more, found 0";
  if (getSize() < 1)
    return emitOpError() << "expected a size of at least 1, found "
                         << getSize();
  return success();
}

static LogicalResult verifyPerChannel(Operation *op, Value input,
                                      unsigned leastRank) {
  ArrayRef<int64_t> in = shapeOf(input);
  if (in.size() < leastRank)
    return op->emitOpError() << "expected an input of rank " << leastRank
                             << " or more, found " << in.size();
  for (Value value : op->getOperands().drop_front())
    if (failed(expectShape(op, "per-channel operands", value, {in.back()})))
      return failure();
  return success();
}

LogicalResult BatchNormOp::verify() {
  return verifyPerChannel(*this, getInput(), 1);
}

LogicalResult InstanceNormOp::verify() {
  return verifyPerChannel(*this, getInput(), 2);
}

/// Whether `value` has the rank of `target`, and its sizes or 1.
static bool broadcastsTo(Value value, Value target) {
  return llvm::all_of_zip(shapeOf(value), shapeOf(target),
                          [](int64_t own, int64_t size) {
                            return own == 1 || own == size;
                          }) &&
         shapeOf(value).size() == shapeOf(target).size();
}

static LogicalResult verifyAxis(Operation *op, Value input, int64_t axis) {
  int64_t rank = shapeOf(input).size();
  if (axis >= 0 && axis < rank)
    return success();
  return op->emitOpError() << "expected an axis of at least 0 and below "
                           << rank << ", found " << axis;
}

static LogicalResult verifyTrailing(Operation *op, Value input, int64_t axis) {
  if (failed(verifyAxis(op, input, axis)))
    return failure();
  for (Value value : op->getOperands().drop_front())
    if (failed(expectShape(op, "scale and offset", value,
                           shapeOf(input).drop_front(axis))))
      return failure();
  return success();
}

LogicalResult LayerNormOp::verify() {
  return verifyTrailing(*this, getInput(), getAxis());
}

LogicalResult RmsNormOp::verify() {
  return verifyTrailing(*this, getInput(), getAxis());
}

LogicalResult SoftmaxOp::verify() {
  if (Value mask = getMask(); mask && !broadcastsTo(mask, getInput()))
    return emitOpError() << "expected a mask that broadcasts to "
                         << toText(shapeOf(getInput())) << ", found "
                         << toText(shapeOf(mask));
  return verifyAxis(*this, getInput(), getAxis());
}

LogicalResult LogSoftmaxOp::verify() {
  return verifyAxis(*this, getInput(), getAxis());
}

LogicalResult FakeQuantizeOp::verify() {
  auto stored = dyn_cast<mlir::quant::UniformQuantizedType>(getStored());
  // Sums are wider.
  bool isSum = stored && stored.isSigned() && stored.getZeroPoint() == 0 &&
               stored.getStorageTypeIntegralWidth() == 32;
  if (!stored || !stored.getExpressedType().isF32() ||
      (!isSum && stored.getStorageTypeIntegralWidth() > 16))
    return emitOpError() << "expected a type of one scale, f32 and at most 16 "
                            "bits, or 32 with a sign and zero point 0, found "
                         << getStored();
  return success();
}

LogicalResult PreluOp::verify() {
  if (!broadcastsTo(getSlope(), getInput()))
    return emitOpError() << "expected a slope that broadcasts to "
                         << toText(shapeOf(getInput())) << ", found "
                         << toText(shapeOf(getSlope()));
  return success();
}

LogicalResult UnaryOp::verify() {
  unsigned expected = getParameterCount(getKind());
  unsigned found = (getAlpha() ? 1 : 0) + (getBeta() ? 1 : 0);
  if (found != expected || (getBeta() && !getAlpha()))
    return emitOpError() << "expected " << expected << " parameters of "
                         << stringifyUnaryKind(getKind()) << ", found "
                         << found;
  return success();
}
