//===- Calibrator.cpp - statistics of a model, and ranges into it ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Calibrator.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Threading.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/ObserverAttributes.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/Scheme.h"
#include <cmath>

using namespace narrow;

/// Returns whether infinite elements of a value mean that the samples or the
/// network are broken. Elsewhere they are legitimate: masks add -inf in front
/// of a softmax, and 1 / (1 + exp(-x)) overflows on its way to 0.
static bool mustBeFinite(Value value) {
  return !value.getDefiningOp() ||
         isa<nn::Conv2DOp, nn::TransposedConv2DOp, nn::LinearOp, nn::MatMulOp>(
             value.getDefiningOp());
}

llvm::Error narrow::checkFinite(ModuleOp observed,
                                const Statistics &statistics) {
  const TensorStatistics *first = nullptr, *bad = nullptr;
  observed.walk([&](fxp::ObserveOp op) {
    const TensorStatistics *tensor = statistics.lookup(op.getName());
    if (!tensor || bad || (!tensor->nans && !tensor->infinities))
      return;
    if (!first)
      first = tensor;
    Value value = op.getInput();
    bool isReturned = llvm::any_of(value.getUsers(), [](Operation *user) {
      return isa<mlir::func::ReturnOp>(user);
    });
    if (mustBeFinite(value) || (isReturned && tensor->nans))
      bad = tensor;
  });
  if (!bad)
    return llvm::Error::success();
  std::string cause =
      first == bad ? ""
                   : " (the first that is not finite is '" + first->name + "')";
  return makeError("expected finite values in calibration, found " +
                   llvm::Twine(bad->nans) + " NaN and " +
                   llvm::Twine(bad->infinities) + " infinite in '" + bad->name +
                   "'" + cause);
}

llvm::Expected<Statistics>
narrow::collectStatistics(ModuleOp observed, int64_t numSamples, RunSample run,
                          function_ref<uint64_t(int64_t)> hash,
                          ProgressCallback progress) {
  Statistics statistics;
  ProgressMeter meter(numSamples, progress);
  for (int64_t sample = 0; sample < numSamples; ++sample) {
    bool isFinite = true;
    llvm::Error error =
        run(sample, [&](StringRef name, ArrayRef<float> values) {
          statistics.addSample(name, values);
          const TensorStatistics *tensor = statistics.lookup(name);
          isFinite &= !tensor->nans && !tensor->infinities;
        });
    if (error)
      return error;
    if (!isFinite)
      if (llvm::Error bad = checkFinite(observed, statistics))
        return makeError(llvm::toString(std::move(bad)) + " at sample " +
                         llvm::Twine(sample));
    statistics.addSampleHash(hash(sample));
    meter.advance();
  }
  if (llvm::Error error = statistics.check())
    return error;
  return statistics;
}

/// Returns the root of the mean of the squares, as exact as bins are narrow.
static double getRootMeanSquare(const Histogram &histogram) {
  double squares = 0, elements = 0;
  for (auto [bin, count] : llvm::enumerate(histogram.getCounts())) {
    double centre = histogram.getCentre(bin);
    squares += static_cast<double>(count) * centre * centre;
    elements += static_cast<double>(count);
  }
  return elements > 0 ? std::sqrt(squares / elements) : 0;
}

/// Returns the same of the elements that are not 0, without the largest
/// sixteenth.
static double getTypicalSize(const TensorStatistics &tensor) {
  const Histogram &histogram = tensor.histogram;
  std::vector<std::pair<double, uint64_t>> bins;
  uint64_t elements = 0;
  for (auto [bin, count] : llvm::enumerate(histogram.getCounts())) {
    uint64_t own = count;
    // Zeros lie in the bin that starts at zero.
    if (histogram.getFirst() + static_cast<int64_t>(bin) == 0)
      own -= std::min(own, tensor.zeros);
    if (own)
      bins.emplace_back(std::abs(histogram.getCentre(bin)), own);
    elements += own;
  }
  llvm::sort(bins);
  uint64_t left = elements - elements / 16;
  double squares = 0, counted = static_cast<double>(left);
  for (auto [size, count] : bins) {
    uint64_t taken = std::min(count, left);
    squares += static_cast<double>(taken) * size * size;
    left -= taken;
  }
  return counted > 0 ? std::sqrt(squares / counted) : 0;
}

LogicalResult narrow::applyRanges(ModuleOp module, const Statistics &statistics,
                                  const RangeOptions &options) {
  // A quantised model needs no samples: it says what values are stored as.
  if (statistics.getTensors().empty() && needsNoRanges(module))
    return success();
  SmallVector<fxp::ObserveOp> observers;
  SmallVector<const TensorStatistics *> found;
  fxp::ObserveOp missing;
  int64_t numMissing = 0;
  module.walk([&](fxp::ObserveOp op) {
    const TensorStatistics *tensor = statistics.lookup(op.getName());
    if (tensor && tensor->elements) {
      observers.push_back(op);
      found.push_back(tensor);
      return;
    }
    if (!statistics.isPartial && numMissing++ == 0)
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
    if (!found[i]->nans && !found[i]->infinities)
      ranges[i] = estimateRange(*found[i], options);
  });
  mlir::Builder builder(module.getContext());
  for (auto [op, tensor, range] : llvm::zip_equal(observers, found, ranges)) {
    // No integer stands for infinity or NaN.
    if (tensor->nans || tensor->infinities) {
      op.setNotFinite(true);
      continue;
    }
    op.setRangeAttr(
        builder.getDenseF64ArrayAttr({range.lowest, range.highest}));
    op.setExtremesAttr(builder.getDenseF64ArrayAttr(
        {tensor->histogram.getLowest(), tensor->histogram.getHighest()}));
    op->setAttr(fxp::kRmsAttr,
                builder.getF64FloatAttr(getRootMeanSquare(tensor->histogram)));
    op->setAttr(fxp::kTypicalAttr,
                builder.getF64FloatAttr(getTypicalSize(*tensor)));
  }
  return success();
}
