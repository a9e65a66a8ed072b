//===- PlanChoices.h - plans as choices of a table --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a table of choices, and plans that were measured, say of a budget: no
// IR, so that a search and its answer from a file ask the same functions.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_PLANCHOICES_H
#define NARROW_LIB_DRIVER_PLANCHOICES_H

#include "narrow/Driver/Budget.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Search/Scores.h"

namespace narrow {

/// The form of each layer whose weights have not 8 bits, and of each value that
/// has 16 (`getValueEntry`).
using LayerForms = std::map<std::string, std::string>;

/// Prediction and measurement agree within this, in dB of the worst part.
inline constexpr double kAgree = 0.5;

/// Signal to noise of the worst part, in dB.
double getDecibels(const search::Selection &selection);

/// Returns the forms that are not the first of their layers.
LayerForms getForms(const search::ChoiceTable &table,
                    ArrayRef<unsigned> choices);
/// Returns the choices of a plan; nothing where the table lacks one.
std::optional<SmallVector<unsigned>>
getChoices(const search::ChoiceTable &table, const LayerForms &forms);

/// Returns the table corrected by all plans that were measured.
search::ChoiceTable getRefined(const search::ChoiceTable &table,
                               ArrayRef<search::Scores::Plan> plans);

/// Returns `all w4` where each entry that can have that form has it, and
/// nothing else is chosen; else `known`.
std::string nameKnown(const search::ChoiceTable &table,
                      const LayerForms &forms);

/// Lets the noise grow by so many dB; a floor that is held stays held. `noise`
/// is that of each part with every layer's first form.
void setDrop(search::Budget &budget, const search::Noise &noise,
             double decibels, const QuantizationOptions &options);

/// Describes a plan by the noise it has.
BudgetReport::Point describePlan(const search::ChoiceTable &table,
                                 StringRef name,
                                 const search::Selection &selection,
                                 double predicted);

/// Describes the form of each entry; `weights` are counted for each of the
/// first ones, which are layers.
std::vector<BudgetReport::Layer>
describeLayers(const search::ChoiceTable &refined, ArrayRef<int64_t> weights,
               ArrayRef<unsigned> choices);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_PLANCHOICES_H
