//===- KernelTimes.h - this machine's kernels into the cost model -*- C++ -*-=//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_KERNELTIMES_H
#define NARROW_DRIVER_KERNELTIMES_H

#include "narrow/Cost/CostModel.h"
#include "narrow/Driver/LayerTimes.h"

namespace narrow {

struct KernelTimesOptions {
  /// Measures the kernels of this model; without one the standard ones.
  std::optional<LayerTimesOptions> model;
  const Target *level = nullptr;
  /// The file of kernel times, read and written.
  std::string path;
  /// Measures kernels anew that the file has.
  bool isRenewed = false;
  /// About how long to measure.
  double seconds = 5;
};

struct KernelTimes {
  std::string path, level;
  int64_t measured = 0; ///< Now.
  int64_t known = 0;    ///< Wanted, and in the file before.
  cost::CostModel model;

  /// Makes the file's folder where it is missing, and fails where it cannot be
  /// written: before the long work.
  llvm::Error prepareFile() const;
  llvm::json::Object toJson() const;
  void print(raw_ostream &os) const;
};

/// Returns where kernel times are kept without being told: in the user's cache
/// directory.
std::string getDefaultKernelTimesPath();

/// Reads the file's times, of one level; there are none where it is missing.
llvm::Expected<KernelTimes> openKernelTimes(StringRef path,
                                            const Target &level);

/// Measures the kernels of a fixed-point module at a level, that of `times`,
/// which this CPU must run, and keeps what `times` lacks, or where they are
/// renewed all.
llvm::Error timeKernels(ModuleOp module, const Target &level, double seconds,
                        bool isRenewed, KernelTimes &times);

/// Measures what the file does not have and writes it.
llvm::Expected<KernelTimes> measureKernels(const KernelTimesOptions &options,
                                           MLIRContext &context);

} // namespace narrow

#endif // NARROW_DRIVER_KERNELTIMES_H
