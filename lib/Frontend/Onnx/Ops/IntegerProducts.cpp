//===- IntegerProducts.cpp - MatMulInteger and ConvInteger ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of products of integers are layers of the reals that the integers stand
// for: at scale 1, or at the one at which they were quantised. With a constant
// scale behind them the sums are reals as well (ScaledMatMul and ScaledConv,
// which FoldProducts.cpp makes); else they are stored in 32 bits at scale 1.
//
//===----------------------------------------------------------------------===//

#include "../OpTable.h"
#include "Dynamic.h"
#include "Grids.h"
#include "ImageOps.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

namespace {

/// Operands: both sides, their zero points, then, of a scaled product, the
/// factor and integers that are added in front of it.
class IntegerProduct {
public:
  IntegerProduct(Node &node, bool isConv)
      : node(node), b(node.b), isConv(isConv) {}

  LogicalResult importSums() {
    return failed(check()) ? failure() : node.set(0, emitSums());
  }
  LogicalResult importScaled();

private:
  LogicalResult check() {
    if (failed(node.expectOperands(2)))
      return failure();
    for (size_t i : {0, 1})
      if (isFloat(node[i].type) || getBitWidth(node[i].type) != 8)
        return node.error("expected operand " + Twine(i) +
                          " of 8-bit integers, found type " +
                          frontend::getName(node[i].type));
    return isConv ? node.expectRankAtLeast(1, 3) : node.expectRankAtLeast(0, 1);
  }
  bool isConstant(size_t index) const {
    return !node[index] || node[index].literal;
  }
  bool hasWeights() const {
    return node[1].literal && isConstant(3) &&
           (isConv || node[1].getRank() == 2);
  }
  int64_t getChannelAxis() const { return isConv ? 0 : -1; }
  Tensor getWeights(Tensor scales) {
    return getIntegerWeights(node, 1, std::move(scales), node[3],
                             getChannelAxis());
  }
  /// `bias`, one for each output channel, may be null; `store` takes the sums
  /// as they are made, before their axes move.
  Tensor multiply(const Tensor &left, const Tensor &right, Tensor bias = {},
                  function_ref<Tensor(Tensor)> store = nullptr) {
    if (isConv)
      return emitConv(node, left, right, std::move(bias), store);
    Tensor sums = b.matmul(left, right);
    if (bias)
      sums = b.binary(BinaryOp::Add, sums, bias);
    return sums && store ? store(sums) : sums;
  }
  Tensor takeReals(size_t index, float &step);
  Tensor emitSums();
  Tensor emitPlain();
  Tensor centre(size_t index);
  bool isOfChannels(const Tensor &tensor) const;
  Tensor emitReals();

