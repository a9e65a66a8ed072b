//===- WriteFloat.cpp - operations that stayed in float as ONNX nodes -----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Between a DequantizeLinear and a QuantizeLinear, or at the network's rim,
// these nodes have no others around them.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Tosa/Utils/ConversionUtils.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::exporting;
namespace tosa = mlir::tosa;

/// Returns ONNX's operator for an elementwise or logical one of TOSA that means
/// the same on the same operands; empty for others.
static StringRef getSameOperator(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case<tosa::AddOp>([](auto) { return "Add"; })
      .Case<tosa::SubOp>([](auto) { return "Sub"; })
      .Case<tosa::MulOp>([](auto) { return "Mul"; })
      .Case<tosa::PowOp>([](auto) { return "Pow"; })
      .Case<tosa::MaximumOp>([](auto) { return "Max"; })
      .Case<tosa::MinimumOp>([](auto) { return "Min"; })
      .Case<tosa::GreaterOp>([](auto) { return "Greater"; })
      .Case<tosa::GreaterEqualOp>([](auto) { return "GreaterOrEqual"; })
      .Case<tosa::EqualOp>([](auto) { return "Equal"; })
      .Case<tosa::LogicalAndOp>([](auto) { return "And"; })
      .Case<tosa::LogicalOrOp>([](auto) { return "Or"; })
      .Case<tosa::LogicalNotOp>([](auto) { return "Not"; })
      .Case<tosa::SelectOp>([](auto) { return "Where"; })
      .Case<tosa::AbsOp>([](auto) { return "Abs"; })
      .Case<tosa::CeilOp>([](auto) { return "Ceil"; })
      .Case<tosa::FloorOp>([](auto) { return "Floor"; })
      .Case<tosa::ExpOp>([](auto) { return "Exp"; })
      .Case<tosa::LogOp>([](auto) { return "Log"; })
      .Case<tosa::ReciprocalOp>([](auto) { return "Reciprocal"; })
      .Case<tosa::SigmoidOp>([](auto) { return "Sigmoid"; })
      .Case<tosa::TanhOp>([](auto) { return "Tanh"; })
      .Case<tosa::ErfOp>([](auto) { return "Erf"; })
      .Case<tosa::SinOp>([](auto) { return "Sin"; })
      .Case<tosa::CosOp>([](auto) { return "Cos"; })
      .Case<tosa::NegateOp>([](auto) { return "Neg"; })
      .Case<nn::PreluOp>([](auto) { return "PRelu"; })
      .Case<nn::MatMulOp>([](auto) { return "MatMul"; })
      .Default([](Operation *) { return ""; });
}

/// How many of an operation's operands its node takes: TOSA's others are zero
/// points and shifts of integers.
static unsigned countOperands(Operation *op) {
  if (isa<tosa::NegateOp>(op))
    return 1;
  return isa<tosa::MulOp>(op) ? 2 : op->getNumOperands();
}

/// Returns ONNX's operator for a function that has no parameter; empty for
/// others.
static StringRef getFunction(nn::UnaryKind kind) {
  switch (kind) {
  case nn::UnaryKind::Acos:
    return "Acos";
  case nn::UnaryKind::Acosh:
    return "Acosh";
  case nn::UnaryKind::Asin:
    return "Asin";
  case nn::UnaryKind::Asinh:
    return "Asinh";
  case nn::UnaryKind::Atan:
    return "Atan";
  case nn::UnaryKind::Atanh:
    return "Atanh";
  case nn::UnaryKind::Cosh:
    return "Cosh";
  case nn::UnaryKind::Erf:
    return "Erf";
  case nn::UnaryKind::Round:
    return "Round";
  case nn::UnaryKind::Sign:
    return "Sign";
  case nn::UnaryKind::Sinh:
    return "Sinh";
  case nn::UnaryKind::Softplus:
    return "Softplus";
  case nn::UnaryKind::Softsign:
    return "Softsign";
  case nn::UnaryKind::Sqrt:
    return "Sqrt";
  case nn::UnaryKind::Tan:
    return "Tan";
  default:
    return "";
  }
}

/// Whether products alone read a constant, as the shift that floats have none
/// of.
static bool isShift(tosa::ConstOp constant) {
  return llvm::all_of(constant->getUses(), [](mlir::OpOperand &use) {
    return isa<tosa::MulOp>(use.getOwner()) && use.getOperandNumber() == 2;
  });
}

namespace {
/// Writes one operation; null tensors say that it has no form.
class FloatWriter {
public:
  FloatWriter(Operation *op, QdqGraph &graph, GraphWriter &writer)
      : op(op), result(op->getResult(0)), graph(graph), writer(writer) {}

