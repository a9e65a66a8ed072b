//===- PoolCases.cpp - drawn pools and reductions -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"

using namespace narrow;
using fxp::IntegerRange;
using fxp::QuantView;
using fxp::RequantMode;

namespace {
/// One image axis of a pool.
struct PoolAxis {
  int64_t kernel, stride, dilation, before, after, output;
};
} // namespace

/// Draws an axis whose windows all hold an input position; fails where the
/// draw has one that does not.
static FailureOr<PoolAxis> drawAxis(Draw &draw, int64_t input, bool dilated) {
  PoolAxis axis;
  axis.kernel =
      draw.chance(15) ? input : draw.pick<int64_t>({1, 2, 2, 3, 3, 3, 4, 5});
  axis.stride = draw.pick<int64_t>({1, 1, 2, 2, 3});
  axis.dilation = dilated ? draw.pick<int64_t>({1, 1, 1, 2, 3}) : 1;
  int64_t extent = axis.dilation * (axis.kernel - 1) + 1;
  axis.before = draw.chance(50) ? 0 : draw.between(0, axis.kernel / 2);
  axis.after = draw.chance(60) ? axis.before : draw.between(0, axis.kernel / 2);
  int64_t room = input + axis.before + axis.after - extent;
  if (room < 0)
    return failure();
  bool ceil = draw.chance(30);
  axis.output = (ceil ? room + axis.stride - 1 : room) / axis.stride + 1;
  for (int64_t o = 0; o < axis.output; ++o) {
    bool reaches = false;
    for (int64_t k = 0; k < axis.kernel; ++k) {
      int64_t at = o * axis.stride + k * axis.dilation - axis.before;
      reaches = reaches || (at >= 0 && at < input);
    }
    if (!reaches)
      return failure();
  }
  return axis;
}

Step narrow::drawMaxPool(CaseBuilder &c, Value image) {
  ArrayRef<int64_t> in = shapeOf(image);
  if (QuantView view(image.getType()); view.isPerAxis() && view.getAxis() != 3)
    return failure();
  auto y = drawAxis(c.draw, in[1], true), x = drawAxis(c.draw, in[2], true);
  if (failed(y) || failed(x))
    return failure();
  OpBuilder &b = c.getBuilder();
  return fxp::MaxPool2DOp::create(
             b, c.getLoc(),
             withShape(image, {in[0], y->output, x->output, in[3]}), image,
             b.getDenseI64ArrayAttr({y->kernel, x->kernel}),
             b.getDenseI64ArrayAttr({y->stride, x->stride}),
             b.getDenseI64ArrayAttr({y->before, x->before, y->after, x->after}),
             b.getDenseI64ArrayAttr({y->dilation, x->dilation}))
      .getResult();
}

Step narrow::drawAvgPool(CaseBuilder &c, Value image) {
  Draw &draw = c.draw;
  ArrayRef<int64_t> in = shapeOf(image);
  QuantView from(image.getType());
  if (from.isPerAxis() && (from.getAxis() != 3 || !from.hasOneScale()))
    return failure();
  auto y = drawAxis(draw, in[1], false), x = drawAxis(draw, in[2], false);
  if (failed(y) || failed(x))
    return failure();
  if (draw.chance(25)) // A global pool.
    *y = {in[1], 1, 1, 0, 0, 1}, *x = {in[2], 1, 1, 0, 0, 1};
  Storage stored = draw.storage(16);
  double scale = from.getScale() * double(from.getCenteredRange().maxAbs()) /
                 double(stored.range.hi - stored.range.lo) *
                 std::exp2(draw.real(-2, 3));
  RequantMode mode = draw.mode();
  if (mode == RequantMode::Pow2)
    scale = from.getScale() * std::exp2(draw.between(0, 3));
  Type result =
      perTensor(c.getContext(), stored, scale, draw.atRim(stored.range));
  int64_t kernel[] = {y->kernel, x->kernel}, strides[] = {y->stride, x->stride};
  int64_t pads[] = {y->before, x->before, y->after, x->after};
  fxp::PoolGeometry geometry{in[1],  in[2],   y->output, x->output,
                             kernel, strides, pads};
  auto p = fxp::chooseAvgPool(c.getContext(), mode, from.getElementType(),
                              result, geometry, draw.chance(30));
  if (failed(p))
    return failure();
  OpBuilder &b = c.getBuilder();
  return fxp::AvgPool2DOp::create(
             b, c.getLoc(),
             RankedTensorType::get({in[0], y->output, x->output, in[3]},
                                   result),
             image, draw.given(p->requant), b.getDenseI64ArrayAttr(kernel),
             b.getDenseI64ArrayAttr(strides), b.getDenseI64ArrayAttr(pads),
             b.getDenseI64ArrayAttr(p->counts))
      .getResult();
}

