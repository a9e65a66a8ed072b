//===- ContractionPatterns.cpp - loop nests of sums of products -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every contraction becomes one loop nest whose innermost loop runs over output
// channels: contiguous in the result and in the weights, which are rearranged
// here, so that it vectorises without reordering any sum.
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/DialectConversion.h"
#include "narrow/Conversion/NnToLinalg/StoredFloats.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using mlir::AffineExpr;

/// The body of every contraction: `acc + a * b`.
static Value multiplyAdd(ScalarBuilder &b, ValueRange args) {
  return b.add(args[2], b.mul(args[0], args[1]));
}

/// Makes a tensor of `shape` that holds `bias`, `[O]`, along its last axis.
static Value repeatBias(LoopBuilder &b, Value bias, ArrayRef<int64_t> shape) {
  unsigned rank = shape.size();
  return b.nest(rank, bias, b.empty(shape), {{b.dim(rank - 1)}, b.dims(rank)},
                [](ScalarBuilder &, ValueRange args) { return args[0]; });
}

/// Returns the real of a stored weight, which may be one of a pair: that of
/// `place` (N71). `kind` is i8, or the float that 16 bits are.
static Value unpack(ScalarBuilder &b, Value stored, Value scale, bool pairs,
                    AffineExpr place, unsigned loops, Type kind) {
  if (!kind.isInteger(8)) {
    if (isa<FloatType>(stored.getType()))
      stored = mlir::arith::BitcastOp::create(b, b.getI16Type(), stored);
    return b.mul(widenStoredFloat(b, stored, kind.isF16()), scale);
  }
  Value integer = mlir::arith::ExtSIOp::create(b, b.getI32Type(), stored);
  if (pairs) {
    SmallVector<Value> at;
    for (unsigned i = 0; i < loops; ++i)
      at.push_back(mlir::linalg::IndexOp::create(b, i));
    Value parity = mlir::affine::AffineApplyOp::create(
        b, mlir::AffineMap::get(loops, 0, place % 2), at);
    Value isFirst =
        mlir::arith::CmpIOp::create(b, mlir::arith::CmpIPredicate::eq, parity,
                                    mlir::arith::ConstantIndexOp::create(b, 0));
    auto number = [&](int32_t value) -> Value {
      return mlir::arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
    };
    Value low = mlir::arith::ShRSIOp::create(
        b, mlir::arith::ShLIOp::create(b, integer, number(28)), number(28));
    Value high = mlir::arith::ShRSIOp::create(b, integer, number(4));
    integer = b.select(isFirst, low, high);
  }
  return b.mul(mlir::arith::SIToFPOp::create(b, b.getF32Type(), integer),
               scale);
}

/// Returns constant stored weights, `[O, ...]`, with the output channels last,
/// floats as their bits; null for weights that are not constant.
static Value moveChannelsLast(LoopBuilder &b, nn::DequantizeWeightsOp op) {
  ElementsAttr data;
  if (!mlir::matchPattern(op.getStored(), mlir::m_Constant(&data)))
    return {};
  int64_t outputs = getShape(op.getStored()).front(),
          depth = data.getNumElements() / std::max<int64_t>(outputs, 1);
  SmallVector<int64_t> shape(getShape(op.getStored()).drop_front());
  shape.push_back(outputs);
  auto move = [&](auto from, auto to, Type element) -> Value {
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t k = 0; k < depth; ++k)
        to[k * outputs + o] = from(o * depth + k);
    auto type = RankedTensorType::get(shape, element);
    return mlir::arith::ConstantOp::create(b, type,
                                           makeConstant(type, ArrayRef(to)));
  };
  size_t count = data.getNumElements();
  if (auto kind = dyn_cast<FloatType>(data.getElementType())) {
    SmallVector<float> floats = getFloats(data);
    auto toBits = [&](int64_t i) {
      auto exact = mlir::FloatAttr::get(kind, floats[i]).getValue();
      return static_cast<int16_t>(exact.bitcastToAPInt().getZExtValue());
    };
    return move(toBits, SmallVector<int16_t>(count), b.getI16Type());
  }
  SmallVector<int64_t> integers = getIntegers(data);
  return move([&](int64_t i) { return static_cast<int8_t>(integers[i]); },
              SmallVector<int8_t>(count), b.getI8Type());
}

