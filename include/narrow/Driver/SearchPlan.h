//===- SearchPlan.h - the fewest bits under a budget -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which layers bear weights of 4 or 2 bits is measured, chosen by an integer
// program, measured again as a whole, and chosen anew with what that taught,
// until the prediction is right (docs/decisions/0007-integer-program.md).
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_SEARCHPLAN_H
#define NARROW_DRIVER_SEARCHPLAN_H

#include "narrow/Driver/Budget.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Support/Progress.h"

namespace narrow {

/// What a search starts from.
struct SearchInputs {
  ModuleOp observed;
  uint64_t modelHash = 0;
  const Statistics &statistics;
  const ModelSamples &samples;
  GetExecutor getExecutor;
  StringRef path;
  /// `hashSearch`, and what was said of the data, for the file of scores.
  uint64_t key = 0;
  ArrayRef<Message> messages = {};
};

/// As `holdAccuracy`, and then with the widths of weights that are best under
/// the budget, judged on the same samples; `budget` of what it returns says how
/// they were found. Where no plan keeps the budget, the nearest one is returned
/// and said not to hold it. Fails where accuracy cannot be judged.
llvm::Expected<QuantizedModel> searchPlan(const SearchInputs &inputs,
                                          const QuantizationOptions &options,
                                          const BudgetOptions &budget,
                                          ProgressCallback progress);

} // namespace narrow

#endif // NARROW_DRIVER_SEARCHPLAN_H
