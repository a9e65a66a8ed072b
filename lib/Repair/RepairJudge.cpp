//===- RepairJudge.cpp - whether repaired layers are better ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairJudge.h"

#include "mlir/IR/IRMapping.h"
#include "narrow/Simulate/Taps.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <cmath>

using namespace narrow;
using llvm::BitVector;

/// Depths that are tried between no layer and all of them.
static constexpr size_t kDepths = 8;
/// A part that is so much worse counts as hurt whatever others gain: 1 dB.
static constexpr double kHurt = 1.122;
/// Repairs are undone only where that is better by this, so that noise decides
/// nothing: 0.2 dB on few samples. Many say it themselves.
static double getBetter(int64_t judges) { return judges <= 8 ? 1.023 : 1; }

RepairJudge::RepairJudge(const RepairContext &context, ModuleOp network,
                         ArrayRef<Value> parts, const PartElements &wanted,
                         ArrayRef<JudgedLayer> layers)
    : wanted(wanted), context(context), layers(layers),
      better(getBetter(context.split.countJudges())) {
  mlir::IRMapping mapping;
  module = cast<ModuleOp>(network->clone(mapping));
  SmallVector<Value> values;
  for (Value part : parts)
    values.push_back(mapping.lookup(part));
  returnValues(*module, values);
  for (const JudgedLayer &layer : layers)
    clones.push_back(mapping.lookup(layer.op));
  findCones();
}

void RepairJudge::findCones() {
  Operation *end = getMainFunction(*module).front().getTerminator();
  for (Value part : end->getOperands()) {
    llvm::SmallPtrSet<Operation *, 32> seen;
    SmallVector<Value> work{part};
    while (!work.empty())
      if (Operation *maker = work.pop_back_val().getDefiningOp();
          maker && seen.insert(maker).second)
        llvm::append_range(work, maker->getOperands());
    BitVector &cone = cones.emplace_back(layers.size());
    for (auto [index, clone] : llvm::enumerate(clones))
      if (seen.contains(clone))
        cone.set(index);
  }
}

BitVector RepairJudge::combine(ArrayRef<size_t> depths) const {
  BitVector kept(layers.size());
  for (auto [cone, depth] : llvm::zip_equal(cones, depths))
    for (size_t index = 0; index < depth; ++index)
      if (cone.test(index))
        kept.set(index);
  BitVector broken(layers.size());
  for (auto [index, layer] : llvm::enumerate(layers))
    if (layer.group && !kept.test(index))
      broken.set(*layer.group);
  for (auto [index, layer] : llvm::enumerate(layers))
    if (layer.group && broken.test(*layer.group))
      kept.reset(index);
  return kept;
}

llvm::Expected<PartErrors> RepairJudge::measure(const BitVector &kept) {
  for (auto [index, layer] : llvm::enumerate(layers))
    (kept.test(index) ? layer.with : layer.without).apply(clones[index]);
  llvm::Expected<PartErrors> errors = measureParts(
      getMainFunction(*module), wanted,
      [&](int64_t sample, std::vector<HostTensor> &inputs) {
        return context.getSample(context.split.judgesBegin + sample, inputs);
      });
  if (!errors)
    return errors.takeError();
  for (double &error : *errors)
    if (std::isnan(error))
      error = 0;
  return errors;
}

static double getMean(ArrayRef<double> errors) {
  double sum = 0;
  for (double error : errors)
    sum += error;
  return sum / static_cast<double>(errors.size());
}

llvm::Expected<BitVector> RepairJudge::decide(RepairReport &report,
                                              std::optional<PartErrors> &now) {
  size_t count = layers.size();
  BitVector all(count, true), none(count);
  llvm::Expected<PartErrors> repaired = measure(all);
  if (!repaired)
    return repaired.takeError();
  llvm::Expected<PartErrors> plain =
      now ? llvm::Expected<PartErrors>(std::move(*now)) : measure(none);
  if (!plain)
    return plain.takeError();
  now = *repaired;
  report.errorBefore = getMean(*plain);
  report.errorWithAll = report.error = getMean(*repaired);
  bool isHurt = report.errorWithAll > better * report.errorBefore;
  for (auto [with, without] : llvm::zip_equal(*repaired, *plain))
    isHurt |= with > kHurt * without;
  if (!isHurt)
    return all;

  // Repairs only see what is above them, so that those above a depth are what
  // they would be without those below it.
  BitVector best = all;
  auto take = [&](const BitVector &kept, const PartErrors &errors) {
    double error = getMean(errors);
    if (error * better >= report.errorWithAll || error >= report.error)
      return;
    report.error = error;
    best = kept;
    now = errors;
  };
  SmallVector<size_t> depths(cones.size(), count);
  PartErrors least = *repaired;
  for (size_t step = 0; step <= kDepths; ++step) {
    size_t depth = count * step / (kDepths + 1);
    if (step && depth == count * (step - 1) / (kDepths + 1))
      continue;
    BitVector kept = combine(SmallVector<size_t>(cones.size(), depth));
    llvm::Expected<PartErrors> errors =
        step ? measure(kept) : llvm::Expected<PartErrors>(*plain);
    if (!errors)
      return errors.takeError();
    take(kept, *errors);
    for (auto [part, error] : llvm::enumerate(*errors))
      if (error * better < least[part]) {
        least[part] = error;
        depths[part] = depth;
      }
  }
  if (!llvm::all_equal(depths)) {
    BitVector kept = combine(depths);
    llvm::Expected<PartErrors> errors = measure(kept);
    if (!errors)
      return errors.takeError();
    take(kept, *errors);
  }
  return best;
}
