//===- ChannelAffine.cpp - per-channel scale and offset -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelAffine.h"
#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::prepare;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

std::optional<ChannelAffine> prepare::matchBatchNorm(Operation *op) {
  auto norm = dyn_cast<nn::BatchNormOp>(op);
  if (!norm)
    return std::nullopt;
  auto scale = matchFloats(norm.getScale());
  auto offset = matchFloats(norm.getOffset());
  auto mean = matchFloats(norm.getMean());
  auto variance = matchFloats(norm.getVariance());
  if (!scale || !offset || !mean || !variance)
    return std::nullopt;
  double epsilon = norm.getEpsilon().convertToFloat();
  ChannelAffine result{op, norm.getInput(), {}, {}};
  for (auto [s, o, m, v] : llvm::zip(*scale, *offset, *mean, *variance)) {
    double factor = s / std::sqrt(v + epsilon);
    result.scale.push_back(factor);
    result.offset.push_back(o - m * factor);
  }
  return result;
}

std::optional<ChannelAffine> prepare::matchScaleOrOffset(Operation *op) {
  if (!isa<tosa::MulOp, tosa::AddOp, tosa::SubOp>(op))
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.getElementType().isF32() || type.getRank() < 1 ||
      !type.hasStaticShape())
    return std::nullopt;
  int64_t channels = type.getShape().back();
  for (unsigned side : {0u, 1u}) {
    Value input = op->getOperand(side);
    std::optional<SmallVector<float>> constant =
        matchPerChannel(op->getOperand(1 - side), type.getRank(), channels);
    if (!constant || input.getType() != type || matchConstant(input))
      continue;
    // A mask of infinities must stay apart from the layer, whose results get a
    // range.
    if (!llvm::all_of(*constant, [](float v) { return std::isfinite(v); }))
      continue;
    ChannelAffine result{op, input, SmallVector<double>(channels, 1.0),
                         SmallVector<double>(channels, 0.0)};
    for (auto [c, value] : llvm::enumerate(*constant)) {
      if (isa<tosa::MulOp>(op))
        result.scale[c] = value;
      else if (isa<tosa::AddOp>(op))
        result.offset[c] = value;
      else if (side == 0)
        result.offset[c] = -static_cast<double>(value);
      else
        result.scale[c] = -1, result.offset[c] = value;
    }
    return result;
  }
  return std::nullopt;
}

namespace {
/// The constant parts of a convolution or linear layer.
struct Contraction {
  Operation *op;
  /// [outputs, ..., inputs] row-major, and one per output.
  SmallVector<float> weights, bias;
  int64_t groups = 1;
  bool pads = false;

  int64_t countOutputs() const { return bias.size(); }
  int64_t countWeightsPerOutput() const { return weights.size() / bias.size(); }
};
} // namespace

/// Matches a contraction whose weights and bias are constant.
static std::optional<Contraction> matchContraction(Operation *op) {
  if (!hasWeights(op))
    return std::nullopt;
  auto weights = matchFloats(op->getOperand(1));
  auto bias = matchFloats(op->getOperand(2));
  if (!weights || !bias || bias->empty())
    return std::nullopt;
  Contraction result{op, std::move(*weights), std::move(*bias)};
  if (auto conv = dyn_cast<nn::Conv2DOp>(op)) {
    result.groups = conv.getGroups();
    result.pads =
        llvm::any_of(conv.getPads(), [](int64_t p) { return p != 0; });
  }
  return result;
}

/// Gives the contraction the changed weights and bias.
static void update(PatternRewriter &rewriter, const Contraction &contraction) {
  Operation *op = contraction.op;
  mlir::OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  auto replace = [&](unsigned index, ArrayRef<float> values) {
    auto type = cast<RankedTensorType>(op->getOperand(index).getType());
    Value constant = createFloats(rewriter, op->getOperand(index).getLoc(),
                                  type.getShape(), values);
    rewriter.modifyOpInPlace(op, [&] { op->setOperand(index, constant); });
  };
  replace(1, contraction.weights);
  replace(2, contraction.bias);
}

LogicalResult prepare::foldIntoProducer(PatternRewriter &rewriter,
                                        const ChannelAffine &affine) {
  Operation *producer = affine.input.getDefiningOp();
  if (!affine.input.hasOneUse())
    return rewriter.notifyMatchFailure(affine.op,
                                       "expected the only use of the input");
  std::optional<Contraction> contraction = matchContraction(producer);
  if (!contraction)
    return rewriter.notifyMatchFailure(
        affine.op, "expected a layer with constant weights before");
  int64_t perOutput = contraction->countWeightsPerOutput();
  for (int64_t o = 0; o < contraction->countOutputs(); ++o) {
    for (int64_t k = 0; k < perOutput; ++k)
      contraction->weights[o * perOutput + k] *= affine.scale[o];
    contraction->bias[o] =
        contraction->bias[o] * affine.scale[o] + affine.offset[o];
  }
  update(rewriter, *contraction);
  // The layer now makes the value that the op made, under that value's name.
  rewriter.modifyOpInPlace(producer, [&] { takeName(producer, affine.op); });
  rewriter.replaceOp(affine.op, affine.input);
  return success();
}

