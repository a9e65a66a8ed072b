//===- Taps.cpp - modules that return other values ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/Taps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/IRMapping.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/MainFunction.h"

using namespace narrow;

/// Returns the operation that made a result's numbers: the maker behind
/// movement and casts, which do not change what they are.
static Operation *getMaker(Value result) {
  Operation *op = result.getDefiningOp();
  while (llvm::isa_and_nonnull<mlir::tosa::ReshapeOp, mlir::tosa::TransposeOp,
                               fxp::ReshapeOp, fxp::TransposeOp,
                               fxp::DequantizeOp, fxp::RequantizeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return op;
}

/// Returns what the last softmax of a result reads; null if there is none, or
/// if it masks some of it: fixed point has other numbers there.
static Value getScores(Value result) {
  Operation *op = getMaker(result);
  if (auto softmax = llvm::dyn_cast_or_null<nn::SoftmaxOp>(op);
      softmax && softmax.getMask())
    return {};
  if (auto softmax = llvm::dyn_cast_or_null<fxp::SoftmaxOp>(op);
      softmax && softmax.getMasked())
    return {};
  return llvm::isa_and_nonnull<nn::SoftmaxOp, nn::LogSoftmaxOp, fxp::SoftmaxOp,
                               fxp::LogSoftmaxOp>(op)
             ? op->getOperand(0)
             : Value();
}

/// Returns the operation behind whose casts and movement `index` is the place
/// of a largest element; null if there is none.
static mlir::tosa::ArgMaxOp getChoice(Value index) {
  Operation *op = getMaker(index);
  while (llvm::isa_and_nonnull<mlir::tosa::CastOp>(op) &&
         isa<IntegerType>(mlir::getElementTypeOrSelf(op->getOperand(0))))
    op = getMaker(op->getOperand(0));
  return llvm::dyn_cast_or_null<mlir::tosa::ArgMaxOp>(op);
}

/// Returns the scores of which a result is the index of the largest; null if it
/// is none.
static Value getChosen(Value index) {
  mlir::tosa::ArgMaxOp choice = getChoice(index);
  if (!choice)
    return {};
  Value scores = choice.getInput();
  if (auto integers = scores.getDefiningOp<fxp::ToIntegersOp>())
    return integers.getOperand();
  return mlir::getElementTypeOrSelf(scores).isF32() ? scores : Value();
}

/// Real values of a value, which may be in fixed point.
static Value toFloat(OpBuilder &builder, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (isa<FloatType>(type.getElementType()))
    return value;
  return fxp::DequantizeOp::create(builder, value.getLoc(),
                                   type.clone(builder.getF32Type()), value);
}

/// Erases what no longer leads to a result, with its observers.
static void eraseDead(mlir::func::FuncOp function) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.front()))) {
    bool isDead = llvm::all_of(op.getUsers(), [](Operation *user) {
      return isa<fxp::ObserveOp>(user);
    });
    if (!isDead || op.getNumResults() == 0)
      continue;
    for (Operation *observer : llvm::make_early_inc_range(op.getUsers()))
      observer->erase();
    op.erase();
  }
}

bool narrow::cutFinalSoftmax(ModuleOp original, ModuleOp quantized) {
  mlir::func::FuncOp functions[] = {getMainFunction(original),
                                    getMainFunction(quantized)};
  Operation *ends[] = {functions[0].front().getTerminator(),
                       functions[1].front().getTerminator()};
  bool found = false;
  for (unsigned i = 0; i < ends[0]->getNumOperands(); ++i) {
    Value scores[] = {getScores(ends[0]->getOperand(i)),
                      getScores(ends[1]->getOperand(i))};
    if (!scores[0] || !scores[1] ||
        cast<ShapedType>(scores[0].getType()).getShape() !=
            cast<ShapedType>(scores[1].getType()).getShape())
      continue;
    for (auto [end, value] : llvm::zip_equal(ends, scores)) {
      OpBuilder builder(end);
      end->setOperand(i, toFloat(builder, value));
    }
    found = true;
  }
  if (!found)
    return false;
  for (auto [function, end] : llvm::zip_equal(functions, ends)) {
    function.setFunctionType(mlir::FunctionType::get(
        function.getContext(), function.getArgumentTypes(),
        end->getOperandTypes()));
    eraseDead(function);
  }
  return true;
}

