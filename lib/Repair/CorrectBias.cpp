//===- CorrectBias.cpp - undo the mean error of quantisation --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/CorrectBias.h"
#include "BiasTarget.h"
#include "FloatRegion.h"
#include "QuickContraction.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/ConstantData.h"
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
/// Runs the quantised function op by op on all samples at once.
class Corrector {
public:
  Corrector(mlir::func::FuncOp func,
            const DenseMap<int64_t, BiasTarget> &targets)
      : func(func), targets(targets) {}

  llvm::Error run(int64_t numSamples, GetSample getSample,
                  BiasCorrection &result);

private:
  LogicalResult runOp(Operation *op);
  /// Runs neighbouring operations that stayed in float.
  llvm::Error runFloat(ArrayRef<Operation *> ops);
  bool correct(Operation *op);
  /// Frees tensors that nothing later reads.
  void release(Operation *op);
  const std::vector<Tensor> *find(Value value) const {
    auto found = values.find(value);
    return found == values.end() ? nullptr : &found->second;
  }

  mlir::func::FuncOp func;
  const DenseMap<int64_t, BiasTarget> &targets;
  /// One tensor per sample; constants have one for all.
  DenseMap<Value, std::vector<Tensor>> values;
  int64_t samples = 0;
};
} // namespace

/// A sample's input in the type that the quantised function takes.
static Tensor toArgument(const HostTensor &host, RankedTensorType type) {
  Tensor tensor(type);
  if (!tensor.getQuantView()) {
    llvm::copy(host.data<float>(), tensor.floats().begin());
    return tensor;
  }
  fxp::QuantView view = tensor.getQuantView();
  for (auto [x, q] : llvm::zip_equal(host.data<float>(), tensor.stored())) {
    int64_t steps = std::llrint(x / view.getScale()) + view.getZeroPoint();
    q = static_cast<int32_t>(std::clamp<int64_t>(
        steps, view.getStorageRange().lo, view.getStorageRange().hi));
  }
  return tensor;
}

llvm::Error Corrector::run(int64_t numSamples, GetSample getSample,
                           BiasCorrection &result) {
  samples = numSamples;
  std::vector<HostTensor> sample;
  for (int64_t i = 0; i < samples; ++i) {
    if (llvm::Error error = getSample(i, sample))
      return error;
    if (sample.size() != func.getNumArguments())
      return llvm::createStringError("expected %u inputs, found %zu",
                                     func.getNumArguments(), sample.size());
    for (auto [argument, host] : llvm::zip_equal(func.getArguments(), sample)) {
      RankedTensorType type = getTensorType(argument);
      if (host.kind != ElementKind::F32 ||
          host.getNumElements() != type.getNumElements())
        continue;
      values[argument].push_back(toArgument(host, type));
    }
  }
  SmallVector<Operation *> order;
  for (Operation &op : func.getBody().front().without_terminator())
    order.push_back(&op);
  auto isCorrectable = [](Operation *op) {
    return isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op);
  };
  // Nothing depends on what follows the last contraction.
  while (!order.empty() && !isCorrectable(order.back()))
    order.pop_back();
  for (size_t at = 0; at < order.size();) {
    ArrayRef<Operation *> region =
        ArrayRef(order).drop_front(at).take_while(FloatRegion::isFloat);
    if (!region.empty()) {
      if (llvm::Error error = runFloat(region))
        return error;
      llvm::for_each(region, [&](Operation *op) { release(op); });
      at += region.size();
      continue;
    }
    Operation *op = order[at++];
    if (isCorrectable(op))
      ++(correct(op) ? result.corrected : result.skipped);
    if (failed(runOp(op)))
      return llvm::createStringError("the quantised model cannot be run");
    release(op);
  }
  return llvm::Error::success();
}

