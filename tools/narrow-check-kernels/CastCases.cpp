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

/// N12, with one number each or one per channel of any axis; some means are far
/// from what the samples hold.
static void drawNormalisation(CaseBuilder &c, Type type, Value given) {
  OpBuilder &b = c.getBuilder();
  ArrayRef<int64_t> shape = shapeOf(given);
  mlir::IntegerAttr axis;
  int64_t channels = 1;
  if (!shape.empty() && c.draw.chance(70)) {
    int64_t at = c.draw.between(0, shape.size() - 1);
    axis = b.getI64IntegerAttr(at);
    channels = shape[at];
  }
  SmallVector<float> mean, factor;
  for (int64_t i = 0; i < channels; ++i) {
    mean.push_back(static_cast<float>(c.draw.real(-10, 10) *
                                      (c.draw.chance(10) ? 1e6 : 1)));
    factor.push_back(static_cast<float>((c.draw.chance(20) ? -1 : 1) *
                                        c.draw.scale(1e-2, 100)));
  }
  c.result(fxp::QuantizeOp::create(b, c.getLoc(), type, given,
                                   b.getDenseF32ArrayAttr(mean),
                                   b.getDenseF32ArrayAttr(factor), axis));
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
  if (!QuantView(stored.getType()).isPerAxis())
    drawNormalisation(c, stored.getType(), given);
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
