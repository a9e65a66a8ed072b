//===- Families.cpp - the families of drawn cases -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using fxp::QuantView;

/// Returns an argument of any rank and type; scales per axis in some.
static Value drawTensor(CaseBuilder &c, unsigned mostBits, bool mayHaveAxis) {
  Draw &draw = c.draw;
  SmallVector<int64_t> shape;
  int64_t room = 4000;
  for (int64_t rank = draw.between(1, 4); rank > 0; --rank) {
    shape.push_back(draw.size(std::min<int64_t>(room, 150)));
    room = std::max<int64_t>(1, room / shape.back());
  }
  Storage storage = draw.storage(mostBits);
  if (!mayHaveAxis || draw.chance(70))
    return c.argument(shape,
                      perTensor(c.getContext(), storage, draw.scale(1e-3, 1),
                                draw.atRim(storage.range)));
  int64_t axis = draw.chance(60) ? int64_t(shape.size()) - 1
                                 : draw.between(0, shape.size() - 1);
  SmallVector<double> scales;
  SmallVector<int64_t> zeros;
  double scale = draw.scale(1e-3, 1);
  for (int64_t i = 0; i < shape[axis]; ++i) {
    scales.push_back(scale * draw.real(0.5, 2));
    zeros.push_back(draw.atRim(storage.range));
  }
  return c.argument(shape,
                    perAxis(c.getContext(), storage, scales, zeros, axis));
}

static LogicalResult finish(CaseBuilder &c, Step step) {
  if (failed(step))
    return failure();
  c.result(*step);
  return success();
}

/// Draws a step on `input`, in some cases a second one: the same shapes with
/// other parameters, which must not share a kernel by mistake.
static LogicalResult drawOn(CaseBuilder &c, Step (*step)(CaseBuilder &, Value),
                            Value input) {
  if (failed(finish(c, step(c, input))))
    return failure();
  return c.draw.chance(30) ? finish(c, step(c, input)) : success();
}

/// Returns a second side for `lhs`: an argument or a constant of another type,
/// with some axes of size 1.
static Value drawOtherSide(CaseBuilder &c, Value lhs) {
  Draw &draw = c.draw;
  SmallVector<int64_t> shape(shapeOf(lhs));
  if (draw.chance(45))
    for (int64_t &size : shape)
      size = draw.chance(50) ? 1 : size;
  Storage storage = draw.storage(16);
  Type element =
      perTensor(c.getContext(), storage,
                QuantView(lhs.getType()).getScale() * draw.scale(0.1, 10),
                draw.atRim(storage.range));
  return draw.chance(25)
             ? c.drawnConstant(RankedTensorType::get(shape, element))
             : c.argument(shape, element);
}

static LogicalResult drawBinaryCase(CaseBuilder &c,
                                    Step (*step)(CaseBuilder &, Value, Value)) {
  Value lhs = drawTensor(c, 16, false), rhs = drawOtherSide(c, lhs);
  return finish(c, c.draw.chance(50) ? step(c, lhs, rhs) : step(c, rhs, lhs));
}

static LogicalResult drawMatMulCase(CaseBuilder &c) {
  Draw &draw = c.draw;
  int64_t batch = draw.between(1, 3), rows = draw.size(20),
          depth = draw.size(70), columns = draw.size(40);
  auto element = [&] {
    Storage storage = draw.storage(draw.chance(20) ? 16 : 8);
    return perTensor(c.getContext(), storage, draw.scale(1e-3, 1),
                     draw.atRim(storage.range));
  };
  Value lhs = c.argument({batch, rows, depth}, element());
  auto type = RankedTensorType::get({batch, depth, columns}, element());
  Value rhs = draw.chance(15)
                  ? c.drawnConstant(type)
                  : c.argument(type.getShape(), type.getElementType());
  return finish(c, drawMatMul(c, lhs, rhs));
}

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

/// Whether a value has more bits than most operations read.
static bool isLong(Value value) {
  return QuantView(value.getType()).getBits() > 16;
}

/// Draws one layer on `at`.
static Step drawChainStep(CaseBuilder &c, Value at, bool image,
                          ArrayRef<Value> values) {
  Step (*onImages[])(CaseBuilder &, Value) = {
      drawConv,      drawConv,     drawConv,    drawDepthwise,
      drawDepthwise, drawMaxPool,  drawAvgPool, drawRequantize,
      drawLookup,    drawMovement, drawResize};
  Step (*onOthers[])(CaseBuilder &, Value) = {drawLinear, drawRequantize,
                                              drawLookup, drawMovement};
  if (c.draw.chance(75))
    return image ? onImages[c.draw.between(0, std::size(onImages) - 1)](c, at)
                 : onOthers[c.draw.between(0, std::size(onOthers) - 1)](c, at);
  // A residual.
  for (Value other : llvm::reverse(values))
    if (other != at && !isLong(other) && shapeOf(other) == shapeOf(at))
      return drawBinary(c, at, other);
  return failure();
}

/// A few layers one after another: halos, buffers that share memory, values
/// with several readers, chains that kernels may take over as one.
static LogicalResult drawChainCase(CaseBuilder &c) {
  Draw &draw = c.draw;
  SmallVector<Value> values = {drawImage(c, 40)};
  int64_t steps = draw.between(2, 6);
  for (int64_t attempt = 0; attempt < 40 && steps > 0; ++attempt) {
    // The newest value most of the time.
    Value at = draw.chance(75) ? values.back()
                               : values[draw.between(0, values.size() - 1)];
    if (cast<RankedTensorType>(at.getType()).getNumElements() > 4000)
      return failure();
    if (isLong(at))
      continue;
    bool image = shapeOf(at).size() == 4;
    Step step = drawChainStep(c, at, image, values);
    if (failed(step))
      continue;
    values.push_back(*step);
    --steps;
  }
  if (steps > 0)
    return failure();
  for (Value value : values)
    if (value.use_empty() || (value.getDefiningOp() && draw.chance(10)))
      c.result(value);
  return success();
}

