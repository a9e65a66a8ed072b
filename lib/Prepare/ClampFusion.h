//===- ClampFusion.h - which ops take a clamp in ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_CLAMPFUSION_H
#define NARROW_LIB_PREPARE_CLAMPFUSION_H

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/LLVM.h"

namespace narrow::prepare {

/// Returns whether a clamp that alone reads the op's result becomes part of its
/// requantisation when the op is quantised.
inline bool takesClamp(Operation *op) {
  return llvm::isa_and_nonnull<nn::Conv2DOp, nn::TransposedConv2DOp,
                               nn::LinearOp, nn::MatMulOp, mlir::tosa::AddOp,
                               mlir::tosa::SubOp, mlir::tosa::MulOp,
                               mlir::tosa::ReduceSumOp>(op);
}

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_CLAMPFUSION_H
