//===- RowWindows.cpp - which rows depend on which ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "narrow/Dialect/Fxp/Transforms/RowStrips.h"
#include "llvm/ADT/SetVector.h"

using namespace narrow;
using namespace narrow::fxp;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

std::optional<RowWindow> fxp::getRowWindow(Operation *op, unsigned operand) {
  return cast<FixedPointOpInterface>(op).getRowWindow(operand);
}

static bool isImage(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  QuantView view(type);
  return type && type.getRank() == 4 &&
         (view.hasOneScale() || view.getAxis() == 3);
}

bool fxp::canSplitRows(Operation *op) {
  if (op->getNumResults() != 1 || !isImage(op->getResult(0)))
    return false;
  auto facts = dyn_cast<FixedPointOpInterface>(op);
  if (!facts || !facts.worksByRows())
    return false;
  bool isCut = false;
  for (unsigned operand = 0; operand < op->getNumOperands(); ++operand) {
    if (isa<WeightedOpInterface>(op) && operand > 0)
      break;
    if (!isImage(op->getOperand(operand)))
      return false;
    std::optional<RowWindow> window = facts.getRowWindow(operand);
    if (!window)
      continue;
    // Constants would have to be cut; kernels read them whole.
    if (op->getOperand(operand).getDefiningOp<ConstantOp>())
      return false;
    // A strip may not lie in the padding alone.
    Rows all{0, getShape(op->getResult(0))[1]};
    Rows first = window->read({0, 1}),
         last = window->read({all.end - 1, all.end});
    if (first.count() < 1 || last.count() < 1)
      return false;
    isCut = true;
  }
  return isCut;
}

StripGroup fxp::findStripGroup(Operation *first, Operation *last) {
  if (!canSplitRows(last))
    return {};
  llvm::SmallSetVector<Operation *, 8> group;
  group.insert(last);
  for (Operation *op = last; op != first;) {
    op = op->getPrevNode();
    if (!op->use_empty() && canSplitRows(op) &&
        llvm::all_of(op->getUses(), [&](mlir::OpOperand &use) {
          return group.contains(use.getOwner()) &&
                 getRowWindow(use.getOwner(), use.getOperandNumber());
        }))
      group.insert(op);
  }
  StripGroup result(group.begin(), group.end());
  std::reverse(result.begin(), result.end());
  return result;
}

SmallVector<OpStrips> fxp::scheduleStrips(ArrayRef<Operation *> group,
                                          int64_t rows) {
  DenseMap<Value, unsigned> makers;
  for (auto [index, op] : llvm::enumerate(group))
    makers[op->getResult(0)] = index;
  SmallVector<OpStrips> strips(group.size());
  SmallVector<int64_t> done(group.size(), 0), heights;
  for (Operation *op : group)
    heights.push_back(getShape(op->getResult(0))[1]);
  for (int64_t end = 0; end < heights.back();) {
    end = std::min(end + rows, heights.back());
    // Rows that strips so far and this one need of each result, and the first
    // one that is read from now on.
    SmallVector<int64_t> needed(done), kept(heights);
    needed.back() = end;
    kept.back() = done.back();
    for (size_t i = group.size(); i-- > 0;) {
      Rows computed{std::max(done[i], kept[i]), needed[i]};
      if (computed.count() <= 0)
        computed = {done[i], done[i]};
      strips[i].computed.push_back(computed);
      for (mlir::OpOperand &use : group[i]->getOpOperands()) {
        auto maker = makers.find(use.get());
        if (maker == makers.end() || done[i] == heights[i])
          continue;
        RowWindow window = *getRowWindow(group[i], use.getOperandNumber());
        int64_t &keep = kept[maker->second];
        // Where this one waits, it will read from its next row on.
        keep = std::min(keep, window.read({done[i], done[i] + 1}).first);
        if (computed.count() > 0)
          needed[maker->second] =
              std::max(needed[maker->second], window.read(computed).end);
      }
    }
    for (size_t i = 0; i < group.size(); ++i) {
      Rows computed = strips[i].computed.back();
      if (computed.count() > 0)
        done[i] = computed.end;
      strips[i].held.push_back({std::min(kept[i], done[i]), done[i]});
    }
  }
  return strips;
}
