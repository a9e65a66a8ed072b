//===- UnaryFunctions.cpp - float functions of one value ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UnaryFunctions.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/ScalarFunctions.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/ADT/SetVector.h"

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

/// Bounds the search; longer chains become several tables.
static constexpr size_t kMaxOps = 64;
/// Tables have an entry for every stored value.
static constexpr unsigned kMostBits = 16, kMostBitsPerChannel = 8;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Returns the constant as one number, or one per position of the last axis of
/// `shape`; nothing if it varies along another axis.
static std::optional<SmallVector<double>>
getPerChannel(Value value, ArrayRef<int64_t> shape) {
  ElementsAttr constant = getConstant(value);
  if (!constant || constant.getNumElements() == 0)
    return std::nullopt;
  SmallVector<double> values;
  if (isFloatTensor(value.getType()))
    llvm::append_range(values, getFloats(constant));
  else if (constant.getElementType().isInteger(1))
    llvm::append_range(values, getIntegers(constant));
  else
    return std::nullopt;
  if (llvm::all_equal(values))
    return SmallVector<double>{values.front()};
  ArrayRef<int64_t> own = getShape(value);
  if (own.empty() || shape.empty() || own.back() != shape.back() ||
      constant.getNumElements() != shape.back())
    return std::nullopt;
  return values;
}

namespace {
/// An elementwise expression, grown backwards from its last op until a single
/// value is left that it is a function of.
class Expression {
public:
  explicit Expression(Operation *last) : shape(::getShape(last->getResult(0))) {
    isValid = add(last);
  }

  bool contains(Operation *op) const { return members.contains(op); }
  ArrayRef<Operation *> getOps() const { return ops; }
  size_t size() const { return ops.size(); }
  bool hasChannels() const { return channels > 0; }

  /// Returns the one value that the expression depends on, or null.
  Value getInput() const {
    return isValid && inputs.size() == 1 ? inputs.front() : Value();
  }

  /// Takes in the op that makes the latest input. Returns false where it is not
  /// elementwise or something else reads it.
  bool grow() {
    Operation *latest = nullptr;
    for (Value input : inputs)
      if (Operation *op = input.getDefiningOp();
          op && op->getBlock() == ops.front()->getBlock() &&
          (!latest || latest->isBeforeInBlock(op)))
        latest = op;
    // Whatever else the expression may come to hold lies before this op, so
    // that a reader which is not in it now never will be.
    return isValid && latest && ops.size() < kMaxOps &&
           llvm::all_of(
               getReaders(latest->getResult(0)),
               [&](Operation *reader) { return contains(reader); }) &&
           add(latest);
  }

  UnaryFunction build() const;

private:
  bool add(Operation *op);

  ArrayRef<int64_t> shape;
  bool isValid = false;
  int64_t channels = 0;
  /// Readers before what they read.
  SmallVector<Operation *> ops;
  llvm::SmallPtrSet<Operation *, 8> members;
  llvm::SetVector<Value> inputs;
};

/// One op of the function: where its operands are among the values computed so
/// far, or the constant.
struct Step {
  struct Operand {
    size_t value = 0;
    SmallVector<double> constant;
  };
  nn::ScalarFunction function;
  SmallVector<Operand> operands;
};
} // namespace

bool Expression::add(Operation *op) {
  nn::ScalarFunction function = nn::getScalarFunction(op);
  if (!function || ::getShape(op->getResult(0)) != shape)
    return false;
  for (Value operand : op->getOperands().take_front(function.arity)) {
    if (!getConstant(operand)) {
      if (::getShape(operand) != shape)
        return false;
      continue;
    }
    auto values = getPerChannel(operand, shape);
    if (!values)
      return false;
    if (values->size() > 1)
      channels = shape.back();
  }
  ops.push_back(op);
  members.insert(op);
  inputs.remove(op->getResult(0));
  for (Value operand : op->getOperands().take_front(function.arity))
    if (!getConstant(operand))
      inputs.insert(operand);
  return true;
}

