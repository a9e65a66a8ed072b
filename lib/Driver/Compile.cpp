//===- Compile.cpp - from a model file to an artefact ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Compile.h"

#include "narrow/Driver/PlanModel.h"
#include "narrow/Driver/Session.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Object/StoredInterface.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/OutputFile.h"
#include "narrow/Support/Text.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <chrono>

using namespace narrow;
using llvm::json::Array;
using llvm::json::Object;

std::string narrow::makeIdentifier(StringRef path) {
  std::string name = llvm::sys::path::stem(path).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name[0]))
    name = "model_" + name;
  return name;
}

static bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name[0]) &&
         llvm::all_of(name,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

static std::string withExtension(StringRef path, StringRef extension) {
  llvm::SmallString<128> result(path);
  llvm::sys::path::replace_extension(result, extension);
  return std::string(result);
}

/// Whether a file that is there was written by `object::writeHeader`.
static bool isOurHeader(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  return buffer &&
         (*buffer)->getBuffer().split('\n').first.contains(kHeaderMark);
}

/// Fails if a file cannot be written, before the work.
static llvm::Error checkFiles(const CompilationOptions &options,
                              const CompilationReport &report) {
  StringRef statistics = options.calibration.statisticsPath;
  bool isFinished = !statistics.empty() && llvm::sys::fs::exists(statistics);
  NamedPath outputs[] = {{"artefact", report.output},
                         {"header", report.header},
                         {"report", options.reportPath},
                         {"scores", options.budget.scoresPath},
                         {"front", options.budget.frontPath},
                         {"statistics", isFinished ? "" : statistics}};
  NamedPath inputs[] = {{"model", options.model.path},
                        {"samples", options.calibration.samplesPath},
                        {"statistics", isFinished ? statistics : ""}};
  if (llvm::Error error = checkOutputPaths(outputs, inputs))
    return error;
  // `-o net.o` beside one's own net.h.
  llvm::sys::fs::file_status status;
  if (!report.header.empty() && !llvm::sys::fs::status(report.header, status) &&
      llvm::sys::fs::is_regular_file(status) && status.getSize() &&
      !isOurHeader(report.header))
    return makeError("'" + report.header +
                     "': expected a header that narrow wrote, or none, found "
                     "another file; choose another name with -o");
  return checkOutputKind(report.output);
}

llvm::Expected<CompilationReport>
narrow::compileModel(const CompilationOptions &options, MLIRContext &context,
                     OutputFiles &files, ProgressCallback progress,
                     ProgressCallback search) {
  CompilationReport report;
  report.output =
      options.output.empty()
          ? withExtension(llvm::sys::path::filename(options.model.path), ".o")
          : options.output;
  StringRef extension = llvm::sys::path::extension(report.output);
  if (!llvm::is_contained({".o", ".so", ".a", ".ll", ".s", ".mlir"}, extension))
    return makeError("'" + report.output +
                     "': expected an output that ends in .o, .so, .a, .ll, .s "
                     "or .mlir");
  std::string name =
      options.name.empty() ? makeIdentifier(report.output) : options.name;
  if (!isIdentifier(name))
    return makeError("expected a C identifier for --name, found '" + name +
                     "'");

  if (extension != ".mlir")
    report.header = withExtension(report.output, ".h");
  if (llvm::Error error = checkFiles(options, report))
    return error;

  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  Session session({options.model, options.calibration, options.quantization,
                   /*allowsNoise=*/false, /*judges=*/true, options.budget},
                  context);
  llvm::Expected<bool> isFixed = session.isFixedPoint();
  if (!isFixed)
    return isFixed.takeError();
  if (!*isFixed) {
    llvm::Expected<const Statistics *> statistics =
        session.getStatistics(progress);
    if (!statistics)
      return statistics.takeError();
    report.estimator = getEstimatorName(options.quantization.estimator).str();
    report.samples = (*statistics)->getNumSamples();
  }
  llvm::Expected<const QuantizedModel *> found =
      session.getQuantized({}, std::move(search));
  if (!found)
    return found.takeError();
  const QuantizedModel &quantized = **found;

  report.areRangesGuessed = options.calibration.guessesRanges;
  report.calibrationSeconds = session.getCalibrationSeconds();
  report.quantization = quantized.report;
  report.messages = session.getMessages().vec();
  report.repairs = quantized.repairs;
  for (const RepairResult &result : report.repairs)
    report.repairSeconds += result.seconds;
  report.accuracy = quantized.accuracy;
  // Ranges may have been estimated anew for accuracy's sake.
  if (report.accuracy.isHeldBy)
    report.estimator = getEstimatorName(report.accuracy.recipe.estimator).str();
  report.plan = quantized.plan;
  report.budget = quantized.budget;
  for (const Target *target : options.targets)
    report.targets.push_back(target->name.str());
  if (options.isTargetNative && extension != ".mlir")
    report.reach = describeReach(options.targets);

  takeStoredInterface(getMainFunction(*quantized.module));
  if (extension == ".mlir") {
    if (llvm::Error error =
            files.add(report.output, [&](llvm::raw_ostream &os) {
              (*quantized.module)->print(os);
              return llvm::Error::success();
            }))
      return error;
  } else {
    CompileOptions object;
    object.name = name;
    object.targets.assign(options.targets.begin(), options.targets.end());
    object.io = options.io;
    object.layout = options.layout;
    object.rowStrips = options.rowStrips;
    object.outputPath = report.output;
    object.headerPath = report.header;
    object.files = &files;
    DiagnosticCollector diagnostics(context);
    if (llvm::Error error =
            compileToObject(*quantized.module, object, &report.stats)) {
      std::string text = llvm::toString(std::move(error));
      if (diagnostics.hasErrors())
        return diagnostics.takeError(options.model.path);
      return makeError(text);
    }
    llvm::append_range(report.messages, diagnostics.getMessages());
  }
  if (llvm::Error error = session.addStatistics(files))
    return error;
  if (llvm::Error error = addFront(report.budget, options.budget, files))
    return std::move(error);
  std::chrono::duration<double> elapsed = Clock::now() - start;
  report.seconds =
      elapsed.count() - report.calibrationSeconds - report.repairSeconds;
  if (!options.reportPath.empty())
    if (llvm::Error error =
            files.add(options.reportPath, [&](llvm::raw_ostream &os) {
              os << llvm::formatv("{0:2}\n",
                                  llvm::json::Value(report.toJson()));
              return llvm::Error::success();
            }))
      return error;
  return report;
}

Object CompilationReport::toJson() const {
  Array findings;
  for (const quantize::Finding &finding : quantization.findings) {
    Object entry{{"kind", finding.kind},
                 {"node", llvm::json::fixUTF8(finding.node)},
                 {"op", finding.op},
                 {"reason", llvm::json::fixUTF8(finding.reason)}};
    findings.push_back(std::move(entry));
  }
  Array remarks;
  for (const Message &message : messages)
    remarks.push_back(Object{{"where", llvm::json::fixUTF8(message.where)},
                             {"text", llvm::json::fixUTF8(message.text)}});
  Array levels, steps;
  for (const RepairResult &result : repairs)
    steps.push_back(result.toJson());
  for (const std::string &target : targets)
    levels.push_back(target);
  Object object{{"output", output},
                {"header", header},
                {"targets", std::move(levels)},
                {"estimator", estimator},
                {"calibration_samples", samples},
                {"guessed_ranges", areRangesGuessed},
                {"quantized_ops", quantization.quantizedOps},
                {"float_ops", quantization.countFloatOps()},
                {"float_islands", stats.floatIslands},
                {"repairs", std::move(steps)},
                {"weight_bytes", stats.constantBytes},
                {"arena_bytes", stats.arenaBytes},
                {"live_bytes", stats.liveBytes},
                {"file_bytes", stats.fileBytes},
                {"kernels", stats.kernels},
                {"kernel_calls", stats.kernelCalls},
                {"calibration_seconds", calibrationSeconds},
                {"repair_seconds", repairSeconds},
                {"compile_seconds", seconds},
                {"findings", std::move(findings)},
                {"remarks", std::move(remarks)}};
  if (accuracy.judges)
    object["accuracy"] = accuracy.toJson();
  if (!plan.isEmpty())
    object["plan"] = summarizePlan(plan);
  if (budget)
    object["budget"] = budget->toJson();
  return object;
}

void CompilationReport::print(raw_ostream &os) const {
  os << output << ": ";
  if (header.empty()) {
    os << "fixed-point module";
  } else {
    os << llvm::join(targets, ", ") << "; " << stats.constantBytes
       << " bytes of weights, " << stats.arenaBytes << " bytes of arena";
  }
  os << "; " << quantization.quantizedOps << " operations in fixed point, "
     << quantization.countFloatOps() << " in float\n";
  if (!reach.empty())
    os << "  target " << llvm::join(targets, ", ")
       << ", the best of this machine: " << reach << '\n';
  accuracy.print(os);
  if (budget)
    budget->print(os);
  for (const quantize::Finding &finding : quantization.findings)
    if (finding.kind == "stays-float")
      os << "  float: " << finding.op << " '" << escapeControls(finding.node)
         << "': " << escapeControls(finding.reason) << '\n';
}
