//===- TensorBuilderArithmetic.cpp - elementwise operations ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostArithmetic.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include <limits>

using namespace narrow;
using namespace narrow::frontend;
namespace tosa = mlir::tosa;

/// Steps through the broadcast of an operand to `shape`: the stride is 0 on
/// axes that are repeated.
static Shape getBroadcastStrides(const Tensor &tensor,
                                 ArrayRef<int64_t> shape) {
  Shape own = getStrides(tensor.shape), strides(shape.size(), 0);
  size_t offset = shape.size() - tensor.shape.size();
  for (size_t i = 0; i < tensor.shape.size(); ++i)
    if (tensor.shape[i] != 1)
      strides[offset + i] = own[i];
  return strides;
}

/// Calls `body(result index, operand indices)` for each element of the
/// broadcast.
template <typename Body>
static void forEachBroadcast(ArrayRef<Tensor> operands, ArrayRef<int64_t> shape,
                             Body body) {
  SmallVector<Shape> strides;
  for (const Tensor &operand : operands)
    strides.push_back(getBroadcastStrides(operand, shape));
  SmallVector<int64_t> at(operands.size(), 0);
  Shape index(shape.size(), 0);
  for (int64_t i = 0, e = getNumElements(shape); i < e; ++i) {
    body(i, at);
    for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
      bool wraps = ++index[d] == shape[d];
      for (size_t k = 0; k < at.size(); ++k)
        at[k] += wraps ? -strides[k][d] * (shape[d] - 1) : strides[k][d];
      if (!wraps)
        break;
      index[d] = 0;
    }
  }
}

static Literal fold(BinaryOp op, const Tensor &lhs, const Tensor &rhs,
                    ArrayRef<int64_t> shape) {
  Literal result(isComparison(op) ? DataType::Bool : lhs.type, shape);
  forEachBroadcast({lhs, rhs}, shape, [&](int64_t i, ArrayRef<int64_t> at) {
    if (isFloat(lhs.type))
      result.set(i, evaluate(op, lhs.literal->floats[at[0]],
                             rhs.literal->floats[at[1]]));
    else
      result.integers[i] = wrapInteger(
          result.type, evaluate(op, lhs.type, lhs.literal->integers[at[0]],
                                rhs.literal->integers[at[1]]));
  });
  return result;
}

