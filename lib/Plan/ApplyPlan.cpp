//===- ApplyPlan.cpp - a plan as attributes -------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Analysis/KeepFloat.h"
#include "narrow/Plan/PlanFile.h"
#include "narrow/Plan/Scheme.h"
#include "narrow/Plan/StreamType.h"
#include "narrow/Plan/WeightPlan.h"
#include "narrow/Support/Error.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;

namespace {
class Applier {
public:
  Applier(ModuleOp module, const Plan &plan, StringRef path, PlanLists &lists)
      : module(module), plan(plan), path(path), lists(lists) {}

  llvm::Error run();

private:
  llvm::Error apply(const ValuePlan &value);
  llvm::Error apply(const LayerPlan &layer);
  llvm::Error fail(int64_t line, const Twine &message) const {
    if (path.empty())
      return makeError("the plan: " + message);
    return makeError("'" + path + "', line " + Twine(line) + ": " + message);
  }

  ModuleOp module;
  const Plan &plan;
  StringRef path;
  PlanLists &lists;
  llvm::StringMap<fxp::ObserveOp> observers;
  llvm::StringMap<Operation *> layers;
};
} // namespace

llvm::Error Applier::apply(const ValuePlan &value) {
  auto found = observers.find(value.name);
  if (found == observers.end())
    return fail(value.line, "expected a value of the prepared model that needs "
                            "a range, found '" +
                                value.name + "'");
  if (value.storage == "none" || value.storage == "given")
    return llvm::Error::success();
  fxp::ObserveOp observe = found->second;
  MLIRContext *context = module.getContext();
  std::optional<Storage> storage = parseStorage(value.storage);
  if (!storage)
    return fail(value.line, "expected a type of " + kStorageNames +
                                ", found '" + value.storage + "'");
  if (!value.reason.empty())
    observe->setAttr(kReasonAttr, mlir::StringAttr::get(context, value.reason));
  if (!value.scale) {
    if (observe.getType()) {
      emitRemark(observe.getLoc())
          << "'" << value.name << "' keeps the type that the module gives, "
          << *observe.getType() << ", not the plan's " << value.storage
          << " [given-type]";
      return llvm::Error::success();
    }
    lists.types.push_back(value.name + "=" + value.storage +
                          (value.layers ? "/" + value.layers->storage : ""));
    if (value.range)
      lists.ranges.push_back(value.name + "=" +
                             printShortest(value.range->low) + ":" +
                             printShortest(value.range->high));
    return llvm::Error::success();
  }
  Type type = makeUniformType(context, *storage, *value.scale, value.zeroPoint);
  if (!observe.getType()) {
    observe.setTypeAttr(mlir::TypeAttr::get(type));
    if (value.layers)
      observe->setAttr(kLayerTypeAttr,
                       mlir::TypeAttr::get(makeUniformType(
                           context, *parseStorage(value.layers->storage),
                           *value.layers->scale, value.layers->zeroPoint)));
    return llvm::Error::success();
  }
  if (*observe.getType() != type)
    emitRemark(observe.getLoc())
        << "'" << value.name << "' keeps the type that the module gives, "
        << *observe.getType() << ", not the plan's " << type << " [given-type]";
  return llvm::Error::success();
}

llvm::Error Applier::apply(const LayerPlan &layer) {
  Operation *op = layers.lookup(layer.name);
  if (!op)
    return fail(layer.line, "expected a layer of the prepared model, found '" +
                                layer.name + "'");
  MLIRContext *context = module.getContext();
  if (!layer.reason.empty())
    op->setAttr(kReasonAttr, mlir::StringAttr::get(context, layer.reason));
  if (layer.isFloat) {
    op->setAttr(kKeepFloatAttr, mlir::UnitAttr::get(context));
    return llvm::Error::success();
  }
  std::string reason;
  mlir::ScopedDiagnosticHandler handler(context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          reason = diagnostic.str();
                                          return success();
                                        });
  fxp::WeightsAttr weights = fxp::WeightsAttr::getChecked(
      [&] { return mlir::emitError(op->getLoc()); }, context, layer.storage,
      layer.bits, layer.granularity, layer.block, layer.rounding,
      layer.fullRange, layer.pow2, layer.requant);
  if (weights)
    reason = findObstacle(op, weights).value_or("");
  if (reason.empty() && layer.scheme)
    reason = findObstacle(op, *layer.scheme);
  if (reason.empty() && layer.scheme && *layer.scheme != Scheme::Static &&
      layer.block)
    reason = ("expected no block=" + Twine(layer.block) + " with scheme=" +
              getName(*layer.scheme) + ", whose weights do not lie in blocks")
                 .str();
  if (reason.empty() && layer.scheme && *layer.scheme != Scheme::Static &&
      layer.bits > 8)
    reason = ("expected weights of at most 8 bits with scheme=" +
              getName(*layer.scheme) + ", found " + Twine(layer.bits))
                 .str();
  if (!reason.empty())
    return fail(layer.line, "'" + layer.name + "': " + reason);
  op->setAttr(fxp::kWeightsAttr, weights);
  if (layer.scheme)
    op->setAttr(kSchemeAttr,
                mlir::StringAttr::get(context, getName(*layer.scheme)));
  return llvm::Error::success();
}

llvm::Error Applier::run() {
  if (uint64_t hash = plan.model ? hashGraph(module) : 0; hash != plan.model)
    return makeError(llvm::formatv(
        "'{0}': expected a plan of this model ({1:x16} as it is prepared), "
        "found one of another ({2:x16})",
        path, hash, plan.model));
  module.walk([&](fxp::ObserveOp op) { observers[op.getName()] = op; });
  for (const NamedLayer &layer : nameLayers(module))
    layers[layer.name] = layer.op;
  for (const ValuePlan &value : plan.values)
    if (llvm::Error error = apply(value))
      return error;
  for (const LayerPlan &layer : plan.layers)
    if (llvm::Error error = apply(layer))
      return error;
  std::vector<std::string> names;
  for (const FloatPlan &kept : plan.floats)
    names.push_back(kept.name);
  KeepFloat found(module, names);
  for (const FloatPlan &kept : plan.floats)
    if (llvm::is_contained(found.getUnknown(), kept.name))
      return fail(kept.line,
                  "expected a node or a value of the prepared model, found '" +
                      kept.name + "'");
  llvm::append_range(lists.keepFloat, names);
  return llvm::Error::success();
}

llvm::Error narrow::applyPlan(ModuleOp module, const Plan &plan, StringRef path,
                              PlanLists &lists) {
  return Applier(module, plan, path, lists).run();
}
