//===- PruneModel.cpp - a model with fewer channels, and its loss ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/HoldAccuracy.h"
#include "narrow/Driver/Session.h"
#include "narrow/Prune/PruneChannels.h"
#include "narrow/Support/Error.h"
#include <cmath>

using namespace narrow;

llvm::Error Session::prune() {
  StringRef path = options.model.path;
  if (!*samples || !options.quantization.heldBack)
    return makeError(
        "'" + path + "': expected samples (--calib), " +
        Twine(kLeastToHoldBack) +
        " of them or more, that judge what --prune costs, found " +
        (*samples ? Twine((*samples)->getCount()) : Twine("none")));
  if (options.budget.isGiven() || !(*samples)->getFeed().isEmpty())
    return makeError("'" + path + "': expected no --prune with " +
                     (options.budget.isGiven() ? "a budget" : "--state"));
  auto getSample = [&](int64_t sample, std::vector<HostTensor> &inputs) {
    inputs = (*samples)->get(sample);
    return llvm::Error::success();
  };
  int64_t judges = options.quantization.heldBack,
          training = (*samples)->getCount() - judges;
  Pruned made{observed->module->clone(), nullptr, {}};
  DiagnosticCollector diagnostics(context);
  llvm::Expected<PruneReport> report = pruneChannels(
      *made.module, options.quantization.pruneShare, training, getSample);
  if (!report)
    return diagnostics.hasErrors() ? (llvm::consumeError(report.takeError()),
                                      diagnostics.takeError(path))
                                   : report.takeError();
  if (llvm::Error error =
          FloatExecutor::create(*made.module).moveInto(made.executor))
    return error;
  llvm::Expected<const FloatExecutor *> whole = getExecutor();
  if (!whole)
    return whole.takeError();
  double squares = 0, errors = 0;
  std::vector<HostTensor> wanted, found;
  for (int64_t i = training; i < training + judges; ++i) {
    std::vector<HostTensor> inputs = (*samples)->get(i);
    if (llvm::Error error = (*whole)->run(inputs, wanted))
      return error;
    if (llvm::Error error = made.executor->run(inputs, found))
      return error;
    for (auto [left, right] : llvm::zip_equal(wanted, found))
      if (left.kind == ElementKind::F32)
        for (auto [x, y] :
             llvm::zip_equal(left.data<float>(), right.data<float>())) {
          squares += double(x) * x;
          errors += (double(x) - y) * (double(x) - y);
        }
  }
  made.loss = {report->channels, report->removed, report->weightsBefore,
               report->weightsAfter,
               errors > 0 ? 10 * std::log10(squares / errors) : 100};
  if (!report->removed)
    messages.push_back({mlir::DiagnosticSeverity::Warning, "",
                        "nothing is pruned: that share of the channels between "
                        "two layers is not a group of them"});
  pruned = std::move(made);
  return llvm::Error::success();
}
