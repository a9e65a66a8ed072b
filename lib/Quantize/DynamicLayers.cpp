//===- DynamicLayers.cpp - layers of values with a scale of each run ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DynamicLayers.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Plan/Scheme.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Plan/WeightGrid.h"
#include "narrow/Plan/WeightPlan.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include <cmath>

using namespace narrow;
using namespace narrow::quantize;

namespace {
/// Integer weights of a layer, output channels first.
struct IntegerWeights {
  SmallVector<int8_t> stored;
  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  int64_t lowest = -127, highest = 127;

  /// Returns the sums of the integers, less their zero points, of channel `c`:
  /// as they are, and as if all were positive.
  std::pair<int64_t, int64_t> getSums(size_t c) const;
};

/// Converts the layers of one function.
class DynamicLayers {
public:
  DynamicLayers(mlir::func::FuncOp func, const QuantizeOptions &options,
                QuantizeReport &report)
      : options(options), report(report), builder(func.getContext()) {}

  void convert(Operation *op);

private:
  fxp::WeightsAttr getWeights(Operation *op) const {
    return getWeightPlan(op, options.requant);
  }
  void note(Operation *op, StringRef kind, StringRef reason);
  /// Returns a layer's weights as they are planned, whatever its bias.
  IntegerWeights chooseIntegers(Operation *op, ArrayRef<float> weights,
                                size_t channels);
  /// Returns the integers that the weights of each channel are already, none,
  /// with a remark, where one has none.
  SmallVector<WeightGrid> findGrids(Operation *op, ArrayRef<float> weights,
                                    const WeightScales &scales);
  /// Makes integers of a layer of `real`; returns nothing, or why it cannot be.
  std::optional<std::string> convertLayer(Operation *op, Value real,
                                          bool perRow);
  /// Stores the weights of a layer that stays in float as integers. Returns why
  /// it stays so.
  std::string packWeights(Operation *op);
  /// The same as floats of 16 bits, each rounded to the nearest.
  std::string shortenWeights(Operation *op, FloatType kind);

  const QuantizeOptions &options;
  QuantizeReport &report;
  OpBuilder builder;
};
} // namespace

void DynamicLayers::note(Operation *op, StringRef kind, StringRef reason) {
  std::string node = getNodeName(op);
  emitRemark(op->getLoc()) << "'" << node << "': " << reason << " [" << kind
                           << "]";
  report.findings.push_back(
      {kind.str(), node, op->getName().getStringRef().str(), reason.str()});
}

RankedTensorType quantize::getSumType(RankedTensorType result,
                                      ArrayRef<double> scales) {
  return result.clone(mlir::quant::UniformQuantizedPerAxisType::get(
      mlir::quant::QuantizationFlags::Signed,
      IntegerType::get(result.getContext(), 32),
      mlir::Float32Type::get(result.getContext()), scales,
      SmallVector<int64_t>(scales.size(), 0),
      /*quantizedDimension=*/result.getRank() - 1, INT32_MIN, INT32_MAX));
}

fxp::RequantAttr quantize::getSumRequant(MLIRContext *context) {
  auto list = [&](ArrayRef<int32_t> values) {
    return mlir::DenseI32ArrayAttr::get(context, values);
  };
  return fxp::RequantAttr::get(context, fxp::RequantMode::Pow2, list({}),
                               list({0}), list({}), list({}), list({}));
}

/// Returns whether `value` is constant and finite, and sets `numbers`.
static bool getFinite(Value value, SmallVector<float> &numbers) {
  ElementsAttr constant = getConstant(value);
  if (!constant)
    return false;
  numbers = getFloats(constant);
  return llvm::all_of(numbers, [](float v) { return std::isfinite(v); });
}

std::pair<int64_t, int64_t> IntegerWeights::getSums(size_t c) const {
  size_t depth = stored.size() / scales.size();
  int64_t sum = 0, size = 0;
  for (size_t i = c * depth; i < (c + 1) * depth; ++i) {
    int64_t weight = stored[i] - zeroPoints[c];
    sum += weight;
    size += std::abs(weight);
  }
  return {sum, size};
}

