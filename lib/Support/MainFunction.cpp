//===- MainFunction.cpp - the function that is the model ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/MainFunction.h"

using namespace narrow;

mlir::func::FuncOp narrow::getMainFunction(ModuleOp module) {
  if (auto main = module.lookupSymbol<mlir::func::FuncOp>("main"))
    return main;
  auto functions = module.getOps<mlir::func::FuncOp>();
  return llvm::hasSingleElement(functions) ? *functions.begin() : nullptr;
}
