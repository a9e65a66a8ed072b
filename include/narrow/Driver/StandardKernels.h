//===- StandardKernels.h - shapes that a machine is measured on -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_STANDARDKERNELS_H
#define NARROW_DRIVER_STANDARDKERNELS_H

#include "narrow/Support/LLVM.h"
#include <string>
#include <vector>

namespace narrow {

/// Returns functions in MLIR's text, each of one fixed-point op (and its
/// constants): the families of kernels at shapes from image networks, keyword
/// spotting and perceptrons, with 8-bit and, for contractions, 16-bit results.
std::vector<std::string> getStandardKernels();

} // namespace narrow

#endif // NARROW_DRIVER_STANDARDKERNELS_H
