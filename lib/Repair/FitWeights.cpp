//===- FitWeights.cpp - weights for inputs in fixed point -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BiasCorrector.h"
#include "FitSamples.h"
#include "FittedState.h"
#include "ScalableLayers.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"

#include <cmath>
#include <tuple>

using namespace narrow;
using reference::Tensor;

/// Output positions of a layer that are looked at, over all samples; of a
/// depthwise one, whose channels have few weights each.
static constexpr int64_t kPositions = 16384, kDepthwisePositions = 4096;
/// Most weights of a channel: second moments of all pairs of them and what is
/// made of those take 42 MB a copy, of which there are up to 20.
static constexpr int64_t kMostInputs = 2304;

static bool areSizesEqual(const PatchGeometry &a, const PatchGeometry &b) {
  auto list = [](const PatchGeometry &g) {
    return std::make_tuple(g.batch, g.height, g.width, g.channels, g.outHeight,
                           g.outWidth, g.kernelHeight, g.kernelWidth,
                           g.strides[0], g.strides[1], g.dilations[0],
                           g.dilations[1], g.top, g.left, g.groups);
  };
  return list(a) == list(b);
}

namespace {
/// Fits each contraction when its inputs are known.
class Fitter : public LayerVisitor {
public:
  Fitter(mlir::func::FuncOp function, const FloatLayers &floats,
         const BiasCorrector &corrector, const RepairContext &context,
         bool isFitted, RepairReport &report);

  bool wants(Operation *op) override { return isWeightedLayer(op); }
  llvm::Error visit(Operation *op, LayerWalk &walk) override;

  SmallVector<RepairedLayer> layers;

private:
  using Measured = BiasCorrector::Measured;

  /// Adds `op` to what is fitted, or says why not.
  void addLayer(Operation *op, const FloatLayers &floats);
  void leave(Operation *op, StringRef reason) {
    report.left.emplace_back(op, reason.str());
  }
  /// Takes what is added to a layer in fixed point from its targets.
  bool subtractResidual(const FitLayer &layer, LayerWalk &walk,
                        MutableArrayRef<float> targets) const;
  /// Moves targets to where the layer saturates: nothing beyond is to be
  /// reached, and what lies beyond with the float model's weights may stay
  /// where it is.
  void saturate(const FitLayer &layer, const SampleTensors &inputs,
                MutableArrayRef<float> targets) const;
  /// Puts fitted weights and biases of a layer in the place of `before`; leaves
  /// `before` where they cannot be fitted.
  llvm::Error fitLayer(size_t index, LayerWalk &walk, const LayerState &before,
                       LayerState &after);

  const BiasCorrector &corrector;
  const RepairContext &context;
  /// Weights are fitted to the targets before they are rounded.
  bool isFitted;
  RepairReport &report;
  std::vector<FitLayer> fitted;
  DenseMap<Operation *, size_t> indices;
  std::optional<FloatTargets> targets;
};

struct FitWeights : RepairStep {
  explicit FitWeights(bool isFitted) : isFitted(isFitted) {}
  StringRef getName() const override { return isFitted ? "fit" : "round"; }
  StringRef getSummary() const override {
    return isFitted ? "weights are fitted to the inputs in fixed point and "
                      "rounded by second order"
                    : "weights are rounded by second order for the inputs in "
                      "fixed point";
  }
  SampleWish getSampleWish() const override { return {256, 64}; }
  llvm::Expected<SmallVector<RepairedLayer>> run(mlir::func::FuncOp function,
                                                 const RepairContext &context,
                                                 RepairReport &report) override;

private:
  bool isFitted;
};
} // namespace

Fitter::Fitter(mlir::func::FuncOp function, const FloatLayers &floats,
               const BiasCorrector &corrector, const RepairContext &context,
               bool isFitted, RepairReport &report)
    : corrector(corrector), context(context), isFitted(isFitted),
      report(report) {
  for (Operation &op : function.front())
    if (wants(&op))
      addLayer(&op, floats);
  targets.emplace(fitted, context);
}

