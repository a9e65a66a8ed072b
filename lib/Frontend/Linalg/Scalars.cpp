//===- Scalars.cpp - arith and math on all iterations at once -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgImporter.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::frontend;
namespace arith = mlir::arith;
namespace math = mlir::math;

/// The number that all elements of a constant are.
static std::optional<double> getNumber(const Tensor &tensor) {
  if (!tensor.literal || tensor.getNumElements() != 1)
    return std::nullopt;
  return tensor.literal->get(0);
}

static bool isOne(Value value) {
  return mlir::matchPattern(value, mlir::m_OneFloat());
}

Value frontend::matchSigmoid(Operation *op) {
  auto quotient = dyn_cast<arith::DivFOp>(op);
  if (!quotient || !isOne(quotient.getLhs()))
    return {};
  auto sum = quotient.getRhs().getDefiningOp<arith::AddFOp>();
  if (!sum)
    return {};
  bool isFirst = isOne(sum.getLhs());
  if (!isFirst && !isOne(sum.getRhs()))
    return {};
  auto exp =
      (isFirst ? sum.getRhs() : sum.getLhs()).getDefiningOp<math::ExpOp>();
  auto negated =
      exp ? exp.getOperand().getDefiningOp<arith::NegFOp>() : arith::NegFOp();
  return negated ? negated.getOperand() : Value();
}

/// Whether a choice between two numbers that are compared is their maximum
/// (true) or minimum (false); nothing where it is neither.
static std::optional<bool> matchMaximum(arith::SelectOp op) {
  using Predicate = arith::CmpFPredicate;
  auto compare = op.getCondition().getDefiningOp<arith::CmpFOp>();
  if (!compare)
    return std::nullopt;
  bool isSame = op.getTrueValue() == compare.getLhs() &&
                op.getFalseValue() == compare.getRhs();
  bool isSwapped = op.getTrueValue() == compare.getRhs() &&
                   op.getFalseValue() == compare.getLhs();
  if (!isSame && !isSwapped)
    return std::nullopt;
  switch (compare.getPredicate()) {
  case Predicate::OGT:
  case Predicate::OGE:
  case Predicate::UGT:
  case Predicate::UGE:
    return isSame;
  case Predicate::OLT:
  case Predicate::OLE:
  case Predicate::ULT:
  case Predicate::ULE:
    return !isSame;
  default:
    return std::nullopt;
  }
}

Tensor LinalgImporter::compareFloats(arith::CmpFOp op, Tensor lhs, Tensor rhs) {
  using Predicate = arith::CmpFPredicate;
  auto greater = [&](const Tensor &a, const Tensor &c) {
    return b->binary(BinaryOp::Greater, a, c);
  };
  auto atLeast = [&](const Tensor &a, const Tensor &c) {
    return b->binary(BinaryOp::GreaterOrEqual, a, c);
  };
  auto negate = [&](const Tensor &a) { return b->unary(UnaryOp::Not, a); };
  auto isNumber = [&](const Tensor &a) {
    return b->binary(BinaryOp::Equal, a, a);
  };
  auto differs = [&] {
    return b->binary(BinaryOp::Or, greater(lhs, rhs), greater(rhs, lhs));
  };
  auto ordered = [&] {
    return b->binary(BinaryOp::And, isNumber(lhs), isNumber(rhs));
  };
  // Ordered comparisons are false where a side is NaN, unordered ones are the
  // opposite of an ordered one.
  switch (op.getPredicate()) {
  case Predicate::AlwaysFalse:
    return b->scalar(DataType::Bool, 0);
  case Predicate::AlwaysTrue:
    return b->scalar(DataType::Bool, 1);
  case Predicate::OEQ:
    return b->binary(BinaryOp::Equal, lhs, rhs);
  case Predicate::OGT:
    return greater(lhs, rhs);
  case Predicate::OGE:
    return atLeast(lhs, rhs);
  case Predicate::OLT:
    return greater(rhs, lhs);
  case Predicate::OLE:
    return atLeast(rhs, lhs);
  case Predicate::ONE:
    return differs();
  case Predicate::ORD:
    return ordered();
  case Predicate::UEQ:
    return negate(differs());
  case Predicate::UGT:
    return negate(atLeast(rhs, lhs));
  case Predicate::UGE:
    return negate(greater(rhs, lhs));
  case Predicate::ULT:
    return negate(atLeast(lhs, rhs));
  case Predicate::ULE:
    return negate(greater(lhs, rhs));
  case Predicate::UNE:
    return negate(b->binary(BinaryOp::Equal, lhs, rhs));
  case Predicate::UNO:
    return negate(ordered());
  }
  llvm_unreachable("unknown predicate");
}