/// Builds `init + sum of input * weights` for weights that are unpacked as they
/// are read, at `places` of all axes but that of the output channels, which is
/// loop `channel`. Null where the weights are not constant.
static Value buildUnpacked(LoopBuilder &b, Value input,
                           nn::DequantizeWeightsOp weights, Value init,
                           unsigned loops, ArrayRef<AffineExpr> read,
                           SmallVector<AffineExpr> places, unsigned channel,
                           ArrayRef<AffineExpr> write) {
  Value stored = moveChannelsLast(b, weights);
  if (!stored)
    return {};
  bool pairs = weights.getPairs();
  Type kind = weights.getStored().getType().getElementType();
  AffineExpr place = places.back();
  if (pairs)
    places.back() = place.floorDiv(2);
  places.push_back(b.dim(channel));
  return b.nest(loops, {input, stored, weights.getScales()}, init,
                {SmallVector<AffineExpr>(read),
                 places,
                 {b.dim(channel)},
                 SmallVector<AffineExpr>(write)},
                [&](ScalarBuilder &s, ValueRange args) {
                  Value real =
                      unpack(s, args[1], args[2], pairs, place, loops, kind);
                  return s.add(args[3], s.mul(args[0], real));
                });
}

namespace {
/// A convolution without pads.
struct Convolution {
  Value input;   ///< `[N, H, W, C]`.
  Value weights; ///< `[O, kh, kw, C / groups]`.
  Value bias;    ///< `[O]`.
  ArrayRef<int64_t> strides, dilations;
  int64_t groups;
  /// Turns the kernel by half a turn (transposed convolution).
  bool flip = false;
};
} // namespace

static Value buildConvolution(LoopBuilder &b, const Convolution &conv,
                              ArrayRef<int64_t> out) {
  ArrayRef<int64_t> w = getShape(conv.weights);
  int64_t channels = w[0], kh = w[1], kw = w[2], inner = w[3];
  int64_t groups = conv.groups, perGroup = channels / groups;
  auto d = [&](unsigned i) { return b.dim(i); };
  auto kernel = [&](AffineExpr at, int64_t size) {
    return conv.flip ? size - 1 - at : at;
  };
  auto position = [&](unsigned at, unsigned tap, unsigned axis) {
    return d(at) * conv.strides[axis] + d(tap) * conv.dilations[axis];
  };

  // Depthwise: n y x ky kx c.
  if (inner == 1 && perGroup == 1) {
    Value weights = b.rearrange(
        conv.weights, {kh, kw, channels},
        {d(2), kernel(d(0), kh), kernel(d(1), kw), b.getAffineConstantExpr(0)});
    return b.nest(6, {conv.input, weights}, repeatBias(b, conv.bias, out),
                  {{d(0), position(1, 3, 0), position(2, 4, 1), d(5)},
                   {d(3), d(4), d(5)},
                   {d(0), d(1), d(2), d(5)}},
                  multiplyAdd);
  }

  // One group: n y x ky kx i o.
  if (groups == 1) {
    Value weights =
        b.rearrange(conv.weights, {kh, kw, inner, channels},
                    {d(3), kernel(d(0), kh), kernel(d(1), kw), d(2)});
    return b.nest(7, {conv.input, weights}, repeatBias(b, conv.bias, out),
                  {{d(0), position(1, 3, 0), position(2, 4, 1), d(5)},
                   {d(3), d(4), d(5), d(6)},
                   {d(0), d(1), d(2), d(6)}},
                  multiplyAdd);
  }

  // Groups: n y x g ky kx i o, with the result's channels split in two axes.
  Value weights = b.rearrange(
      conv.weights, {groups, kh, kw, inner, perGroup},
      {d(0) * perGroup + d(4), kernel(d(1), kh), kernel(d(2), kw), d(3)});
  Value bias =
      b.rearrange(conv.bias, {groups, perGroup}, {d(0) * perGroup + d(1)});
  SmallVector<int64_t> split{out[0], out[1], out[2], groups, perGroup};
  Value init = b.nest(5, bias, b.empty(split), {{d(3), d(4)}, b.dims(5)},
                      [](ScalarBuilder &, ValueRange args) { return args[0]; });
  Value result =
      b.nest(8, {conv.input, weights}, init,
             {{d(0), position(1, 4, 0), position(2, 5, 1), d(3) * inner + d(6)},
              {d(3), d(4), d(5), d(6), d(7)},
              {d(0), d(1), d(2), d(3), d(7)}},
             multiplyAdd);
  return mlir::tensor::CollapseShapeOp::create(
      b, result,
      SmallVector<mlir::ReassociationIndices>{{0}, {1}, {2}, {3, 4}});
}

