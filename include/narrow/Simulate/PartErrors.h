//===- PartErrors.h - how far results are from the float model -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SIMULATE_PARTERRORS_H
#define NARROW_SIMULATE_PARTERRORS_H

#include "narrow/Simulate/FloatTaps.h"
#include "narrow/Simulate/LayerWalk.h"

namespace narrow {

/// The elements of each part of the results, for each sample.
using PartElements = std::vector<std::vector<std::vector<float>>>;

/// Root of the mean square error of each part relative to its root of the mean
/// square; NaN for what is nothing, unknown or not finite and so judges
/// nothing.
using PartErrors = SmallVector<double>;

/// Stands for the signal to noise of equal results, in dB.
inline constexpr double kEqualDecibels = 200;

/// Adds up the errors of what the walked function returns: the parts.
class PartComparison : public LayerVisitor {
public:
  explicit PartComparison(const PartElements &wanted) : wanted(wanted) {}

  bool wants(Operation *op) override;
  llvm::Error visit(Operation *op, LayerWalk &walk) override;

  PartErrors result;

private:
  const PartElements &wanted;
};

/// Runs `function`, which returns the parts, on as many samples as `wanted` has
/// and compares.
llvm::Expected<PartErrors> measureParts(mlir::func::FuncOp function,
                                        const PartElements &wanted,
                                        GetSample getSample);

/// Runs the float module on the first samples and returns the elements of
/// `parts`, values of its function.
llvm::Expected<PartElements> runParts(ModuleOp original, ArrayRef<Value> parts,
                                      int64_t numSamples, GetSample getSample,
                                      GetExecutor getExecutor);

} // namespace narrow

#endif // NARROW_SIMULATE_PARTERRORS_H
