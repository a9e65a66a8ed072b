//===- RepairResult.cpp - what repairs did to a model ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/RepairResult.h"

#include "narrow/Support/Names.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;

/// Emits a remark and adds it to the findings.
static void note(Operation *op, StringRef kind, StringRef reason,
                 quantize::QuantizeReport &findings) {
  std::string node = getNodeName(op);
  emitRemark(op->getLoc()) << "'" << node << "': " << reason << " [" << kind
                           << "]";
  findings.findings.push_back(
      {kind.str(), node, op->getName().getStringRef().str(), reason.str()});
}

RepairResult narrow::summarizeRepair(const RepairReport &report,
                                     quantize::QuantizeReport &findings) {
  for (const auto &[op, reason] : report.left)
    note(
        op, "not-repaired",
        llvm::formatv("repair '{0}' leaves it: {1}", report.name, reason).str(),
        findings);
  std::string reason = llvm::formatv(
      "repair '{0}' is undone: on samples held back, the results' error "
      "relative to the float model is {1:P1} without it, {2:P1} with all of it "
      "and {3:P1} now",
      report.name, report.errorBefore, report.errorWithAll, report.error);
  for (Operation *op : report.undone)
    note(op, "repair-undone", reason, findings);
  return {report.name,        report.changed,
          report.skipped,     static_cast<int64_t>(report.undone.size()),
          report.errorBefore, report.errorWithAll,
          report.error,       report.getGain(),
          report.seconds};
}

llvm::json::Object RepairResult::toJson() const {
  return llvm::json::Object{{"name", name},
                            {"changed", changed},
                            {"skipped", skipped},
                            {"undone", undone},
                            {"error_before", errorBefore},
                            {"error_with_all", errorWithAll},
                            {"error", error},
                            {"gain_db", gain},
                            {"seconds", seconds}};
}
