//===- ValueForms.cpp - values of 16 bits in the place of 8 ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ValueForms.h"

#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace narrow;
using namespace narrow::search;

std::string narrow::getValueEntry(StringRef value) {
  return ("value " + value).str();
}

void narrow::setWide(StringRef value, Plan &plan) {
  ValuePlan wide;
  wide.name = value.str();
  wide.storage = "i16";
  wide.reason = "budget";
  plan.set(std::move(wide));
}

static bool isWide(const ValuePlan &value) { return value.storage == "i16"; }

/// Whether a value has 8 bits because nothing asked for anything else.
static bool isPlain(const ValuePlan &value) {
  return value.scale && value.reason == "plain" &&
         (value.storage == "u8" || value.storage == "i8");
}

/// Brings the weights and biases of a repaired network into one of other
/// activation types.
static void copyRepairs(ModuleOp repaired, ModuleOp other) {
  llvm::StringMap<Operation *> sources;
  for (const WeightedLayer &layer : findWeightedLayers(repaired))
    sources[layer.name] = layer.op;
  for (const WeightedLayer &layer : findWeightedLayers(other)) {
    Operation *source = sources.lookup(layer.name);
    if (!source || source->getName() != layer.op->getName())
      continue;
    auto weights = source->getOperand(1).getDefiningOp<fxp::ConstantOp>();
    auto bias = source->getOperand(2).getDefiningOp<fxp::ConstantOp>();
    // Scales that repairs changed are part of the requantisation.
    fxp::QuantView from(source->getOperand(0).getType());
    if (weights.getType() != layer.op->getOperand(1).getType() ||
        from.isPerAxis())
      continue;
    fxp::QuantView to(layer.op->getOperand(0).getType());
    auto type = cast<RankedTensorType>(layer.op->getOperand(2).getType());
    double limit = type.getElementType().isInteger(64) ? 0x1p46 : 2147483647.0;
    SmallVector<int64_t> steps = getIntegers(bias.getValue());
    for (int64_t &step : steps)
      step = static_cast<int64_t>(
          std::clamp(std::nearbyint(static_cast<double>(step) *
                                    from.getScale() / to.getScale()),
                     -limit, limit));
    OpBuilder builder(layer.op);
    layer.op->setOperand(1, builder.clone(*weights)->getResult(0));
    layer.op->setOperand(2, fxp::ConstantOp::create(builder, layer.op->getLoc(),
                                                    type,
                                                    makeConstant(type, steps)));
  }
}

llvm::Expected<QuantizedModel>
narrow::quantizeWidened(const SearchInputs &inputs,
                        const QuantizationOptions &options,
                        ArrayRef<StringRef> values) {
  QuantizationOptions own = options;
  own.biasSamples = 0;
  for (StringRef value : values)
    setWide(value, own.plan);
  return quantizeModel(inputs.observed, inputs.statistics, own, &inputs.samples,
                       inputs.getExecutor, inputs.path);
}

llvm::Expected<std::vector<ValueForm>>
narrow::findValueForms(const SearchInputs &inputs,
                       const QuantizationOptions &options,
                       const QuantizedModel &base, int64_t &quantizations) {
  std::vector<ValueForm> forms;
  llvm::StringSet<> seen;
  for (const ValuePlan &value : base.plan.values) {
    if (!isPlain(value) || seen.contains(value.name))
      continue;
    llvm::Expected<QuantizedModel> model =
        quantizeWidened(inputs, options, StringRef(value.name));
    ++quantizations;
    if (!model) {
      // No integer form of some operation takes such values.
      llvm::consumeError(model.takeError());
      continue;
    }
    for (const ValuePlan &other : model->plan.values)
      if (isWide(other))
        if (const ValuePlan *before = base.plan.findValue(other.name);
            before && !isWide(*before))
          seen.insert(other.name);
    if (model->report.findings.size() > base.report.findings.size() ||
        !seen.contains(value.name))
      continue;
    copyRepairs(*base.module, *model->module);
    forms.push_back(
        {value.name, std::move(model->module), std::move(model->plan)});
  }
  return std::move(forms);
}
