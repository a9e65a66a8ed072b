//===- CorrectBias.cpp - undo the mean error of quantisation --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/CorrectBias.h"
#include "BiasTarget.h"
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
/// Corrects each contraction when its inputs are known.
class Corrector : public LayerVisitor {
public:
  Corrector(const BiasTargets &targets, BiasCorrection &result)
      : targets(targets), result(result) {}

  bool wants(Operation *op) override {
    return isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op);
  }
  llvm::Error visit(Operation *op, LayerWalk &walk) override {
    ++(correct(op, walk) ? result.corrected : result.skipped);
    return llvm::Error::success();
  }

private:
  bool correct(Operation *op, LayerWalk &walk);

  const BiasTargets &targets;
  BiasCorrection &result;
};
} // namespace

bool Corrector::correct(Operation *op, LayerWalk &walk) {
  const BiasTarget *target = targets.find(findValueName(op->getResult(0)));
  const SampleTensors *inputs = walk.find(op->getOperand(0));
  auto weights = op->getOperand(1).getDefiningOp<fxp::ConstantOp>();
  auto bias = op->getOperand(2).getDefiningOp<fxp::ConstantOp>();
  if (!target || !inputs || !weights || !bias)
    return false;
  const BiasTarget &wanted = *target;
  SmallVector<int64_t> stored = getIntegers(bias.getValue());
  int64_t outputs = stored.size();
  if (outputs != static_cast<int64_t>(wanted.bias.size()))
    return false;

  PatchMean patch(getGeometry(op));
  for (const Tensor &input : *inputs)
    patch.add(toReal(input));
  std::vector<double> found = patch.multiply(getWeights(weights), outputs);
  std::vector<double> goal = wanted.patch.multiply(wanted.weights, outputs);

  // What the other side of an addition lost on average is made up for here.
  ChannelMean residual;
  Value other = getResidual<fxp::AddOp>(op->getResult(0));
  const SampleTensors *others = other ? walk.find(other) : nullptr;
  if (others && wanted.residualChannels == outputs)
    for (const Tensor &tensor : *others)
      residual.add(toReal(tensor), outputs);

  double inputScale = fxp::QuantView(op->getOperand(0).getType()).getScale();
  fxp::QuantView weightView(op->getOperand(1).getType());
  bool isWide = getTensorType(bias.getResult()).getElementType().isInteger(64);
  double limit = isWide ? 0x1p46 : 2147483647.0;
  for (int64_t o = 0; o < outputs; ++o) {
    double real = goal[o] + wanted.bias[o] - found[o];
    if (others && wanted.residualChannels == outputs)
      real += wanted.residual.get(o) - residual.get(o);
    double steps = std::nearbyint(real / (inputScale * weightView.getScale(o)));
    if (std::isfinite(steps))
      stored[o] = static_cast<int64_t>(std::clamp(steps, -limit, limit));
  }
  OpBuilder builder(op);
  auto corrected = fxp::ConstantOp::create(
      builder, op->getLoc(), bias.getResult().getType(),
      makeConstant(getTensorType(bias.getResult()), stored));
  op->setOperand(2, corrected.getResult());
  if (bias->use_empty()) {
    corrected->setDiscardableAttrs(bias->getDiscardableAttrDictionary());
    walk.forget(bias.getResult());
    bias.erase();
  }
  return true;
}

llvm::Expected<BiasCorrection> narrow::correctBiases(ModuleOp original,
                                                     ModuleOp quantized,
                                                     int64_t numSamples,
                                                     GetSample getSample) {
  BiasCorrection result;
  llvm::Expected<BiasTargets> targets =
      measureTargets(original, numSamples, getSample);
  if (!targets)
    return targets.takeError();
  for (auto func : quantized.getOps<mlir::func::FuncOp>()) {
    if (func.isExternal() || !llvm::hasSingleElement(func.getBody()))
      continue;
    Corrector corrector(*targets, result);
    if (llvm::Error error =
            LayerWalk(func).run(numSamples, getSample, corrector))
      return std::move(error);
  }
  return result;
}