SmallVector<WeightGrid> DynamicLayers::findGrids(Operation *op,
                                                 ArrayRef<float> weights,
                                                 const WeightScales &scales) {
  SmallVector<WeightGrid> grids;
  for (size_t c = 0; c < scales.scales.size(); ++c) {
    std::optional<WeightGrid> grid = findWeightGrid(weights, scales, c);
    if (!grid) {
      note(op, "rounded-weights",
           "its weights are not the integers that they were in the model: "
           "those of output channel " +
               std::to_string(c) +
               " are no multiples of one scale, or do not fit 8 bits");
      return {};
    }
    grids.push_back(std::move(*grid));
  }
  return grids;
}

IntegerWeights DynamicLayers::chooseIntegers(Operation *op,
                                             ArrayRef<float> weights,
                                             size_t channels) {
  // Biases are added in float, so that no scale has to be raised for them.
  fxp::WeightsAttr plan = getWeights(op);
  WeightScheme scheme = getWeightScheme(plan);
  SmallVector<float> none(channels, 0);
  WeightScales chosen = chooseWeightScales(weights, none, scheme,
                                           {/*inputScale=*/1,
                                            /*outputScale=*/0});
  for (double &scale : chosen.scales)
    scale = scale > 0 ? scale : 1;
  SmallVector<WeightGrid> grids;
  if (plan.getRounding() == fxp::WeightRounding::Exact)
    grids = findGrids(op, weights, chosen);
  IntegerWeights integers;
  integers.scales = chosen.scales;
  integers.zeroPoints.assign(channels, 0);
  std::tie(integers.lowest, integers.highest) = getWeightStorageRange(scheme);
  size_t depth = weights.size() / channels;
  for (size_t c = 0; c < channels; ++c) {
    if (!grids.empty()) {
      integers.scales[c] = grids[c].scale;
      integers.zeroPoints[c] = grids[c].zeroPoint;
      if (grids[c].usesLowest)
        integers.lowest = -128;
    }
    for (size_t i = 0; i < depth; ++i) {
      int64_t integer =
          grids.empty()
              ? std::clamp<int64_t>(
                    std::llrint(weights[c * depth + i] / chosen.scales[c]),
                    integers.lowest, integers.highest)
              : grids[c].integers[i] + grids[c].zeroPoint;
      integers.stored.push_back(static_cast<int8_t>(integer));
    }
  }
  return integers;
}

