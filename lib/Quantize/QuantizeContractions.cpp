//===- QuantizeContractions.cpp - weights, biases, sums of products -------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DynamicLayers.h"
#include "Quantizer.h"
#include "narrow/Analysis/AccumulatorBounds.h"
#include "narrow/Plan/BlockWeights.h"
#include "narrow/Plan/PairSafeWeights.h"
#include "narrow/Plan/WeightGrid.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include <cmath>

using namespace narrow;
using namespace narrow::quantize;

static std::string listChannels(ArrayRef<int64_t> channels) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << channels.size()
     << (channels.size() == 1 ? " output channel (" : " output channels (");
  llvm::interleaveComma(channels.take_front(8), os);
  os << (channels.size() > 8 ? ", ...)" : ")");
  return text;
}

SmallVector<WeightGrid> Quantizer::findWeightGrids(Operation *op,
                                                   ArrayRef<float> weights,
                                                   WeightScales &scales) {
  size_t channels = scales.scales.size();
  SmallVector<WeightGrid> grids;
  for (size_t c = 0; c < channels; ++c) {
    std::optional<WeightGrid> grid = findWeightGrid(weights, scales, c);
    if (!grid || llvm::is_contained(scales.raised, c)) {
      note(op, "rounded-weights",
           "its weights are not the integers that they were in the model: "
           "those of output channel " +
               std::to_string(c) +
               (grid ? " need a coarser scale"
                     : " are no multiples of one scale, or do not fit 8 bits"));
      return {};
    }
    grids.push_back(std::move(*grid));
  }
  for (size_t c = 0; c < channels; ++c)
    scales.scales[c] = grids[c].scale;
  return grids;
}

std::optional<StoredLayer> Quantizer::takeStoredLayer(Operation *op,
                                                      ArrayRef<float> weights,
                                                      ArrayRef<float> biases,
                                                      double inputScale) {
  if (!options.onnxRuntime)
    return std::nullopt;
  std::string reason = "the integers of its constants are not known";
  if (std::optional<StoredWeights> note = findStoredWeights(op)) {
    auto layer = restoreLayer(*note, weights, biases, inputScale, reason);
    if (succeeded(layer))
      return std::move(*layer);
  }
  noteInexact(op, reason);
  return std::nullopt;
}

