//===- Calibrator.cpp - statistics of a model, and ranges into it ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Calibrator.h"

#include "mlir/IR/Threading.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/OutputFile.h"

using namespace narrow;

llvm::Expected<Statistics>
narrow::collectStatistics(int64_t numSamples, RunSample run,
                          function_ref<uint64_t(int64_t)> hash,
                          ProgressCallback progress) {
  Statistics statistics;
  ProgressMeter meter(numSamples, progress);
  for (int64_t sample = 0; sample < numSamples; ++sample) {
    std::string bad;
    llvm::Error error =
        run(sample, [&](StringRef name, ArrayRef<float> values) {
          statistics.addSample(name, values);
          const TensorStatistics *tensor = statistics.lookup(name);
          if (bad.empty() && (tensor->nans || tensor->infinities))
            bad = name.str();
        });
    if (error)
      return error;
    if (!bad.empty()) {
      const TensorStatistics *tensor = statistics.lookup(bad);
      return makeError("expected finite values in calibration, found " +
                       llvm::Twine(tensor->nans) + " NaN and " +
                       llvm::Twine(tensor->infinities) + " infinite in '" +
                       bad + "' at sample " + llvm::Twine(sample));
    }
    statistics.addSampleHash(hash(sample));
    meter.advance();
  }
  if (llvm::Error error = statistics.check())
    return error;
  return statistics;
}

LogicalResult narrow::applyRanges(ModuleOp module, const Statistics &statistics,
                                  const RangeOptions &options) {
  SmallVector<fxp::ObserveOp> observers;
  SmallVector<const TensorStatistics *> found;
  fxp::ObserveOp missing;
  int64_t numMissing = 0;
  module.walk([&](fxp::ObserveOp op) {
    const TensorStatistics *tensor = statistics.lookup(op.getName());
    if (tensor && !tensor->histogram.empty()) {
      observers.push_back(op);
      found.push_back(tensor);
      return;
    }
    if (numMissing++ == 0)
      missing = op;
  });
  if (numMissing)
    return missing.emitError("expected statistics of '")
           << missing.getName() << "', found none (for " << numMissing << " of "
           << numMissing + int64_t(observers.size())
           << " values): they are of another model, or of another version of "
              "narrow";
  // Searching takes milliseconds for each value.
  SmallVector<Range> ranges(observers.size());
  mlir::parallelFor(module.getContext(), 0, observers.size(), [&](size_t i) {
    ranges[i] = estimateRange(*found[i], options);
  });
  mlir::Builder builder(module.getContext());
  for (auto [op, tensor, range] : llvm::zip_equal(observers, found, ranges)) {
    op.setRangeAttr(
        builder.getDenseF64ArrayAttr({range.lowest, range.highest}));
    op->setAttr("narrow.extremes",
                builder.getDenseF64ArrayAttr({tensor->histogram.getLowest(),
                                              tensor->histogram.getHighest()}));
  }
  return success();
}
