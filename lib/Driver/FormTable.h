//===- FormTable.h - what a network's forms cost and lose -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_FORMTABLE_H
#define NARROW_LIB_DRIVER_FORMTABLE_H

#include "FormCosts.h"
#include "NetworkScores.h"
#include "narrow/Driver/KernelTimes.h"

namespace narrow {

/// The table of a network's layers: the bytes and times of its forms as they
/// are compiled, and their noises as they were scored.
class FormTable {
public:
  FormTable(const NetworkScores &network, const BudgetOptions &limits)
      : network(network), limits(limits), level(getBestLevel(limits.targets)) {}

  /// Chooses the kernels of the network in each form, times them where that is
  /// asked for, and fills in `table`.
  llvm::Error fill(BudgetReport &report);

  /// Returns the table corrected by all plans that were measured.
  search::ChoiceTable getRefined() const {
    return narrow::getRefined(table, network.scores.plans);
  }
  /// Puts a plan's real costs in the place of what `selection` has, and
  /// corrects the table by the difference. Where they have to be exact, all its
  /// code is generated.
  llvm::Error compile(ModuleOp quantized, search::Selection &selection,
                      bool isExact);

  /// The times that it was filled with.
  const cost::CostModel &getTimes() const { return times.model; }

  search::ChoiceTable table;

private:
  /// Weights of one width in one code.
  struct WeightForm {
    std::string name;
    bool isPacked;
    const NetworkScores::Uniform *from;
    OwningOpRef<ModuleOp> module;
    ModuleCost cost;
  };

  /// Chooses the kernels of the network in all its forms.
  llvm::Error measureForms();
  /// Measures the kernels that the file of times lacks.
  llvm::Error timeForms();
  /// Measures those of wider values, as many values at a time as have nothing
  /// to do with each other.
  llvm::Error timeValues();
  void price(BudgetReport &report);
  void fillLayers(BudgetReport &report);
  /// Adds the choices that a layer has by other schemes.
  void addSchemes(search::Layer &entry) const;
  void fillValues();
  /// Packed weights are read by products of bytes alone: excludes both.
  void addConflicts(ModuleOp widened, unsigned entry);

  const NetworkScores &network;
  const BudgetOptions &limits;
  const Target &level;
  KernelTimes times;
  ModuleCost baseCost;
  std::vector<WeightForm> forms;
  std::vector<ModuleCost> schemeCosts; ///< Of each of the network's.
  std::vector<ModuleCost> valueCosts;  ///< Of each of the network's.
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_FORMTABLE_H
