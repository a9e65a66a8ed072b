//===- QuantizeRecurrent.cpp - LSTM, GRU and RNN --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"
#include "narrow/Dialect/Fxp/IR/Recurrent.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>
#include <limits>

using namespace narrow;
using namespace narrow::quantize;

/// From here on sigmoid and tanh hardly change, so that what they read needs no
/// more range, whatever calibration saw.
static constexpr double kSaturation = 16;

static constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// Fraction bits with which i16 holds values of up to `most`.
static int32_t getFractionBits(double most) {
  return std::min(15,
                  static_cast<int32_t>(std::floor(std::log2(32768 / most))));
}

static double getLargest(UniformQuantizedType type) {
  return type.getScale() *
         double(std::max(type.getStorageTypeMax() - type.getZeroPoint(),
                         type.getZeroPoint() - type.getStorageTypeMin()));
}

/// Returns the largest magnitude that a state may start with: of a constant, or
/// of what is planned; 0 where nothing is known.
static double getLargestStart(Value value, UniformQuantizedType planned) {
  double most = 0;
  if (ElementsAttr constant = getConstant(value)) {
    for (float v : getFloats(constant))
      most = std::max(most, std::abs(static_cast<double>(v)));
    return most;
  }
  return planned ? getLargest(planned) : 0;
}

namespace {
/// A layer while it is converted: its state's weights, its functions' tables.
struct Layer {
  SmallVector<int8_t> weights;
  SmallVector<int32_t> bias;
  fxp::RecurrentRatios ratios;
  /// Fraction bits of what activations of gates read.
  int32_t inputBits = 0;
};

/// A table and the fraction bits of its entries.
struct GateTable {
  int32_t bits = 0;
  ElementsAttr entries;
};
} // namespace

/// Makes the table of an activation behind the clamp to `bound`; with
/// `outputBits`, of results with so many bits of fraction, else as many as fit.
static std::optional<GateTable>
makeTable(OpBuilder &builder, nn::GateFunction function, double bound,
          int32_t inputBits, std::optional<int32_t> outputBits = {}) {
  auto real = [&](double x) {
    return nn::evaluate(function, std::clamp(x, -bound, bound));
  };
  std::optional<int32_t> most = fxp::chooseTableBits(real, inputBits);
  if (!most)
    return std::nullopt;
  GateTable table;
  table.bits = outputBits ? *outputBits : *most;
  SmallVector<int16_t> entries =
      fxp::buildSegmentTable(real, inputBits, table.bits);
  auto type = RankedTensorType::get({int64_t(entries.size())},
                                    builder.getIntegerType(16));
  table.entries = makeConstant(type, ArrayRef<int16_t>(entries));
  return table;
}

/// Returns the fraction bits with which the inputs of `functions` are held;
/// nothing where their range is needed and not known.
static std::optional<int32_t>
chooseInputBits(ArrayRef<nn::GateFunction> functions, double bound,
                UniformQuantizedType planned) {
  double most = 0;
  for (const nn::GateFunction &function : functions) {
    bool saturates = function.kind == nn::GateKind::Sigmoid ||
                     function.kind == nn::GateKind::Tanh;
    if (!saturates && !planned && std::isinf(bound))
      return std::nullopt;
    double range = saturates ? kSaturation
                   : planned ? getLargest(planned)
                             : bound;
    most = std::max(most, std::min(range, bound));
  }
  return getFractionBits(most);
}

/// Quantises the weights of the state's product and `lastBias`, of the last
/// gate, for states of `state`.
template <typename OpT>
static bool readLayer(OpT op, UniformQuantizedType state,
                      const WeightScheme &scheme, Value lastBias, Layer &layer,
                      std::string &reason) {
  ElementsAttr data = getConstant(op.getWeights());
  ElementsAttr biasData = lastBias ? getConstant(lastBias) : ElementsAttr();
  if (!data || (lastBias && !biasData)) {
    reason = "its weights or biases are not constant";
    return false;
  }
  int64_t hidden = op.getHidden(), width = OpT::kGates * hidden;
  SmallVector<float> columns = getFloats(data), rows(columns.size()),
                     bias(width, 0.0f);
  for (int64_t k = 0; k < hidden; ++k)
    for (int64_t row = 0; row < width; ++row)
      rows[row * hidden + k] = columns[k * width + row];
  if (biasData)
    llvm::copy(getFloats(biasData), bias.end() - hidden);
  if (llvm::any_of(rows, [](float v) { return !std::isfinite(v); }) ||
      llvm::any_of(bias, [](float v) { return !std::isfinite(v); })) {
    reason = "a weight or a bias is not finite";
    return false;
  }
  WeightScales chosen = chooseWeightScales(
      rows, bias, scheme, {state.getScale(), /*outputScale=*/0});
  auto [lowest, highest] = getWeightStorageRange(scheme);
  SmallVector<int64_t> stored, storedBias;
  for (int64_t row = 0; row < width; ++row) {
    double scale = chosen.scales[row], unit = state.getScale() * scale;
    for (float v : ArrayRef(rows).slice(row * hidden, hidden))
      stored.push_back(
          std::clamp<int64_t>(std::llrint(v / scale), lowest, highest));
    storedBias.push_back(std::llrint(bias[row] / unit));
    layer.ratios.state.push_back(std::ldexp(unit, layer.inputBits));
  }
  layer.ratios.accumulators =
      fxp::getStateBounds(fxp::QuantView(state), stored, storedBias);
  for (const fxp::IntegerRange &range : layer.ratios.accumulators)
    if (!fxp::kInt32Range.contains(range)) {
      reason =
          ("the accumulator of its state's product " + kOverflowReason).str();
      return false;
    }
  layer.weights.assign(stored.begin(), stored.end());
  layer.bias.assign(storedBias.begin(), storedBias.end());
  return true;
}

