//===- ModelFuzzer.cpp - models in ONNX, its text and MLIR -===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Imports what is drawn and prepares what was imported.
//
//===----------------------------------------------------------------------===//

#include "InputFile.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "narrow/Frontend/ImportModel.h"
#include "narrow/InitAllDialects.h"
#include "narrow/Prepare/Pipeline.h"

using namespace narrow;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::InputFile file("input" NARROW_FUZZ_ENDING);
  static mlir::DialectRegistry registry = [] {
    mlir::DialectRegistry result;
    narrow::registerAllDialects(result);
    return result;
  }();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  bool hasReason = false;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
    hasReason |= d.getSeverity() == mlir::DiagnosticSeverity::Error;
  });
  OwningOpRef<ModuleOp> module = importModel(file.write(data, size), context);
  bool isRead = bool(module);
  if (isRead && !isFixedPoint(*module)) {
    mlir::PassManager passes(&context);
    buildPreparePipeline(passes, PrepareOptions());
    isRead = succeeded(passes.run(*module));
  }
  if (!isRead && !hasReason)
    llvm::report_fatal_error("refused without a reason");
  return 0;
}
