//===- ValueForms.cpp - values of 16 bits in the place of 8 ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ValueForms.h"

#include "CopyRepairs.h"
#include "llvm/ADT/StringSet.h"

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
