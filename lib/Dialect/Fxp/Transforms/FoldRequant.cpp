//===- FoldRequant.cpp - merge changes of scale into producers ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>
#include <cstring>

namespace narrow::fxp {
#define GEN_PASS_DEF_FXPFOLDREQUANT
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"
} // namespace narrow::fxp

using namespace narrow;
using namespace narrow::fxp;

static Type getElement(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

static int64_t toStored(double real, const QuantView &view) {
  double steps =
      std::clamp(std::nearbyint(real / view.getScale()), -0x1p40, 0x1p40);
  IntegerRange storage = view.getStorageRange();
  return std::clamp<int64_t>(static_cast<int64_t>(steps) + view.getZeroPoint(),
                             storage.lo, storage.hi);
}

/// The real ratio that the integers of `requant` stand for.
static double getRatio(RequantAttr requant, size_t channel) {
  auto at = [&](mlir::DenseI32ArrayAttr values) -> int32_t {
    ArrayRef<int32_t> list = values.asArrayRef();
    return list.empty() ? 0 : list[list.size() == 1 ? 0 : channel];
  };
  int32_t multiplier = at(requant.getMultiplier());
  int32_t shift = at(requant.getShift());
  switch (requant.getMode()) {
  case RequantMode::Q15:
    return std::ldexp(multiplier, -15 - shift);
  case RequantMode::Q31:
  case RequantMode::Q31Double:
    return std::ldexp(multiplier, -shift);
  case RequantMode::F32: {
    float ratio;
    std::memcpy(&ratio, &multiplier, sizeof(ratio));
    return ratio;
  }
  case RequantMode::Pow2:
    return std::ldexp(1.0, -shift);
  }
  llvm_unreachable("unknown requantisation mode");
}

/// The accumulator's scale over the result's, per channel, as exactly as the
/// types of `op` say it.
static SmallVector<double> getExactRatios(FixedPointOpInterface op) {
  RequantAttr requant = op.getRequant();
  SmallVector<double> ratios;
  size_t channels = std::max<size_t>(requant.getMultiplier().size(),
                                     requant.getShift().size());
  for (size_t c = 0; c < channels; ++c)
    ratios.push_back(getRatio(requant, c));
  // Integers carry 11 bits of a q15 ratio; the types carry all of them.
  SmallVector<double> exact = op.getExactRatios();
  if (exact.empty() || (ratios.size() != 1 && exact.size() != ratios.size()))
    return ratios;
  for (size_t c = 0; c < exact.size(); ++c)
    if (std::abs(exact[c] / ratios[ratios.size() == 1 ? 0 : c] - 1) > 0.01)
      return ratios;
  return exact;
}

/// A bound of stored integers of `from` as one of the result of `rescale`,
/// which has bounds of its own; nothing where the storage range is as tight.
static SmallVector<int32_t> moveBound(ArrayRef<int32_t> bound,
                                      const QuantView &from,
                                      RequantizeOp rescale, bool isMin) {
  QuantView to(rescale.getType());
  SmallVector<int32_t> given(bound);
  if (given.empty())
    given.push_back(isMin ? from.getStorageRange().lo
                          : from.getStorageRange().hi);
  int64_t end = isMin ? to.getStorageRange().lo : to.getStorageRange().hi;
  ArrayRef<int32_t> later =
      isMin ? rescale.getRequant().getMin() : rescale.getRequant().getMax();
  SmallVector<int32_t> moved;
  for (int32_t value : given) {
    int64_t stored =
        toStored(from.getScale() * (value - from.getZeroPoint()), to);
    if (!later.empty())
      stored = isMin ? std::max<int64_t>(stored, later.front())
                     : std::min<int64_t>(stored, later.front());
    moved.push_back(stored);
  }
  if (llvm::all_of(moved, [&](int32_t value) { return value == end; }))
    moved.clear();
  return moved;
}

static RequantAttr getRequant(Operation *op) {
  auto facts = dyn_cast<FixedPointOpInterface>(op);
  return facts ? facts.getRequant() : RequantAttr();
}

/// Whether the integers are a model's own, which nothing is merged with (N28).
static bool isGiven(Operation *op) {
  RequantAttr requant = getRequant(op);
  return requant && requant.getGiven();
}

static bool isAddLike(Operation *op) {
  return isa<AddOp, SubOp, MinOp, MaxOp>(op);
}

bool fxp::canAbsorbRequant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && value.hasOneUse() && !isGiven(op) &&
         !QuantView(value.getType()).isPerAxis() &&
         (getRequant(op) || isAddLike(op) || isa<LookupOp, ConstantOp>(op));
}

