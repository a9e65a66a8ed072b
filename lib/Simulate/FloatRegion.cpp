//===- FloatRegion.cpp - neighbouring float operations, run alone ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatRegion.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace narrow;
using reference::Tensor;

bool FloatRegion::isFloat(Operation *op) {
  return !isa<fxp::FxpDialect, mlir::func::FuncDialect>(op->getDialect());
}

llvm::Expected<FloatRegion> FloatRegion::create(ArrayRef<Operation *> ops) {
  llvm::SmallPtrSet<Operation *, 16> inside(ops.begin(), ops.end());
  llvm::SetVector<Value> inputs;
  llvm::SetVector<Operation *> constants;
  FloatRegion region;
  for (Operation *op : ops) {
    for (Value operand : op->getOperands()) {
      Operation *maker = operand.getDefiningOp();
      if (maker && inside.contains(maker))
        continue;
      if (maker && isFloat(maker) &&
          maker->hasTrait<mlir::OpTrait::ConstantLike>())
        constants.insert(maker);
      else
        inputs.insert(operand);
    }
    // A shape that tosa.reshape reads is no tensor.
    for (Value result : op->getResults())
      if (isa<RankedTensorType>(result.getType()) &&
          !op->hasTrait<mlir::OpTrait::ConstantLike>() &&
          llvm::any_of(result.getUsers(),
                       [&](Operation *user) { return !inside.contains(user); }))
        region.outputs.push_back(result);
  }
  region.inputs = inputs.takeVector();

  Location loc = ops.front()->getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  auto function = mlir::func::FuncOp::create(
      b, loc, "main",
      b.getFunctionType(mlir::ValueRange(region.inputs).getTypes(),
                        mlir::ValueRange(region.outputs).getTypes()));
  Block *body = function.addEntryBlock();
  mlir::IRMapping mapping;
  mapping.map(region.inputs, body->getArguments());
  b.setInsertionPointToEnd(body);
  for (Operation *op : constants)
    b.clone(*op, mapping);
  for (Operation *op : ops)
    b.clone(*op, mapping);
  SmallVector<Value> returned;
  for (Value output : region.outputs)
    returned.push_back(mapping.lookup(output));
  mlir::func::ReturnOp::create(b, loc, returned);
  if (llvm::Error error =
          FloatExecutor::create(*module, FloatArithmetic::Defined)
              .moveInto(region.executor))
    return std::move(error);
  return std::move(region);
}

llvm::Expected<std::vector<Tensor>>
FloatRegion::run(ArrayRef<const Tensor *> values) const {
  std::vector<HostTensor> arguments, results;
  for (auto [spec, value] : llvm::zip_equal(executor->getInputs(), values)) {
    std::vector<char> bytes = value->toBytes();
    arguments.emplace_back(spec.kind, spec.shape, spec.name)
        .bytes.assign(bytes.begin(), bytes.end());
  }
  if (llvm::Error error = executor->run(arguments, results))
    return std::move(error);
  std::vector<Tensor> tensors;
  for (auto [output, result] : llvm::zip_equal(outputs, results)) {
    FailureOr<Tensor> tensor = Tensor::fromBytes(
        cast<RankedTensorType>(output.getType()),
        ArrayRef(reinterpret_cast<const char *>(result.bytes.data()),
                 result.bytes.size()));
    if (failed(tensor))
      return llvm::createStringError("expected a result of the value's type");
    tensors.push_back(std::move(*tensor));
  }
  return std::move(tensors);
}
