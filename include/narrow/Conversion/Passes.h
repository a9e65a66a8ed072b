//===- Passes.h - conversions between dialects -----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CONVERSION_PASSES_H
#define NARROW_CONVERSION_PASSES_H

#include "narrow/Conversion/NnToLinalg/NnToLinalg.h"
#include "narrow/Conversion/TosaToFxp/TosaToFxp.h"

namespace narrow {

#define GEN_PASS_REGISTRATION
#include "narrow/Conversion/Passes.h.inc"

} // namespace narrow

#endif // NARROW_CONVERSION_PASSES_H
