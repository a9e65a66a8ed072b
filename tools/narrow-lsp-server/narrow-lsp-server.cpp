//===- narrow-lsp-server.cpp - language server for our dialects -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "narrow/InitAllDialects.h"

int main(int argc, char **argv) {
  // Those of MLIR's driver are declared later, and so shown.
  llvm::cl::OptionCategory none("None");
  narrow::showOwnOptions("narrow-lsp-server", none);
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