Tensor LinalgImporter::divide(Tensor lhs, Tensor rhs) {
  auto sum = lhs.value ? sums.find(lhs.value) : sums.end();
  if (sum != sums.end() &&
      getNumber(rhs) == static_cast<double>(sum->second.count)) {
    Tensor mean = sum->second.makeMean();
    // Where the sum is read over loops it has axes of size 1 beside its own.
    return mean && mean.getNumElements() == lhs.getNumElements()
               ? b->reshape(mean, lhs.shape)
               : Tensor();
  }
  return b->binary(BinaryOp::Div, lhs, rhs);
}

Tensor LinalgImporter::evaluateFloat(Operation *op, ArrayRef<Tensor> operands) {
  auto binary = [&](BinaryOp kind) {
    return b->binary(kind, operands[0], operands[1]);
  };
  auto unary = [&](UnaryOp kind) { return b->unary(kind, operands[0]); };
  auto function = [&](nn::UnaryKind kind) {
    mlir::Value input = b->materialize(operands[0]);
    return input ? Tensor(b->create<nn::UnaryOp>(input.getType(), input, kind,
                                                 mlir::FloatAttr(),
                                                 mlir::FloatAttr()),
                          operands[0].type)
                 : Tensor();
  };
  return llvm::TypeSwitch<Operation *, Tensor>(op)
      .Case([&](arith::AddFOp) { return binary(BinaryOp::Add); })
      .Case([&](arith::SubFOp) { return binary(BinaryOp::Sub); })
      .Case([&](arith::MulFOp) { return binary(BinaryOp::Mul); })
      .Case([&](arith::RemFOp) { return binary(BinaryOp::FMod); })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>(
          [&](auto) { return binary(BinaryOp::Max); })
      .Case<arith::MinimumFOp, arith::MinNumFOp>(
          [&](auto) { return binary(BinaryOp::Min); })
      .Case([&](math::PowFOp) { return binary(BinaryOp::Pow); })
      .Case([&](math::FPowIOp) {
        return b->binary(BinaryOp::Pow, operands[0],
                         b->cast(operands[1], operands[0].type));
      })
      .Case([&](math::FmaOp) {
        return b->binary(BinaryOp::Add, binary(BinaryOp::Mul), operands[2]);
      })
      .Case([&](arith::DivFOp) { return divide(operands[0], operands[1]); })
      .Case([&](arith::CmpFOp compare) {
        return compareFloats(compare, operands[0], operands[1]);
      })
      .Case([&](arith::NegFOp) { return unary(UnaryOp::Neg); })
      .Case([&](math::AbsFOp) { return unary(UnaryOp::Abs); })
      .Case([&](math::CeilOp) { return unary(UnaryOp::Ceil); })
      .Case([&](math::CosOp) { return unary(UnaryOp::Cos); })
      .Case([&](math::ErfOp) { return unary(UnaryOp::Erf); })
      .Case([&](math::ExpOp) { return unary(UnaryOp::Exp); })
      .Case([&](math::FloorOp) { return unary(UnaryOp::Floor); })
      .Case([&](math::LogOp) { return unary(UnaryOp::Log); })
      .Case([&](math::RoundEvenOp) { return unary(UnaryOp::Round); })
      .Case([&](math::SinOp) { return unary(UnaryOp::Sin); })
      .Case([&](math::SqrtOp) { return unary(UnaryOp::Sqrt); })
      .Case([&](math::TanhOp) { return unary(UnaryOp::Tanh); })
      .Case([&](math::TruncOp) { return unary(UnaryOp::Trunc); })
      .Case([&](math::RsqrtOp) {
        if (operands[0].literal)
          return b->unary(UnaryOp::Reciprocal, unary(UnaryOp::Sqrt));
        return Tensor(b->create<mlir::tosa::RsqrtOp>(
                          operands[0].value.getType(), operands[0].value),
                      operands[0].type);
      })
      .Case([&](math::ExpM1Op) {
        return b->binary(BinaryOp::Sub, unary(UnaryOp::Exp), 1.0);
      })
      .Case([&](math::Log1pOp) {
        return b->unary(UnaryOp::Log,
                        b->binary(BinaryOp::Add, operands[0], 1.0));
      })
      .Case([&](math::AcosOp) { return function(nn::UnaryKind::Acos); })
      .Case([&](math::AsinOp) { return function(nn::UnaryKind::Asin); })
      .Case([&](math::AtanOp) { return function(nn::UnaryKind::Atan); })
      .Case([&](math::CoshOp) { return function(nn::UnaryKind::Cosh); })
      .Case([&](math::SinhOp) { return function(nn::UnaryKind::Sinh); })
      .Case([&](math::TanOp) { return function(nn::UnaryKind::Tan); })
      .Default([](Operation *) { return Tensor(); });
}

