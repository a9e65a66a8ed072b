//===- WideRounding.cpp - rounding beyond 2^22 ----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WideRounding.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace narrow;
namespace arith = mlir::arith;

Value codegen::emitRoundToWideInteger(OpBuilder &builder, Location loc,
                                      Value real) {
  mlir::ImplicitLocOpBuilder b(loc, builder);
  auto type = cast<mlir::VectorType>(real.getType());
  auto constant = [&](float value) -> Value {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, b.getF32FloatAttr(value)));
  };
  auto isLess = [&](Value lhs, Value rhs) -> Value {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, lhs, rhs);
  };
  Value isNegative = isLess(real, constant(0));
  Value size = arith::SelectOp::create(b, isNegative,
                                       arith::NegFOp::create(b, real), real);
  // From 2^23 on floats are integers; below, the sum rounds to one.
  Value step = constant(0x1p23f), most = constant(0x1p41f);
  Value rounded =
      arith::SubFOp::create(b, arith::AddFOp::create(b, size, step), step);
  size = arith::SelectOp::create(b, isLess(size, step), rounded, size);
  size = arith::SelectOp::create(b, isLess(size, most), size, most);
  auto wide = mlir::VectorType::get(type.getShape(), b.getI64Type());
  Value result = arith::FPToSIOp::create(b, wide, size);
  Value zero =
      arith::ConstantOp::create(b, DenseElementsAttr::get(wide, int64_t(0)));
  return arith::SelectOp::create(
      b, isNegative, arith::SubIOp::create(b, zero, result), result);
}
