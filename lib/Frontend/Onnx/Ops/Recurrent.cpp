//===- Recurrent.cpp - RNN, GRU and LSTM, unrolled ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sequences are short and static, so each step is emitted: the input's product
// for all steps at once, then one product with the state for each step.
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include "llvm/ADT/StringExtras.h"

using namespace narrow;
using namespace narrow::frontend;

namespace {

constexpr int64_t kMaxSteps = 256;

/// What the three operators share. `X` is [steps, batch, features].
struct Sequence {
  Tensor input;
  int64_t steps = 0;
  int64_t batch = 0;
  int64_t hidden = 0;
  int64_t directions = 1;
  bool batchFirst = false;
  /// Reversed first direction.
  bool backward = false;
  SmallVector<UnaryOp> activations;

  bool isBackward(int64_t direction) const {
    return backward || direction == 1;
  }
};

/// Reads shapes and attributes; `gates` is how many rows of weights each hidden
/// unit has, `functions` the default activations of one direction.
FailureOr<Sequence> readSequence(Node &node, int64_t gates,
                                 ArrayRef<StringRef> functions) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRank(0, 3)) || failed(node.expectRank(1, 3)) ||
      failed(node.expectRank(2, 3)) || failed(node.expectFloat(0)))
    return failure();
  Sequence s;
  s.batchFirst = node.getInt("layout", 0) != 0;
  s.input = s.batchFirst ? b.transpose(node[0], {1, 0, 2}) : node[0];
  s.steps = s.input.shape[0];
  s.batch = s.input.shape[1];
  s.hidden = node[2].shape[2];
  std::string direction = node.getString("direction", "forward");
  if (direction != "forward" && direction != "reverse" &&
      direction != "bidirectional")
    return node.error("direction is '" + Twine(direction) +
                      "', expected forward, reverse or bidirectional");
  s.directions = direction == "bidirectional" ? 2 : 1;
  s.backward = direction == "reverse";
  if (failed(node.expectShape(
          1, {s.directions, gates * s.hidden, s.input.shape[2]},
          "input weights")) ||
      failed(node.expectShape(2, {s.directions, gates * s.hidden, s.hidden},
                              "state weights")))
    return failure();
  if (node[3] &&
      failed(node.expectShape(3, {s.directions, 2 * gates * s.hidden}, "bias")))
    return failure();
  if (node[4]) {
    auto lengths = node.getConstantInts(4, "sequence_lens");
    if (failed(lengths))
      return failure();
    if (llvm::any_of(*lengths, [&](int64_t n) { return n != s.steps; }))
      return node.unsupported("sequences of several lengths");
  }
  if (s.steps > kMaxSteps)
    return node.unsupported("more than " + Twine(kMaxSteps) + " steps");
  if (node.hasAttribute("clip"))
    return node.unsupported("clip");

  SmallVector<std::string> names;
  if (const onnx::AttributeProto *given = node.find("activations"))
    names.assign(given->strings().begin(), given->strings().end());
  else
    for (int64_t i = 0; i < s.directions; ++i)
      names.append(functions.begin(), functions.end());
  if (names.size() != functions.size() * s.directions)
    return node.error("expected " + Twine(functions.size() * s.directions) +
                      " activations, found " + Twine(names.size()));
  for (StringRef name : names) {
    if (name.equals_insensitive("Sigmoid"))
      s.activations.push_back(UnaryOp::Sigmoid);
    else if (name.equals_insensitive("Tanh"))
      s.activations.push_back(UnaryOp::Tanh);
    else
      return node.unsupported("activation " + name);
  }
  return s;
}

/// Takes one direction of a parameter and drops that axis.
Tensor takeDirection(TensorBuilder &b, const Tensor &tensor, int64_t index) {
  Shape shape(tensor.shape.begin() + 1, tensor.shape.end());
  return b.reshape(b.slice(tensor, 0, index, 1, 1), shape);
}

/// x · Wᵀ + bias, [rows, gates · hidden].
Tensor project(TensorBuilder &b, Tensor x, Tensor weights, Tensor bias) {
  Tensor product = b.matmul(x, b.transpose(weights, {1, 0}));
  return bias ? b.binary(BinaryOp::Add, product, bias) : product;
}

/// The initial state of a direction, zeros where there is none.
Tensor initialState(Node &node, const Sequence &s, size_t operand,
                    int64_t direction) {
  TensorBuilder &b = node.b;
  if (!node[operand])
    return Literal(DataType::F32, {s.batch, s.hidden});
  Tensor state = node[operand];
  if (s.batchFirst && state.getRank() == 3)
    state = b.transpose(state, {1, 0, 2});
  if (state.shape != Shape{s.directions, s.batch, s.hidden}) {
    (void)node.error("expected an initial state of shape " +
                     toString({s.directions, s.batch, s.hidden}) + ", found " +
                     toString(state.shape));
    return {};
  }
  return takeDirection(b, state, direction);
}