llvm::Error Corrector::runFloat(ArrayRef<Operation *> ops) {
  llvm::Expected<FloatRegion> region = FloatRegion::create(ops);
  if (!region)
    return region.takeError();
  SmallVector<const std::vector<Tensor> *> inputs;
  for (Value input : region->getInputs()) {
    inputs.push_back(find(input));
    if (!inputs.back())
      return llvm::Error::success(); // what depends on it stays unknown
  }
  // Not into `values` at once: that would move what `inputs` points to.
  std::vector<std::vector<Tensor>> found(region->getOutputs().size());
  for (int64_t i = 0; i < samples; ++i) {
    SmallVector<const Tensor *> sample;
    for (const std::vector<Tensor> *input : inputs)
      sample.push_back(&(*input)[input->size() == 1 ? 0 : i]);
    llvm::Expected<std::vector<Tensor>> results = region->run(sample);
    if (!results)
      return results.takeError();
    for (auto [tensors, result] : llvm::zip_equal(found, *results))
      tensors.push_back(std::move(result));
  }
  for (auto [output, tensors] : llvm::zip_equal(region->getOutputs(), found))
    values[output] = std::move(tensors);
  return llvm::Error::success();
}

LogicalResult Corrector::runOp(Operation *op) {
  if (auto constant = dyn_cast<fxp::ConstantOp>(op)) {
    values[constant.getResult()].push_back(Tensor::fromElements(
        getTensorType(constant.getResult()), constant.getValue()));
    return success();
  }
  auto model = dyn_cast<fxp::ReferenceOpInterface>(op);
  if (!model)
    return success(); // what depends on it stays unknown
  SmallVector<const std::vector<Tensor> *> operands;
  for (Value operand : op->getOperands()) {
    const std::vector<Tensor> *known = find(operand);
    if (!known)
      return success();
    operands.push_back(known);
  }
  std::vector<Tensor> results;
  if (isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op) &&
      QuickContraction::isSupported(getTensorType(op->getOperand(0)),
                                    getTensorType(op->getOperand(1)))) {
    QuickContraction quick(
        getGeometry(op), operands[1]->front(), operands[2]->front(),
        op->getAttrOfType<fxp::RequantAttr>("requant"),
        getTensorType(op->getOperand(0)), getTensorType(op->getResult(0)));
    for (int64_t i = 0; i < samples; ++i)
      results.push_back(
          quick.run((*operands[0])[operands[0]->size() == 1 ? 0 : i]));
    values[op->getResult(0)] = std::move(results);
    return success();
  }
  for (int64_t i = 0; i < samples; ++i) {
    SmallVector<const Tensor *> inputs;
    for (const std::vector<Tensor> *operand : operands)
      inputs.push_back(&(*operand)[operand->size() == 1 ? 0 : i]);
    Tensor result(getTensorType(op->getResult(0)));
    if (failed(model.evaluate(inputs, result)))
      return failure();
    results.push_back(std::move(result));
  }
  values[op->getResult(0)] = std::move(results);
  return success();
}

void Corrector::release(Operation *op) {
  for (Value operand : op->getOperands()) {
    bool needed = llvm::any_of(operand.getUsers(), [&](Operation *user) {
      return user->getBlock() != op->getBlock() || op->isBeforeInBlock(user);
    });
    if (!needed)
      values.erase(operand);
  }
}

bool Corrector::correct(Operation *op) {
  auto source = op->getAttrOfType<mlir::IntegerAttr>("narrow.source");
  auto target = source ? targets.find(source.getInt()) : targets.end();
  const std::vector<Tensor> *inputs = find(op->getOperand(0));
  auto weights = op->getOperand(1).getDefiningOp<fxp::ConstantOp>();
  auto bias = op->getOperand(2).getDefiningOp<fxp::ConstantOp>();
  if (target == targets.end() || !inputs || !weights || !bias)
    return false;
  const BiasTarget &wanted = target->second;
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
  const std::vector<Tensor> *others = other ? find(other) : nullptr;
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
    values.erase(bias.getResult());
    bias.erase();
  }
  return succeeded(runOp(corrected));
}

llvm::Expected<BiasCorrection> narrow::correctBiases(ModuleOp original,
                                                     ModuleOp quantized,
                                                     int64_t numSamples,
                                                     GetSample getSample) {
  BiasCorrection result;
  llvm::Expected<DenseMap<int64_t, BiasTarget>> targets =
      measureTargets(original, numSamples, getSample);
  if (!targets)
    return targets.takeError();
  for (auto func : quantized.getOps<mlir::func::FuncOp>()) {
    if (func.isExternal() || !llvm::hasSingleElement(func.getBody()))
      continue;
    if (llvm::Error error =
            Corrector(func, *targets).run(numSamples, getSample, result))
      return std::move(error);
  }
  return result;
}
