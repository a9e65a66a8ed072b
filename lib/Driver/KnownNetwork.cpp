//===- KnownNetwork.cpp - a scored network in a file ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KnownNetwork.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/StringExtras.h"

using namespace narrow;
using namespace narrow::search;
using llvm::json::Array;
using llvm::json::fixUTF8;
using llvm::json::Object;
using llvm::json::Path;
using Json = llvm::json::Value;

static Json toJson(const KnownNetwork::TimedPlan &plan) {
  return Object{{"text", fixUTF8(plan.text)}, {"us", plan.us}};
}

static Json toJson(const Choice &choice) {
  return Object{{"name", choice.name},
                {"bytes", choice.bytes},
                {"us", choice.us},
                {"noise", Array(choice.noise)}};
}

static Json toJson(const search::Layer &layer) {
  Array choices;
  for (const Choice &choice : layer.choices)
    choices.push_back(toJson(choice));
  return Object{{"name", fixUTF8(layer.name)}, {"choices", std::move(choices)}};
}

static Json toJson(const ChoiceTable &table) {
  Array layers, conflicts;
  for (const search::Layer &layer : table.layers)
    layers.push_back(toJson(layer));
  for (const Conflict &conflict : table.conflicts)
    conflicts.push_back(Array{conflict.layer, conflict.choice,
                              conflict.otherLayer, conflict.otherChoice});
  return Object{{"noise", Array(table.noise)},
                {"bytes", table.bytes},
                {"us", table.us},
                {"layers", std::move(layers)},
                {"conflicts", std::move(conflicts)}};
}

static Json toJson(const KnownNetwork::Trial &trial) {
  Object forms;
  for (const auto &[layer, form] : trial.forms)
    forms[fixUTF8(layer)] = form;
  return Object{{"forms", std::move(forms)},
                {"bytes", trial.bytes},
                {"us", trial.us},
                {"noise", Array(trial.noise)},
                {"plan", toJson(trial.plan)}};
}

Json KnownNetwork::toJson() const {
  Object byForm;
  for (const auto &[form, plan] : plans)
    byForm[fixUTF8(form)] = ::toJson(plan);
  Array judged, said, called;
  for (const Trial &trial : trials)
    judged.push_back(::toJson(trial));
  for (StringRef warning : warnings)
    said.push_back(fixUTF8(warning));
  for (StringRef name : names)
    called.push_back(fixUTF8(name));
  return Object{{"key", llvm::utohexstr(key)},
                {"table", ::toJson(table)},
                {"weights", Array(weights)},
                {"names", std::move(called)},
                {"scores", scores},
                {"layers_without_choice", layersWithoutChoice},
                {"estimated_kernels", estimatedKernels},
                {"warnings", std::move(said)},
                {"plans", std::move(byForm)},
                {"trials", std::move(judged)}};
}

namespace {
/// Reads the fields of an object. `fromJSON` is found by its arguments alone,
/// and some of what is read here belongs to other libraries.
class Fields {
public:
  Fields(const Json &value, Path path)
      : object(value.getAsObject()), path(path) {
    if (!object)
      path.report("expected object");
  }

