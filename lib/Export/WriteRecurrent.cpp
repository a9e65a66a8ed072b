//===- WriteRecurrent.cpp - recurrent layers as ONNX nodes ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A layer of ours is one direction on an input that is projected already, by a
// product of its own. ONNX's operators project their input themselves: they
// take that product's weights, or, where there is no such product, an identity.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Fxp/IR/Recurrent.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace narrow;
using namespace narrow::exporting;
using fxp::QuantView;
using fxp::RecurrentView;
using mlir::DictionaryAttr;

namespace {
/// What every node has; the strings are tensors, empty where there is none.
struct LayerNode {
  StringRef kind;
  int64_t steps = 0, batch = 0, hidden = 0, gates = 0;
  std::string stateWeights; ///< [1, gates * hidden, hidden]
  std::string stateBias;    ///< [gates * hidden]
  std::string lengths, initial, initialCell, peepholes;
  SmallVector<NodeAttribute> attributes;

  int64_t getWidth() const { return gates * hidden; }
};

/// How a layer's input is made of another tensor, by the operator itself.
struct Projection {
  std::string input;   ///< [steps, batch, features]
  std::string weights; ///< [1, width, features]
  std::string bias;    ///< [width]
};

class RecurrentWriter {
public:
  RecurrentWriter(Operation *op, QdqGraph &graph, GraphWriter &writer)
      : op(op), graph(graph), writer(writer) {}

  LogicalResult write(const RecurrentView &view);
  template <typename OpT>
  LogicalResult write(OpT layer, StringRef kind);

private:
  std::string getName() { return QdqGraph::getName(op->getResult(0)); }
  std::string reshape(const std::string &tensor, ArrayRef<int64_t> shape) {
    return writer.addNode("Reshape", {tensor, addSizes(writer, shape)},
                          getName() + ":shaped");
  }
  std::string addVector(StringRef what, ArrayRef<float> values) {
    return writer.addFloats((getName() + ":" + what).str(),
                            {int64_t(values.size())}, values);
  }
  std::string getState(Value value, const LayerNode &node);
  void setFunctions(DictionaryAttr attributes, bool isReversed,
                    LayerNode &node);
  Projection project(Value input, const LayerNode &node);
  std::vector<std::string> addLayer(Value input, LayerNode &node);

  Operation *op;
  QdqGraph &graph;
  GraphWriter &writer;
};
} // namespace

/// Whether a value is zero all over, as states start that a model leaves out.
static bool isZero(Value value) {
  if (auto constant = value.getDefiningOp<fxp::ConstantOp>()) {
    QuantView view(value.getType());
    return view && view.hasOneScale() &&
           llvm::all_of(getIntegers(constant.getValue()),
                        [&](int64_t v) { return v == view.getZeroPoint(); });
  }
  auto constant = value.getDefiningOp<mlir::tosa::ConstOp>();
  return constant && llvm::all_of(getFloats(constant.getValues()),
                                  [](float v) { return v == 0; });
}

std::string RecurrentWriter::getState(Value value, const LayerNode &node) {
  return isZero(value)
             ? ""
             : reshape(graph.getReals(value), {1, node.batch, node.hidden});
}

/// Sets what the attributes of a float layer say, by which tables were made
/// too.
void RecurrentWriter::setFunctions(DictionaryAttr attributes, bool isReversed,
                                   LayerNode &node) {
  auto kinds = attributes.getAs<mlir::ArrayAttr>("activations");
  auto alphas = attributes.getAs<mlir::DenseF32ArrayAttr>("alphas"),
       betas = attributes.getAs<mlir::DenseF32ArrayAttr>("betas");
  std::vector<std::string> names;
  std::vector<float> alpha, beta;
  for (auto [i, attribute] : llvm::enumerate(kinds)) {
    nn::GateKind kind = cast<nn::GateKindAttr>(attribute).getValue();
    names.push_back(llvm::convertToCamelFromSnakeCase(
        nn::stringifyGateKind(kind), /*capitalizeFirst=*/true));
    unsigned count = nn::getParameterCount(kind);
    if (count > 0)
      alpha.push_back(alphas[i]);
    if (count > 1)
      beta.push_back(betas[i]);
  }
  node.attributes.push_back({"hidden_size", node.hidden});
  node.attributes.push_back({"activations", names});
  if (!alpha.empty())
    node.attributes.push_back({"activation_alpha", alpha});
  if (!beta.empty())
    node.attributes.push_back({"activation_beta", beta});
  if (auto clip = attributes.getAs<mlir::FloatAttr>("clip"))
    node.attributes.push_back({"clip", clip.getValue().convertToFloat()});
  if (isReversed)
    node.attributes.push_back({"direction", std::string("reverse")});
}

/// Looks through reshapes.
static Value getSource(Value value) {
  while (Operation *maker = value.getDefiningOp()) {
    if (!isa<fxp::ReshapeOp, mlir::tosa::ReshapeOp>(maker))
      break;
    value = maker->getOperand(0);
  }
  return value;
}

