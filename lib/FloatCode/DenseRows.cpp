//===- DenseRows.cpp - copies of buffers with a step along rows -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A view (a slice with a step, one index of the last axis) leaves gaps between
// the elements of a row. A contraction reads each row several times: a copy
// without gaps costs less than gathering would, and buffers without gaps, the
// ordinary case, cost nothing.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Dialect/Fused/IR/FusedOps.h"

using namespace narrow;
using namespace narrow::floatcode;
namespace memref = mlir::memref;

static bool hasDenseRows(mlir::MemRefType type) {
  if (type.getRank() == 0 || type.getShape().back() == 1)
    return true;
  auto [strides, offset] = type.getStridesAndOffset();
  return strides.back() == 1;
}

void floatcode::makeRowsDense(mlir::func::FuncOp entry) {
  for (auto op : entry.getOps<fused::ContractionOp>()) {
    Value written = op.getInit();
    for (mlir::OpOperand &operand : op->getOpOperands()) {
      Value view = operand.get();
      auto type = cast<mlir::MemRefType>(view.getType());
      if (hasDenseRows(type))
        continue;
      mlir::ImplicitLocOpBuilder b(op.getLoc(), op);
      Value dense = memref::AllocOp::create(
          b, mlir::MemRefType::get(type.getShape(), type.getElementType()));
      // Every element of the result is written, none is read before.
      if (view != written)
        memref::CopyOp::create(b, view, dense);
      operand.set(dense);
      b.setInsertionPointAfter(op);
      memref::DeallocOp::create(b, dense);
      if (view == written) {
        b.setInsertionPointAfter(op);
        memref::CopyOp::create(b, dense, view);
      }
    }
  }
}
