//===- GuessStatistics.cpp - statistics without samples -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/GuessStatistics.h"

#include "ChannelDistribution.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include <cmath>

using namespace narrow;
namespace tosa = mlir::tosa;

/// Elements that stand for a value, spread over its channels, and the fewest of
/// a channel.
static constexpr size_t kElements = 1 << 16, kLeastElements = 256;

/// The most that a channel's elements deviate, in deviations: real ones have
/// longer tails than normal ones.
static constexpr double kExtremes = 6;

static int64_t getLastSize(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getRank() ? type.getShape().back() : 1;
}

namespace {
class Guess {
public:
  Guess(const llvm::StringMap<NormalizedChannels> &normalized)
      : normalized(normalized) {}

  void setInput(Value value, std::pair<double, double> range);
  void visit(Operation *op);
  void observe(fxp::ObserveOp op);

  GuessedStatistics found;

private:
  const Distribution *find(Value value) const {
    auto known = channels.find(value);
    return known == channels.end() ? nullptr : &known->second;
  }
  /// Returns the channel `index` of so many.
  static const ChannelDistribution &get(const Distribution &value,
                                        size_t index) {
    return value[index % value.size()];
  }
  /// Returns what `op` computes; nothing where that is not known.
  std::optional<Distribution> compute(Operation *op) const;
  std::optional<Distribution> move(Operation *op) const;
  std::optional<Distribution> concat(tosa::ConcatOp op) const;
  std::optional<Distribution> pad(tosa::PadOp op) const;
  std::optional<Distribution> multiply(Operation *op) const;
  std::optional<Distribution> map(Operation *op) const;
  std::optional<Distribution> combine(Operation *op) const;
  std::optional<Distribution> sum(tosa::ReduceSumOp op) const;

  const llvm::StringMap<NormalizedChannels> &normalized;
  llvm::DenseMap<Value, Distribution> channels;
  /// Inputs are even, not normal.
  llvm::DenseMap<Value, std::pair<double, double>> inputs;
  /// Values that training says, and those that only such are in.
  llvm::DenseSet<Value> anchored;
};
} // namespace

void Guess::setInput(Value value, std::pair<double, double> range) {
  auto [low, high] = range;
  inputs[value] = range;
  channels[value] = {
      {(low + high) / 2, (high - low) / std::sqrt(12.0), low, high}};
}

std::optional<Distribution> Guess::move(Operation *op) const {
  const Distribution *operand = find(op->getOperand(0));
  if (!operand)
    return std::nullopt;
  int64_t from = getLastSize(op->getOperand(0)),
          to = getLastSize(op->getResult(0));
  bool keepsLast = from == to;
  if (auto transpose = dyn_cast<tosa::TransposeOp>(op))
    keepsLast = transpose.getPerms().back() ==
                static_cast<int32_t>(transpose.getPerms().size()) - 1;
  // Flattened images repeat their channels.
  if (isa<tosa::ReshapeOp>(op) && to % from == 0)
    keepsLast = true;
  if (isa<tosa::GatherOp, tosa::TileOp>(op))
    keepsLast = false;
  return keepsLast ? *operand : Distribution{join(*operand)};
}

std::optional<Distribution> Guess::concat(tosa::ConcatOp op) const {
  Distribution whole;
  bool isLast = static_cast<int64_t>(op.getAxis()) + 1 ==
                cast<RankedTensorType>(op.getType()).getRank();
  for (Value operand : op->getOperands()) {
    const Distribution *part = find(operand);
    if (!part)
      return std::nullopt;
    for (int64_t c = 0; c < getLastSize(operand); ++c)
      whole.push_back(get(*part, c));
  }
  return isLast ? whole : Distribution{join(whole)};
}

std::optional<Distribution> Guess::pad(tosa::PadOp op) const {
  const Distribution *operand = find(op->getOperand(0));
  std::optional<double> value = getSplat(op.getPadConst());
  auto from = cast<RankedTensorType>(op->getOperand(0).getType()),
       to = cast<RankedTensorType>(op.getType());
  ElementsAttr pads = getConstant(op.getPadding());
  if (!operand || !value || !pads)
    return std::nullopt;
  if (from.getShape().back() == to.getShape().back())
    return *operand;
  int64_t before = getIntegers(pads)[2 * (from.getRank() - 1)];
  Distribution whole(to.getShape().back(),
                     ChannelDistribution{*value, 0, *value, *value});
  for (int64_t c = 0; c < from.getShape().back(); ++c)
    whole[before + c] = get(*operand, c);
  return whole;
}