FailureOr<Quantizer::Weights>
Quantizer::quantizeWeights(Operation *op, Value weights, Value bias,
                           UniformQuantizedType input, double resultScale,
                           double factor, std::string &reason) {
  ElementsAttr weightData = getConstant(weights), biasData = getConstant(bias);
  if (!weightData || !biasData) {
    reason = "its weights or biases are not constant";
    return failure();
  }
  SmallVector<float> w = getFloats(weightData), b = getFloats(biasData);
  if (llvm::any_of(w, [](float v) { return !std::isfinite(v); }) ||
      llvm::any_of(b, [](float v) { return !std::isfinite(v); })) {
    reason = "a weight or a bias is not finite";
    return failure();
  }
  fxp::WeightsAttr planned = getWeights(op);
  WeightScheme scheme = getWeightScheme(planned);
  // A product that follows is part of the weights.
  for (float &v : w)
    v *= static_cast<float>(factor);
  for (float &v : b)
    v *= static_cast<float>(factor);
  size_t channels = b.size(), depth = w.size() / std::max<size_t>(channels, 1);
  WeightScales chosen =
      chooseWeightScales(w, b, scheme, {input.getScale(), resultScale});
  if (!chosen.dead.empty())
    note(op, "dead-channel",
         listChannels(chosen.dead) +
             " with all weights zero: constant outputs");
  std::optional<StoredLayer> own = takeStoredLayer(op, w, b, input.getScale());
  if (!chosen.raised.empty() && !own)
    note(op, "raised-weight-scale",
         listChannels(chosen.raised) + " with weights so small beside their "
                                       "bias that a coarser scale is used");

  int64_t lowest = getWeightStorageRange(scheme).first,
          highest = getWeightStorageRange(scheme).second;
  auto weightType = cast<RankedTensorType>(weights.getType());
  int64_t stretch = scheme.pairSafe ? getPairedStretch(op, weightType) : 0;
  auto channelWeights = [&](size_t c) {
    return ArrayRef<float>(w).slice(c * depth, depth);
  };
  // What has more bits is not multiplied in pairs, and pairs of 4 bits are
  // safe.
  bool isWide = input.getStorageTypeIntegralWidth() > 8 || scheme.bits > 8;
  if (isWide || planned.getBlock())
    stretch = 0;
  if (stretch && !scheme.perTensor)
    for (size_t c = 0; c < channels; ++c)
      chosen.scales[c] = choosePairSafeScale(channelWeights(c),
                                             chosen.scales[c], scheme, stretch);
  SmallVector<WeightGrid> grids;
  if (own) {
    grids = std::move(own->grids);
    for (size_t c = 0; c < channels; ++c)
      chosen.scales[c] = grids[c].scale;
  } else if (getWeights(op).getRounding() == fxp::WeightRounding::Exact)
    grids = findWeightGrids(op, w, chosen);
  SmallVector<int64_t> zeroPoints(channels, 0);
  SmallVector<int16_t> storedWeights;
  SmallVector<int64_t> storedBias;
  Weights made;
  storedWeights.reserve(w.size());
  for (size_t c = 0; c < channels; ++c) {
    double scale = chosen.scales[c];
    if (!grids.empty()) {
      zeroPoints[c] = grids[c].zeroPoint;
      if (grids[c].usesLowest)
        lowest = -128;
      for (int64_t integer : grids[c].integers)
        storedWeights.push_back(static_cast<int16_t>(integer + zeroPoints[c]));
    } else if (planned.getBlock()) {
      SmallVector<double> row(channelWeights(c));
      BlockChannel fitted =
          fitBlocks(row, planned.getBlock(),
                    getWeightScaleFloor(b[c], {input.getScale(), resultScale}),
                    scheme.pow2);
      scale = chosen.scales[c] = fitted.scale;
      llvm::append_range(storedWeights, fitted.integers);
    } else if (stretch)
      llvm::append_range(storedWeights, roundPairSafe(channelWeights(c), scale,
                                                      highest, stretch));
    else
      for (float v : channelWeights(c))
        storedWeights.push_back(static_cast<int16_t>(
            std::clamp<int64_t>(std::llrint(v / scale), lowest, highest)));
    if (own) {
      storedBias.push_back(own->biases[c]);
      made.biasRemainders.push_back(0);
      made.ratios.push_back(
          getProductRatio(input.getScale(), scale, resultScale));
      continue;
    }
    double accumulatorScale = input.getScale() * scale;
    double steps = std::nearbyint(b[c] / accumulatorScale);
    double limit = isWide ? 0x1p46 : 2147483647.0;
    storedBias.push_back(
        static_cast<int64_t>(std::clamp(steps, -limit, limit)));
    made.biasRemainders.push_back(b[c] / accumulatorScale -
                                  static_cast<double>(storedBias.back()));
    made.ratios.push_back(accumulatorScale / resultScale);
  }

  // Storage of other widths is a range of the next of these in memory.
  auto memory = builder.getIntegerType(scheme.bits > 8 ? 16 : 8);
  auto storage = builder.getIntegerType(scheme.bits);
  Type element;
  if (scheme.perTensor && grids.empty())
    element = UniformQuantizedType::get(
        mlir::quant::QuantizationFlags::Signed, storage, builder.getF32Type(),
        chosen.scales.front(), 0, lowest, highest);
  else
    element = mlir::quant::UniformQuantizedPerAxisType::get(
        mlir::quant::QuantizationFlags::Signed, storage, builder.getF32Type(),
        chosen.scales, zeroPoints,
        /*quantizedDimension=*/0, lowest, highest);
  SmallVector<int64_t> widened(storedWeights.begin(), storedWeights.end());
  made.accumulators =
      accumulatorBounds(input, weightType.clone(element), widened, storedBias);
  for (auto [channel, range] : llvm::enumerate(made.accumulators))
    if (!isWide && !fxp::kInt32Range.contains(range)) {
      reason = ("the accumulator of output channel " + Twine(channel) + " " +
                kOverflowReason)
                   .str();
      return failure();
    }
  auto constant =
      fxp::ConstantOp::create(builder, op->getLoc(), weightType.clone(element),
                              makeConstant(weightType.clone(memory), widened));
  // So few bits may be packed, and in which code is the plan's to say.
  if (planned.getBits() <= fxp::getWeightBits(fxp::WeightStorage::I4).second)
    constant.setStorage(planned.getStorage());
  fxp::setBlock(constant, planned.getBlock());
  made.weights = constant;
  auto biasType =
      RankedTensorType::get({static_cast<int64_t>(channels)},
                            builder.getIntegerType(isWide ? 64 : 32));
  made.bias = fxp::ConstantOp::create(builder, op->getLoc(), biasType,
                                      makeConstant(biasType, storedBias));
  if (scheme.perTensor && grids.empty() && llvm::all_equal(made.ratios))
    made.ratios.resize(1);
  return made;
}