Tensor TensorBuilder::emitBinary(BinaryOp op, const Tensor &lhs,
                                 const Tensor &rhs, ArrayRef<int64_t> shape) {
  DataType type = isComparison(op) ? DataType::Bool : lhs.type;
  RankedTensorType resultType = getType(type, shape);
  mlir::Value a = materialize(lhs), b = materialize(rhs);
  if (!a || !b)
    return {};
  auto emit = [&](auto tag) {
    using OpT = typename decltype(tag)::type;
    return Tensor(create<OpT>(resultType, a, b), type);
  };
  // Comparing unsigned 64-bit numbers held in i64: flip the sign bits.
  if (lhs.type == DataType::U64 &&
      (op == BinaryOp::Greater || op == BinaryOp::GreaterOrEqual)) {
    auto flip = [&](const Tensor &tensor) {
      Literal sign(DataType::I64, Shape(tensor.shape.size(), 1));
      sign.integers[0] = INT64_MIN;
      mlir::Value mask = materialize(sign);
      return create<tosa::BitwiseXorOp>(getType(DataType::I64, tensor.shape),
                                        materialize(tensor), mask);
    };
    a = flip(lhs);
    b = flip(rhs);
  }
  switch (op) {
  case BinaryOp::Add:
    return wrap(emit(llvm::type_identity<tosa::AddOp>()));
  case BinaryOp::Sub:
    return wrap(emit(llvm::type_identity<tosa::SubOp>()));
  case BinaryOp::Mul: {
    mlir::Value shift = create<tosa::ConstOp>(
        RankedTensorType::get({1}, builder.getI8Type()),
        DenseElementsAttr::get(RankedTensorType::get({1}, builder.getI8Type()),
                               int8_t(0)));
    return wrap({create<tosa::MulOp>(resultType, a, b, shift), type});
  }
  case BinaryOp::Div:
    if (isFloat(type))
      return binary(BinaryOp::Mul, lhs, unary(UnaryOp::Reciprocal, rhs));
    if (type == DataType::U64) {
      (void)reporter.unsupported("division of uint64");
      return {};
    }
    return wrap(emit(llvm::type_identity<tosa::IntDivOp>()));
  case BinaryOp::Pow:
    return emit(llvm::type_identity<tosa::PowOp>());
  case BinaryOp::Min:
  case BinaryOp::Max:
    if (type == DataType::U64)
      return op == BinaryOp::Min
                 ? select(binary(BinaryOp::Greater, lhs, rhs), rhs, lhs)
                 : select(binary(BinaryOp::Greater, lhs, rhs), lhs, rhs);
    return op == BinaryOp::Min ? emit(llvm::type_identity<tosa::MinimumOp>())
                               : emit(llvm::type_identity<tosa::MaximumOp>());
  case BinaryOp::Mod:
  case BinaryOp::FMod: {
    Tensor rest;
    if (isFloat(type)) {
      rest = floatRest(lhs, rhs);
    } else {
      Tensor quotient = binary(BinaryOp::Div, lhs, rhs);
      rest = binary(BinaryOp::Sub, lhs, binary(BinaryOp::Mul, quotient, rhs));
    }
    if (isUnsigned(type) || op == BinaryOp::FMod)
      return rest;
    if (isFloat(type)) {
      Tensor zero = scalar(type, 0);
      Tensor differs =
          binary(BinaryOp::Greater, zero, binary(BinaryOp::Mul, rest, rhs));
      return select(differs, binary(BinaryOp::Add, rest, rhs), rest);
    }
    // Truncated to floored: add the divisor where the signs differ.
    Tensor negative = binary(BinaryOp::Greater, scalar(type, 0),
                             binary(BinaryOp::BitXor, rest, rhs));
    Tensor nonZero =
        unary(UnaryOp::Not, binary(BinaryOp::Equal, rest, scalar(type, 0)));
    return select(binary(BinaryOp::And, negative, nonZero),
                  binary(BinaryOp::Add, rest, rhs), rest);
  }
  case BinaryOp::And:
    return emit(llvm::type_identity<tosa::LogicalAndOp>());
  case BinaryOp::Or:
    return emit(llvm::type_identity<tosa::LogicalOrOp>());
  case BinaryOp::Xor:
    return emit(llvm::type_identity<tosa::LogicalXorOp>());
  case BinaryOp::BitAnd:
    return emit(llvm::type_identity<tosa::BitwiseAndOp>());
  case BinaryOp::BitOr:
    return emit(llvm::type_identity<tosa::BitwiseOrOp>());
  case BinaryOp::BitXor:
    return emit(llvm::type_identity<tosa::BitwiseXorOp>());
  case BinaryOp::ShiftLeft:
    return wrap(emit(llvm::type_identity<tosa::LogicalLeftShiftOp>()));
  case BinaryOp::ShiftRight:
    if (!isUnsigned(type))
      return {create<tosa::ArithmeticRightShiftOp>(resultType, a, b,
                                                   /*round=*/false),
              type};
    return emit(llvm::type_identity<tosa::LogicalRightShiftOp>());
  case BinaryOp::Equal:
    return emit(llvm::type_identity<tosa::EqualOp>());
  case BinaryOp::Greater:
    return emit(llvm::type_identity<tosa::GreaterOp>());
  case BinaryOp::GreaterOrEqual:
    return emit(llvm::type_identity<tosa::GreaterEqualOp>());
  }
  llvm_unreachable("unknown binary operation");
}

