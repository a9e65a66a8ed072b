//===- Recurrent.cpp - RNN, GRU and LSTM ----------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The input's product for all steps at once, then one operation that runs the
// steps, for each direction.
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"

#include "llvm/Support/FormatVariadic.h"

using namespace narrow;
using namespace narrow::frontend;
using nn::GateFunction;
using nn::GateKind;

namespace {

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
  /// Those of each direction, one after the other.
  SmallVector<GateFunction> activations;
  /// Valid steps of each sequence; null where all are.
  Tensor lengths;
  std::optional<float> clip;

  bool isBackward(int64_t direction) const {
    return backward || direction == 1;
  }
};

/// An activation by its ONNX name, with its default parameters.
struct Activation {
  StringRef name;
  GateFunction function;
};
} // namespace

static constexpr Activation activationTable[] = {
    {"Affine", {GateKind::Affine, 1, 0}},
    {"Elu", {GateKind::Elu, 1, 0}},
    {"HardSigmoid", {GateKind::HardSigmoid, 0.2f, 0.5f}},
    {"LeakyRelu", {GateKind::LeakyRelu, 0.01f, 0}},
    {"Relu", {GateKind::Relu, 0, 0}},
    {"ScaledTanh", {GateKind::ScaledTanh, 1, 1}},
    {"Sigmoid", {GateKind::Sigmoid, 0, 0}},
    {"Softplus", {GateKind::Softplus, 0, 0}},
    {"Softsign", {GateKind::Softsign, 0, 0}},
    {"Tanh", {GateKind::Tanh, 0, 0}},
    {"ThresholdedRelu", {GateKind::ThresholdedRelu, 1, 0}},
};

/// Reads the activations of all directions; `functions` are the default ones of
/// one.
static LogicalResult readActivations(Node &node, Sequence &s,
                                     ArrayRef<StringRef> functions) {
  SmallVector<std::string> names;
  if (const onnx::AttributeProto *given = node.find("activations"))
    names.assign(given->strings().begin(), given->strings().end());
  else
    for (int64_t i = 0; i < s.directions; ++i)
      names.append(functions.begin(), functions.end());
  if (names.size() != functions.size() * s.directions)
    return node.error("expected " + Twine(functions.size() * s.directions) +
                      " activations, found " + Twine(names.size()));
  SmallVector<float> alphas =
      node.getFloats("activation_alpha").value_or(SmallVector<float>());
  SmallVector<float> betas =
      node.getFloats("activation_beta").value_or(SmallVector<float>());
  // Parameters belong to the activations that take one, in their order.
  size_t alpha = 0, beta = 0;
  for (StringRef name : names) {
    const Activation *found =
        llvm::find_if(activationTable, [&](const Activation &activation) {
          return name.equals_insensitive(activation.name);
        });
    if (found == std::end(activationTable))
      return node.unsupported("activation " + name);
    GateFunction function = found->function;
    unsigned count = nn::getParameterCount(function.kind);
    if (count > 0 && alpha < alphas.size())
      function.alpha = alphas[alpha++];
    if (count > 1 && beta < betas.size())
      function.beta = betas[beta++];
    s.activations.push_back(function);
  }
  return mlir::success();
}

/// Reads the operand of sequence lengths.
static LogicalResult readLengths(Node &node, Sequence &s) {
  if (!node[4])
    return mlir::success();
  if (failed(node.expectShape(4, {s.batch}, "sequence_lens")))
    return failure();
  if (node[4].literal) {
    auto lengths = node.getConstantInts(4, "sequence_lens");
    if (failed(lengths))
      return failure();
    for (int64_t n : *lengths)
      if (n < 0 || n > s.steps)
        return node.error("expected sequence_lens of 0 to " + Twine(s.steps) +
                          ", found " + Twine(n));
    if (llvm::all_of(*lengths, [&](int64_t n) { return n == s.steps; }))
      return mlir::success();
  }
  s.lengths = node.b.cast(node[4], DataType::I32);
  return mlir::success();
}

/// Reads shapes and attributes; `gates` is how many rows of weights each hidden
/// unit has, `functions` the default activations of one direction.
static FailureOr<Sequence> readSequence(Node &node, int64_t gates,
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
  if (int64_t given = node.getInt("hidden_size", s.hidden); given != s.hidden)
    return node.error("expected a hidden_size of " + Twine(s.hidden) +
                      ", as recurrent weights have it, found " + Twine(given));
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
  if (s.steps < 1 || s.batch < 1 || s.hidden < 1)
    return node.unsupported("a sequence without elements");
  if (node.hasAttribute("clip")) {
    s.clip = node.getFloat("clip", 0);
    if (!(*s.clip > 0))
      return node.error("expected a positive clip, found " +
                        llvm::formatv("{0}", *s.clip).str());
  }
  if (failed(readActivations(node, s, functions)) ||
      failed(readLengths(node, s)))
    return failure();
  return s;
}