void Quantizer::noteFloatContraction(Operation *op, UniformQuantizedType lhs,
                                     UniformQuantizedType rhs,
                                     UniformQuantizedType result,
                                     const Tail &tail) {
  if (!options.onnxRuntime)
    return;
  if (auto reason = findFloatContraction(op, lhs, rhs, result, tail))
    noteInexact(op, *reason);
}

/// Takes out of the ratios of sums that stay integers what the scales' rounding
/// to f32 left in them.
static void makeWhole(MutableArrayRef<double> ratios) {
  for (double &ratio : ratios)
    if (double whole = std::nearbyint(ratio);
        std::abs(ratio - whole) < 0x1p-20 * whole)
      ratio = whole;
}

Refusal Quantizer::convertToSums(Operation *op, Value input, MakeLayer make) {
  auto type = cast<UniformQuantizedType>(
      cast<RankedTensorType>(input.getType()).getElementType());
  if (type.getStorageTypeIntegralWidth() > 8)
    return "no range is known for its result";
  std::string reason;
  FailureOr<Weights> weights =
      quantizeWeights(op, op->getOperand(1), op->getOperand(2), type,
                      /*resultScale=*/0, /*factor=*/1, reason);
  if (failed(weights))
    return reason;
  Value result = op->getResult(0);
  int64_t channels = cast<RankedTensorType>(result.getType()).getShape().back();
  fxp::QuantView stored(weights->weights.getType());
  SmallVector<double> scales;
  for (int64_t c = 0; c < channels; ++c)
    scales.push_back(type.getScale() * stored.getScale(c));
  Value sums =
      make(getSumType(cast<RankedTensorType>(result.getType()), scales), input,
           *weights, getSumRequant(getContext()));
  auto reals =
      fxp::DequantizeOp::create(builder, op->getLoc(), result.getType(), sums);
  if (auto name = op->getAttr(kNameAttr))
    reals->setAttr(kNameAttr, name);
  result.replaceAllUsesWith(reals);
  note(op, "float-result",
       "no range is known for its result: its exact sums become floats");
  converted.insert(op);
  ++report.quantizedOps;
  return kConverted;
}

template <typename NnOp>
Refusal Quantizer::convertContraction(NnOp op, MakeLayer make) {
  Tail tail = getTailOf(op);
  UniformQuantizedType type = getPlanned(tail.result);
  bool isExact = getWeights(op).getRounding() == fxp::WeightRounding::Exact;
  if (!type && !isExact)
    return "no range is known for its result";
  Value input = getLayerInput(op.getInput());
  if (!input)
    return "no range is known for its input";
  if (!type)
    return convertToSums(op, input, make);
  auto inputType = cast<UniformQuantizedType>(
      cast<RankedTensorType>(input.getType()).getElementType());
  std::string reason;
  FailureOr<Weights> weights =
      quantizeWeights(op, op.getWeights(), op.getBias(), inputType,
                      type.getScale(), tail.factor, reason);
  if (failed(weights))
    return reason;
  if (type.getStorageTypeIntegralWidth() > 16)
    makeWhole(weights->ratios);
  noteFloatContraction(op, inputType, /*rhs=*/{}, type, tail);
  FailureOr<fxp::RequantAttr> choice =
      requant(op, weights->ratios, type, &tail, reason, weights->accumulators,
              weights->biasRemainders);
  if (failed(choice))
    return reason;
  return replace(
      op, tail,
      make(withElementType(tail.result, type), input, *weights, *choice));
}

template <typename NnOp, typename FxpOp>
Refusal Quantizer::convertConvolution(NnOp op) {
  return convertContraction(op,
                            [&](Type type, Value input, const Weights &weights,
                                fxp::RequantAttr choice) -> Value {
                              return FxpOp::create(
                                  builder, op.getLoc(), type, input,
                                  weights.weights, weights.bias, choice,
                                  op.getStridesAttr(), op.getPadsAttr(),
                                  op.getDilationsAttr(), op.getGroupsAttr());
                            });
}

template <>
Refusal Quantizer::convertNn(nn::Conv2DOp op) {
  return convertConvolution<nn::Conv2DOp, fxp::Conv2DOp>(op);
}

