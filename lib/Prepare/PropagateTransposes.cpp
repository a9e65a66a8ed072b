//===- PropagateTransposes.cpp - axis orders with the fewest transposes ---===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Choosing the order of axes for each op is a labelling of the graph in two
// labels, "as it is" and "permuted", whose cost is the number of elements of
// the values that some use wants in the other order than they are made in. A
// minimum cut finds the labelling of least cost. One permutation is handled at
// a time, until none gains anything.
//
//===----------------------------------------------------------------------===//

#include "AbsorbTranspose.h"
#include "AxisOrder.h"
#include "AxisRules.h"
#include "Constants.h"
#include "MinCut.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"
#include "llvm/ADT/SetVector.h"
#include <set>

namespace narrow {
#define GEN_PASS_DEF_PROPAGATETRANSPOSES
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

/// Returns what it costs to transpose a tensor: its elements and one for the
/// op, or only the op where no element moves.
static int64_t getCost(RankedTensorType type, ArrayRef<int32_t> perm) {
  bool movesNothing = movesOnlyUnitAxes(type.getShape(), perm);
  return 1 + (movesNothing ? 0 : type.getNumElements());
}

namespace {

/// The labelling problem for one permutation of one block.
class AxisOrderProblem {
public:
  AxisOrderProblem(Block &block, ArrayRef<int32_t> perm)
      : block(block), perm(perm), inverse(invert(perm)),
        isInvolution(compose(perm, perm) == identity(perm.size())),
        asIs(cut.addNode()), permuted(cut.addNode()) {
    for (Operation &op : block)
      if (!getPermutableOperands(&op, perm).empty())
        nodes[&op] = cut.addNode();
  }

  /// Solves the problem; returns whether transposes become cheaper.
  bool solve() {
    int64_t costAsIs = 0;
    for (Operation &op : block)
      for (Value result : op.getResults())
        costAsIs += addValue(result);
    for (Value argument : block.getArguments())
      costAsIs += addValue(argument);
    return cut.solve(asIs, permuted) < costAsIs;
  }

  /// Rewrites the ops that run in permuted order.
  void rewrite(mlir::IRRewriter &rewriter);

private:
  static Permutation identity(size_t rank) {
    Permutation result(rank);
    for (size_t i = 0; i < rank; ++i)
      result[i] = i;
    return result;
  }

  bool isChosen(Operation *op) const {
    auto it = nodes.find(op);
    return it != nodes.end() && cut.isOnSinkSide(it->second);
  }

  /// Returns the transpose if `op` turns permuted axes into those of the
  /// graph: its operand is its result permuted.
  tosa::TransposeOp matchFromPermuted(Operation *op) const {
    auto transpose = dyn_cast_or_null<tosa::TransposeOp>(op);
    if (!transpose || !isStaticTranspose(transpose) ||
        transpose.getPerms() != ArrayRef<int32_t>(inverse))
      return {};
    // A transpose that undoes itself could be taken both ways: it is a request
    // for the permuted order where its operand's order is ours to choose.
    if (isInvolution && nodes.contains(transpose.getInput1().getDefiningOp()))
      return {};
    return transpose;
  }

  /// Returns the transpose if `op` asks for its operand permuted.
  tosa::TransposeOp matchToPermuted(Operation *op) const {
    auto transpose = dyn_cast<tosa::TransposeOp>(op);
    if (!transpose || !isStaticTranspose(transpose) ||
        transpose.getPerms() != ArrayRef<int32_t>(perm) ||
        (isInvolution && matchFromPermuted(op)))
      return {};
    return transpose;
  }

  /// Returns the node that says in which order this use wants its value.
  MinCut::Node getUse(mlir::OpOperand &use) const {
    Operation *user = use.getOwner();
    if (matchToPermuted(user))
      return permuted;
    auto it = nodes.find(user);
    if (it == nodes.end() ||
        !llvm::is_contained(getPermutableOperands(user, perm), &use))
      return asIs;
    return it->second;
  }

  /// Returns whether the use reads either order at no cost.
  bool isIndifferent(mlir::OpOperand &use) const {
    auto reshape = dyn_cast<tosa::ReshapeOp>(use.getOwner());
    return reshape && absorbsTranspose(reshape, inverse);
  }

  int64_t addValue(Value value);
  Value getPermutedValue(mlir::IRRewriter &rewriter, Value value);

  Block &block;
  Permutation perm, inverse;
  bool isInvolution;
  MinCut cut;
  MinCut::Node asIs, permuted;
  DenseMap<Operation *, MinCut::Node> nodes;
  /// Values of the graph and the same values permuted, as far as they exist.
  DenseMap<Value, Value> permutedValues;
};

} // namespace

/// Adds what it costs to have a value in an order that it is not made in;
/// returns that cost if every op runs as it is.
int64_t AxisOrderProblem::addValue(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() ||
      type.getRank() != static_cast<int64_t>(perm.size()) ||
      value.use_empty() || matchConstant(value))
    return 0;
  Operation *def = value.getDefiningOp();
  MinCut::Node home = asIs;
  if (auto it = nodes.find(def); def && it != nodes.end())
    home = it->second;
  else if (def && matchFromPermuted(def))
    home = permuted;

