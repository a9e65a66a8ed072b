//===- StoredFloats.cpp - floats of 16 bits made wider --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Conversion/NnToLinalg/StoredFloats.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace narrow;
namespace arith = mlir::arith;

/// Returns `element` or a vector of it, as `like` is one.
static Type shapeAs(Type like, Type element) {
  auto vector = dyn_cast<mlir::VectorType>(like);
  return vector ? Type(vector.clone(element)) : element;
}

static Value makeSplat(mlir::ImplicitLocOpBuilder &b, Type type,
                       mlir::TypedAttr value) {
  if (auto vector = dyn_cast<mlir::VectorType>(type))
    value = DenseElementsAttr::get(vector, Attribute(value));
  return arith::ConstantOp::create(b, value);
}

Value narrow::widenStoredFloat(mlir::ImplicitLocOpBuilder &b, Value bits,
                               bool isHalf) {
  Type integers = shapeAs(bits.getType(), b.getI32Type()),
       floats = shapeAs(bits.getType(), b.getF32Type());
  auto number = [&](int32_t value) {
    return makeSplat(b, integers, b.getI32IntegerAttr(value));
  };
  Value wide = arith::ExtUIOp::create(b, integers, bits);
  if (!isHalf)
    return arith::BitcastOp::create(b, floats,
                                    arith::ShLIOp::create(b, wide, number(16)));
  // Exponent and fraction in the places that f32 has them in; exponents are
  // biased by 112 less. The product is exact: of subnormal numbers too.
  Value sign = arith::ShLIOp::create(
      b, arith::AndIOp::create(b, wide, number(0x8000)), number(16));
  Value rest = arith::ShLIOp::create(
      b, arith::AndIOp::create(b, wide, number(0x7fff)), number(13));
  Value small =
      arith::BitcastOp::create(b, floats, arith::OrIOp::create(b, sign, rest));
  return arith::MulFOp::create(
      b, small, makeSplat(b, floats, b.getF32FloatAttr(0x1p112f)));
}

std::optional<WidenedFloat> narrow::matchWidenedFloat(Value value) {
  WidenedFloat found;
  if (auto product = value.getDefiningOp<arith::MulFOp>()) {
    found.isHalf = true;
    value = product.getLhs();
  }
  auto cast = value.getDefiningOp<arith::BitcastOp>();
  // Each step's first operand leads to the bits.
  for (Operation *op = cast; op && op->getNumOperands() != 0;
       op = value.getDefiningOp()) {
    value = op->getOperand(0);
    if (!isa<arith::ExtUIOp>(op))
      continue;
    found.bits = value;
    return found;
  }
  return std::nullopt;
}