  Node &node;
  TensorBuilder &b;
  bool isConv;
};

/// Returns the reals of a computed side, less its zero point, and sets their
/// `step`; null where they are not known, or an error was reported.
Tensor IntegerProduct::takeReals(size_t index, float &step) {
  const Tensor &stored = node[index], &zero = node[index + 2];
  if (stored.literal || !isConstant(index + 2) ||
      (zero && zero.getNumElements() != 1))
    return {};
  int64_t offset = zero ? zero.literal->integers.front() : 0;
  if (stored.grid && stored.grid->isUniform() &&
      stored.grid->zero->integers.front() == offset) {
    step = stored.grid->scale->floats.front();
    return {stored.value, DataType::F32};
  }
  step = 1;
  Tensor one = b.scalar(DataType::F32, 1), real;
  if (stored.grid && stored.grid->isUniform())
    // Whole numbers but for roundings, which go where they are stored.
    real = b.binary(BinaryOp::Add,
                    b.binary(BinaryOp::Mul, Tensor(stored.value, DataType::F32),
                             1.0 / stored.grid->scale->floats.front()),
                    static_cast<double>(stored.grid->zero->integers.front()));
  else
    real = b.cast(stored.grid ? toIntegers(b, stored) : stored, DataType::F32);
  real = quantize(node, real, one, Tensor(), stored.type, 0);
  if (!real || offset == 0)
    return real ? Tensor(real.value, DataType::F32) : real;
  real = quantize(node,
                  b.binary(BinaryOp::Sub, Tensor(real.value, DataType::F32),
                           static_cast<double>(offset)),
                  one, zero, stored.type, 0);
  return real ? Tensor(real.value, DataType::F32) : real;
}

/// Returns the sums as i32.
Tensor IntegerProduct::emitSums() {
  float step = 1, otherStep = 1;
  Tensor left = takeReals(0, step), right;
  if (left && hasWeights()) {
    right = getWeights(b.scalar(DataType::F32, 1 / step));
  } else if (left && !isConv && !node[1].literal) {
    right = takeReals(1, otherStep);
    if (step != 1 || otherStep != 1)
      right = Tensor();
  }
  if (node.hasFailed())
    return {};
  if (!left || !right)
    return emitPlain();
  markQuantized(node);
  return multiply(left, right, Tensor(), [&](Tensor sums) -> Tensor {
    mlir::Value real = b.materialize(sums);
    if (!real)
      return {};
    auto type = cast<RankedTensorType>(real.getType());
    mlir::Type stored = getStoredType(type.getContext(), DataType::I32,
                                      /*scale=*/1, /*zero=*/0);
    real = b.create<nn::FakeQuantizeOp>(type, real, stored);
    return {b.create<mlir::tosa::CastOp>(
                type.clone(b.getBuilder().getI32Type()), real),
            DataType::I32};
  });
}

/// Subtracts an optional zero point in i32; one for each row of a left matrix,
/// or for each filter, is given as a vector.
Tensor IntegerProduct::centre(size_t index) {
  const Tensor &stored = node[index];
  Tensor zero = node[index + 2];
  Tensor wide =
      b.cast(stored.grid ? toIntegers(b, stored) : stored, DataType::I32);
  if (!zero)
    return wide;
  zero = b.cast(zero, DataType::I32);
  if (zero.getNumElements() == 1)
    zero = b.reshape(zero, {});
  else if (isConv && index == 1) {
    Shape perFilter(wide.getRank(), 1);
    perFilter.front() = zero.getNumElements();
    zero = b.reshape(zero, perFilter);
  } else if (index == 0 && zero.getRank() == 1)
    zero = b.reshape(zero, {zero.shape[0], 1});
  return b.binary(BinaryOp::Sub, wide, zero);
}

/// Returns the sums of integers as such: loops, or a convolution in f32, which
/// is exact below 2^24.
Tensor IntegerProduct::emitPlain() {
  if (!node[0].literal || !node[1].literal)
    mlir::emitRemark(b.getLoc())
        << "'" << node.getName() << "': "
        << (isConv ? "sums in f32, exact below 2^24, as"
                   : "sums in loops over plain integers, as")
        << (node[0].literal                    ? " its left side is constant"
            : !isConstant(2) || !isConstant(3) ? " a zero point is computed"
            : isConv && !node[1].literal ? " its weights are computed"
                                         : " no layer has such zero points, "
                                           "scales or axes")
        << " [slow-form]";
  Tensor left = centre(0), right = centre(1);
  if (!isConv)
    return b.matmul(left, right);
  Tensor sum =
      multiply(b.cast(left, DataType::F32), b.cast(right, DataType::F32));
  return b.cast(b.unary(UnaryOp::Round, sum), DataType::I32);
}

/// Returns whether `tensor` is one constant number, or one for each output
/// channel.
bool IntegerProduct::isOfChannels(const Tensor &tensor) const {
  if (!tensor.literal || tensor.getRank() > node[0].getRank())
    return false;
  int64_t count = tensor.getNumElements();
  if (count == 1)
    return true;
  int64_t behind = isConv ? node[1].getRank() - 2 : 0;
  int64_t at = tensor.getRank() - 1 - behind;
  return at >= 0 && tensor.shape[at] == count &&
         count == (isConv ? node[1].shape[0] : node[1].shape.back());
}

/// Returns the product as a layer of reals; null where it is none.
Tensor IntegerProduct::emitReals() {
  const Tensor &factor = node[4];
  if (!isOfChannels(factor) || !isFloat(factor.type) ||
      (node[5] && !isOfChannels(node[5])))
    return {};
  for (float value : factor.literal->floats)
    if (!(value > 0) || !std::isfinite(value))
      return {};
  float step = 1, otherStep = 1;
  Tensor left = takeReals(0, step), right;
  if (left && hasWeights()) {
    Tensor flat = b.reshape(factor, {factor.getNumElements()});
    if (factor.getNumElements() == 1)
      flat = b.reshape(factor, {});
    right = getWeights(b.binary(BinaryOp::Div, flat, double(step)));
  } else if (left && !isConv && !node[1].literal &&
             factor.getNumElements() == 1) {
    right = takeReals(1, otherStep);
    // A product of two values has no weights to take another factor in.
    constexpr float kRounding = 1e-6f;
    float rest = factor.literal->floats.front() / (step * otherStep);
    if (std::abs(rest - 1) > kRounding)
      right = Tensor();
  }
  if (!left || !right)
    return {};
  markQuantized(node);
  Tensor bias;
  if (node[5]) {
    bias = b.binary(BinaryOp::Mul, b.cast(node[5], DataType::F32), factor);
    int64_t channels =
        isConv ? node[1].shape[0] : node[1].shape[node[1].getRank() - 1];
    bias = b.broadcastTo(b.reshape(bias, {bias.getNumElements()}), {channels});
  }
  return multiply(left, right, bias);
}

LogicalResult IntegerProduct::importScaled() {
  if (failed(check()))
    return failure();
  Tensor result = emitReals();
  if (node.hasFailed())
    return failure();
  if (!result) {
    Tensor sums = emitSums();
    if (node[5])
      sums = b.binary(BinaryOp::Add, sums, node[5]);
    result = b.binary(BinaryOp::Mul, b.cast(sums, DataType::F32), node[4]);
  }
  return node.set(0, result);
}

} // namespace

LogicalResult frontend::importMatMulInteger(Node &node) {
  return IntegerProduct(node, /*isConv=*/false).importSums();
}

LogicalResult frontend::importConvInteger(Node &node) {
  return IntegerProduct(node, /*isConv=*/true).importSums();
}

LogicalResult frontend::importScaledMatMul(Node &node) {
  return IntegerProduct(node, /*isConv=*/false).importScaled();
}

LogicalResult frontend::importScaledConv(Node &node) {
  return IntegerProduct(node, /*isConv=*/true).importScaled();
}
