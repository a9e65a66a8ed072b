//===- LowerTile.cpp - tile ops to one level's instructions ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LookupLowering.h"
#include "TileLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"
#include "narrow/Dialect/Tile/Transforms/Passes.h"

using namespace narrow;

namespace narrow::tile {
#define GEN_PASS_DEF_LOWERTILE
#include "narrow/Dialect/Tile/Transforms/Passes.h.inc"
} // namespace narrow::tile

using namespace narrow::tile;

static constexpr llvm::StringLiteral kTargetAttribute = "narrow.target";

void tile::setTarget(mlir::func::FuncOp function, const Target &target) {
  OpBuilder b(function.getContext());
  function->setAttr(kTargetAttribute, b.getStringAttr(target.qualifiedName()));
  SmallVector<Attribute> attributes;
  auto add = [&](StringRef key, StringRef value) {
    attributes.push_back(
        b.getArrayAttr({b.getStringAttr(key), b.getStringAttr(value)}));
  };
  if (!target.features.empty())
    add("target-features", target.features);
  if (!target.tuneCpu.empty())
    add("tune-cpu", target.tuneCpu);
  if (target.vectorBytes >= 32) {
    std::string bits = std::to_string(8 * target.vectorBytes);
    add("min-legal-vector-width", bits);
    add("prefer-vector-width", bits);
    // Spilled vectors must not straddle cache lines.
    attributes.push_back(b.getStringAttr("stackrealign"));
  }
  if (!attributes.empty())
    function->setAttr("passthrough", b.getArrayAttr(attributes));
}

namespace {
struct LowerTilePass : tile::impl::LowerTileBase<LowerTilePass> {
  using Base::Base;

  void runOnOperation() override {
    mlir::func::FuncOp function = getOperation();
    std::string name = target;
    if (auto attribute =
            function->getAttrOfType<mlir::StringAttr>(kTargetAttribute);
        attribute && name.empty())
      name = attribute.str();
    if (name.empty())
      return;
    const Target *row = lookupTarget(name);
    if (!row) {
      function.emitError("expected a known target, found '") << name << "'";
      return signalPassFailure();
    }
    std::unique_ptr<TileLowering> lowering = TileLowering::create(*row);
    function.walk([&](Operation *op) {
      mlir::ImplicitLocOpBuilder b(op->getLoc(), op);
      if (auto dot = dyn_cast<DotOp>(op))
        dot.replaceAllUsesWith(lowering->lowerDot(b, dot));
      else if (auto dot = dyn_cast<WordDotOp>(op))
        dot.replaceAllUsesWith(lowering->lowerWordDot(b, dot));
      else if (auto dot = dyn_cast<WideDotOp>(op))
        dot.replaceAllUsesWith(lowering->lowerWideDot(b, dot));
      else if (auto dot = dyn_cast<SplitDotOp>(op))
        dot.replaceAllUsesWith(lowering->lowerSplitDot(b, dot));
      else if (auto dot = dyn_cast<ChannelDotOp>(op))
        dot.replaceAllUsesWith(lowering->lowerChannelDot(b, dot));
      else if (auto mma = dyn_cast<MmaOp>(op))
        mma.replaceAllUsesWith(lowering->lowerMma(b, mma));
      else if (auto requant = dyn_cast<RequantOp>(op))
        requant.replaceAllUsesWith(lowering->lowerRequant(b, requant));
      else if (auto lookup = dyn_cast<LookupOp>(op))
        lookup.replaceAllUsesWith(lowerLookup(b, lookup, *row));
      else if (auto add = dyn_cast<AddOp>(op))
        add.replaceAllUsesWith(lowering->lowerAdd(b, add));
      else if (auto block = dyn_cast<MatrixBlockOp>(op))
        lowering->lowerMatrixBlock(b, block);
      else if (isa<BarrierOp>(op))
        lowering->lowerBarrier(b);
      else
        return;
      op->erase();
    });
  }
};
} // namespace
