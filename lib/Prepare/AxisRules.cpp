//===- AxisRules.cpp - which ops may run in another axis order ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisRules.h"
#include "Constants.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

/// Returns how many leading operands have the axes of the result, whatever the
/// permutation; 0 for ops that fix the order of their axes.
static unsigned countPermutableOperands(Operation *op) {
  if (isa<tosa::TableOp, tosa::CustomOp>(op))
    return 0;
  if (isa<tosa::MulOp>(op))
    return 2;
  if (auto dynamic = dyn_cast<nn::DynamicFakeQuantizeOp>(op))
    return dynamic.getPerRow() ? 0 : 1;
  if (isa<tosa::NegateOp, tosa::CastOp, tosa::IdentityOp, tosa::SliceOp,
          tosa::PadOp, tosa::TileOp, tosa::ReverseOp, tosa::ReduceAllOp,
          tosa::ReduceAnyOp, tosa::ReduceMaxOp, tosa::ReduceMinOp,
          tosa::ReduceProductOp, tosa::ReduceSumOp, nn::FakeQuantizeOp,
          nn::UnaryOp, nn::LogSoftmaxOp>(op))
    return 1;
  // Their second operand, where there is one, has the result's axes.
  if (isa<nn::PreluOp, nn::SoftmaxOp>(op))
    return op->getNumOperands();
  if (isa<tosa::ConcatOp>(op) ||
      op->hasTrait<mlir::OpTrait::tosa::TosaElementwiseOperator>())
    return op->getNumOperands();
  return 0;
}

/// Returns the first axis whose place the op fixes: ops that work on rows of
/// the last axes do not mind a permutation of the axes before.
static std::optional<int64_t> getFirstFixedAxis(Operation *op) {
  int64_t rank = 0;
  if (auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType()))
    rank = type.getRank();
  // Where all elements share a scale any order will do (above).
  if (isa<nn::LinearOp, nn::BatchNormOp, nn::LrnOp, nn::DynamicFakeQuantizeOp>(
          op))
    return rank - 1;
  if (auto norm = dyn_cast<nn::LayerNormOp>(op))
    return static_cast<int64_t>(norm.getAxis());
  if (auto norm = dyn_cast<nn::RmsNormOp>(op))
    return static_cast<int64_t>(norm.getAxis());
  return std::nullopt;
}

SmallVector<mlir::OpOperand *>
prepare::getPermutableOperands(Operation *op, ArrayRef<int32_t> perm) {
  if (op->getNumResults() != 1 || op->getNumRegions() != 0)
    return {};
  auto hasAxes = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.hasStaticShape() &&
           type.getRank() == static_cast<int64_t>(perm.size());
  };
  if (!hasAxes(op->getResult(0)))
    return {};

  unsigned count = countPermutableOperands(op);
  if (count == 0) {
    std::optional<int64_t> fixed = getFirstFixedAxis(op);
    if (!fixed || *fixed < 0)
      return {};
    for (int64_t axis = *fixed; axis < static_cast<int64_t>(perm.size());
         ++axis)
      if (perm[axis] != axis)
        return {};
    count = 1;
  }
  // Per-axis numbers that are not constant cannot be permuted.
  for (Value operand : op->getOperands().drop_front(count))
    if (isa<tosa::shapeType>(operand.getType()) && !matchShape(operand))
      return {};

  SmallVector<mlir::OpOperand *> result;
  for (mlir::OpOperand &operand : op->getOpOperands().take_front(count)) {
    if (!hasAxes(operand.get()))
      return {};
    result.push_back(&operand);
  }
  return result;
}

/// Permutes the (low, high) pairs of a pad.
static SmallVector<int64_t> permutePairs(ArrayRef<int64_t> pairs,
                                         ArrayRef<int32_t> perm) {
  SmallVector<int64_t> result;
  for (int32_t axis : perm)
    result.append({pairs[2 * axis], pairs[2 * axis + 1]});
  return result;
}

Operation *prepare::cloneForPermutedAxes(OpBuilder &builder, Operation *op,
                                         ArrayRef<int32_t> perm,
                                         ValueRange operands) {
  mlir::OperationState state(op->getLoc(), op->getName());
  llvm::append_range(state.operands, operands);
  for (Value operand : op->getOperands().drop_front(operands.size())) {
    if (isa<tosa::shapeType>(operand.getType())) {
      SmallVector<int64_t> values = *matchShape(operand);
      operand =
          createShape(builder, op->getLoc(),
                      isa<tosa::PadOp>(op) ? permutePairs(values, perm)
                                           : permute<int64_t>(values, perm));
    }
    state.operands.push_back(operand);
  }
  state.addTypes(
      permuteType(cast<RankedTensorType>(op->getResult(0).getType()), perm));
  for (NamedAttribute attr : op->getAttrs()) {
    Attribute value = attr.getValue();
    // A normalisation's axis bounds the axes that stay in their places.
    bool namesOneAxis = attr.getName() == "axis" && !getFirstFixedAxis(op);
    if (namesOneAxis) {
      auto axis = cast<mlir::IntegerAttr>(value);
      int64_t rank = perm.size();
      int64_t old = axis.getInt() < 0 ? axis.getInt() + rank : axis.getInt();
      value = mlir::IntegerAttr::get(axis.getType(), mapAxis(perm, old));
    }
    state.addAttribute(attr.getName(), value);
  }
  return builder.create(state);
}
