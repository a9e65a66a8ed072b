//===- ContractionCases.cpp - drawn sums of products ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"
#include "narrow/Analysis/AccumulatorBounds.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Fxp/IR/StorageCode.h"

using namespace narrow;
using fxp::IntegerRange;
using fxp::QuantView;
using fxp::RequantMode;

/// Keeps the interpreter's share of the time small.
static constexpr int64_t kMostMacs = 60000;

namespace {
/// What an op with constant weights needs beside its input.
struct Weights {
  Value weights, bias;
  fxp::RequantAttr requant;
  Type result;
};
} // namespace

/// A bias around nothing, of the products' size, or at the end of its width.
static int64_t drawBias(Draw &draw, IntegerRange sums, bool wide) {
  int64_t size = std::max<int64_t>(1, (sums.hi - sums.lo) / 2);
  if (draw.chance(10))
    return 0;
  if (wide)
    return draw.chance(15) ? draw.between(-(int64_t(1) << 44), int64_t(1) << 44)
                           : draw.between(-size, size);
  if (draw.chance(10))
    return draw.chance(50) ? INT32_MAX - sums.hi : INT32_MIN - sums.lo;
  return std::clamp(draw.between(-size, size), INT32_MIN - sums.lo,
                    INT32_MAX - sums.hi);
}

/// The scale ratio that spreads accumulators over the result, more or less.
static double drawRatio(Draw &draw, IntegerRange sums, const Storage &result,
                        RequantMode mode) {
  double span = double(result.range.hi - result.range.lo);
  double ratio = span / std::max<double>(1, double(sums.maxAbs())) *
                 std::exp2(draw.real(-2, 4));
  if (draw.chance(5))
    ratio = draw.scale(0x1p-30, 0x1p-1);
  if (mode == RequantMode::Pow2)
    return std::exp2(std::clamp(std::round(std::log2(ratio)), -31.0, 0.0));
  return ratio;
}

/// Replaces weights by those of a table.
static void drawFromTable(Draw &draw, IntegerRange range, size_t entries,
                          MutableArrayRef<int64_t> weights) {
  SmallVector<int64_t> table = {0};
  while (table.size() < entries)
    table.push_back(draw.atRim(range));
  for (int64_t &weight : weights)
    weight = table[uint64_t(weight) % table.size()];
}

/// Multiplies each block of a channel's weights (N4).
static void multiplyBlocks(Draw &draw, int64_t block, int64_t channels,
                           MutableArrayRef<int64_t> weights) {
  int64_t depth = int64_t(weights.size()) / channels;
  for (int64_t channel = 0; channel < channels; ++channel)
    for (int64_t from = 0; from < depth; from += block) {
      int64_t multiplier = draw.atRim({1, fxp::kMostBlockMultiplier});
      for (int64_t &weight :
           weights.slice(channel * depth + from, std::min(block, depth - from)))
        weight *= multiplier;
    }
}

