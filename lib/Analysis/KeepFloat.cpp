//===- KeepFloat.cpp - what the user wants in float -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Analysis/KeepFloat.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringSet.h"

using namespace narrow;

KeepFloat::KeepFloat(Operation *root, ArrayRef<std::string> names,
                     bool isInterfaceFloat) {
  llvm::StringSet<> wanted, found;
  for (const std::string &name : names)
    wanted.insert(name);
  root->walk([&](Operation *op) {
    if (op->hasAttr(kKeepFloatAttr))
      ops.insert(op);
    if (wanted.empty())
      return;
    auto look = [&](StringRef name) {
      if (!wanted.contains(name))
        return false;
      found.insert(name);
      if (auto observe = dyn_cast<fxp::ObserveOp>(op))
        op = observe.getInput().getDefiningOp();
      if (op)
        ops.insert(op);
      return false;
    };
    if (auto observe = dyn_cast<fxp::ObserveOp>(op)) {
      look(observe.getName());
      return;
    }
    // A constant stands where the layer does that reads it.
    if (op->hasTrait<mlir::OpTrait::ConstantLike>())
      return;
    anyNodeName(op->getLoc(), look);
    if (auto name = op->getAttrOfType<mlir::StringAttr>(kNameAttr))
      look(name);
  });
  for (StringRef name : wanted.keys())
    if (!found.contains(name))
      unknown.push_back(name.str());
  llvm::sort(unknown);
  if (!ops.empty())
    addMovement(root, isInterfaceFloat);
}

/// Adds what only moves data between two ops that stay, or on one side an
/// input or output in float: casts there and back would cost accuracy and time
/// for nothing.
void KeepFloat::addMovement(Operation *root, bool isInterfaceFloat) {
  // Movement whose operands all are float, and whose readers all are.
  llvm::DenseSet<Operation *> fed, read;
  SmallVector<Operation *> movement;
  root->walk<mlir::WalkOrder::PreOrder>([&](Operation *op) {
    SmallVector<Value> moved = getMovedOperands(op);
    if (moved.empty() || contains(op))
      return;
    movement.push_back(op);
    if (llvm::all_of(moved, [&](Value value) {
          Operation *maker = value.getDefiningOp();
          return maker ? contains(maker) || fed.contains(maker) ||
                             maker->hasTrait<mlir::OpTrait::ConstantLike>()
                       : isInterfaceFloat;
        }))
      fed.insert(op);
  });
  auto isKept = [&](Operation *op) {
    return contains(op) || read.contains(op) ||
           (isInterfaceFloat && isa<mlir::func::ReturnOp>(op));
  };
  for (Operation *op : llvm::reverse(movement))
    if (SmallVector<Operation *> readers = getReaders(op->getResult(0));
        !readers.empty() && llvm::all_of(readers, isKept))
      read.insert(op);
  // An input that is only moved to an output has no such neighbour.
  auto isNeighbour = [&](Operation *op) { return op && contains(op); };
  SmallVector<Operation *> between;
  for (Operation *op : movement)
    if (fed.contains(op) && read.contains(op))
      between.push_back(op);
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation *op : between)
      if (!contains(op) &&
          (llvm::any_of(op->getOperands(),
                        [&](Value value) {
                          return isNeighbour(value.getDefiningOp());
                        }) ||
           llvm::any_of(getReaders(op->getResult(0)), isNeighbour)))
        changed |= ops.insert(op).second;
  }
}
