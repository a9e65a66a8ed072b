//===- Recurrent.cpp - rules of recurrent layers (N80 to N83) -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Recurrent.h"
#include "VerifierSupport.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/Support/InterleavedRange.h"

using namespace narrow;
using namespace narrow::fxp;

/// Reads what all layers have.
template <typename OpT>
static RecurrentView view(OpT op, RecurrentView::Kind kind) {
  RecurrentView v;
  v.kind = kind;
  v.gates = OpT::kGates;
  v.steps = op.getSteps();
  v.batch = op.getBatch();
  v.hidden = op.getHidden();
  v.input = op.getInput();
  v.lengths = op.getLengths();
  v.outputs = op.getOutputs();
  v.last = op.getLast();
  v.weights = op.getWeights();
  v.bias = op.getBias();
  v.multipliers = op.getMultipliers();
  v.tables.push_back(op.getGateTable());
  v.requant = op.getStateRequant();
  v.inputMultiplier = op.getInputMultiplier();
  v.shift = op.getShift();
  v.reverse = op.getReverse();
  return v;
}

std::optional<RecurrentView> RecurrentView::get(Operation *op) {
  if (auto lstm = dyn_cast<LstmOp>(op)) {
    RecurrentView v = view(lstm, Kind::Lstm);
    v.initial = lstm.getInitial();
    v.wideInitial = lstm.getInitialCell();
    v.wideLast = lstm.getLastCell();
    v.peepholes = lstm.getPeepholes().value_or(ElementsAttr());
    v.tables.append({lstm.getCandidateTable(), lstm.getStateTable()});
    v.gateBits = lstm.getGateBits();
    v.productShift = lstm.getProductShift();
    v.inputForget = lstm.getInputForget();
    return v;
  }
  if (auto gru = dyn_cast<GruOp>(op)) {
    RecurrentView v = view(gru, Kind::Gru);
    v.wideInitial = gru.getInitial();
    v.wideLast = gru.getLastState();
    v.tables.push_back(gru.getCandidateTable());
    v.gateBits = gru.getGateBits();
    v.resetAfter = gru.getResetAfter();
    return v;
  }
  if (auto rnn = dyn_cast<RnnOp>(op)) {
    RecurrentView v = view(rnn, Kind::Rnn);
    v.initial = rnn.getInitial();
    return v;
  }
  return std::nullopt;
}

static ShapedType shaped(Value value) {
  return cast<ShapedType>(value.getType());
}

static LogicalResult verifyShapes(Operation *op, const RecurrentView &v) {
  SmallVector<int64_t> sequence = {v.steps, v.batch, v.hidden},
                       state = {v.batch, v.hidden},
                       input = {v.steps, v.batch, v.gates * v.hidden},
                       lengths = {v.batch};
  std::tuple<StringRef, Value, ArrayRef<int64_t>> all[] = {
      {"an input", v.input, input},
      {"an initial state", v.initial, state},
      {"an initial wide state", v.wideInitial, state},
      {"lengths", v.lengths, lengths},
      {"outputs", v.outputs, sequence},
      {"a last state", v.last, state},
      {"a last wide state", v.wideLast, state}};
  if (shaped(v.input).getRank() != 3 || v.steps < 1 || v.batch < 1 ||
      v.hidden < 1)
    return op->emitOpError("expected an input of rank 3 with elements (N80), "
                           "found ")
           << v.input.getType();
  for (auto [what, value, shape] : all)
    if (value && shaped(value).getShape() != shape)
      return op->emitOpError("expected ")
             << what << " of shape [" << llvm::interleaved(shape)
             << "] (N80), found " << value.getType();
  if (v.lengths && !shaped(v.lengths).getElementType().isInteger(32))
    return op->emitOpError("expected lengths of i32 (N80), found ")
           << v.lengths.getType();
  int64_t width = v.gates * v.hidden;
  std::tuple<StringRef, ElementsAttr, unsigned, SmallVector<int64_t>>
      constants[] = {{"weights", v.weights, 8, {width, v.hidden}},
                     {"bias", v.bias, 32, {width}},
                     {"multipliers", v.multipliers, 32, {width}},
                     {"peepholes", v.peepholes, 32, {3 * v.hidden}}};
  for (const auto &[what, constant, bits, shape] : constants) {
    if (!constant)
      continue;
    auto type = cast<ShapedType>(constant.getType());
    if (type.getShape() != ArrayRef(shape) ||
        !type.getElementType().isSignlessInteger(bits) ||
        !hasReadableData(constant))
      return op->emitOpError("expected ")
             << what << " of i" << bits << " and shape ["
             << llvm::interleaved(shape) << "] (N80), found " << type;
  }
  return success();
}

