//===- WideFloats.cpp - f64 of imported modules as f32 --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WideFloats.h"

#include "narrow/Support/ConstantData.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace narrow;
namespace tosa = mlir::tosa;

void frontend::remarkWideFloats(Location loc) {
  mlir::emitRemark(loc) << "[f64-as-f32] the model computes with f64 here, "
                           "which is done in f32";
}

void frontend::narrowWideFloats(mlir::func::FuncOp function,
                                llvm::function_ref<void(Location)> remark) {
  OpBuilder builder(function.getContext());
  bool isFirst = true;
  function.walk([&](Operation *op) {
    if (!llvm::isa_and_present<tosa::TosaDialect>(op->getDialect()))
      return;
    for (Value result : op->getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (!type || !type.getElementType().isF64())
        continue;
      if (isFirst)
        remark(op->getLoc());
      isFirst = false;
      auto narrowed = type.clone(builder.getF32Type());
      if (auto constant = dyn_cast<tosa::ConstOp>(op))
        constant.setValuesAttr(makeConstant(
            narrowed, ArrayRef<float>(getFloats(constant.getValues()))));
      result.setType(narrowed);
    }
    auto cast = dyn_cast<tosa::CastOp>(op);
    if (cast && cast.getType() == cast.getInput().getType()) {
      cast.replaceAllUsesWith(cast.getInput());
      cast.erase();
    }
  });
}
