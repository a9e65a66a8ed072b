//===- narrow-check-kernels.cpp - generated code against the interpreter --===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles the functions of a fixed-point module, or cases drawn from a family
// of operations, for every ISA level that can run here, natively or under qemu,
// and compares their outputs on edge and random inputs with the reference
// interpreter, bit for bit.
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "CaseBuilder.h"
#include "KernelCheck.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "narrow/Dialect/Fxp/Transforms/RowStrips.h"
#include "narrow/InitAllDialects.h"
#include "narrow/Object/LevelRunner.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace narrow;
namespace cl = llvm::cl;
using mlir::func::FuncOp;

static cl::OptionCategory ownOptions("Options of narrow-check-kernels");
static cl::opt<std::string> inputFile(cl::Positional, cl::desc("[file.mlir]"),
                                      cl::cat(ownOptions));
static cl::opt<std::string>
    familyName("family", cl::desc("draw cases of this family, 'all' or 'list'"),
               cl::cat(ownOptions));
static cl::list<std::string>
    levels("target", cl::CommaSeparated,
           cl::desc("ISA levels, or families for all of theirs; all that run "
                    "here by default"),
           cl::cat(ownOptions));
static cl::opt<unsigned> samples("samples", cl::init(6),
                                 cl::desc("inputs to try for each function"),
                                 cl::cat(ownOptions));
static cl::opt<uint64_t> seed("seed", cl::init(1), cl::desc("random seed"),
                              cl::cat(ownOptions));
static cl::opt<unsigned> caseCount("cases", cl::init(20),
                                   cl::desc("cases to draw"),
                                   cl::cat(ownOptions));
static cl::opt<unsigned> firstCase("first", cl::init(0),
                                   cl::desc("number of the first case"),
                                   cl::cat(ownOptions));
static cl::opt<unsigned> batchSize("batch", cl::init(25),
                                   cl::desc("cases compiled into one artefact"),
                                   cl::cat(ownOptions));
static cl::opt<bool>
    emulate("emulate",
            cl::desc("run levels that this CPU lacks with plain "
                     "vector arithmetic for their instructions"),
            cl::cat(ownOptions));
static cl::opt<bool>
    oneLevel("one-level-each",
             cl::desc("compile each drawn case for one of the levels only"),
             cl::cat(ownOptions));
static cl::opt<int64_t>
    splitRows("split-rows",
              cl::desc("compile the file's functions in strips of so many "
                       "rows; the interpreter runs them whole"),
              cl::cat(ownOptions));
static cl::opt<bool> printOnly("print",
                               cl::desc("print the drawn cases as MLIR"),
                               cl::cat(ownOptions));

static std::vector<const Target *> targets;

/// Returns the command that repeats one case on one level.
static std::string reproducer(StringRef family, uint64_t index,
                              const Target &target) {
  return ("narrow-check-kernels --family=" + family + " --seed=" + Twine(seed) +
          " --first=" + Twine(index) +
          " --cases=1 --samples=" + Twine(samples) +
          " --target=" + target.qualifiedName() + (emulate ? " --emulate" : ""))
      .str();
}

/// Checks a batch on one level; `index` numbers its first case in `family`
/// (empty for functions of a file). Returns true if all is equal.
static bool checkBatch(ArrayRef<KernelCase> cases, const Target &target,
                       StringRef family, uint64_t index) {
  bool passed = true;
  llvm::SmallDenseSet<size_t> shown;
  auto report = [&](const Mismatch &mismatch) {
    passed = false;
    FuncOp function = cases[mismatch.caseIndex].function;
    // One sample of a case says enough.
    if (!shown.insert(mismatch.caseIndex).second)
      return;
    llvm::outs() << function.getName() << " " << target.qualifiedName()
                 << ": sample " << mismatch.sample << ", output "
                 << mismatch.output << ": " << mismatch.different << " of "
                 << mismatch.elements << " elements differ; " << mismatch.first
                 << "\n";
    if (family.empty())
      return;
    function.print(llvm::outs(),
                   mlir::OpPrintingFlags().elideLargeElementsAttrs(8));
    llvm::outs() << "\nreproduce with: "
                 << reproducer(family, index + mismatch.caseIndex, target)
                 << "\n";
  };
  llvm::Error error = checkLevel(cases, target, report);
  if (!error)
    return passed;
  // One by one, to see which it is.
  if (cases.size() > 1) {
    llvm::consumeError(std::move(error));
    for (size_t i = 0; i < cases.size(); ++i)
      passed = checkBatch(cases[i], target, family, index + i) && passed;
    return passed;
  }
  FuncOp function = cases.front().function;
  llvm::errs() << "error: " << function.getName() << " "
               << target.qualifiedName() << ": " << std::move(error) << "\n";
  if (!family.empty())
    llvm::errs() << "reproduce with: " << reproducer(family, index, target)
                 << "\n";
  return false;
}

