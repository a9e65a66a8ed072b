//===- FuseActivations.cpp - recognise activation functions ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An activation can be spelt in many ways. They are not matched by shape: the
// expression is computed at sample points and compared with each function.
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "Evaluate.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"
#include "llvm/ADT/SetVector.h"
#include <cmath>

namespace narrow {
#define GEN_PASS_DEF_FUSEACTIVATIONS
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

/// More ops than any spelling of an activation has.
static constexpr size_t kMaxOps = 16;

namespace {
struct Activation {
  nn::UnaryKind kind;
  /// As the op's attributes; NaN where the kind has none.
  double alpha = NAN, beta = NAN;
};
} // namespace

/// Computes one of the functions that are recognised.
static double evaluate(const Activation &activation, double x) {
  double alpha = activation.alpha, beta = activation.beta;
  auto softplus = [](double v) { return std::log1p(std::exp(v)); };
  switch (activation.kind) {
  case nn::UnaryKind::Elu:
    return x < 0 ? alpha * std::expm1(x) : x;
  case nn::UnaryKind::Gelu:
    return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
  case nn::UnaryKind::GeluTanh:
    return x / 2 *
           (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  case nn::UnaryKind::HardSigmoid:
    return std::max(0.0, std::min(1.0, alpha * x + beta));
  case nn::UnaryKind::HardSwish:
    return x * std::max(0.0, std::min(1.0, x / 6 + 0.5));
  case nn::UnaryKind::LeakyRelu:
    return x < 0 ? alpha * x : x;
  case nn::UnaryKind::Mish:
    return x * std::tanh(softplus(x));
  case nn::UnaryKind::Softplus:
    return softplus(x);
  case nn::UnaryKind::Softsign:
    return x / (1 + std::fabs(x));
  case nn::UnaryKind::Swish:
    return x / (1 + std::exp(-alpha * x));
  default:
    llvm_unreachable("not a recognised activation");
  }
}

static bool isRecognised(nn::UnaryKind kind) {
  switch (kind) {
  case nn::UnaryKind::Elu:
  case nn::UnaryKind::Gelu:
  case nn::UnaryKind::GeluTanh:
  case nn::UnaryKind::HardSigmoid:
  case nn::UnaryKind::HardSwish:
  case nn::UnaryKind::LeakyRelu:
  case nn::UnaryKind::Mish:
  case nn::UnaryKind::Softplus:
  case nn::UnaryKind::Softsign:
  case nn::UnaryKind::Swish:
    return true;
  default:
    return false;
  }
}

/// Points that tell the functions apart: dense where they bend, far out where
/// they become straight. Not so far that a naive softplus overflows.
static SmallVector<float> getSamplePoints() {
  SmallVector<float> points;
  for (int i = -100; i <= 100; ++i)
    points.push_back(0.0801f * i);
  for (float far : {12.0f, 20.0f, 40.0f, 80.0f})
    points.append({far, -far});
  return points;
}

/// Computes an op of the expression at all points, from its operands' values.
static std::optional<SmallVector<float>>
evaluateAt(Operation *op,
           function_ref<std::optional<SmallVector<float>>(Value)> lookUp) {
  SmallVector<float> result;
  if (auto prelu = dyn_cast<nn::PreluOp>(op)) {
    auto x = lookUp(prelu.getInput());
    std::optional<float> slope = matchFloatSplat(prelu.getSlope());
    if (!x || !slope)
      return std::nullopt;
    for (float v : *x)
      result.push_back(v < 0 ? *slope * v : v);
    return result;
  }
  if (auto unary = dyn_cast<nn::UnaryOp>(op);
      unary && isRecognised(unary.getKind())) {
    auto x = lookUp(unary.getInput());
    if (!x)
      return std::nullopt;
    Activation activation{unary.getKind(), unary.getAlphaValue(),
                          unary.getBetaValue()};
    for (float v : *x)
      result.push_back(evaluate(activation, v));
    return result;
  }
  if (auto unary = getFloatUnary(op)) {
    auto x = lookUp(op->getOperand(0));
    if (!x)
      return std::nullopt;
    for (float v : *x)
      result.push_back(unary(v));
    return result;
  }
  if (auto binary = getFloatBinary(op)) {
    auto a = lookUp(op->getOperand(0)), b = lookUp(op->getOperand(1));
    if (!a || !b)
      return std::nullopt;
    for (auto [u, v] : llvm::zip(*a, *b))
      result.push_back(binary(u, v));
    return result;
  }
  return std::nullopt;
}

namespace {
/// The elementwise expression that ends in one op, grown backwards from it
/// until a single value is left that it is a function of.
class Expression {
public:
  explicit Expression(Operation *root) : type(root->getResult(0).getType()) {
    isValid = add(root);
  }

  /// Returns the one value that the expression depends on, or null.
  Value getInput() const {
    return isValid && inputs.size() == 1 ? inputs.front() : Value();
  }

  /// Takes the op that makes the latest input in; returns false where it is no
  /// elementwise op.
  bool grow() {
    Operation *latest = nullptr;
    for (Value input : inputs) {
      Operation *op = input.getDefiningOp();
      // Arguments come before every op.
      if (op && op->getBlock() == ops.front()->getBlock() &&
          (!latest || latest->isBeforeInBlock(op)))
        latest = op;
    }
    return isValid && latest && add(latest);
  }

  size_t size() const { return ops.size(); }

  /// Returns the expression's value at each point.
  std::optional<SmallVector<float>> compute(ArrayRef<float> points) const {
    DenseMap<Value, SmallVector<float>> values;
    values[inputs.front()] = SmallVector<float>(points);
    auto lookUp = [&](Value value) -> std::optional<SmallVector<float>> {
      if (auto it = values.find(value); it != values.end())
        return it->second;
      if (std::optional<float> number = matchFloatSplat(value))
        return SmallVector<float>(points.size(), *number);
      return std::nullopt;
    };
    // They were added users first.
    for (Operation *op : llvm::reverse(ops)) {
      auto result = evaluateAt(op, lookUp);
      if (!result)
        return std::nullopt;
      values[op->getResult(0)] = *result;
    }
    return values[ops.front()->getResult(0)];
  }

private:
  bool add(Operation *op) {
    bool isElementwise =
        op->getNumResults() == 1 && op->getResult(0).getType() == type &&
        (isa<nn::PreluOp>(op) || getFloatUnary(op) || getFloatBinary(op));
    if (auto unary = dyn_cast<nn::UnaryOp>(op))
      isElementwise = op->getResult(0).getType() == type &&
                      (isRecognised(unary.getKind()) || getFloatUnary(op));
    if (!isElementwise || ops.size() == kMaxOps)
      return false;
    ops.push_back(op);
    inputs.remove(op->getResult(0));
    unsigned count = isa<nn::PreluOp>(op) || getFloatUnary(op) ? 1 : 2;
    if (isa<nn::UnaryOp>(op))
      count = 1;
    for (Value operand : op->getOperands().take_front(count)) {
      if (matchFloatSplat(operand))
        continue;
      if (operand.getType() != type)
        return false;
      inputs.insert(operand);
    }
    return true;
  }

  Type type;
  bool isValid = false;
  /// Users before what they use.
  SmallVector<Operation *> ops;
  llvm::SetVector<Value> inputs;
};
} // namespace

/// Returns the activation that has these values at the sample points.
static std::optional<Activation> recognise(ArrayRef<float> points,
                                           ArrayRef<float> values) {
  // Where a kind has a parameter, the value at one point gives it.
  auto valueNear = [&](float x) {
    size_t nearest = 0;
    for (size_t i = 0; i < points.size(); ++i)
      if (std::fabs(points[i] - x) < std::fabs(points[nearest] - x))
        nearest = i;
    return std::pair<double, double>(points[nearest], values[nearest]);
  };
  auto [x, y] = valueNear(-1);
  const Activation candidates[] = {
      {nn::UnaryKind::HardSwish},
      {nn::UnaryKind::HardSigmoid, 1.0f / 6.0f, 0.5},
      {nn::UnaryKind::HardSigmoid, 0.2f, 0.5},
      {nn::UnaryKind::Swish, 1.0},
      {nn::UnaryKind::Swish, 1.702f},
      {nn::UnaryKind::Gelu},
      {nn::UnaryKind::GeluTanh},
      {nn::UnaryKind::Mish},
      {nn::UnaryKind::Softplus},
      {nn::UnaryKind::Softsign},
      {nn::UnaryKind::LeakyRelu, static_cast<float>(y / x)},
      {nn::UnaryKind::Elu, static_cast<float>(y / std::expm1(x))},
  };
  for (const Activation &candidate : candidates) {
    // A slope of 0 or 1 is a ReLU or nothing at all.
    bool isTrivial = candidate.alpha == 0 || candidate.alpha == 1;
    isTrivial &= candidate.kind == nn::UnaryKind::LeakyRelu ||
                 (candidate.kind == nn::UnaryKind::Elu && candidate.alpha == 0);
    bool matches = !isTrivial;
    for (size_t i = 0; i < points.size() && matches; ++i) {
      double expected = evaluate(candidate, points[i]);
      // f32's rounding in the spelling, which cancels in the tails.
      matches =
          std::fabs(values[i] - expected) <= 4e-6 * (1 + std::fabs(expected));
    }
    if (matches)
      return candidate;
  }
  return std::nullopt;
}

namespace {

struct FuseActivations : narrow::impl::FuseActivationsBase<FuseActivations> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<float> points = getSamplePoints();
    mlir::IRRewriter rewriter(&getContext());
    // Last ops first: what they take in is no root of its own.
    for (Block &block : getOperation().getBody())
      for (Operation &op :
           llvm::make_early_inc_range(llvm::reverse(block.getOperations())))
        fuse(rewriter, &op, points);
  }

private:
  static void fuse(mlir::IRRewriter &rewriter, Operation *op,
                   ArrayRef<float> points) {
    if (op->getNumResults() != 1 || op->use_empty() || isa<nn::UnaryOp>(op))
      return;
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (!type || !type.getElementType().isF32() || !type.hasStaticShape())
      return;
    Expression expression(op);
    do {
      Value input = expression.getInput();
      // One op is an activation only as a PReLU with one slope.
      if (!input || (expression.size() < 2 && !isa<nn::PreluOp>(op)))
        continue;
      auto values = expression.compute(points);
      if (!values)
        return;
      std::optional<Activation> activation = recognise(points, *values);
      if (!activation)
        continue;
      rewriter.setInsertionPoint(op);
      auto getAttr = [&](double value) {
        return std::isnan(value) ? mlir::FloatAttr()
                                 : rewriter.getF32FloatAttr(value);
      };
      auto unary = nn::UnaryOp::create(
          rewriter, op->getLoc(), type, input, activation->kind,
          getAttr(activation->alpha), getAttr(activation->beta));
      unary->setDiscardableAttrs(op->getDiscardableAttrDictionary());
      rewriter.replaceAllUsesWith(op->getResult(0), unary.getResult());
      return;
    } while (expression.grow());
  }
};

} // namespace
