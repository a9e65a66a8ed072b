//===- OutlineIslands.cpp - float regions as functions -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/Transforms/Passes.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/LLVM.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace narrow::fxp {
#define GEN_PASS_DEF_OUTLINEISLANDS
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"
} // namespace narrow::fxp

using namespace narrow;
using namespace narrow::fxp;
using mlir::func::FuncOp;

static bool isConstant(Operation *op) {
  return op->hasTrait<mlir::OpTrait::ConstantLike>() &&
         !isa<fxp::FxpDialect>(op->getDialect());
}

/// Whether `op` belongs to an island. Constants go with their readers; one that
/// fixed point or the caller reads is an island by itself.
static bool isIslandOp(Operation *op) {
  if (isa<fxp::FxpDialect>(op->getDialect()) || isa<mlir::func::CallOp>(op) ||
      op->hasTrait<mlir::OpTrait::IsTerminator>())
    return false;
  if (!isConstant(op))
    return true;
  return llvm::any_of(op->getUsers(), [](Operation *user) {
    return isa<fxp::FxpDialect>(user->getDialect()) ||
           user->hasTrait<mlir::OpTrait::IsTerminator>();
  });
}

using Region = SmallVector<Operation *>;

/// Returns the islands of a block, each in the block's order.
static SmallVector<Region> findIslands(Block &block) {
  // How often the two kinds alternate on the longest path to an operation:
  // islands of one such phase cannot depend on each other through fixed point.
  DenseMap<Operation *, int64_t> phases;
  llvm::EquivalenceClasses<Operation *> joined;
  SmallVector<Operation *> order;
  for (Operation &op : block.without_terminator()) {
    bool isIsland = isIslandOp(&op);
    int64_t phase = 0;
    for (Value operand : op.getOperands())
      if (Operation *maker = operand.getDefiningOp())
        phase = std::max(phase, phases.lookup(maker) +
                                    (isIslandOp(maker) != isIsland));
    phases[&op] = phase;
    if (!isIsland)
      continue;
    order.push_back(&op);
    joined.insert(&op);
    for (Value operand : op.getOperands())
      if (Operation *maker = operand.getDefiningOp())
        if (isIslandOp(maker) && phases.lookup(maker) == phase)
          joined.unionSets(maker, &op);
  }
  llvm::MapVector<Operation *, Region> islands;
  for (Operation *op : order)
    islands[joined.getLeaderValue(op)].push_back(op);
  SmallVector<Region> result;
  for (auto &[leader, island] : islands)
    result.push_back(std::move(island));
  return result;
}

/// Moves one island into a function and calls it where its last operation was.
static void outline(ArrayRef<Operation *> island, mlir::SymbolTable &symbols) {
  llvm::SmallPtrSet<Operation *, 16> inside(island.begin(), island.end());
  llvm::SetVector<Value> inputs;
  SmallVector<Value> outputs;
  llvm::SetVector<Operation *> constants;
  for (Operation *op : island) {
    for (Value operand : op->getOperands()) {
      Operation *maker = operand.getDefiningOp();
      if (maker && inside.contains(maker))
        continue;
      if (maker && isConstant(maker))
        constants.insert(maker);
      else
        inputs.insert(operand);
    }
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(),
                       [&](Operation *user) { return !inside.contains(user); }))
        outputs.push_back(result);
  }

  Operation *last = island.back();
  OpBuilder b(last);
  Location loc = last->getLoc();
  auto type =
      b.getFunctionType(mlir::ValueRange(inputs.getArrayRef()).getTypes(),
                        mlir::ValueRange(outputs).getTypes());
  FuncOp function = FuncOp::create(loc, "island0", type);
  function.setPrivate();
  function->setAttr(kIslandAttribute, b.getUnitAttr());
  symbols.insert(function);
  mlir::IRMapping mapping;
  Block *body = function.addEntryBlock();
  mapping.map(inputs.getArrayRef(), body->getArguments());
  OpBuilder inner = OpBuilder::atBlockEnd(body);
  for (Operation *op : constants)
    inner.clone(*op, mapping);
  for (Operation *op : island)
    inner.clone(*op, mapping);
  SmallVector<Value> returned;
  for (Value output : outputs)
    returned.push_back(mapping.lookup(output));
  mlir::func::ReturnOp::create(inner, loc, returned);

  if (!outputs.empty()) {
    auto call =
        mlir::func::CallOp::create(b, loc, function, inputs.getArrayRef());
    for (auto [output, result] : llvm::zip_equal(outputs, call.getResults()))
      output.replaceUsesWithIf(result, [&](mlir::OpOperand &use) {
        return !inside.contains(use.getOwner());
      });
  } else {
    symbols.erase(function);
  }
  for (Operation *op : llvm::reverse(island))
    op->erase();
  for (Operation *op : constants)
    if (op->use_empty())
      op->erase();
}

void fxp::outlineIslands(FuncOp function) {
  if (function.isExternal() || !llvm::hasSingleElement(function.getBody()) ||
      function->hasAttr(kIslandAttribute))
    return;
  Block &block = function.getBody().front();
  SmallVector<Region> islands = findIslands(block);
  if (islands.empty())
    return;
  mlir::SymbolTable symbols(function->getParentOp());
  for (const Region &island : islands)
    outline(island, symbols);
  mlir::sortTopologically(&block);
}

namespace {
struct OutlineIslandsPass : fxp::impl::OutlineIslandsBase<OutlineIslandsPass> {
  using Base::Base;

  void runOnOperation() override {
    for (FuncOp function : llvm::to_vector(getOperation().getOps<FuncOp>()))
      outlineIslands(function);
  }
};
} // namespace
