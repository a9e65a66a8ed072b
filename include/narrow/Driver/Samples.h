//===- Samples.h - the samples of a file as a model's inputs ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_SAMPLES_H
#define NARROW_DRIVER_SAMPLES_H

#include "narrow/Driver/Model.h"
#include "narrow/Support/Npy.h"

namespace narrow {

/// Gives one sample after another in the shapes and types that a model takes.
class ModelSamples {
public:
  /// Opens a .npy or .npz file. Arrays go to the inputs of their names (with
  /// one of each, the names do not matter). A sample has the input's shape, or
  /// that without a leading 1. Floats of another width, and integers that
  /// widen, are converted; everything else is an error that names the input.
  static llvm::Expected<ModelSamples> open(StringRef path,
                                           ArrayRef<ValueSpec> inputs);

  int64_t size() const { return file.getNumSamples(); }
  /// Keeps only the first samples.
  void truncate(int64_t count) { limit = count; }
  int64_t getCount() const { return limit ? std::min(*limit, size()) : size(); }
  /// The inputs' tensors for one sample, in the model's order.
  std::vector<HostTensor> get(int64_t sample) const;
  /// See `SampleFile::hash`.
  uint64_t hash(int64_t sample) const { return file.hash(sample); }

private:
  ModelSamples(SampleFile file) : file(std::move(file)) {}

  SampleFile file;
  std::vector<ValueSpec> inputs;
  /// The array of each input.
  std::vector<size_t> arrays;
  std::optional<int64_t> limit;
};

/// Converts elements to another kind.
HostTensor convert(const HostTensor &tensor, ElementKind kind);

} // namespace narrow

#endif // NARROW_DRIVER_SAMPLES_H
