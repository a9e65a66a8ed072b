//===- ElementwiseCases.cpp - drawn arithmetic, tables and softmax --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Fxp/IR/Segments.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using fxp::IntegerRange;
using fxp::QuantView;
using fxp::RequantMode;

/// Returns the shape that both broadcast to.
static SmallVector<int64_t> broadcast(Value lhs, Value rhs) {
  SmallVector<int64_t> shape(shapeOf(lhs));
  for (auto [size, other] : llvm::zip_equal(shape, shapeOf(rhs)))
    size = size == 1 ? other : size;
  return shape;
}

Step narrow::drawBinary(CaseBuilder &c, Value lhs, Value rhs) {
  Draw &draw = c.draw;
  QuantView left(lhs.getType()), right(rhs.getType());
  if (left.isPerAxis() || right.isPerAxis())
    return failure();
  Storage stored = draw.storage(16);
  double span = double(left.getCenteredRange().maxAbs()) * left.getScale() +
                double(right.getCenteredRange().maxAbs()) * right.getScale();
  double scale = span / double(stored.range.hi - stored.range.lo) *
                 std::exp2(draw.real(-2, 2));
  Type result =
      perTensor(c.getContext(), stored, scale, draw.atRim(stored.range));
  auto p =
      fxp::chooseAdd(left.getElementType(), right.getElementType(), result);
  if (failed(p))
    return failure();
  mlir::IntegerAttr min, max;
  if (draw.chance(30)) {
    int64_t lo = draw.between(stored.range.lo, stored.range.hi);
    min = c.i32(lo);
    if (draw.chance(60))
      max = c.i32(draw.between(lo, stored.range.hi));
  }
  auto type = RankedTensorType::get(broadcast(lhs, rhs), result);
  auto make = [&](auto op) -> Value {
    return decltype(op)::create(
        c.getBuilder(), c.getLoc(), type, lhs, rhs, c.i32(p->lhsMultiplier),
        c.i32(p->rhsMultiplier), c.i32(p->shift), min, max);
  };
  switch (draw.between(0, 4)) {
  case 0:
    return make(fxp::SubOp());
  case 1:
    return make(fxp::MinOp());
  case 2:
    return make(fxp::MaxOp());
  default:
    return make(fxp::AddOp());
  }
}

/// The ratio that spreads `values` over the result, more or less.
static double drawRatio(Draw &draw, IntegerRange values, const Storage &result,
                        RequantMode mode) {
  double ratio = double(result.range.hi - result.range.lo) /
                 std::max<double>(1, double(values.maxAbs())) *
                 std::exp2(draw.real(-3, 3));
  if (mode == RequantMode::Pow2)
    return std::exp2(std::clamp(std::round(std::log2(ratio)), -31.0, 0.0));
  return ratio;
}

static Step drawMul(CaseBuilder &c, Value lhs, Value rhs) {
  Draw &draw = c.draw;
  QuantView left(lhs.getType()), right(rhs.getType());
  if (left.isPerAxis() || right.isPerAxis())
    return failure();
  int64_t most =
      left.getCenteredRange().maxAbs() * right.getCenteredRange().maxAbs();
  if (most > INT32_MAX)
    return failure();
  IntegerRange values{-most, most};
  RequantMode mode = draw.mode();
  Storage stored = draw.storage(16);
  SmallVector<int64_t> shape = broadcast(lhs, rhs);
  bool manyScales = draw.chance(15);
  SmallVector<double> ratios, scales;
  SmallVector<int64_t> zeros;
  int64_t zero = draw.atRim(stored.range);
  for (int64_t i = 0, e = manyScales ? shape.back() : 1; i < e; ++i) {
    ratios.push_back(drawRatio(draw, values, stored, mode));
    scales.push_back(left.getScale() * right.getScale() / ratios.back());
    zeros.push_back(zero);
  }
  Type result = manyScales ? perAxis(c.getContext(), stored, scales, zeros,
                                     int64_t(shape.size()) - 1)
                           : perTensor(c.getContext(), stored, scales[0], zero);
  auto requant = fxp::chooseElementwiseRequant(c.getContext(), mode, ratios,
                                               values, result);
  if (failed(requant))
    return failure();
  return fxp::MulOp::create(c.getBuilder(), c.getLoc(),
                            RankedTensorType::get(shape, result), lhs, rhs,
                            draw.given(*requant))
      .getResult();
}

