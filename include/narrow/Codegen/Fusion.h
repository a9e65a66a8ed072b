//===- Fusion.h - which ops one kernel computes together -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel of a contraction can add another tensor to its results before it
// stores them. The contraction's own result then never reaches memory; its bits
// are formed in registers as they would have been stored.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_FUSION_H
#define NARROW_CODEGEN_FUSION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/LLVM.h"

namespace narrow::codegen {

/// An addition that the kernel of one of its operands does, at the place of the
/// addition.
struct FusedAdd {
  Operation *contraction; ///< Defines the operand that is not the residual.
  unsigned residual;      ///< Operand of the addition that lies in memory.
};

/// The additions of a function that are fused.
class FusionPlan {
public:
  /// Fuses an addition with a contraction that defines one of its operands if
  ///
  /// - the contraction multiplies bytes into 32-bit accumulators, is neither
  ///   depthwise nor transposed, and has no other user;
  /// - both operands have the result's shape;
  /// - nothing lives longer for it: the contraction, whose place becomes that
  /// of
  ///   the addition, has an input that is needed until then or is no larger
  ///   than the result that is no longer stored.
  ///
  /// Of two such operands the one that is computed last is taken.
  static FusionPlan get(mlir::func::FuncOp function);

  /// Returns the fusion of an addition, or null.
  const FusedAdd *find(fxp::AddOp add) const;
  /// Returns the addition that computes `contraction` on the way, or null.
  fxp::AddOp findAdd(Operation *contraction) const {
    return adds.lookup(contraction);
  }
  size_t size() const { return fusions.size(); }

private:
  DenseMap<Operation *, FusedAdd> fusions; ///< By addition.
  DenseMap<Operation *, fxp::AddOp> adds;  ///< By contraction.
};

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_FUSION_H