/// The rest of a division in float, with the sign of `lhs`.
Tensor TensorBuilder::floatRest(const Tensor &lhs, const Tensor &rhs) {
  DataType type = lhs.type;
  double infinite = std::numeric_limits<double>::infinity();
  Tensor dividend = unary(UnaryOp::Abs, lhs),
         divisor = unary(UnaryOp::Abs, rhs);
  Tensor quotient =
      unary(UnaryOp::Floor, binary(BinaryOp::Div, dividend, divisor));
  Tensor rest =
      binary(BinaryOp::Sub, dividend, binary(BinaryOp::Mul, quotient, divisor));
  // A rounded quotient can be one too small or too large: 49 / 49 may be less
  // than 1.
  rest = select(binary(BinaryOp::GreaterOrEqual, rest, divisor),
                binary(BinaryOp::Sub, rest, divisor), rest);
  rest = select(binary(BinaryOp::Greater, scalar(type, 0), rest),
                binary(BinaryOp::Add, rest, divisor), rest);
  // What is finite is less than an infinite divisor.
  Tensor isAll = binary(
      BinaryOp::And, binary(BinaryOp::Equal, divisor, scalar(type, infinite)),
      binary(BinaryOp::Greater, divisor, dividend));
  rest = select(isAll, dividend, rest);
  return select(binary(BinaryOp::Greater, scalar(type, 0), lhs),
                unary(UnaryOp::Neg, rest), rest);
}

Tensor TensorBuilder::binary(BinaryOp op, Tensor lhs, Tensor rhs) {
  if (!lhs || !rhs)
    return {};
  if (lhs.type != rhs.type) {
    (void)reporter.error("expected operands of one type, found " +
                         getName(lhs.type) + " and " + getName(rhs.type));
    return {};
  }
  auto shape = broadcastShapes(lhs.shape, rhs.shape);
  if (!shape) {
    (void)reporter.error("shapes " + toString(lhs.shape) + " and " +
                         toString(rhs.shape) + " cannot be broadcast");
    return {};
  }
  bool isConstant = lhs.literal && rhs.literal;
  if (!(isConstant ? checkConstant(*shape) : checkSize(*shape)))
    return {};
  if (isConstant)
    return fold(op, lhs, rhs, *shape);
  return emitBinary(op, expandRank(lhs, shape->size()),
                    expandRank(rhs, shape->size()), *shape);
}

Tensor TensorBuilder::binary(BinaryOp op, Tensor lhs, double rhs) {
  return lhs ? binary(op, lhs, scalar(lhs.type, rhs)) : Tensor();
}

Tensor TensorBuilder::unary(UnaryOp op, Tensor tensor) {
  if (!tensor)
    return {};
  bool onFloat = isFloat(tensor.type);
  if (onFloat ? op == UnaryOp::Not || op == UnaryOp::BitNot
              : !evaluate(op, int64_t(0)).has_value()) {
    (void)reporter.error(Twine("operator is not defined on type ") +
                         getName(tensor.type));
    return {};
  }
  if (tensor.literal) {
    if (!checkConstant(tensor.shape))
      return {};
    Literal result(tensor.type, tensor.shape);
    for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
      if (onFloat)
        result.set(i, evaluate(op, double(tensor.literal->floats[i])));
      else
        result.integers[i] = wrapInteger(
            tensor.type, *evaluate(op, tensor.literal->integers[i]));
    return result;
  }
  mlir::Type type = tensor.value.getType();
  auto emit = [&](auto tag) {
    using OpT = typename decltype(tag)::type;
    return Tensor(create<OpT>(type, tensor.value), tensor.type);
  };
  auto emitNn = [&](nn::UnaryKind kind) {
    return Tensor(create<nn::UnaryOp>(type, tensor.value, kind,
                                      mlir::FloatAttr(), mlir::FloatAttr()),
                  tensor.type);
  };
  switch (op) {
  case UnaryOp::Abs:
    return emit(llvm::type_identity<tosa::AbsOp>());
  case UnaryOp::BitNot:
    return wrap(emit(llvm::type_identity<tosa::BitwiseNotOp>()));
  case UnaryOp::Ceil:
    return onFloat ? emit(llvm::type_identity<tosa::CeilOp>()) : tensor;
  case UnaryOp::Cos:
    return emit(llvm::type_identity<tosa::CosOp>());
  case UnaryOp::Erf:
    return emit(llvm::type_identity<tosa::ErfOp>());
  case UnaryOp::Exp:
    return emit(llvm::type_identity<tosa::ExpOp>());
  case UnaryOp::Floor:
    return onFloat ? emit(llvm::type_identity<tosa::FloorOp>()) : tensor;
  case UnaryOp::Log:
    return emit(llvm::type_identity<tosa::LogOp>());
  case UnaryOp::Neg:
    return binary(BinaryOp::Sub, scalar(tensor.type, 0), tensor);
  case UnaryOp::Not:
    return emit(llvm::type_identity<tosa::LogicalNotOp>());
  case UnaryOp::Reciprocal:
    return emit(llvm::type_identity<tosa::ReciprocalOp>());
  case UnaryOp::Round:
    return onFloat ? emitNn(nn::UnaryKind::Round) : tensor;
  case UnaryOp::Sigmoid:
    return emit(llvm::type_identity<tosa::SigmoidOp>());
  case UnaryOp::Sign:
    if (onFloat)
      return emitNn(nn::UnaryKind::Sign);
    return clamp(tensor, isUnsigned(tensor.type) ? 0 : -1, 1);
  case UnaryOp::Sin:
    return emit(llvm::type_identity<tosa::SinOp>());
  case UnaryOp::Sqrt:
    return emitNn(nn::UnaryKind::Sqrt);
  case UnaryOp::Tanh:
    return emit(llvm::type_identity<tosa::TanhOp>());
  case UnaryOp::Trunc:
    if (!onFloat)
      return tensor;
    return select(binary(BinaryOp::Greater, scalar(tensor.type, 0), tensor),
                  unary(UnaryOp::Ceil, tensor), unary(UnaryOp::Floor, tensor));
  }
  llvm_unreachable("unknown unary operation");
}

