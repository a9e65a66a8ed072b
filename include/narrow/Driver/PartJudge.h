//===- PartJudge.h - how far parts of the results are off -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_PARTJUDGE_H
#define NARROW_DRIVER_PARTJUDGE_H

#include "narrow/Driver/Samples.h"
#include "narrow/Simulate/PartErrors.h"

namespace narrow {

/// Compares each part of the results of modules made from one float model with
/// that model's, on samples that judge.
class PartJudge {
public:
  /// The last `heldBack` samples judge; a few of all where that is 0.
  PartJudge(ModuleOp observed, const ModelSamples &samples, int64_t heldBack,
            GetExecutor getExecutor);

  /// The samples that judge: the first, and how many.
  int64_t getBegin() const { return begin; }
  int64_t getCount() const { return count; }
  /// Fetches them, counted from 0.
  auto getFetch() const {
    return [this](int64_t index, std::vector<HostTensor> &inputs) {
      inputs = samples.get(begin + index);
      return llvm::Error::success();
    };
  }

  /// Returns a copy of `quantized` that returns its parts, and brings `names`
  /// and `wanted` up to date: what is joined may differ from one module to
  /// another.
  llvm::Expected<OwningOpRef<ModuleOp>> makeJudged(ModuleOp quantized);
  /// Returns the error of each part.
  llvm::Expected<PartErrors> judge(ModuleOp quantized);

  /// Of the module that was judged last: what its parts are called, and what
  /// the float model says of them.
  ArrayRef<std::string> getNames() const { return names; }
  const PartElements &getWanted() const { return wanted; }

private:
  ModuleOp observed;
  const ModelSamples &samples;
  GetExecutor getExecutor;
  int64_t begin, count;
  std::vector<std::string> names;
  PartElements wanted;
};

} // namespace narrow

#endif // NARROW_DRIVER_PARTJUDGE_H
