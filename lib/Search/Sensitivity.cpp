//===- Sensitivity.cpp - what each layer's forms cost the results ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Search/Sensitivity.h"

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Simulate/PatchMean.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace narrow;
using namespace narrow::search;
using reference::Tensor;

std::vector<WeightedLayer>
narrow::search::findWeightedLayers(ModuleOp quantized) {
  std::vector<WeightedLayer> layers;
  llvm::StringSet<> seen;
  getMainFunction(quantized).walk([&](fxp::WeightedOpInterface op) {
    StringRef name = findValueName(op->getResult(0));
    if (name.empty() || !op.getWeights().getDefiningOp<fxp::ConstantOp>() ||
        !op.getBias().getDefiningOp<fxp::ConstantOp>() ||
        !seen.insert(name).second)
      return;
    layers.push_back(
        {name.str(), getNodeName(op), op,
         cast<ShapedType>(op.getWeights().getType()).getNumElements()});
  });
  return layers;
}

bool narrow::search::canReplace(Operation *op, Operation *other) {
  auto layer = dyn_cast<fxp::WeightedOpInterface>(op),
       form = dyn_cast<fxp::WeightedOpInterface>(other);
  return layer && form && op->getName() == other->getName() &&
         layer.getInput().getType() == form.getInput().getType() &&
         op->getResultTypes() == other->getResultTypes() &&
         layer.getBias().getType() == form.getBias().getType() &&
         cast<ShapedType>(layer.getWeights().getType()).getShape() ==
             cast<ShapedType>(form.getWeights().getType()).getShape() &&
         layer.getGroups() == form.getGroups();
}

llvm::Expected<Noise> narrow::search::measureNoise(mlir::func::FuncOp function,
                                                   const PartElements &wanted,
                                                   GetSample judge) {
  llvm::Expected<PartErrors> errors = measureParts(function, wanted, judge);
  if (!errors)
    return errors.takeError();
  Noise noise;
  for (double error : *errors)
    noise.push_back(error * error);
  return noise;
}

/// The real values of constant weights, which have a scale for each output.
static std::vector<float> getRealWeights(Value value) {
  auto constant = value.getDefiningOp<fxp::ConstantOp>();
  Tensor tensor = Tensor::fromElements(cast<RankedTensorType>(value.getType()),
                                       constant.getValue());
  fxp::QuantView view = tensor.getQuantView();
  int64_t depth = tensor.getNumElements() / tensor.getDim(0);
  std::vector<float> values;
  values.reserve(tensor.stored().size());
  for (auto [i, q] : llvm::enumerate(tensor.stored())) {
    int64_t output = static_cast<int64_t>(i) / depth;
    values.push_back(
        static_cast<float>(view.getScale(output) *
                           static_cast<double>(q - view.getZeroPoint(output))));
  }
  return values;
}

/// Whether the mean of the layer's sums follows from the mean of its inputs
/// here.
static bool hasPatchMean(Operation *op) {
  return isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op) &&
         !fxp::QuantView(op->getOperand(0).getType()).isPerAxis();
}

namespace {
/// Adds up the mean inputs of layers.
struct MeanCollector : LayerVisitor {
  bool wants(Operation *op) override { return means.count(op); }

  llvm::Error visit(Operation *op, LayerWalk &walk) override {
    const SampleTensors *inputs = walk.find(op->getOperand(0));
    if (!inputs)
      return llvm::Error::success();
    for (const Tensor &input : *inputs) {
      fxp::QuantView view = input.getQuantView();
      auto scale = static_cast<float>(view.getScale());
      auto zero = static_cast<int32_t>(view.getZeroPoint());
      std::vector<float> values;
      values.reserve(input.stored().size());
      for (int32_t q : input.stored())
        values.push_back(scale * static_cast<float>(q - zero));
      means.find(op)->second.add(values);
    }
    return llvm::Error::success();
  }