void Fitter::addLayer(Operation *op, const FloatLayers &floats) {
  const FloatLayer *layer = floats.find(op);
  if (!layer || !LayerState::get(op))
    return;
  FitLayer made{op, layer, getGeometry(op), {}, fitted.size(), 0};
  fxp::QuantView input(op->getOperand(0).getType()),
      weights(op->getOperand(1).getType());
  if (!areSizesEqual(made.geometry, getGeometry(layer->op)))
    return leave(op, "its sizes are not those of the float model's layer");
  if (input.getBits() > 16)
    return leave(op, "its inputs have more than 16 bits");
  if (llvm::any_of(weights.getZeroPoints(), [](int64_t z) { return z != 0; }))
    return leave(op, "its weights have zero points");
  if (!op->getOperand(1).hasOneUse())
    return leave(op, "another layer has the same weights");
  if (context.arePairsSafe && weights.getBits() > 7 &&
      !fxp::getBlock(op->getOperand(1)))
    return leave(op, "pairs of its weights have to stay safe");
  if (made.geometry.depth() > kMostInputs)
    return leave(op, "its channels have more than 2304 weights each");
  if (layer->residual)
    made.residual = getResidual<fxp::AddOp>(op->getResult(0));
  int64_t most = made.geometry.depth() == made.geometry.taps()
                     ? kDepthwisePositions
                     : kPositions;
  made.positionsPerSample = std::clamp<int64_t>(
      most / context.split.countDrawn(), 1, made.geometry.positions());
  indices[op] = fitted.size();
  fitted.push_back(made);
}

bool Fitter::subtractResidual(const FitLayer &layer, LayerWalk &walk,
                              MutableArrayRef<float> rows) const {
  if (!layer.residual)
    return true;
  const SampleTensors *others = walk.find(layer.residual);
  if (!others)
    return false;
  int64_t outputs = layer.getOutputs();
  float *row = rows.data();
  for (int64_t sample = 0; sample < context.split.training; ++sample) {
    const Tensor &other = (*others)[others->size() == 1 ? 0 : sample];
    fxp::QuantView view = other.getQuantView();
    auto scale = static_cast<float>(view.getScale());
    auto zero = static_cast<int32_t>(view.getZeroPoint());
    for (int64_t position : layer.getPositions(sample))
      for (int64_t o = 0; o < outputs; ++o)
        *row++ -= scale * static_cast<float>(
                              other.stored()[position * outputs + o] - zero);
  }
  return true;
}

/// The mean of each column of [rows, columns].
static std::vector<double> getMeans(ArrayRef<float> values, int64_t columns) {
  std::vector<double> means(columns);
  for (size_t row = 0; row < values.size(); row += columns)
    for (int64_t i = 0; i < columns; ++i)
      means[i] += values[row + i];
  for (double &mean : means)
    mean /= static_cast<double>(values.size() / columns);
  return means;
}

/// Where the results of `op` saturate, in real values.
static std::pair<double, double> getLimits(Operation *op, int64_t channel) {
  fxp::QuantView view(op->getResult(0).getType());
  auto requant = op->getAttrOfType<fxp::RequantAttr>("requant");
  auto get = [&](ArrayRef<int32_t> bounds, int64_t otherwise) {
    int64_t q =
        bounds.empty() ? otherwise : bounds[bounds.size() == 1 ? 0 : channel];
    return view.getScale(channel) *
           static_cast<double>(q - view.getZeroPoint(channel));
  };
  return {get(requant.getMin(), view.getStorageRange().lo),
          get(requant.getMax(), view.getStorageRange().hi)};
}

