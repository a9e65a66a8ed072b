//===- FxpDynamicOps.h - scales found at run time --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPDYNAMICOPS_H
#define NARROW_DIALECT_FXP_IR_FXPDYNAMICOPS_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

#define GET_OP_CLASSES
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.h.inc"

#endif // NARROW_DIALECT_FXP_IR_FXPDYNAMICOPS_H
