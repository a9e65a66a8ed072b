// Parses a module with our dialect from an installed package and counts its
// ops. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Parser/Parser.h"
#include "narrow/InitAllDialects.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  if (!module)
    return 1;
  int count = 0;
  module->walk([&](narrow::fxp::FixedPointOpInterface) { ++count; });
  llvm::outs() << "fixed-point ops: " << count << "\n";
}
