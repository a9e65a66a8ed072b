//===- narrow-opt.cpp - MLIR's optimiser driver with Narrow in it ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "narrow/InitAllDialects.h"
#include "narrow/InitAllPasses.h"

int main(int argc, char **argv) {
  // Those of MLIR's driver are declared later, and so shown.
  llvm::cl::OptionCategory none("None");
  narrow::showOwnOptions("narrow-opt", none);
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  narrow::registerAllPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Narrow's optimiser driver\n", registry));
}