  int64_t cost = getCost(type, perm);
  llvm::SmallSetVector<MinCut::Node, 4> uses;
  for (mlir::OpOperand &use : value.getUses())
    if (!isIndifferent(use))
      uses.insert(getUse(use));
  uses.remove(home);
  if (uses.empty())
    return 0;

  // Made as it is, wanted permuted by some use: paid once. And the reverse.
  if (home != permuted) {
    MinCut::Node any = cut.addNode();
    cut.addEdge(home, any, cost);
    for (MinCut::Node use : uses)
      cut.addEdge(any, use, MinCut::kInfinite);
  }
  if (home != asIs) {
    MinCut::Node any = cut.addNode();
    cut.addEdge(any, home, cost);
    for (MinCut::Node use : uses)
      cut.addEdge(use, any, MinCut::kInfinite);
  }
  bool costsAsIs = home == permuted || uses.contains(permuted);
  return costsAsIs ? cost : 0;
}

Value AxisOrderProblem::getPermutedValue(mlir::IRRewriter &rewriter,
                                         Value value) {
  if (Value known = permutedValues.lookup(value))
    return known;
  Value result;
  if (auto transpose = matchFromPermuted(value.getDefiningOp())) {
    result = transpose.getInput1();
  } else {
    mlir::OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointAfterValue(value);
    result = createTranspose(rewriter, value.getLoc(), value, perm);
    for (Operation *user : llvm::make_early_inc_range(value.getUsers()))
      if (user != result.getDefiningOp() && matchToPermuted(user))
        rewriter.replaceOp(user, result);
  }
  return permutedValues[value] = result;
}

void AxisOrderProblem::rewrite(mlir::IRRewriter &rewriter) {
  SmallVector<Operation *> chosen;
  for (Operation &op : block)
    if (isChosen(&op))
      chosen.push_back(&op);

  for (Operation *op : chosen) {
    SmallVector<Value> operands;
    for (mlir::OpOperand *operand : getPermutableOperands(op, perm))
      operands.push_back(getPermutedValue(rewriter, operand->get()));
    rewriter.setInsertionPoint(op);
    permutedValues[op->getResult(0)] =
        cloneForPermutedAxes(rewriter, op, perm, operands)->getResult(0);
  }
  // Users come after their operands, so that in reverse order an op is erased
  // when only those uses are left that want it as it was.
  for (Operation *op : llvm::reverse(chosen)) {
    Value result = permutedValues[op->getResult(0)];
    for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
      if (tosa::TransposeOp transpose = matchToPermuted(user))
        rewriter.replaceOp(transpose, result);
    if (!op->use_empty()) {
      rewriter.setInsertionPointAfterValue(result);
      rewriter.replaceAllUsesWith(
          op->getResult(0),
          createTranspose(rewriter, op->getLoc(), result, inverse));
    }
    rewriter.eraseOp(op);
  }
}

namespace {

struct PropagateTransposes
    : narrow::impl::PropagateTransposesBase<PropagateTransposes> {
  using Base::Base;

  void runOnOperation() override {
    for (Block &block : getOperation().getBody()) {
      int64_t cost = simplify(block);
      while (improve(block)) {
        int64_t next = simplify(block);
        // Each step makes the block cheaper, or the cut weighed something that
        // is not so: the function is right all the same, and this is the end.
        if (next >= cost) {
          getOperation().emitRemark("[propagate-transposes] expected a cost "
                                    "below ")
              << cost << ", found " << next << ": transposes stay";
          break;
        }
        cost = next;
      }
    }
  }

  /// Lets weights undo transposes, as the cut counts on, and erases what is
  /// unused. Returns what the transposes of the block cost.
  int64_t simplify(Block &block) {
    mlir::IRRewriter rewriter(&getContext());
    for (auto linear : block.getOps<nn::LinearOp>())
      while (succeeded(absorbTranspose(linear, rewriter))) {
      }
    eraseUnused(block);
    int64_t cost = 0;
    for (auto transpose : block.getOps<tosa::TransposeOp>())
      if (isStaticTranspose(transpose))
        cost += getCost(cast<RankedTensorType>(transpose.getType()),
                        invert(transpose.getPerms()));
    return cost;
  }

  /// Applies the first permutation that gains something; returns whether there
  /// was one.
  bool improve(Block &block) {
    llvm::SetVector<Permutation, SmallVector<Permutation>,
                    std::set<Permutation>>
        candidates;
    for (auto transpose : block.getOps<tosa::TransposeOp>()) {
      if (!isStaticTranspose(transpose) || isIdentity(transpose.getPerms()))
        continue;
      candidates.insert(invert(transpose.getPerms()));
      candidates.insert(Permutation(transpose.getPerms()));
    }
    mlir::IRRewriter rewriter(&getContext());
    for (const Permutation &perm : candidates) {
      AxisOrderProblem problem(block, perm);
      if (!problem.solve())
        continue;
      problem.rewrite(rewriter);
      return true;
    }
    return false;
  }

  /// A transpose without a use must not count as one.
  static void eraseUnused(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (mlir::isOpTriviallyDead(&op))
        op.erase();
  }
};

} // namespace