  /// Returns whether it could.
  bool write();

private:
  std::string node(StringRef kind, ArrayRef<std::string> inputs,
                   ArrayRef<NodeAttribute> attributes = {}) {
    return writer.addNode(kind, inputs, QdqGraph::getName(result), attributes);
  }
  std::string number(float value) {
    return writer.addFloats("number", {}, value);
  }
  std::string operand(unsigned index, Order order = Own) {
    return graph.getReals(op->getOperand(index), order);
  }
  bool set(std::string tensor, Order order = Own) {
    graph.setMoved(result, order, std::move(tensor));
    return true;
  }
  /// Adds integers that TOSA has as a shape.
  std::optional<SmallVector<int64_t>> getShapeOperand(unsigned index) {
    SmallVector<int64_t> values;
    if (!tosa::getConstShapeValues(op->getOperand(index).getDefiningOp(),
                                   values))
      return std::nullopt;
    return values;
  }
  std::string addSizes(ArrayRef<int64_t> values) {
    return exporting::addSizes(writer, values);
  }
  bool writeConstant(ElementsAttr values);
  bool writeStoredWeights(nn::DequantizeWeightsOp weights);
  bool writeFunction(nn::UnaryOp function);
  bool writeNorm(int64_t first, int64_t end, bool isCentred, float epsilon,
                 const std::string &scale, const std::string &offset);
  /// Writes `kind` on integers of 32 bits in place of those of `type`.
  bool writeWide(StringRef kind, TensorProto::DataType type);
  bool writeMovement();
  Operation *op;
  Value result;
  QdqGraph &graph;
  GraphWriter &writer;
};
} // namespace

bool FloatWriter::writeConstant(ElementsAttr values) {
  Type element = values.getElementType();
  ArrayRef<int64_t> shape = getShape(result);
  std::string name = QdqGraph::getName(result);
  if (element.isF32())
    return set(writer.addFloats(name, shape, getFloats(values)));
  std::optional<TensorProto::DataType> type = getPlainType(element);
  return type &&
         set(writer.addIntegers(name, *type, shape, getIntegers(values)));
}

/// Weights in fewer bytes: integers with a scale for each channel; what is
/// stored in 16 bits of float is written in 32.
bool FloatWriter::writeStoredWeights(nn::DequantizeWeightsOp weights) {
  auto stored = weights.getStored().getDefiningOp<tosa::ConstOp>(),
       scales = weights.getScales().getDefiningOp<tosa::ConstOp>();
  if (!stored || !scales)
    return false;
  ArrayRef<int64_t> shape = getShape(result);
  std::string name = QdqGraph::getName(result);
  SmallVector<float> factors = getFloats(scales.getValues());
  int64_t size = 1;
  for (int64_t extent : shape.drop_front())
    size *= extent;
  if (!stored.getValues().getElementType().isInteger(8)) {
    SmallVector<float> reals = getFloats(stored.getValues());
    for (auto [i, real] : llvm::enumerate(reals))
      real *= factors[i / size];
    return set(writer.addFloats(name, shape, reals));
  }
  SmallVector<int64_t> bytes = getIntegers(stored.getValues()), values;
  if (weights.getPairs()) {
    // Two of 4 bits in a byte, the first below; rows end with a whole byte.
    int64_t row = shape.back(), pairs = (row + 1) / 2;
    for (size_t i = 0; i < bytes.size(); ++i) {
      values.push_back(llvm::SignExtend64<4>(bytes[i]));
      if (static_cast<int64_t>(i) % pairs * 2 + 1 < row)
        values.push_back(llvm::SignExtend64<4>(bytes[i] >> 4));
    }
  } else {
    values = std::move(bytes);
  }
  SmallVector<double> steps(factors.begin(), factors.end());
  mlir::MLIRContext *context = op->getContext();
  Type type = mlir::quant::UniformQuantizedPerAxisType::get(
      mlir::quant::QuantizationFlags::Signed,
      mlir::IntegerType::get(context, 8), mlir::Float32Type::get(context),
      steps, SmallVector<int64_t>(steps.size(), 0), 0, -128, 127);
  return set(addStored(name, type, values, shape, 0, graph, writer));
}