/// Contractions with constant weights `[O, ..., I]`.
std::optional<Distribution> Guess::multiply(Operation *op) const {
  const Distribution *operand = find(op->getOperand(0));
  ElementsAttr weights = getConstant(op->getOperand(1)),
               bias = getConstant(op->getOperand(2));
  if (!operand || !weights || !bias)
    return std::nullopt;
  ArrayRef<int64_t> shape = cast<ShapedType>(weights.getType()).getShape();
  int64_t results = shape.front(), inner = shape.back(), groups = 1;
  // A transposed convolution's results each get some of its taps.
  double share = 1;
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    groups = conv.getGroups();
  if (auto conv = dyn_cast<nn::TransposedConv2DOp>(op))
    for (int64_t stride : conv.getStrides())
      share /= static_cast<double>(stride);
  std::vector<Moments> moments;
  for (int64_t c = 0; c < getLastSize(op->getOperand(0)); ++c)
    moments.push_back(get(*operand, c).getMoments());
  SmallVector<float> w = getFloats(weights), b = getFloats(bias);
  int64_t taps = static_cast<int64_t>(w.size()) / (results * inner);
  Distribution result;
  for (int64_t o = 0; o < results; ++o) {
    Moments sum;
    int64_t first = o / (results / groups) * inner;
    for (int64_t i = 0; i < taps * inner; ++i) {
      const Moments &input = moments[first + i % inner];
      double weight = w[o * taps * inner + i];
      sum.mean += weight * input.mean;
      sum.variance += weight * weight * input.variance;
    }
    result.push_back(
        {share * sum.mean + b[o], std::sqrt(share * sum.variance)});
  }
  return result;
}

/// Functions of one value, and of one and constants.
std::optional<Distribution> Guess::map(Operation *op) const {
  const Distribution *operand = nullptr;
  size_t place = 0;
  std::vector<SmallVector<float>> constants;
  for (auto [index, value] : llvm::enumerate(op->getOperands())) {
    SmallVector<float> numbers;
    if (ElementsAttr constant = getConstant(value)) {
      if (!isa<FloatType>(constant.getElementType()))
        continue;
      numbers = getFloats(constant);
      // One number, or one a channel.
      if (numbers.size() != 1 &&
          static_cast<int64_t>(numbers.size()) != getLastSize(value))
        return std::nullopt;
    } else if (operand || !(operand = find(value))) {
      return std::nullopt;
    } else {
      place = index;
    }
    constants.push_back(std::move(numbers));
  }
  nn::ScalarFunction function = nn::getScalarFunction(op);
  if (!operand || !function || function.arity > constants.size())
    return std::nullopt;
  size_t size = operand->size();
  for (ArrayRef<float> numbers : constants)
    size = std::max(size, numbers.size());
  Distribution result;
  for (size_t c = 0; c < size; ++c) {
    SmallVector<double> arguments(function.arity);
    for (unsigned i = 0; i < function.arity; ++i)
      if (i != place)
        arguments[i] = constants[i][c % constants[i].size()];
    const ChannelDistribution &channel = get(*operand, c);
    auto evaluate = [&](double value) {
      arguments[place] = value;
      return function.evaluate(arguments);
    };
    result.push_back(apply(evaluate, channel));
    // What is linear stays normal, and a clamp alone changes no place.
    if (auto clamp = dyn_cast<tosa::ClampOp>(op)) {
      result.back() = channel;
      result.back().low = evaluate(channel.low);
      result.back().high = evaluate(channel.high);
    } else if (isa<tosa::AddOp, tosa::SubOp, tosa::MulOp>(op)) {
      double low = evaluate(channel.low), high = evaluate(channel.high),
             mean = evaluate(channel.mean),
             next = evaluate(channel.mean + channel.deviation);
      if (!std::isnan(low) && !std::isnan(high))
        result.back() = {mean, std::abs(next - mean), std::min(low, high),
                         std::max(low, high)};
    }
  }
  return result;
}

/// Sums and products of two values, as if these were independent.
std::optional<Distribution> Guess::combine(Operation *op) const {
  if (op->getNumOperands() < 2)
    return std::nullopt;
  const Distribution *lhs = find(op->getOperand(0)),
                     *rhs = find(op->getOperand(1));
  if (!lhs || !rhs || !isa<tosa::AddOp, tosa::SubOp, tosa::MulOp>(op))
    return std::nullopt;
  Distribution result;
  for (size_t c = 0; c < std::max(lhs->size(), rhs->size()); ++c) {
    const ChannelDistribution &a = get(*lhs, c), &b = get(*rhs, c);
    Moments x = a.getMoments(), y = b.getMoments();
    if (isa<tosa::MulOp>(op)) {
      double ends[] = {a.low * b.low, a.low * b.high, a.high * b.low,
                       a.high * b.high};
      // Infinity times 0 is no bound.
      bool isBounded =
          llvm::none_of(ends, [](double end) { return end != end; });
      double infinity = std::numeric_limits<double>::infinity();
      result.push_back(
          makeNormal({x.mean * y.mean, x.variance * y.variance +
                                           x.variance * y.mean * y.mean +
                                           y.variance * x.mean * x.mean},
                     isBounded ? *llvm::min_element(ends) : -infinity,
                     isBounded ? *llvm::max_element(ends) : infinity));
      continue;
    }
    bool isSum = isa<tosa::AddOp>(op);
    result.push_back(makeNormal(
        {isSum ? x.mean + y.mean : x.mean - y.mean, x.variance + y.variance},
        isSum ? a.low + b.low : a.low - b.high,
        isSum ? a.high + b.high : a.high - b.low));
  }
  return result;
}