Tensor LinalgImporter::evaluateInteger(Operation *op,
                                       ArrayRef<Tensor> operands) {
  auto binary = [&](BinaryOp kind) {
    return b->binary(kind, operands[0], operands[1]);
  };
  auto bitwise = [&](BinaryOp onBits, BinaryOp onIntegers) {
    return binary(isBool(operands[0].type) ? onBits : onIntegers);
  };
  auto compare = [&](arith::CmpIOp op) -> Tensor {
    using Predicate = arith::CmpIPredicate;
    auto negate = [&](const Tensor &a) { return b->unary(UnaryOp::Not, a); };
    switch (op.getPredicate()) {
    case Predicate::eq:
      return binary(BinaryOp::Equal);
    case Predicate::ne:
      return negate(binary(BinaryOp::Equal));
    case Predicate::sgt:
      return binary(BinaryOp::Greater);
    case Predicate::sge:
      return binary(BinaryOp::GreaterOrEqual);
    case Predicate::sle:
      return negate(binary(BinaryOp::Greater));
    case Predicate::slt:
      return negate(binary(BinaryOp::GreaterOrEqual));
    default:
      return {};
    }
  };
  return llvm::TypeSwitch<Operation *, Tensor>(op)
      .Case([&](arith::AddIOp) { return binary(BinaryOp::Add); })
      .Case([&](arith::SubIOp) { return binary(BinaryOp::Sub); })
      .Case([&](arith::MulIOp) { return binary(BinaryOp::Mul); })
      .Case([&](arith::DivSIOp) { return binary(BinaryOp::Div); })
      .Case([&](arith::RemSIOp) { return binary(BinaryOp::FMod); })
      .Case([&](arith::MaxSIOp) { return binary(BinaryOp::Max); })
      .Case([&](arith::MinSIOp) { return binary(BinaryOp::Min); })
      .Case([&](arith::AndIOp) {
        return bitwise(BinaryOp::And, BinaryOp::BitAnd);
      })
      .Case(
          [&](arith::OrIOp) { return bitwise(BinaryOp::Or, BinaryOp::BitOr); })
      .Case([&](arith::XOrIOp) {
        return bitwise(BinaryOp::Xor, BinaryOp::BitXor);
      })
      .Case([&](math::AbsIOp) { return b->unary(UnaryOp::Abs, operands[0]); })
      .Case([&](arith::CmpIOp op) { return compare(op); })
      .Default([](Operation *) { return Tensor(); });
}

Tensor LinalgImporter::evaluate(Operation *op, ArrayRef<Tensor> operands,
                                unsigned numLoops) {
  if (auto check = dyn_cast<mlir::cf::AssertOp>(op)) {
    const Tensor &condition = operands[0];
    if (condition.literal &&
        llvm::all_of(condition.literal->integers, [](int64_t v) { return v; }))
      return {};
    if (condition.literal)
      (void)error("expected what the model asserts: " + check.getMsg());
    else
      mlir::emitRemark(op->getLoc()) << "[unchecked] nothing checks what the "
                                        "model asserts: "
                                     << check.getMsg();
    return {};
  }
  if (auto element = dyn_cast<mlir::tensor::ExtractOp>(op))
    return extract(getWhole(element.getTensor()), operands.drop_front(),
                   numLoops);
  if (op->getNumResults() != 1 || op->getNumRegions() != 0) {
    (void)error("expected arithmetic on numbers, found '" +
                op->getName().getStringRef() + "'");
    return {};
  }
  std::optional<DataType> type = getElementType(op->getResult(0).getType());
  if (!type)
    return {};
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    std::optional<bool> isMaximum = matchMaximum(select);
    return isMaximum ? b->binary(*isMaximum ? BinaryOp::Max : BinaryOp::Min,
                                 operands[1], operands[2])
                     : b->select(operands[0], operands[1], operands[2]);
  }
  if (isa<arith::TruncFOp, arith::ExtFOp, arith::SIToFPOp, arith::FPToSIOp,
          arith::IndexCastOp, arith::TruncIOp, arith::ExtUIOp>(op) ||
      (isa<arith::ExtSIOp, arith::UIToFPOp>(op) &&
       isBool(operands[0].type) == isa<arith::UIToFPOp>(op)))
    return b->cast(operands[0], *type);
  Tensor result = evaluateFloat(op, operands);
  if (!result && !hasError)
    result = evaluateInteger(op, operands);
  if (!result && !hasError)
    (void)error("'" + op->getName().getStringRef() +
                "' has no form of the float level");
  return result;
}
