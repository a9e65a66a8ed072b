//===- BudgetAnswer.h - a budget answered from a file -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_BUDGETANSWER_H
#define NARROW_DRIVER_BUDGETANSWER_H

#include "narrow/Driver/Budget.h"
#include "narrow/Driver/Diagnostics.h"
#include "narrow/Plan/Plan.h"

namespace narrow {

/// What a file of scores says of a budget.
struct BudgetAnswer {
  Plan plan;
  /// Of all operations in fixed point, in microseconds.
  double predictedUs = 0;
  BudgetReport report;
  /// What was said of the data when it was scored.
  std::vector<Message> warnings;
};

} // namespace narrow

#endif // NARROW_DRIVER_BUDGETANSWER_H
