//===- LinalgImporter.cpp - functions of linalg as the float level --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgImporter.h"

#include "../WideFloats.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Frontend/ImportLinalg.h"
#include "narrow/Frontend/Passes.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace narrow {
#define GEN_PASS_DEF_IMPORTLINALG
#include "narrow/Frontend/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::frontend;
namespace arith = mlir::arith;
namespace linalg = mlir::linalg;
namespace tensor = mlir::tensor;

LinalgImporter::LinalgImporter(mlir::func::FuncOp function)
    : function(function), builder(function.getContext()) {}

LogicalResult LinalgImporter::error(const Twine &message) {
  if (!hasError)
    emitError(current->getLoc()) << "node '" << getPlaceName(current) << "' ("
                                 << current->getName() << "): " << message;
  hasError = true;
  return failure();
}

LogicalResult LinalgImporter::unsupported(const Twine &reason) {
  return error(reason + " is not supported");
}

std::optional<DataType> LinalgImporter::getElementType(mlir::Type type) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  if (auto shaped = dyn_cast<ShapedType>(type))
    if (!isa<RankedTensorType>(type) || !shaped.hasStaticShape()) {
      (void)error("expected tensors of static shape, found " + print(type));
      return std::nullopt;
    }
  if (element.isF32())
    return DataType::F32;
  if (element.isF64()) {
    if (!saidWide)
      remarkWideFloats(current->getLoc());
    saidWide = true;
    return DataType::F64;
  }
  if (element.isInteger(1))
    return DataType::Bool;
  if (element.isInteger(32))
    return DataType::I32;
  if (element.isInteger(64) || element.isIndex())
    return DataType::I64;
  (void)error("expected elements of f32, f64, i1, i32 or i64, found " +
              print(element));
  return std::nullopt;
}

/// Reads a constant, a splat with one element.
static Literal readConstant(TypedAttr attr, DataType type) {
  if (auto elements = dyn_cast<ElementsAttr>(attr)) {
    ArrayRef<int64_t> shape = elements.getShapedType().getShape();
    bool isSplat = elements.isSplat() && !elements.empty();
    Literal literal(type, isSplat ? Shape(shape.size(), 1)
                                  : Shape(shape.begin(), shape.end()));
    if (isSplat && isa<DenseElementsAttr>(elements)) {
      auto dense = cast<DenseElementsAttr>(elements);
      elements = dense.resizeSplat(dense.getType().clone(literal.shape));
    }
    if (isFloat(type))
      llvm::copy(getFloats(elements), literal.floats.begin());
    else
      llvm::copy(getIntegers(elements), literal.integers.begin());
    return literal;
  }
  Literal literal(type, {});
  if (auto number = dyn_cast<mlir::FloatAttr>(attr))
    literal.set(0, number.getValueAsDouble());
  else
    literal.integers[0] = isBool(type)
                              ? cast<mlir::IntegerAttr>(attr).getValue() != 0
                              : cast<mlir::IntegerAttr>(attr).getInt();
  return literal;
}

Tensor LinalgImporter::get(Value value) {
  auto found = values.find(value);
  if (found != values.end())
    return found->second;
  auto type = getElementType(value.getType());
  if (!type)
    return {};
  if (!isa<RankedTensorType>(value.getType())) {
    (void)unsupported("a scalar that is computed outside of loops");
    return {};
  }
  return Tensor(value, *type);
}

Tensor LinalgImporter::getWhole(Value value) {
  Tensor tensor = get(value);
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return tensor && type ? b->broadcastTo(tensor, type.getShape()) : tensor;
}

LogicalResult LinalgImporter::set(Value value, Tensor tensor) {
  if (!tensor)
    return failure();
  values[value] = std::move(tensor);
  return success(!hasError);
}

void LinalgImporter::nameResult(Operation *op, const Tensor &tensor) {
  Operation *maker = tensor.value ? tensor.value.getDefiningOp() : nullptr;
  if (!maker || maker->hasAttr(kNameAttr) || isa<mlir::tosa::ConstOp>(maker))
    return;
  std::string name = getPlaceName(op), unique = name;
  for (unsigned i = 2; !names.insert(unique).second; ++i)
    unique = name + "_" + std::to_string(i);
  maker->setAttr(kNameAttr, builder.getStringAttr(unique));
}