static bool checkFamily(MLIRContext &context, const CaseFamily &family) {
  bool passed = true;
  OwningOpRef<ModuleOp> printed =
      ModuleOp::create(mlir::UnknownLoc::get(&context));
  for (unsigned from = firstCase, end = firstCase + caseCount; from < end;
       from += batchSize) {
    std::vector<OwningOpRef<ModuleOp>> modules;
    std::vector<KernelCase> cases;
    for (unsigned i = from; i < std::min<unsigned>(end, from + batchSize);
         ++i) {
      modules.push_back(drawCase(&context, family, seed, i));
      if (printOnly) {
        // In one module, so that types have one name each.
        for (FuncOp function :
             llvm::make_early_inc_range(modules.back()->getOps<FuncOp>()))
          function->moveBefore(printed->getBody(), printed->getBody()->end());
        continue;
      }
      cases.emplace_back();
      cases.back().function = *modules.back()->getOps<FuncOp>().begin();
      if (failed(cases.back().evaluate(samples, {seed, i}))) {
        llvm::errs() << "error: the interpreter failed on "
                     << cases.back().function.getName() << "\n";
        return false;
      }
      // The interpreter saw it whole.
      if (family.isInStrips)
        fxp::splitAllRows(cases.back().function, 1 + i % 5);
    }
    if (printOnly)
      continue;
    // The batch on every level, or a part of it on each.
    size_t parts = oneLevel ? targets.size() : 1;
    for (auto [index, target] : llvm::enumerate(targets)) {
      size_t part = oneLevel ? index : 0;
      size_t begin = cases.size() * part / parts,
             end = cases.size() * (part + 1) / parts;
      if (begin < end)
        passed = checkBatch(ArrayRef(cases).slice(begin, end - begin), *target,
                            family.name, from + begin) &&
                 passed;
    }
  }
  if (printOnly)
    printed->print(llvm::outs());
  else
    llvm::outs() << family.name << ": " << caseCount << " cases x " << samples
                 << " inputs, " << caseCount * samples
                 << (oneLevel ? " instances, each on one of "
                              : " instances on each of ")
                 << targets.size() << " levels: "
                 << (passed ? "every output equals the interpreter's"
                            : "outputs differ")
                 << "\n";
  return passed;
}

static int checkFamilies(MLIRContext &context) {
  bool passed = true, found = false;
  for (const CaseFamily &family : getCaseFamilies()) {
    if (familyName == "list")
      llvm::outs() << family.name << ": " << family.what << "\n";
    else if (familyName == "all" || familyName == family.name)
      passed = checkFamily(context, family) && passed;
    else
      continue;
    found = true;
  }
  if (!found)
    llvm::errs() << "error: expected a family of --family=list, found '"
                 << familyName << "'\n";
  return !passed || !found;
}

static int checkFile(MLIRContext &context) {
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
  std::vector<KernelCase> cases;
  for (FuncOp function : module->getOps<FuncOp>()) {
    cases.emplace_back();
    cases.back().function = function;
    if (failed(cases.back().evaluate(samples, seed.getValue())))
      return 1;
    if (splitRows)
      fxp::splitAllRows(function, splitRows);
  }
  bool passed = true;
  for (size_t from = 0; from < cases.size(); from += batchSize)
    for (const Target *target : targets)
      passed =
          checkBatch(ArrayRef(cases).drop_front(from).take_front(batchSize),
                     *target, "", 0) &&
          passed;
  if (passed)
    llvm::outs() << "every output equals the interpreter's on "
                 << targets.size() << " levels\n";
  return !passed;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  showOwnOptions("narrow-check-kernels", ownOptions);
  cl::ParseCommandLineOptions(
      argc, argv, "Checks generated kernels against the interpreter\n");
  if (inputFile.empty() == familyName.empty()) {
    llvm::errs() << "error: expected a file or --family\n";
    return 1;
  }
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  for (const Target &target : getTargets()) {
    if (!levels.empty() && !llvm::is_contained(levels, target.name) &&
        !llvm::is_contained(levels, target.qualifiedName()) &&
        !llvm::is_contained(levels, getFamilyName(target.family)))
      continue;
    const Target *standIn = getEmulated(target);
    if (LevelRunner::canRun(target))
      targets.push_back(&target);
    else if (emulate && standIn && LevelRunner::canRun(*standIn))
      targets.push_back(standIn);
    else if (!printOnly)
      llvm::outs() << "skipped: " << target.qualifiedName()
                   << " does not run here\n";
  }
  if (targets.empty()) {
    llvm::errs() << "error: expected a level that runs here\n";
    return 1;
  }
  return familyName.empty() ? checkFile(context) : checkFamilies(context);
}