/// Whether a product's result is what was computed, but for the limits of its
/// type.
static bool isPlainProduct(fxp::FullyConnectedOp op) {
  return op.getRequant().getMin().empty() && op.getRequant().getMax().empty() &&
         op.getWeights().getDefiningOp<fxp::ConstantOp>() &&
         op.getBias().getDefiningOp<fxp::ConstantOp>();
}

Projection RecurrentWriter::project(Value input, const LayerNode &node) {
  int64_t width = node.getWidth();
  Value source = getSource(input);
  if (getShape(source).back() == width) {
    if (auto product = source.getDefiningOp<fxp::FullyConnectedOp>();
        product && isPlainProduct(product)) {
      int64_t depth = getShape(product.getWeights())[1];
      QuantView x(product.getInput().getType()),
          w(product.getWeights().getType());
      SmallVector<float> bias;
      for (auto [row, value] : llvm::enumerate(getIntegers(
               product.getBias().getDefiningOp<fxp::ConstantOp>().getValue())))
        bias.push_back(static_cast<float>(x.getLargestScale() *
                                          w.getScale(row) * double(value)));
      FailureOr<reference::Tensor> weights =
          readWeights(product, product.getWeights());
      return {reshape(graph.getFactors(product.getInput()),
                      {node.steps, node.batch, depth}),
              addWeights(
                  product.getWeights(), w.getElementType(), *weights,
                  {1, width, depth}, 1,
                  [&](ArrayRef<int64_t> at) { return at[1] * depth + at[2]; },
                  graph, writer),
              addVector("bias", bias)};
    }
    if (auto product = source.getDefiningOp<nn::LinearOp>()) {
      int64_t depth = getShape(product.getWeights())[1];
      return {reshape(graph.getReals(product.getInput()),
                      {node.steps, node.batch, depth}),
              reshape(graph.getReals(product.getWeights()), {1, width, depth}),
              graph.getReals(product.getBias())};
    }
  }
  SmallVector<int64_t> identity(width * width, 0);
  for (int64_t i = 0; i < width; ++i)
    identity[i * width + i] = 1;
  std::string stored = writer.addIntegers(
      getName() + ":identity", TensorProto::INT8, {1, width, width}, identity);
  return {graph.getReals(input),
          writer.addNode("DequantizeLinear",
                         {stored, writer.addFloats("scale", {}, 1.0f)},
                         getName() + ":identity"),
          addVector("bias", SmallVector<float>(width, 0.0f))};
}

/// Adds the node; returns its results in the shapes that ours have.
std::vector<std::string> RecurrentWriter::addLayer(Value input,
                                                   LayerNode &node) {
  Projection projection = project(input, node);
  std::string bias =
      writer.addNode("Concat", {projection.bias, node.stateBias},
                     getName() + ":biases", {{"axis", int64_t(0)}});
  std::vector<std::string> inputs{
      projection.input,  projection.weights,
      node.stateWeights, reshape(bias, {1, 2 * node.getWidth()}),
      node.lengths,      node.initial};
  std::vector<std::string> wanted{getName() + ":states", getName() + ":last"};
  if (node.kind == "LSTM") {
    inputs.push_back(node.initialCell);
    inputs.push_back(node.peepholes);
    wanted.push_back(getName() + ":cell");
  }
  while (inputs.back().empty())
    inputs.pop_back();
  std::vector<std::string> results =
      writer.addWithResults(node.kind, inputs, wanted, node.attributes);
  for (auto [i, result] : llvm::enumerate(results))
    result = i == 0 ? reshape(result, {node.steps, node.batch, node.hidden})
                    : reshape(result, {node.batch, node.hidden});
  return results;
}

