//===- Parts.cpp - results whose parts keep their types -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/Parts.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatGraph.h"

using namespace narrow;
namespace tosa = mlir::tosa;

bool narrow::leavesByMovement(Value value) {
  SmallVector<Operation *> readers = getReaders(value);
  return !readers.empty() && llvm::all_of(readers, [](Operation *reader) {
    if (isa<mlir::func::ReturnOp>(reader))
      return true;
    return isa<tosa::ReshapeOp, tosa::TransposeOp, tosa::SliceOp,
               tosa::ConcatOp, tosa::IdentityOp>(reader) &&
           leavesByMovement(reader->getResult(0));
  });
}

bool narrow::comesFromParts(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || getMovedOperands(op).empty())
    return false;
  return op->hasAttr(kPartsAttribute) ||
         llvm::any_of(getMovedOperands(op), comesFromParts);
}
