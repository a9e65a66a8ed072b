//===- CostModel.h - how long a kernel takes -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Times measured on this machine, kept in a file (docs/cost-model.md), and an
// estimate for kernels that were not. No IR: who plans describes its ops by
// `describeKernel`.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_COST_COSTMODEL_H
#define NARROW_COST_COSTMODEL_H

#include "narrow/Cost/KernelFeatures.h"
#include "narrow/Target/Target.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <vector>

namespace narrow::cost {

/// A kernel's time on one core, its data in the nearest cache that holds it.
struct Cost {
  double us = 0;
  bool isMeasured = false;
};

/// How far estimates are from what was measured, over one family at one level.
/// Each kernel is estimated without its own measurement.
struct EstimateError {
  std::string level, family;
  int64_t kernels = 0;
  double median = 0, worst = 0; ///< Of |estimate / measured - 1|.
};

/// Whether the formula has constants for a family; others are taken for the
/// dearest.
bool isKnownFamily(StringRef family);

class CostModel {
public:
  /// Reads a file; a missing one is an empty model. Fails on another format,
  /// and on times of another kind of CPU.
  static llvm::Expected<CostModel> load(StringRef path);
  llvm::Error save(StringRef path) const;
  /// The file's contents.
  static llvm::Expected<CostModel> fromJson(const llvm::json::Value &json);
  llvm::json::Value toJson() const;

  /// Records the level's peak, in 10^9 multiply-accumulates a second.
  void setPeak(StringRef level, double gmacs);
  /// Returns the measured peak, or one from the target table at 3 GHz.
  double getPeak(const Target &target) const;

  /// Returns the most products of f32 with their sums in 10^9 a second, one a
  /// lane and a cycle, at the clock that the peak says.
  double getFloatPeak(const Target &target) const;

  void record(StringRef level, const KernelFeatures &features, double us);
  bool contains(StringRef level, StringRef key) const;
  size_t size() const { return entries.size(); }

  /// Returns the measured time, or the estimate.
  Cost get(const KernelFeatures &features, const Target &target) const;

  /// The formula alone: with `f` of `getFamilyConstants`,
  /// ```
  /// t = max(work / (peak * f.utilisation), bytes / 100 GB/s) + 0.01 us
  /// peak = that of float for islands
  /// work = padded multiply-accumulates, or elements * f.macsPerElement
  /// ```
  double estimate(const KernelFeatures &features, const Target &target) const;

  /// Errors of `get` without the kernel's own measurement, by level and family.
  std::vector<EstimateError> getErrors() const;

private:
  struct Entry {
    KernelFeatures features;
    double us = 0;
  };
  /// The geometric mean of measured / formula over the family at the level,
  /// without the kernel `except`; 1 where nothing was measured.
  double getCorrection(const Target &target, StringRef family,
                       StringRef except) const;

  std::map<std::string, double> peaks;                          ///< By level.
  std::map<std::pair<std::string, std::string>, Entry> entries; ///< By key.
};

} // namespace narrow::cost

#endif // NARROW_COST_COSTMODEL_H