namespace {
/// The operands and attributes that all layers have, in fixed point.
struct Common {
  Layer layer;
  Value input;
  UniformQuantizedType state;
  fxp::RecurrentParameters parameters;
  ElementsAttr weights, bias, multipliers;
};
} // namespace

/// Fills `common`; `peepholes` are real, for a cell of `cellBits`; `resetBits`
/// those of a reset gate that multiplies a product. Returns why it cannot be.
template <typename OpT>
static Refusal fill(OpBuilder &builder, OpT op, Value lastBias,
                    const WeightScheme &scheme, ArrayRef<float> peepholes,
                    int32_t cellBits, int32_t resetBits, Common &common) {
  Layer &layer = common.layer;
  std::string reason;
  if (!readLayer(op, common.state, scheme, lastBias, layer, reason))
    return reason;
  fxp::QuantView input(common.input.getType());
  layer.ratios.input = std::ldexp(input.getScale(), layer.inputBits);
  layer.ratios.inputRange = input.getCenteredRange();
  layer.ratios.resetBits = resetBits;
  for (float p : peepholes)
    layer.ratios.peepholes.push_back(
        std::ldexp(static_cast<double>(p), layer.inputBits - cellBits));
  auto parameters = fxp::chooseRecurrent(layer.ratios, &reason);
  if (failed(parameters))
    return reason;
  common.parameters = *parameters;
  int64_t width = layer.bias.size(), hidden = op.getHidden();
  auto type = [&](ArrayRef<int64_t> shape, unsigned bits) {
    return RankedTensorType::get(shape, builder.getIntegerType(bits));
  };
  common.weights =
      makeConstant(type({width, hidden}, 8), ArrayRef<int8_t>(layer.weights));
  common.bias = makeConstant(type({width}, 32), ArrayRef<int32_t>(layer.bias));
  common.multipliers = makeConstant(
      type({width}, 32), ArrayRef<int32_t>(common.parameters.multipliers));
  return kConverted;
}

/// i16 with `bits` bits of fraction.
static UniformQuantizedType getWideState(MLIRContext *context, int32_t bits) {
  return UniformQuantizedType::get(
      mlir::quant::QuantizationFlags::Signed, IntegerType::get(context, 16),
      mlir::Float32Type::get(context), std::ldexp(1.0, -bits), 0, INT16_MIN,
      INT16_MAX);
}

Value Quantizer::getState(Value value, UniformQuantizedType type) {
  if (!getConstant(value)) {
    Value state = getQuantized(value);
    return state ? coerce(state, type) : Value();
  }
  // In the type of each of its readers: several states start from one constant.
  quantized.erase(value);
  Value state = getQuantizedAs(value, type);
  quantized.erase(value);
  planned.erase(value);
  return state;
}

Value Quantizer::getLengths(Value lengths) {
  ElementsAttr constant = lengths ? getConstant(lengths) : ElementsAttr();
  if (!constant)
    return lengths;
  return fxp::ConstantOp::create(builder, lengths.getLoc(), lengths.getType(),
                                 constant);
}

void Quantizer::setResult(Value value, Value made) {
  UniformQuantizedType type = getPlanned(value);
  if (type && !getReaders(value).empty())
    if (Value coerced = coerce(made, type))
      made = coerced;
  quantized[value] = made;
}

