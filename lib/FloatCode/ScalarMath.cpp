//===- ScalarMath.cpp - scalar functions from IEEE operations ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarMath.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace narrow;
using namespace narrow::floatcode;
namespace arith = mlir::arith;
namespace math = mlir::math;

/// From here on every f32 is an integer.
constexpr float kAllIntegers = 0x1p23f;

//===----------------------------------------------------------------------===//
// Short forms
//===----------------------------------------------------------------------===//

Value ScalarMath::number(float value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(value));
}
Value ScalarMath::integer(int32_t value) {
  return arith::ConstantOp::create(*this, getI32IntegerAttr(value));
}
Value ScalarMath::add(Value a, Value b) {
  return arith::AddFOp::create(*this, a, b);
}
Value ScalarMath::sub(Value a, Value b) {
  return arith::SubFOp::create(*this, a, b);
}
Value ScalarMath::mul(Value a, Value b) {
  return arith::MulFOp::create(*this, a, b);
}
Value ScalarMath::div(Value a, Value b) {
  return arith::DivFOp::create(*this, a, b);
}
Value ScalarMath::less(Value a, Value b) {
  return arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT, a, b);
}
Value ScalarMath::equal(Value a, Value b) {
  return arith::CmpFOp::create(*this, arith::CmpFPredicate::OEQ, a, b);
}
Value ScalarMath::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(*this, condition, a, b);
}
Value ScalarMath::abs(Value x) { return math::AbsFOp::create(*this, x); }
Value ScalarMath::withSignOf(Value magnitude, Value x) {
  return math::CopySignOp::create(*this, magnitude, x);
}

Value ScalarMath::polynomial(Value x, ArrayRef<float> coefficients) {
  Value sum = number(coefficients.back());
  for (float c : llvm::reverse(coefficients.drop_back()))
    sum = add(mul(sum, x), number(c));
  return sum;
}

