//===- narrow-translate.cpp - models to MLIR's text -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints what the importer makes of a model: an ONNX file, protobuf text that
// ends in `.onnx.txt` or `.textproto`, or a TOSA module.
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "narrow/Frontend/ImportModel.h"
#include "narrow/Frontend/SupportedOps.h"
#include "narrow/InitAllDialects.h"
#include "narrow/Support/Text.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ToolOutputFile.h"

namespace cl = llvm::cl;

static cl::OptionCategory ownOptions("Options of narrow-translate");
static cl::opt<std::string> input(cl::Positional, cl::desc("<model>"),
                                  cl::cat(ownOptions));
static cl::opt<std::string> output("o", cl::desc("Output file"),
                                   cl::value_desc("file"), cl::init("-"),
                                   cl::cat(ownOptions));
static cl::opt<int64_t> batch("batch", cl::desc("Size of an open first axis"),
                              cl::cat(ownOptions));
static cl::list<std::string>
    shapes("shape", cl::desc("Shape of an input with open dimensions"),
           cl::value_desc("name=1x3x32x32"), cl::cat(ownOptions));
static cl::opt<bool> locations("locations", cl::desc("Print locations"),
                               cl::cat(ownOptions));
static cl::opt<bool> elide("elide",
                           cl::desc("Leave large constants out of the text"),
                           cl::cat(ownOptions));
static cl::list<std::string>
    inputs("inputs", cl::CommaSeparated,
           cl::desc("Tensors where the network begins"),
           cl::value_desc("a,b,..."), cl::cat(ownOptions));
static cl::list<std::string> outputs("outputs", cl::CommaSeparated,
                                     cl::desc("Tensors where the network ends"),
                                     cl::value_desc("a,b,..."),
                                     cl::cat(ownOptions));
static cl::opt<bool>
    listOps("supported-ops",
            cl::desc("Print the page of supported ONNX operators"),
            cl::cat(ownOptions));

static llvm::Error parseShapes(narrow::ImportOptions &options) {
  if (batch.getNumOccurrences())
    options.batch = batch;
  for (llvm::StringRef text : shapes) {
    auto [name, dims] = text.rsplit('=');
    llvm::SmallVector<int64_t> sizes;
    for (llvm::StringRef part : llvm::split(dims, 'x')) {
      int64_t size = 0;
      if (part.getAsInteger(10, size))
        return llvm::createStringError(
            "expected a shape such as input=1x3x32x32, found '%s'",
            text.str().c_str());
      sizes.push_back(size);
    }
    options.shapes[name] = sizes;
  }
  return llvm::Error::success();
}

/// Prints a line; messages name the file or the node, except for MLIR's text,
/// whose lines are added.
static void printDiagnostic(mlir::Diagnostic &diagnostic,
                            llvm::StringRef kind) {
  auto loc = mlir::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation());
  if (loc && loc.getLine() > 0)
    llvm::errs() << loc.getFilename().getValue() << ':' << loc.getLine() << ':'
                 << loc.getColumn() << ": ";
  llvm::errs() << kind
               << narrow::elideLists(narrow::escapeControls(diagnostic.str()))
               << '\n';
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  narrow::showOwnOptions("narrow-translate", ownOptions);
  mlir::registerAsmPrinterCLOptions();
  cl::ParseCommandLineOptions(
      argc, argv,
      "Prints a model as MLIR\n\nExample:\n"
      "  narrow-translate --batch=1 --elide model.onnx\n");
  std::string message;
  auto file = mlir::openOutputFile(output, &message);
  if (!file) {
    llvm::errs() << "error: " << message << "\n";
    return 1;
  }
  if (listOps) {
    narrow::printSupportedOps(file->os());
    file->keep();
    return 0;
  }
  narrow::ImportOptions options;
  if (llvm::Error error = parseShapes(options)) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  options.inputs.assign(inputs.begin(), inputs.end());
  options.outputs.assign(outputs.begin(), outputs.end());
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  mlir::ScopedDiagnosticHandler handler(&context, [](mlir::Diagnostic &d) {
    bool isError = d.getSeverity() == mlir::DiagnosticSeverity::Error,
         isWarning = d.getSeverity() == mlir::DiagnosticSeverity::Warning;
    printDiagnostic(d, isError     ? "error: "
                       : isWarning ? "warning: "
                                   : "remark: ");
    for (mlir::Diagnostic &note : d.getNotes())
      printDiagnostic(note, "  note: ");
  });
  auto module = narrow::importModel(input, context, options);
  if (!module)
    return 1;
  mlir::OpPrintingFlags flags;
  if (locations)
    flags.enableDebugInfo();
  if (elide)
    flags.elideLargeElementsAttrs(16).elideLargeResourceString(16);
  module->print(file->os(), flags);
  file->keep();
  return 0;
}