bool FloatWriter::writeFunction(nn::UnaryOp function) {
  std::string x = operand(0);
  float alpha = function.getAlphaValue(), beta = function.getBetaValue();
  if (StringRef kind = getFunction(function.getKind()); !kind.empty())
    return set(node(kind, {x}));
  switch (function.getKind()) {
  case nn::UnaryKind::Celu:
    return set(node("Celu", {x}, {{"alpha", alpha}}));
  case nn::UnaryKind::Elu:
    return set(node("Elu", {x}, {{"alpha", alpha}}));
  case nn::UnaryKind::LeakyRelu:
    return set(node("LeakyRelu", {x}, {{"alpha", alpha}}));
  case nn::UnaryKind::ThresholdedRelu:
    return set(node("ThresholdedRelu", {x}, {{"alpha", alpha}}));
  case nn::UnaryKind::Selu:
    return set(node("Selu", {x}, {{"alpha", alpha}, {"gamma", beta}}));
  case nn::UnaryKind::HardSigmoid:
    return set(node("HardSigmoid", {x}, {{"alpha", alpha}, {"beta", beta}}));
  case nn::UnaryKind::HardSwish:
    return set(node("Mul", {x, node("HardSigmoid", {x},
                                    {{"alpha", 1 / 6.0f}, {"beta", 0.5f}})}));
  case nn::UnaryKind::Mish:
    return set(node("Mul", {x, node("Tanh", {node("Softplus", {x})})}));
  case nn::UnaryKind::Swish:
    return set(
        node("Mul", {x, node("Sigmoid", {node("Mul", {x, number(alpha)})})}));
  case nn::UnaryKind::Gelu: {
    std::string inner = node("Erf", {node("Mul", {x, number(0.70710678f)})});
    inner = node("Add", {inner, number(1)});
    return set(node("Mul", {node("Mul", {x, number(0.5f)}), inner}));
  }
  case nn::UnaryKind::GeluTanh: {
    std::string cube = node("Mul", {node("Mul", {x, x}), x});
    std::string inner =
        node("Add", {x, node("Mul", {cube, number(0.044715f)})});
    inner = node("Tanh", {node("Mul", {inner, number(0.79788456f)})});
    inner = node("Add", {inner, number(1)});
    return set(node("Mul", {node("Mul", {x, number(0.5f)}), inner}));
  }
  default:
    return false;
  }
}

/// Normalises the axes from `first` to `end`; an offset may be missing.
bool FloatWriter::writeNorm(int64_t first, int64_t end, bool isCentred,
                            float epsilon, const std::string &scale,
                            const std::string &offset) {
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(first, end));
  auto mean = [&](const std::string &of) {
    return addReduction(writer, "ReduceMean", of, axes,
                        QdqGraph::getName(result));
  };
  std::string x = operand(0);
  if (isCentred)
    x = node("Sub", {x, mean(x)});
  std::string spread =
      node("Add", {mean(node("Mul", {x, x})), number(epsilon)});
  x = node("Mul", {node("Div", {x, node("Sqrt", {spread})}), scale});
  return set(offset.empty() ? x : node("Add", {x, offset}));
}

bool FloatWriter::writeMovement() {
  if (isa<tosa::ReshapeOp>(op))
    return set(node("Reshape", {operand(0), addSizes(getShape(result))}));
  if (auto transpose = dyn_cast<tosa::TransposeOp>(op))
    return set(
        node("Transpose", {operand(0)},
             {{"perm", SmallVector<int64_t>(transpose.getPerms().begin(),
                                            transpose.getPerms().end())}}));
  if (auto concat = dyn_cast<tosa::ConcatOp>(op)) {
    std::vector<std::string> inputs;
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      inputs.push_back(operand(i));
    return set(node("Concat", inputs, {{"axis", int64_t(concat.getAxis())}}));
  }
  if (isa<tosa::SliceOp>(op)) {
    auto starts = getShapeOperand(1);
    if (!starts)
      return false;
    SmallVector<int64_t> ends;
    for (auto [start, size] : llvm::zip_equal(*starts, getShape(result)))
      ends.push_back(start + size);
    return set(node("Slice", {operand(0), addSizes(*starts), addSizes(ends)}));
  }
  if (isa<tosa::PadOp>(op)) {
    auto pads = getShapeOperand(1);
    if (!pads)
      return false;
    // A pair for each axis becomes all in front, then all behind.
    SmallVector<int64_t> apart;
    for (size_t side : {0, 1})
      for (size_t i = side; i < pads->size(); i += 2)
        apart.push_back((*pads)[i]);
    std::string value = node("Reshape", {operand(2), addSizes({})});
    return set(node("Pad", {operand(0), addSizes(apart), value}));
  }
  if (isa<tosa::TileOp>(op)) {
    auto repeats = getShapeOperand(1);
    return repeats && set(node("Tile", {operand(0), addSizes(*repeats)}));
  }
  return false;
}

bool FloatWriter::writeWide(StringRef kind, TensorProto::DataType type) {
  auto cast = [&](const std::string &x, TensorProto::DataType to) {
    return node("Cast", {x}, {{"to", static_cast<int64_t>(to)}});
  };
  std::vector<std::string> inputs;
  for (auto [i, value] : llvm::enumerate(op->getOperands())) {
    inputs.push_back(operand(i));
    if (!mlir::getElementTypeOrSelf(value).isInteger(1))
      inputs.back() = cast(inputs.back(), TensorProto::INT32);
  }
  return set(cast(node(kind, inputs), type));
}