static LogicalResult verifyTypes(Operation *op, const RecurrentView &v) {
  for (Value value :
       {v.input, v.initial, v.wideInitial, v.outputs, v.last, v.wideLast})
    if (value &&
        failed(verifyQuantised(op, value, "every value", ScaleAxis::None)))
      return failure();
  Type element = shaped(v.outputs).getElementType();
  for (Value value : {v.initial, v.last})
    if (value && shaped(value).getElementType() != element)
      return op->emitOpError("expected states of the outputs' type (N80), "
                             "found ")
             << shaped(value).getElementType();
  QuantView state(element);
  if (state.getBits() > 8 && !state.isSigned())
    return op->emitOpError("expected states of more than 8 bits to be signed "
                           "(N80), found ")
           << element;
  if (!v.wideInitial)
    return success();
  QuantView wide(v.wideLast.getType());
  if (wide.getElementType() != shaped(v.wideInitial).getElementType() ||
      wide.getZeroPoint() != 0 ||
      !(wide.getStorageRange() == IntegerRange{INT16_MIN, INT16_MAX}))
    return op->emitOpError("expected wide states of one type, i16 with a zero "
                           "point of 0 (N80), found ")
           << shaped(v.wideInitial).getElementType() << " and "
           << wide.getElementType();
  return success();
}

static LogicalResult verifyTable(Operation *op, ElementsAttr table,
                                 int64_t least) {
  auto type = cast<ShapedType>(table.getType());
  int64_t segments = type.getNumElements() - 1;
  if (type.getRank() != 1 || !type.getElementType().isSignlessInteger(16) ||
      !hasReadableData(table) || segments < 4 || segments > (1 << 12) ||
      !llvm::isPowerOf2_64(segments))
    return op->emitOpError("expected tables of 2^B + 1 i16 with B in 2..12 "
                           "(N80), found ")
           << type;
  for (int64_t value : getIntegers(table))
    if (value < least)
      return op->emitOpError("expected entries of at least ")
             << least << " (N80), found " << value;
  return success();
}

static LogicalResult verifyParameters(Operation *op, const RecurrentView &v) {
  auto inside = [](int32_t value, int32_t lo, int32_t hi) {
    return lo <= value && value <= hi;
  };
  if (!inside(v.shift, 1, 62) || v.inputMultiplier < 0)
    return op->emitOpError("expected a shift in 1..62 and an input_multiplier "
                           "of at least 0 (N80), found ")
           << v.shift << " and " << v.inputMultiplier;
  if (v.kind != RecurrentView::Kind::Rnn && !inside(v.gateBits, 1, 15))
    return op->emitOpError("expected gate_bits in 1..15 (N81, N82), found ")
           << v.gateBits;
  if (v.kind == RecurrentView::Kind::Lstm && !inside(v.productShift, 1, 30))
    return op->emitOpError("expected a product_shift in 1..30 (N81), found ")
           << v.productShift;
  for (ElementsAttr table : v.tables)
    if (failed(verifyTable(
            op, table,
            v.inputForget && table == v.tables.front() ? 0 : -INT16_MAX)))
      return failure();

  RecurrentParameters p;
  p.inputMultiplier = v.inputMultiplier;
  p.shift = v.shift;
  for (int64_t value : getIntegers(v.multipliers)) {
    if (value < 0)
      return op->emitOpError("expected multipliers of at least 0 (N80), "
                             "found ")
             << value;
    p.multipliers.push_back(static_cast<int32_t>(value));
  }
  if (v.peepholes)
    for (int64_t value : getIntegers(v.peepholes))
      p.peepholes.push_back(static_cast<int32_t>(value));
  RecurrentRatios ratios;
  ratios.inputRange = QuantView(v.input.getType()).getCenteredRange();
  ratios.accumulators =
      getStateBounds(QuantView(v.outputs.getType()), getIntegers(v.weights),
                     getIntegers(v.bias));
  ratios.resetBits = v.resetAfter ? v.gateBits : 0;
  for (const IntegerRange &range : ratios.accumulators)
    if (!kInt32Range.contains(range))
      return op->emitOpError("expected accumulators that fit i32 (N34), found ")
             << range.lo << ".." << range.hi;
  if (!hasExactSums(p, ratios))
    return op->emitOpError("expected sums below 2^62, and a shift of at least "
                           "gate_bits with reset_after (N80, N82)");
  // The largest product of two entries; the other layers requantise a state.
  int64_t most = v.kind == RecurrentView::Kind::Lstm ? 1 << 30 : 1 << 15;
  RequantCheck check;
  check.accumulator = IntegerRange{-most, most};
  return verifyRequant(op, v.requant, v.outputs, check);
}

static LogicalResult verifyRecurrent(Operation *op) {
  RecurrentView v = *RecurrentView::get(op);
  if (failed(verifyShapes(op, v)) || failed(verifyTypes(op, v)))
    return failure();
  return verifyParameters(op, v);
}

LogicalResult LstmOp::verify() { return verifyRecurrent(*this); }
LogicalResult GruOp::verify() { return verifyRecurrent(*this); }
LogicalResult RnnOp::verify() { return verifyRecurrent(*this); }

static int64_t countMacs(int64_t steps, int64_t batch, int64_t gates,
                         int64_t hidden) {
  return steps * batch * gates * hidden * hidden;
}

int64_t LstmOp::getMacs() {
  return countMacs(getSteps(), getBatch(), kGates, getHidden());
}
int64_t GruOp::getMacs() {
  return countMacs(getSteps(), getBatch(), kGates, getHidden());
}
int64_t RnnOp::getMacs() {
  return countMacs(getSteps(), getBatch(), kGates, getHidden());
}
