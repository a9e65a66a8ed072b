//===- LevelModule.cpp - the kernels and calls of one level --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/LevelModule.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::MemRefType;
using Space = Placement::Space;

std::string codegen::getBodyName(const Target &target) {
  return (target.name + ".body").str();
}

std::string codegen::getStepName(const Target &target, size_t index) {
  return (target.name + ".step." + Twine(index)).str();
}

std::string codegen::getKernelName(const Target &target, const Kernel &kernel) {
  return (target.name + "." + kernel.name()).str();
}

static MemRefType bytesType(OpBuilder &builder, int64_t bytes) {
  return MemRefType::get({bytes}, builder.getI8Type());
}

static SmallVector<Type> argumentTypes(OpBuilder &builder,
                                       const Kernel &kernel) {
  SmallVector<Type> types;
  for (int64_t bytes : kernel.argumentBytes())
    types.push_back(bytesType(builder, bytes));
  return types;
}

std::string codegen::getSharedName(const Target &target, const Kernel &kernel) {
  return (target.name + ".shared." + kernel.name()).str();
}

/// Declares the function that shares a kernel's units among threads: the
/// kernel's buffers, then how to run in parallel. Defined with the artefact.
static mlir::func::FuncOp declareShared(OpBuilder &b, const BoundCall &call,
                                        const Target &target) {
  SmallVector<Type> types = argumentTypes(b, *call.kernel);
  types.push_back(mlir::LLVM::LLVMPointerType::get(b.getContext()));
  auto function = mlir::func::FuncOp::create(
      b, call.loc, getSharedName(target, *call.kernel),
      b.getFunctionType(types, {}));
  function.setPrivate();
  return function;
}

/// Emits a call's kernel as a function. One of several units also takes where
/// its own begin and end.
static mlir::func::FuncOp emitKernel(OpBuilder &b, const BoundCall &call,
                                     const Target &target) {
  SmallVector<Type> types = argumentTypes(b, *call.kernel);
  bool isShared = call.kernel->parallelUnits(target) > 1;
  if (isShared)
    types.append(2, b.getIndexType());
  auto kernel = mlir::func::FuncOp::create(b, call.loc,
                                           getKernelName(target, *call.kernel),
                                           b.getFunctionType(types, {}));
  // The function that shares it is defined outside this module.
  if (!isShared)
    kernel.setPrivate();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(kernel.addEntryBlock());
  call.kernel->emitBody(b, call.loc, kernel.getArguments(), target);
  b.setInsertionPointToEnd(&kernel.getBody().back());
  mlir::func::ReturnOp::create(b, call.loc);
  return kernel;
}

static void loadDialects(MLIRContext *context) {
  context->loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                       mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                       mlir::vector::VectorDialect, mlir::LLVM::LLVMDialect,
                       tile::TileDialect>();
}

LogicalResult codegen::verifyKernelNames(ArrayRef<BoundCall> calls,
                                         const Target &target) {
  if (calls.empty())
    return success();
  MLIRContext *context = calls.front().loc.getContext();
  loadDialects(context);
  OwningOpRef<ModuleOp> scratch = ModuleOp::create(calls.front().loc);
  OpBuilder b(context);
  b.setInsertionPointToEnd(scratch->getBody());
  llvm::StringMap<mlir::func::FuncOp> first;
  for (const BoundCall &call : calls) {
    mlir::func::FuncOp kernel = emitKernel(b, call, target);
    auto [entry, isNew] = first.try_emplace(kernel.getName(), kernel);
    if (isNew)
      continue;
    if (!mlir::OperationEquivalence::isEquivalentTo(
            entry->second, kernel,
            mlir::OperationEquivalence::IgnoreLocations)) {
      mlir::InFlightDiagnostic error = mlir::emitError(call.loc)
                                       << "expected the kernel '"
                                       << kernel.getName()
                                       << "' of another call, found other code";
      error.attachNote(entry->second.getLoc()) << "see the other call";
      return error;
    }
    kernel.erase();
  }
  return success();
}

OwningOpRef<ModuleOp>
codegen::emitLevelModule(mlir::func::FuncOp function, const MemoryPlan &plan,
                         ArrayRef<BoundCall> calls, const Target &target,
                         int64_t constantBytes, bool withSteps) {
  MLIRContext *context = function.getContext();
  loadDialects(context);
  Location loc = function.getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b(context);
  b.setInsertionPointToEnd(module->getBody());
  MemRefType constantsType = bytesType(b, constantBytes);
  // Declared here; the artefact defines it once for all levels.
  mlir::memref::GlobalOp::create(
      b, loc, kConstantsName, b.getStringAttr("private"), constantsType,
      /*initial_value=*/Attribute(), /*constant=*/true,
      b.getI64IntegerAttr(kArenaAlignment));

  // Kernels: one function per name; `callees` are what the body calls.
  llvm::StringMap<mlir::func::FuncOp> callees;
  for (const BoundCall &call : calls) {
    std::string name = getKernelName(target, *call.kernel);
    auto [entry, isNew] = callees.try_emplace(name);
    if (!isNew)
      continue;
    mlir::func::FuncOp kernel = emitKernel(b, call, target);
    bool isShared = call.kernel->parallelUnits(target) > 1;
    entry->second = isShared ? declareShared(b, call, target) : kernel;
  }

  // The body, and a function for each of its calls where they are asked for.
  SmallVector<Type> types;
  for (Type type : function.getArgumentTypes())
    types.push_back(bytesType(b, getCallerLayout(type).bufferBytes));
  unsigned firstOutput = types.size();
  for (Type type : function.getResultTypes())
    types.push_back(bytesType(b, getCallerLayout(type).bufferBytes));
  types.push_back(bytesType(b, plan.arenaBytes));
  types.push_back(mlir::LLVM::LLVMPointerType::get(context));
  auto emitCalls = [&](StringRef symbol, ArrayRef<BoundCall> made) {
    OpBuilder::InsertionGuard guard(b);
    auto body = mlir::func::FuncOp::create(b, loc, symbol,
                                           b.getFunctionType(types, {}));
    b.setInsertionPointToStart(body.addEntryBlock());
    Value arena = body.getArguments().drop_back().back();
    Value parallel = body.getArguments().back();
    Value constants = mlir::memref::GetGlobalOp::create(b, loc, constantsType,
                                                        kConstantsName);
    for (const BoundCall &call : made) {
      SmallVector<Value> operands;
      for (auto [argument, type] :
           llvm::zip_equal(call.arguments, argumentTypes(b, *call.kernel))) {
        if (argument.space == Space::Input || argument.space == Space::Output) {
          operands.push_back(body.getArgument(
              argument.index +
              (argument.space == Space::Output ? firstOutput : 0)));
          continue;
        }
        Value base = argument.space == Space::Arena ? arena : constants;
        Value offset =
            mlir::arith::ConstantIndexOp::create(b, call.loc, argument.offset);
        operands.push_back(mlir::memref::ViewOp::create(
            b, call.loc, cast<MemRefType>(type), base, offset, ValueRange{}));
      }
      if (call.kernel->parallelUnits(target) > 1)
        operands.push_back(parallel);
      mlir::func::CallOp::create(
          b, call.loc, callees[getKernelName(target, *call.kernel)], operands);
    }
    mlir::func::ReturnOp::create(b, loc);
  };
  emitCalls(getBodyName(target), calls);
  if (withSteps)
    for (size_t i = 0; i < calls.size(); ++i)
      emitCalls(getStepName(target, i), calls.slice(i, 1));
  return module;
}