/// Whether ONNX Runtime has no kernel for `op` on integers of so few bits.
static bool wantsWideIntegers(Operation *op, Type element) {
  return isa<tosa::SelectOp, tosa::MaximumOp, tosa::MinimumOp>(op) &&
         (element.isInteger(8) || element.isInteger(16));
}

bool FloatWriter::write() {
  Type element = mlir::getElementTypeOrSelf(result);
  if (auto type = getPlainType(element); type && wantsWideIntegers(op, element))
    return writeWide(getSameOperator(op), *type);
  if (StringRef kind = getSameOperator(op); !kind.empty()) {
    std::vector<std::string> inputs;
    for (unsigned i = 0; i < countOperands(op); ++i)
      inputs.push_back(operand(i));
    return set(node(kind, inputs));
  }
  if (writeMovement())
    return true;
  auto reduce = [&](StringRef kind, int64_t axis) {
    return set(addReduction(writer, kind, operand(0), axis,
                            QdqGraph::getName(result)));
  };
  int64_t rank = getShape(result).size();
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<tosa::ConstOp>([&](auto constant) {
        return isShift(constant) || writeConstant(constant.getValues());
      })
      // Read where a shape is.
      .Case<tosa::ConstShapeOp>([](auto) { return true; })
      .Case<tosa::RsqrtOp>([&](auto) {
        return set(node("Reciprocal", {node("Sqrt", {operand(0)})}));
      })
      .Case<tosa::ClampOp>([&](auto clamp) {
        auto bound = [&](Attribute value) {
          return number(
              cast<mlir::FloatAttr>(value).getValue().convertToFloat());
        };
        return isa<mlir::FloatAttr>(clamp.getMinVal()) &&
               set(node("Clip", {operand(0), bound(clamp.getMinVal()),
                                 bound(clamp.getMaxVal())}));
      })
      .Case<tosa::ReduceSumOp>(
          [&](auto sum) { return reduce("ReduceSum", sum.getAxis()); })
      .Case<tosa::ReduceMaxOp>(
          [&](auto most) { return reduce("ReduceMax", most.getAxis()); })
      .Case<tosa::ReduceMinOp>(
          [&](auto least) { return reduce("ReduceMin", least.getAxis()); })
      .Case<nn::UnaryOp>([&](auto function) { return writeFunction(function); })
      .Case<nn::LayerNormOp>([&](auto norm) {
        return writeNorm(norm.getAxis(), rank, /*isCentred=*/true,
                         norm.getEpsilon().convertToFloat(), operand(1),
                         operand(2));
      })
      .Case<nn::InstanceNormOp>([&](auto norm) {
        return writeNorm(1, rank - 1, /*isCentred=*/true,
                         norm.getEpsilon().convertToFloat(), operand(1),
                         operand(2));
      })
      .Case<nn::RmsNormOp>([&](auto norm) {
        return !norm.getFloor() &&
               writeNorm(norm.getAxis(), rank, /*isCentred=*/false,
                         norm.getEpsilon().convertToFloat(), operand(1), "");
      })
      .Case<nn::SoftmaxOp>([&](auto softmax) {
        std::string x = operand(0);
        // A row of which all is masked is one of equal numbers.
        if (softmax.getMask())
          x = node("Where", {operand(1), x, number(-1e30f)});
        return set(
            node("Softmax", {x}, {{"axis", int64_t(softmax.getAxis())}}));
      })
      .Case<nn::LogSoftmaxOp>([&](auto softmax) {
        return set(node("LogSoftmax", {operand(0)},
                        {{"axis", int64_t(softmax.getAxis())}}));
      })
      .Case<nn::LinearOp>([&](auto) {
        std::string weights = node("Transpose", {operand(1)},
                                   {{"perm", SmallVector<int64_t>{1, 0}}});
        return set(
            node("Add", {node("MatMul", {operand(0), weights}), operand(2)}));
      })
      .Case<nn::DequantizeWeightsOp>(
          [&](auto weights) { return writeStoredWeights(weights); })
      .Case<tosa::ReduceProductOp>(
          [&](auto product) { return reduce("ReduceProd", product.getAxis()); })
      .Default([](Operation *) { return false; });
}

bool exporting::writeFloatOp(Operation *op, QdqGraph &graph,
                             GraphWriter &writer) {
  if (writeIndexOp(op, graph, writer))
    return true;
  return op->getNumResults() == 1 &&
                 isa<ShapedType>(op->getResult(0).getType()) &&
                 !fxp::QuantView(op->getResult(0).getType())
             ? writeFloatImageOp(op, graph, writer) ||
                   FloatWriter(op, graph, writer).write()
             : isa<tosa::ConstShapeOp>(op);
}
