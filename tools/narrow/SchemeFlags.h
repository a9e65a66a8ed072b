//===- SchemeFlags.h - the flag of all layers' scheme ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_NARROW_SCHEMEFLAGS_H
#define NARROW_TOOLS_NARROW_SCHEMEFLAGS_H

#include "WeightFlags.h"

namespace narrow {

/// When layers get their scales, unless a plan says it.
struct SchemeFlags {
  explicit SchemeFlags(llvm::cl::SubCommand &command)
      : name("scheme",
             llvm::cl::desc("When the inputs of layers get their scales: "
                            "static (by calibration; default of float "
                            "models), dynamic or dynamic-row (in each run, "
                            "for all elements or each row); weight-only: "
                            "float layers with packed weights; weight-f16, "
                            "weight-bf16: with weights of 16 bits"),
             llvm::cl::value_desc("name"), llvm::cl::sub(command)) {}

  /// Fails where other flags contradict it, or say nothing beside it.
  llvm::Error apply(const WeightFlags &weights,
                    QuantizationOptions &options) const {
    if (name.getNumOccurrences() && !(options.scheme = parseScheme(name)))
      return makeError("unknown --scheme '" + name + "': expected " +
                       kSchemeNames);
    if (options.scheme)
      if (llvm::Error error = weights.checkScheme(*options.scheme))
        return error;
    if (options.isIntegerOnly && options.scheme &&
        *options.scheme != Scheme::Static)
      return makeError("expected no --integer-only with --scheme " + name +
                       ", whose scales are floats");
    return llvm::Error::success();
  }

  llvm::cl::opt<std::string> name;
};

} // namespace narrow

#endif // NARROW_TOOLS_NARROW_SCHEMEFLAGS_H
