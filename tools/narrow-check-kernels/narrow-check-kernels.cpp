//===- narrow-check-kernels.cpp - generated code against the interpreter --===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles every function of a fixed-point module for every ISA level that can
// run here, natively or under qemu, and compares its outputs on edge and random
// inputs with the reference interpreter, bit for bit.
//
//===----------------------------------------------------------------------===//

#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "narrow/InitAllDialects.h"
#include "narrow/Object/Compile.h"
#include "narrow/Object/LevelRunner.h"
#include "narrow/Reference/Interpreter.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include <random>

using namespace narrow;
namespace cl = llvm::cl;
using mlir::func::FuncOp;

static cl::opt<std::string> inputFile(cl::Positional, cl::desc("<file.mlir>"),
                                      cl::Required);
static cl::list<std::string>
    levels("target", cl::CommaSeparated,
           cl::desc("ISA levels; all that run here by default"));
static cl::opt<unsigned> samples("samples", cl::init(6),
                                 cl::desc("inputs to try"));
static cl::opt<unsigned> seed("seed", cl::init(1), cl::desc("random seed"));
static cl::opt<bool>
    emulate("emulate", cl::desc("run levels that this CPU lacks with plain "
                                "vector arithmetic for their instructions"));
static cl::opt<bool> quantizedInterface("quantized-io",
                                        cl::desc("compare stored integers"));

/// Sample 0 holds the lowest stored values, 1 the highest, 2 alternates, the
/// others are random; floats cover the range of every type and its
/// surroundings.
static reference::Tensor makeInput(RankedTensorType type, unsigned sample,
                                   std::mt19937 &random) {
  reference::Tensor tensor(type);
  if (type.getElementType().isF32()) {
    std::normal_distribution<float> normal(0.0f, sample < 3 ? 100.0f : 2.0f);
    static const float edges[] = {0.0f,     -0.0f,     1e30f, -1e30f,
                                  INFINITY, -INFINITY, NAN,   0.5f,
                                  -0.5f,    1.5f,      2.5f,  1e-40f};
    for (auto [i, value] : llvm::enumerate(tensor.floats()))
      value = sample == 0 && i < std::size(edges) ? edges[i] : normal(random);
    return tensor;
  }
  fxp::IntegerRange range = tensor.getQuantView().getStorageRange();
  std::uniform_int_distribution<int64_t> uniform(range.lo, range.hi);
  for (auto [i, value] : llvm::enumerate(tensor.stored()))
    value = sample == 0   ? range.lo
            : sample == 1 ? range.hi
            : sample == 2 ? (i % 2 ? range.lo : range.hi)
                          : uniform(random);
  return tensor;
}

static ElementKind kindOf(const ModelTensor &tensor) { return tensor.kind; }

static HostTensor toHost(const reference::Tensor &tensor,
                         const ModelTensor &like) {
  HostTensor host(kindOf(like), like.shape, like.name);
  std::vector<char> bytes = tensor.toBytes();
  host.bytes.assign(bytes.begin(), bytes.end());
  return host;
}

/// Returns the number of elements that differ; NaNs are never produced.
static size_t countDifferences(const HostTensor &found,
                               const reference::Tensor &wanted) {
  std::vector<char> bytes = wanted.toBytes();
  size_t width = getElementBytes(found.kind), different = 0;
  for (size_t i = 0; i < found.bytes.size(); i += width)
    different += memcmp(&found.bytes[i], &bytes[i], width) != 0;
  return different;
}

static llvm::Error checkFunction(ModuleOp module, const Target &target,
                                 bool &passed) {
  FuncOp function = *module.getOps<FuncOp>().begin();
  CompileOptions options;
  options.name = "model";
  options.targets = {&target};
  auto runner = LevelRunner::create(module, options);
  if (!runner)
    return runner.takeError();
  std::mt19937 random(seed);
  std::vector<std::vector<HostTensor>> inputs, outputs;
  std::vector<SmallVector<reference::Tensor>> wanted;
  for (unsigned sample = 0; sample < samples; ++sample) {
    SmallVector<reference::Tensor> arguments, results;
    inputs.emplace_back();
    for (auto [type, like] :
         llvm::zip_equal(function.getArgumentTypes(), (*runner)->getInputs())) {
      arguments.push_back(
          makeInput(cast<RankedTensorType>(type), sample, random));
      inputs.back().push_back(toHost(arguments.back(), like));
    }
    if (failed(reference::run(function, arguments, results)))
      return llvm::createStringError("the interpreter failed");
    wanted.push_back(std::move(results));
  }
  if (llvm::Error error = (*runner)->run(inputs, outputs))
    return error;
  for (unsigned sample = 0; sample < samples; ++sample)
    for (auto [index, found] : llvm::enumerate(outputs[sample]))
      if (size_t count = countDifferences(found, wanted[sample][index])) {
        passed = false;
        llvm::outs() << function.getName() << " " << target.qualifiedName()
                     << ": sample " << sample << ", output " << index << ": "
                     << count << " of " << found.getNumElements()
                     << " elements differ\n";
      }
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(
      argc, argv, "Checks generated kernels against the interpreter\n");
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
  std::vector<const Target *> targets;
  for (const Target &target : getTargets()) {
    if (!levels.empty() && !llvm::is_contained(levels, target.name) &&
        !llvm::is_contained(levels, target.qualifiedName()))
      continue;
    const Target *standIn = getEmulated(target);
    if (LevelRunner::canRun(target))
      targets.push_back(&target);
    else if (emulate && standIn && LevelRunner::canRun(*standIn))
      targets.push_back(standIn);
    else
      llvm::outs() << "skipped: " << target.qualifiedName()
                   << " does not run here\n";
  }
  bool passed = true;
  for (FuncOp function : module->getOps<FuncOp>()) {
    OwningOpRef<ModuleOp> one = ModuleOp::create(function.getLoc());
    one->push_back(function.clone());
    for (const Target *target : targets)
      if (llvm::Error error = checkFunction(*one, *target, passed)) {
        llvm::errs() << "error: " << function.getName() << " "
                     << target->qualifiedName() << ": " << std::move(error)
                     << "\n";
        passed = false;
      }
  }
  if (passed)
    llvm::outs() << "every output equals the interpreter's on "
                 << targets.size() << " levels\n";
  return !passed;
}
