//===- FxpOps.td - all ops of the fxp dialect --------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPOPS_TD
#define NARROW_DIALECT_FXP_IR_FXPOPS_TD

include "narrow/Dialect/Fxp/IR/FxpBase.td"
include "narrow/Dialect/Fxp/IR/FxpCastOps.td"
include "narrow/Dialect/Fxp/IR/FxpContractionOps.td"
include "narrow/Dialect/Fxp/IR/FxpArithmeticOps.td"
include "narrow/Dialect/Fxp/IR/FxpReductionOps.td"
include "narrow/Dialect/Fxp/IR/FxpMovementOps.td"
include "narrow/Dialect/Fxp/IR/FxpRecurrentOps.td"
include "narrow/Dialect/Fxp/IR/FxpDynamicOps.td"

#endif // NARROW_DIALECT_FXP_IR_FXPOPS_TD
