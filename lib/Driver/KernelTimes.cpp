//===- KernelTimes.cpp - this machine's kernels into the cost model -------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/KernelTimes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Driver/StandardKernels.h"
#include "narrow/Object/LevelRunner.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/OutputFile.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

using namespace narrow;
using llvm::json::Array;
using llvm::json::Object;
using mlir::func::FuncOp;

std::string narrow::getDefaultKernelTimesPath() {
  llvm::SmallString<128> path;
  if (!llvm::sys::path::cache_directory(path))
    path = ".";
  llvm::sys::path::append(path, "narrow", "kernels.json");
  return std::string(path);
}

/// Joins functions of one op each into one: its arguments are all their
/// arguments, its results all their results.
static OwningOpRef<ModuleOp> join(ArrayRef<OwningOpRef<ModuleOp>> parts,
                                  MLIRContext &context) {
  OpBuilder b(&context);
  Location loc = b.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  SmallVector<Type> arguments, results;
  for (const OwningOpRef<ModuleOp> &part : parts) {
    FuncOp function = getMainFunction(*part);
    llvm::append_range(arguments, function.getArgumentTypes());
    llvm::append_range(results, function.getResultTypes());
  }
  b.setInsertionPointToEnd(module->getBody());
  auto whole =
      FuncOp::create(b, loc, "main", b.getFunctionType(arguments, results));
  b.setInsertionPointToStart(whole.addEntryBlock());
  SmallVector<Value> returned;
  size_t next = 0;
  for (const OwningOpRef<ModuleOp> &part : parts) {
    mlir::IRMapping mapping;
    Block &block = getMainFunction(*part).front();
    for (Value argument : block.getArguments())
      mapping.map(argument, whole.getArgument(next++));
    for (Operation &op : block.without_terminator())
      b.clone(op, mapping);
    for (Value value : block.getTerminator()->getOperands())
      returned.push_back(mapping.lookup(value));
  }
  mlir::func::ReturnOp::create(b, loc, returned);
  return module;
}

/// Keeps the times of calls, the median of those of one kernel; of kernels that
/// are known only where they are renewed.
static void record(ArrayRef<CallStats> calls, const ModelProfile &profile,
                   bool isRenewed, KernelTimes &times) {
  times.model.setPeak(times.level, profile.peakGmacs);
  llvm::MapVector<StringRef,
                  std::pair<const cost::KernelFeatures *, std::vector<double>>>
      kernels;
  for (auto [call, step] : llvm::zip_equal(calls, profile.steps)) {
    if (call.features.key.empty())
      continue;
    if (!isRenewed && times.model.contains(times.level, call.features.key)) {
      ++times.known;
      continue;
    }
    auto &[features, us] = kernels[call.features.key];
    features = &call.features;
    us.push_back(step.repeatedUs);
  }
  for (auto &[key, kernel] : kernels) {
    auto &[features, us] = kernel;
    std::nth_element(us.begin(), us.begin() + us.size() / 2, us.end());
    times.model.record(times.level, *features, us[us.size() / 2]);
    ++times.measured;
  }
}

llvm::Error narrow::timeKernels(ModuleOp module, const Target &level,
                                double seconds, bool isRenewed,
                                KernelTimes &times) {
  CompileOptions compile;
  compile.targets = {&level};
  compile.rowStrips = false; // Kernels of whole operations are wanted.
  auto profiled = ProfiledModel::create(module, compile);
  if (!profiled)
    return profiled.takeError();
  std::vector<HostTensor> inputs;
  for (const ModelTensor &input : profiled->model->getInputs())
    inputs.emplace_back(input.kind, input.shape, input.name);
  auto profile = profiled->model->profile(inputs, seconds);
  if (!profile)
    return profile.takeError();
  record(profiled->stats.calls, *profile, isRenewed, times);
  return llvm::Error::success();
}

/// Measures the standard kernels that `times` lacks, in one model.
static llvm::Error measureStandard(const KernelTimesOptions &options,
                                   MLIRContext &context, KernelTimes &times) {
  std::vector<OwningOpRef<ModuleOp>> missing;
  for (const std::string &text : getStandardKernels()) {
    auto module = mlir::parseSourceString<ModuleOp>(text, &context);
    assert(module && "standard kernels are well formed");
    Operation *op =
        getMainFunction(*module).front().getTerminator()->getPrevNode();
    if (!options.isRenewed &&
        times.model.contains(
            times.level,
            cost::describeKernel(op, llvm::to_vector(op->getOperands())).key))
      ++times.known;
    else
      missing.push_back(std::move(module));
  }
  if (missing.empty())
    return llvm::Error::success();
  return timeKernels(*join(missing, context), *options.level, options.seconds,
                     options.isRenewed, times);
}

static llvm::Error measureModel(const KernelTimesOptions &options,
                                MLIRContext &context, KernelTimes &times) {
  llvm::Expected<LayerTimes> layers = measureLayers(*options.model, context);
  if (!layers)
    return layers.takeError();
  record(layers->calls, layers->profile, options.isRenewed, times);
  return llvm::Error::success();
}

llvm::Expected<KernelTimes> narrow::openKernelTimes(StringRef path,
                                                    const Target &level) {
  KernelTimes times;
  times.path = path.str();
  times.level = level.qualifiedName();
  if (auto error = cost::CostModel::load(path).moveInto(times.model))
    return std::move(error);
  return times;
}

llvm::Error KernelTimes::prepareFile() const {
  StringRef directory = llvm::sys::path::parent_path(path);
  if (!directory.empty())
    if (std::error_code error = llvm::sys::fs::create_directories(directory))
      return makeError("cannot create '" + directory + "': " + error.message());
  return checkOutputPaths(NamedPath{"kernel times", path}, {});
}

llvm::Expected<KernelTimes>
narrow::measureKernels(const KernelTimesOptions &options,
                       MLIRContext &context) {
  if (llvm::Error error = checkNative(*options.level))
    return std::move(error);
  llvm::Expected<KernelTimes> opened =
      openKernelTimes(options.path, *options.level);
  if (!opened)
    return opened.takeError();
  KernelTimes times = std::move(*opened);
  if (llvm::Error error = times.prepareFile())
    return std::move(error);
  if (llvm::Error error = options.model
                              ? measureModel(options, context, times)
                              : measureStandard(options, context, times))
    return std::move(error);
  if (!times.measured)
    return times;
  if (llvm::Error error = times.model.save(times.path))
    return std::move(error);
  return times;
}

Object KernelTimes::toJson() const {
  Array errors;
  for (const cost::EstimateError &error : model.getErrors())
    errors.push_back(Object{{"isa", error.level},
                            {"family", error.family},
                            {"kernels", error.kernels},
                            {"median_error", error.median},
                            {"worst_error", error.worst}});
  return Object{{"file", llvm::json::fixUTF8(path)},
                {"isa", level},
                {"measured", measured},
                {"known", known},
                {"kernels", int64_t(model.size())},
                {"estimate", std::move(errors)}};
}

void KernelTimes::print(raw_ostream &os) const {
  os << level << ": " << measured << " kernels measured, " << known
     << " known; " << path << " holds " << model.size() << "\n\n"
     << "How far the estimate is off, each kernel without its own "
        "measurement:\n"
     << "level         family                kernels  median %   worst %\n";
  for (const cost::EstimateError &error : model.getErrors())
    os << llvm::left_justify(error.level, 14)
       << llvm::left_justify(error.family, 20)
       << llvm::format("%9d %9.0f %9.0f\n", int(error.kernels),
                       100 * error.median, 100 * error.worst);
}
