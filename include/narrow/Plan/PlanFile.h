//===- PlanFile.h - plans as text ------------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format is described in docs/plan-format.md.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_PLANFILE_H
#define NARROW_PLAN_PLANFILE_H

#include "narrow/Plan/Plan.h"

namespace narrow {

/// Returns `plan` as text, a line for each entry in the order of their lines.
/// Numbers that decide something are printed so that they are read as the same.
std::string printPlan(const Plan &plan);

/// Reads what `printPlan` writes, and what people make of it. Errors say where
/// in `path` what was expected and what was found.
llvm::Expected<Plan> parsePlan(StringRef text, StringRef path);

/// Reads a file.
llvm::Expected<Plan> loadPlan(StringRef path);

/// Returns the shortest decimal that is read as `value`.
std::string printShortest(double value);

} // namespace narrow

#endif // NARROW_PLAN_PLANFILE_H