std::optional<std::string>
DynamicLayers::convertLayer(Operation *op, Value real, bool perRow) {
  auto conv = dyn_cast<nn::Conv2DOp>(op);
  if (!isa<nn::Conv2DOp, nn::LinearOp>(op))
    return "its zero point is only known at run time, and its sums have "
           "different weights at the rim";
  if (conv && perRow)
    return "its sums join rows of different scales";
  SmallVector<float> weights, bias;
  if (!getFinite(op->getOperand(1), weights) ||
      !getFinite(op->getOperand(2), bias))
    return "its weights or biases are not constant, or not finite";
  if (weights.empty() || bias.empty())
    return "it has no weights";

  IntegerWeights integers = chooseIntegers(op, weights, bias.size());
  // Values less their zero point reach 255 steps on one side.
  constexpr int64_t kMostSteps = 255;
  SmallVector<int32_t> sums;
  for (size_t c = 0; c < bias.size(); ++c) {
    auto [sum, size] = integers.getSums(c);
    if (size * kMostSteps > INT32_MAX)
      return ("the accumulator of output channel " + Twine(c) + " " +
              kOverflowReason)
          .str();
    sums.push_back(static_cast<int32_t>(sum));
  }

  Location loc = op->getLoc();
  using mlir::quant::UniformQuantizedPerAxisType;
  constexpr unsigned kSigned = mlir::quant::QuantizationFlags::Signed;
  auto weightType = cast<RankedTensorType>(op->getOperand(1).getType());
  fxp::WeightsAttr plan = getWeights(op);
  auto element = UniformQuantizedPerAxisType::get(
      kSigned, builder.getIntegerType(plan.getBits()), builder.getF32Type(),
      integers.scales, integers.zeroPoints, /*quantizedDimension=*/0,
      integers.lowest, integers.highest);
  auto constant = fxp::ConstantOp::create(
      builder, loc, weightType.clone(element),
      makeConstant(weightType.clone(builder.getIntegerType(8)),
                   integers.stored));
  if (plan.getBits() <= fxp::getWeightBits(fxp::WeightStorage::I4).second)
    constant.setStorage(plan.getStorage());
  auto biasType =
      RankedTensorType::get({int64_t(bias.size())}, builder.getIntegerType(32));
  Value zeros = fxp::ConstantOp::create(
      builder, loc, biasType,
      makeConstant(biasType, SmallVector<int64_t>(bias.size(), 0)));

  auto input = cast<RankedTensorType>(real.getType());
  SmallVector<int64_t> shape(input.getShape());
  mlir::DenseI64ArrayAttr pads;
  if (conv && llvm::any_of(conv.getPads(), [](int64_t p) { return p != 0; })) {
    pads = conv.getPadsAttr();
    shape[1] += pads[0] + pads[2];
    shape[2] += pads[1] + pads[3];
  }
  SmallVector<int64_t> parameters = {1, 2};
  if (perRow)
    parameters = {input.getNumElements() / input.getShape().back(), 1};
  auto stored = fxp::DynamicQuantizeOp::create(
      builder, loc,
      RankedTensorType::get(shape, fxp::DynamicQuantizeOp::getStoredType(
                                       builder.getContext(), perRow)),
      RankedTensorType::get(parameters, builder.getF32Type()), real, perRow,
      pads);

  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  RankedTensorType sumType = getSumType(result, integers.scales);
  fxp::RequantAttr exact = getSumRequant(builder.getContext());
  Value product;
  if (conv)
    product = fxp::Conv2DOp::create(
        builder, loc, sumType, stored.getResult(), constant, zeros, exact,
        conv.getStridesAttr(), builder.getDenseI64ArrayAttr({0, 0, 0, 0}),
        conv.getDilationsAttr(), conv.getGroupsAttr());
  else
    product = fxp::FullyConnectedOp::create(
        builder, loc, sumType, stored.getResult(), constant, zeros, exact);
  bool hasBias = llvm::any_of(bias, [](float v) { return v != 0; });
  auto made = fxp::DynamicDequantizeOp::create(
      builder, loc, result, product, stored.getParameters(),
      perRow ? mlir::DenseI32ArrayAttr() : builder.getDenseI32ArrayAttr(sums),
      hasBias ? builder.getDenseF32ArrayAttr(bias) : mlir::DenseF32ArrayAttr());
  if (auto name = op->getAttr(kNameAttr))
    made->setAttr(kNameAttr, name);
  op->getResult(0).replaceAllUsesWith(made.getResult());
  note(op, "dynamic",
       perRow ? "each row of its input gets a scale from the row's range in "
                "each run; its results are floats"
              : "its input gets a scale from its range in each run; its "
                "results are floats");
  ++report.quantizedOps;
  return std::nullopt;
}

