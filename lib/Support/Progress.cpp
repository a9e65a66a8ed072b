//===- Progress.cpp - how far long work has come --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Progress.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace narrow;
using Clock = std::chrono::steady_clock;

void ProgressMeter::advance() {
  ++done;
  if (!callback)
    return;
  std::chrono::duration<double> elapsed = Clock::now() - start;
  callback(done, total, elapsed.count() * double(total - done) / double(done));
}

ProgressBar::ProgressBar(llvm::StringRef label)
    : label(label), isTerminal(llvm::errs().is_displayed()) {}

ProgressBar::~ProgressBar() {
  if (width)
    llvm::errs() << '\r' << std::string(width, ' ') << '\r';
}

std::string ProgressBar::format(llvm::StringRef label, int64_t done,
                                int64_t total, double secondsLeft) {
  constexpr int64_t kCells = 30;
  int64_t filled = total ? kCells * done / total : kCells;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << label << " [" << std::string(filled, '=')
     << std::string(kCells - filled, ' ') << "] " << done << '/' << total;
  if (done < total) {
    auto seconds = int64_t(std::ceil(secondsLeft));
    if (seconds >= 60)
      os << ", " << seconds / 60 << " min " << seconds % 60 << " s left";
    else
      os << ", " << seconds << " s left";
  }
  return text;
}

void ProgressBar::operator()(int64_t done, int64_t total, double secondsLeft) {
  if (!isTerminal)
    return;
  Clock::time_point now = Clock::now();
  // Ten times a second is as often as anyone looks.
  if (done < total && now - lastDrawn < std::chrono::milliseconds(100))
    return;
  lastDrawn = now;
  std::string text = format(label, done, total, secondsLeft);
  size_t newWidth = text.size();
  if (newWidth < width)
    text.append(width - newWidth, ' ');
  width = newWidth;
  llvm::errs() << '\r' << text;
}
