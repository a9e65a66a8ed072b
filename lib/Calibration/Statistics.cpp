//===- Statistics.cpp - what calibration learns about values --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Statistics.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace narrow;

namespace {
/// What one pass over elements finds.
struct Summary {
  float lowest = HUGE_VALF, highest = -HUGE_VALF;
  uint64_t zeros = 0;
  bool isFinite = true;
};
} // namespace

/// Neighbouring elements go to lanes of their own, which a compiler makes
/// vectors of. The extremes mean nothing where an element is not finite.
static Summary summarise(llvm::ArrayRef<float> values) {
  constexpr size_t kLanes = 16;
  float lowest[kLanes], highest[kLanes], poison[kLanes] = {};
  uint32_t zeros[kLanes] = {};
  std::fill_n(lowest, kLanes, HUGE_VALF);
  std::fill_n(highest, kLanes, -HUGE_VALF);
  Summary summary;
  auto add = [&](size_t lane, float value) {
    lowest[lane] = value < lowest[lane] ? value : lowest[lane];
    highest[lane] = value > highest[lane] ? value : highest[lane];
    // Becomes NaN as soon as one element is not finite.
    poison[lane] += value - value;
    zeros[lane] += value == 0.0f;
  };
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane)
      add(lane, values[i + lane]);
  for (; i < values.size(); ++i)
    add(i % kLanes, values[i]);
  for (size_t lane = 0; lane < kLanes; ++lane) {
    summary.lowest = std::min(summary.lowest, lowest[lane]);
    summary.highest = std::max(summary.highest, highest[lane]);
    summary.isFinite &= !std::isnan(poison[lane]);
    summary.zeros += zeros[lane];
  }
  return summary;
}

void TensorStatistics::addSample(llvm::ArrayRef<float> values) {
  ++samples;
  elements += values.size();
  Summary summary = summarise(values);
  zeros += summary.zeros;
  std::vector<float> finite;
  if (!summary.isFinite) {
    for (float value : values) {
      nans += std::isnan(value);
      infinities += std::isinf(value);
      if (std::isfinite(value))
        finite.push_back(value);
    }
    values = finite;
    summary = summarise(values);
  }
  if (values.empty())
    return;
  sumOfLowest.add(summary.lowest);
  sumOfHighest.add(summary.highest);
  histogram.add(values, summary.lowest, summary.highest);
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