namespace {
struct Conv2DPattern : mlir::OpConversionPattern<nn::Conv2DOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::Conv2DOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    ArrayRef<int64_t> pads = op.getPads();
    Value input = b.pad(adaptor.getInput(), {0, pads[0], pads[1], 0},
                        {0, pads[2], pads[3], 0}, 0.0f);
    ArrayRef<int64_t> out = getShape(op.getResult());
    auto stored = op.getWeights().getDefiningOp<nn::DequantizeWeightsOp>();
    // One group: n y x ky kx i o.
    if (stored && op.getGroups() == 1) {
      auto d = [&](unsigned i) { return b.dim(i); };
      auto position = [&](unsigned at, unsigned tap, unsigned axis) {
        return d(at) * op.getStrides()[axis] + d(tap) * op.getDilations()[axis];
      };
      if (Value result = buildUnpacked(
              b, input, stored, repeatBias(b, adaptor.getBias(), out), 7,
              {d(0), position(1, 3, 0), position(2, 4, 1), d(5)},
              {d(3), d(4), d(5)}, 6, {d(0), d(1), d(2), d(6)})) {
        rewriter.replaceOp(op, result);
        return success();
      }
    }
    Convolution conv{
        input,           adaptor.getWeights(), adaptor.getBias(),
        op.getStrides(), op.getDilations(),    int64_t(op.getGroups())};
    rewriter.replaceOp(op, buildConvolution(b, conv, getShape(op.getResult())));
    return success();
  }
};

/// A transposed convolution is a convolution, of stride 1 and with a turned
/// kernel, over the input spread out by the strides.
struct TransposedConv2DPattern
    : mlir::OpConversionPattern<nn::TransposedConv2DOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::TransposedConv2DOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    ArrayRef<int64_t> in = getShape(op.getInput()),
                      w = getShape(op.getWeights()),
                      out = getShape(op.getResult());
    // The spread input, with `extent - 1` zeros before it, starts `pad`
    // positions after what the first result position reads.
    SmallVector<int64_t> spread(in), starts(4, 0), needed(in);
    SmallVector<mlir::OpFoldResult> at(4, b.getIndexAttr(0)), sizes(4),
        steps(4, b.getIndexAttr(1)), from(4, b.getIndexAttr(0)),
        ones(4, b.getIndexAttr(1)), take(4);
    for (unsigned axis = 0; axis < 4; ++axis) {
      sizes[axis] = b.getIndexAttr(in[axis]);
      if (axis == 1 || axis == 2) {
        int64_t stride = op.getStrides()[axis - 1];
        int64_t reach = (w[axis] - 1) * op.getDilations()[axis - 1];
        int64_t crop = op.getPads()[axis - 1];
        needed[axis] = out[axis] + reach;
        spread[axis] =
            std::max(reach + (in[axis] - 1) * stride + 1, crop + needed[axis]);
        at[axis] = b.getIndexAttr(reach);
        steps[axis] = b.getIndexAttr(stride);
        from[axis] = b.getIndexAttr(crop);
      }
      take[axis] = b.getIndexAttr(needed[axis]);
    }
    Value input = mlir::tensor::InsertSliceOp::create(
        b, adaptor.getInput(), b.filled(spread, 0.0f), at, sizes, steps);
    if (spread != needed)
      input = mlir::tensor::ExtractSliceOp::create(b, input, from, take, ones);
    int64_t unit[] = {1, 1};
    Convolution conv{
        input,        adaptor.getWeights(), adaptor.getBias(),
        unit,         op.getDilations(),    int64_t(op.getGroups()),
        /*flip=*/true};
    rewriter.replaceOp(op, buildConvolution(b, conv, out));
    return success();
  }
};

