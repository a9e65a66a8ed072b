//===- CastCases.cpp - cases of casts -------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"

using namespace narrow;
using fxp::QuantView;

/// Stored integers as plain ones, and plain ones as stored (N53).
static void drawIntegers(CaseBuilder &c, Value stored) {
  OpBuilder &b = c.getBuilder();
  unsigned least = QuantView(stored.getType()).getContainerBits();
  auto drawType = [&] {
    unsigned bits = std::min<unsigned>(64, least << c.draw.between(0, 3));
    return RankedTensorType::get(shapeOf(stored), b.getIntegerType(bits));
  };
  c.result(fxp::ToIntegersOp::create(b, c.getLoc(), drawType(), stored));
  RankedTensorType type = drawType();
  Value plain = c.argument(type.getShape(), type.getElementType());
  c.result(fxp::FromIntegersOp::create(b, c.getLoc(), stored.getType(), plain));
}

static LogicalResult drawCastCase(CaseBuilder &c) {
  OpBuilder &b = c.getBuilder();
  Value stored = drawTensor(c, 32, true);
  Value real = fxp::DequantizeOp::create(
      b, c.getLoc(), RankedTensorType::get(shapeOf(stored), b.getF32Type()),
      stored);
  c.result(real);
  if (QuantView(stored.getType()).getBits() > 16)
    return success(); // Floats are not quantised to so many.
  Value given = c.argument(shapeOf(stored), b.getF32Type());
  c.result(fxp::QuantizeOp::create(b, c.getLoc(), stored.getType(), given));
  drawIntegers(c, stored);
  if (c.draw.chance(30)) {
    // The same shape and width, another scale and range.
    Storage storage = c.draw.storage(16);
    Type element = perTensor(c.getContext(), storage, c.draw.scale(1e-4, 10),
                             c.draw.atRim(storage.range));
    c.result(fxp::QuantizeOp::create(
        b, c.getLoc(), RankedTensorType::get(shapeOf(stored), element), given));
  }
  return success();
}

ArrayRef<CaseFamily> narrow::getCastFamilies() {
  static const CaseFamily families[] = {
      {"cast", "f32 and plain integers to fixed point and back", drawCastCase},
  };
  return families;
}
