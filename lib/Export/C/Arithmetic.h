//===- Arithmetic.h - what operations compute, in words ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_C_ARITHMETIC_H
#define NARROW_LIB_EXPORT_C_ARITHMETIC_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::exporting {

/// Returns the formula of an operation of this name, without its dialect.
StringRef getFormula(StringRef op);

/// Returns the formula of a requantisation.
StringRef getFormula(fxp::RequantMode mode);

} // namespace narrow::exporting

#endif // NARROW_LIB_EXPORT_C_ARITHMETIC_H
