//===- StoredInterface.cpp - stored integers at the interface -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Object/StoredInterface.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/StoredInterface.h"

using namespace narrow;

void narrow::takeStoredInterface(mlir::func::FuncOp function) {
  Block &block = function.getBody().front();
  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  for (auto [index, argument] : llvm::enumerate(block.getArguments())) {
    auto stored = function.getArgAttrOfType<mlir::TypeAttr>(index, kStoredAttr);
    Type real = argument.getType();
    if (!stored || !mlir::getElementTypeOrSelf(real).isF32())
      continue;
    argument.setType(
        mlir::cast<RankedTensorType>(real).clone(stored.getValue()));
    SmallVector<mlir::OpOperand *> others;
    for (mlir::OpOperand &use :
         llvm::make_early_inc_range(argument.getUses())) {
      auto cast = dyn_cast<fxp::QuantizeOp>(use.getOwner());
      if (!cast || cast.normalises() || cast.getType() != argument.getType()) {
        others.push_back(&use);
        continue;
      }
      cast.getResult().replaceAllUsesWith(argument);
      cast.erase();
    }
    // Who reads other stored integers, or reals.
    if (others.empty())
      continue;
    // The first operation may have been a cast that is gone.
    builder.setInsertionPointToStart(&block);
    auto reals =
        fxp::DequantizeOp::create(builder, argument.getLoc(), real, argument);
    for (mlir::OpOperand *use : others)
      use->set(reals);
  }
  Operation *end = block.getTerminator();
  for (mlir::OpOperand &operand : end->getOpOperands()) {
    auto stored = function.getResultAttrOfType<mlir::TypeAttr>(
        operand.getOperandNumber(), kStoredAttr);
    if (!stored || !mlir::getElementTypeOrSelf(operand.get()).isF32())
      continue;
    auto type = mlir::cast<RankedTensorType>(operand.get().getType())
                    .clone(stored.getValue());
    auto cast = operand.get().getDefiningOp<fxp::DequantizeOp>();
    if (cast && cast.getInput().getType() == type) {
      operand.set(cast.getInput());
      continue;
    }
    builder.setInsertionPoint(end);
    operand.set(fxp::QuantizeOp::create(builder, operand.get().getLoc(), type,
                                        operand.get()));
  }
  function.setType(mlir::FunctionType::get(
      function.getContext(), block.getArgumentTypes(), end->getOperandTypes()));
}
