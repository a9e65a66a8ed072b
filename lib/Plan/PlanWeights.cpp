//===- PlanWeights.cpp - choose how the weights of layers are stored ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Plan/BlockWeights.h"
#include "narrow/Plan/Passes.h"
#include "narrow/Plan/Plan.h"
#include "narrow/Support/Names.h"

namespace narrow {
#define GEN_PASS_DEF_PLANWEIGHTS
#include "narrow/Plan/Passes.h.inc"
} // namespace narrow

using namespace narrow;

/// Of weights of recurrent layers.
static constexpr unsigned kMostRecurrentBits = 8;

/// Returns the layers of `func` that no other layer is in front of, and those
/// that no other layer is behind.
static llvm::DenseSet<Operation *> findEdges(mlir::func::FuncOp func) {
  SmallVector<Operation *> order;
  func.walk([&](Operation *op) { order.push_back(op); });
  llvm::DenseSet<Operation *> edges;
  llvm::DenseSet<Value> behind, before;
  for (Operation *op : order) {
    bool follows = llvm::any_of(op->getOperands(), [&](Value operand) {
      return behind.contains(operand);
    });
    if (isLayer(op) && !follows)
      edges.insert(op);
    if (isLayer(op) || follows)
      behind.insert(op->result_begin(), op->result_end());
  }
  for (Operation *op : llvm::reverse(order)) {
    bool leads = llvm::any_of(op->getResults(), [&](Value result) {
      return before.contains(result);
    });
    if (isLayer(op) && !leads)
      edges.insert(op);
    if (isLayer(op) || leads)
      before.insert(op->operand_begin(), op->operand_end());
  }
  return edges;
}

namespace {
struct PlanWeights : narrow::impl::PlanWeightsBase<PlanWeights> {
  using Base::Base;

  void runOnOperation() override {
    for (unsigned given :
         {bits.getValue(), edgeBits ? edgeBits.getValue() : bits.getValue()})
      if (given < 2 || given > 16) {
        getOperation().emitError("expected 2 to 16 weight bits, found ")
            << given;
        return signalPassFailure();
      }
    if (block && !fxp::isBlockSize(block)) {
      getOperation().emitError("expected blocks of 32, 64 or 128 weights, "
                               "found ")
          << block.getValue();
      return signalPassFailure();
    }
    if (block && (perTensor || fullRange)) {
      getOperation().emitError("expected a scale a channel and no full range "
                               "with blocks of weights, found ")
          << (perTensor ? "one a tensor" : "the full range");
      return signalPassFailure();
    }
    for (auto func : getOperation().getOps<mlir::func::FuncOp>())
      plan(func);
  }

private:
  /// A model that came quantised keeps its integers, unless fewer bits are
  /// asked for.
  fxp::WeightRounding getRounding(Operation *layer, unsigned width) {
    if (getOperation()->hasAttr(kQuantizedAttr) && hasWeights(layer) &&
        width == 8 && !pow2)
      return fxp::WeightRounding::Exact;
    return pairSafe ? fxp::WeightRounding::PairSafe
                    : fxp::WeightRounding::Nearest;
  }

  /// A multiplier for all weights of a channel is the channel's scale.
  unsigned getBlock(Operation *layer, unsigned width) {
    if (width != 4 || !block || !mayHaveBlocks(layer))
      return 0;
    auto type = cast<ShapedType>(layer->getOperand(1).getType());
    return type.getNumElements() / type.getDimSize(0) > block ? block : 0;
  }

  void plan(mlir::func::FuncOp func) {
    llvm::DenseSet<Operation *> edges;
    if (edgeBits)
      edges = findEdges(func);
    func.walk([&](Operation *op) {
      // What is given stays.
      if (!isLayer(op) || op->hasAttr(fxp::kWeightsAttr))
        return;
      if (!op->hasAttr(kReasonAttr))
        op->setAttr(kReasonAttr,
                    mlir::StringAttr::get(
                        &getContext(), edges.contains(op) ? "edge" : "plain"));
      unsigned width = edges.contains(op) ? edgeBits : bits;
      if (width > kMostRecurrentBits && !hasWeights(op)) {
        op->emitRemark() << "'" << getNodeName(op) << "': its weights have "
                         << kMostRecurrentBits << " bits, not " << width
                         << ": a recurrent layer multiplies bytes "
                            "[narrower-weights]";
        width = kMostRecurrentBits;
      }
      op->setAttr(fxp::kWeightsAttr,
                  fxp::WeightsAttr::get(
                      &getContext(), fxp::getDefaultStorage(width), width,
                      perTensor ? fxp::WeightGranularity::Tensor
                                : fxp::WeightGranularity::Channel,
                      getBlock(op, width), getRounding(op, width), fullRange,
                      pow2, requant));
    });
  }
};
} // namespace
