//===- RecurrentCases.cpp - drawn recurrent layers ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Fxp/IR/Recurrent.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using fxp::IntegerRange;

namespace {
/// A layer whose parts are drawn one after the other.
struct Layer {
  CaseBuilder &c;
  int64_t gates, steps, batch, hidden;
  Type input, state, wide;
  SmallVector<int64_t> weights, bias;
  fxp::RecurrentParameters parameters;

  RankedTensorType sequence(int64_t width, Type element) const {
    return RankedTensorType::get({steps, batch, width}, element);
  }
  RankedTensorType row(Type element) const {
    return RankedTensorType::get({batch, hidden}, element);
  }
  ElementsAttr integers(ArrayRef<int64_t> shape, unsigned bits,
                        ArrayRef<int64_t> values) const {
    return makeConstant(
        RankedTensorType::get(shape, c.getBuilder().getIntegerType(bits)),
        values);
  }
  Value drawState(Type element) {
    return c.draw.chance(30) ? c.drawnConstant(row(element))
                             : c.argument({batch, hidden}, element);
  }
  Value drawLengths() {
    if (!c.draw.chance(30))
      return {};
    SmallVector<int64_t> lengths;
    for (int64_t i = 0; i < batch; ++i)
      lengths.push_back(c.draw.between(0, steps));
    return c.constant(
        RankedTensorType::get({batch}, c.getBuilder().getI32Type()), lengths);
  }
  /// Any entries, or those of a line through zero, of at least `least`.
  ElementsAttr drawTable(int64_t least) {
    int64_t segments = int64_t(1) << c.draw.between(2, 9);
    bool isLine = c.draw.chance(60);
    SmallVector<int64_t> entries;
    for (int64_t i = 0; i <= segments; ++i)
      entries.push_back(
          std::clamp<int64_t>(isLine ? (2 * i - segments) * 32767 / segments
                                     : c.draw.atRim({-32767, 32767}),
                              least, 32767));
    return integers({segments + 1}, 16, entries);
  }
  /// A requantisation of accumulators of up to `most`.
  FailureOr<fxp::RequantAttr> drawRequant(int64_t most) {
    IntegerRange stored = fxp::QuantView(state).getStorageRange();
    double ratio =
        double(stored.hi - stored.lo) / double(most) * c.draw.scale(0.2, 2);
    IntegerRange accumulator{-most, most};
    fxp::RequantOptions options;
    options.accumulators = accumulator;
    options.offsetTolerance = fxp::kExactOffset;
    return fxp::chooseRequantOrExact(c.getContext(), c.draw.mode(), ratio,
                                     state, options);
  }
};
} // namespace

/// Draws what all layers have; `peepholes` and the bits of a gate that
/// multiplies a product are given.
static FailureOr<Layer> drawLayer(CaseBuilder &c, int64_t gates,
                                  bool hasPeepholes, int32_t resetBits) {
  Draw &draw = c.draw;
  Layer layer{c,
              gates,
              draw.between(1, 5),
              draw.between(1, 3),
              draw.size(40),
              {},
              {},
              {},
              {},
              {},
              {}};
  Storage in = draw.storage(16), state = draw.storage(draw.chance(30) ? 16 : 8);
  if (state.bits > 8 && !state.isSigned)
    return failure();
  layer.input = perTensor(c.getContext(), in, 0.01, draw.atRim(in.range));
  layer.state = perTensor(c.getContext(), state, 0.01, draw.atRim(state.range));
  layer.wide =
      perTensor(c.getContext(), {16, true, {INT16_MIN, INT16_MAX}}, 0x1p-12, 0);
  int64_t width = gates * layer.hidden;
  layer.weights = drawWeights(draw, {-128, 127}, 0, width, layer.hidden);
  for (int64_t i = 0; i < width; ++i)
    layer.bias.push_back(draw.atRim({-100000, 100000}));

  fxp::RecurrentRatios ratios;
  ratios.inputRange = fxp::QuantView(layer.input).getCenteredRange();
  ratios.input =
      draw.scale(0x1p10, 0x1p17) / double(ratios.inputRange.maxAbs() + 1);
  ratios.accumulators = fxp::getStateBounds(fxp::QuantView(layer.state),
                                            layer.weights, layer.bias);
  for (const IntegerRange &range : ratios.accumulators) {
    if (!fxp::kInt32Range.contains(range))
      return failure();
    ratios.state.push_back(draw.chance(5) ? 0
                                          : draw.scale(0x1p10, 0x1p17) /
                                                double(range.maxAbs() + 1));
  }
  for (int64_t i = 0; hasPeepholes && i < 3 * layer.hidden; ++i)
    ratios.peepholes.push_back(draw.real(-2, 2));
  ratios.resetBits = resetBits;
  auto parameters = fxp::chooseRecurrent(ratios);
  if (failed(parameters))
    return failure();
  layer.parameters = *parameters;
  return layer;
}

