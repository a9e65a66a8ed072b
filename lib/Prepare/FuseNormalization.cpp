//===- FuseNormalization.cpp - recognise normalisations in TOSA -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What makes a normalisation is how its values depend on each other, not how
// one exporter spells it: statistics may be reshaped or spread out on their
// way, and a root may be a power.
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"
#include <cmath>

namespace narrow {
#define GEN_PASS_DEF_FUSENORMALIZATION
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Returns what `value` is a reshape of. Statistics are compared by their
/// places in memory, which reshapes keep.
static Value peelReshapes(Value value) {
  while (auto reshape = value.getDefiningOp<tosa::ReshapeOp>())
    value = reshape.getInput1();
  return value;
}

/// Returns the value that a statistic was spread from, over axes of size 1.
static Value peelSpread(Value value) {
  value = peelReshapes(value);
  while (auto tile = value.getDefiningOp<tosa::TileOp>())
    value = peelReshapes(tile.getInput1());
  return value;
}

/// Matches a product or sum (either order) with one number.
template <typename OpT>
static std::optional<std::pair<Value, float>> matchWithNumber(Value value) {
  auto op = value.getDefiningOp<OpT>();
  if (!op)
    return std::nullopt;
  for (unsigned side : {0u, 1u})
    if (auto number = matchFloatSplat(op->getOperand(side)))
      return std::pair(Value(op->getOperand(1 - side)), *number);
  return std::nullopt;
}

namespace {
/// A sum or mean over axes, which are kept with a size of 1.
struct Reduction {
  Value input;
  /// Ascending.
  SmallVector<int64_t> axes;
  /// What the sum is multiplied by.
  double factor = 1;
  bool isMean = false;

