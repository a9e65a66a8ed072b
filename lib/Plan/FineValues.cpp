//===- FineValues.cpp - values that need more than eight bits -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/FineValues.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include <cmath>

using namespace narrow;
namespace tosa = mlir::tosa;

/// The share of its range that a function may change by within a step.
static constexpr double kSteepest = 1.0 / 8;

/// Returns the one operand of an elementwise op that is no number, or null.
static Value getOnlyInput(Operation *op) {
  if (!op || op->getNumResults() != 1 ||
      !isFloatTensor(op->getResult(0).getType()))
    return {};
  nn::ScalarFunction function = nn::getScalarFunction(op);
  Value input;
  for (Value operand : op->getOperands().take_front(function.arity)) {
    if (getSplat(operand))
      continue;
    if (input && input != operand)
      return {};
    input = operand;
  }
  return input && input.getType() == op->getResult(0).getType() ? input
                                                                : Value();
}

static bool bends(Operation *op) {
  return isa<tosa::ReciprocalOp, tosa::RsqrtOp, tosa::LogOp, tosa::PowOp,
             tosa::ExpOp>(op);
}

namespace {
class Finder {
public:
  Finder(GetRange getRange, const KeepFloat &keepFloat)
      : getRange(getRange), keepFloat(keepFloat) {}

  void visit(Operation *last);
  llvm::DenseSet<Value> fine;

private:
  bool isSteep(ArrayRef<Operation *> chain, Value input);
  void refine(Value value);

  GetRange getRange;
  const KeepFloat &keepFloat;
};
} // namespace

/// `chain` is computed last op first.
static double evaluate(ArrayRef<Operation *> chain, double x) {
  for (Operation *op : llvm::reverse(chain)) {
    nn::ScalarFunction function = nn::getScalarFunction(op);
    SmallVector<double> operands;
    for (Value operand : op->getOperands().take_front(function.arity)) {
      std::optional<double> number = getSplat(operand);
      operands.push_back(number ? *number : x);
    }
    x = function.evaluate(operands);
  }
  return x;
}

bool Finder::isSteep(ArrayRef<Operation *> chain, Value input) {
  std::optional<RealRange> in = getRange(input),
                           out = getRange(chain.front()->getResult(0));
  if (!in || !out || !(in->low < in->high) || !(out->low < out->high))
    return false;
  // The type's range holds zero.
  double step = (std::max(in->high, 0.0) - std::min(in->low, 0.0)) / 255;
  auto at = [&](double x) {
    return std::clamp(evaluate(chain, x), out->low, out->high);
  };
  double before = at(in->low), most = 0;
  for (double x = in->low + step; x <= in->high; x += step) {
    double now = at(x);
    most = std::max(most, std::abs(now - before));
    before = now;
  }
  return most > kSteepest * (out->high - out->low);
}

void Finder::refine(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || getConstant(value) || !isFloatTensor(value.getType()) ||
      keepFloat.contains(op) || llvm::any_of(getReaders(value), isContraction))
    return;
  bool isSum = isa<tosa::ReduceSumOp>(op);
  bool isComputed = isSum || !getMovedOperands(op).empty() ||
                    nn::getScalarFunction(op).arity != 0;
  if ((!isComputed && !isContraction(op)) || !fine.insert(value).second ||
      !isComputed)
    return;
  for (Value operand : op->getOperands())
    refine(operand);
}

void Finder::visit(Operation *last) {
  Value input = getOnlyInput(last);
  if (!input || keepFloat.contains(last))
    return;
  // The chain goes on below.
  SmallVector<Operation *> readers = getReaders(last->getResult(0));
  if (readers.size() == 1 && getOnlyInput(readers.front()))
    return;
  SmallVector<Operation *> chain = {last};
  while (getReaders(input).size() == 1 && getOnlyInput(input.getDefiningOp())) {
    chain.push_back(input.getDefiningOp());
    input = getOnlyInput(chain.back());
  }
  if (!llvm::any_of(chain, bends) || !isSteep(chain, input))
    return;
  refine(input);
  for (Value end : {input, Value(last->getResult(0))})
    if (llvm::none_of(getReaders(end), isContraction))
      fine.insert(end);
}

llvm::DenseSet<Value> narrow::findFineValues(mlir::func::FuncOp func,
                                             GetRange getRange,
                                             const KeepFloat &keepFloat) {
  Finder finder(getRange, keepFloat);
  func.walk([&](Operation *op) { finder.visit(op); });
  return std::move(finder.fine);
}
