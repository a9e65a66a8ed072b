//===- ObserverAttributes.h - what calibration adds to observers -*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_OBSERVERATTRIBUTES_H
#define NARROW_DIALECT_FXP_IR_OBSERVERATTRIBUTES_H

#include "narrow/Support/LLVM.h"

namespace narrow::fxp {

/// The discardable f64 attribute of an observer whose value was calibrated: the
/// root of its squares' mean.
inline constexpr llvm::StringLiteral kRmsAttr = "narrow.rms";

/// The same of what is not 0, without the largest sixteenth: what most elements
/// are like where a few are far larger.
inline constexpr llvm::StringLiteral kTypicalAttr = "narrow.typical";

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_OBSERVERATTRIBUTES_H
