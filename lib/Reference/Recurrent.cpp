//===- Recurrent.cpp - reference semantics of recurrent layers ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Recurrent.h"
#include "Ops.h"
#include "Requantiser.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::reference;

static int64_t sat16(int64_t value) {
  return std::clamp<int64_t>(value, INT16_MIN, INT16_MAX);
}

/// `(value + 2^(shift-1)) >> shift`.
static int64_t shiftRounded(int64_t value, int shift) {
  return (value + (INT64_C(1) << (shift - 1))) >> shift;
}

namespace {
/// A table of segments (N80).
class Table {
public:
  explicit Table(ElementsAttr elements) : entries(getIntegers(elements)) {
    int64_t segments = entries.size() - 1;
    while ((segments << fractionBits) < 65536)
      ++fractionBits;
  }
  int64_t operator()(int64_t u) const {
    int64_t place = u + 32768, index = place >> fractionBits;
    int64_t fraction = place - (index << fractionBits);
    return entries[index] +
           shiftRounded((entries[index + 1] - entries[index]) * fraction,
                        fractionBits);
  }

private:
  SmallVector<int64_t> entries;
  int fractionBits = 0;
};

/// What all layers have in common: the loops, and the sums that activations
/// read.
struct Layer {
  int64_t steps, batch, hidden, gates;
  SmallVector<int64_t> weights, bias, multipliers;
  int64_t inputMultiplier;
  int shift;
  const Tensor *input;
  fxp::QuantView state;
  bool reverse;
  const Tensor *lengths = nullptr;

  template <typename OpT>
  Layer(OpT op, const Tensor &input)
      : steps(op.getSteps()), batch(op.getBatch()), hidden(op.getHidden()),
        gates(OpT::kGates), weights(getIntegers(op.getWeights())),
        bias(getIntegers(op.getBias())),
        multipliers(getIntegers(op.getMultipliers())),
        inputMultiplier(op.getInputMultiplier()), shift(op.getShift()),
        input(&input), state(op.getOutputs().getType()),
        reverse(op.getReverse()) {}

  /// The accumulator of row `row` of the weights for a stored state.
  int64_t accumulate(ArrayRef<int32_t> stored, int64_t row) const {
    int64_t sum = bias[row];
    for (int64_t k = 0; k < hidden; ++k)
      sum += (stored[k] - state.getZeroPoint()) * weights[row * hidden + k];
    return sum;
  }
  /// The input's part of what an activation reads, before the shift.
  int64_t takeInput(int64_t step, int64_t sequence, int64_t row) const {
    int64_t at = (step * batch + sequence) * gates * hidden + row;
    return (input->stored()[at] - input->getQuantView().getZeroPoint()) *
           inputMultiplier;
  }
  /// What the activation of `row` reads; `more` is added before the shift.
  int64_t sum(int64_t step, int64_t sequence, int64_t row,
              ArrayRef<int32_t> stored, int64_t more = 0) const {
    return sat16(shiftRounded(accumulate(stored, row) * multipliers[row] +
                                  takeInput(step, sequence, row) + more,
                              shift));
  }

  /// Calls `body` for each step of each sequence that has it; elsewhere outputs
  /// are zero points.
  void run(Tensor &outputs, function_ref<void(int64_t step, int64_t sequence,
                                              MutableArrayRef<int32_t> out)>
                                body) const {
    for (int64_t i = 0; i < steps; ++i)
      for (int64_t sequence = 0; sequence < batch; ++sequence) {
        int64_t step = reverse ? steps - 1 - i : i;
        auto out =
            outputs.stored().slice((step * batch + sequence) * hidden, hidden);
        if (lengths && step >= lengths->integers()[sequence])
          std::fill(out.begin(), out.end(),
                    static_cast<int32_t>(state.getZeroPoint()));
        else
          body(step, sequence, out);
      }
  }
};
} // namespace