/// N80: what the integers of a layer stand for.
LogicalResult RecurrentWriter::write(const RecurrentView &view) {
  auto functions = op->getAttrOfType<DictionaryAttr>(fxp::kGateFunctionsAttr);
  if (!functions)
    return op->emitError("expected a recurrent layer whose activations are "
                         "known, found their tables alone [no-onnx-form]");
  LayerNode node;
  node.kind = view.kind == RecurrentView::Kind::Lstm  ? "LSTM"
              : view.kind == RecurrentView::Kind::Gru ? "GRU"
                                                      : "RNN";
  node.steps = view.steps;
  node.batch = view.batch;
  node.hidden = view.hidden;
  node.gates = view.gates;
  // Sums are brought to 2^-inputBits by multipliers with `shift` bits of
  // fraction.
  QuantView state(view.outputs.getType());
  int inputBits = static_cast<int>(std::lround(
      std::log2(std::ldexp(double(view.inputMultiplier), -view.shift) /
                QuantView(view.input.getType()).getScale())));
  SmallVector<int64_t> multipliers = getIntegers(view.multipliers),
                       bias = getIntegers(view.bias);
  SmallVector<double> scales;
  SmallVector<float> reals;
  for (auto [row, multiplier] : llvm::enumerate(multipliers)) {
    double unit =
        std::ldexp(static_cast<double>(multiplier), -view.shift - inputBits);
    // A row that adds nothing has no scale; its weights are zero then.
    scales.push_back(multiplier ? unit / state.getScale() : 1.0);
    reals.push_back(static_cast<float>(unit * static_cast<double>(bias[row])));
  }
  SmallVector<int64_t> weights = getIntegers(view.weights);
  for (auto [i, weight] : llvm::enumerate(weights))
    if (multipliers[i / view.hidden] == 0)
      weight = 0;
  mlir::MLIRContext *context = op->getContext();
  Type type = mlir::quant::UniformQuantizedPerAxisType::get(
      mlir::quant::QuantizationFlags::Signed,
      mlir::IntegerType::get(context, 8), mlir::Float32Type::get(context),
      scales, SmallVector<int64_t>(scales.size(), 0), 1, -128, 127);
  node.stateWeights =
      addStored(getName() + ":weights", type, weights,
                {1, node.getWidth(), view.hidden}, 1, graph, writer);
  node.stateBias = addVector("state_bias", reals);
  if (view.lengths)
    node.lengths = graph.getReals(view.lengths);
  // A GRU starts from its wide state.
  bool isLstm = view.kind == RecurrentView::Kind::Lstm;
  node.initial = getState(view.initial ? view.initial : view.wideInitial, node);
  if (isLstm)
    node.initialCell = getState(view.wideInitial, node);
  if (view.peepholes) {
    double cell = QuantView(view.wideLast.getType()).getScale();
    SmallVector<float> peepholes;
    for (int64_t stored : getIntegers(view.peepholes))
      peepholes.push_back(static_cast<float>(
          std::ldexp(double(stored), -view.shift - inputBits) / cell));
    node.peepholes =
        reshape(addVector("peepholes", peepholes), {1, 3 * view.hidden});
  }
  setFunctions(functions, view.reverse, node);
  if (view.inputForget)
    node.attributes.push_back({"input_forget", int64_t(1)});
  if (view.resetAfter)
    node.attributes.push_back({"linear_before_reset", int64_t(1)});
  std::vector<std::string> results = addLayer(view.input, node);
  graph.setComputed(view.outputs, Own, results[0], view.requant);
  graph.setComputed(view.last, Own, results[1], view.requant);
  if (view.wideLast)
    graph.setComputed(view.wideLast, Own, isLstm ? results[2] : results[1]);
  return mlir::success();
}

template <typename OpT>
LogicalResult RecurrentWriter::write(OpT layer, StringRef kind) {
  constexpr bool isLstm = std::is_same_v<OpT, nn::LstmOp>;
  // Calibration alone reads what gates and cells were.
  constexpr unsigned kResults = isLstm ? 3 : 2;
  for (Value extra : op->getResults().drop_front(kResults))
    if (!extra.use_empty())
      return op->emitError("expected a recurrent layer of which states alone "
                           "are read [no-onnx-form]");
  LayerNode node;
  node.kind = kind;
  node.steps = layer.getSteps();
  node.batch = layer.getBatch();
  node.hidden = layer.getHidden();
  node.gates = OpT::kGates;
  node.stateWeights =
      reshape(writer.addNode("Transpose", {graph.getReals(layer.getWeights())},
                             getName() + ":weights",
                             {{"perm", SmallVector<int64_t>{1, 0}}}),
              {1, node.getWidth(), node.hidden});
  node.stateBias =
      addVector("state_bias", SmallVector<float>(node.getWidth(), 0.0f));
  if (layer.getLengths())
    node.lengths = graph.getReals(layer.getLengths());
  node.initial = getState(layer.getInitial(), node);
  setFunctions(op->getAttrDictionary(), layer.getReverse(), node);
  if constexpr (isLstm) {
    node.initialCell = getState(layer.getInitialCell(), node);
    if (layer.getPeepholes())
      node.peepholes =
          reshape(graph.getReals(layer.getPeepholes()), {1, 3 * node.hidden});
    if (layer.getInputForget())
      node.attributes.push_back({"input_forget", int64_t(1)});
  }
  if constexpr (std::is_same_v<OpT, nn::GruOp>) {
    if (layer.getResetAfter())
      node.attributes.push_back({"linear_before_reset", int64_t(1)});
    if (layer.getBias())
      node.stateBias = writer.addNode(
          "Concat",
          {addVector("state_bias", SmallVector<float>(2 * node.hidden, 0.0f)),
           graph.getReals(layer.getBias())},
          getName() + ":state_bias", {{"axis", int64_t(0)}});
  }
  std::vector<std::string> results = addLayer(layer.getInput(), node);
  for (unsigned i = 0; i < kResults; ++i)
    graph.setMoved(op->getResult(i), Own, results[i]);
  return mlir::success();
}

LogicalResult exporting::writeRecurrent(Operation *op, QdqGraph &graph,
                                        GraphWriter &writer) {
  RecurrentWriter layers(op, graph, writer);
  if (auto view = RecurrentView::get(op))
    return layers.write(*view);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](nn::LstmOp layer) { return layers.write(layer, "LSTM"); })
      .Case([&](nn::GruOp layer) { return layers.write(layer, "GRU"); })
      .Case([&](nn::RnnOp layer) { return layers.write(layer, "RNN"); });
}
