//===- NnOps.td - all ops of the nn dialect ----------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNOPS_TD
#define NARROW_DIALECT_NN_IR_NNOPS_TD

include "narrow/Dialect/Nn/IR/NnBase.td"
include "narrow/Dialect/Nn/IR/NnContractionOps.td"
include "narrow/Dialect/Nn/IR/NnElementwiseOps.td"
include "narrow/Dialect/Nn/IR/NnImageOps.td"
include "narrow/Dialect/Nn/IR/NnIndexOps.td"
include "narrow/Dialect/Nn/IR/NnNormalisationOps.td"
include "narrow/Dialect/Nn/IR/NnRecurrentOps.td"

#endif // NARROW_DIALECT_NN_IR_NNOPS_TD