/// Neighbours are alike: nothing evens out.
std::optional<Distribution> Guess::sum(tosa::ReduceSumOp op) const {
  const Distribution *operand = find(op->getOperand(0));
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  if (!operand || static_cast<int64_t>(op.getAxis()) + 1 == type.getRank())
    return std::nullopt;
  auto count = static_cast<double>(type.getDimSize(op.getAxis()));
  Distribution result = *operand;
  for (ChannelDistribution &channel : result)
    channel = {count * channel.mean, count * channel.deviation,
               count * channel.low, count * channel.high};
  return result;
}

std::optional<Distribution> Guess::compute(Operation *op) const {
  if (auto concatenation = dyn_cast<tosa::ConcatOp>(op))
    return concat(concatenation);
  if (auto padding = dyn_cast<tosa::PadOp>(op))
    return pad(padding);
  if (auto reduction = dyn_cast<tosa::ReduceSumOp>(op))
    return sum(reduction);
  if (hasWeights(op))
    return multiply(op);
  // A mean deviates by what its elements do, at most.
  if (!getMovedOperands(op).empty() || isa<nn::AvgPool2DOp>(op))
    return move(op);
  if (auto softmax = dyn_cast<nn::SoftmaxOp>(op))
    return Distribution{
        {1.0 / static_cast<double>(getLastSize(softmax)), 0.25, 0, 1}};
  if (std::optional<Distribution> mapped = map(op))
    return mapped;
  return combine(op);
}

void Guess::visit(Operation *op) {
  if (op->getNumResults() != 1 || !isFloatTensor(op->getResult(0).getType()) ||
      op->hasTrait<mlir::OpTrait::ConstantLike>())
    return;
  Value result = op->getResult(0);
  auto trained = normalized.find(findValueName(result));
  if (trained != normalized.end() &&
      static_cast<int64_t>(trained->second.means.size()) ==
          getLastSize(result) &&
      isa<nn::Conv2DOp, nn::TransposedConv2DOp, nn::LinearOp, tosa::AddOp,
          nn::BatchNormOp>(op)) {
    Distribution &own = channels[result];
    for (auto [mean, deviation] :
         llvm::zip_equal(trained->second.means, trained->second.deviations))
      own.push_back({mean, deviation});
    anchored.insert(result);
    return;
  }
  std::optional<Distribution> own = compute(op);
  if (!own)
    return;
  if (!hasWeights(op) && llvm::all_of(op->getOperands(), [&](Value operand) {
        return !find(operand) || anchored.contains(operand);
      }))
    anchored.insert(result);
  channels[result] = std::move(*own);
}

void Guess::observe(fxp::ObserveOp op) {
  const Distribution *known = find(op.getInput());
  if (!known) {
    found.unknown.push_back(op.getName().str());
    return;
  }
  auto input = inputs.find(op.getInput());
  if (input == inputs.end())
    (anchored.contains(op.getInput()) ? found.normalized : found.derived)
        .push_back(op.getName().str());
  std::vector<float> elements;
  size_t count = std::max(kElements / known->size(), kLeastElements);
  for (const ChannelDistribution &channel : *known) {
    if (input != inputs.end()) {
      // Evenly from end to end.
      auto [low, high] = input->second;
      for (size_t i = 0; i < count; ++i)
        elements.push_back(
            static_cast<float>(low + (high - low) * static_cast<double>(i) /
                                         static_cast<double>(count - 1)));
      continue;
    }
    for (double place : getNormalPlaces(count))
      elements.push_back(static_cast<float>(channel.at(place)));
    for (double place : {-kExtremes, kExtremes})
      elements.push_back(static_cast<float>(channel.at(place)));
  }
  found.statistics.addSample(op.getName(), elements);
}

llvm::Expected<GuessedStatistics> narrow::guessStatistics(
    ModuleOp observed, const llvm::StringMap<NormalizedChannels> &normalized,
    const llvm::StringMap<std::pair<double, double>> &ranges) {
  Guess guess(normalized);
  mlir::func::FuncOp function = getMainFunction(observed);
  for (mlir::BlockArgument argument : function.getArguments()) {
    if (!isFloatTensor(argument.getType()))
      continue;
    StringRef name = findValueName(argument);
    auto range = ranges.find(name);
    if (range == ranges.end())
      return makeError("expected the range of input '" + name + "' (--range " +
                       name + "=low:high): no sample says it");
    guess.setInput(argument, range->second);
  }
  function.walk([&](Operation *op) {
    if (auto observe = dyn_cast<fxp::ObserveOp>(op))
      guess.observe(observe);
    else
      guess.visit(op);
  });
  guess.found.statistics.isPartial = true;
  return std::move(guess.found);
}