/// Returns the value that a consumer reads the op's result as: the result, or
/// its reshape that flattens axes into columns in which channels come around.
static bool readsChannels(Operation *consumer, Operation *op) {
  Value input = consumer->getOperand(0), result = op->getResult(0);
  if (input == result)
    return true;
  auto reshape = input.getDefiningOp<tosa::ReshapeOp>();
  if (!reshape || reshape.getInput1() != result || !input.hasOneUse() ||
      !isa<nn::LinearOp>(consumer))
    return false;
  int64_t channels = cast<RankedTensorType>(result.getType()).getShape().back();
  int64_t columns = cast<RankedTensorType>(input.getType()).getShape().back();
  return columns % channels == 0;
}

/// Multiplies into `scale` the scales of the ops from an argument of the
/// function up to `value`; false where it is no argument's normalisation.
static bool multiplyInputScales(Value value, SmallVector<double> &scale) {
  while (!isa<mlir::BlockArgument>(value)) {
    Operation *op = value.getDefiningOp();
    std::optional<ChannelAffine> affine = matchBatchNorm(op);
    if (!affine)
      affine = matchScaleOrOffset(op);
    if (affine) {
      for (auto [total, factor] : llvm::zip(scale, affine->scale))
        total *= factor;
      value = affine->input;
    } else if (isa<tosa::TransposeOp, tosa::ReshapeOp>(op)) {
      value = op->getOperand(0);
    } else {
      return false;
    }
  }
  return true;
}

static bool areUnlike(ArrayRef<double> scale) {
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (double s : scale) {
    if (s == 0)
      continue; // A channel that is constant.
    least = std::min(least, std::abs(s));
    most = std::max(most, std::abs(s));
  }
  return most > kMostUnlikeScales * least;
}

LogicalResult prepare::foldIntoConsumer(PatternRewriter &rewriter,
                                        const ChannelAffine &affine,
                                        Operation *consumer) {
  Value result = affine.op->getResult(0);
  std::optional<Contraction> contraction = matchContraction(consumer);
  if (!contraction || isa<nn::TransposedConv2DOp>(consumer) ||
      !result.hasOneUse() || !readsChannels(consumer, affine.op))
    return rewriter.notifyMatchFailure(
        affine.op, "expected one layer with constant weights behind");
  if (contraction->pads &&
      llvm::any_of(affine.offset, [](double o) { return o != 0; }))
    return rewriter.notifyMatchFailure(
        affine.op, "expected no padding, which the offset would move");

  SmallVector<double> scale = affine.scale;
  bool isOfInput = multiplyInputScales(affine.input, scale);
  if (isOfInput && areUnlike(scale))
    return rewriter.notifyMatchFailure(
        affine.op, "expected an input's channels in like units");
  double largest = isOfInput ? kLargestInputShift : kLargestFoldedShift;

  int64_t perOutput = contraction->countWeightsPerOutput();
  int64_t inputs = cast<RankedTensorType>(consumer->getOperand(1).getType())
                       .getShape()
                       .back();
  int64_t outputsPerGroup = contraction->countOutputs() / contraction->groups;
  int64_t channels = affine.scale.size();
  for (int64_t o = 0; o < contraction->countOutputs(); ++o) {
    double bias = contraction->bias[o];
    for (int64_t k = 0; k < perOutput; ++k) {
      int64_t channel =
          ((o / outputsPerGroup) * inputs + k % inputs) % channels;
      float &weight = contraction->weights[o * perOutput + k];
      double shift = static_cast<double>(weight) * affine.offset[channel];
      if (std::abs(shift) > largest)
        return rewriter.notifyMatchFailure(
            affine.op, "expected an offset that f32 sums can take back");
      bias += shift;
      weight *= affine.scale[channel];
    }
    contraction->bias[o] = bias;
  }
  update(rewriter, *contraction);
  // It is the layer behind that does this now, not what makes the input.
  rewriter.modifyOpInPlace(consumer, [&] { addNames(consumer, affine.op); });
  rewriter.replaceAllUsesWith(result, affine.input);
  rewriter.eraseOp(affine.op);
  return success();
}
