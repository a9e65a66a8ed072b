//===- KeepNames.h - names that outlive their ops ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Preparation merges ops. What takes the place of others computes their nodes
// too, so that a user who names one of them finds it.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_KEEPNAMES_H
#define NARROW_LIB_PREPARE_KEEPNAMES_H

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "narrow/Support/LLVM.h"

namespace narrow::prepare {

/// Puts the nodes of `op`, and the tensor that it makes, beside the nodes of
/// `maker`.
void addNames(Operation *maker, Operation *op);

/// Puts the nodes of the op that makes `value` beside those of `maker` where
/// nothing but what `maker` replaces reads it; nothing where it has no maker.
void addVanishing(Operation *maker, Value value);

/// Puts the nodes of all ops that `op` follows from, back to `input`, beside
/// those of `maker`, which computes all of it.
void addNamesBetween(Operation *maker, Value input, Operation *op);

/// Gives `maker`, which now makes the value of `op`, that value's name and the
/// other attributes that ops of any kind may have. What it was called before is
/// kept with its nodes.
void takeName(Operation *maker, Operation *op);

/// Rewrites `root` greedily by `patterns`. Whatever replaces an op computes its
/// nodes.
LogicalResult applyPatterns(Operation *root, mlir::RewritePatternSet patterns,
                            mlir::GreedyRewriteConfig config = {});

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_KEEPNAMES_H
