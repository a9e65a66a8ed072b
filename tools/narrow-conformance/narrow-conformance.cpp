//===- narrow-conformance.cpp - ONNX's test cases through the importer ----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs ONNX's conformance cases (`model.onnx` and `test_data_set_N` beside it)
// in float and compares with the expected outputs. Each case runs as it stands
// and, where an operand that must be constant is an input, with that input
// bound to the case's data.
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "Case.h"
#include "narrow/Frontend/SupportedOps.h"
#include "narrow/InitAllDialects.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/ToolOutputFile.h"

namespace cl = llvm::cl;
using namespace narrow;
using namespace narrow::conformance;

static cl::OptionCategory ownOptions("Options of narrow-conformance");
static cl::list<std::string> folders(cl::Positional, cl::OneOrMore,
                                     cl::desc("<folder of cases>..."),
                                     cl::cat(ownOptions));
static cl::opt<std::string> filter("filter",
                                   cl::desc("Only cases with this in the name"),
                                   cl::cat(ownOptions));
static cl::opt<bool>
    prepare("prepare", cl::desc("Run the models as narrow-prepare leaves them"),
            cl::cat(ownOptions));
static cl::opt<bool>
    quantize("quantize",
             cl::desc("Count what has no operation in float once quantised"),
             cl::cat(ownOptions));
static cl::opt<bool> verbose("v",
                             cl::desc("Print every case that did not pass"),
                             cl::cat(ownOptions));
static cl::opt<std::string>
    page("page", cl::desc("Write the page of supported operators"),
         cl::value_desc("file"), cl::cat(ownOptions));
static cl::opt<unsigned>
    minimum("min-passed", cl::desc("Fail unless so many pass as they stand"),
            cl::cat(ownOptions));
static cl::opt<unsigned>
    minimumBound("min-passed-bound",
                 cl::desc("Fail unless so many pass with shape operands bound"),
                 cl::cat(ownOptions));

static std::vector<std::string> listCases() {
  std::vector<std::string> cases;
  for (const std::string &folder : folders) {
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end;
         it != end && !error; it.increment(error)) {
      llvm::StringRef name = llvm::sys::path::filename(it->path());
      if (name.contains(filter) &&
          llvm::sys::fs::exists(it->path() + "/model.onnx"))
        cases.push_back(it->path());
    }
  }
  llvm::sort(cases);
  return cases;
}

static void count(ConformanceCounts &counts, const CaseResult &result) {
  ++(result.outcome == Outcome::Passed        ? counts.passed
     : result.outcome == Outcome::Unsupported ? counts.unsupported
                                              : counts.failed);
  if (quantize)
    counts.integer = counts.integer.value_or(0) + result.isInteger;
}

static void print(llvm::raw_ostream &os, llvm::StringRef what,
                  const ConformanceCounts &counts) {
  os << what << ": " << counts.passed << " passed, " << counts.unsupported
     << " unsupported, " << counts.failed << " failed";
  if (counts.integer)
    os << "; of those passed " << *counts.integer
       << " are in fixed point as a whole when quantised";
  os << "\n";
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  showOwnOptions("narrow-conformance", ownOptions);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Runs ONNX's conformance cases\n\nExample:\n"
      "  narrow-conformance /usr/share/libonnx-testdata/data/node\n");
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);

  ConformanceCounts plain, bound;
  llvm::StringMap<ConformanceCounts> perOp;
  for (const std::string &path : listCases()) {
    CaseResult asIs =
        runCase(path, registry, /*bindShapes=*/false, prepare, quantize);
    CaseResult best = asIs;
    if (asIs.outcome == Outcome::Unsupported)
      best = runCase(path, registry, /*bindShapes=*/true, prepare, quantize);
    count(plain, asIs);
    count(bound, best);
    if (!asIs.onlyOp.empty())
      count(perOp[asIs.onlyOp], best);
    if (verbose && best.outcome != Outcome::Passed)
      llvm::outs() << llvm::sys::path::filename(path) << ": "
                   << (best.outcome == Outcome::Failed ? "FAILED"
                                                       : "unsupported")
                   << ": " << best.message << "\n";
  }
  print(llvm::outs(), "as they stand", plain);
  print(llvm::outs(), "with shape operands bound", bound);

  if (!page.empty()) {
    std::error_code error;
    llvm::ToolOutputFile file(page, error, llvm::sys::fs::OF_Text);
    if (error) {
      llvm::errs() << "error: cannot write '" << page
                   << "': " << error.message() << "\n";
      return 1;
    }
    printSupportedOps(file.os(), [&](llvm::StringRef op) {
      auto it = perOp.find(op);
      return it == perOp.end() ? nullptr : &it->second;
    });
    file.os()
        << "\nONNX's node cases (each counted for its operator where it "
           "has one operator alone). Outputs agree where the difference "
           "is at most 1e-5 + 1e-3 of the expected value (1/128 of it for "
           "bfloat16, which is held in f32). *In integers* are cases that have "
           "no operation in float once they are quantised, with their own data "
           "to calibrate on and, where that is needed, all arguments but the "
           "first as constants:\n\n";
    print(file.os(), "- as they stand", plain);
    print(file.os(), "- with shape operands bound", bound);
    file.keep();
  }
  bool enough = plain.passed >= minimum && bound.passed >= minimumBound;
  return plain.failed || bound.failed || !enough;
}
