//===- Statistics.cpp - what calibration learns about values --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Statistics.h"

#include "narrow/Support/OutputFile.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace narrow;

void TensorStatistics::addSample(llvm::ArrayRef<float> values) {
  ++samples;
  elements += values.size();
  // One fast pass for the common case: a sum of x - x is NaN as soon as one
  // element is not finite.
  float poison = 0;
  uint64_t zeroCount = 0;
  for (float value : values) {
    poison += value - value;
    zeroCount += value == 0.0f;
  }
  zeros += zeroCount;
  std::vector<float> finite;
  if (std::isnan(poison)) {
    for (float value : values) {
      nans += std::isnan(value);
      infinities += std::isinf(value);
      if (std::isfinite(value))
        finite.push_back(value);
    }
    values = finite;
  }
  if (values.empty())
    return;
  auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  sumOfLowest.add(*lowest);
  sumOfHighest.add(*highest);
  histogram.add(values, *lowest, *highest);
}

void TensorStatistics::merge(const TensorStatistics &other) {
  samples += other.samples;
  elements += other.elements;
  zeros += other.zeros;
  nans += other.nans;
  infinities += other.infinities;
  sumOfLowest.merge(other.sumOfLowest);
  sumOfHighest.merge(other.sumOfHighest);
  histogram.merge(other.histogram);
}

bool TensorStatistics::operator==(const TensorStatistics &other) const {
  return name == other.name && samples == other.samples &&
         elements == other.elements && zeros == other.zeros &&
         nans == other.nans && infinities == other.infinities &&
         sumOfLowest == other.sumOfLowest &&
         sumOfHighest == other.sumOfHighest && histogram == other.histogram;
}

TensorStatistics &Statistics::getOrAdd(llvm::StringRef name) {
  auto [it, isNew] = indices.try_emplace(name, tensors.size());
  if (isNew)
    tensors.emplace_back().name = name;
  return tensors[it->second];
}

const TensorStatistics *Statistics::lookup(llvm::StringRef name) const {
  auto it = indices.find(name);
  return it == indices.end() ? nullptr : &tensors[it->second];
}

void Statistics::addSample(llvm::StringRef name, llvm::ArrayRef<float> values) {
  getOrAdd(name).addSample(values);
}

void Statistics::addSampleHash(uint64_t hash) {
  sampleHashes.insert(llvm::upper_bound(sampleHashes, hash), hash);
}

llvm::Error Statistics::merge(const Statistics &other) {
  if (tensors.empty() && sampleHashes.empty()) {
    *this = other;
    return llvm::Error::success();
  }
  if (modelHash != other.modelHash)
    return makeError("expected statistics of the same model, found another's");
  for (const TensorStatistics &tensor : other.tensors)
    if (!lookup(tensor.name))
      return makeError("expected statistics of the same values, found '" +
                       tensor.name + "' in one part only");
  if (tensors.size() != other.tensors.size())
    return makeError("expected statistics of " + llvm::Twine(tensors.size()) +
                     " values, found " + llvm::Twine(other.tensors.size()));
  for (const TensorStatistics &tensor : other.tensors)
    tensors[indices[tensor.name]].merge(tensor);
  std::vector<uint64_t> merged;
  std::merge(sampleHashes.begin(), sampleHashes.end(),
             other.sampleHashes.begin(), other.sampleHashes.end(),
             std::back_inserter(merged));
  sampleHashes = std::move(merged);
  return llvm::Error::success();
}

llvm::Error Statistics::check() const {
  if (sampleHashes.empty())
    return makeError("expected at least one calibration sample, found none");
  for (const TensorStatistics &tensor : tensors)
    if (!tensor.elements)
      return makeError("expected elements in '" + tensor.name +
                       "', found none");
  return llvm::Error::success();
}