  std::map<Operation *, PatchMean> means;
};

/// A layer in another form for as long as this lives.
class Substitution {
public:
  Substitution(Operation *op, Operation *form, const PatchMean *mean)
      : op(op), weights(op->getOperand(1)), bias(op->getOperand(2)),
        requant(op->getAttr("requant")) {
    OpBuilder builder(op);
    made[0] = builder.clone(*form->getOperand(1).getDefiningOp());
    auto other = form->getOperand(2).getDefiningOp<fxp::ConstantOp>();
    made[1] =
        fxp::ConstantOp::create(builder, op->getLoc(), bias.getType(),
                                mean ? fitBias(form, *mean) : other.getValue());
    op->setOperand(1, made[0]->getResult(0));
    op->setOperand(2, made[1]->getResult(0));
    op->setAttr("requant", form->getAttr("requant"));
  }
  Substitution(const Substitution &) = delete;
  ~Substitution() {
    op->setOperand(1, weights);
    op->setOperand(2, bias);
    op->setAttr("requant", requant);
    for (Operation *constant : made)
      constant->erase();
  }

private:
  /// Returns the bias with which the form's sums have the mean that the
  /// layer's have.
  ElementsAttr fitBias(Operation *form, const PatchMean &mean) const {
    SmallVector<int64_t> stored =
        getIntegers(bias.getDefiningOp<fxp::ConstantOp>().getValue());
    auto outputs = static_cast<int64_t>(stored.size());
    std::vector<double> had = mean.multiply(getRealWeights(weights), outputs),
                        has = mean.multiply(getRealWeights(form->getOperand(1)),
                                            outputs);
    double input = fxp::QuantView(op->getOperand(0).getType()).getScale();
    fxp::QuantView from(weights.getType()), to(form->getOperand(1).getType());
    auto type = cast<RankedTensorType>(bias.getType());
    double limit = type.getElementType().isInteger(64) ? 0x1p46 : 2147483647.0;
    for (int64_t o = 0; o < outputs; ++o) {
      double real = static_cast<double>(stored[o]) * input * from.getScale(o) +
                    had[o] - has[o];
      double steps = std::nearbyint(real / (input * to.getScale(o)));
      stored[o] = static_cast<int64_t>(std::clamp(steps, -limit, limit));
    }
    return makeConstant(type, stored);
  }

  Operation *op;
  Value weights, bias;
  Attribute requant;
  Operation *made[2];
};

/// At each layer, runs the rest of the network with each of its forms.
struct FormVisitor : LayerVisitor {
  bool wants(Operation *op) override { return byLayer.count(op); }

  llvm::Error visit(Operation *op, LayerWalk &walk) override;

  struct Candidate {
    StringRef form;
    Operation *op;
  };
  std::map<Operation *, SmallVector<Candidate>> byLayer;
  const std::map<Operation *, PatchMean> *means = nullptr;
  const PartElements *wanted = nullptr;
  function_ref<llvm::Error(StringRef, StringRef, Noise)> use;
};
} // namespace

llvm::Error FormVisitor::visit(Operation *op, LayerWalk &walk) {
  for (const Candidate &candidate : byLayer.find(op)->second) {
    auto mean = means->find(op);
    Substitution substitution(op, candidate.op,
                              mean == means->end() ? nullptr : &mean->second);
    PartComparison comparison(*wanted);
    if (llvm::Error error = walk.runFrom(op, comparison))
      return error;
    Noise noise;
    for (double error : comparison.result)
      noise.push_back(error * error);
    if (llvm::Error error =
            use(findValueName(op->getResult(0)), candidate.form, noise))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error narrow::search::measureForms(
    ModuleOp quantized, ArrayRef<Form> forms, const PartElements &wanted,
    const SensitivitySamples &samples,
    function_ref<bool(StringRef, StringRef)> isWanted,
    function_ref<llvm::Error(StringRef, StringRef, Noise)> use) {
  FormVisitor visitor;
  MeanCollector collector;
  visitor.means = &collector.means;
  visitor.wanted = &wanted;
  visitor.use = use;
  std::vector<WeightedLayer> layers = findWeightedLayers(quantized);
  for (const Form &form : forms) {
    llvm::StringMap<Operation *> others;
    for (const WeightedLayer &layer : findWeightedLayers(form.module))
      others[layer.name] = layer.op;
    for (const WeightedLayer &layer : layers) {
      Operation *other = others.lookup(layer.name);
      if (!other || !canReplace(layer.op, other) ||
          !isWanted(layer.name, form.name))
        continue;
      visitor.byLayer[layer.op].push_back({form.name, other});
      if (hasPatchMean(layer.op))
        collector.means.try_emplace(layer.op, getGeometry(layer.op));
    }
  }
  if (visitor.byLayer.empty())
    return llvm::Error::success();
  LayerWalk walk(getMainFunction(quantized));
  if (samples.training)
    if (llvm::Error error =
            walk.run(samples.training, samples.train, collector))
      return error;
  if (!samples.training)
    collector.means.clear();
  return walk.run(static_cast<int64_t>(wanted.size()), samples.judge, visitor);
}