// N81.
template <>
LogicalResult reference::evaluate(fxp::LstmOp op, Operands operands,
                                  MutableArrayRef<Tensor> results) {
  Layer layer(op, *operands[0]);
  if (op.getLengths())
    layer.lengths = operands[3];
  Table f(op.getGateTable()), g(op.getCandidateTable()), h(op.getStateTable());
  Requantiser requantise(op.getStateRequant(), op.getOutputs().getType());
  int64_t n = layer.hidden;
  SmallVector<int64_t> peepholes(3 * n, 0);
  if (op.getPeepholes())
    peepholes = getIntegers(*op.getPeepholes());
  int gateBits = op.getGateBits();
  Tensor &last = results[1], &cells = results[2];
  llvm::copy(operands[1]->stored(), last.stored().begin());
  llvm::copy(operands[2]->stored(), cells.stored().begin());
  layer.run(results[0], [&](int64_t step, int64_t sequence,
                            MutableArrayRef<int32_t> out) {
    auto state = last.stored().slice(sequence * n, n);
    auto cell = cells.stored().slice(sequence * n, n);
    for (int64_t j = 0; j < n; ++j) {
      auto gate = [&](int64_t index) {
        int64_t peep = index < 3 ? peepholes[index * n + j] * cell[j] : 0;
        return layer.sum(step, sequence, index * n + j, state, peep);
      };
      int64_t input = f(gate(0));
      int64_t forget =
          op.getInputForget() ? (INT64_C(1) << gateBits) - input : f(gate(2));
      int64_t candidate = g(gate(3));
      cell[j] = static_cast<int32_t>(
          sat16(shiftRounded(forget * cell[j], gateBits) +
                shiftRounded(input * candidate,
                             static_cast<int>(op.getProductShift()))));
      // Reads the new cell.
      int64_t output = f(gate(1));
      out[j] = requantise(output * h(cell[j]), 0);
    }
    llvm::copy(out, state.begin());
  });
  return success();
}

// N82.
template <>
LogicalResult reference::evaluate(fxp::GruOp op, Operands operands,
                                  MutableArrayRef<Tensor> results) {
  Layer layer(op, *operands[0]);
  if (op.getLengths())
    layer.lengths = operands[2];
  Table f(op.getGateTable()), g(op.getCandidateTable());
  Requantiser requantise(op.getStateRequant(), op.getOutputs().getType());
  int64_t n = layer.hidden;
  int gateBits = op.getGateBits();
  Tensor &last = results[1], &states = results[2];
  llvm::copy(operands[1]->stored(), states.stored().begin());
  for (auto [stored, wide] : llvm::zip_equal(last.stored(), states.stored()))
    stored = requantise(wide, 0);
  layer.run(results[0], [&](int64_t step, int64_t sequence,
                            MutableArrayRef<int32_t> out) {
    auto stored = last.stored().slice(sequence * n, n);
    auto state = states.stored().slice(sequence * n, n);
    auto reset = [&](int64_t j) {
      return f(layer.sum(step, sequence, n + j, stored));
    };
    SmallVector<int32_t> product(n);
    if (!op.getResetAfter())
      for (int64_t j = 0; j < n; ++j)
        product[j] = requantise(shiftRounded(reset(j) * state[j], gateBits), 0);
    SmallVector<int32_t> next(n);
    for (int64_t j = 0; j < n; ++j) {
      int64_t row = 2 * n + j, u;
      if (op.getResetAfter()) {
        constexpr int64_t kMost = (INT64_C(1) << fxp::kCandidateBits) - 1;
        int64_t v = std::clamp(
            shiftRounded(layer.accumulate(stored, row) * layer.multipliers[row],
                         layer.shift),
            -kMost - 1, kMost);
        int64_t scaled =
            (reset(j) * v) * (INT64_C(1) << (layer.shift - gateBits));
        u = sat16(shiftRounded(scaled + layer.takeInput(step, sequence, row),
                               layer.shift));
      } else {
        u = layer.sum(step, sequence, row, product);
      }
      int64_t candidate = g(u),
              update = f(layer.sum(step, sequence, j, stored));
      next[j] = static_cast<int32_t>(sat16(
          candidate + shiftRounded(update * (state[j] - candidate), gateBits)));
    }
    for (int64_t j = 0; j < n; ++j) {
      state[j] = next[j];
      stored[j] = out[j] = requantise(next[j], 0);
    }
  });
  return success();
}

// N83.
template <>
LogicalResult reference::evaluate(fxp::RnnOp op, Operands operands,
                                  MutableArrayRef<Tensor> results) {
  Layer layer(op, *operands[0]);
  if (op.getLengths())
    layer.lengths = operands[2];
  Table f(op.getGateTable());
  Requantiser requantise(op.getStateRequant(), op.getOutputs().getType());
  int64_t n = layer.hidden;
  Tensor &last = results[1];
  llvm::copy(operands[1]->stored(), last.stored().begin());
  layer.run(results[0],
            [&](int64_t step, int64_t sequence, MutableArrayRef<int32_t> out) {
              auto state = last.stored().slice(sequence * n, n);
              for (int64_t j = 0; j < n; ++j)
                out[j] = requantise(f(layer.sum(step, sequence, j, state)), 0);
              llvm::copy(out, state.begin());
            });
  return success();
}
