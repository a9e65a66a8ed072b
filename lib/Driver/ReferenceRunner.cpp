//===- ReferenceRunner.cpp - a module run by the interpreter --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/ReferenceRunner.h"

#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/Driver/Diagnostics.h"
#include "narrow/Support/Error.h"

using namespace narrow;

/// Returns a module with `function`, its islands outlined.
static OwningOpRef<ModuleOp> withIslands(mlir::func::FuncOp function) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(function.getLoc());
  mlir::func::FuncOp clone = function.clone();
  module->push_back(clone);
  // Islands that are outlined already.
  function.walk([&](mlir::func::CallOp call) {
    if (auto original = function->getParentOfType<ModuleOp>())
      if (auto callee =
              original.lookupSymbol<mlir::func::FuncOp>(call.getCallee()))
        if (!module->lookupSymbol(call.getCallee()))
          module->push_back(callee.clone());
  });
  fxp::outlineIslands(clone);
  return module;
}

ReferenceRunner::ReferenceRunner(mlir::func::FuncOp original)
    : module(withIslands(original)),
      function(module->lookupSymbol<mlir::func::FuncOp>(original.getName())),
      interpreter(function,
                  [this](Operation &op,
                         ArrayRef<const reference::Tensor *> operands,
                         MutableArrayRef<reference::Tensor> results) {
                    return runIsland(op, operands, results);
                  }),
      outputSpecs(getOutputSpecs(function)) {}

LogicalResult
ReferenceRunner::runIsland(Operation &op,
                           ArrayRef<const reference::Tensor *> operands,
                           MutableArrayRef<reference::Tensor> results) {
  auto call = dyn_cast<mlir::func::CallOp>(op);
  auto callee = call
                    ? module->lookupSymbol<mlir::func::FuncOp>(call.getCallee())
                    : mlir::func::FuncOp();
  if (!callee)
    return op.emitError("expected an op with reference semantics, found '")
           << op.getName() << "'";
  auto fail = [&](llvm::Error error) {
    return op.emitError(llvm::toString(std::move(error)));
  };
  std::unique_ptr<FloatExecutor> &island = islands[call.getCallee()];
  if (!island) {
    OwningOpRef<ModuleOp> alone = ModuleOp::create(callee.getLoc());
    mlir::func::FuncOp entry = callee.clone();
    entry.setPublic();
    alone->push_back(entry);
    if (llvm::Error error =
            FloatExecutor::create(*alone, FloatArithmetic::Defined)
                .moveInto(island))
      return fail(std::move(error));
  }
  std::vector<HostTensor> inputs, outputs;
  for (auto [spec, operand] : llvm::zip_equal(island->getInputs(), operands)) {
    std::vector<char> bytes = operand->toBytes();
    inputs.emplace_back(spec.kind, spec.shape, spec.name)
        .bytes.assign(bytes.begin(), bytes.end());
  }
  if (llvm::Error error = island->run(inputs, outputs))
    return fail(std::move(error));
  for (auto [output, result] : llvm::zip_equal(outputs, results)) {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(output.bytes.data()),
                         output.bytes.size());
    FailureOr<reference::Tensor> tensor =
        reference::Tensor::fromBytes(result.getType(), bytes);
    if (failed(tensor))
      return op.emitError("expected results of the function's types");
    result = std::move(*tensor);
  }
  return success();
}

llvm::Error ReferenceRunner::run(ArrayRef<HostTensor> inputs,
                                 std::vector<HostTensor> &outputs) {
  SmallVector<reference::Tensor> arguments, results;
  for (auto [tensor, type] :
       llvm::zip_equal(inputs, function.getArgumentTypes())) {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(tensor.bytes.data()),
                         tensor.bytes.size());
    FailureOr<reference::Tensor> argument =
        reference::Tensor::fromBytes(cast<RankedTensorType>(type), bytes);
    if (failed(argument))
      return makeError("expected other elements for input '" + tensor.name +
                       "'");
    arguments.push_back(std::move(*argument));
  }
  DiagnosticCollector diagnostics(*function.getContext());
  if (failed(interpreter.run(arguments, results)))
    return diagnostics.takeError("the reference interpreter");
  outputs.clear();
  for (auto [spec, result] : llvm::zip_equal(outputSpecs, results)) {
    HostTensor &tensor = outputs.emplace_back(spec.kind, spec.shape, spec.name);
    std::vector<char> bytes = result.toBytes();
    tensor.bytes.assign(bytes.begin(), bytes.end());
  }
  return llvm::Error::success();
}
