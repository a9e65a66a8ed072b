//===- CostFile.cpp - the file of measured times --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Cost/CostModel.h"
#include "narrow/Support/JsonFile.h"
#include "narrow/Support/OutputFile.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"

using namespace narrow;
using namespace narrow::cost;
using llvm::json::Array;
using llvm::json::Object;

static constexpr int64_t kFormat = 1;

llvm::json::Value CostModel::toJson() const {
  Object levels;
  for (const auto &[level, gmacs] : peaks)
    levels[level] = Object{{"peak_gmacs", gmacs}};
  Array kernels;
  for (const auto &[key, entry] : entries)
    kernels.push_back(Object{{"level", key.first},
                             {"kernel", key.second},
                             {"family", entry.features.family},
                             {"macs", entry.features.macs},
                             {"padded_macs", entry.features.paddedMacs},
                             {"elements", entry.features.elements},
                             {"bytes", entry.features.bytes},
                             {"us", entry.us}});
  return Object{{"format", kFormat},
                {"cpu", llvm::sys::getHostCPUName()},
                {"levels", std::move(levels)},
                {"kernels", std::move(kernels)}};
}

llvm::Expected<CostModel> CostModel::fromJson(const llvm::json::Value &json) {
  const Object *file = json.getAsObject();
  if (!file || file->getInteger("format") != kFormat)
    return makeError("expected kernel times of format " + Twine(kFormat));
  StringRef host = llvm::sys::getHostCPUName();
  if (auto cpu = file->getString("cpu"); cpu != host)
    return makeError("expected kernel times of this CPU, " + host + ", found " +
                     (cpu ? *cpu : "none"));
  CostModel model;
  if (const Object *levels = file->getObject("levels"))
    for (const auto &[level, value] : *levels)
      if (const Object *entry = value.getAsObject())
        if (auto gmacs = entry->getNumber("peak_gmacs"))
          model.setPeak(level, *gmacs);
  const Array *kernels = file->getArray("kernels");
  if (!kernels)
    return makeError("expected a list 'kernels'");
  for (const llvm::json::Value &value : *kernels) {
    const Object *entry = value.getAsObject();
    auto level = entry ? entry->getString("level") : std::nullopt;
    auto key = entry ? entry->getString("kernel") : std::nullopt;
    auto family = entry ? entry->getString("family") : std::nullopt;
    auto us = entry ? entry->getNumber("us") : std::nullopt;
    if (!level || !key || !family || !us)
      return makeError("expected 'level', 'kernel', 'family' and 'us' in each "
                       "kernel");
    KernelFeatures features;
    features.key = key->str();
    features.family = family->str();
    features.macs = entry->getInteger("macs").value_or(0);
    features.paddedMacs = entry->getInteger("padded_macs").value_or(0);
    features.elements = entry->getInteger("elements").value_or(0);
    features.bytes = entry->getInteger("bytes").value_or(0);
    model.record(*level, features, *us);
  }
  return model;
}

llvm::Expected<CostModel> CostModel::load(StringRef path) {
  auto model = readJsonAs<CostModel>(path);
  if (!model)
    return model.takeError();
  return std::move(*model).value_or(CostModel());
}

llvm::Error CostModel::save(StringRef path) const {
  return writeFile(path, [&](raw_ostream &os) {
    os << llvm::formatv("{0:1}\n", toJson());
    return llvm::Error::success();
  });
}
