//===- UnaryFormulas.h - the formula of each kind of nn.unary --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One formula serves constants, tables of quantised functions and float code:
// it is a template over the arithmetic. A new function is a kind in
// NnAttributes.td and its formula here; an ONNX operator of it is one row of
// the importer's table.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_UNARYFORMULAS_H
#define NARROW_DIALECT_NN_IR_UNARYFORMULAS_H

#include "narrow/Dialect/Nn/IR/NnOps.h"

namespace narrow::nn {

/// Returns how many parameters a kind takes: 0, 1 (alpha) or 2 (and beta).
constexpr unsigned getParameterCount(UnaryKind kind) {
  switch (kind) {
  case UnaryKind::Celu:
  case UnaryKind::Elu:
  case UnaryKind::LeakyRelu:
  case UnaryKind::Swish:
  case UnaryKind::ThresholdedRelu:
    return 1;
  case UnaryKind::HardSigmoid:
  case UnaryKind::Selu:
  case UnaryKind::Shrink:
    return 2;
  default:
    return 0;
  }
}

/// Returns `log(1 + exp(x))` without overflow for large `x`.
template <typename Arithmetic, typename T>
T buildSoftplus(Arithmetic &b, T x) {
  T decay = b.exp(b.sub(b.number(0.0), b.abs(x)));
  return b.add(b.max(x, b.number(0.0)), b.log1p(decay));
}

/// Returns `max(0, min(1, slope * x + offset))`.
template <typename Arithmetic, typename T>
T buildHardSigmoid(Arithmetic &b, T x, double slope, double offset) {
  T line = b.add(b.mul(x, b.number(slope)), b.number(offset));
  return b.max(b.number(0.0), b.min(b.number(1.0), line));
}

/// Returns function `kind` at `x` in the arithmetic `b`, which has the
/// functions named below: `number` makes a constant, `less` the condition of
/// `select`, false where one is NaN; `max` and `min` are NaN where one is.
/// Parameters that the kind does not have are ignored.
template <typename Arithmetic, typename T>
T buildUnary(Arithmetic &b, UnaryKind kind, T x, double alpha, double beta) {
  T zero = b.number(0.0), one = b.number(1.0);
  switch (kind) {
  case UnaryKind::Acos:
    return b.acos(x);
  case UnaryKind::Acosh:
    return b.acosh(x);
  case UnaryKind::Asin:
    return b.asin(x);
  case UnaryKind::Asinh:
    return b.asinh(x);
  case UnaryKind::Atan:
    return b.atan(x);
  case UnaryKind::Atanh:
    return b.atanh(x);
  case UnaryKind::Cosh:
    return b.cosh(x);
  case UnaryKind::Erf:
    return b.erf(x);
  case UnaryKind::Round:
    return b.roundeven(x);
  case UnaryKind::Sinh:
    return b.sinh(x);
  case UnaryKind::Sqrt:
    return b.sqrt(x);
  case UnaryKind::Tan:
    return b.tan(x);
  case UnaryKind::Celu: {
    T decay = b.expm1(b.div(x, b.number(alpha)));
    return b.add(b.max(zero, x), b.min(zero, b.mul(b.number(alpha), decay)));
  }
  case UnaryKind::Elu:
    return b.select(b.less(x, zero), b.mul(b.number(alpha), b.expm1(x)), x);
  case UnaryKind::Selu: {
    T decay = b.mul(b.number(alpha), b.expm1(x));
    return b.mul(b.number(beta), b.select(b.less(x, zero), decay, x));
  }
  case UnaryKind::Gelu: {
    constexpr double kRootOfHalf = 0.70710678118654752;
    T erf = b.erf(b.mul(x, b.number(kRootOfHalf)));
    return b.mul(b.mul(x, b.number(0.5)), b.add(one, erf));
  }
  case UnaryKind::GeluTanh: {
    constexpr double kRootOfTwoByPi = 0.79788456080286536;
    T cube = b.mul(b.mul(x, x), x);
    T inner = b.mul(b.number(kRootOfTwoByPi),
                    b.add(x, b.mul(b.number(0.044715), cube)));
    return b.mul(b.mul(x, b.number(0.5)), b.add(one, b.tanh(inner)));
  }
  case UnaryKind::HardSigmoid:
    return buildHardSigmoid(b, x, alpha, beta);
  case UnaryKind::HardSwish:
    return b.mul(x, buildHardSigmoid(b, x, 1.0 / 6, 0.5));
  case UnaryKind::LeakyRelu:
    return b.select(b.less(x, zero), b.mul(b.number(alpha), x), x);
  case UnaryKind::Mish:
    return b.mul(x, b.tanh(buildSoftplus(b, x)));
  case UnaryKind::Shrink: {
    T low =
        b.select(b.less(x, b.number(-alpha)), b.add(x, b.number(beta)), zero);
    return b.select(b.less(b.number(alpha), x), b.sub(x, b.number(beta)), low);
  }
  case UnaryKind::Sign:
    return b.select(b.less(zero, x), one,
                    b.select(b.less(x, zero), b.number(-1.0), zero));
  case UnaryKind::Softplus:
    return buildSoftplus(b, x);
  case UnaryKind::Softsign:
    return b.div(x, b.add(one, b.abs(x)));
  case UnaryKind::Swish: {
    T decay = b.exp(b.mul(b.number(-alpha), x));
    return b.div(x, b.add(one, decay));
  }
  case UnaryKind::ThresholdedRelu:
    return b.select(b.less(b.number(alpha), x), x, zero);
  }
  llvm_unreachable("unknown kind of nn.unary");
}

} // namespace narrow::nn

#endif // NARROW_DIALECT_NN_IR_UNARYFORMULAS_H