/// One direction's parameters, with `bias` split in [gates · hidden] each.
struct Direction {
  Tensor weights, recurrent, inputBias, stateBias;
};

Direction readDirection(Node &node, const Sequence &s, int64_t index,
                        int64_t gates) {
  TensorBuilder &b = node.b;
  Direction d;
  d.weights = takeDirection(b, node[1], index);
  d.recurrent = takeDirection(b, node[2], index);
  if (node[3]) {
    Tensor both = takeDirection(b, node[3], index);
    d.inputBias = b.slice(both, 0, 0, gates * s.hidden, 1);
    d.stateBias = b.slice(both, 0, gates * s.hidden, gates * s.hidden, 1);
  }
  return d;
}

/// Maps the projected input of one step, [batch, gates · hidden], to the next
/// state.
using Step = function_ref<Tensor(Tensor projected, Tensor state)>;

/// Runs the steps of a direction; `outputs` gets each step's state.
Tensor runSteps(TensorBuilder &b, const Sequence &s, int64_t direction,
                Tensor projected, Tensor state,
                SmallVectorImpl<Tensor> &outputs, Step step) {
  outputs.resize(s.steps);
  int64_t width = projected ? projected.shape.back() : 0;
  for (int64_t i = 0; i < s.steps && projected && state; ++i) {
    int64_t at = s.isBackward(direction) ? s.steps - 1 - i : i;
    Tensor now = b.slice(projected, {at * s.batch, 0}, {s.batch, width});
    state = step(now, state);
    outputs[at] = b.reshape(state, {1, 1, s.batch, s.hidden});
  }
  return b.reshape(state, {1, s.batch, s.hidden});
}

/// Sets Y, [steps, directions, batch, hidden], and a last state for each
/// output.
LogicalResult setOutputs(Node &node, const Sequence &s,
                         ArrayRef<SmallVector<Tensor>> outputs,
                         ArrayRef<SmallVector<Tensor>> lastStates) {
  TensorBuilder &b = node.b;
  if (node.hasOutput(0)) {
    SmallVector<Tensor> directions;
    for (const SmallVector<Tensor> &steps : outputs)
      directions.push_back(b.concat(steps, 0));
    Tensor all = b.concat(directions, 1);
    if (failed(
            node.set(0, s.batchFirst ? b.transpose(all, {2, 0, 1, 3}) : all)))
      return failure();
  }
  for (auto [i, states] : llvm::enumerate(lastStates)) {
    if (!node.hasOutput(i + 1))
      continue;
    Tensor last = b.concat(states, 0);
    if (failed(node.set(i + 1,
                        s.batchFirst ? b.transpose(last, {1, 0, 2}) : last)))
      return failure();
  }
  return mlir::success();
}

} // namespace

/// H' = f(X·Wᵀ + Wb + H·Rᵀ + Rb).
LogicalResult frontend::importRnn(Node &node) {
  TensorBuilder &b = node.b;
  auto s = readSequence(node, 1, {"Tanh"});
  if (failed(s))
    return failure();
  Tensor flat = b.reshape(s->input, {s->steps * s->batch, s->input.shape[2]});
  SmallVector<SmallVector<Tensor>> outputs(s->directions), last(1);
  for (int64_t i = 0; i < s->directions; ++i) {
    Direction d = readDirection(node, *s, i, 1);
    last[0].push_back(runSteps(
        b, *s, i, project(b, flat, d.weights, d.inputBias),
        initialState(node, *s, 5, i), outputs[i], [&](Tensor x, Tensor h) {
          return b.unary(s->activations[i],
                         b.binary(BinaryOp::Add, x,
                                  project(b, h, d.recurrent, d.stateBias)));
        }));
  }
  return setOutputs(node, *s, outputs, last);
}