UnaryFunction Expression::build() const {
  UnaryFunction result;
  result.input = getInput();
  result.channels = channels;
  result.ops.assign(ops.rbegin(), ops.rend());
  DenseMap<Value, size_t> position = {{result.input, 0}};
  auto steps = std::make_shared<SmallVector<Step>>();
  for (Operation *op : result.ops) {
    Step step;
    step.function = nn::getScalarFunction(op);
    for (Value operand : op->getOperands().take_front(step.function.arity)) {
      Step::Operand &where = step.operands.emplace_back();
      if (getConstant(operand))
        where.constant = *getPerChannel(operand, shape);
      else
        where.value = position.lookup(operand);
    }
    steps->push_back(std::move(step));
    position[op->getResult(0)] = steps->size();
  }
  result.evaluate = [steps](double x, int64_t channel) {
    SmallVector<double> values = {x}, operands;
    for (const Step &step : *steps) {
      operands.clear();
      for (const Step::Operand &operand : step.operands) {
        const auto &constant = operand.constant;
        operands.push_back(constant.empty()       ? values[operand.value]
                           : constant.size() == 1 ? constant.front()
                                                  : constant[channel]);
      }
      values.push_back(step.function.evaluate(operands));
    }
    return values.back();
  };
  return result;
}

std::optional<UnaryFunction> quantize::getUnaryFunction(Operation *op) {
  if (op->getNumResults() != 1 || !isFloatTensor(op->getResult(0).getType()))
    return std::nullopt;
  Expression expression(op);
  Value input = expression.getInput();
  if (!input || !isFloatTensor(input.getType()))
    return std::nullopt;
  return expression.build();
}

/// Returns the width that `value` is planned in, 0 where it has no type.
static unsigned getPlannedBits(const Chains::Types &planned, Value value) {
  auto type = planned.lookup(value);
  return type ? type.getStorageTypeIntegralWidth() : 0;
}

/// Whether `op` has a form in integers that is no table.
static bool isArithmetic(Operation *op) {
  return isa<tosa::AddOp, tosa::SubOp, tosa::MulOp, tosa::MinimumOp,
             tosa::MaximumOp>(op);
}

/// Returns, for each op that can be part of another one's requantisation, that
/// other op.
static DenseMap<Operation *, Operation *>
findTails(ArrayRef<Operation *> order, const Chains::Types &planned,
          const KeepFloat &keepFloat) {
  DenseMap<Operation *, Operation *> heads;
  for (Operation *op : order) {
    if (!takesClamp(op) || op->getNumResults() != 1)
      continue;
    // A table has no tail; it is made where this holds.
    std::optional<UnaryFunction> function = getUnaryFunction(op);
    if (function && planned.contains(op->getResult(0)) &&
        getPlannedBits(planned, function->input) <= 8)
      continue;
    for (Operation *folded : getTail(op, takesFactor(op), keepFloat).ops)
      heads.try_emplace(folded, op);
  }
  return heads;
}

Chains::Chains(ArrayRef<Operation *> order, const Types &planned,
               const KeepFloat &keepFloat,
               function_ref<bool(Operation *)> isApart) {
  auto isOut = [&](Operation *op) {
    return keepFloat.contains(op) || isApart(op);
  };
  DenseMap<Operation *, Operation *> heads =
      findTails(order, planned, keepFloat);
  // Last ops first: what they take in ends no chain of its own.
  for (Operation *last : llvm::reverse(order)) {
    if (isInside(last) || last->getNumResults() != 1 ||
        !isFloatTensor(last->getResult(0).getType()) ||
        !planned.contains(last->getResult(0)) || isOut(last))
      continue;
    Expression expression(last);
    if (expression.size() == 0)
      continue;
    std::optional<UnaryFunction> longest;
    do {
      if (isOut(expression.getOps().back()))
        break;
      Value input = expression.getInput();
      unsigned bits = input ? getPlannedBits(planned, input) : 0;
      bool fits =
          bits > 0 &&
          bits <= (expression.hasChannels() ? kMostBitsPerChannel : kMostBits);
      bool isWhole = llvm::all_of(expression.getOps(), [&](Operation *op) {
        Operation *head = heads.lookup(op);
        return !head || expression.contains(head);
      });
      bool needsTable =
          bits <= 8 || !llvm::all_of(expression.getOps(), isArithmetic);
      if (expression.size() > 1 && fits && isWhole && needsTable)
        longest = expression.build();
    } while (expression.grow());
    if (!longest)
      continue;
    for (Operation *op : ArrayRef(longest->ops).drop_back())
      inside.insert(op);
    chains.try_emplace(last, std::move(*longest));
  }
}