static Step drawCombine(CaseBuilder &c, Value lhs, Value rhs) {
  Draw &draw = c.draw;
  QuantView left(lhs.getType()), right(rhs.getType());
  if (left.isPerAxis() || right.isPerAxis())
    return failure();
  MLIRContext *context = c.getContext();
  auto none = mlir::DenseI32ArrayAttr::get(context, {});
  auto list = [&](int64_t value) {
    return mlir::DenseI32ArrayAttr::get(context, {static_cast<int32_t>(value)});
  };
  // A ratio of 2^-20 to 2^20, as models bring operands to a common scale.
  auto drawRescale = [&](int64_t leastShift, int64_t mostShift) {
    auto mode = draw.pick({RequantMode::Q31, RequantMode::Q31Double});
    return fxp::RequantAttr::get(
        context, mode, list(draw.between(1 << 30, INT32_MAX)),
        list(draw.between(leastShift, mostShift)), none, none, none,
        /*given=*/true);
  };
  auto drawSide = [&] {
    if (draw.chance(20))
      return fxp::RequantAttr::get(context, RequantMode::Pow2, none,
                                   list(draw.between(0, 4)), none, none, none,
                                   /*given=*/true);
    return drawRescale(10, 50);
  };
  auto kind = draw.pick({fxp::CombineKind::Add, fxp::CombineKind::Add,
                         fxp::CombineKind::Sub, fxp::CombineKind::Mul,
                         fxp::CombineKind::Min, fxp::CombineKind::Max});
  fxp::RequantAttr a = drawSide(), b = drawSide();
  int64_t leftShift = draw.chance(50) ? 0 : draw.between(0, 20),
          rightShift = draw.chance(50) ? 0 : draw.between(0, 20);
  if (!fxp::isCombineExact(kind, {lhs.getType(), a, leftShift},
                           {rhs.getType(), b, rightShift}))
    return failure();
  Storage stored = draw.storage(16);
  Type result = perTensor(context, stored, 1.0, draw.atRim(stored.range));
  return fxp::CombineOp::create(
             c.getBuilder(), c.getLoc(),
             RankedTensorType::get(broadcast(lhs, rhs), result), kind, lhs, a,
             rhs, b, drawRescale(28, 56), leftShift, rightShift)
      .getResult();
}

Step narrow::drawRequantize(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  QuantView from(input.getType());
  ArrayRef<int64_t> shape = shapeOf(input);
  RequantMode mode = draw.mode();
  Storage stored = draw.storage(32);
  IntegerRange values = from.getCenteredRange();
  int64_t axis = from.isPerAxis()  ? from.getAxis()
                 : shape.empty()   ? -1
                 : draw.chance(70) ? int64_t(shape.size()) - 1
                                   : draw.between(0, shape.size() - 1);
  bool many = axis >= 0 && draw.chance(from.isPerAxis() ? 60 : 25);
  int64_t channels = many ? shape[axis] : 1;
  SmallVector<double> scales;
  SmallVector<int64_t> zeros;
  bool manyZeros = mode == RequantMode::Q15 && draw.chance(50);
  int64_t zero = draw.atRim(stored.range);
  for (int64_t i = 0; i < channels; ++i) {
    double ratio = drawRatio(draw, values, stored, mode);
    scales.push_back(from.getScale(i) / ratio);
    zeros.push_back(manyZeros ? draw.atRim(stored.range) : zero);
  }
  Type result = many ? perAxis(c.getContext(), stored, scales, zeros, axis)
                     : perTensor(c.getContext(), stored, scales[0], zero);
  QuantView to(result);
  SmallVector<double> ratios;
  for (int64_t i = 0, e = std::max(from.getNumChannels(), to.getNumChannels());
       i < e; ++i)
    ratios.push_back(from.getScale(i) / to.getScale(i));
  fxp::RequantOptions options;
  SmallVector<int32_t> lows, highs;
  if (draw.chance(30)) {
    // Without scales per axis, channels are those of the last axis.
    int64_t last = int64_t(shape.size()) - 1;
    int64_t channelAxis = many || from.isPerAxis() ? axis : last;
    int64_t bounds =
        channelAxis >= 0 && draw.chance(60) ? shape[channelAxis] : 1;
    for (int64_t i = 0; i < bounds; ++i) {
      lows.push_back(draw.between(stored.range.lo, stored.range.hi));
      highs.push_back(draw.between(lows.back(), stored.range.hi));
    }
    options.min = lows;
    options.max = highs;
  }
  options.accumulators = values;
  options.offsetTolerance = fxp::kExactOffset;
  // q31 instead of q15 would want one zero point, so it is no way out there.
  auto requant =
      manyZeros && many
          ? fxp::chooseRequant(c.getContext(), mode, ratios, result, options)
          : fxp::chooseRequantOrExact(c.getContext(), mode, ratios, result,
                                      options);
  if (failed(requant))
    return failure();
  return fxp::RequantizeOp::create(c.getBuilder(), c.getLoc(),
                                   RankedTensorType::get(shape, result), input,
                                   draw.given(*requant))
      .getResult();
}

