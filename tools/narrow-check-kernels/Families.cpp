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

Value narrow::drawTensor(CaseBuilder &c, unsigned mostBits, bool mayHaveAxis) {
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

LogicalResult narrow::finishCase(CaseBuilder &c, Step step) {
  if (failed(step))
    return failure();
  c.result(*step);
  return success();
}

LogicalResult narrow::drawOn(CaseBuilder &c, Step (*step)(CaseBuilder &, Value),
                             Value input) {
  if (failed(finishCase(c, step(c, input))))
    return failure();
  return c.draw.chance(30) ? finishCase(c, step(c, input)) : success();
}

unsigned narrow::drawWidth(CaseBuilder &c, unsigned percent) {
  return c.draw.chance(percent) ? 16 : 8;
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

static ArrayRef<CaseFamily> getChainFamilies() {
  static const CaseFamily families[] = {
      {"chain", "several layers one after another", drawChainCase},
      {"strips", "layers on images, a few rows at a time", drawStripCase,
       /*isInStrips=*/true},
  };
  return families;
}

ArrayRef<CaseFamily> narrow::getCaseFamilies() {
  static const SmallVector<CaseFamily> all = [] {
    SmallVector<CaseFamily> families;
    for (auto get : {getContractionFamilies, getElementwiseFamilies,
                     getCastFamilies, getPoolFamilies, getMovementFamilies,
                     getRecurrentFamilies, getChainFamilies})
      llvm::append_range(families, get());
    return families;
  }();
  return all;
}

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
