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

namespace narrow {

/// The table of a network's layers: the bytes and times of its forms as they
/// are compiled, and their noises as they were scored.
class FormTable {
public:
  FormTable(const NetworkScores &network, const BudgetOptions &limits)
      : network(network), limits(limits) {}

  /// Compiles the network in each width and fills in `table`.
  llvm::Error fill(BudgetReport &report);

  /// Returns the table corrected by all plans that were measured.
  search::ChoiceTable getRefined() const;
  LayerForms getForms(ArrayRef<unsigned> choices) const;
  /// Returns the choices of a plan; nothing where the table lacks one.
  std::optional<SmallVector<unsigned>>
  getChoices(const LayerForms &forms) const;
  /// Puts a plan's real costs in the place of what `selection` has, and
  /// corrects the table by the difference. Where they have to be exact, all its
  /// code is generated.
  llvm::Error compile(ModuleOp quantized, search::Selection &selection,
                      bool isExact);

  search::ChoiceTable table;

private:
  /// Weights of one width in one code.
  struct WeightForm {
    std::string name;
    bool isPacked;
    ModuleCost cost;
    const NetworkScores::Uniform *from;
  };

  llvm::Expected<ModuleCost> measure(ModuleOp module, BudgetReport &report);
  void fillLayers(BudgetReport &report);
  llvm::Error fillValues(BudgetReport &report);
  /// Packed weights are read by products of bytes alone: excludes both.
  void addConflicts(ModuleOp widened, unsigned entry);

  const NetworkScores &network;
  const BudgetOptions &limits;
  cost::CostModel times;
  ModuleCost baseCost;
  std::vector<WeightForm> forms;
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_FORMTABLE_H
