//===- HoistNames.cpp - names from moved values to those who make them ----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Prepare/Passes.h"
#include "narrow/Support/LLVM.h"
#include "narrow/Support/Names.h"

namespace narrow {
#define GEN_PASS_DEF_HOISTNAMES
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
namespace tosa = mlir::tosa;

namespace {

struct HoistNames : narrow::impl::HoistNamesBase<HoistNames> {
  using Base::Base;

  void runOnOperation() override {
    // Users before what they use, so that a name passes through a chain.
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::reverse(block))
        if (isa<tosa::TransposeOp, tosa::ReshapeOp>(op))
          hoist(&op);
  }

private:
  static void hoist(Operation *op) {
    Attribute name = op->getAttr(kNameAttr);
    Operation *maker = op->getOperand(0).getDefiningOp();
    if (!name || !maker || maker->hasAttr(kNameAttr) ||
        maker->hasTrait<mlir::OpTrait::ConstantLike>())
      return;
    maker->setAttr(kNameAttr, name);
    op->removeAttr(kNameAttr);
  }
};

} // namespace