Step narrow::drawLookup(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  QuantView from(input.getType());
  if (from.getBits() > 16)
    return failure();
  Storage stored = draw.storage(16);
  ArrayRef<int64_t> shape = shapeOf(input);
  double scale = double(from.getCenteredRange().maxAbs()) * from.getScale() /
                 double(stored.range.hi - stored.range.lo) *
                 std::exp2(draw.real(-1, 2));
  Type result =
      perTensor(c.getContext(), stored, scale, draw.atRim(stored.range));
  bool perChannel =
      from.isPerAxis() || (from.getBits() <= 8 && draw.chance(20));
  if (perChannel && from.getBits() > 8)
    return failure();
  if (perChannel &&
      (shape.empty() ||
       (from.isPerAxis() && from.getAxis() != int64_t(shape.size()) - 1)))
    return failure();
  int64_t channels = perChannel ? shape.back() : 0;
  // A random table; a PReLU, that is two lines; or something bent.
  ElementsAttr table;
  enum { Any, Lines, Bent };
  auto kind = draw.pick({Any, Lines, Lines, Bent});
  SmallVector<double> slopes;
  for (int64_t i = 0; i < std::max<int64_t>(1, channels); ++i)
    slopes.push_back(draw.pick({0.0, 0.01, draw.real(-1, 2)}));
  auto function = [&](double x, int64_t channel) {
    double slope = slopes[slopes.size() == 1 ? 0 : channel];
    return kind == Lines ? (x < 0 ? slope * x : x)
                         : x / (1 + std::exp(-slope * x));
  };
  DenseElementsAttr built =
      fxp::buildLookupTable(from.getElementType(), result, channels, function);
  table = built;
  if (kind == Any) {
    SmallVector<int64_t> values(built.getNumElements());
    for (int64_t &value : values)
      value = draw.between(stored.range.lo, stored.range.hi);
    table = makeConstant(cast<RankedTensorType>(built.getType()), values);
  }
  return fxp::LookupOp::create(c.getBuilder(), c.getLoc(),
                               RankedTensorType::get(shape, result), input,
                               table)
      .getResult();
}

static Step drawInterpolate(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  QuantView from(input.getType());
  if (from.isPerAxis())
    return failure();
  Storage stored = draw.storage(16);
  Type result = perTensor(c.getContext(), stored, draw.scale(1e-3, 1),
                          draw.atRim(stored.range));
  OpBuilder &b = c.getBuilder();
  fxp::SegmentForm form;
  form.stored = from.getStorageRange();
  mlir::IntegerAttr origin, octaveBits;
  if (draw.chance(60)) {
    form.origin = static_cast<int32_t>(draw.atRim(form.stored));
    form.octaveBits =
        static_cast<int32_t>(draw.between(0, fxp::kMostOctaveBits));
    origin = c.i32(*form.origin);
    octaveBits = b.getI64IntegerAttr(form.octaveBits);
  }
  // Any lengths that leave few enough segments.
  SmallVector<int32_t> bits;
  int64_t longest = draw.between(4, 10);
  for (const fxp::SegmentSide &side : form.getSides())
    for (const fxp::SegmentBlock &block : side.blocks) {
      int64_t most = std::min<int64_t>(
          fxp::kPlaceBits, form.origin ? llvm::Log2_64(block.width) : 14);
      int64_t least = std::max<int64_t>(
          0, int64_t(llvm::Log2_64_Ceil(block.width)) - longest);
      bits.push_back(
          static_cast<int32_t>(draw.between(std::min(least, most), most)));
    }
  auto sides = form.getSides(bits);
  if (fxp::countSegments(form, sides) > fxp::kMostSegments)
    return failure();
  int32_t fraction = static_cast<int32_t>(draw.between(0, 8));
  // Ends of i16 in some, the result's range in others.
  int64_t reach =
      draw.chance(50)
          ? INT16_MAX
          : std::min<int64_t>(INT16_MAX, stored.range.hi << fraction);
  SmallVector<int64_t> entries(fxp::countEntries(sides));
  for (int64_t &entry : entries)
    entry = draw.atRim({-reach - 1, reach});
  auto type =
      RankedTensorType::get(int64_t(entries.size()), b.getIntegerType(16));
  return fxp::InterpolateOp::create(
             b, c.getLoc(), RankedTensorType::get(shapeOf(input), result),
             input, makeConstant(type, entries), b.getDenseI32ArrayAttr(bits),
             c.i32(fraction), origin, octaveBits)
      .getResult();
}

