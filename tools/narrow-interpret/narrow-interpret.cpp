//===- narrow-interpret.cpp - runs the functions of a file ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs every function without arguments by the reference interpreter and prints
// its results: a tool for tests and for questions about the arithmetic.
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "mlir/Parser/Parser.h"
#include "narrow/InitAllDialects.h"
#include "narrow/Reference/Interpreter.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace narrow;

static llvm::cl::OptionCategory ownOptions("Options of narrow-interpret");
static llvm::cl::opt<std::string> inputPath(llvm::cl::Positional,
                                            llvm::cl::desc("<file.mlir>"),
                                            llvm::cl::init("-"),
                                            llvm::cl::cat(ownOptions));
static llvm::cl::opt<bool>
    printAll("print-all",
             llvm::cl::desc("print every value, not results alone"),
             llvm::cl::cat(ownOptions));

static LogicalResult interpret(mlir::func::FuncOp function) {
  llvm::outs() << "@" << function.getName() << "\n";
  auto show = [](Value value, const reference::Tensor &tensor) {
    llvm::outs() << "  " << value.getDefiningOp()->getName() << " ";
    tensor.print(llvm::outs());
    llvm::outs() << "\n";
  };
  reference::ValueCallback callback;
  if (printAll)
    callback = show;
  SmallVector<reference::Tensor> results;
  if (failed(reference::run(function, {}, results, callback)))
    return failure();
  for (const reference::Tensor &result : results) {
    llvm::outs() << "  ";
    result.print(llvm::outs());
    llvm::outs() << "\n";
  }
  return success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  showOwnOptions("narrow-interpret", ownOptions);
  llvm::cl::ParseCommandLineOptions(
      argc, argv,
      "Runs functions of fxp ops by the reference interpreter\n\n"
      "example: narrow-interpret test/Reference/add.mlir\n");
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  auto module = mlir::parseSourceFile<ModuleOp>(inputPath, sources, &context);
  if (!module)
    return 1;
  LogicalResult outcome = success();
  for (auto function : module->getOps<mlir::func::FuncOp>())
    if (function.getNumArguments() == 0 && failed(interpret(function)))
      outcome = failure();
  return failed(outcome) ? 1 : 0;
}
