//===- narrow-reduce.cpp - shrinks a failing module -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "narrow/InitAllDialects.h"
#include "narrow/InitAllPasses.h"

int main(int argc, char **argv) {
  // Those of MLIR's driver are declared later, and so shown.
  llvm::cl::OptionCategory none("None");
  narrow::showOwnOptions("narrow-reduce", none);
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  narrow::registerAllPasses();
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