/// Gives `op` the result type of `rescale` and a requantisation to it.
static LogicalResult retarget(Operation *op, RequantizeOp rescale,
                              mlir::PatternRewriter &rewriter) {
  QuantView from(op->getResult(0).getType()), to(rescale.getType());
  if (to.isPerAxis() || from.isPerAxis())
    return rewriter.notifyMatchFailure(op, "expected one scale per tensor");
  auto facts = dyn_cast<FixedPointOpInterface>(op);
  if (facts && to.getBits() > facts.getMaxResultBits())
    return rewriter.notifyMatchFailure(op, "expected fewer bits (N1)");
  Type element = getElement(rescale.getResult());
  // A null attribute is removed.
  SmallVector<std::pair<StringRef, Attribute>> changed;
  if (RequantAttr requant = getRequant(op)) {
    SmallVector<double> ratios = getExactRatios(facts);
    for (double &ratio : ratios)
      ratio *= from.getScale() / to.getScale();
    SmallVector<int32_t> min = moveBound(requant.getMin(), from, rescale, true);
    SmallVector<int32_t> max =
        moveBound(requant.getMax(), from, rescale, false);
    RequantOptions options;
    options.min = min;
    options.max = max;
    // Without a bias nothing may be lost to the offset (N20).
    IntegerRange values;
    if (!isa<WeightedOpInterface>(op))
      options.offsetTolerance = kExactOffset;
    if (auto inner = dyn_cast<RequantizeOp>(op)) {
      values = QuantView(inner.getInput().getType()).getCenteredRange();
      options.accumulators = values;
    }
    FailureOr<RequantAttr> merged = chooseRequantOrExact(
        op->getContext(), requant.getMode(), ratios, element, options);
    if (failed(merged))
      return rewriter.notifyMatchFailure(op, "expected a legal scale ratio");
    changed.emplace_back("requant", *merged);
  } else if (isAddLike(op)) {
    FailureOr<AddParameters> merged = chooseAdd(
        getElement(op->getOperand(0)), getElement(op->getOperand(1)), element);
    if (failed(merged))
      return rewriter.notifyMatchFailure(op, "expected legal scale ratios");
    auto bound = [&](StringRef name, bool isMin) {
      SmallVector<int32_t> given;
      if (auto value = op->getAttrOfType<mlir::IntegerAttr>(name))
        given.push_back(value.getInt());
      SmallVector<int32_t> moved = moveBound(given, from, rescale, isMin);
      changed.emplace_back(
          name, moved.empty() ? Attribute()
                              : rewriter.getI32IntegerAttr(moved.front()));
    };
    bound("min", true);
    bound("max", false);
    auto integer = [&](StringRef name, int32_t value) {
      changed.emplace_back(name, rewriter.getI32IntegerAttr(value));
    };
    integer("lhs_multiplier", merged->lhsMultiplier);
    integer("rhs_multiplier", merged->rhsMultiplier);
    integer("shift", merged->shift);
  } else {
    bool isTable = isa<LookupOp>(op);
    StringRef name = isTable ? "table" : "value";
    auto values = op->getAttrOfType<ElementsAttr>(name);
    unsigned mask = from.isSigned() ? 0 : (1u << from.getBits()) - 1;
    SmallVector<int64_t> moved;
    for (int64_t stored : getIntegers(values)) {
      int64_t q = mask ? stored & mask : stored;
      int64_t value = toStored(from.getScale() * (q - from.getZeroPoint()), to);
      if (!rescale.getRequant().getMin().empty())
        value = std::max<int64_t>(value, rescale.getRequant().getMin()[0]);
      if (!rescale.getRequant().getMax().empty())
        value = std::min<int64_t>(value, rescale.getRequant().getMax()[0]);
      moved.push_back(value);
    }
    auto type =
        RankedTensorType::get(cast<ShapedType>(values.getType()).getShape(),
                              rewriter.getIntegerType(to.getContainerBits()));
    changed.emplace_back(name, makeConstant(type, moved));
  }
  rewriter.modifyOpInPlace(op, [&] {
    for (auto [name, attribute] : changed)
      if (attribute)
        op->setAttr(name, attribute);
      else
        op->removeAttr(name);
    op->getResult(0).setType(
        cast<RankedTensorType>(op->getResult(0).getType()).clone(element));
  });
  rewriter.replaceOp(rescale, op->getResult(0));
  return success();
}

namespace {
struct FoldRequantize : mlir::OpRewritePattern<RequantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult
  matchAndRewrite(RequantizeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    bool isClamp =
        !op.getRequant().getMin().empty() || !op.getRequant().getMax().empty();
    if (!isClamp && op.getInput().getType() == op.getType()) {
      rewriter.replaceOp(op, op.getInput());
      return success();
    }
    if (isGiven(op))
      return rewriter.notifyMatchFailure(op, "expected integers to choose");
    if (!canAbsorbRequant(op.getInput()))
      return rewriter.notifyMatchFailure(
          op, "expected an op with a requantisation and no other reader");
    return retarget(op.getInput().getDefiningOp(), op, rewriter);
  }
};

struct FoldCasts : mlir::OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult
  matchAndRewrite(QuantizeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    auto cast = op.getInput().getDefiningOp<DequantizeOp>();
    if (!cast || op.normalises())
      return rewriter.notifyMatchFailure(
          op, "expected fxp.dequantize and no normalisation");
    Value input = cast.getInput();
    if (input.getType() == op.getType()) {
      rewriter.replaceOp(op, input);
      return success();
    }
    QuantView from(input.getType()), to(op.getType());
    if (from.isPerAxis() || to.isPerAxis())
      return rewriter.notifyMatchFailure(op, "expected one scale per tensor");
    FailureOr<RequantAttr> requant = chooseElementwiseRequant(
        op.getContext(), RequantMode::Q15, from.getScale() / to.getScale(),
        from.getCenteredRange(), getElement(op.getResult()));
    if (failed(requant))
      return rewriter.notifyMatchFailure(op, "expected a legal scale ratio");
    rewriter.replaceOpWithNewOp<RequantizeOp>(op, op.getType(), input,
                                              *requant);
    return success();
  }
};

struct FxpFoldRequantPass : fxp::impl::FxpFoldRequantBase<FxpFoldRequantPass> {
  using Base::Base;
  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    populateFoldRequantPatterns(patterns);
    if (failed(
            mlir::applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

void fxp::populateFoldRequantPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<FoldRequantize, FoldCasts>(patterns.getContext());
}
