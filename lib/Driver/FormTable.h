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
  /// Compiles a plan, puts its real costs in the place of what `selection` has,
  /// and corrects the table by the difference.
  llvm::Error compile(ModuleOp quantized, search::Selection &selection);

  search::ChoiceTable table;

private:
  void fillLayers(BudgetReport &report);

  const NetworkScores &network;
  const BudgetOptions &limits;
  cost::CostModel times;
  ModuleCost baseCost;
  std::vector<ModuleCost> uniformCosts;
};

} // namespace narrow

#endif // NARROW_LIB_DRIVER_FORMTABLE_H
