//===- StridedSliceToPool.cpp - every n-th pixel as a pool of one ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisOrder.h"
#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"

namespace narrow {
#define GEN_PASS_DEF_STRIDEDSLICETOPOOL
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static bool isStaticFloat(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getElementType().isF32();
}

namespace {
/// Takes the first of each `stride` elements along `axis` of `input`, seen as
/// a tensor of `shape`.
struct StridedSlice {
  Value input;
  SmallVector<int64_t> shape;
  int64_t axis, stride;
};
} // namespace

/// Matches a reshape of [.., n*s, ..] to [.., n, s, ..] and a slice of the
/// first along s, whose result is read with the rank-4 shape `out` = [.., n,
/// ..].
static std::optional<StridedSlice> matchStridedSlice(Value value,
                                                     ArrayRef<int64_t> out) {
  auto slice = value.getDefiningOp<tosa::SliceOp>();
  auto split = slice ? slice.getInput1().getDefiningOp<tosa::ReshapeOp>()
                     : tosa::ReshapeOp();
  if (!split || !slice->hasOneUse() || !split->hasOneUse() || out.size() != 4)
    return std::nullopt;
  auto start = matchShape(slice.getStart());
  if (!start || llvm::any_of(*start, [](int64_t s) { return s != 0; }) ||
      !isStaticFloat(split.getInput1()) || !isStaticFloat(split.getOutput()) ||
      !isStaticFloat(slice.getOutput()))
    return std::nullopt;
  ArrayRef<int64_t> parts = getShape(split), taken = getShape(slice);
  if (parts.size() != 5)
    return std::nullopt;
  for (int64_t axis = 1; axis < 4; ++axis) {
    int64_t stride = parts[axis + 1];
    SmallVector<int64_t> wantedParts(out), wantedTaken(out), in(out);
    wantedParts.insert(wantedParts.begin() + axis + 1, stride);
    wantedTaken.insert(wantedTaken.begin() + axis + 1, 1);
    in[axis] *= stride;
    if (stride > 1 && parts == ArrayRef(wantedParts) &&
        taken == ArrayRef(wantedTaken))
      return StridedSlice{split.getInput1(), in, axis, stride};
  }
  return std::nullopt;
}

namespace {

struct ToPool : mlir::OpRewritePattern<tosa::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    if (!isStaticFloat(op.getResult()))
      return rewriter.notifyMatchFailure(op, "expected static f32");
    std::optional<StridedSlice> last =
        matchStridedSlice(op.getInput1(), getShape(op));
    if (!last)
      return rewriter.notifyMatchFailure(op, "expected a strided slice");
    int64_t strides[4] = {1, 1, 1, 1};
    strides[last->axis] = last->stride;
    // Of two slices in a row both axes count, whether the reshapes between them
    // have been merged or not.
    Value between = last->input;
    if (auto reshape = between.getDefiningOp<tosa::ReshapeOp>();
        reshape && reshape->hasOneUse())
      between = reshape.getInput1();
    if (std::optional<StridedSlice> first =
            matchStridedSlice(between, last->shape);
        first && first->axis != last->axis) {
      strides[first->axis] = first->stride;
      last = first;
    }

    // Height and width are axes 2 and 3 of NCHW, or 1 and 2 of NHWC; axis 2
    // alone is taken as NCHW's, as the importer's modules are.
    bool isChannelsFirst = strides[1] == 1;
    if (!isChannelsFirst && strides[3] != 1)
      return rewriter.notifyMatchFailure(op, "expected two neighbouring axes");
    Location loc = op.getLoc();
    Permutation toImage =
        isChannelsFirst ? Permutation{0, 2, 3, 1} : Permutation{0, 1, 2, 3};
    SmallVector<int64_t> imageStrides = permute<int64_t>(strides, toImage);
    Value input = createReshape(rewriter, loc, last->input, last->shape);
    Value image = isChannelsFirst
                      ? createTranspose(rewriter, loc, input, toImage)
                      : input;
    auto type = permuteType(cast<RankedTensorType>(op.getType()), toImage);
    auto pool = nn::MaxPool2DOp::create(
        rewriter, loc, type, image, ArrayRef<int64_t>{1, 1},
        ArrayRef<int64_t>{imageStrides[1], imageStrides[2]},
        ArrayRef<int64_t>{0, 0, 0, 0}, ArrayRef<int64_t>{1, 1});
    pool->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, isChannelsFirst ? createTranspose(rewriter, loc,
                                                             pool.getResult(),
                                                             invert(toImage))
                                           : pool.getResult());
    return success();
  }
};

struct StridedSliceToPool
    : narrow::impl::StridedSliceToPoolBase<StridedSliceToPool> {
  using Base::Base;

  void runOnOperation() override {
    // Last first: a slice that another one follows is part of that one.
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<ToPool>(&getContext());
    mlir::GreedyRewriteConfig config;
    config.setUseTopDownTraversal(false);
    if (failed(applyPatterns(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
