//===- Scores.cpp - what was measured of a network's forms ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Search/Scores.h"

#include "narrow/Simulate/PartErrors.h"
#include "narrow/Support/JsonFile.h"
#include "narrow/Support/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace narrow;
using namespace narrow::search;
using llvm::json::Array;
using llvm::json::Object;

static constexpr int64_t kFormat = 1;
/// What noise comes to where many layers are useless, and how near to it a
/// noise may be and still tell layers apart.
static constexpr double kMostNoise = 1.5, kLoudest = 0.99;
/// Two runs of the same are equal to the bit on one machine; another rounds
/// the float model's sums in another order.
static constexpr double kSame = 1e-3;

double narrow::search::toDecibels(double noise) {
  return noise > 0 ? std::min(kEqualDecibels, -10 * std::log10(noise))
                   : kEqualDecibels;
}

double narrow::search::toNoise(double decibels) {
  return std::pow(10, -decibels / 10);
}

double narrow::search::toAddable(double noise) {
  double share =
      std::isfinite(noise) ? std::min(noise / kMostNoise, kLoudest) : kLoudest;
  return noise > 0 || !std::isfinite(noise) ? kMostNoise * share / (1 - share)
                                            : 0;
}

double narrow::search::fromAddable(double sum) {
  return sum / (1 + sum / kMostNoise);
}

Noise narrow::search::toAddable(const Noise &noise) {
  Noise sums;
  for (double part : noise)
    sums.push_back(toAddable(part));
  return sums;
}

static llvm::Expected<Noise> readNoise(const Object &object) {
  const Array *list = object.getArray("noise");
  if (!list)
    return makeError("expected a list 'noise'");
  Noise noise;
  for (const llvm::json::Value &value : *list) {
    auto number = value.getAsNumber();
    if (!number || !(*number >= 0))
      return makeError("expected a noise of 0 or more");
    noise.push_back(*number);
  }
  return noise;
}

llvm::Expected<Scores> Scores::fromJson(const llvm::json::Value &json) {
  const Object *file = json.getAsObject();
  if (!file || file->getInteger("format") != kFormat)
    return makeError("expected scores of format " + Twine(kFormat));
  Scores scores;
  auto model = file->getString("model");
  if (!model || model->getAsInteger(16, scores.model))
    return makeError("expected the model's hash");
  const Array *parts = file->getArray("parts"),
              *layers = file->getArray("layers"),
              *plans = file->getArray("plans");
  if (!parts || !layers || !plans)
    return makeError("expected the lists 'parts', 'layers' and 'plans'");
  if (llvm::Error error = readNoise(*file).moveInto(scores.noise))
    return std::move(error);
  for (const llvm::json::Value &part : *parts)
    scores.parts.push_back(part.getAsString().value_or("").str());
  auto read = [&](const llvm::json::Value &value) -> llvm::Expected<Noise> {
    const Object *object = value.getAsObject();
    if (!object)
      return makeError("expected an object in each list");
    llvm::Expected<Noise> noise = readNoise(*object);
    if (noise && noise->size() != scores.parts.size())
      return makeError("expected " + Twine(scores.parts.size()) +
                       " noises, found " + Twine(noise->size()));
    return noise;
  };
  if (scores.noise.size() != scores.parts.size())
    return makeError("expected " + Twine(scores.parts.size()) +
                     " noises, found " + Twine(scores.noise.size()));
  for (const llvm::json::Value &value : *layers) {
    llvm::Expected<Noise> noise = read(value);
    if (!noise)
      return noise.takeError();
    auto layer = value.getAsObject()->getString("layer");
    auto form = value.getAsObject()->getString("form");
    if (!layer || !form)
      return makeError("expected 'layer' and 'form'");
    scores.layers[{layer->str(), form->str()}] = *noise;
  }
  for (const llvm::json::Value &value : *plans) {
    llvm::Expected<Noise> noise = read(value);
    if (!noise)
      return noise.takeError();
    Plan &plan = scores.plans.emplace_back();
    plan.noise = *noise;
    const Object *forms = value.getAsObject()->getObject("forms");
    if (!forms)
      return makeError("expected 'forms'");
    for (const auto &[layer, form] : *forms)
      plan.forms[layer.str()] = form.getAsString().value_or("").str();
  }
  if (const llvm::json::Value *network = file->get("network"))
    scores.network = *network;
  return scores;
}

llvm::json::Value Scores::toJson() const {
  Array entries, measured;
  for (const auto &[key, noise] : layers)
    entries.push_back(Object{{"layer", llvm::json::fixUTF8(key.first)},
                             {"form", key.second},
                             {"noise", Array(noise)}});
  for (const Plan &plan : plans) {
    Object forms;
    for (const auto &[layer, form] : plan.forms)
      forms[llvm::json::fixUTF8(layer)] = form;
    measured.push_back(
        Object{{"forms", std::move(forms)}, {"noise", Array(plan.noise)}});
  }
  Array names;
  for (StringRef part : parts)
    names.push_back(llvm::json::fixUTF8(part));
  Object file{{"format", kFormat},
              {"model", llvm::utohexstr(model)},
              {"parts", std::move(names)},
              {"noise", Array(noise)},
              {"layers", std::move(entries)},
              {"plans", std::move(measured)}};
  if (network)
    file["network"] = *network;
  return file;
}

llvm::Expected<std::optional<Scores>> Scores::load(StringRef path) {
  return readJsonAs<Scores>(path);
}

llvm::Error Scores::save(StringRef path) const {
  return writeFile(path, [&](raw_ostream &os) {
    os << llvm::formatv("{0:1}\n", toJson());
    return llvm::Error::success();
  });
}

llvm::Error Scores::checkFits(const Scores &measured) const {
  if (model != measured.model)
    return makeError("expected scores of this model, found those of another");
  auto areSame = [](auto pair) {
    auto [a, b] = pair;
    return std::abs(a - b) <= kSame * std::max(a, b);
  };
  if (parts != measured.parts ||
      !llvm::all_of(llvm::zip_equal(noise, measured.noise), areSame))
    return makeError("expected scores made with these samples and this way to "
                     "quantise, found others");
  return llvm::Error::success();
}

const Scores::Plan *
Scores::findPlan(const std::map<std::string, std::string> &forms) const {
  auto found = llvm::find_if(
      plans, [&](const Plan &plan) { return plan.forms == forms; });
  return found == plans.end() ? nullptr : &*found;
}
