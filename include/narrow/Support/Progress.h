//===- Progress.h - how far long work has come -----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_PROGRESS_H
#define NARROW_SUPPORT_PROGRESS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace narrow {

/// Told after each step: steps done, steps in all, and seconds left at the pace
/// so far.
using ProgressCallback =
    llvm::function_ref<void(int64_t done, int64_t total, double secondsLeft)>;

/// Measures the pace of work in equal steps and passes it on.
class ProgressMeter {
public:
  ProgressMeter(int64_t total, ProgressCallback callback)
      : total(total), callback(callback),
        start(std::chrono::steady_clock::now()) {}
  void advance();

private:
  int64_t total, done = 0;
  ProgressCallback callback;
  std::chrono::steady_clock::time_point start;
};

/// A bar on the standard error that is redrawn in place; silent where that is
/// not a terminal. It is wiped when the object goes.
class ProgressBar {
public:
  explicit ProgressBar(llvm::StringRef label);
  ~ProgressBar();
  void operator()(int64_t done, int64_t total, double secondsLeft);

  /// Returns the bar's text: `label [=====     ] 12/24, 3 s left`.
  static std::string format(llvm::StringRef label, int64_t done, int64_t total,
                            double secondsLeft);

private:
  std::string label;
  bool isTerminal;
  size_t width = 0;
  std::chrono::steady_clock::time_point lastDrawn;
};

} // namespace narrow

#endif // NARROW_SUPPORT_PROGRESS_H