Refusal Quantizer::beginRecurrent(Operation *op, Value input, Value outputs,
                                  Value &stored, UniformQuantizedType &state) {
  state = getPlanned(outputs);
  if (!state)
    return "no range is known for its outputs";
  if (state.getStorageTypeIntegralWidth() > 8 && !state.isSigned())
    return "its outputs have more than 8 bits without a sign";
  stored = getQuantized(input);
  if (!stored)
    return "no range is known for its input";
  return kConverted;
}

/// Notes on `made` which functions its tables stand for.
static void keepFunctions(Operation *op, Operation *made) {
  SmallVector<mlir::NamedAttribute> kept;
  for (StringRef name : {"activations", "alphas", "betas", "clip"})
    if (Attribute value = op->getAttr(name))
      kept.emplace_back(mlir::StringAttr::get(op->getContext(), name), value);
  made->setAttr(fxp::kGateFunctionsAttr,
                mlir::DictionaryAttr::get(op->getContext(), kept));
}

static constexpr llvm::StringLiteral kNoRange =
    "no range is known for what its activations read";
static constexpr llvm::StringLiteral kNoTable =
    "an activation is not finite, or too large for 16 bits";
static constexpr llvm::StringLiteral kNoStart =
    "no range is known for its initial state";

/// What a requantisation of products of tables, or of states, may meet.
static fxp::IntegerRange upTo(int64_t most) { return {-most, most}; }

template <>
Refusal Quantizer::convertNn(nn::LstmOp op) {
  Common common;
  if (Refusal refusal = beginRecurrent(op, op.getInput(), op.getOutputs(),
                                       common.input, common.state))
    return refusal;
  double bound = op.getBound();
  nn::GateFunction f = op.getFunction(0), g = op.getFunction(1),
                   h = op.getFunction(2);
  auto inputBits = chooseInputBits({f, g}, bound, getPlanned(op.getGates()));
  UniformQuantizedType cells = getPlanned(op.getCells());
  if (!inputBits || !cells)
    return kNoRange.str();
  common.layer.inputBits = *inputBits;
  double most = std::max(
      getLargest(cells),
      getLargestStart(op.getInitialCell(), getPlanned(op.getInitialCell())));
  auto gate = makeTable(builder, f, bound, *inputBits);
  auto candidate = makeTable(builder, g, bound, *inputBits);
  if (!gate || !candidate)
    return kNoTable.str();
  int32_t cellBits =
      std::min(getFractionBits(most), gate->bits + candidate->bits - 1);
  int32_t productShift = gate->bits + candidate->bits - cellBits;
  if (cellBits < 0 || productShift > 30)
    return "its cells are too large for 16 bits";
  auto state = makeTable(builder, h, kUnbounded, cellBits);
  if (!state)
    return kNoTable.str();
  if (op.getInputForget() &&
      llvm::any_of(getIntegers(gate->entries), [](int64_t v) { return v < 0; }))
    return "its input gate can be negative, and makes the forget gate";

  SmallVector<float> peepholes;
  if (op.getPeepholes()) {
    ElementsAttr constant = getConstant(op.getPeepholes());
    if (!constant)
      return "its peepholes are not constant";
    peepholes = getFloats(constant);
  }
  if (Refusal refusal =
          fill(builder, op, Value(), getWeightScheme(getWeights(op)), peepholes,
               cellBits, 0, common))
    return refusal;
  ElementsAttr storedPeepholes;
  if (!peepholes.empty())
    storedPeepholes =
        makeConstant(RankedTensorType::get({int64_t(peepholes.size())},
                                           builder.getI32Type()),
                     ArrayRef<int32_t>(common.parameters.peepholes));

  UniformQuantizedType cellType = getWideState(getContext(), cellBits);
  Value initial = getState(op.getInitial(), common.state),
        cell = getState(op.getInitialCell(), cellType);
  if (!initial || !cell)
    return kNoStart.str();
  std::string reason;
  double ratio =
      std::ldexp(1.0, -gate->bits - state->bits) / common.state.getScale();
  auto choice =
      requant(op, ratio, common.state, nullptr, reason, upTo(int64_t(1) << 30));
  if (failed(choice))
    return reason;
  const fxp::RecurrentParameters &p = common.parameters;
  auto made = fxp::LstmOp::create(
      builder, op.getLoc(),
      mlir::TypeRange{withElementType(op.getOutputs(), common.state),
                      withElementType(op.getLast(), common.state),
                      withElementType(op.getLastCell(), cellType)},
      common.input, initial, cell, getLengths(op.getLengths()), *choice,
      common.weights, common.bias, common.multipliers, storedPeepholes,
      p.inputMultiplier, p.shift, gate->bits, productShift, gate->entries,
      candidate->entries, state->entries, op.getReverse(), op.getInputForget());
  keepFunctions(op, made);
  setResult(op.getLast(), made.getLast());
  setResult(op.getLastCell(), made.getLastCell());
  return replace(op, made.getOutputs());
}

