//===- narrow-emit.cpp - from a fixed-point module to an object -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The last step of `narrow compile` on its own, for pipelines that make their
// own fxp modules:
//
//   narrow-emit model.mlir --target=avx2,avx512vnni --name=net -o net.o
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "narrow/Driver/Targets.h"
#include "narrow/InitAllDialects.h"
#include "narrow/Object/Compile.h"
#include "narrow/Support/OutputFile.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::OptionCategory ownOptions("Options of narrow-emit");
static cl::opt<std::string> inputFile(cl::Positional, cl::desc("<file.mlir>"),
                                      cl::init("-"), cl::cat(ownOptions));
static cl::opt<std::string>
    outputFile("o", cl::Required, cl::desc("output: .o, .so, .a, .ll or .s"),
               cl::cat(ownOptions));
static cl::opt<std::string> headerFile("header", cl::desc("C header"),
                                       cl::cat(ownOptions));
static cl::opt<std::string> name("name", cl::init("model"),
                                 cl::desc("prefix of the exported symbols"),
                                 cl::cat(ownOptions));
static cl::list<std::string> levels("target", cl::CommaSeparated, cl::Required,
                                    cl::desc("ISA levels, CPUs or a family"),
                                    cl::cat(ownOptions));
static cl::opt<InterfaceKind>
    io("io", cl::desc("type of the inputs and outputs"),
       cl::values(clEnumValN(InterfaceKind::Float, "float", "f32"),
                  clEnumValN(InterfaceKind::Quantized, "quantized",
                             "stored integers")),
       cl::init(InterfaceKind::Float), cl::cat(ownOptions));
static cl::opt<InterfaceLayout> layout(
    "io-layout", cl::desc("order of the axes of images"),
    cl::values(clEnumValN(InterfaceLayout::AsModel, "model", "as it is"),
               clEnumValN(InterfaceLayout::Nchw, "nchw", "channels first"),
               clEnumValN(InterfaceLayout::Nhwc, "nhwc", "channels last")),
    cl::init(InterfaceLayout::AsModel), cl::cat(ownOptions));
static cl::opt<bool>
    rowStrips("row-strips", cl::init(true),
              cl::desc("run groups of operations a few rows at a time where "
                       "that saves memory"),
              cl::cat(ownOptions));
static cl::opt<bool> printSizes("sizes", cl::desc("print sizes"),
                                cl::cat(ownOptions));

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  showOwnOptions("narrow-emit", ownOptions);
  cl::ParseCommandLineOptions(argc, argv,
                              "Compiles a fixed-point module to an object\n");
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  MLIRContext context(registry);
  std::string message;
  auto file = mlir::openInputFile(inputFile, &message);
  if (!file) {
    llvm::errs() << "error: " << message << "\n";
    return 1;
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  auto module = mlir::parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return 1;
  CompileOptions options;
  options.name = name;
  options.io = io;
  options.layout = layout;
  options.rowStrips = rowStrips;
  options.outputPath = outputFile;
  options.headerPath = headerFile;
  for (const std::string &level : levels) {
    // Stand-ins are for tests alone, which this tool serves.
    if (const Target *target = lookupTarget(level)) {
      options.targets.push_back(target);
      continue;
    }
    llvm::Expected<SmallVector<const Target *>> targets = parseTargets({level});
    if (!targets) {
      llvm::errs() << "error: " << llvm::toString(targets.takeError()) << "\n";
      return 1;
    }
    llvm::append_range(options.targets, *targets);
  }
  if (llvm::Error error = checkOutputPaths(
          {{"artefact", outputFile}, {"header", headerFile}},
          NamedPath{"module", inputFile == "-" ? "" : inputFile.c_str()})) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  CompileStats stats;
  if (llvm::Error error = compileToObject(*module, options, &stats)) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  if (printSizes)
    llvm::outs() << "arena " << stats.arenaBytes << ", live " << stats.liveBytes
                 << ", constants " << stats.constantBytes << ", file "
                 << stats.fileBytes << " bytes; " << stats.kernelCalls
                 << " calls of " << stats.kernels << " kernels\n";
  return 0;
}