  double getCount() const {
    double count = 1;
    for (int64_t axis : axes)
      count *= static_cast<double>(typeOf(input).getDimSize(axis));
    return count;
  }
};
} // namespace

static std::optional<Reduction> matchReduction(Value value) {
  value = peelReshapes(value);
  double factor = 1;
  if (auto scaled = matchWithNumber<tosa::MulOp>(value)) {
    value = peelReshapes(scaled->first);
    factor = scaled->second;
  }
  Reduction result;
  while (auto sum = value.getDefiningOp<tosa::ReduceSumOp>()) {
    result.axes.push_back(sum.getAxis());
    value = sum.getInput();
  }
  if (result.axes.empty() || !typeOf(value).hasStaticShape())
    return std::nullopt;
  llvm::sort(result.axes);
  result.input = value;
  // 2^-22: twice the rounding of a reciprocal to f32.
  result.isMean = std::abs(factor * result.getCount() - 1) <= 0x1p-22;
  // A mean is of all, a variance may be unbiased.
  bool isUnbiased = std::abs(factor * (result.getCount() - 1) - 1) <= 0x1p-22;
  if (!result.isMean && !isUnbiased && factor != 1)
    return std::nullopt;
  result.factor = factor;
  return result;
}

/// Returns x if `value` is its square.
static Value matchSquare(Value value) {
  if (auto product = value.getDefiningOp<tosa::MulOp>())
    return product.getInput1() == product.getInput2() ? product.getInput1()
                                                      : Value();
  auto power = value.getDefiningOp<tosa::PowOp>();
  return power && matchFloatSplat(power.getInput2()) == 2.0f ? power.getInput1()
                                                             : Value();
}

/// Returns x if `value` is x to the power of `exponent`.
static Value matchPower(Value value, float exponent) {
  auto power = value.getDefiningOp<tosa::PowOp>();
  return power && matchFloatSplat(power.getInput2()) == exponent
             ? power.getInput1()
             : Value();
}

static Value matchRoot(Value value) {
  auto unary = value.getDefiningOp<nn::UnaryOp>();
  return unary && unary.getKind() == nn::UnaryKind::Sqrt
             ? unary.getInput()
             : matchPower(value, 0.5f);
}

namespace {
/// 1 / sqrt(reduction of squares + epsilon), or 1 / max(sqrt(..), epsilon).
struct InverseNorm {
  Reduction squares;
  Value squared;
  double epsilon = 0;
  /// Whether epsilon bounds the root instead of being added below it.
  bool isFloor = false;
};
} // namespace

static std::optional<InverseNorm> matchSquares(Value value, double epsilon,
                                               bool isFloor) {
  std::optional<Reduction> reduction = matchReduction(value);
  Value squared = reduction ? matchSquare(reduction->input) : Value();
  if (!squared)
    return std::nullopt;
  return InverseNorm{*reduction, squared, epsilon, isFloor};
}

static std::optional<InverseNorm> matchInverseNorm(Value value) {
  value = peelSpread(value);
  Value below = matchPower(value, -0.5f);
  if (auto rsqrt = value.getDefiningOp<tosa::RsqrtOp>())
    below = rsqrt.getInput1();
  if (auto reciprocal = value.getDefiningOp<tosa::ReciprocalOp>()) {
    Value root = peelSpread(reciprocal.getInput1());
    below = matchRoot(root);
    // A bound below, as a maximum or a clamp without an upper end.
    std::optional<std::pair<Value, float>> bounded =
        matchWithNumber<tosa::MaximumOp>(root);
    if (auto clamp = root.getDefiningOp<tosa::ClampOp>()) {
      auto low = dyn_cast<mlir::FloatAttr>(clamp.getMinVal()),
           high = dyn_cast<mlir::FloatAttr>(clamp.getMaxVal());
      if (low && high &&
          high.getValueAsDouble() >= std::numeric_limits<float>::max())
        bounded = std::pair(Value(clamp.getInput()),
                            static_cast<float>(low.getValueAsDouble()));
    }
    if (bounded && bounded->second >= 0)
      if (Value root = matchRoot(peelReshapes(bounded->first)))
        return matchSquares(root, bounded->second, /*isFloor=*/true);
  }
  if (!below)
    return std::nullopt;
  below = peelReshapes(below);
  if (auto sum = matchWithNumber<tosa::AddOp>(below); sum && sum->second >= 0)
    return matchSquares(sum->first, sum->second, /*isFloor=*/false);
  return matchSquares(below, 0, /*isFloor=*/false);
}

static Value createSplat(PatternRewriter &rewriter, Location loc,
                         ArrayRef<int64_t> shape, float value) {
  SmallVector<float> values(ShapedType::getNumElements(shape), value);
  return createFloats(rewriter, loc, shape, values);
}

static Value createTranspose(PatternRewriter &rewriter, Location loc,
                             Value value, ArrayRef<int32_t> perm) {
  SmallVector<int64_t> shape;
  for (int32_t axis : perm)
    shape.push_back(typeOf(value).getDimSize(axis));
  return tosa::TransposeOp::create(rewriter, loc, typeOf(value).clone(shape),
                                   value, rewriter.getDenseI32ArrayAttr(perm));
}

/// Returns the reduction of which `value` takes the mean away from its input.
static std::optional<Reduction> matchCentred(Value value) {
  auto sub = value.getDefiningOp<tosa::SubOp>();
  if (!sub || sub.getInput1().getType() != value.getType())
    return std::nullopt;
  Value spread = sub.getInput2();
  if (auto tile = spread.getDefiningOp<tosa::TileOp>())
    spread = tile.getInput1();
  std::optional<Reduction> mean = matchReduction(spread);
  if (!mean || !mean->isMean || mean->input != sub.getInput1())
    return std::nullopt;
  SmallVector<int64_t> kept(typeOf(mean->input).getShape());
  for (int64_t axis : mean->axes)
    kept[axis] = 1;
  return typeOf(spread).getShape() == ArrayRef(kept) ? mean : std::nullopt;
}

/// Whether both are one value, or the same value less its mean over the same
/// axes: exporters of a mean and a variance compute the former twice.
static bool areAlike(Value left, Value right) {
  if (left == right)
    return true;
  std::optional<Reduction> means[] = {matchCentred(left), matchCentred(right)};
  return means[0] && means[1] && means[0]->input == means[1]->input &&
         means[0]->axes == means[1]->axes;
}

namespace {

/// x, or x less its mean, times the reciprocal of the norm of the same.
struct MatchNormalization : OpRewritePattern<tosa::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [x, factor] : {std::pair(op.getInput1(), op.getInput2()),
                             std::pair(op.getInput2(), op.getInput1())}) {
      if (x.getType() != op.getType() || !typeOf(x).hasStaticShape() ||
          !typeOf(x).getElementType().isF32())
        continue;
      std::optional<InverseNorm> norm = matchInverseNorm(factor);
      if (!norm || !areAlike(norm->squared, x) || !fits(factor, *norm))
        continue;
      replace(rewriter, op, x, *norm);
      return success();
    }
    return rewriter.notifyMatchFailure(
        op, "expected a value divided by the root of its squares' mean");
  }

