//===- FuseSoftmaxMask.cpp - masks as operands of softmax -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A number such as -10^4 that is added to scores says that a place takes no
// part. As a value it would enter the scores' range, of which nothing is left
// for the scores themselves.
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"

namespace narrow {
#define GEN_PASS_DEF_FUSESOFTMAXMASK
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
using mlir::OpRewritePattern;
using mlir::PatternRewriter;
namespace tosa = mlir::tosa;

/// What is at most this masks a place. Biases by distance stay above it: the
/// steepest slope of ALiBi, 1/2 a token, reaches -10^4 behind 20 000 tokens,
/// where the power is 0 as well.
static constexpr float kMasks = -1e4f;
/// From here on f32 loses the scores that a mask is added to, and a row that is
/// masked throughout is one of equal numbers; above, it keeps its scores.
static constexpr float kAbsorbs = -1e6f;

static bool isMasking(Value value) {
  std::optional<float> number = matchFloatSplat(value);
  return number && *number <= kMasks;
}

static bool isZeroFloat(Value value) {
  std::optional<float> number = matchFloatSplat(value);
  return number && *number == 0;
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

namespace {
/// Writes the booleans that a mask stands for: true where a place takes part.
/// Without a builder it writes nothing and tells whether it could.
class MaskReader {
public:
  explicit MaskReader(OpBuilder *builder) : builder(builder) {}

  /// Reads addends: 0, or at most `kMasks`. Null where others are possible.
  Value readAddend(Value value);
  /// The masking number that is nearest to 0.
  float getWeakest() const { return weakest; }

  Value invert(Value bits);
  template <typename Op>
  Value join(Value a, Value b);

private:
  /// Reads floats that are 1 (true) or 0.
  Value readBits(Value value);
  Value readCast(tosa::CastOp op);
  Value readSelect(tosa::SelectOp op);
  Value readConstant(Value value, function_ref<bool(float)> isTrue,
                     function_ref<bool(float)> isFalse);
  Value move(Operation *op, Value bits);
  RankedTensorType getBitType(ArrayRef<int64_t> shape, MLIRContext *context) {
    return RankedTensorType::get(shape, IntegerType::get(context, 1));
  }

  OpBuilder *builder;
  float weakest = -std::numeric_limits<float>::infinity();
};
} // namespace

Value MaskReader::invert(Value bits) {
  if (!builder)
    return bits;
  return tosa::LogicalNotOp::create(*builder, bits.getLoc(), bits.getType(),
                                    bits);
}

template <typename Op>
Value MaskReader::join(Value a, Value b) {
  if (!a || !b)
    return {};
  if (!builder)
    return a;
  SmallVector<int64_t> shape;
  for (auto [x, y] : llvm::zip_equal(getShape(a), getShape(b)))
    shape.push_back(std::max(x, y));
  return Op::create(*builder, a.getLoc(), getBitType(shape, a.getContext()), a,
                    b);
}

/// Returns `bits` moved as `op` moves floats.
Value MaskReader::move(Operation *op, Value bits) {
  if (!bits || !builder)
    return bits;
  Operation *moved = builder->clone(*op);
  moved->setOperand(0, bits);
  moved->getResult(0).setType(
      getBitType(getShape(op->getResult(0)), op->getContext()));
  moved->removeAttr(kNameAttr);
  return moved->getResult(0);
}

static bool isMoving(Operation *op) {
  return llvm::isa_and_nonnull<tosa::ReshapeOp, tosa::TransposeOp,
                               tosa::SliceOp, tosa::TileOp, tosa::ReverseOp,
                               tosa::IdentityOp>(op);
}

/// Reads a constant of nothing but two kinds of numbers.
Value MaskReader::readConstant(Value value, function_ref<bool(float)> isTrue,
                               function_ref<bool(float)> isFalse) {
  std::optional<SmallVector<float>> numbers = matchFloats(value);
  if (!numbers || !llvm::all_of(*numbers, [&](float number) {
        return isTrue(number) || isFalse(number);
      }))
    return {};
  if (!builder)
    return value;
  SmallVector<bool> bits;
  for (float number : *numbers) {
    bits.push_back(isTrue(number));
    if (!bits.back())
      weakest = std::max(weakest, number);
  }
  RankedTensorType type = getBitType(getShape(value), value.getContext());
  return tosa::ConstOp::create(*builder, value.getLoc(), type,
                               makeConstant(type, ArrayRef<bool>(bits)));
}

Value MaskReader::readCast(tosa::CastOp op) {
  auto element = dyn_cast<IntegerType>(
      cast<RankedTensorType>(op.getInput().getType()).getElementType());
  if (!element)
    return {};
  if (element.getWidth() == 1 || !builder)
    return op.getInput();
  // An integer mask is 0 or 1.
  auto type = RankedTensorType::get(
      SmallVector<int64_t>(getShape(op.getInput()).size(), 1), element);
  Value one = tosa::ConstOp::create(*builder, op.getLoc(), type,
                                    makeConstant(type, ArrayRef<int64_t>{1}));
  return tosa::GreaterEqualOp::create(
      *builder, op.getLoc(),
      getBitType(getShape(op.getInput()), op.getContext()), op.getInput(), one);
}

Value MaskReader::readBits(Value value) {
  if (matchConstant(value)) {
    float before = weakest; // Set by addends alone.
    Value bits = readConstant(
        value, [](float x) { return x == 1; }, [](float x) { return x == 0; });
    weakest = before;
    return bits;
  }
  Operation *op = value.getDefiningOp();
  if (auto cast = llvm::dyn_cast_or_null<tosa::CastOp>(op))
    return readCast(cast);
  if (isMoving(op))
    return move(op, readBits(op->getOperand(0)));
  if (auto sub = llvm::dyn_cast_or_null<tosa::SubOp>(op)) {
    std::optional<float> one = matchFloatSplat(sub.getInput1());
    if (!one || *one != 1 || getShape(sub.getInput2()) != getShape(value))
      return {};
    Value bits = readBits(sub.getInput2());
    return bits ? invert(bits) : Value();
  }
  if (auto mul = llvm::dyn_cast_or_null<tosa::MulOp>(op))
    return join<tosa::LogicalAndOp>(readBits(mul.getInput1()),
                                    readBits(mul.getInput2()));
  return {};
}

/// A choice between 0, or a masking number, and any other addend.
Value MaskReader::readSelect(tosa::SelectOp op) {
  Value chosen = op.getInput1(), fixed = op.getInput2(), other = op.getInput3();
  auto isFixed = [](Value v) { return isMasking(v) || isZeroFloat(v); };
  bool isFirst = isFixed(fixed);
  if (!isFirst)
    std::swap(fixed, other);
  Value rest = readAddend(other);
  if (!isFixed(fixed) || !rest || getShape(chosen) != getShape(op.getOutput()))
    return {};
  if (isZeroFloat(fixed)) {
    Value isZero = isFirst ? chosen : invert(chosen);
    return isMasking(other) ? isZero : join<tosa::LogicalOrOp>(isZero, rest);
  }
  weakest = std::max(weakest, *matchFloatSplat(fixed));
  Value isOther = isFirst ? invert(chosen) : chosen;
  return isZeroFloat(other) ? isOther : join<tosa::LogicalAndOp>(isOther, rest);
}

Value MaskReader::readAddend(Value value) {
  if (matchConstant(value))
    return readConstant(
        value, [](float x) { return x == 0; },
        [](float x) { return x <= kMasks; });
  Operation *op = value.getDefiningOp();
  if (auto select = llvm::dyn_cast_or_null<tosa::SelectOp>(op))
    return readSelect(select);
  if (isMoving(op))
    return move(op, readAddend(op->getOperand(0)));
  if (llvm::isa_and_nonnull<tosa::AddOp, tosa::MinimumOp>(op))
    return join<tosa::LogicalAndOp>(readAddend(op->getOperand(0)),
                                    readAddend(op->getOperand(1)));
  // A bound that masks as well.
  if (llvm::isa_and_nonnull<tosa::MaximumOp>(op) &&
      isMasking(op->getOperand(1)))
    return readAddend(op->getOperand(0));
  auto mul = llvm::dyn_cast_or_null<tosa::MulOp>(op);
  if (!mul)
    return {};
  for (auto [factor, bits] : {std::pair(mul.getInput1(), mul.getInput2()),
                              std::pair(mul.getInput2(), mul.getInput1())}) {
    if (!isMasking(factor) || getShape(bits) != getShape(value))
      continue;
    weakest = std::max(weakest, *matchFloatSplat(factor));
    Value masks = readBits(bits);
    return masks ? invert(masks) : Value();
  }
  return {};
}

/// Returns whether some row along `axis` of a constant mask is masked whole;
/// of others it is not known, which is true.
static bool mayMaskRows(Value mask, int64_t axis) {
  ElementsAttr constant = matchConstant(mask);
  if (!constant)
    return true;
  SmallVector<int64_t> bits = getIntegers(constant);
  ArrayRef<int64_t> shape = getShape(mask);
  int64_t inner = ShapedType::getNumElements(shape.drop_front(axis + 1)),
          count = shape[axis];
  for (int64_t i = 0, e = bits.size(); i < e; ++i) {
    if (i / inner % count != 0)
      continue;
    bool any = false;
    for (int64_t k = 0; k < count; ++k)
      any |= bits[i + k * inner] != 0;
    if (!any)
      return true;
  }
  return false;
}

/// Makes rows that are masked whole ones in which all take part.
static Value openEmptyRows(PatternRewriter &rewriter, MaskReader &reader,
                           Value mask, int64_t axis) {
  if (!mayMaskRows(mask, axis))
    return mask;
  SmallVector<int64_t> shape(getShape(mask));
  shape[axis] = 1;
  auto type = RankedTensorType::get(shape, rewriter.getI1Type());
  Value any = tosa::ReduceAnyOp::create(rewriter, mask.getLoc(), type, mask,
                                        static_cast<uint32_t>(axis));
  return reader.join<tosa::LogicalOrOp>(mask, reader.invert(any));
}

/// Makes `op` read `scores` under `mask`, and under its own where it has one.
static void setMask(PatternRewriter &rewriter, nn::SoftmaxOp op, Value scores,
                    Value mask) {
  if (Value own = op.getMask())
    mask = MaskReader(&rewriter).join<tosa::LogicalAndOp>(own, mask);
  Value before = op.getInput();
  rewriter.modifyOpInPlace(op, [&] {
    addVanishing(op, before);
    op.getInputMutable().assign(scores);
    op.getMaskMutable().assign(mask);
  });
}

namespace {

/// scores + mask.
struct MaskOfSum : OpRewritePattern<nn::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::SoftmaxOp op,
                                PatternRewriter &rewriter) const override {
    auto add = op.getInput().getDefiningOp<tosa::AddOp>();
    if (!add)
      return rewriter.notifyMatchFailure(op, "expected a sum");
    for (auto [scores, addend] : {std::pair(add.getInput1(), add.getInput2()),
                                  std::pair(add.getInput2(), add.getInput1())})
      if (scores.getType() == op.getType() &&
          succeeded(mask(rewriter, op, scores, addend)))
        return success();
    return rewriter.notifyMatchFailure(op, "expected a mask in the sum");
  }

private:
  static LogicalResult mask(PatternRewriter &rewriter, nn::SoftmaxOp op,
                            Value scores, Value addend) {
    int64_t axis = op.getAxis();
    if (MaskReader(nullptr).readAddend(addend) && !isZeroFloat(addend)) {
      MaskReader reader(&rewriter);
      Value bits = reader.readAddend(addend);
      if (reader.getWeakest() > kAbsorbs)
        bits = openEmptyRows(rewriter, reader, bits, axis);
      setMask(rewriter, op, scores, bits);
      return success();
    }
    return splitConstant(rewriter, op, scores, addend);
  }

  /// Biases and masks in one constant part: the biases stay a sum.
  static LogicalResult splitConstant(PatternRewriter &rewriter,
                                     nn::SoftmaxOp op, Value scores,
                                     Value addend) {
    std::optional<SmallVector<float>> numbers = matchFloats(addend);
    if (!numbers)
      return failure();
    SmallVector<bool> bits;
    float weakest = -std::numeric_limits<float>::infinity();
    for (float &number : *numbers) {
      bits.push_back(!(number <= kMasks));
      if (bits.back())
        continue;
      weakest = std::max(weakest, number);
      number = 0;
    }
    if (llvm::all_of(bits, [](bool bit) { return bit; }))
      return failure();
    Location loc = addend.getLoc();
    auto type = RankedTensorType::get(getShape(addend), rewriter.getI1Type());
    Value mask = tosa::ConstOp::create(
        rewriter, loc, type, makeConstant(type, ArrayRef<bool>(bits)));
    MaskReader reader(&rewriter);
    if (weakest > kAbsorbs)
      mask = openEmptyRows(rewriter, reader, mask, op.getAxis());
    Operation *before = op.getInput().getDefiningOp();
    auto sum = tosa::AddOp::create(
        rewriter, before->getLoc(), op.getType(), scores,
        createFloats(rewriter, loc, getShape(addend), *numbers));
    setMask(rewriter, op, sum, mask);
    return success();
  }
};

/// A choice between scores and a number that masks.
struct MaskOfSelect : OpRewritePattern<nn::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::SoftmaxOp op,
                                PatternRewriter &rewriter) const override {
    auto select = op.getInput().getDefiningOp<tosa::SelectOp>();
    if (!select)
      return rewriter.notifyMatchFailure(op, "expected a selection");
    bool isFirst = isMasking(select.getInput2());
    Value scores = isFirst ? select.getInput3() : select.getInput2();
    if ((!isFirst && !isMasking(select.getInput3())) ||
        scores.getType() != op.getType())
      return rewriter.notifyMatchFailure(op,
                                         "expected scores and a number that "
                                         "masks");
    MaskReader reader(&rewriter);
    Value chosen = select.getInput1();
    setMask(rewriter, op, scores, isFirst ? reader.invert(chosen) : chosen);
    return success();
  }
};

struct FuseSoftmaxMask : narrow::impl::FuseSoftmaxMaskBase<FuseSoftmaxMask> {
  using Base::Base;

  void runOnOperation() override {
    mlir::RewritePatternSet patterns(&getContext());
    patterns.add<MaskOfSum, MaskOfSelect>(&getContext());
    if (failed(applyPatterns(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