  template <typename Out>
  bool read(llvm::StringLiteral field, Out &out) {
    const Json *value = object ? object->get(field) : nullptr;
    if (value)
      return readOne(*value, out, path.field(field));
    if (object)
      path.field(field).report("missing value");
    return false;
  }

private:
  template <typename Out>
  bool readOne(const Json &value, Out &out, Path path) {
    return llvm::json::fromJSON(value, out, path);
  }
  bool readOne(const Json &value, unsigned &out, Path path) {
    uint64_t number = 0;
    if (!llvm::json::fromJSON(value, number, path))
      return false;
    out = static_cast<unsigned>(number);
    return true;
  }
  template <typename List>
  bool readList(const Json &value, List &out, Path path) {
    const Array *list = value.getAsArray();
    if (!list)
      path.report("expected array");
    for (size_t i = 0; list && i < list->size(); ++i)
      if (!readOne((*list)[i], out.emplace_back(), path.index(i)))
        return false;
    return list;
  }
  template <typename Element>
  bool readOne(const Json &value, std::vector<Element> &out, Path path) {
    return readList(value, out, path);
  }
  template <typename Element, unsigned count>
  bool readOne(const Json &value, SmallVector<Element, count> &out, Path path) {
    return readList(value, out, path);
  }
  template <typename Out>
  bool readOne(const Json &value, std::map<std::string, Out> &out, Path path) {
    const Object *object = value.getAsObject();
    if (!object)
      path.report("expected object");
    for (const auto &[key, field] : object ? *object : Object())
      if (!readOne(field, out[key.str()], path.field(key)))
        return false;
    return object;
  }
  bool readOne(const Json &value, Choice &out, Path path) {
    Fields fields(value, path);
    return fields.read("name", out.name) && fields.read("bytes", out.bytes) &&
           fields.read("us", out.us) && fields.read("noise", out.noise);
  }
  bool readOne(const Json &value, search::Layer &out, Path path) {
    Fields fields(value, path);
    return fields.read("name", out.name) && fields.read("choices", out.choices);
  }
  bool readOne(const Json &value, Conflict &out, Path path) {
    std::vector<unsigned> numbers;
    if (!readList(value, numbers, path) || numbers.size() != 4)
      return false;
    out = {numbers[0], numbers[1], numbers[2], numbers[3]};
    return true;
  }
  bool readOne(const Json &value, ChoiceTable &out, Path path) {
    Fields fields(value, path);
    return fields.read("noise", out.noise) && fields.read("bytes", out.bytes) &&
           fields.read("us", out.us) && fields.read("layers", out.layers) &&
           fields.read("conflicts", out.conflicts);
  }
  bool readOne(const Json &value, KnownNetwork::TimedPlan &out, Path path) {
    Fields fields(value, path);
    return fields.read("text", out.text) && fields.read("us", out.us);
  }
  bool readOne(const Json &value, KnownNetwork::Trial &out, Path path) {
    Fields fields(value, path);
    return fields.read("forms", out.forms) && fields.read("bytes", out.bytes) &&
           fields.read("us", out.us) && fields.read("noise", out.noise) &&
           fields.read("plan", out.plan);
  }

  const Object *object;
  Path path;
};
} // namespace

/// Whether nothing points outside of the table.
static bool isWhole(const KnownNetwork &known) {
  const ChoiceTable &table = known.table;
  size_t parts = table.noise.size();
  auto exists = [&](unsigned layer, unsigned choice) {
    return layer < table.layers.size() &&
           choice < table.layers[layer].choices.size();
  };
  return parts && known.names.size() <= table.layers.size() &&
         llvm::all_of(table.layers,
                      [&](const search::Layer &layer) {
                        return !layer.choices.empty() &&
                               llvm::all_of(
                                   layer.choices, [&](const Choice &choice) {
                                     return choice.noise.size() == parts;
                                   });
                      }) &&
         llvm::all_of(table.conflicts,
                      [&](const Conflict &conflict) {
                        return exists(conflict.layer, conflict.choice) &&
                               exists(conflict.otherLayer,
                                      conflict.otherChoice);
                      }) &&
         llvm::all_of(known.trials, [&](const KnownNetwork::Trial &trial) {
           return trial.noise.size() == parts;
         });
}

llvm::Expected<KnownNetwork> KnownNetwork::fromJson(const Json &json) {
  KnownNetwork known;
  std::string key;
  Path::Root root("network");
  Fields fields(json, root);
  if (!fields.read("key", key) || !fields.read("table", known.table) ||
      !fields.read("weights", known.weights) ||
      !fields.read("names", known.names) ||
      !fields.read("scores", known.scores) ||
      !fields.read("layers_without_choice", known.layersWithoutChoice) ||
      !fields.read("estimated_kernels", known.estimatedKernels) ||
      !fields.read("warnings", known.warnings) ||
      !fields.read("plans", known.plans) ||
      !fields.read("trials", known.trials))
    return root.getError();
  if (StringRef(key).getAsInteger(16, known.key) || known.trials.empty() ||
      known.weights.size() != known.names.size())
    return makeError("expected a network's key, layers and plans");
  if (!isWhole(known))
    return makeError("expected choices of each layer and noises of each part");
  return known;
}

const KnownNetwork::Trial *
KnownNetwork::findTrial(const LayerForms &forms) const {
  auto found = llvm::find_if(
      trials, [&](const Trial &trial) { return trial.forms == forms; });
  return found == trials.end() ? nullptr : &*found;
}