static FailureOr<Weights> drawWeighted(CaseBuilder &c, Value input,
                                       ArrayRef<int64_t> shape,
                                       int64_t groups) {
  Draw &draw = c.draw;
  QuantView in(input.getType());
  if (in.isPerAxis() &&
      in.getAxis() != cast<RankedTensorType>(input.getType()).getRank() - 1)
    return failure();
  int64_t channels = shape[0], depth = 1;
  for (int64_t size : shape.drop_front())
    depth *= size;

  // Weights and what they can add up to.
  Storage storage = draw.chance(50) ? Storage{8, true, {-127, 127}}
                                    : draw.storage(draw.chance(10) ? 16 : 8);
  bool perChannel = draw.chance(70), centred = draw.chance(75);
  int64_t zero =
      storage.range.contains(0) && centred ? 0 : draw.atRim(storage.range);
  // Some in a code of fewer bits (N4).
  auto code = fxp::WeightStorage::I8;
  if (draw.chance(30)) {
    code = draw.pick({fxp::WeightStorage::I4, fxp::WeightStorage::I4,
                      fxp::WeightStorage::I2, fxp::WeightStorage::Lut4,
                      fxp::WeightStorage::Lut2});
    storage = {8, true, fxp::getStoredRange(code)};
    centred = true;
    zero = 0;
  }
  int64_t block = code == fxp::WeightStorage::I4 && draw.chance(50)
                      ? draw.pick<int64_t>({32, 32, 64, 128})
                      : 0;
  if (block)
    storage.range = {-fxp::kMostBlockField, fxp::kMostBlockField};
  SmallVector<int64_t> zeros(channels, zero);
  if (!centred && perChannel)
    for (int64_t &z : zeros)
      z = draw.atRim(storage.range);
  SmallVector<int64_t> weights =
      drawWeights(draw, storage.range, zero, channels, depth);
  if (fxp::isTable(code))
    drawFromTable(draw, storage.range, 1 << fxp::getStoredBits(code), weights);
  if (block) {
    multiplyBlocks(draw, block, channels, weights);
    storage.range = {-127, 127};
  }
  auto typed = [&](ArrayRef<double> scales) {
    Type element = perChannel
                       ? perAxis(c.getContext(), storage, scales, zeros, 0)
                       : perTensor(c.getContext(), storage, scales[0], zero);
    return RankedTensorType::get(shape, element);
  };
  SmallVector<double> scales(channels, 1.0);
  SmallVector<IntegerRange> sums =
      accumulatorBounds(input.getType(), typed(scales), weights,
                        SmallVector<int64_t>(channels, 0), groups);
  bool wide = (in.getBits() > 8 || storage.bits > 8) && draw.chance(70);
  SmallVector<int64_t> bias;
  for (IntegerRange &range : sums) {
    if (!wide && !fxp::kInt32Range.contains(range))
      return failure();
    bias.push_back(drawBias(draw, range, wide));
    range = {range.lo + bias.back(), range.hi + bias.back()};
  }

  // The result and the way to it.
  RequantMode mode = draw.mode();
  Storage stored = draw.storage(32);
  fxp::RequantOptions options;
  options.accumulators = sums;
  SmallVector<double> ratios, resultScales, remainders;
  SmallVector<int64_t> resultZeros;
  bool manyScales = perChannel && draw.chance(15);
  int64_t resultZero = draw.atRim(stored.range);
  double resultScale = draw.scale(1e-3, 1), common = 0;
  for (int64_t o = 0; o < channels; ++o) {
    double ratio = drawRatio(draw, sums[o], stored, mode);
    common = o == 0 ? ratio : common;
    ratios.push_back(perChannel ? ratio : common);
    resultScales.push_back(manyScales ? resultScale * draw.real(0.5, 2)
                                      : resultScale);
    if (manyScales && mode == RequantMode::Pow2)
      resultScales.back() = resultScale * std::exp2(draw.between(-1, 1));
    // Other modes have one zero point for all channels.
    bool manyZeros = manyScales && mode == RequantMode::Q15;
    resultZeros.push_back(manyZeros ? draw.atRim(stored.range) : resultZero);
    remainders.push_back(draw.real(-0.5, 0.5));
    scales[o] = ratios[o] * resultScales[o] / in.getLargestScale();
  }
  if (!perChannel)
    ratios.resize(1);
  if (draw.chance(30))
    options.biasRemainders = remainders;
  SmallVector<int32_t> lows, highs;
  if (draw.chance(40)) {
    for (int64_t o = 0, e = draw.chance(50) ? 1 : channels; o < e; ++o) {
      lows.push_back(draw.between(stored.range.lo, stored.range.hi));
      highs.push_back(draw.between(lows.back(), stored.range.hi));
    }
    if (draw.chance(70))
      options.min = lows;
    if (draw.chance(70))
      options.max = highs;
  }
  Weights made;
  made.result =
      manyScales
          ? perAxis(c.getContext(), stored, resultScales, resultZeros,
                    cast<RankedTensorType>(input.getType()).getRank() - 1)
          : perTensor(c.getContext(), stored, resultScale, resultZero);
  // q31 instead of q15 would want one zero point, so it is no way out there.
  auto requant = manyScales && mode == RequantMode::Q15
                     ? fxp::chooseRequant(c.getContext(), mode, ratios,
                                          made.result, options)
                     : fxp::chooseRequantOrExact(c.getContext(), mode, ratios,
                                                 made.result, options);
  if (failed(requant))
    return failure();
  made.requant = draw.given(*requant);
  for (IntegerRange range : addOffsets(sums, made.requant))
    if (!wide && !fxp::kInt32Range.contains(range))
      return failure();
  made.weights = c.constant(typed(scales), weights);
  if (code != fxp::WeightStorage::I8)
    made.weights.getDefiningOp<fxp::ConstantOp>().setStorage(code);
  if (block)
    fxp::setBlock(made.weights.getDefiningOp<fxp::ConstantOp>(), block);
  made.bias =
      c.constant(RankedTensorType::get(
                     {channels}, c.getBuilder().getIntegerType(wide ? 64 : 32)),
                 bias);
  return made;
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

Value narrow::drawImage(CaseBuilder &c, int64_t mostChannels,
                        unsigned mostBits) {
  Draw &draw = c.draw;
  int64_t channels = draw.size(mostChannels);
  int64_t room = std::max<int64_t>(2, 3000 / channels);
  int64_t height = draw.between(1, std::min<int64_t>(12, room));
  int64_t width = draw.between(1, std::clamp<int64_t>(room / height, 1, 40));
  Storage storage = draw.storage(mostBits);
  double scale = draw.scale(1e-3, 1);
  Type type;
  if (draw.chance(15)) {
    SmallVector<int64_t> zeros;
    for (int64_t i = 0; i < channels; ++i)
      zeros.push_back(draw.atRim(storage.range));
    type = perAxis(c.getContext(), storage,
                   SmallVector<double>(channels, scale), zeros, 3);
  } else {
    type = perTensor(c.getContext(), storage, scale, draw.atRim(storage.range));
  }
  return c.argument({draw.pick<int64_t>({1, 1, 1, 2}), height, width, channels},
                    type);
}

namespace {
/// One image axis of a convolution.
struct ConvAxis {
  int64_t kernel, stride, dilation, before, after;
  int64_t extent() const { return dilation * (kernel - 1) + 1; }
};
} // namespace

static ConvAxis drawAxis(Draw &draw, int64_t kernel) {
  ConvAxis axis{kernel, draw.pick<int64_t>({1, 1, 1, 2, 2, 3}),
                draw.pick<int64_t>({1, 1, 1, 1, 2, 3}), 0, 0};
  // As far as a window without any input.
  int64_t most = draw.chance(80) ? axis.extent() / 2 : axis.extent();
  axis.before = draw.between(0, most);
  axis.after = draw.chance(60) ? axis.before : draw.between(0, most);
  return axis;
}

static std::pair<ConvAxis, ConvAxis> drawAxes(Draw &draw) {
  int64_t kernel = draw.pick<int64_t>({1, 1, 2, 3, 3, 3, 4, 5, 7});
  bool square = draw.chance(75);
  ConvAxis y = drawAxis(draw, kernel);
  ConvAxis x = square ? y : drawAxis(draw, draw.between(1, 5));
  return {y, x};
}

template <typename Op>
static Step makeConvolution(CaseBuilder &c, Value image, const ConvAxis &y,
                            const ConvAxis &x, int64_t groups, int64_t outputs,
                            int64_t height, int64_t width) {
  ArrayRef<int64_t> in = shapeOf(image);
  int64_t depth = in[3] / groups;
  FailureOr<Weights> w =
      drawWeighted(c, image, {outputs, y.kernel, x.kernel, depth}, groups);
  if (failed(w))
    return failure();
  OpBuilder &b = c.getBuilder();
  return Op::create(
             b, c.getLoc(),
             RankedTensorType::get({in[0], height, width, outputs}, w->result),
             image, w->weights, w->bias, w->requant,
             b.getDenseI64ArrayAttr({y.stride, x.stride}),
             b.getDenseI64ArrayAttr({y.before, x.before, y.after, x.after}),
             b.getDenseI64ArrayAttr({y.dilation, x.dilation}),
             b.getI64IntegerAttr(groups))
      .getResult();
}

static int64_t drawOutputs(Draw &draw, int64_t macsPerOutput, int64_t groups) {
  int64_t most = kMostMacs / std::max<int64_t>(1, macsPerOutput * groups);
  return groups * draw.size(std::clamp<int64_t>(most, 1, 140));
}

static Step drawForwardConv(CaseBuilder &c, Value image, int64_t groups) {
  Draw &draw = c.draw;
  ArrayRef<int64_t> in = shapeOf(image);
  auto [y, x] = drawAxes(draw);
  int64_t roomY = in[1] + y.before + y.after - y.extent(),
          roomX = in[2] + x.before + x.after - x.extent();
  if (roomY < 0 || roomX < 0)
    return failure();
  int64_t height = roomY / y.stride + 1, width = roomX / x.stride + 1;
  int64_t pixels = in[0] * height * width;
  int64_t outputs =
      groups == in[3]
          ? groups * draw.pick<int64_t>({1, 1, 1, 1, 2, 3})
          : drawOutputs(draw, pixels * y.kernel * x.kernel * in[3] / groups,
                        groups);
  if (pixels * y.kernel * x.kernel * (in[3] / groups) * outputs > 4 * kMostMacs)
    return failure();
  return makeConvolution<fxp::Conv2DOp>(c, image, y, x, groups, outputs, height,
                                        width);
}

/// Returns a divisor of `value`, 1 most of the time.
static int64_t drawGroups(Draw &draw, int64_t value) {
  if (draw.chance(65))
    return 1;
  int64_t groups = draw.between(1, value);
  while (value % groups)
    --groups;
  return groups;
}

Step narrow::drawConv(CaseBuilder &c, Value image) {
  return drawForwardConv(c, image, drawGroups(c.draw, shapeOf(image)[3]));
}

Step narrow::drawDepthwise(CaseBuilder &c, Value image) {
  return drawForwardConv(c, image, shapeOf(image)[3]);
}

static Step drawTransposedConv(CaseBuilder &c, Value image) {
  Draw &draw = c.draw;
  ArrayRef<int64_t> in = shapeOf(image);
  auto [y, x] = drawAxes(draw);
  // The result may reach past the last window: zeros there but for the bias.
  auto size = [&](const ConvAxis &axis, int64_t extent) {
    return (extent - 1) * axis.stride + axis.extent() - axis.before -
           axis.after + draw.between(0, axis.stride - 1);
  };
  int64_t height = size(y, in[1]), width = size(x, in[2]);
  if (height < 1 || width < 1)
    return failure();
  int64_t groups = drawGroups(draw, in[3]);
  int64_t macs = in[0] * in[1] * in[2] * in[3] / groups * y.kernel * x.kernel;
  return makeConvolution<fxp::TransposedConv2DOp>(
      c, image, y, x, groups, drawOutputs(draw, macs, groups), height, width);
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

Step narrow::drawLinear(CaseBuilder &c, Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  int64_t elements = cast<RankedTensorType>(input.getType()).getNumElements();
  int64_t outputs =
      c.draw.size(std::clamp<int64_t>(kMostMacs / elements, 1, 200));
  FailureOr<Weights> w = drawWeighted(c, input, {outputs, in.back()}, 1);
  if (failed(w))
    return failure();
  SmallVector<int64_t> shape(in);
  shape.back() = outputs;
  return fxp::FullyConnectedOp::create(c.getBuilder(), c.getLoc(),
                                       RankedTensorType::get(shape, w->result),
                                       input, w->weights, w->bias, w->requant)
      .getResult();
}

static Step drawMatMul(CaseBuilder &c, Value lhs, Value rhs) {
  Draw &draw = c.draw;
  QuantView left(lhs.getType()), right(rhs.getType());
  if (left.isPerAxis() || right.isPerAxis())
    return failure();
  ArrayRef<int64_t> a = shapeOf(lhs), b = shapeOf(rhs);
  int64_t most = a[2] * left.getCenteredRange().maxAbs() *
                 right.getCenteredRange().maxAbs();
  if (most > INT32_MAX)
    return failure();
  RequantMode mode = draw.mode();
  Storage stored = draw.storage(32);
  IntegerRange sums{-most, most};
  double ratio = drawRatio(draw, sums, stored, mode);
  Type result = perTensor(c.getContext(), stored,
                          left.getScale() * right.getScale() / ratio,
                          draw.atRim(stored.range));
  auto requant =
      fxp::chooseElementwiseRequant(c.getContext(), mode, ratio, sums, result);
  if (failed(requant))
    return failure();
  return fxp::MatMulOp::create(
             c.getBuilder(), c.getLoc(),
             RankedTensorType::get({a[0], a[1], b[2]}, result), lhs, rhs,
             draw.given(*requant))
      .getResult();
}

static LogicalResult drawMatMulCase(CaseBuilder &c) {
  Draw &draw = c.draw;
  int64_t batch = draw.between(1, 3), rows = draw.size(20),
          depth = draw.size(70), columns = draw.size(40);
  auto element = [&] {
    Storage storage = draw.storage(draw.chance(20) ? 16 : 8);
    return perTensor(c.getContext(), storage, draw.scale(1e-3, 1),
                     draw.atRim(storage.range));
  };
  Value lhs = c.argument({batch, rows, depth}, element());
  auto type = RankedTensorType::get({batch, depth, columns}, element());
  Value rhs = draw.chance(15)
                  ? c.drawnConstant(type)
                  : c.argument(type.getShape(), type.getElementType());
  return finishCase(c, drawMatMul(c, lhs, rhs));
}

ArrayRef<CaseFamily> narrow::getContractionFamilies() {
  static const CaseFamily families[] = {
      {"conv", "convolutions: strides, dilations, groups, padding",
       [](CaseBuilder &c) {
         return drawOn(c, drawConv, drawImage(c, 130, drawWidth(c, 15)));
       }},
      {"depthwise", "depthwise convolutions with channel multipliers",
       [](CaseBuilder &c) {
         return drawOn(c, drawDepthwise, drawImage(c, 130, drawWidth(c, 10)));
       }},
      {"transposed", "transposed convolutions",
       [](CaseBuilder &c) {
         Value image = drawImage(c, 60, drawWidth(c, 10));
         return finishCase(c, drawTransposedConv(c, image));
       }},
      {"linear", "fully connected layers of one and of many rows",
       [](CaseBuilder &c) {
         return drawOn(c, drawLinear, drawTensor(c, drawWidth(c, 15), false));
       }},
      {"matmul", "products of two activations", drawMatMulCase},
  };
  return families;
}
