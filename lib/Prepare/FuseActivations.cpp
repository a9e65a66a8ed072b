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
#include "KeepNames.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
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
  nn::ScalarFunction function = nn::getScalarFunction(op);
  SmallVector<SmallVector<float>> operands;
  for (Value operand : op->getOperands().take_front(function.arity)) {
    auto values = lookUp(operand);
    if (!values)
      return std::nullopt;
    operands.push_back(std::move(*values));
  }
  SmallVector<float> result;
  for (size_t i = 0, e = operands.empty() ? 0 : operands[0].size(); i < e;
       ++i) {
    SmallVector<double> point;
    for (const SmallVector<float> &values : operands)
      point.push_back(values[i]);
    result.push_back(static_cast<float>(function.evaluate(point)));
  }
  return result;
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

  /// Puts the nodes of what only this expression reads beside those of `maker`,
  /// which takes its place.
  void addNamesTo(Operation *maker) const {
    for (Operation *op : ArrayRef(ops).drop_front())
      addVanishing(maker, op->getResult(0));
  }

private:
  bool add(Operation *op) {
    unsigned count = op->getNumResults() == 1 && ops.size() < kMaxOps &&
                             op->getResult(0).getType() == type
                         ? nn::getScalarFunction(op).arity
                         : 0;
    if (count == 0)
      return false;
    ops.push_back(op);
    inputs.remove(op->getResult(0));
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
      double expected = nn::evaluate(candidate.kind, points[i], candidate.alpha,
                                     candidate.beta);
      // f32's rounding in the spelling, which cancels in the tails. No spelling
      // of a function through 0 rounds there: what is not 0 bounds a divisor.
      matches =
          std::fabs(values[i] - expected) <= 4e-6 * (1 + std::fabs(expected)) &&
          (points[i] != 0 || expected != 0 || values[i] == 0);
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
      expression.addNamesTo(unary);
      rewriter.replaceAllUsesWith(op->getResult(0), unary.getResult());
      return;
    } while (expression.grow());
  }
};

} // namespace
