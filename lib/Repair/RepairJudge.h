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

/// Layers as samples that do not judge would have repaired them.
using JudgedStates = DenseMap<Operation *, LayerState>;

/// Measures how far the results are from the float model's on the samples that
/// judge, with some of the layers repaired.
class RepairJudge {
public:
  /// `parts` are values of the quantised module, `wanted` their elements for
  /// each sample that judges, `earlier` what earlier steps did to layers.
  RepairJudge(const RepairContext &context, ArrayRef<Value> parts,
              const PartElements &wanted, ArrayRef<RepairedLayer> layers,
              const JudgedStates &earlier);

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
  ArrayRef<RepairedLayer> layers;
  /// The layers' counterparts in `module`, and what they are there without the
  /// step.
  SmallVector<Operation *> clones;
  std::vector<LayerState> without;
  SmallVector<llvm::BitVector> cones;
  /// How much better is better, beyond the noise of so many samples.
  double better;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_REPAIRJUDGE_H
