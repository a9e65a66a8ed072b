//===- AbsorbTranspose.cpp - transposes that weights undo -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AbsorbTranspose.h"
#include "AxisOrder.h"
#include "Constants.h"

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

/// Returns the first of the axes that make a row of the reshape if a transpose
/// of its operand by `perm` would move elements inside rows alone.
static std::optional<size_t> findAbsorbedAxes(tosa::ReshapeOp reshape,
                                              ArrayRef<int32_t> perm) {
  auto in = dyn_cast<RankedTensorType>(reshape.getInput1().getType());
  auto rows = dyn_cast<RankedTensorType>(reshape.getType());
  if (!in || !in.hasStaticShape() || !rows || rows.getRank() == 0 ||
      !rows.hasStaticShape())
    return std::nullopt;
  return findRowAxes(in.getShape(), perm, rows.getShape().back());
}

bool prepare::absorbsTranspose(tosa::ReshapeOp reshape,
                               ArrayRef<int32_t> perm) {
  return findAbsorbedAxes(reshape, perm) &&
         llvm::all_of(reshape->getUsers(), [&](Operation *user) {
           auto linear = dyn_cast<nn::LinearOp>(user);
           return linear && linear.getInput() == reshape.getOutput() &&
                  matchConstant(linear.getWeights());
         });
}

LogicalResult prepare::absorbTranspose(nn::LinearOp op,
                                       mlir::RewriterBase &rewriter) {
  auto reshape = op.getInput().getDefiningOp<tosa::ReshapeOp>();
  if (!reshape)
    return rewriter.notifyMatchFailure(op, "expected a reshape before");
  auto transpose = reshape.getInput1().getDefiningOp<tosa::TransposeOp>();
  if (!transpose || !isStaticTranspose(transpose))
    return rewriter.notifyMatchFailure(op, "expected a transpose before");
  ElementsAttr weights = matchConstant(op.getWeights());
  if (!weights)
    return rewriter.notifyMatchFailure(op, "expected constant weights");
  ArrayRef<int32_t> perm = transpose.getPerms();
  ArrayRef<int64_t> in =
      cast<RankedTensorType>(reshape.getInput1().getType()).getShape();
  std::optional<size_t> first = findAbsorbedAxes(reshape, perm);
  if (!first)
    return rewriter.notifyMatchFailure(
        op, "expected the transpose to stay inside the rows");

  Permutation inner;
  SmallVector<int64_t> weightShape{op.getWeights().getType().getDimSize(0)};
  Permutation weightPerm{0};
  for (int32_t axis : perm.drop_front(*first))
    inner.push_back(axis - *first);
  llvm::append_range(weightShape, in.drop_front(*first));
  for (int32_t axis : invert(inner))
    weightPerm.push_back(axis + 1);
  ElementsAttr permuted =
      transposeConstant(reshapeConstant(weights, weightShape), weightPerm);
  auto weightType = op.getWeights().getType();
  // Beside the layer, so that they stand behind what it reads.
  rewriter.setInsertionPoint(op);
  Value newWeights =
      tosa::ConstOp::create(rewriter, op.getWeights().getLoc(), weightType,
                            reshapeConstant(permuted, weightType.getShape()));
  Value newInput =
      createReshape(rewriter, reshape.getLoc(), transpose.getInput1(),
                    op.getInput().getType().getShape());
  rewriter.modifyOpInPlace(op, [&] {
    op.getInputMutable().assign(newInput);
    op.getWeightsMutable().assign(newWeights);
  });
  return success();
}
