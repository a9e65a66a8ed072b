//===- FuseEpilogues.cpp - elementwise ends of contractions ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A clamp, an addition or another elementwise loop nest of plain arithmetic
// that is the only reader of a contraction's result moves into the contraction,
// which applies it while the sums are in registers.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Dialect/Fused/IR/FusedOps.h"

using namespace narrow;
using namespace narrow::floatcode;
using fused::ContractionOp;
using mlir::linalg::GenericOp;

/// Whether `map` reads the position that is written, or repeats along axes that
/// the operand has with size 1.
static bool isRepeated(mlir::AffineMap map, unsigned rank) {
  if (map.getNumResults() != rank)
    return false;
  for (auto [axis, expr] : llvm::enumerate(map.getResults())) {
    auto constant = dyn_cast<mlir::AffineConstantExpr>(expr);
    if (constant ? constant.getValue() != 0
                 : expr != getAffineDimExpr(axis, map.getContext()))
      return false;
  }
  return true;
}

/// Whether the nest's arithmetic can be done on vectors in its place: no calls
/// of a library, no positions, nothing from outside but constants.
static bool isPlain(GenericOp op) {
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (!isa<mlir::arith::ArithDialect>(inner.getDialect()) ||
        (!isa<mlir::arith::ConstantOp>(inner) &&
         !mlir::OpTrait::hasElementwiseMappableTraits(&inner)))
      return false;
    for (Type type : inner.getResultTypes())
      if (!type.isF32() && !type.isInteger(1))
        return false;
  }
  for (Operation &inner : *op.getBody())
    for (Value operand : inner.getOperands())
      if (operand.getParentBlock() != op.getBody() &&
          !mlir::matchPattern(operand, mlir::m_Constant()))
        return false;
  return true;
}

/// Returns the operand of an elementwise nest that a contraction makes for it
/// alone, or null.
static mlir::OpOperand *findContraction(GenericOp op) {
  if (op.getNumResults() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() != 0 ||
      !op.getBody()->getArguments().back().use_empty() ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return nullptr;
  auto type = dyn_cast<RankedTensorType>(op.getResult(0).getType());
  if (!type || !type.getElementType().isF32() || !isPlain(op))
    return nullptr;
  mlir::OpOperand *found = nullptr;
  for (mlir::OpOperand *input : op.getDpsInputOperands()) {
    auto source = dyn_cast<RankedTensorType>(input->get().getType());
    if (!source || !source.getElementType().isF32() ||
        !isRepeated(op.getMatchingIndexingMap(input), type.getRank()))
      return nullptr;
    auto contraction = input->get().getDefiningOp<ContractionOp>();
    if (contraction && input->get().hasOneUse() && source == type &&
        contraction->getBlock() == op->getBlock() &&
        op.getMatchingIndexingMap(input).isIdentity())
      found = input;
  }
  return found;
}

/// Copies a body of scalars to the builder's place; returns what it yields.
static Value inlineBody(OpBuilder &b, Block &body, ValueRange arguments) {
  mlir::IRMapping mapping;
  mapping.map(body.getArguments(), arguments);
  for (Operation &inner : body)
    for (Value operand : inner.getOperands())
      if (operand.getParentBlock() != &body && !mapping.contains(operand))
        mapping.map(operand, b.clone(*operand.getDefiningOp())->getResult(0));
  for (Operation &inner : body.without_terminator())
    b.clone(inner, mapping);
  return mapping.lookupOrDefault(body.getTerminator()->getOperand(0));
}

static void fuse(GenericOp op, mlir::OpOperand *operand) {
  auto contraction = operand->get().getDefiningOp<ContractionOp>();
  // At the nest's place all of its operands are there.
  mlir::ImplicitLocOpBuilder b(op.getLoc(), op);
  SmallVector<Value> others(contraction.getOthers());
  SmallVector<unsigned> positions;
  for (mlir::OpOperand *input : op.getDpsInputOperands()) {
    positions.push_back(others.size());
    if (input != operand)
      others.push_back(input->get());
  }
  auto merged = ContractionOp::create(
      b, contraction.getResultTypes(), contraction.getInput(),
      contraction.getWeights(), contraction.getBias(), others,
      op.getDpsInits().front(), contraction.getKernel(),
      contraction.getStrides(), contraction.getPads(),
      contraction.getDilations(), contraction.getTile(),
      contraction.getDepthwise());
  Block &body = merged.getBody().emplaceBlock();
  for (size_t i = 0; i <= others.size(); ++i)
    body.addArgument(b.getF32Type(), op.getLoc());
  b.setInsertionPointToEnd(&body);
  Value sum = inlineBody(
      b, contraction.getBody().front(),
      body.getArguments().take_front(1 + contraction.getOthers().size()));
  SmallVector<Value> arguments;
  for (auto [input, position] :
       llvm::zip_equal(op.getDpsInputOperands(), positions))
    arguments.push_back(input == operand ? sum
                                         : body.getArgument(1 + position));
  // The nest's own destination, which it does not read.
  arguments.push_back(sum);
  fused::YieldOp::create(b, inlineBody(b, *op.getBody(), arguments));
  op.getResult(0).replaceAllUsesWith(merged.getResult(0));
  op.erase();
  contraction.erase();
}

void floatcode::fuseEpilogues(mlir::func::FuncOp entry) {
  for (Operation &op : llvm::make_early_inc_range(entry.getBody().front()))
    if (auto nest = dyn_cast<GenericOp>(op))
      if (mlir::OpOperand *operand = findContraction(nest))
        fuse(nest, operand);
}