private:
  /// Whether the factor lies beside the rows it was computed from: reshapes on
  /// its way may have ended in other axes.
  static bool fits(Value factor, const InverseNorm &norm) {
    SmallVector<int64_t> kept(typeOf(norm.squared).getShape());
    for (int64_t axis : norm.squares.axes)
      kept[axis] = 1;
    ArrayRef<int64_t> shape = typeOf(factor).getShape();
    return shape == ArrayRef(kept) ||
           (shape == typeOf(norm.squared).getShape() &&
            spreadsRows(factor, kept));
  }

  /// Whether `factor` is made of a value of shape `kept` by one tile.
  static bool spreadsRows(Value factor, ArrayRef<int64_t> kept) {
    // The division may come before the tile, or behind it.
    if (auto reciprocal = factor.getDefiningOp<tosa::ReciprocalOp>())
      factor = reciprocal.getInput1();
    auto tile = factor.getDefiningOp<tosa::TileOp>();
    return tile && typeOf(tile.getInput1()).getShape() == kept;
  }

  static void replace(PatternRewriter &rewriter, tosa::MulOp op, Value x,
                      const InverseNorm &norm) {
    const Reduction &squares = norm.squares;
    int64_t rank = typeOf(x).getRank();
    Value input = x;
    bool centred = false;
    if (std::optional<Reduction> mean = matchCentred(x);
        mean && !norm.isFloor && mean->axes == squares.axes) {
      centred = true;
      input = mean->input;
    }
    // Rows last; images with their channels last where each is a row.
    SmallVector<int32_t> perm, back(rank);
    bool isInstance = centred && rank >= 3 && squares.axes.front() == 2 &&
                      static_cast<int64_t>(squares.axes.size()) == rank - 2;
    for (int32_t axis = 0; axis < rank; ++axis)
      if (!llvm::is_contained(squares.axes, axis) && !(isInstance && axis == 1))
        perm.push_back(axis);
    int64_t first = perm.size();
    llvm::append_range(perm, squares.axes);
    if (isInstance)
      perm.push_back(1);
    for (auto [to, from] : llvm::enumerate(perm))
      back[from] = static_cast<int32_t>(to);
    bool moves = !llvm::is_sorted(perm);
    Location loc = op.getLoc();
    Value whole = input;
    if (moves)
      input = createTranspose(rewriter, loc, input, perm);
    Value result =
        create(rewriter, loc, input, norm, centred, isInstance, first);
    addNamesBetween(result.getDefiningOp(), whole, op);
    if (moves)
      result = createTranspose(rewriter, loc, result, back);
    result.getDefiningOp()->setDiscardableAttrs(
        op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, result);
  }

  static Value create(PatternRewriter &rewriter, Location loc, Value input,
                      const InverseNorm &norm, bool centred, bool isInstance,
                      int64_t first) {
    ArrayRef<int64_t> shape = typeOf(input).getShape(),
                      own = isInstance ? shape.take_back()
                                       : shape.drop_front(first);
    // With n squares, f sum + e = fn (mean + e / fn), and a bound of this root
    // is one of the mean's, times the root of fn: that is 1 for a mean, n for a
    // sum, n / (n - 1) for an unbiased variance.
    double count =
        norm.squares.isMean ? 1 : norm.squares.factor * norm.squares.getCount();
    double epsilon = norm.epsilon / (norm.isFloor ? std::sqrt(count) : count);
    auto epsilonAttr = rewriter.getF32FloatAttr(static_cast<float>(epsilon));
    Value scale = createSplat(rewriter, loc, own,
                              static_cast<float>(1 / std::sqrt(count)));
    if (!centred)
      return nn::RmsNormOp::create(
          rewriter, loc, input.getType(), input, scale,
          rewriter.getI64IntegerAttr(first), epsilonAttr,
          norm.isFloor ? rewriter.getUnitAttr() : mlir::UnitAttr());
    Value offset = createSplat(rewriter, loc, own, 0);
    if (isInstance)
      return nn::InstanceNormOp::create(rewriter, loc, input.getType(), input,
                                        scale, offset, epsilonAttr);
    return nn::LayerNormOp::create(rewriter, loc, input.getType(), input, scale,
                                   offset, rewriter.getI64IntegerAttr(first),
                                   epsilonAttr);
  }
};