template <>
Refusal Quantizer::convertNn(nn::GruOp op) {
  Common common;
  if (Refusal refusal = beginRecurrent(op, op.getInput(), op.getOutputs(),
                                       common.input, common.state))
    return refusal;
  double bound = op.getBound();
  nn::GateFunction f = op.getFunction(0), g = op.getFunction(1);
  auto inputBits = chooseInputBits({f, g}, bound, getPlanned(op.getGates()));
  if (!inputBits)
    return kNoRange.str();
  common.layer.inputBits = *inputBits;
  auto gate = makeTable(builder, f, bound, *inputBits);
  auto candidate = makeTable(builder, g, bound, *inputBits);
  if (!gate || !candidate)
    return kNoTable.str();
  // States lie between candidates and what they start with, where update gates
  // lie between 0 and 1; else where calibration saw them.
  double most = std::ldexp(1.0, 15 - candidate->bits);
  int64_t one = int64_t(1) << gate->bits;
  SmallVector<int64_t> gates = getIntegers(gate->entries);
  bool mixes =
      llvm::all_of(gates, [&](int64_t v) { return v >= 0 && v <= one; });
  if (!mixes || candidate->bits < 15)
    most = getLargest(common.state);
  if (!mixes && !op.getResetAfter())
    return "its reset gate is not between 0 and 1";
  most = std::max(
      most, getLargestStart(op.getInitial(), getPlanned(op.getInitial())));
  int32_t stateBits = getFractionBits(most);
  if (stateBits < 0)
    return "its states are too large for 16 bits";
  candidate = makeTable(builder, g, bound, *inputBits, stateBits);
  if (Refusal refusal =
          fill(builder, op, op.getBias(), getWeightScheme(getWeights(op)), {},
               0, op.getResetAfter() ? gate->bits : 0, common))
    return refusal;

  UniformQuantizedType wide = getWideState(getContext(), stateBits);
  Value initial = getState(op.getInitial(), wide);
  if (!initial)
    return kNoStart.str();
  std::string reason;
  auto choice = requant(op, wide.getScale() / common.state.getScale(),
                        common.state, nullptr, reason, upTo(int64_t(1) << 15));
  if (failed(choice))
    return reason;
  const fxp::RecurrentParameters &p = common.parameters;
  auto made = fxp::GruOp::create(
      builder, op.getLoc(),
      mlir::TypeRange{withElementType(op.getOutputs(), common.state),
                      withElementType(op.getLast(), common.state),
                      withElementType(op.getLast(), wide)},
      common.input, initial, getLengths(op.getLengths()), *choice,
      common.weights, common.bias, common.multipliers, p.inputMultiplier,
      p.shift, gate->bits, gate->entries, candidate->entries, op.getReverse(),
      op.getResetAfter());
  keepFunctions(op, made);
  setResult(op.getLast(), made.getLastState());
  return replace(op, made.getOutputs());
}

template <>
Refusal Quantizer::convertNn(nn::RnnOp op) {
  Common common;
  if (Refusal refusal = beginRecurrent(op, op.getInput(), op.getOutputs(),
                                       common.input, common.state))
    return refusal;
  double bound = op.getBound();
  auto inputBits =
      chooseInputBits(op.getFunction(0), bound, getPlanned(op.getGates()));
  if (!inputBits)
    return kNoRange.str();
  common.layer.inputBits = *inputBits;
  auto table = makeTable(builder, op.getFunction(0), bound, *inputBits);
  if (!table)
    return kNoTable.str();
  if (Refusal refusal = fill(builder, op, Value(),
                             getWeightScheme(getWeights(op)), {}, 0, 0, common))
    return refusal;
  Value initial = getState(op.getInitial(), common.state);
  if (!initial)
    return kNoStart.str();
  std::string reason;
  auto choice =
      requant(op, std::ldexp(1.0, -table->bits) / common.state.getScale(),
              common.state, nullptr, reason, upTo(int64_t(1) << 15));
  if (failed(choice))
    return reason;
  const fxp::RecurrentParameters &p = common.parameters;
  auto made = fxp::RnnOp::create(
      builder, op.getLoc(),
      mlir::TypeRange{withElementType(op.getOutputs(), common.state),
                      withElementType(op.getLast(), common.state)},
      common.input, initial, getLengths(op.getLengths()), *choice,
      common.weights, common.bias, common.multipliers, p.inputMultiplier,
      p.shift, table->entries, op.getReverse());
  keepFunctions(op, made);
  setResult(op.getLast(), made.getLast());
  return replace(op, made.getOutputs());
}