static bool areShapesEqual(Value left, Value right) {
  return cast<ShapedType>(left.getType()).getShape() ==
         cast<ShapedType>(right.getType()).getShape();
}

/// Adds a part, once: scores may be a result beside the choice among them.
static void addPart(ValuePair part, SmallVectorImpl<ValuePair> &parts) {
  if (llvm::none_of(parts, [&](const ValuePair &other) {
        return other.first == part.first;
      }))
    parts.push_back(part);
}

/// Adds the parts of one result.
static void addParts(Value original, Value quantized,
                     SmallVectorImpl<ValuePair> &parts) {
  Value scores[] = {getScores(original), getScores(quantized)};
  if (scores[0] && scores[1] && areShapesEqual(scores[0], scores[1])) {
    parts.push_back({scores[0], scores[1]});
    return;
  }
  Value chosen[] = {getChosen(original), getChosen(quantized)};
  if (chosen[0] && chosen[1] && areShapesEqual(chosen[0], chosen[1])) {
    addPart({chosen[0], chosen[1]}, parts);
    return;
  }
  auto joined =
      llvm::dyn_cast_or_null<mlir::tosa::ConcatOp>(getMaker(original));
  auto joinedIntegers =
      llvm::dyn_cast_or_null<fxp::ConcatOp>(getMaker(quantized));
  if (joined && joinedIntegers &&
      joined->getNumOperands() == joinedIntegers->getNumOperands() &&
      llvm::all_of(
          llvm::zip_equal(joined->getOperands(), joinedIntegers->getOperands()),
          [](auto pair) {
            return areShapesEqual(std::get<0>(pair), std::get<1>(pair));
          })) {
    for (auto [left, right] :
         llvm::zip_equal(joined->getOperands(), joinedIntegers->getOperands()))
      addParts(left, right, parts);
    return;
  }
  auto isReal = [](Value value) {
    Type element = cast<ShapedType>(value.getType()).getElementType();
    return element.isF32() || isa<mlir::quant::QuantizedType>(element);
  };
  if (isReal(original) && isReal(quantized) &&
      areShapesEqual(original, quantized))
    addPart({original, quantized}, parts);
}

SmallVector<ValuePair> narrow::findParts(ModuleOp original,
                                         ModuleOp quantized) {
  SmallVector<ValuePair> parts;
  Operation *ends[] = {getMainFunction(original).front().getTerminator(),
                       getMainFunction(quantized).front().getTerminator()};
  for (auto [left, right] :
       llvm::zip_equal(ends[0]->getOperands(), ends[1]->getOperands()))
    addParts(left, right, parts);
  return parts;
}

OwningOpRef<ModuleOp> narrow::cutBehind(ModuleOp original, Value value) {
  mlir::IRMapping mapping;
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>(original->clone(mapping)));
  returnValues(*copy, mapping.lookup(value));
  eraseDead(getMainFunction(*copy));
  return copy;
}

std::optional<int64_t> narrow::findChosenAxis(Value scores) {
  for (Operation *user : scores.getUsers()) {
    auto choice = dyn_cast<mlir::tosa::ArgMaxOp>(user);
    Operation *end = choice ? choice->getBlock()->getTerminator() : nullptr;
    if (end && llvm::any_of(end->getOperands(), [&](Value result) {
          return getChoice(result) == choice;
        }))
      return choice.getAxis();
  }
  return std::nullopt;
}

void narrow::returnValues(ModuleOp quantized, ArrayRef<Value> values) {
  mlir::func::FuncOp function = getMainFunction(quantized);
  Operation *end = function.front().getTerminator();
  OpBuilder builder(end);
  SmallVector<Value> results;
  for (Value value : values)
    results.push_back(toFloat(builder, value));
  end->setOperands(results);
  // The results' attributes speak of others.
  function.removeResAttrsAttr();
  function.setFunctionType(mlir::FunctionType::get(function.getContext(),
                                                   function.getArgumentTypes(),
                                                   end->getOperandTypes()));
}
