//===- RoundedName.h - the name of a value's rounding -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_ROUNDEDNAME_H
#define NARROW_SUPPORT_ROUNDEDNAME_H

#include "narrow/Support/LLVM.h"

namespace narrow {

/// Beside the name of a value (`kNameAttr`) that a quantised model rounds and
/// reads nowhere else, the name that the model has for what is left of it. The
/// value in fixed point is that one: its type may be all that is left of a
/// ReLU.
constexpr llvm::StringLiteral kRoundedNameAttr = "narrow.rounded_name";

} // namespace narrow

#endif // NARROW_SUPPORT_ROUNDEDNAME_H
