//===- Interpreter.h - runs functions of fxp ops, op by op -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The meaning of the fxp dialect as plain scalar C++ that shares no code with
// any lowering: generated code must give the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REFERENCE_INTERPRETER_H
#define NARROW_REFERENCE_INTERPRETER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Reference/Tensor.h"
#include <functional>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace narrow::reference {

/// Attaches ReferenceOpInterface to every fxp op.
void registerReferenceModels(mlir::DialectRegistry &registry);

/// Sees each value computed by an op, after the op, in program order.
using ValueCallback = function_ref<void(Value, const Tensor &)>;

/// Computes the results of an op that has no reference semantics, a call of a
/// float island: `results` come with the right types.
using EvaluateOther = std::function<LogicalResult(
    Operation &op, ArrayRef<const Tensor *> operands,
    MutableArrayRef<Tensor> results)>;

/// Runs one function many times. Constants are read once; every other tensor is
/// freed after its last use. The function must not change in between.
class Interpreter {
public:
  explicit Interpreter(mlir::func::FuncOp function,
                       EvaluateOther evaluateOther = {});

  /// Runs the function on `inputs`, which have the types of its arguments, and
  /// replaces `results`. Fails after emitting an error at the op that has no
  /// reference semantics or whose accumulator leaves its width.
  LogicalResult run(ArrayRef<Tensor> inputs, SmallVectorImpl<Tensor> &results,
                    ValueCallback callback = {});

private:
  LogicalResult runOp(Operation &op, DenseMap<Value, Tensor> &values,
                      ValueCallback callback);

  mlir::func::FuncOp function;
  EvaluateOther evaluateOther;
  DenseMap<Value, Tensor> constants;
};

/// Runs `function` once.
LogicalResult run(mlir::func::FuncOp function, ArrayRef<Tensor> inputs,
                  SmallVectorImpl<Tensor> &results,
                  ValueCallback callback = {});

} // namespace narrow::reference

#endif // NARROW_REFERENCE_INTERPRETER_H
