//===- RepairJudge.h - whether repaired layers are better -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_REPAIRJUDGE_H
#define NARROW_LIB_REPAIR_REPAIRJUDGE_H

#include "narrow/Repair/RepairStep.h"
#include "narrow/Simulate/PartErrors.h"
#include "llvm/ADT/BitVector.h"

namespace narrow {

/// A layer of the network that is judged, and what it is there without the step
/// and with it.
struct JudgedLayer {
  Operation *op;
  LayerState without, with;
  /// The place of the first of the layers that stay changed or are undone
  /// together with this one, if any.
  std::optional<size_t> group;
};

/// Measures how far the results are from the float model's on the samples that
/// judge, with some of the layers repaired.
class RepairJudge {
public:
  /// `parts` are values of `network`, `wanted` their elements in the float
  /// model for each sample that judges, `layers` what a step changed.
  RepairJudge(const RepairContext &context, ModuleOp network,
              ArrayRef<Value> parts, const PartElements &wanted,
              ArrayRef<JudgedLayer> layers);

  /// Decides which layers stay repaired, and fills in the errors of `report`.
  /// `now` are the errors without the step, where they are known, and then
  /// those with what stays.
  llvm::Expected<llvm::BitVector> decide(RepairReport &report,
                                         std::optional<PartErrors> &now);

private:
  llvm::Expected<PartErrors> measure(const llvm::BitVector &kept);
  /// The layers that each part depends on.
  void findCones();
  /// Returns the mask with layers up to the depth given for each part: a layer
  /// stays where it lies above the depth of any part that depends on it.
  /// Layers that go together stay only together.
  llvm::BitVector combine(ArrayRef<size_t> depths) const;

  OwningOpRef<ModuleOp> module;
  const PartElements &wanted;
  const RepairContext &context;
  ArrayRef<JudgedLayer> layers;
  /// The layers' counterparts in `module`.
  SmallVector<Operation *> clones;
  SmallVector<llvm::BitVector> cones;
  /// How much better is better, beyond the noise of so many samples.
  double better;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_REPAIRJUDGE_H
