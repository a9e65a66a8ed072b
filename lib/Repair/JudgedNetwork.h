//===- JudgedNetwork.h - the network that samples judge ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_JUDGEDNETWORK_H
#define NARROW_LIB_REPAIR_JUDGEDNETWORK_H

#include "mlir/IR/IRMapping.h"
#include "narrow/Repair/RepairStep.h"
#include "narrow/Simulate/PartErrors.h"
#include "llvm/ADT/BitVector.h"

namespace narrow {

/// What the samples that judge look at: the repaired network or, where they are
/// some of those that repair it, a copy that every step repairs by the others
/// alone. Each layer of the copy makes up for what the copy's own layers lost;
/// one that was made for the other network's losses would be judged too hard.
class JudgedNetwork {
public:
  /// Runs the float model over the samples that judge, as far as nobody has.
  static llvm::Expected<JudgedNetwork> create(const RepairContext &context);

  /// Whether anything can be judged.
  bool hasJudges() const { return !parts.empty(); }

  /// Follows `step`, which changed `layers` of the repaired network, and
  /// decides which of them stay changed; the others are undone here, and the
  /// caller undoes them there. Fills in the errors of `report`.
  llvm::Expected<llvm::BitVector> follow(RepairStep &step,
                                         ArrayRef<RepairedLayer> layers,
                                         RepairReport &report);

private:
  explicit JudgedNetwork(const RepairContext &context) : context(&context) {}

  const RepairContext *context;
  /// Null where the repaired network itself is judged.
  OwningOpRef<ModuleOp> copy;
  mlir::IRMapping mapping;
  /// Parts of the results, and what the float model says of them.
  SmallVector<Value> parts;
  std::shared_ptr<const PartElements> wanted;
  /// With the steps so far.
  std::optional<PartErrors> errors;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_JUDGEDNETWORK_H
