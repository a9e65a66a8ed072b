//===- Fusion.h - which ops one kernel computes together -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel of a contraction can add another tensor to its results, or look
// them up in a table, before it stores them. The contraction's own result then
// never reaches memory; its bits are formed in registers as they would have
// been stored.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_FUSION_H
#define NARROW_CODEGEN_FUSION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/LLVM.h"
#include <memory>

namespace narrow::codegen {

class PiecewiseTable;

/// A lookup's form in the epilogue of a contraction.
struct EpilogueForm {
  bool isPossible = false;
  /// Of a table for each channel.
  std::shared_ptr<const PiecewiseTable> lines;
};

/// An addition or a lookup that the kernel of one of its operands does, at its
/// own place.
struct FusedOp {
  Operation *contraction; ///< Defines the operand that is not the residual.
  unsigned residual = 0;  ///< Operand of an addition that lies in memory.
  EpilogueForm form;      ///< Of a lookup.
};

/// Forms of lookups in epilogues. Fitting lines to the tables of many channels
/// takes long and depends on the tables and types alone, so that plans of one
/// function, or of its copies, and the kernels made from them share the
/// answers.
class EpilogueLookups {
public:
  const EpilogueForm &get(fxp::LookupOp op);

private:
  DenseMap<std::tuple<mlir::Attribute, Type, Type>, EpilogueForm> known;
};

/// The operations of a function that are fused with contractions.
class FusionPlan {
public:
  /// Fuses an addition with a contraction that defines one of its operands if
  ///
  /// - the contraction multiplies bytes into 32-bit accumulators, is neither
  ///   depthwise nor transposed, and has no other user;
  /// - both operands have the result's shape;
  /// - nothing lives longer for it: the contraction, whose place becomes the
  ///   addition's, has an input that is needed until then or is no larger than
  ///   the result that is no longer stored; or the addition is what comes next,
  ///   and its sum is no larger.
  ///
  /// Of two such operands the one that is computed last is taken.
  ///
  /// Fuses a lookup with the contraction, depthwise or not, that defines its
  /// input if
  ///
  /// - the same holds of the contraction's numbers, users and input, or no
  ///   other kernel runs between the two;
  /// - entries and results are bytes, of one table or of tables a channel that
  ///   are two straight lines each (`getEpilogueForm`);
  /// - the function does not return the result: a lookup writes that itself.
  static FusionPlan get(mlir::func::FuncOp function, EpilogueLookups &lookups);
  static FusionPlan get(mlir::func::FuncOp function) {
    EpilogueLookups lookups;
    return get(function, lookups);
  }

  /// Returns the fusion of an addition or a lookup, or null.
  const FusedOp *find(Operation *op) const;
  /// Returns the operation that computes `contraction` on the way, or null.
  Operation *findLast(Operation *contraction) const {
    return lasts.lookup(contraction);
  }
  size_t size() const { return fusions.size(); }

private:
  void add(Operation *op, FusedOp fusion);
  void fuseAdds(mlir::func::FuncOp function);
  void fuseLookups(mlir::func::FuncOp function, EpilogueLookups &lookups);

  DenseMap<Operation *, FusedOp> fusions;   ///< By what is fused.
  DenseMap<Operation *, Operation *> lasts; ///< By contraction.
};

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_FUSION_H
