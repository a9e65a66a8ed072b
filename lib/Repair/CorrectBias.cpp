//===- CorrectBias.cpp - undo the mean error of quantisation --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/CorrectBias.h"
#include "BiasJudge.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Simulate/LayerWalk.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include <cmath>

using namespace narrow;
using reference::Tensor;

/// The real values of a tensor with one scale.
static std::vector<float> toReal(const Tensor &tensor) {
  fxp::QuantView view = tensor.getQuantView();
  std::vector<float> values;
  values.reserve(tensor.stored().size());
  float scale = view.getScale();
  for (int32_t q : tensor.stored())
    values.push_back(scale * static_cast<float>(q - view.getZeroPoint()));
  return values;
}

/// The real values of constant weights, a scale per output channel.
static std::vector<float> getWeights(fxp::ConstantOp constant) {
  Tensor tensor = Tensor::fromElements(getTensorType(constant.getResult()),
                                       constant.getValue());
  fxp::QuantView view = tensor.getQuantView();
  int64_t depth = tensor.getNumElements() / tensor.getDim(0);
  std::vector<float> values;
  for (auto [i, q] : llvm::enumerate(tensor.stored())) {
    int64_t channel = static_cast<int64_t>(i) / depth;
    values.push_back(static_cast<float>(
        view.getScale(channel) *
        static_cast<double>(q - view.getZeroPoint(channel))));
  }
  return values;
}

namespace {
/// Adds up the means of a layer that is walked.
class QuantizedMeans {
public:
  QuantizedMeans(Operation *op, fxp::ConstantOp weights)
      : patch(getGeometry(op)), weights(getWeights(weights)) {}

  void add(const Tensor *input, const Tensor *other, int64_t outputs) {
    if (input)
      patch.add(toReal(*input));
    if (other)
      residual.add(toReal(*other), outputs);
  }
  LayerMeans get(int64_t outputs) const {
    return {patch.multiply(weights, outputs), residual.get()};
  }

private:
  PatchMean patch;
  std::vector<float> weights;
  ChannelMean residual;
};

/// Corrects each contraction when its inputs are known.
class Corrector : public LayerVisitor {
public:
  Corrector(const FloatFindings &findings, const SampleSplit &split,
            BiasCorrection &result)
      : findings(findings), split(split), result(result) {}

  bool wants(Operation *op) override {
    return isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op);
  }
  llvm::Error visit(Operation *op, LayerWalk &walk) override {
    ++(correct(op, walk) ? result.corrected : result.skipped);
    return llvm::Error::success();
  }

  SmallVector<CorrectedLayer> layers;

private:
  bool correct(Operation *op, LayerWalk &walk);

  const FloatFindings &findings;
  const SampleSplit &split;
  BiasCorrection &result;
};
} // namespace

/// Returns the biases of `op` that make `found` of its integers what `wanted`
/// is of the float model.
static ElementsAttr makeBias(Operation *op, const BiasTarget &target,
                             const LayerMeans &wanted,
                             const LayerMeans &found) {
  auto bias = op->getOperand(2).getDefiningOp<fxp::ConstantOp>();
  SmallVector<int64_t> stored = getIntegers(bias.getValue());
  double inputScale = fxp::QuantView(op->getOperand(0).getType()).getScale();
  fxp::QuantView weightView(op->getOperand(1).getType());
  RankedTensorType type = getTensorType(bias.getResult());
  double limit = type.getElementType().isInteger(64) ? 0x1p46 : 2147483647.0;
  for (size_t o = 0; o < stored.size(); ++o) {
    double real = wanted.sums[o] + target.bias[o] - found.sums[o];
    if (!found.residual.empty())
      real += wanted.residual[o] - found.residual[o];
    double steps = std::nearbyint(
        real / (inputScale * weightView.getScale(static_cast<int64_t>(o))));
    if (std::isfinite(steps))
      stored[o] = static_cast<int64_t>(std::clamp(steps, -limit, limit));
  }
  return makeConstant(type, stored);
}

