//===- FxpVerifiers.cpp - structural rules of the fxp ops -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;
using namespace narrow::fxp;

#define PLACEHOLDER(OP) LogicalResult OP::verify() { return success(); }
PLACEHOLDER(ConstantOp) PLACEHOLDER(QuantizeOp) PLACEHOLDER(DequantizeOp) PLACEHOLDER(RequantizeOp)
PLACEHOLDER(Conv2DOp) PLACEHOLDER(TransposedConv2DOp) PLACEHOLDER(FullyConnectedOp) PLACEHOLDER(MatMulOp)
PLACEHOLDER(AddOp) PLACEHOLDER(SubOp) PLACEHOLDER(MinOp) PLACEHOLDER(MaxOp) PLACEHOLDER(MulOp) PLACEHOLDER(LookupOp) PLACEHOLDER(SoftmaxOp)
PLACEHOLDER(MaxPool2DOp) PLACEHOLDER(AvgPool2DOp) PLACEHOLDER(ReduceSumOp) PLACEHOLDER(ReduceMaxOp)
PLACEHOLDER(ReshapeOp) PLACEHOLDER(TransposeOp) PLACEHOLDER(SliceOp) PLACEHOLDER(PadOp) PLACEHOLDER(ConcatOp) PLACEHOLDER(GatherOp) PLACEHOLDER(ResizeOp)