LogicalResult LinalgImporter::convert(Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto type = getElementType(constant.getType());
    if (!type)
      return failure();
    Literal literal = readConstant(constant.getValue(), *type);
    b->countHeld(literal);
    return set(constant, literal);
  }
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return convertStructured(structured);
  if (isa<linalg::SoftmaxOp>(op))
    return convertSoftmax(op);
  if (isa<tensor::TensorDialect>(op->getDialect()))
    return convertTensorOp(op);
  if (isa<arith::ArithDialect, mlir::math::MathDialect>(op->getDialect()) ||
      isa<mlir::cf::AssertOp>(op)) {
    SmallVector<Tensor> operands;
    for (Value operand : op->getOperands()) {
      operands.push_back(get(operand));
      if (!operands.back())
        return failure();
    }
    Tensor result = evaluate(op, operands, /*numLoops=*/0);
    return op->getNumResults() == 0 ? success(!hasError)
                                    : set(op->getResult(0), result);
  }
  if (isa<mlir::tosa::TosaDialect, nn::NnDialect>(op->getDialect()) ||
      isa<mlir::func::ReturnOp>(op)) {
    for (mlir::OpOperand &operand : op->getOpOperands()) {
      if (!values.contains(operand.get()))
        continue;
      Tensor whole = getWhole(operand.get());
      mlir::Value value = b->materialize(whole);
      if (!value)
        return failure();
      if (value.getType() != operand.get().getType())
        return error("expected an operand of f32, i1, i32 or i64, found " +
                     print(operand.get().getType()));
      operand.set(value);
      // A result is called by the interface's name.
      if (Operation *maker = value.getDefiningOp();
          maker && isa<mlir::func::ReturnOp>(op))
        maker->removeAttr(kNameAttr);
    }
    return success();
  }
  return error("expected an operation of linalg, tensor, arith, math or TOSA "
               "that the float level has");
}

LogicalResult LinalgImporter::finish() {
  // From the end on: what made only an operation that is gone goes with it.
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front()))) {
    bool isSource =
        !isa<mlir::tosa::TosaDialect, nn::NnDialect, mlir::func::FuncDialect>(
            op.getDialect());
    if (op.use_empty() && !op.hasTrait<mlir::OpTrait::IsTerminator>() &&
        (isSource || mlir::isMemoryEffectFree(&op)))
      op.erase();
    else if (isSource)
      return emitError(op.getLoc(), "expected no reader of '")
             << op.getName() << "'";
  }
  return success();
}

LogicalResult LinalgImporter::run() {
  current = function;
  if (!llvm::hasSingleElement(function.getBody()))
    return error("expected a function of one block");
  Block &block = function.getBody().front();
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  for (Operation *op : ops) {
    current = op;
    builder.setInsertionPoint(op);
    Location loc = op->getLoc();
    if (findNodeName(loc).empty()) {
      auto name = builder.getStringAttr(getPlaceName(op));
      loc = mlir::NameLoc::get(name, loc);
    }
    b.emplace(builder, loc, pool, *this);
    if (failed(convert(op)) || hasError)
      return hasError ? failure()
                      : LogicalResult(error("an operand has no value"));
    for (Value result : op->getResults()) {
      auto found = values.find(result);
      if (found != values.end() && isa<linalg::LinalgOp>(op))
        nameResult(op, found->second);
    }
  }
  return finish();
}

bool narrow::hasLinalg(mlir::func::FuncOp function) {
  return function
      .walk([](Operation *op) {
        return llvm::isa_and_present<
                   linalg::LinalgDialect, tensor::TensorDialect,
                   mlir::math::MathDialect, mlir::cf::ControlFlowDialect>(
                   op->getDialect()) ||
                       (llvm::isa_and_present<arith::ArithDialect>(
                            op->getDialect()) &&
                        !isa<arith::ConstantOp>(op))
                   ? mlir::WalkResult::interrupt()
                   : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

LogicalResult narrow::importLinalg(mlir::func::FuncOp function) {
  return LinalgImporter(function).run();
}

namespace {
struct ImportLinalgPass : narrow::impl::ImportLinalgBase<ImportLinalgPass> {
  using Base::Base;

  void runOnOperation() override {
    if (!getOperation().isExternal() && failed(importLinalg(getOperation())))
      signalPassFailure();
  }
};
} // namespace