/// Takes one direction of a parameter and drops that axis.
static Tensor takeDirection(TensorBuilder &b, const Tensor &tensor,
                            int64_t index) {
  Shape shape(tensor.shape.begin() + 1, tensor.shape.end());
  return b.reshape(b.slice(tensor, 0, index, 1, 1), shape);
}

/// The initial state of a direction, zeros where there is none.
static Tensor initialState(Node &node, const Sequence &s, size_t operand,
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

namespace {
/// One direction of a layer: everything but what an operator has of its own.
struct Direction {
  /// x * W + b of all steps, [steps, batch, gates * hidden].
  mlir::Value input;
  /// [hidden, gates * hidden].
  mlir::Value weights;
  mlir::Value initial;
  mlir::Value lengths;
  /// Bias of the state's product in the last gate, which is not in the input
  /// where that was asked for; null for none.
  Tensor lastBias;
  mlir::ArrayAttr activations;
  mlir::DenseF32ArrayAttr alphas, betas;
  mlir::FloatAttr clip;
  mlir::UnitAttr reverse;
  RankedTensorType sequence, state, gates;

  explicit operator bool() const {
    return input && weights && initial && sequence;
  }
};

/// What the directions gave: states of all steps, then last states.
struct Results {
  SmallVector<Tensor> outputs;
  SmallVector<SmallVector<Tensor>> last;
};
} // namespace

/// Returns what belongs to direction `index`; null, after an error, where
/// something is missing. `functions`: activations of a direction; with
/// `splitLast` the last gate's state bias stays apart.
static Direction readDirection(Node &node, const Sequence &s, int64_t index,
                               int64_t gates, int64_t functions,
                               bool splitLast = false) {
  TensorBuilder &b = node.b;
  OpBuilder &builder = b.getBuilder();
  Direction d;
  int64_t width = gates * s.hidden;
  Tensor flat = b.reshape(s.input, {s.steps * s.batch, s.input.shape[2]});
  Tensor projected =
      b.matmul(flat, b.transpose(takeDirection(b, node[1], index), {1, 0}));
  if (node[3]) {
    Tensor both = takeDirection(b, node[3], index);
    Tensor input = b.slice(both, 0, 0, width, 1),
           state = b.slice(both, 0, width, width, 1);
    if (splitLast) {
      d.lastBias = b.slice(state, 0, width - s.hidden, s.hidden, 1);
      state = b.concat({b.slice(state, 0, 0, width - s.hidden, 1),
                        Literal(DataType::F32, {s.hidden})},
                       0);
    }
    projected = b.binary(BinaryOp::Add, projected,
                         b.binary(BinaryOp::Add, input, state));
  }
  d.input = b.materialize(b.reshape(projected, {s.steps, s.batch, width}));
  d.weights =
      b.materialize(b.transpose(takeDirection(b, node[2], index), {1, 0}));
  d.initial = b.materialize(initialState(node, s, 5, index));
  if (s.lengths)
    d.lengths = b.materialize(s.lengths);
  SmallVector<mlir::Attribute> kinds;
  SmallVector<float> alphas, betas;
  for (const GateFunction &function :
       ArrayRef(s.activations).slice(index * functions, functions)) {
    kinds.push_back(nn::GateKindAttr::get(builder.getContext(), function.kind));
    alphas.push_back(function.alpha);
    betas.push_back(function.beta);
  }
  d.activations = builder.getArrayAttr(kinds);
  d.alphas = builder.getDenseF32ArrayAttr(alphas);
  d.betas = builder.getDenseF32ArrayAttr(betas);
  if (s.clip)
    d.clip = builder.getF32FloatAttr(*s.clip);
  if (s.isBackward(index))
    d.reverse = builder.getUnitAttr();
  d.sequence = b.getType(DataType::F32, {s.steps, s.batch, s.hidden});
  d.state = b.getType(DataType::F32, {s.batch, s.hidden});
  d.gates = b.getType(DataType::F32, {s.steps, s.batch, width});
  return d;
}

/// Takes over what a direction's operation gives.
static void addResults(TensorBuilder &b, const Sequence &s, mlir::Value outputs,
                       ArrayRef<mlir::Value> last, Results &results) {
  results.outputs.push_back(b.reshape(Tensor(outputs, DataType::F32),
                                      {s.steps, 1, s.batch, s.hidden}));
  results.last.resize(last.size());
  for (auto [state, all] : llvm::zip_equal(last, results.last))
    all.push_back(
        b.reshape(Tensor(state, DataType::F32), {1, s.batch, s.hidden}));
}

/// Sets Y, [steps, directions, batch, hidden], and a last state for each
/// output.
static LogicalResult setOutputs(Node &node, const Sequence &s,
                                const Results &results) {
  TensorBuilder &b = node.b;
  if (node.hasOutput(0)) {
    Tensor all = b.concat(results.outputs, 1);
    if (failed(
            node.set(0, s.batchFirst ? b.transpose(all, {2, 0, 1, 3}) : all)))
      return failure();
  }
  for (auto [i, states] : llvm::enumerate(results.last)) {
    if (!node.hasOutput(i + 1))
      continue;
    Tensor last = b.concat(states, 0);
    if (failed(node.set(i + 1,
                        s.batchFirst ? b.transpose(last, {1, 0, 2}) : last)))
      return failure();
  }
  return mlir::success();
}

LogicalResult frontend::importRnn(Node &node) {
  auto s = readSequence(node, 1, {"Tanh"});
  if (failed(s))
    return failure();
  Results results;
  for (int64_t i = 0; i < s->directions; ++i) {
    Direction d = readDirection(node, *s, i, 1, 1);
    if (!d)
      return failure();
    auto op = node.b.create<nn::RnnOp>(
        mlir::TypeRange{d.sequence, d.state, d.gates}, d.input, d.weights,
        d.initial, d.lengths, d.activations, d.alphas, d.betas, d.clip,
        d.reverse);
    addResults(node.b, *s, op.getOutputs(), {op.getLast()}, results);
  }
  return setOutputs(node, *s, results);
}

LogicalResult frontend::importGru(Node &node) {
  TensorBuilder &b = node.b;
  auto s = readSequence(node, 3, {"Sigmoid", "Tanh"});
  if (failed(s))
    return failure();
  bool resetAfter = node.getInt("linear_before_reset", 0) != 0;
  Results results;
  for (int64_t i = 0; i < s->directions; ++i) {
    Direction d = readDirection(node, *s, i, 3, 2, resetAfter);
    mlir::Value bias;
    if (d && d.lastBias && !(bias = b.materialize(d.lastBias)))
      return failure();
    if (!d)
      return failure();
    auto op = b.create<nn::GruOp>(
        mlir::TypeRange{d.sequence, d.state, d.gates}, d.input, d.weights,
        d.initial, bias, d.lengths, d.activations, d.alphas, d.betas, d.clip,
        d.reverse, resetAfter ? b.getBuilder().getUnitAttr() : nullptr);
    addResults(b, *s, op.getOutputs(), {op.getLast()}, results);
  }
  return setOutputs(node, *s, results);
}

LogicalResult frontend::importLstm(Node &node) {
  TensorBuilder &b = node.b;
  auto s = readSequence(node, 4, {"Sigmoid", "Tanh", "Tanh"});
  if (failed(s))
    return failure();
  if (node[7] &&
      failed(node.expectShape(7, {s->directions, 3 * s->hidden}, "peepholes")))
    return failure();
  bool coupled = node.getInt("input_forget", 0) != 0;
  Results results;
  for (int64_t i = 0; i < s->directions; ++i) {
    Direction d = readDirection(node, *s, i, 4, 3);
    mlir::Value cell = b.materialize(initialState(node, *s, 6, i)), peepholes;
    if (node[7] && !(peepholes = b.materialize(takeDirection(b, node[7], i))))
      return failure();
    if (!d || !cell)
      return failure();
    auto op = b.create<nn::LstmOp>(
        mlir::TypeRange{d.sequence, d.state, d.state, d.gates, d.sequence},
        d.input, d.weights, d.initial, cell, peepholes, d.lengths,
        d.activations, d.alphas, d.betas, d.clip, d.reverse,
        coupled ? b.getBuilder().getUnitAttr() : nullptr);
    addResults(b, *s, op.getOutputs(), {op.getLast(), op.getLastCell()},
               results);
  }
  return setOutputs(node, *s, results);
}
