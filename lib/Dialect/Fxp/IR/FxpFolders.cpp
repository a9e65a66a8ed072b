//===- FxpFolders.cpp - folds and canonical forms of fxp ops --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "llvm/ADT/bit.h"

using namespace narrow;
using namespace narrow::fxp;
using mlir::OpFoldResult;

//===----------------------------------------------------------------------===//
// Ops that change nothing
//===----------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

/// Returns true if `list` is 0, 1, 2, ... up to `size`.
static bool isIota(ArrayRef<int64_t> list, int64_t size) {
  if (static_cast<int64_t>(list.size()) != size)
    return false;
  for (auto [index, value] : llvm::enumerate(list))
    if (value != static_cast<int64_t>(index))
      return false;
  return true;
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType() &&
      isIota(getPerms(), getPerms().size()))
    return getInput();
  return {};
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  // The same extents from 0 leave one step: 1, or any on an extent of 1.
  if (getInput().getType() != getType() ||
      llvm::any_of(getStarts(), [](int64_t s) { return s; }))
    return {};
  return getInput();
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return {};
}

OpFoldResult GatherOp::fold(FoldAdaptor) {
  auto type = cast<RankedTensorType>(getInput().getType());
  if (type == getType() && isIota(getIndices(), type.getDimSize(getAxis())))
    return getInput();
  return {};
}

OpFoldResult MaxPool2DOp::fold(FoldAdaptor) {
  auto all = [](ArrayRef<int64_t> list, int64_t value) {
    return llvm::all_of(list,
                        [&](int64_t element) { return element == value; });
  };
  if (getInput().getType() == getType() && all(getKernel(), 1) &&
      all(getStrides(), 1) && all(getPads(), 0))
    return getInput();
  return {};
}

OpFoldResult ReduceMaxOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

/// Returns true if channel `c` of `requant` multiplies by exactly one. q15
/// cannot: its largest multiplier is 32767 / 32768.
static bool isUnit(RequantAttr requant, size_t c) {
  auto at = [&](ArrayRef<int32_t> list) {
    return list[list.size() == 1 ? 0 : c];
  };
  switch (requant.getMode()) {
  case RequantMode::Q15:
    return false;
  case RequantMode::Q31:
  case RequantMode::Q31Double: // Shifts of 30 round once.
    return at(requant.getMultiplier().asArrayRef()) == 1 << 30 &&
           at(requant.getShift().asArrayRef()) == 30;
  case RequantMode::F32:
    return llvm::bit_cast<float>(at(requant.getMultiplier().asArrayRef())) ==
           1.0f;
  case RequantMode::Pow2:
    return at(requant.getShift().asArrayRef()) == 0;
  }
  llvm_unreachable("unknown requantisation mode");
}

OpFoldResult RequantizeOp::fold(FoldAdaptor) {
  RequantAttr requant = getRequant();
  IntegerRange range = QuantView(getType()).getStorageRange();
  bool clamps = llvm::any_of(requant.getMin().asArrayRef(),
                             [&](int32_t v) { return v > range.lo; }) ||
                llvm::any_of(requant.getMax().asArrayRef(),
                             [&](int32_t v) { return v < range.hi; });
  if (getInput().getType() != getType() || clamps)
    return {};
  size_t channels =
      std::max(requant.getMultiplier().size(), requant.getShift().size());
  for (size_t c = 0; c < channels; ++c)
    if (!isUnit(requant, c))
      return {};
  return getInput();
}

//===----------------------------------------------------------------------===//
// Two ops that are one
//===----------------------------------------------------------------------===//

namespace {

/// reshape(reshape(x)) is one reshape.
struct MergeReshapes : mlir::OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult
  matchAndRewrite(ReshapeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ReshapeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op,
                                         "expected the input to be reshaped");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getInput());
    return success();
  }
};

/// transpose(transpose(x)) is one transpose by the composed permutation.
struct MergeTransposes : mlir::OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult
  matchAndRewrite(TransposeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op,
                                         "expected the input to be transposed");
    SmallVector<int64_t> perms;
    for (int64_t perm : op.getPerms())
      perms.push_back(inner.getPerms()[perm]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getInput(),
                                             perms);
    return success();
  }
};

/// A transpose that moves axes of extent 1 alone keeps the order of elements.
struct TransposeToReshape : mlir::OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult
  matchAndRewrite(TransposeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    if (QuantView view(type); view.isPerAxis() && view.getNumChannels() == 1)
      return rewriter.notifyMatchFailure(op,
                                         "expected scales that do not move");
    int64_t last = -1;
    for (int64_t perm : op.getPerms()) {
      if (type.getDimSize(perm) == 1)
        continue;
      if (perm < last)
        return rewriter.notifyMatchFailure(
            op, "expected only axes of extent 1 to move");
      last = perm;
    }
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};

} // namespace

void ReshapeOp::getCanonicalizationPatterns(mlir::RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<MergeReshapes>(context);
}

void TransposeOp::getCanonicalizationPatterns(mlir::RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<MergeTransposes, TransposeToReshape>(context);
}
