//===- PartErrors.cpp - how far results are from the float model ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/PartErrors.h"
#include <cmath>
#include <limits>

using namespace narrow;

bool PartComparison::wants(Operation *op) {
  return isa<mlir::func::ReturnOp>(op);
}

llvm::Error PartComparison::visit(Operation *op, LayerWalk &walk) {
  for (auto [part, value] : llvm::enumerate(op->getOperands())) {
    double squares = 0, errors = 0;
    const SampleTensors *found = walk.find(value);
    for (auto [sample, parts] : llvm::enumerate(wanted)) {
      if (!found)
        break;
      const reference::Tensor &tensor =
          (*found)[found->size() == 1 ? 0 : sample];
      for (auto [x, y] : llvm::zip_equal(parts[part], tensor.floats())) {
        squares += double(x) * x;
        errors += (double(x) - y) * (double(x) - y);
      }
    }
    bool isFinite = std::isfinite(squares) && std::isfinite(errors);
    result.push_back(squares > 0 && isFinite
                         ? std::sqrt(errors / squares)
                         : std::numeric_limits<double>::quiet_NaN());
  }
  return llvm::Error::success();
}

llvm::Expected<PartErrors> narrow::measureParts(mlir::func::FuncOp function,
                                                const PartElements &wanted,
                                                GetSample getSample) {
  PartComparison comparison(wanted);
  if (llvm::Error error =
          LayerWalk(function).run(wanted.size(), getSample, comparison))
    return std::move(error);
  return comparison.result;
}

llvm::Expected<PartElements>
narrow::runParts(ModuleOp original, ArrayRef<Value> parts, int64_t numSamples,
                 GetSample getSample, GetExecutor getExecutor) {
  FloatTaps taps(original);
  PartElements result;
  for (auto [index, part] : llvm::enumerate(parts))
    taps.add(part, [&result, index = index](ArrayRef<float> values) {
      result.back()[index].assign(values.begin(), values.end());
    });
  if (llvm::Error error = taps.prepare(getExecutor))
    return std::move(error);
  std::vector<HostTensor> sample;
  for (int64_t i = 0; i < numSamples; ++i) {
    if (llvm::Error error = getSample(i, sample))
      return std::move(error);
    result.emplace_back(parts.size());
    if (llvm::Error error = taps.run(sample))
      return std::move(error);
  }
  return result;
}
