//===- Interpreter.cpp - runs functions of fxp ops, op by op --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "narrow/Reference/Interpreter.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;
using namespace narrow::reference;

Interpreter::Interpreter(mlir::func::FuncOp function,
                         EvaluateOther evaluateOther)
    : function(function), evaluateOther(std::move(evaluateOther)) {
  function.walk([&](Operation *op) {
    ElementsAttr elements;
    if (op->getNumResults() != 1 ||
        !mlir::matchPattern(op, mlir::m_Constant(&elements)))
      return;
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (type && type.hasStaticShape())
      constants.try_emplace(op->getResult(0),
                            Tensor::fromElements(type, elements));
  });
}

LogicalResult Interpreter::run(ArrayRef<Tensor> inputs,
                               SmallVectorImpl<Tensor> &results,
                               ValueCallback callback) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError("expected a function of one block to interpret");
  if (inputs.size() != function.getNumArguments())
    return function.emitError("expected ")
           << function.getNumArguments() << " inputs, found " << inputs.size();
  DenseMap<Value, Tensor> values;
  for (auto [argument, input] :
       llvm::zip_equal(function.getArguments(), inputs)) {
    if (argument.getType() != input.getType())
      return function.emitError("expected input ")
             << argument.getArgNumber() << " of type " << argument.getType()
             << ", found " << input.getType();
    values[argument] = input;
  }

  Block &block = function.getBody().front();
  for (Operation &op : block.without_terminator())
    if (failed(runOp(op, values, callback)))
      return failure();

  results.clear();
  for (Value value : block.getTerminator()->getOperands()) {
    auto constant = constants.find(value);
    results.push_back(constant != constants.end() ? constant->second
                                                  : values[value]);
  }
  return success();
}

/// Returns the last op of `block` that uses `value`, or null.
static Operation *getLastUser(Value value, Block &block) {
  Operation *last = nullptr;
  for (Operation *user : value.getUsers())
    if (Operation *inBlock = block.findAncestorOpInBlock(*user))
      if (!last || last->isBeforeInBlock(inBlock))
        last = inBlock;
  return last;
}

LogicalResult Interpreter::runOp(Operation &op, DenseMap<Value, Tensor> &values,
                                 ValueCallback callback) {
  if (isa<fxp::ObserveOp>(op))
    return success();
  if (op.getNumResults() == 1 && constants.contains(op.getResult(0))) {
    if (callback)
      callback(op.getResult(0), constants.find(op.getResult(0))->second);
    return success();
  }
  auto reference = dyn_cast<fxp::ReferenceOpInterface>(op);
  if (!reference && !evaluateOther)
    return op.emitError("expected an op with reference semantics, found '")
           << op.getName() << "'";

  SmallVector<const Tensor *> operands;
  for (Value operand : op.getOperands()) {
    auto constant = constants.find(operand);
    operands.push_back(constant != constants.end()
                           ? &constant->second
                           : &values.find(operand)->second);
  }
  SmallVector<Tensor, 1> results;
  for (Type type : op.getResultTypes())
    results.emplace_back(cast<RankedTensorType>(type));
  if (failed(reference ? reference.evaluate(operands, results)
                       : evaluateOther(op, operands, results)))
    return failure();

  for (auto [value, tensor] : llvm::zip_equal(op.getResults(), results)) {
    if (callback)
      callback(value, tensor);
    if (!value.use_empty())
      values[value] = std::move(tensor);
  }
  for (Value operand : op.getOperands())
    if (getLastUser(operand, *op.getBlock()) == &op)
      values.erase(operand);
  return success();
}

LogicalResult reference::run(mlir::func::FuncOp function,
                             ArrayRef<Tensor> inputs,
                             SmallVectorImpl<Tensor> &results,
                             ValueCallback callback) {
  return Interpreter(function).run(inputs, results, callback);
}