bool Corrector::correct(Operation *op, LayerWalk &walk) {
  const BiasTarget *found = findings.find(findValueName(op->getResult(0)));
  const SampleTensors *inputs = walk.find(op->getOperand(0));
  auto weights = op->getOperand(1).getDefiningOp<fxp::ConstantOp>();
  auto bias = op->getOperand(2).getDefiningOp<fxp::ConstantOp>();
  if (!found || !inputs || !weights || !bias)
    return false;
  const BiasTarget &target = *found;
  auto outputs = static_cast<int64_t>(target.bias.size());
  if (getTensorType(bias.getResult()).getNumElements() != outputs)
    return false;

  // What the other side of an addition lost on average is made up for here.
  Value other = getResidual<fxp::AddOp>(op->getResult(0));
  const SampleTensors *others = other ? walk.find(other) : nullptr;
  if (static_cast<int64_t>(target.means.residual.size()) != outputs)
    others = nullptr;
  QuantizedMeans means(op, weights);
  LayerMeans first;
  // A tensor for all samples is added once.
  auto at = [](const SampleTensors *tensors, int64_t i) {
    return tensors && i < static_cast<int64_t>(tensors->size()) ? &(*tensors)[i]
                                                                : nullptr;
  };
  for (int64_t i = 0; i < split.training; ++i) {
    means.add(at(inputs, i), at(others, i), outputs);
    if (i + 1 == split.judgesBegin)
      first = means.get(outputs);
  }
  CorrectedLayer layer{op, bias.getValue(), {}, {}};
  layer.corrected = makeBias(op, target, target.means, means.get(outputs));
  layer.judged = split.countJudges() ? makeBias(op, target, target.first, first)
                                     : layer.corrected;
  layers.push_back(layer);
  walk.forget(bias.getResult());
  setBias(op, layer.corrected);
  return true;
}

SampleSplit SampleSplit::get(int64_t count, int64_t most) {
  SampleSplit split;
  split.training = std::min(count, most);
  split.judgesBegin = split.judgesEnd = split.training;
  if (count > most) {
    split.judgesEnd = std::min(count, most + kMostJudges);
  } else if (count > 1) {
    int64_t judges = std::clamp<int64_t>(count / 4, 1, kMostJudges);
    split.judgesBegin = count - judges;
  }
  return split;
}

llvm::Expected<BiasCorrection> narrow::correctBiases(ModuleOp original,
                                                     ModuleOp quantized,
                                                     const SampleSplit &split,
                                                     GetSample getSample,
                                                     GetExecutor getExecutor) {
  BiasCorrection result;
  SmallVector<Value> floatParts, parts;
  if (split.countJudges() &&
      llvm::hasSingleElement(quantized.getOps<mlir::func::FuncOp>()))
    for (auto [left, right] : findParts(original, quantized)) {
      floatParts.push_back(left);
      parts.push_back(right);
    }
  llvm::Expected<FloatFindings> findings =
      measureFloat(original, floatParts, split, getSample, getExecutor);
  if (!findings)
    return findings.takeError();
  for (auto func : quantized.getOps<mlir::func::FuncOp>()) {
    if (func.isExternal() || !llvm::hasSingleElement(func.getBody()))
      continue;
    Corrector corrector(*findings, split, result);
    if (llvm::Error error =
            LayerWalk(func).run(split.training, getSample, corrector))
      return std::move(error);
    if (parts.empty() || corrector.layers.empty())
      continue;
    BiasJudge judge(quantized, parts, findings->parts, split, getSample,
                    corrector.layers);
    llvm::Expected<llvm::BitVector> kept = judge.decide(result);
    if (!kept)
      return kept.takeError();
    for (auto [index, layer] : llvm::enumerate(corrector.layers)) {
      if (kept->test(index))
        continue;
      setBias(layer.op, layer.plain);
      result.undone.push_back(layer.op);
      --result.corrected;
    }
  }
  return result;
}
