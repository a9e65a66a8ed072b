//===- Noise.h - inputs for timing -----------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_NOISE_H
#define NARROW_LIB_DRIVER_NOISE_H

#include "narrow/Driver/Model.h"

namespace narrow {

/// Returns standard normal values for floats, and zeros for integers, which may
/// be indices.
std::vector<HostTensor> makeNoise(ArrayRef<ValueSpec> specs, unsigned seed);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_NOISE_H