/// Layers on images that can run a few rows at a time, one after another; sums
/// with earlier ones and several readers now and then.
static LogicalResult drawStripCase(CaseBuilder &c) {
  Draw &draw = c.draw;
  Step (*steps[])(CaseBuilder &, Value) = {
      drawConv,    drawConv,    drawDepthwise,  drawDepthwise,
      drawMaxPool, drawAvgPool, drawRequantize, drawLookup};
  SmallVector<Value> values = {drawImage(c, 24)};
  int64_t layers = draw.between(2, 5);
  for (int64_t attempt = 0; attempt < 40 && layers > 0; ++attempt) {
    Value at = values.back();
    if (cast<RankedTensorType>(at.getType()).getNumElements() > 6000)
      return failure();
    Step step = failure();
    if (draw.chance(80)) {
      step = steps[draw.between(0, std::size(steps) - 1)](c, at);
    } else {
      for (Value other : values)
        if (other != at && shapeOf(other) == shapeOf(at) && failed(step))
          step = drawBinary(c, at, other);
    }
    if (failed(step) || isLong(*step))
      continue;
    values.push_back(*step);
    --layers;
  }
  if (layers > 0 || shapeOf(values.back())[1] < 2)
    return failure();
  c.result(values.back());
  if (draw.chance(10))
    c.result(values[draw.between(0, values.size() - 2)]);
  return success();
}

/// Storage of up to 16 bits in `percent` of the cases, else up to 8.
static unsigned drawWidth(CaseBuilder &c, unsigned percent) {
  return c.draw.chance(percent) ? 16 : 8;
}

static const CaseFamily families[] = {
    {"conv", "convolutions: strides, dilations, groups, padding",
     [](CaseBuilder &c) {
       return drawOn(c, drawConv, drawImage(c, 130, drawWidth(c, 15)));
     }},
    {"depthwise", "depthwise convolutions with channel multipliers",
     [](CaseBuilder &c) {
       return drawOn(c, drawDepthwise, drawImage(c, 130, drawWidth(c, 10)));
     }},
    {"transposed", "transposed convolutions",
     [](CaseBuilder &c) {
       Value image = drawImage(c, 60, drawWidth(c, 10));
       return finish(c, drawTransposedConv(c, image));
     }},
    {"linear", "fully connected layers of one and of many rows",
     [](CaseBuilder &c) {
       return drawOn(c, drawLinear, drawTensor(c, drawWidth(c, 15), false));
     }},
    {"matmul", "products of two activations", drawMatMulCase},
    {"binary", "add, sub, min and max with broadcast sides",
     [](CaseBuilder &c) { return drawBinaryCase(c, drawBinary); }},
    {"mul", "products, element by element",
     [](CaseBuilder &c) { return drawBinaryCase(c, drawMul); }},
    {"requantize", "changes of scale, zero point and width",
     [](CaseBuilder &c) {
       return drawOn(c, drawRequantize, drawTensor(c, 16, true));
     }},
    {"cast", "f32 and plain integers to fixed point and back", drawCastCase},
    {"max_pool", "max pools",
     [](CaseBuilder &c) {
       return drawOn(c, drawMaxPool, drawImage(c, 130, 16));
     }},
    {"avg_pool", "average and global pools",
     [](CaseBuilder &c) {
       return drawOn(c, drawAvgPool, drawImage(c, 130, 16));
     }},
    {"reduce", "sums, means and maxima along an axis",
     [](CaseBuilder &c) {
       return drawOn(c, drawReduction, drawTensor(c, 16, true));
     }},
    {"lookup", "tables of unary functions",
     [](CaseBuilder &c) {
       return drawOn(c, drawLookup, drawTensor(c, drawWidth(c, 25), true));
     }},
    {"softmax", "softmax and log-softmax along rows",
     [](CaseBuilder &c) {
       return drawOn(c, drawSoftmax, drawTensor(c, 32, false));
     }},
    {"normalize", "rows brought to mean 0 and variance 1",
     [](CaseBuilder &c) {
       return drawOn(c, drawNormalize, drawTensor(c, 16, false));
     }},
    {"movement",
     "reshape, transpose, slice, pad, concat, gather, space to depth",
     [](CaseBuilder &c) {
       return drawOn(c, drawMovement,
                     c.draw.chance(50) ? drawTensor(c, 16, true)
                                       : drawImage(c, 40, 16));
     }},
    {"resize", "nearest and linear interpolation",
     [](CaseBuilder &c) {
       return drawOn(c, drawResize, drawImage(c, 70, 16));
     }},
    {"chain", "several layers one after another", drawChainCase},
    {"strips", "layers on images, a few rows at a time", drawStripCase,
     /*isInStrips=*/true},
};

ArrayRef<CaseFamily> narrow::getCaseFamilies() { return families; }

OwningOpRef<ModuleOp> narrow::drawCase(MLIRContext *context,
                                       const CaseFamily &family, uint64_t seed,
                                       uint64_t index) {
  std::string name = (family.name + "_" + Twine(index)).str();
  uint64_t number = llvm::xxh3_64bits(family.name);
  for (uint64_t attempt = 0;; ++attempt) {
    CaseBuilder builder(context, name, {seed, number, index, attempt});
    bool expressed = succeeded(family.draw(builder));
    OwningOpRef<ModuleOp> module = builder.finish();
    if (!expressed)
      continue;
    if (failed(mlir::verify(*module))) {
      module->dump();
      llvm::report_fatal_error("a drawn case is not valid IR");
    }
    return module;
  }
}
