//===- AbsorbTranspose.h - transposes that weights undo --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_ABSORBTRANSPOSE_H
#define NARROW_LIB_PREPARE_ABSORBTRANSPOSE_H

#include "mlir/IR/PatternMatch.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/LLVM.h"

namespace narrow::prepare {

/// Whether a reshape of values of the shape `in` to rows of `columns` reads the
/// transpose of them by `perm` at no cost: every use of it is a linear layer,
/// and the transpose moves elements inside rows alone, so that
/// `absorbTranspose` permutes the columns of the weights instead.
bool absorbsTranspose(mlir::tosa::ReshapeOp reshape, ArrayRef<int32_t> perm);

/// linear(reshape(transpose(x))): reads x and permutes the columns of its
/// weights, where `absorbsTranspose` allows it for this layer.
LogicalResult absorbTranspose(nn::LinearOp op, mlir::RewriterBase &rewriter);

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_ABSORBTRANSPOSE_H