std::string DynamicLayers::packWeights(Operation *op) {
  SmallVector<float> weights;
  size_t channels =
      cast<RankedTensorType>(op->getResult(0).getType()).getShape().back();
  if (!getFinite(op->getOperand(1), weights) || weights.empty())
    return "its weights are not constant, or not finite";
  IntegerWeights integers = chooseIntegers(op, weights, channels);
  if (llvm::any_of(integers.zeroPoints, [](int64_t zero) { return zero; }))
    return "its weights have zero points, and stay floats";
  // Two to a byte where all of them have four bits.
  auto [least, most] =
      std::minmax_element(integers.stored.begin(), integers.stored.end());
  bool pairs = *least >= -8 && *most <= 7;
  auto type = cast<RankedTensorType>(op->getOperand(1).getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<int8_t> bytes = integers.stored;
  if (pairs) {
    int64_t row = shape.back(), packed = (row + 1) / 2;
    shape.back() = packed;
    bytes.assign(integers.stored.size() / row * packed, 0);
    for (auto [i, integer] : llvm::enumerate(integers.stored)) {
      int64_t column = int64_t(i) % row;
      bytes[int64_t(i) / row * packed + column / 2] |= (integer & 15)
                                                       << (column % 2 * 4);
    }
  }
  auto constant = [&](Type element, ArrayRef<int64_t> dims, auto values) {
    auto tensor = RankedTensorType::get(dims, element);
    return mlir::tosa::ConstOp::create(builder, op->getLoc(), tensor,
                                       makeConstant(tensor, values));
  };
  SmallVector<float> scales(integers.scales.begin(), integers.scales.end());
  Value stored = constant(builder.getIntegerType(8), shape, bytes);
  op->setOperand(
      1, nn::DequantizeWeightsOp::create(
             builder, op->getLoc(), type, stored,
             constant(builder.getF32Type(), int64_t(channels), scales), pairs));
  return ("its weights alone are stored in fewer bits, " +
          Twine(pairs ? 4 : 8) + " each")
      .str();
}

std::string DynamicLayers::shortenWeights(Operation *op, FloatType kind) {
  SmallVector<float> weights;
  auto type = cast<RankedTensorType>(op->getOperand(1).getType());
  if (!getFinite(op->getOperand(1), weights) || weights.empty())
    return "its weights are not constant, or not finite";
  auto stored = type.clone(kind);
  ElementsAttr rounded = makeConstant(stored, weights);
  if (!llvm::all_of(getFloats(rounded),
                    [](float weight) { return std::isfinite(weight); }))
    return "a weight is larger than 16 bits hold, and all stay in 32";
  auto ones =
      RankedTensorType::get({type.getShape().front()}, builder.getF32Type());
  auto constant = [&](RankedTensorType tensor, ElementsAttr values) {
    return mlir::tosa::ConstOp::create(builder, op->getLoc(), tensor, values);
  };
  op->setOperand(1, nn::DequantizeWeightsOp::create(
                        builder, op->getLoc(), type, constant(stored, rounded),
                        constant(ones, makeConstant(ones, ArrayRef(1.0f))),
                        /*pairs=*/false));
  return "its weights alone are stored in fewer bits, 16 each";
}

void DynamicLayers::convert(Operation *op) {
  Value input = op->getOperand(0);
  SmallVector<Operation *> moves;
  nn::DynamicFakeQuantizeOp dynamic = findDynamicInput(op, &moves);
  std::optional<Scheme> scheme = findScheme(op);
  if (!dynamic && (!scheme || *scheme == Scheme::Static))
    return;
  builder.setInsertionPoint(op);
  if (dynamic) {
    // What moves all of its elements changes no range.
    input = dynamic.getInput();
    for (Operation *move : llvm::reverse(moves)) {
      Operation *moved = builder.clone(*move);
      moved->removeAttr(kNameAttr);
      moved->setOperand(0, input);
      input = moved->getResult(0);
    }
  }
  auto stays = [&](const std::string &reason) {
    op->setAttr(kRefusalAttr, builder.getStringAttr(reason));
  };
  if (scheme == Scheme::WeightOnly) {
    op->setOperand(0, input);
    stays(packWeights(op));
  } else if (scheme == Scheme::WeightF16 || scheme == Scheme::WeightBF16) {
    op->setOperand(0, input);
    stays(shortenWeights(op, *scheme == Scheme::WeightF16
                                 ? FloatType(builder.getF16Type())
                                 : builder.getBF16Type()));
  } else if (scheme == Scheme::Static) {
    // Its input is stored in the type that is planned for it.
    op->setOperand(0, input);
  } else if (options.integerOnly) {
    stays("the scale of its input is only known at run time, in float");
  } else {
    bool perRow = scheme ? *scheme == Scheme::DynamicRow : dynamic.getPerRow();
    if (auto refusal = convertLayer(op, input, perRow))
      stays(*refusal);
    else
      op->erase();
  }
  // What only this layer read.
  moves.push_back(dynamic);
  for (Operation *step : moves)
    if (step && step->use_empty())
      step->erase();
}

void quantize::convertDynamicLayers(mlir::func::FuncOp func,
                                    const QuantizeOptions &options,
                                    const KeepFloat &keepFloat,
                                    QuantizeReport &report) {
  SmallVector<Operation *> layers;
  func.walk([&](Operation *op) {
    if (hasWeights(op) && !keepFloat.contains(op))
      layers.push_back(op);
  });
  DynamicLayers converter(func, options, report);
  for (Operation *op : layers)
    converter.convert(op);
}
