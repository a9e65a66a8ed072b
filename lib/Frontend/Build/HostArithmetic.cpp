//===- HostArithmetic.cpp - elementwise functions on the host -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostArithmetic.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"

#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

bool frontend::isComparison(BinaryOp op) {
  return op == BinaryOp::Equal || op == BinaryOp::Greater ||
         op == BinaryOp::GreaterOrEqual;
}

double frontend::evaluate(BinaryOp op, double a, double b) {
  switch (op) {
  case BinaryOp::Add:
    return a + b;
  case BinaryOp::Sub:
    return a - b;
  case BinaryOp::Mul:
    return a * b;
  case BinaryOp::Div:
    return a / b;
  case BinaryOp::Pow:
    return std::pow(a, b);
  case BinaryOp::Min:
    return std::isnan(a) || a < b ? a : b;
  case BinaryOp::Max:
    return std::isnan(a) || a > b ? a : b;
  case BinaryOp::Mod:
    return a - b * std::floor(a / b);
  case BinaryOp::FMod:
    return std::fmod(a, b);
  case BinaryOp::Equal:
    return a == b;
  case BinaryOp::Greater:
    return a > b;
  case BinaryOp::GreaterOrEqual:
    return a >= b;
  default:
    llvm_unreachable("an integer operation on floats");
  }
}

/// Compares as the type's signedness says: uint64 is held in an int64.
static bool isLess(DataType type, int64_t a, int64_t b) {
  return type == DataType::U64 ? uint64_t(a) < uint64_t(b) : a < b;
}

static int64_t divide(DataType type, int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  if (type == DataType::U64)
    return static_cast<int64_t>(uint64_t(a) / uint64_t(b));
  return b == -1 ? static_cast<int64_t>(-uint64_t(a)) : a / b;
}

static int64_t power(int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1, square = base;
  for (; exponent; exponent >>= 1, square *= square)
    if (exponent & 1)
      result *= square;
  return static_cast<int64_t>(result);
}

int64_t frontend::evaluate(BinaryOp op, DataType type, int64_t a, int64_t b) {
  uint64_t ua = a, ub = b;
  unsigned bits = getBitWidth(type);
  switch (op) {
  case BinaryOp::Add:
    return static_cast<int64_t>(ua + ub);
  case BinaryOp::Sub:
    return static_cast<int64_t>(ua - ub);
  case BinaryOp::Mul:
    return static_cast<int64_t>(ua * ub);
  case BinaryOp::Div:
    return divide(type, a, b);
  case BinaryOp::Pow:
    return power(a, b);
  case BinaryOp::Min:
    return isLess(type, a, b) ? a : b;
  case BinaryOp::Max:
    return isLess(type, a, b) ? b : a;
  case BinaryOp::Mod:
  case BinaryOp::FMod: {
    int64_t rest = static_cast<int64_t>(ua - uint64_t(divide(type, a, b)) * ub);
    bool flip = op == BinaryOp::Mod && !isUnsigned(type) && rest &&
                (rest < 0) != (b < 0);
    return flip ? rest + b : rest;
  }
  case BinaryOp::And:
  case BinaryOp::BitAnd:
    return a & b;
  case BinaryOp::Or:
  case BinaryOp::BitOr:
    return a | b;
  case BinaryOp::Xor:
  case BinaryOp::BitXor:
    return a ^ b;
  case BinaryOp::ShiftLeft:
    return ub < bits ? static_cast<int64_t>(ua << ub) : 0;
  case BinaryOp::ShiftRight:
    if (!isUnsigned(type))
      return a >> std::min<uint64_t>(ub, bits - 1);
    return ub < bits ? static_cast<int64_t>(ua >> ub) : 0;
  case BinaryOp::Equal:
    return a == b;
  case BinaryOp::Greater:
    return isLess(type, b, a);
  case BinaryOp::GreaterOrEqual:
    return !isLess(type, a, b);
  }
  llvm_unreachable("unknown binary operation");
}

double frontend::evaluate(UnaryOp op, double x) {
  switch (op) {
  case UnaryOp::Abs:
    return std::fabs(x);
  case UnaryOp::Ceil:
    return std::ceil(x);
  case UnaryOp::Cos:
    return std::cos(x);
  case UnaryOp::Erf:
    return nn::evaluate(nn::UnaryKind::Erf, x);
  case UnaryOp::Exp:
    return std::exp(x);
  case UnaryOp::Floor:
    return std::floor(x);
  case UnaryOp::Log:
    return std::log(x);
  case UnaryOp::Neg:
    return -x;
  case UnaryOp::Reciprocal:
    return 1 / x;
  case UnaryOp::Round:
    return nn::evaluate(nn::UnaryKind::Round, x);
  case UnaryOp::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case UnaryOp::Sign:
    return nn::evaluate(nn::UnaryKind::Sign, x);
  case UnaryOp::Sin:
    return std::sin(x);
  case UnaryOp::Sqrt:
    return nn::evaluate(nn::UnaryKind::Sqrt, x);
  case UnaryOp::Tanh:
    return std::tanh(x);
  case UnaryOp::Trunc:
    return std::trunc(x);
  case UnaryOp::BitNot:
  case UnaryOp::Not:
    llvm_unreachable("an integer operation on floats");
  }
  llvm_unreachable("unknown unary operation");
}

std::optional<int64_t> frontend::evaluate(UnaryOp op, int64_t x) {
  switch (op) {
  case UnaryOp::Abs:
    return x < 0 ? static_cast<int64_t>(-uint64_t(x)) : x;
  case UnaryOp::Neg:
    return static_cast<int64_t>(-uint64_t(x));
  case UnaryOp::Sign:
    return (x > 0) - (x < 0);
  case UnaryOp::Not:
    return !x;
  case UnaryOp::BitNot:
    return ~x;
  case UnaryOp::Ceil:
  case UnaryOp::Floor:
  case UnaryOp::Round:
  case UnaryOp::Trunc:
    return x;
  default:
    return std::nullopt;
  }
}
