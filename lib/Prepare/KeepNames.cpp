//===- KeepNames.cpp - names that outlive their ops -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KeepNames.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/SetVector.h"

using namespace narrow;
using namespace narrow::prepare;

static void addTensor(Operation *maker, mlir::StringAttr name) {
  if (name)
    maker->setLoc(addNodeNames(maker->getLoc(), mlir::NameLoc::get(name)));
}

static mlir::StringAttr getName(Operation *op) {
  return op->getAttrOfType<mlir::StringAttr>(kNameAttr);
}

void prepare::addNames(Operation *maker, Operation *op) {
  maker->setLoc(addNodeNames(maker->getLoc(), op->getLoc()));
  if (getName(op) != getName(maker))
    addTensor(maker, getName(op));
}

void prepare::addVanishing(Operation *maker, Value value) {
  Operation *op = value.getDefiningOp();
  if (op && value.hasOneUse() && !op->hasTrait<mlir::OpTrait::ConstantLike>())
    addNames(maker, op);
}

void prepare::addNamesBetween(Operation *maker, Value input, Operation *op) {
  llvm::SetVector<Value> values(op->operand_begin(), op->operand_end());
  for (size_t i = 0; i < values.size(); ++i) {
    Operation *before = values[i].getDefiningOp();
    if (values[i] == input || !before ||
        before->hasTrait<mlir::OpTrait::ConstantLike>())
      continue;
    addNames(maker, before);
    values.insert(before->operand_begin(), before->operand_end());
  }
}

void prepare::takeName(Operation *maker, Operation *op) {
  mlir::StringAttr before = getName(maker);
  for (NamedAttribute attr : op->getDiscardableAttrs())
    maker->setDiscardableAttr(attr.getName(), attr.getValue());
  addNames(maker, op);
  if (before != getName(maker))
    addTensor(maker, before);
}

namespace {
struct NameKeeper : mlir::RewriterBase::Listener {
  void notifyOperationReplaced(Operation *op,
                               mlir::ValueRange replacement) override {
    if (replacement.size() != 1)
      return;
    Operation *maker = replacement.front().getDefiningOp();
    if (!maker || maker == op || maker->hasTrait<mlir::OpTrait::ConstantLike>())
      return;
    addNames(maker, op);
  }
};
} // namespace

LogicalResult prepare::applyPatterns(Operation *root,
                                     mlir::RewritePatternSet patterns,
                                     mlir::GreedyRewriteConfig config) {
  NameKeeper keeper;
  config.setListener(&keeper);
  return mlir::applyPatternsGreedily(root, std::move(patterns), config);
}