struct LinearPattern : mlir::OpConversionPattern<nn::LinearOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::LinearOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    ArrayRef<int64_t> out = getShape(op.getResult()),
                      w = getShape(op.getWeights());
    // Loops: the result's leading axes, k, o.
    unsigned lead = out.size() - 1;
    SmallVector<AffineExpr> read = b.dims(lead), write = b.dims(lead);
    read.push_back(b.dim(lead));
    write.push_back(b.dim(lead + 1));
    if (auto stored = op.getWeights().getDefiningOp<nn::DequantizeWeightsOp>())
      if (Value result =
              buildUnpacked(b, adaptor.getInput(), stored,
                            repeatBias(b, adaptor.getBias(), out), lead + 2,
                            read, {b.dim(lead)}, lead + 1, write)) {
        rewriter.replaceOp(op, result);
        return success();
      }
    Value weights =
        b.rearrange(adaptor.getWeights(), {w[1], w[0]}, {b.dim(1), b.dim(0)});
    rewriter.replaceOp(op, b.nest(lead + 2, {adaptor.getInput(), weights},
                                  repeatBias(b, adaptor.getBias(), out),
                                  {read, {b.dim(lead), b.dim(lead + 1)}, write},
                                  multiplyAdd));
    return success();
  }
};

struct MatMulPattern : mlir::OpConversionPattern<nn::MatMulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::MatMulOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    auto d = [&](unsigned i) { return b.dim(i); };
    // Loops: b m k n.
    rewriter.replaceOp(
        op, b.nest(4, {adaptor.getLhs(), adaptor.getRhs()},
                   b.filled(getShape(op.getResult()), 0.0f),
                   {{d(0), d(1), d(2)}, {d(0), d(2), d(3)}, {d(0), d(1), d(3)}},
                   multiplyAdd));
    return success();
  }
};

/// Weights of what has no loops of its own for them.
struct DequantizeWeightsPattern
    : mlir::OpConversionPattern<nn::DequantizeWeightsOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::DequantizeWeightsOp op, OpAdaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    ArrayRef<int64_t> shape = getShape(op.getResult());
    unsigned rank = shape.size();
    AffineExpr place = b.dim(rank - 1);
    bool pairs = op.getPairs();
    Type kind = op.getStored().getType().getElementType();
    SmallVector<AffineExpr> read = b.dims(rank);
    if (pairs)
      read.back() = place.floorDiv(2);
    rewriter.replaceOp(op,
                       b.nest(rank, {adaptor.getStored(), adaptor.getScales()},
                              b.empty(shape), {read, {b.dim(0)}, b.dims(rank)},
                              [&](ScalarBuilder &s, ValueRange args) {
                                return unpack(s, args[0], args[1], pairs, place,
                                              rank, kind);
                              }));
    return success();
  }
};
} // namespace

void narrow::populateContractionPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<Conv2DPattern, TransposedConv2DPattern, LinearPattern,
               MatMulPattern, DequantizeWeightsPattern>(patterns.getContext());
}
