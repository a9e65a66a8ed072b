//===- FloatTimes.h - how long a model takes in float ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration runs the float model on every sample, so that its speed is a part
// of how long compiling takes.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_FLOATTIMES_H
#define NARROW_DRIVER_FLOATTIMES_H

#include "narrow/Driver/Model.h"
#include "llvm/Support/JSON.h"

namespace narrow {

struct FloatTimes {
  std::string model;
  int64_t runs = 0;
  /// Median time of a run in microseconds.
  double medianUs = 0;
  /// Seconds from the prepared model to machine code.
  double compileSeconds = 0;

  llvm::json::Object toJson() const;
  void print(raw_ostream &os) const;
};

/// Prepares the model, compiles its float execution and times runs on noise for
/// about `seconds`, on this thread. The values whose ranges calibration needs
/// are observed, as they are there, by nobody.
llvm::Expected<FloatTimes> measureFloat(const ModelOptions &options,
                                        double seconds, MLIRContext &context);

} // namespace narrow

#endif // NARROW_DRIVER_FLOATTIMES_H