static SmallVector<int64_t> widen(ArrayRef<int32_t> values) {
  return SmallVector<int64_t>(values.begin(), values.end());
}

/// Draws a whole case: an LSTM, a GRU or an RNN.
static LogicalResult drawRecurrent(CaseBuilder &c) {
  Draw &draw = c.draw;
  int64_t gates = draw.pick({1, 3, 4});
  bool hasPeepholes = gates == 4 && draw.chance(30),
       resetAfter = gates == 3 && draw.chance(50),
       inputForget = gates == 4 && draw.chance(25);
  int32_t gateBits = draw.chance(70) ? 15 : draw.between(1, 15);
  auto drawn = drawLayer(c, gates, hasPeepholes, resetAfter ? gateBits : 0);
  if (failed(drawn))
    return failure();
  Layer &layer = *drawn;
  const fxp::RecurrentParameters &p = layer.parameters;
  OpBuilder &b = c.getBuilder();
  int64_t width = gates * layer.hidden;
  auto requant = layer.drawRequant(int64_t(1) << (gates == 4 ? 30 : 15));
  if (failed(requant))
    return failure();
  Value input = c.argument({layer.steps, layer.batch, width}, layer.input);
  Value initial = layer.drawState(gates == 3 ? layer.wide : layer.state);
  ElementsAttr weights =
      layer.integers({width, layer.hidden}, 8, layer.weights);
  ElementsAttr bias = layer.integers({width}, 32, layer.bias);
  ElementsAttr multipliers = layer.integers({width}, 32, widen(p.multipliers));
  ElementsAttr gate = layer.drawTable(inputForget ? 0 : -32767);
  Type outputs = layer.sequence(layer.hidden, layer.state),
       state = layer.row(layer.state), wide = layer.row(layer.wide);
  bool reverse = draw.chance(40);
  Operation *op;
  if (gates == 1) {
    op = fxp::RnnOp::create(b, c.getLoc(), mlir::TypeRange{outputs, state},
                            input, initial, layer.drawLengths(), *requant,
                            weights, bias, multipliers, p.inputMultiplier,
                            p.shift, gate, reverse);
  } else if (gates == 3) {
    op = fxp::GruOp::create(
        b, c.getLoc(), mlir::TypeRange{outputs, state, wide}, input, initial,
        layer.drawLengths(), *requant, weights, bias, multipliers,
        p.inputMultiplier, p.shift, gateBits, gate, layer.drawTable(-32767),
        reverse, resetAfter);
  } else {
    Value cell = layer.drawState(layer.wide);
    ElementsAttr peepholes;
    if (hasPeepholes)
      peepholes = layer.integers({3 * layer.hidden}, 32, widen(p.peepholes));
    op = fxp::LstmOp::create(
        b, c.getLoc(), mlir::TypeRange{outputs, state, wide}, input, initial,
        cell, layer.drawLengths(), *requant, weights, bias, multipliers,
        peepholes, p.inputMultiplier, p.shift, gateBits,
        static_cast<int32_t>(draw.between(12, 22)), gate,
        layer.drawTable(-32767), layer.drawTable(-32767), reverse, inputForget);
  }
  for (Value result : op->getResults())
    if (result == op->getResult(0) || draw.chance(70))
      c.result(result);
  return success();
}

ArrayRef<CaseFamily> narrow::getRecurrentFamilies() {
  static const CaseFamily families[] = {
      {"recurrent", "LSTM, GRU and RNN", drawRecurrent},
  };
  return families;
}