Value ScalarMath::toInteger(Value x) {
  // The conversion of a NaN differs from target to target.
  return arith::FPToSIOp::create(*this, getI32Type(),
                                 select(equal(x, x), x, number(0)));
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

Value ScalarMath::trunc(Value x) {
  Value hasFraction = less(abs(x), number(kAllIntegers));
  Value small = select(hasFraction, x, number(0));
  Value whole = arith::SIToFPOp::create(*this, getF32Type(), toInteger(small));
  return select(hasFraction, withSignOf(whole, x), x);
}

Value ScalarMath::floor(Value x) {
  Value whole = trunc(x);
  return select(less(x, whole), sub(whole, number(1)), whole);
}

Value ScalarMath::ceil(Value x) {
  Value whole = trunc(x);
  // The sign of zero is that of x.
  return select(less(whole, x), withSignOf(add(whole, number(1)), x), whole);
}

Value ScalarMath::roundEven(Value x) {
  // Adding pushes the fraction out; the sum rounds ties to even.
  Value magnitude = abs(x);
  Value whole = sub(add(magnitude, number(kAllIntegers)), number(kAllIntegers));
  return select(less(magnitude, number(kAllIntegers)), withSignOf(whole, x), x);
}

Value ScalarMath::round(Value x) {
  // The fraction is exact, so halves are found even where x + 0.5 would round.
  Value whole = trunc(x);
  Value fraction = abs(sub(x, whole));
  Value away = add(whole, withSignOf(number(1), x));
  return select(less(fraction, number(0.5f)), whole,
                select(equal(x, x), away, x));
}

//===----------------------------------------------------------------------===//
// Elementary functions
//===----------------------------------------------------------------------===//

Value ScalarMath::powerOfTwo(Value k) {
  constexpr int32_t kBias = 127, kMantissaBits = 23;
  Value exponent = arith::AddIOp::create(*this, k, integer(kBias));
  return arith::BitcastOp::create(
      *this, getF32Type(),
      arith::ShLIOp::create(*this, exponent, integer(kMantissaBits)));
}

Value ScalarMath::exp(Value x) {
  // Beyond these the result is 0 or infinity.
  constexpr float kLow = -104.0f, kHigh = 89.0f;
  Value in = select(less(x, number(kLow)), number(kLow), x);
  in = select(less(number(kHigh), in), number(kHigh), in);
  // x = k ln 2 + r. ln 2 in two parts, so that k times the first is exact.
  Value k = roundEven(mul(in, number(1.44269502f)));
  Value r = sub(sub(in, mul(k, number(0.693115234375f))),
                mul(k, number(3.19461833e-05f)));
  // Chebyshev interpolation of (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2.
  Value tail = polynomial(
      r, {0.5f, 0.166665733f, 0.0416664556f, 0.00836377684f, 0.00139345427f});
  Value power = add(add(mul(mul(r, r), tail), r), number(1));
  // 2^k in two factors reaches subnormal results.
  Value whole = toInteger(k);
  Value half = arith::ShRSIOp::create(*this, whole, integer(1));
  Value rest = arith::SubIOp::create(*this, whole, half);
  return mul(mul(power, powerOfTwo(half)), powerOfTwo(rest));
}

Value ScalarMath::wave(Value x, float quarters) {
  // x = k pi/2 + r. pi/2 in three parts, so that k times the first two is exact
  // up to k = 2^14.
  Value k = roundEven(mul(x, number(0.636619747f)));
  Value r = sub(sub(sub(x, mul(k, number(1.5703125f))),
                    mul(k, number(0.00048351287841796875f))),
                mul(k, number(3.139164733e-07f)));
  // Chebyshev interpolations on |r| <= pi/4.
  Value square = mul(r, r);
  Value sine =
      add(mul(mul(r, square), polynomial(square, {-0.166666642f, 0.00833273679f,
                                                  -0.000195854329f})),
          r);
  Value cosine = add(mul(mul(square, square),
                         polynomial(square, {0.0416666642f, -0.00138882513f,
                                             2.45403116e-05f})),
                     sub(number(1), mul(square, number(0.5f))));
  // Which quarter of the turn: 0, 1, 2 or 3.
  Value turn = add(k, number(quarters));
  Value quarter = sub(turn, mul(floor(mul(turn, number(0.25f))), number(4)));
  Value isLater = less(number(1.5f), quarter);
  Value inHalf = select(isLater, sub(quarter, number(2)), quarter);
  Value value = select(less(inHalf, number(0.5f)), sine, cosine);
  return select(isLater, sub(number(-0.0f), value), value);
}

Value ScalarMath::sin(Value x) { return wave(x, 0); }
Value ScalarMath::cos(Value x) { return wave(x, 1); }

Value ScalarMath::pow(Value x, Value y) {
  // A negative base needs an integer exponent; an odd one keeps the sign.
  Value half = mul(y, number(0.5f));
  Value isInteger = equal(floor(y), y);
  Value isEven = equal(floor(half), half);
  Value power = exp(mul(y, math::LogOp::create(*this, abs(x))));
  Value nan = number(std::numeric_limits<float>::quiet_NaN());
  Value negative =
      select(isInteger, select(isEven, power, sub(number(-0.0f), power)), nan);
  Value result = select(less(x, number(0)), negative, power);
  return select(equal(y, number(0)), number(1), result);
}

Value ScalarMath::sinh(Value x) {
  Value grown = math::ExpM1Op::create(*this, abs(x));
  Value sum = add(grown, div(grown, add(grown, number(1))));
  // Infinity over infinity is no number; the sum is infinite there.
  Value isFinite = less(grown, number(std::numeric_limits<float>::infinity()));
  Value result = mul(select(isFinite, sum, grown), number(0.5f));
  return withSignOf(result, x);
}

Value ScalarMath::cosh(Value x) {
  Value power = exp(abs(x));
  return add(mul(power, number(0.5f)), div(number(0.5f), power));
}

Value ScalarMath::asinh(Value x) {
  // Above this the square would overflow, and asinh(x) = ln(2x).
  constexpr float kLarge = 0x1p13f;
  Value magnitude = abs(x);
  Value isSmall = less(magnitude, number(kLarge));
  Value small = select(isSmall, magnitude, number(0));
  Value square = mul(small, small);
  Value root = math::SqrtOp::create(*this, add(square, number(1)));
  Value near = math::Log1pOp::create(
      *this, add(small, div(square, add(root, number(1)))));
  Value far = add(math::LogOp::create(*this, magnitude), number(0.693147182f));
  return withSignOf(select(isSmall, near, far), x);
}

Value ScalarMath::acosh(Value x) {
  constexpr float kLarge = 0x1p13f;
  Value isLarge = less(number(kLarge), x);
  Value above = sub(select(isLarge, number(1), x), number(1));
  Value root = math::SqrtOp::create(*this, mul(above, add(above, number(2))));
  Value near = math::Log1pOp::create(*this, add(above, root));
  Value far = add(math::LogOp::create(*this, x), number(0.693147182f));
  return select(isLarge, far, near);
}

Value ScalarMath::atanh(Value x) {
  Value magnitude = abs(x);
  Value ratio = div(add(magnitude, magnitude), sub(number(1), magnitude));
  Value result = mul(math::Log1pOp::create(*this, ratio), number(0.5f));
  return withSignOf(result, x);
}