static Step drawSoftmax(CaseBuilder &c, Value input) {
  QuantView from(input.getType());
  if (from.isPerAxis())
    return failure();
  fxp::SoftmaxParameters p = fxp::planSoftmax(from.getElementType());
  OpBuilder &b = c.getBuilder();
  if (c.draw.chance(40)) {
    // Logarithms that fill the result's range, more or less.
    Storage stored = c.draw.storage(16);
    IntegerRange values = from.getStorageRange();
    double range =
        std::min(30.0, double(values.hi - values.lo) * from.getScale());
    double scale = range / double(stored.range.hi - stored.range.lo) *
                   std::exp2(c.draw.real(-3, 3));
    Type result =
        perTensor(c.getContext(), stored, scale, c.draw.atRim(stored.range));
    auto log = fxp::chooseLogSoftmax(from.getElementType(), result);
    if (failed(log))
      return failure();
    return fxp::LogSoftmaxOp::create(
               b, c.getLoc(), RankedTensorType::get(shapeOf(input), result),
               input, c.i32(p.preShift), c.i32(p.postShift),
               c.i32(p.distanceMax), c.i32(p.multiplier),
               c.i32(log->scaleMultiplier), c.i32(log->scaleShift),
               b.getI64IntegerAttr(log->logMultiplier))
        .getResult();
  }
  Storage stored{8, false, {0, 255}};
  int64_t fraction = c.draw.chance(50) ? 8 : c.draw.between(8, 13);
  if (c.draw.chance(40)) {
    stored = {16,
              true,
              {c.draw.chance(50) ? 0 : -32768,
               (int64_t(1) << c.draw.between(8, 15)) - 1}};
    fraction = c.draw.between(8, 22);
  }
  return fxp::SoftmaxOp::create(
             b, c.getLoc(),
             RankedTensorType::get(shapeOf(input),
                                   perTensor(c.getContext(), stored,
                                             std::ldexp(1.0, -fraction), 0)),
             input, c.i32(p.preShift), c.i32(p.postShift), c.i32(p.distanceMax),
             c.i32(p.multiplier),
             c.draw.chance(30) ? b.getUnitAttr() : mlir::UnitAttr())
      .getResult();
}

