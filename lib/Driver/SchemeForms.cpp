//===- SchemeForms.cpp - layers in float, or by another scheme ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SchemeForms.h"

#include "CopyRepairs.h"
#include "narrow/Support/Error.h"

using namespace narrow;
using namespace narrow::search;

static constexpr llvm::StringLiteral kFloat = "float";

/// Whether a scheme's weights are integers, which may have fewer bits.
static bool hasIntegerWeights(std::optional<Scheme> scheme) {
  return scheme && *scheme != Scheme::WeightF16 &&
         *scheme != Scheme::WeightBF16;
}

/// Returns the forms of a scheme (nothing stands for float) with weights of 8
/// bits and of the widths that a layer may have. Blocks are of layers in fixed
/// point.
static std::vector<std::string> listForms(std::optional<Scheme> scheme,
                                          ArrayRef<WeightWidth> widths) {
  std::string name = scheme ? getName(*scheme).str() : kFloat.str();
  std::vector<std::string> forms = {name};
  if (hasIntegerWeights(scheme))
    for (const WeightWidth &width : widths)
      if (!width.block)
        forms.push_back(name + ".w" + std::to_string(width.bits));
  return forms;
}

std::optional<LayerPlan> narrow::makeSchemeLine(const LayerPlan &plain,
                                                StringRef form) {
  LayerPlan line = plain;
  line.reason = "budget";
  line.microseconds.reset();
  if (form == kFloat) {
    line.isFloat = true;
    return line;
  }
  auto [name, bits] = form.split(".w");
  line.scheme = parseScheme(name);
  if (!line.scheme || (!bits.empty() && bits.getAsInteger(10, line.bits)))
    return std::nullopt;
  if (!bits.empty())
    line.storage = fxp::getDefaultStorage(line.bits);
  return line;
}

const LayerPlan *narrow::findLayerPlan(const Plan &plan,
                                       const WeightedLayer &layer) {
  const LayerPlan *found = plan.findLayer(layer.node);
  return found ? found : plan.findLayer(layer.name);
}

llvm::Expected<std::vector<SchemeForm>> narrow::findSchemeForms(
    const SearchInputs &inputs, const QuantizationOptions &options,
    const QuantizedModel &base, ArrayRef<WeightedLayer> layers,
    const BudgetOptions &limits, int64_t &quantizations) {
  std::vector<SchemeForm> forms;
  for (std::optional<Scheme> scheme : limits.schemes) {
    size_t before = forms.size();
    for (const WeightedLayer &layer : layers) {
      const LayerPlan *plain = findLayerPlan(base.plan, layer);
      if (!plain || findLayerPlan(options.plan, layer))
        continue;
      for (StringRef form : listForms(scheme, limits.weightWidths)) {
        QuantizationOptions own = options;
        own.biasSamples = 0;
        own.plan.set(*makeSchemeLine(*plain, form));
        llvm::Expected<QuantizedModel> model =
            quantizeModel(inputs.observed, inputs.statistics, own,
                          &inputs.samples, inputs.getExecutor, inputs.path);
        ++quantizations;
        if (!model) {
          // Convolutions have no scale for each row, for one.
          llvm::consumeError(model.takeError());
          continue;
        }
        copyRepairs(*base.module, *model->module, layer.name);
        forms.push_back({layer.name, form.str(), std::move(model->module)});
      }
    }
    if (forms.size() == before)
      return makeError(
          "'" + inputs.path + "': expected a layer that may have the form '" +
          listForms(scheme, {}).front() + "' of --forms, found none");
  }
  return std::move(forms);
}
