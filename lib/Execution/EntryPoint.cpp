//===- EntryPoint.cpp - the compiled function's interface -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/Names.h"

using namespace narrow;
using namespace narrow::execution;
namespace LLVM = mlir::LLVM;

static std::optional<ElementKind> getKind(Type type) {
  if (type.isF16())
    return ElementKind::F16;
  if (type.isF32())
    return ElementKind::F32;
  if (type.isF64())
    return ElementKind::F64;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return ElementKind::Bool;
  case 8:
    return isUnsigned ? ElementKind::U8 : ElementKind::I8;
  case 16:
    return isUnsigned ? ElementKind::U16 : ElementKind::I16;
  case 32:
    return isUnsigned ? ElementKind::U32 : ElementKind::I32;
  case 64:
    return isUnsigned ? ElementKind::U64 : ElementKind::I64;
  default:
    return std::nullopt;
  }
}

/// Describes one argument or result.
static LogicalResult describe(mlir::func::FuncOp entry, Type type,
                              Attribute name, std::vector<HostTensor> &to) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::optional<ElementKind> kind =
      tensor ? getKind(tensor.getElementType()) : std::nullopt;
  if (!kind || !tensor.hasStaticShape())
    return entry.emitError()
           << "expected static tensors of numbers as inputs and outputs, found "
           << type;
  HostTensor described;
  if (auto string = dyn_cast_or_null<mlir::StringAttr>(name))
    described.name = string.str();
  described.kind = *kind;
  described.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  to.push_back(std::move(described));
  return success();
}

/// Replaces an observer by a call of the observe function.
static void lowerObserver(fxp::ObserveOp op, Value function, Value context,
                          int64_t index) {
  mlir::ImplicitLocOpBuilder b(op.getLoc(), op);
  auto type = cast<RankedTensorType>(op.getInput().getType());
  auto bufferType =
      mlir::MemRefType::get(type.getShape(), type.getElementType());
  Value buffer = mlir::bufferization::ToBufferOp::create(
      b, bufferType, op.getInput(), /*read_only=*/true);
  Value address =
      mlir::memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  Type i64 = b.getI64Type(),
       pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value integer = mlir::arith::IndexCastOp::create(b, i64, address);
  Value elements = LLVM::IntToPtrOp::create(b, pointer, ValueRange(integer));
  auto number = [&](int64_t value) -> Value {
    return LLVM::ConstantOp::create(b, i64, b.getI64IntegerAttr(value));
  };
  auto callee = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), {pointer, i64, pointer, i64});
  LLVM::CallOp::create(b, callee,
                       ValueRange{function, context, number(index), elements,
                                  number(type.getNumElements())});
  op.erase();
}

LogicalResult execution::rewriteEntryPoint(mlir::func::FuncOp entry,
                                           Signature &signature) {
  if (entry.isDeclaration() || !entry.getBody().hasOneBlock())
    return entry.emitError()
           << "expected a function with one block, found "
           << (entry.isDeclaration() ? 0 : entry.getBody().getBlocks().size());
  for (auto [i, type] : llvm::enumerate(entry.getArgumentTypes()))
    if (failed(describe(entry, type, entry.getArgAttr(i, kNameAttr),
                        signature.inputs)))
      return failure();
  for (auto [i, type] : llvm::enumerate(entry.getResultTypes()))
    if (failed(describe(entry, type, entry.getResultAttr(i, kNameAttr),
                        signature.outputs)))
      return failure();

  floatcode::addDestinations(entry);
  OpBuilder b(entry.getContext());
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  for (int i = 0; i < 2; ++i)
    if (failed(entry.insertArgument(entry.getNumArguments(), pointer,
                                    b.getDictionaryAttr({}), entry.getLoc())))
      return failure();
  Value function = entry.getArguments().drop_back().back();
  Value context = entry.getArguments().back();

  entry.walk([&](fxp::ObserveOp op) {
    signature.observed.push_back(op.getName().str());
    lowerObserver(op, function, context, signature.observed.size() - 1);
  });
  return success();
}
