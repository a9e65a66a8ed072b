//===- Statistics.h - what calibration learns about values -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Statistics are collected in one pass over the samples, in memory that does
// not grow with their number, and can be merged: the parts of any split of the
// samples give the same bits as the whole. The file is described in
// docs/statistics-format.md.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CALIBRATION_STATISTICS_H
#define NARROW_CALIBRATION_STATISTICS_H

#include "narrow/Calibration/ExactSum.h"
#include "narrow/Calibration/Histogram.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace narrow {

/// The statistics of one float value of the model over all samples.
struct TensorStatistics {
  std::string name;
  /// Samples seen, and elements of all of them together.
  uint64_t samples = 0, elements = 0;
  /// Elements that are exactly zero, NaN, infinite. The last two are in no
  /// other figure.
  uint64_t zeros = 0, nans = 0, infinities = 0;
  /// Sums of each sample's lowest and highest element.
  ExactSum sumOfLowest, sumOfHighest;
  Histogram histogram;

  /// Takes in the elements of one sample.
  void addSample(llvm::ArrayRef<float> values);
  void merge(const TensorStatistics &other);
  bool operator==(const TensorStatistics &other) const;
};

/// The statistics of a model's values, in the order of the model.
class Statistics {
public:
  /// Identifies the model's file; 0 if unknown.
  uint64_t modelHash = 0;
  /// Values that are missing have no range; else they are an error.
  bool isPartial = false;

  /// Takes in one sample's elements of the value called `name`.
  void addSample(llvm::StringRef name, llvm::ArrayRef<float> values);
  /// Notes a sample by its hash (see `SampleFile::hash`).
  void addSampleHash(uint64_t hash);

  /// Adds another part. Fails, changing nothing, if it is of another model:
  /// other values, or another model hash.
  llvm::Error merge(const Statistics &other);

  /// Fails if there is nothing to take a range from: no sample, or a value
  /// without elements, which is named. Whether a value may have been infinite
  /// is for `checkFinite` to say, which knows the model.
  llvm::Error check() const;

  llvm::ArrayRef<TensorStatistics> getTensors() const { return tensors; }
  /// Returns null if there is no such value.
  const TensorStatistics *lookup(llvm::StringRef name) const;
  uint64_t getNumSamples() const { return sampleHashes.size(); }
  /// Sorted, so that the order of merging does not show.
  llvm::ArrayRef<uint64_t> getSampleHashes() const { return sampleHashes; }

  /// Writes and reads the statistics file. Errors name the path.
  llvm::Error save(llvm::StringRef path) const;
  static llvm::Expected<Statistics> load(llvm::StringRef path);

  std::string toJson() const;
  static llvm::Expected<Statistics> parseJson(llvm::StringRef text);

private:
  TensorStatistics &getOrAdd(llvm::StringRef name);

  std::vector<TensorStatistics> tensors;
  llvm::StringMap<size_t> indices;
  std::vector<uint64_t> sampleHashes;
};

} // namespace narrow

#endif // NARROW_CALIBRATION_STATISTICS_H