template <>
Refusal Quantizer::convertNn(nn::TransposedConv2DOp op) {
  return convertConvolution<nn::TransposedConv2DOp, fxp::TransposedConv2DOp>(
      op);
}

template <>
Refusal Quantizer::convertNn(nn::LinearOp op) {
  return convertContraction(op,
                            [&](Type type, Value input, const Weights &weights,
                                fxp::RequantAttr choice) -> Value {
                              return fxp::FullyConnectedOp::create(
                                  builder, op.getLoc(), type, input,
                                  weights.weights, weights.bias, choice);
                            });
}

static int64_t getMost(Value value) {
  return fxp::QuantView(value.getType()).getCenteredRange().maxAbs();
}

/// Returns the type of 16 bits with steps so much coarser than those of
/// `factor` that its product with `other` stays in i32 (N34); null where it
/// does already, or where channels have scales of their own.
static UniformQuantizedType getCoarserType(Value factor, Value other) {
  fxp::QuantView view(factor.getType());
  int64_t most = fxp::kInt32Range.hi / std::max<int64_t>(getMost(other), 1);
  fxp::IntegerRange range = view.getCenteredRange();
  if (range.maxAbs() <= most || !view.hasOneScale())
    return {};
  int bits = 0;
  auto halve = [](int64_t value) { return (value + 1) >> 1; };
  for (; range.maxAbs() > std::min<int64_t>(most, -INT16_MIN); ++bits)
    range = {halve(range.lo), halve(range.hi)};
  // Half of all 65536 steps is one more than i16 has.
  range.hi = std::min<int64_t>(range.hi, INT16_MAX);
  MLIRContext *context = factor.getContext();
  return UniformQuantizedType::get(
      mlir::quant::QuantizationFlags::Signed, IntegerType::get(context, 16),
      mlir::Float32Type::get(context), std::ldexp(view.getScale(), bits), 0,
      range.lo, range.hi);
}

template <typename FxpOp>
Refusal Quantizer::convertProduct(Operation *op, Value x, Value y,
                                  int64_t depth) {
  Tail tail = getTailOf(op);
  UniformQuantizedType type = getPlanned(tail.result);
  if (!type)
    return "no range is known for its result";
  Value lhs = getQuantized(x), rhs = getQuantized(y);
  if (!lhs || !rhs)
    return "no range is known for an operand";
  if constexpr (std::is_same_v<FxpOp, fxp::MulOp>) {
    Value &factor = getMost(lhs) < getMost(rhs) ? rhs : lhs;
    Value other = getMost(lhs) < getMost(rhs) ? lhs : rhs;
    if (UniformQuantizedType coarser = getCoarserType(factor, other)) {
      // ONNX Runtime multiplies in float, and no step more than one is to lie
      // between.
      factor = options.onnxRuntime ? Value() : coerce(factor, coarser);
      if (!factor)
        return "the product of two values of 16 bits leaves 32";
      note(op, "coarser-factor",
           "the product of two values of 16 bits would leave 32: one of them "
           "is rounded to coarser steps");
    }
  }
  fxp::QuantView left(lhs.getType()), right(rhs.getType());
  int64_t largest = depth * left.getCenteredRange().maxAbs() *
                    right.getCenteredRange().maxAbs();
  double ratio =
      options.onnxRuntime && tail.factor == 1
          ? getProductRatio(left.getScale(), right.getScale(), type.getScale())
          : left.getScale() * right.getScale() * tail.factor / type.getScale();
  if (isContraction(op))
    noteFloatContraction(op, cast<UniformQuantizedType>(left.getElementType()),
                         cast<UniformQuantizedType>(right.getElementType()),
                         type, tail);
  std::string reason;
  FailureOr<fxp::RequantAttr> choice = requant(
      op, ratio, type, &tail, reason, fxp::IntegerRange{-largest, largest});
  if (failed(choice))
    return reason;
  return replace(op, tail,
                 FxpOp::create(builder, op->getLoc(),
                               withElementType(tail.result, type), lhs, rhs,
                               *choice));
}
template Refusal Quantizer::convertProduct<fxp::MulOp>(Operation *, Value,
                                                       Value, int64_t);

template <>
Refusal Quantizer::convertNn(nn::MatMulOp op) {
  auto type = cast<RankedTensorType>(op.getLhs().getType());
  return convertProduct<fxp::MatMulOp>(op, op.getLhs(), op.getRhs(),
                                       type.getDimSize(2));
}
