//===- RepairResult.h - what repairs did to a model ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_REPAIRRESULT_H
#define NARROW_DRIVER_REPAIRRESULT_H

#include "narrow/Quantize/QuantizeReport.h"
#include "narrow/Repair/RepairStep.h"
#include "llvm/Support/JSON.h"

namespace narrow {

/// What one step did, in numbers (see `RepairReport`).
struct RepairResult {
  std::string name;
  int64_t changed = 0, skipped = 0, undone = 0;
  double errorBefore = 0, errorWithAll = 0, error = 0, gain = 0, seconds = 0;

  llvm::json::Object toJson() const;
};

/// Returns the numbers of `report`. Remarks and findings say which contractions
/// were undone or left alone, and why.
RepairResult summarizeRepair(const RepairReport &report,
                             quantize::QuantizeReport &findings);

} // namespace narrow

#endif // NARROW_DRIVER_REPAIRRESULT_H
