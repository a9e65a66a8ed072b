//===- OutlineKernels.cpp - one function per distinct loop nest -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network is one long function with few distinct layers. Compiling each
// distinct loop nest once, in a function of its own, takes a tenth of the time.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "narrow/Dialect/Fused/IR/FusedOps.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

using namespace narrow;
using namespace narrow::floatcode;
using mlir::func::FuncOp;

/// Returns the allocation, argument or global that `buffer` lies in.
static Value getRoot(Value buffer) {
  while (auto view = buffer.getDefiningOp<mlir::ViewLikeOpInterface>())
    buffer = view.getViewSource();
  return buffer;
}

/// Whether `buffer` shares memory with none of `others`, as far as one can see.
static bool isSeparate(Value buffer, ArrayRef<Value> others) {
  return llvm::all_of(others, [&](Value other) {
    return other == buffer || !isa<mlir::MemRefType>(other.getType()) ||
           getRoot(other) != getRoot(buffer);
  });
}

/// Makes a function that holds a copy of `op`, with `inputs` as its arguments.
static FuncOp buildKernel(mlir::DestinationStyleOpInterface op,
                          ArrayRef<Value> inputs, ArrayRef<Value> scalars) {
  OpBuilder b(op.getContext());
  SmallVector<Type> types;
  for (Value input : inputs)
    types.push_back(input.getType());
  auto kernel =
      FuncOp::create(b.getUnknownLoc(), "kernel", b.getFunctionType(types, {}));
  kernel.setPrivate();
  // Inlining would undo it all.
  kernel->setAttr("passthrough",
                  b.getStrArrayAttr({"noinline", kMayAliasAttribute}));
  Block *body = kernel.addEntryBlock();
  b.setInsertionPointToEnd(body);
  mlir::IRMapping mapping;
  mapping.map(inputs, body->getArguments());
  for (Value scalar : scalars)
    b.clone(*scalar.getDefiningOp(), mapping);
  b.clone(*op, mapping);
  mlir::func::ReturnOp::create(b, op.getLoc());
  for (Value output : op.getDpsInits())
    for (auto [i, input] : llvm::enumerate(inputs))
      if (input == output && isSeparate(output, inputs))
        kernel.setArgAttr(i, "llvm.noalias", b.getUnitAttr());
  return kernel;
}

void floatcode::outlineKernels(ModuleOp module, FuncOp entry) {
  SmallVector<mlir::DestinationStyleOpInterface> nests;
  for (Operation &op : entry.getBody().front())
    if (isa<mlir::linalg::LinalgOp, fused::ContractionOp>(op))
      nests.push_back(cast<mlir::DestinationStyleOpInterface>(op));

  llvm::StringMap<FuncOp> kernels;
  for (mlir::DestinationStyleOpInterface op : nests) {
    llvm::SetVector<Value> used;
    used.insert(op->operand_begin(), op->operand_end());
    mlir::getUsedValuesDefinedAbove(op->getRegions(), used);
    SmallVector<Value> inputs, scalars;
    for (Value value : used)
      (mlir::matchPattern(value, mlir::m_Constant()) ? scalars : inputs)
          .push_back(value);

    FuncOp kernel = buildKernel(op, inputs, scalars);
    // Loop nests that print alike are alike; locations are not printed.
    std::string text;
    llvm::raw_string_ostream stream(text);
    kernel.print(stream, mlir::OpPrintingFlags().useLocalScope());
    auto [known, isNew] = kernels.try_emplace(text, kernel);
    if (isNew) {
      kernel.setName(("kernel" + Twine(kernels.size())).str());
      module.push_back(kernel);
    } else {
      kernel.erase();
    }
    OpBuilder b(op);
    mlir::func::CallOp::create(b, op.getLoc(), known->second, inputs);
    op.erase();
  }
}