static Step drawNormalize(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  QuantView from(input.getType());
  ArrayRef<int64_t> shape = shapeOf(input);
  int64_t rank = shape.size();
  if (from.isPerAxis() || rank == 0)
    return failure();
  SmallVector<int64_t> axes;
  int64_t first = draw.between(0, rank - 1);
  switch (draw.between(0, 3)) {
  case 0:
    for (int64_t axis = 1; axis + 1 < rank; ++axis)
      axes.push_back(axis);
    break;
  case 1:
    for (int64_t axis = 0; axis < rank; ++axis)
      if (draw.chance(50))
        axes.push_back(axis);
    break;
  default:
    for (int64_t axis = first; axis < rank; ++axis)
      axes.push_back(axis);
  }
  int64_t length = 1;
  for (int64_t axis : axes)
    length *= shape[axis];
  Storage stored = draw.storage(16);
  // Results that overflow their range here and there.
  double scale = draw.scale(2, 30) / double(stored.range.hi - stored.range.lo);
  Type result =
      perTensor(c.getContext(), stored, scale, draw.atRim(stored.range));
  // The layer's own: any sizes of the input's or 1.
  SmallVector<int64_t> layer;
  for (int64_t size : shape)
    layer.push_back(draw.chance(50) ? size : 1);
  SmallVector<float> gammas, betas;
  for (int64_t i = 0; i < mlir::ShapedType::getNumElements(layer); ++i) {
    gammas.push_back(static_cast<float>(draw.real(-2, 2)));
    betas.push_back(static_cast<float>(draw.real(-3, 3)));
  }
  bool centred = draw.chance(60);
  // From nothing to far more than the input has.
  double epsilon = draw.chance(30) ? 0
                                   : std::pow(from.getScale(), 2) *
                                         draw.scale(0x1p-12, 0x1p20);
  if (axes.empty())
    return failure();
  auto p = fxp::chooseNormalize(from.getElementType(), result, length, centred,
                                epsilon, gammas, betas);
  if (failed(p))
    return failure();
  OpBuilder &b = c.getBuilder();
  return fxp::NormalizeOp::create(
             b, c.getLoc(), RankedTensorType::get(shape, result), input,
             makeConstant(RankedTensorType::get(layer, b.getI32Type()),
                          p->scale),
             makeConstant(RankedTensorType::get(layer, b.getI64Type()),
                          p->offset),
             axes, centred, p->epsilon, p->spreadShift, p->inputShift,
             p->multiplierBits, p->fractionBits, p->shift)
      .getResult();
}

/// Returns a second side for `lhs`: an argument or a constant of another type,
/// with some axes of size 1.
static Value drawOtherSide(CaseBuilder &c, Value lhs) {
  Draw &draw = c.draw;
  SmallVector<int64_t> shape(shapeOf(lhs));
  if (draw.chance(45))
    for (int64_t &size : shape)
      size = draw.chance(50) ? 1 : size;
  Storage storage = draw.storage(16);
  Type element =
      perTensor(c.getContext(), storage,
                QuantView(lhs.getType()).getScale() * draw.scale(0.1, 10),
                draw.atRim(storage.range));
  return draw.chance(25)
             ? c.drawnConstant(RankedTensorType::get(shape, element))
             : c.argument(shape, element);
}

static LogicalResult drawBinaryCase(CaseBuilder &c,
                                    Step (*step)(CaseBuilder &, Value, Value)) {
  Value lhs = drawTensor(c, 16, false), rhs = drawOtherSide(c, lhs);
  return finishCase(c,
                    c.draw.chance(50) ? step(c, lhs, rhs) : step(c, rhs, lhs));
}

ArrayRef<CaseFamily> narrow::getElementwiseFamilies() {
  static const CaseFamily families[] = {
      {"binary", "add, sub, min and max with broadcast sides",
       [](CaseBuilder &c) { return drawBinaryCase(c, drawBinary); }},
      {"mul", "products, element by element",
       [](CaseBuilder &c) { return drawBinaryCase(c, drawMul); }},
      {"combine", "two sides rescaled as given, and what is made of them",
       [](CaseBuilder &c) { return drawBinaryCase(c, drawCombine); }},
      {"requantize", "changes of scale, zero point and width",
       [](CaseBuilder &c) {
         return drawOn(c, drawRequantize, drawTensor(c, 16, true));
       }},
      {"lookup", "tables of unary functions",
       [](CaseBuilder &c) {
         return drawOn(c, drawLookup, drawTensor(c, drawWidth(c, 25), true));
       }},
      {"interpolate", "functions between the entries of short tables",
       [](CaseBuilder &c) {
         return drawOn(c, drawInterpolate,
                       drawTensor(c, drawWidth(c, 80), false));
       }},
      {"softmax", "softmax and log-softmax along rows",
       [](CaseBuilder &c) {
         return drawOn(c, drawSoftmax, drawTensor(c, 32, false));
       }},
      {"normalize", "rows brought to mean 0 and variance 1",
       [](CaseBuilder &c) {
         return drawOn(c, drawNormalize, drawTensor(c, 16, false));
       }},
  };
  return families;
}