/// Returns the constant spread over `shape`, the last axes of a tensor of
/// `rank`; nothing if it varies along the axes before.
static std::optional<SmallVector<float>> spreadOver(Value value, int64_t rank,
                                                    ArrayRef<int64_t> shape) {
  std::optional<SmallVector<float>> values = matchFloats(value);
  if (!values || typeOf(value).getRank() != rank)
    return std::nullopt;
  SmallVector<int64_t> own(typeOf(value).getShape().take_back(shape.size()));
  if (ShapedType::getNumElements(own) != static_cast<int64_t>(values->size()))
    return std::nullopt;
  SmallVector<float> result;
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t i = 0, e = ShapedType::getNumElements(shape); i < e; ++i) {
    int64_t flat = 0;
    for (auto [at, size] : llvm::zip_equal(index, own))
      flat = flat * size + (size == 1 ? 0 : at);
    result.push_back((*values)[flat]);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis])
        break;
      index[axis] = 0;
    }
  }
  return result;
}

/// A product or sum with a constant behind a normalisation that nothing else
/// reads goes into its scale and offset.
template <typename OpT>
struct FoldIntoNorm : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    for (unsigned side : {0u, 1u}) {
      Operation *norm = op->getOperand(side).getDefiningOp();
      bool takesOffset =
          llvm::isa_and_nonnull<nn::LayerNormOp, nn::InstanceNormOp>(norm);
      constexpr bool isProduct = std::is_same_v<OpT, tosa::MulOp>;
      if (!(takesOffset ||
            (isProduct && llvm::isa_and_nonnull<nn::RmsNormOp>(norm))) ||
          !norm->hasOneUse() ||
          op->getResult(0).getType() != norm->getResult(0).getType())
        continue;
      Value oldScale = norm->getOperand(1);
      std::optional<SmallVector<float>> scale = matchFloats(oldScale), offset;
      if (takesOffset)
        offset = matchFloats(norm->getOperand(2));
      ArrayRef<int64_t> shape = typeOf(oldScale).getShape();
      auto constant = spreadOver(op->getOperand(1 - side),
                                 typeOf(op->getResult(0)).getRank(), shape);
      if (!constant || !scale || (takesOffset && !offset))
        continue;
      for (size_t i = 0; i < constant->size(); ++i) {
        if (isProduct)
          (*scale)[i] *= (*constant)[i];
        if (offset && isProduct)
          (*offset)[i] *= (*constant)[i];
        else if (offset)
          (*offset)[i] += (*constant)[i];
      }
      rewriter.setInsertionPoint(op);
      Operation *folded = rewriter.clone(*norm);
      folded->setLoc(op->getLoc());
      folded->setDiscardableAttrs(op->getDiscardableAttrDictionary());
      addNames(folded, norm);
      rewriter.setInsertionPoint(folded);
      folded->setOperand(1,
                         createFloats(rewriter, op->getLoc(), shape, *scale));
      if (offset)
        folded->setOperand(
            2, createFloats(rewriter, op->getLoc(), shape, *offset));
      rewriter.replaceOp(op, folded->getResults());
      return success();
    }
    return rewriter.notifyMatchFailure(
        op, "expected a constant on the last axes of a normalisation");
  }
};

struct FuseNormalization
    : narrow::impl::FuseNormalizationBase<FuseNormalization> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<MatchNormalization, FoldIntoNorm<tosa::MulOp>,
                 FoldIntoNorm<tosa::AddOp>>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
