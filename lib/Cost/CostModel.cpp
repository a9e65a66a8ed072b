//===- CostModel.cpp - measured times and the estimate --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Cost/CostModel.h"

#include <cmath>

using namespace narrow;
using namespace narrow::cost;

/// What a byte from the second cache level costs at least, in us.
static constexpr double kUsPerByte = 1.0 / 100e3;
/// A call with its arguments.
static constexpr double kCallUs = 0.01;
/// The clock of a machine that nothing is known of.
static constexpr double kDefaultGhz = 3;

/// The family of what is computed in float.
static constexpr llvm::StringLiteral kIsland = "island";

namespace {
/// What the formula takes from a family: the share of the peak that its kernels
/// reach on large shapes, or what an element costs in multiply-accumulates.
struct FamilyConstants {
  StringRef family;
  double utilisation, macsPerElement;
};
} // namespace

// Counted from the instructions of the kernels at a level with 64-byte vectors:
// an instruction on a vector of bytes is worth one multiply-accumulate a byte.
static constexpr FamilyConstants kFamilies[] = {
    {"conv2d", 0.9, 0},
    {"fully_connected", 0.9, 0},
    {"matmul", 0.8, 0},
    {"transposed_conv2d", 0.7, 0},
    {"depthwise", 0.45, 0},
    {"add", 1, 20},
    {"sub", 1, 20},
    {"min", 1, 20},
    {"max", 1, 20},
    {"mul", 1, 40},
    {"combine", 1, 160},
    {"lookup", 1, 8},
    {"interpolate", 1, 60},
    {"softmax", 1, 120},
    {"normalize", 1, 150},
    {"quantize", 1, 20},
    {"dynamic_quantize", 1, 32},
    {"dynamic_dequantize", 1, 20},
    {"dequantize", 1, 16},
    {"requantize", 1, 16},
    {"max_pool2d", 1, 12},
    {"avg_pool2d", 1, 100},
    {"reduce_sum", 1, 100},
    {"resize", 1, 60},
    {"log_softmax", 1, 150},
    {"reduce_max", 1, 12},
    {"lstm", 0.15, 0},
    {"gru", 0.1, 0},
    {"rnn", 0.1, 0},
    // In products of f32, one a lane and a cycle.
    {kIsland, 0.85, 40},
    // Movement: a load and a store a vector, and some for what is uneven.
    {"reshape", 1, 4},
    {"transpose", 1, 4},
    {"slice", 1, 4},
    {"pad", 1, 4},
    {"concat", 1, 4},
    {"gather", 1, 4},
    {"to_integers", 1, 4},
    {"from_integers", 1, 4}};

/// What share of that a contraction reaches by what its family has behind the
/// name: it multiplies words, or unpacks its weights.
static constexpr std::pair<StringRef, double> kShares[] = {
    {"words", 0.5}, {"i4", 0.95}, {"i2", 0.8}, {"lut4", 0.5}, {"lut2", 0.5}};

/// Returns null for a family without a row.
static const FamilyConstants *findFamily(StringRef family) {
  // What is fused costs little beside the contraction that does it.
  family = family.split('+').first.split('.').first;
  for (const FamilyConstants &constants : kFamilies)
    if (constants.family == family)
      return &constants;
  return nullptr;
}

bool cost::isKnownFamily(StringRef family) { return findFamily(family); }

/// What nothing is known of is taken for the dearest, never for the cheapest.
static FamilyConstants getFamilyConstants(StringRef family) {
  if (const FamilyConstants *found = findFamily(family)) {
    FamilyConstants constants = *found;
    SmallVector<StringRef> words;
    family.split('+').first.split(words, '.');
    for (auto [word, share] : kShares)
      if (llvm::is_contained(words, word))
        constants.utilisation *= share;
    return constants;
  }
  FamilyConstants dearest{family, 1, 0};
  for (const FamilyConstants &constants : kFamilies) {
    dearest.utilisation = std::min(dearest.utilisation, constants.utilisation);
    dearest.macsPerElement =
        std::max(dearest.macsPerElement, constants.macsPerElement);
  }
  return dearest;
}

/// Dot products of a vector of bytes that a core starts in a cycle.
static double getDotsPerCycle(const Target &target) {
  // TDPBUSD: 16 by 16 sums of 64 products in 16 cycles.
  if (target.matrixUnit && !target.emulated)
    return 16;
  switch (target.dot) {
  case DotKind::Generic:
    return 1.0 / 16;
  case DotKind::PMaddWd:
    return 1.0 / 2;
  case DotKind::SMull:
    return 1.0 / 3;
  case DotKind::UsMmla:
    // Two rows by two columns of 8 products each.
    return 2;
  default:
    return 1;
  }
}

void CostModel::setPeak(StringRef level, double gmacs) {
  peaks[level.str()] = gmacs;
}

double CostModel::getPeak(const Target &target) const {
  auto found = peaks.find(target.qualifiedName());
  if (found != peaks.end())
    return found->second;
  return kDefaultGhz * target.vectorBytes * getDotsPerCycle(target);
}

double CostModel::getFloatPeak(const Target &target) const {
  double dots = getDotsPerCycle(target);
  // VPMADDUBSW, then VPMADDWD.
  if (target.dot == DotKind::PMaddUbs)
    dots /= 2;
  return getPeak(target) * target.lanes() / (target.vectorBytes * dots);
}

void CostModel::record(StringRef level, const KernelFeatures &features,
                       double us) {
  entries[{level.str(), features.key}] = {features, us};
}

bool CostModel::contains(StringRef level, StringRef key) const {
  return entries.count({level.str(), key.str()});
}

double CostModel::estimate(const KernelFeatures &features,
                           const Target &target) const {
  FamilyConstants constants = getFamilyConstants(features.family);
  double work = features.macs
                    ? double(features.paddedMacs) / constants.utilisation
                    : double(features.elements) * constants.macsPerElement;
  double peak =
      features.family == kIsland ? getFloatPeak(target) : getPeak(target);
  double compute = work / (1e3 * peak);
  return std::max(compute, double(features.bytes) * kUsPerByte) + kCallUs;
}

double CostModel::getCorrection(const Target &target, StringRef family,
                                StringRef except) const {
  double sum = 0;
  int64_t count = 0;
  for (const auto &[key, entry] : entries) {
    if (key.first != target.qualifiedName() || key.second == except ||
        entry.features.family != family || entry.us <= 0)
      continue;
    sum += std::log(entry.us / estimate(entry.features, target));
    ++count;
  }
  return count ? std::exp(sum / double(count)) : 1;
}

Cost CostModel::get(const KernelFeatures &features,
                    const Target &target) const {
  auto found = entries.find({target.qualifiedName(), features.key});
  if (found != entries.end())
    return {found->second.us, true};
  return {estimate(features, target) *
              getCorrection(target, features.family, features.key),
          false};
}

std::vector<EstimateError> CostModel::getErrors() const {
  std::map<std::pair<std::string, std::string>, std::vector<double>> errors;
  for (const auto &[key, entry] : entries) {
    const Target *target = lookupTarget(key.first);
    if (!target || entry.us <= 0)
      continue;
    double guess = estimate(entry.features, *target) *
                   getCorrection(*target, entry.features.family, key.second);
    errors[{key.first, entry.features.family}].push_back(
        std::abs(guess / entry.us - 1));
  }
  std::vector<EstimateError> result;
  for (auto &[key, values] : errors) {
    llvm::sort(values);
    result.push_back({key.first, key.second, int64_t(values.size()),
                      values[values.size() / 2], values.back()});
  }
  return result;
}