static Step drawReduction(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  OpBuilder &b = c.getBuilder();
  QuantView from(input.getType());
  SmallVector<int64_t> shape(shapeOf(input));
  int64_t axis = draw.between(0, shape.size() - 1);
  if (axis == from.getAxis())
    return failure();
  int64_t extent = shape[axis];
  shape[axis] = 1;
  if (draw.chance(40))
    return fxp::ReduceMaxOp::create(b, c.getLoc(), withShape(input, shape),
                                    input, b.getI64IntegerAttr(axis))
        .getResult();
  IntegerRange values = from.getCenteredRange();
  IntegerRange sums{values.lo * extent, values.hi * extent};
  if (!fxp::kInt32Range.contains(sums))
    return failure();
  Storage stored = draw.storage(16);
  RequantMode mode = draw.mode();
  int64_t divisor = draw.chance(50) ? extent : 1;
  // Channels keep their scales; one of the result's own is drawn else.
  int64_t channelAxis = from.isPerAxis()  ? from.getAxis()
                        : draw.chance(25) ? int64_t(shape.size()) - 1
                                          : -1;
  SmallVector<double> ratios, scales;
  SmallVector<int64_t> zeros;
  bool manyZeros = mode == RequantMode::Q15 && draw.chance(50);
  int64_t zero = draw.atRim(stored.range);
  for (int64_t i = 0, e = channelAxis >= 0 ? shape[channelAxis] : 1; i < e;
       ++i) {
    double scale = from.getScale(i) *
                   double(std::max<int64_t>(1, sums.maxAbs())) /
                   double(divisor) / double(stored.range.hi - stored.range.lo) *
                   std::exp2(draw.real(-2, 3));
    if (mode == RequantMode::Pow2)
      scale =
          from.getScale(i) * std::exp2(draw.between(0, 8)) / double(divisor);
    scales.push_back(scale);
    zeros.push_back(manyZeros ? draw.atRim(stored.range) : zero);
    ratios.push_back(from.getScale(i) / (scale * double(divisor)));
  }
  Type result =
      channelAxis >= 0
          ? perAxis(c.getContext(), stored, scales, zeros, channelAxis)
          : perTensor(c.getContext(), stored, scales[0], zero);
  fxp::RequantOptions options;
  options.accumulators = sums;
  options.offsetTolerance = fxp::kExactOffset;
  auto requant =
      manyZeros && channelAxis >= 0
          ? fxp::chooseRequant(c.getContext(), mode, ratios, result, options)
          : fxp::chooseRequantOrExact(c.getContext(), mode, ratios, result,
                                      options);
  if (failed(requant))
    return failure();
  return fxp::ReduceSumOp::create(
             b, c.getLoc(), RankedTensorType::get(shape, result), input,
             draw.given(*requant), b.getI64IntegerAttr(axis),
             b.getI64IntegerAttr(divisor))
      .getResult();
}

ArrayRef<CaseFamily> narrow::getPoolFamilies() {
  static const CaseFamily families[] = {
      {"max_pool", "max pools",
       [](CaseBuilder &c) {
         return drawOn(c, drawMaxPool, drawImage(c, 130, 16));
       }},
      {"avg_pool", "average and global pools",
       [](CaseBuilder &c) {
         return drawOn(c, drawAvgPool, drawImage(c, 130, 16));
       }},
      {"reduce", "sums, means and maxima along an axis",
       [](CaseBuilder &c) {
         return drawOn(c, drawReduction, drawTensor(c, 16, true));
       }},
  };
  return families;
}