void Fitter::saturate(const FitLayer &layer, const SampleTensors &inputs,
                      MutableArrayRef<float> rows) const {
  int64_t outputs = layer.getOutputs();
  std::vector<float> plain =
      multiplyInputs(layer, inputs, context.split.training);
  std::vector<double> wanted = getMeans(rows, outputs),
                      found = getMeans(plain, outputs);
  for (int64_t o = 0; o < outputs; ++o) {
    auto [low, high] = getLimits(layer.op, o);
    double bias = layer.floats->bias[o], shift = wanted[o] - found[o];
    low -= bias;
    high -= bias;
    for (size_t i = o; i < rows.size(); i += outputs) {
      double target = rows[i], now = plain[i] + shift;
      bool isBeyond =
          (target < low && now < low) || (target > high && now > high);
      rows[i] =
          static_cast<float>(isBeyond ? now : std::clamp(target, low, high));
    }
  }
}

llvm::Error Fitter::fitLayer(size_t index, LayerWalk &walk,
                             const LayerState &before, LayerState &after) {
  const FitLayer &layer = fitted[index];
  llvm::Expected<MutableArrayRef<float>> rows = targets->get(index);
  if (!rows)
    return rows.takeError();
  if (!subtractResidual(layer, walk, *rows)) {
    leave(layer.op, "what is added to its result is not known");
    return llvm::Error::success();
  }
  const SampleTensors &inputs = *walk.find(layer.op->getOperand(0));
  saturate(layer, inputs, *rows);
  // Products of what has no mean need few digits.
  int64_t outputs = layer.getOutputs();
  std::vector<double> means = getMeans(*rows, outputs);
  for (size_t row = 0; row < rows->size(); row += outputs)
    for (int64_t o = 0; o < outputs; ++o)
      (*rows)[row + o] -= static_cast<float>(means[o]);
  int64_t end = context.split.training;
  auto collect = [&](int64_t from, int64_t to) {
    return collectMoments(layer, inputs, *rows, from, to);
  };
  GroupMoments moments{collect(0, end / 2), collect(end / 2, end)};
  StringRef reason;
  std::optional<LayerState> fittedState =
      fitState(layer, before, moments, means, isFitted, reason);
  if (fittedState)
    after = *fittedState;
  else
    leave(layer.op, reason);
  return llvm::Error::success();
}

llvm::Error Fitter::visit(Operation *op, LayerWalk &walk) {
  std::optional<LayerState> before = LayerState::get(op);
  std::optional<Measured> measured =
      before ? corrector.measure(op, walk) : std::nullopt;
  if (!measured) {
    ++report.skipped;
    return llvm::Error::success();
  }
  // What cannot be fitted has its bias corrected.
  LayerState after = *before;
  BiasCorrector::correct(op, after, *measured);
  if (auto found = indices.find(op); found != indices.end())
    if (llvm::Error error = fitLayer(found->second, walk, *before, after))
      return error;
  layers.push_back({op, *before});
  walk.forget(op->getOperand(1));
  walk.forget(op->getOperand(2));
  after.apply(op);
  return llvm::Error::success();
}

llvm::Expected<SmallVector<RepairedLayer>>
FitWeights::run(mlir::func::FuncOp function, const RepairContext &context,
                RepairReport &report) {
  FloatLayers floats(context.original);
  llvm::Expected<BiasCorrector> corrector =
      BiasCorrector::createKept(floats, context);
  if (!corrector)
    return corrector.takeError();
  Fitter fitter(function, floats, *corrector, context, isFitted, report);
  if (llvm::Error error = LayerWalk(function).run(context.split.training,
                                                  context.getSample, fitter))
    return std::move(error);
  return std::move(fitter.layers);
}

std::unique_ptr<RepairStep> narrow::createFitWeights() {
  return std::make_unique<FitWeights>(/*isFitted=*/true);
}

std::unique_ptr<RepairStep> narrow::createRoundWeights() {
  return std::make_unique<FitWeights>(/*isFitted=*/false);
}
