//===- Samples.h - the samples of a file as a model's inputs ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_SAMPLES_H
#define NARROW_DRIVER_SAMPLES_H

#include "narrow/Driver/StateFeed.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Support/Npy.h"
#include <memory>

namespace narrow {

/// Gives one sample after another in the shapes and types that a model takes.
class ModelSamples {
public:
  /// Opens a .npy or .npz file. Arrays go to the inputs of their names (with
  /// one of each, the names do not matter). A sample has the input's shape, or
  /// that without a leading 1. Floats of another width, and integers that
  /// widen, are converted; everything else is an error that names the input.
  /// An input that takes state need not be there: a sequence then begins with
  /// zeros.
  static llvm::Expected<ModelSamples>
  open(StringRef path, ArrayRef<ValueSpec> inputs, const StateFeed &feed = {});

  int64_t size() const { return file->getNumSamples(); }
  /// Keeps only the first samples.
  void truncate(int64_t count) { limit = count; }
  int64_t getCount() const { return limit ? std::min(*limit, size()) : size(); }
  /// Returns the same samples in another order, which begins with `first` and
  /// goes on with the first behind the last. Not for steps of sequences.
  ModelSamples startAt(int64_t first) const;
  /// The inputs' tensors for one sample, in the model's order.
  std::vector<HostTensor> get(int64_t sample) const;
  /// Runs the float model on all samples as the steps of sequences, each with
  /// the state that the steps before it computed, and keeps that as their
  /// state.
  llvm::Error follow(const FloatExecutor &executor);
  /// Sets the state of the first samples: one tensor for each link.
  void setStates(std::vector<std::vector<HostTensor>> found);
  const StateFeed &getFeed() const { return feed; }
  /// See `SampleFile::hash`.
  uint64_t hash(int64_t sample) const { return file->hash(getPlace(sample)); }

private:
  ModelSamples(SampleFile file)
      : file(std::make_shared<SampleFile>(std::move(file))) {}
  /// Where a sample lies in the file.
  int64_t getPlace(int64_t sample) const {
    return begin ? (sample + begin) % getCount() : sample;
  }
  HostTensor makeInput(size_t input, int64_t sample) const;

  std::shared_ptr<const SampleFile> file;
  int64_t begin = 0;
  std::vector<ValueSpec> inputs;
  /// The array of each input; none for state that begins with zeros.
  std::vector<std::optional<size_t>> arrays;
  StateFeed feed;
  /// The state of each sample, one tensor for each link of `feed`, once it was
  /// followed.
  std::vector<std::vector<HostTensor>> states;
  std::optional<int64_t> limit;
};

/// Converts elements to another kind.
HostTensor convert(const HostTensor &tensor, ElementKind kind);

} // namespace narrow

#endif // NARROW_DRIVER_SAMPLES_H
