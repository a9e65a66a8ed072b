//===- JudgedNetwork.cpp - the network that samples judge -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JudgedNetwork.h"

#include "RepairJudge.h"
#include "narrow/Repair/KeptRuns.h"
#include "narrow/Simulate/Taps.h"
#include "narrow/Support/MainFunction.h"

using namespace narrow;

/// Returns what the float model makes of `values` on the samples that judge.
static llvm::Expected<std::shared_ptr<const PartElements>>
runJudges(const RepairContext &context, ArrayRef<Value> values) {
  static const char kind = 0;
  ModuleOp original = context.original;
  KeptRuns::Key key{reinterpret_cast<uintptr_t>(&kind),
                    reinterpret_cast<uintptr_t>(original.getOperation()),
                    static_cast<uintptr_t>(context.split.judgesBegin),
                    static_cast<uintptr_t>(context.split.judgesEnd)};
  for (Value value : values)
    key.push_back(reinterpret_cast<uintptr_t>(value.getAsOpaquePointer()));
  if (auto found = KeptRuns::find<PartElements>(key))
    return found;
  llvm::Expected<PartElements> elements = runParts(
      context.original, values, context.split.countJudges(),
      [&](int64_t sample, std::vector<HostTensor> &inputs) {
        return context.getSample(context.split.judgesBegin + sample, inputs);
      },
      context.getExecutor);
  if (!elements)
    return elements.takeError();
  int64_t bytes = 0;
  for (Value value : values)
    bytes += cast<ShapedType>(value.getType()).getNumElements() *
             static_cast<int64_t>(sizeof(float)) * context.split.countJudges();
  std::shared_ptr<const PartElements> made =
      std::make_shared<PartElements>(std::move(*elements));
  KeptRuns::add(std::move(key), made, bytes);
  return made;
}

llvm::Expected<JudgedNetwork>
JudgedNetwork::create(const RepairContext &context) {
  JudgedNetwork result(context);
  ModuleOp quantized = context.quantized;
  if (!context.split.countJudges() ||
      !llvm::hasSingleElement(quantized.getOps<mlir::func::FuncOp>()))
    return std::move(result);
  SmallVector<Value> originals;
  for (auto [left, right] : findParts(context.original, quantized)) {
    originals.push_back(left);
    result.parts.push_back(right);
  }
  auto wanted = runJudges(context, originals);
  if (!wanted)
    return wanted.takeError();
  result.wanted = std::move(*wanted);
  if (context.split.isShared()) {
    result.copy = cast<ModuleOp>(quantized->clone(result.mapping));
    for (Value &part : result.parts)
      part = result.mapping.lookup(part);
  }
  return std::move(result);
}

llvm::Expected<llvm::BitVector>
JudgedNetwork::follow(RepairStep &step, ArrayRef<RepairedLayer> layers,
                      RepairReport &report) {
  DenseMap<Operation *, size_t> places;
  std::vector<JudgedLayer> judged;
  for (auto [index, layer] : llvm::enumerate(layers)) {
    Operation *op = copy ? mapping.lookup(layer.op) : layer.op;
    places[op] = index;
    LayerState now = *LayerState::get(op);
    judged.push_back({op, copy ? now : layer.before, now, std::nullopt});
    if (layer.with)
      judged.back().group =
          places.lookup(copy ? mapping.lookup(layer.with) : layer.with);
  }
  if (copy) {
    RepairContext others = *context;
    others.quantized = *copy;
    others.split = context->split.withoutJudges();
    RepairReport unused;
    llvm::Expected<SmallVector<RepairedLayer>> copies =
        step.run(getMainFunction(*copy), others, unused);
    if (!copies)
      return copies.takeError();
    for (const RepairedLayer &layer : *copies) {
      auto found = places.find(layer.op);
      if (found == places.end())
        layer.before.apply(layer.op);
      else
        judged[found->second].with = *LayerState::get(layer.op);
    }
  }
  if (!step.isJudged()) {
    errors.reset();
    return llvm::BitVector(judged.size(), true);
  }
  RepairJudge judge(*context, copy ? *copy : context->quantized, parts, *wanted,
                    judged);
  llvm::Expected<llvm::BitVector> kept = judge.decide(report, errors);
  if (!kept)
    return kept.takeError();
  for (auto [index, layer] : llvm::enumerate(judged))
    if (copy && !kept->test(index))
      layer.without.apply(layer.op);
  return kept;
}
