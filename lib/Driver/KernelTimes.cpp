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
  CompileOptions compile;
  compile.targets = {options.level};
  compile.rowStrips = false; // Kernels of whole operations are wanted.
  auto profiled = ProfiledModel::create(*join(missing, context), compile);
  if (!profiled)
    return profiled.takeError();
  std::vector<HostTensor> inputs;
  for (const ModelTensor &input : profiled->model->getInputs())
    inputs.emplace_back(input.kind, input.shape, input.name);
  auto profile = profiled->model->profile(inputs, options.seconds);
  if (!profile)
    return profile.takeError();
  times.model.setPeak(times.level, profile->peakGmacs);
  for (auto [call, step] :
       llvm::zip_equal(profiled->stats.calls, profile->steps))
    if (!call.features.key.empty()) {
      times.model.record(times.level, call.features, step.repeatedUs);
      ++times.measured;
    }
  return llvm::Error::success();
}

static llvm::Error measureModel(const KernelTimesOptions &options,
                                MLIRContext &context, KernelTimes &times) {
  llvm::Expected<LayerTimes> layers = measureLayers(*options.model, context);
  if (!layers)
    return layers.takeError();
  times.model.setPeak(times.level, layers->profile.peakGmacs);
  for (auto [call, step] :
       llvm::zip_equal(layers->calls, layers->profile.steps)) {
    if (call.features.key.empty())
      continue;
    if (!options.isRenewed &&
        times.model.contains(times.level, call.features.key)) {
      ++times.known;
      continue;
    }
    times.model.record(times.level, call.features, step.repeatedUs);
    ++times.measured;
  }
  return llvm::Error::success();
}

llvm::Expected<KernelTimes>
narrow::measureKernels(const KernelTimesOptions &options,
                       MLIRContext &context) {
  if (!LevelRunner::isNative(*options.level))
    return makeError("this CPU does not run level '" +
                     options.level->qualifiedName() +
                     "', and an emulator's times say nothing");
  KernelTimes times;
  times.path = options.path;
  times.level = options.level->qualifiedName();
  if (auto error = cost::CostModel::load(options.path).moveInto(times.model))
    return std::move(error);
  StringRef directory = llvm::sys::path::parent_path(options.path);
  if (!directory.empty())
    if (std::error_code error = llvm::sys::fs::create_directories(directory))
      return makeError("cannot create '" + directory + "': " + error.message());
  if (llvm::Error error =
          checkOutputPaths(NamedPath{"kernel times", options.path}, {}))
    return std::move(error);
  if (llvm::Error error = options.model
                              ? measureModel(options, context, times)
                              : measureStandard(options, context, times))
    return std::move(error);
  if (!times.measured)
    return times;
  if (llvm::Error error = times.model.save(options.path))
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