Tensor TensorBuilder::select(Tensor condition, Tensor onTrue, Tensor onFalse) {
  if (!condition || !onTrue || !onFalse)
    return {};
  if (!isBool(condition.type) || onTrue.type != onFalse.type) {
    (void)reporter.error("expected a bool condition and two operands of one "
                         "type, found " +
                         getName(condition.type) + ", " + getName(onTrue.type) +
                         " and " + getName(onFalse.type));
    return {};
  }
  auto shape = broadcastShapes(onTrue.shape, onFalse.shape);
  if (shape)
    shape = broadcastShapes(*shape, condition.shape);
  if (!shape) {
    (void)reporter.error("shapes " + toString(condition.shape) + ", " +
                         toString(onTrue.shape) + " and " +
                         toString(onFalse.shape) + " cannot be broadcast");
    return {};
  }
  bool isConstant = condition.literal && onTrue.literal && onFalse.literal;
  if (!(isConstant ? checkConstant(*shape) : checkSize(*shape)))
    return {};
  if (isConstant) {
    Literal result(onTrue.type, *shape);
    forEachBroadcast({condition, onTrue, onFalse}, *shape,
                     [&](int64_t i, ArrayRef<int64_t> at) {
                       bool first = condition.literal->integers[at[0]];
                       const Literal &from =
                           first ? *onTrue.literal : *onFalse.literal;
                       int64_t j = first ? at[1] : at[2];
                       if (isFloat(result.type))
                         result.floats[i] = from.floats[j];
                       else
                         result.integers[i] = from.integers[j];
                     });
    return result;
  }
  int64_t rank = shape->size();
  mlir::Value c = materialize(expandRank(condition, rank));
  mlir::Value a = materialize(expandRank(onTrue, rank));
  mlir::Value b = materialize(expandRank(onFalse, rank));
  if (!c || !a || !b)
    return {};
  return {create<tosa::SelectOp>(getType(onTrue.type, *shape), c, a, b),
          onTrue.type};
}

Tensor TensorBuilder::clamp(Tensor tensor, double low, double high) {
  if (!tensor)
    return {};
  if (tensor.literal || !isFloat(tensor.type)) {
    double lowest = isUnsigned(tensor.type) ? 0 : -9.2e18;
    if (isFloat(tensor.type) || low > lowest)
      tensor = binary(BinaryOp::Max, tensor, low);
    if (isFloat(tensor.type) || high < 9.2e18)
      tensor = binary(BinaryOp::Min, tensor, high);
    return tensor;
  }
  return {create<tosa::ClampOp>(
              tensor.value.getType(), tensor.value,
              builder.getF32FloatAttr(static_cast<float>(low)),
              builder.getF32FloatAttr(static_cast<float>(high)),
              tosa::NanPropagationModeAttr::get(
                  builder.getContext(), tosa::NanPropagationMode::PROPAGATE)),
          tensor.type};
}