/// Gates z, r, h: H' = (1 - z) · g(h) + z · H.
LogicalResult frontend::importGru(Node &node) {
  TensorBuilder &b = node.b;
  auto s = readSequence(node, 3, {"Sigmoid", "Tanh"});
  if (failed(s))
    return failure();
  bool resetAfter = node.getInt("linear_before_reset", 0) != 0;
  Tensor flat = b.reshape(s->input, {s->steps * s->batch, s->input.shape[2]});
  int64_t n = s->hidden;
  SmallVector<SmallVector<Tensor>> outputs(s->directions), last(1);
  for (int64_t i = 0; i < s->directions; ++i) {
    Direction d = readDirection(node, *s, i, 3);
    UnaryOp f = s->activations[2 * i], g = s->activations[2 * i + 1];
    auto rows = [&](const Tensor &t, int64_t from, int64_t count) {
      return t ? b.slice(t, 0, from * n, count * n, 1) : Tensor();
    };
    auto columns = [&](const Tensor &t, int64_t from, int64_t count) {
      return b.slice(t, 1, from * n, count * n, 1);
    };
    auto step = [&](Tensor x, Tensor h) {
      Tensor state, gates;
      if (resetAfter) {
        Tensor all = project(b, h, d.recurrent, d.stateBias);
        gates = columns(all, 0, 2);
        state = columns(all, 2, 1);
      } else {
        gates = project(b, h, rows(d.recurrent, 0, 2), rows(d.stateBias, 0, 2));
      }
      gates = b.unary(f, b.binary(BinaryOp::Add, columns(x, 0, 2), gates));
      Tensor z = columns(gates, 0, 1), r = columns(gates, 1, 1);
      if (resetAfter)
        state = b.binary(BinaryOp::Mul, r, state);
      else
        state = project(b, b.binary(BinaryOp::Mul, r, h),
                        rows(d.recurrent, 2, 1), rows(d.stateBias, 2, 1));
      Tensor candidate =
          b.unary(g, b.binary(BinaryOp::Add, columns(x, 2, 1), state));
      // c + z · (h - c)
      return b.binary(
          BinaryOp::Add, candidate,
          b.binary(BinaryOp::Mul, z, b.binary(BinaryOp::Sub, h, candidate)));
    };
    last[0].push_back(runSteps(b, *s, i,
                               project(b, flat, d.weights, d.inputBias),
                               initialState(node, *s, 5, i), outputs[i], step));
  }
  return setOutputs(node, *s, outputs, last);
}

/// Gates i, o, f, c: C' = f · C + i · g(c), H' = o · h(C').
LogicalResult frontend::importLstm(Node &node) {
  TensorBuilder &b = node.b;
  auto s = readSequence(node, 4, {"Sigmoid", "Tanh", "Tanh"});
  if (failed(s))
    return failure();
  if (node.getInt("input_forget", 0))
    return node.unsupported("input_forget");
  if (node[7] &&
      failed(node.expectShape(7, {s->directions, 3 * s->hidden}, "peepholes")))
    return failure();
  Tensor flat = b.reshape(s->input, {s->steps * s->batch, s->input.shape[2]});
  int64_t n = s->hidden;
  SmallVector<SmallVector<Tensor>> outputs(s->directions), last(2);
  for (int64_t i = 0; i < s->directions; ++i) {
    Direction d = readDirection(node, *s, i, 4);
    ArrayRef<UnaryOp> functions = ArrayRef(s->activations).slice(3 * i, 3);
    Tensor cell = initialState(node, *s, 6, i);
    Tensor peepholes;
    if (node[7])
      peepholes = takeDirection(b, node[7], i);
    // Adds the part of a gate that sees the cell.
    auto peep = [&](Tensor gate, int64_t index, const Tensor &from) {
      if (!peepholes)
        return gate;
      Tensor weight = b.slice(peepholes, 0, index * n, n, 1);
      return b.binary(BinaryOp::Add, gate,
                      b.binary(BinaryOp::Mul, weight, from));
    };
    auto step = [&](Tensor x, Tensor h) {
      Tensor gates =
          b.binary(BinaryOp::Add, x, project(b, h, d.recurrent, d.stateBias));
      auto gate = [&](int64_t index) {
        return b.slice(gates, 1, index * n, n, 1);
      };
      Tensor input = b.unary(functions[0], peep(gate(0), 0, cell));
      Tensor forget = b.unary(functions[0], peep(gate(2), 2, cell));
      Tensor candidate = b.unary(functions[1], gate(3));
      cell = b.binary(BinaryOp::Add, b.binary(BinaryOp::Mul, forget, cell),
                      b.binary(BinaryOp::Mul, input, candidate));
      Tensor output = b.unary(functions[0], peep(gate(1), 1, cell));
      return b.binary(BinaryOp::Mul, output, b.unary(functions[2], cell));
    };
    last[0].push_back(runSteps(b, *s, i,
                               project(b, flat, d.weights, d.inputBias),
                               initialState(node, *s, 5, i), outputs[i], step));
    last[1].push_back(b.reshape(cell, {1, s->batch, s->hidden}));
  }
  return setOutputs(node, *s, outputs, last);
}
