//===- LoadedModel.cpp - runs a compiled shared library -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Object/LoadedModel.h"

#include "../../runtime/artefact.h"
#include "../../runtime/openmp.h"
#include "Interface.h"
#include "narrow/Object/ArtefactInfo.h"
#include "narrow/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

#include <chrono>
#include <dlfcn.h>

using namespace narrow;

struct LoadedModel::Functions {
  int (*run)(const narrow_call *);
  int (*setLevel)(const char *);
  const char *(*level)();
};

static ModelTensor toTensor(const narrow_tensor &tensor) {
  ModelTensor result;
  result.name = tensor.name;
  result.kind = object::getMetadataKind(tensor.type);
  result.shape.assign(tensor.shape, tensor.shape + tensor.rank);
  result.scales.assign(tensor.scales, tensor.scales + tensor.channels);
  result.zeroPoints.assign(tensor.zero_points,
                           tensor.zero_points + tensor.channels);
  result.axis = tensor.axis;
  return result;
}

std::vector<float> ModelTensor::toReal(const HostTensor &tensor) const {
  if (scales.empty())
    return tensor.toFloats();
  int64_t inner = 1;
  for (size_t i = axis + 1; i < shape.size(); ++i)
    inner *= shape[i];
  std::vector<float> real(tensor.getNumElements());
  for (size_t i = 0; i < real.size(); ++i) {
    size_t channel = scales.size() == 1 ? 0 : i / inner % scales.size();
    real[i] =
        float((tensor.getAsDouble(i) - zeroPoints[channel]) * scales[channel]);
  }
  return real;
}

llvm::Expected<std::unique_ptr<LoadedModel>>
LoadedModel::load(llvm::StringRef path) {
  // What is damaged is found before the system's loader, which trusts it.
  llvm::Expected<ArtefactInfo> info = readArtefactInfo(path);
  if (!info)
    return info.takeError();
  const std::string &name = info->symbolPrefix;
  // Without a slash dlopen would look in the system's directories.
  std::string file = path.contains('/') ? path.str() : "./" + path.str();
  void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return makeError(llvm::Twine("cannot load '") + path + "': " + dlerror());
  std::unique_ptr<LoadedModel> model(new LoadedModel);
  model->library = library;
  model->name = name;
  auto symbol = [&](const char *suffix) {
    return dlsym(library, (name + suffix).c_str());
  };
  auto *metadata = static_cast<const narrow_metadata *>(symbol("_metadata"));
  model->functions = std::make_unique<Functions>();
  model->functions->run =
      reinterpret_cast<int (*)(const narrow_call *)>(symbol("_run"));
  model->functions->setLevel =
      reinterpret_cast<int (*)(const char *)>(symbol("_set_level"));
  model->functions->level =
      reinterpret_cast<const char *(*)()>(symbol("_level"));
  if (!metadata || !model->functions->run || !model->functions->setLevel ||
      !model->functions->level)
    return makeError("'" + path + "' holds no compiled model");
  if (metadata->format_version != NARROW_FORMAT_VERSION)
    return makeError("expected format version " +
                     llvm::Twine(NARROW_FORMAT_VERSION) + " in '" + path +
                     "', found " + llvm::Twine(metadata->format_version));
  for (uint32_t i = 0; i < metadata->input_count; ++i)
    model->inputs.push_back(toTensor(metadata->inputs[i]));
  for (uint32_t i = 0; i < metadata->output_count; ++i)
    model->outputs.push_back(toTensor(metadata->outputs[i]));
  model->levels.assign(metadata->levels,
                       metadata->levels + metadata->level_count);
  model->arenaBytes = metadata->arena_bytes;
  model->arenaAlign = metadata->arena_align;
  model->constantBytes = metadata->constant_bytes;
  model->arena.resize(model->arenaBytes + model->arenaAlign);
  return std::move(model);
}

LoadedModel::~LoadedModel() {
  if (library)
    dlclose(library);
}

llvm::StringRef LoadedModel::getLevel() const {
  const char *level = functions->level();
  return level ? level : "";
}

static llvm::Error runsNoLevel(llvm::StringRef name) {
  return makeError("this CPU runs none of the levels in '" + name + "'");
}

llvm::Error LoadedModel::setLevel(llvm::StringRef level) {
  std::string text = level.str();
  if (functions->setLevel(level.empty() ? nullptr : text.c_str()) == NARROW_OK)
    return llvm::Error::success();
  if (level.empty())
    return runsNoLevel(name);
  if (!llvm::is_contained(levels, text))
    return makeError("expected a level of '" + name + "' (" +
                     llvm::join(levels, ", ") + "), found '" + level + "'");
  return makeError("this CPU does not run level '" + level + "'");
}

std::vector<std::string> LoadedModel::getRunnableLevels() {
  std::string current = getLevel().str();
  std::vector<std::string> runnable;
  for (const std::string &level : levels)
    if (functions->setLevel(level.c_str()) == NARROW_OK)
      runnable.push_back(level);
  functions->setLevel(current.empty() ? nullptr : current.c_str());
  return runnable;
}

llvm::Error LoadedModel::checkInputs(llvm::ArrayRef<HostTensor> given) const {
  if (given.size() != inputs.size())
    return makeError("expected " + llvm::Twine(inputs.size()) +
                     " inputs, found " + llvm::Twine(given.size()));
  for (auto [tensor, wanted] : llvm::zip_equal(given, inputs)) {
    HostTensor expected(wanted.kind, wanted.shape);
    if (tensor.kind != wanted.kind || llvm::ArrayRef<int64_t>(tensor.shape) !=
                                          llvm::ArrayRef<int64_t>(wanted.shape))
      return makeError("expected input '" + wanted.name + "' to be " +
                       expected.describe() + ", found " + tensor.describe());
  }
  return llvm::Error::success();
}

std::vector<HostTensor> LoadedModel::makeOutputs() const {
  std::vector<HostTensor> result;
  for (const ModelTensor &output : outputs)
    result.emplace_back(output.kind, output.shape, output.name);
  return result;
}

llvm::Error LoadedModel::call(llvm::ArrayRef<HostTensor> given,
                              llvm::MutableArrayRef<HostTensor> results,
                              int count) {
  std::vector<const void *> in;
  std::vector<void *> out;
  for (const HostTensor &tensor : given)
    in.push_back(tensor.bytes.data());
  for (HostTensor &tensor : results)
    out.push_back(tensor.bytes.data());
  narrow_call arguments = {};
  arguments.size = sizeof arguments;
  arguments.inputs = in.data();
  arguments.outputs = out.data();
  arguments.arena = reinterpret_cast<void *>(
      llvm::alignTo(reinterpret_cast<uintptr_t>(arena.data()), arenaAlign));
  arguments.arena_bytes = arenaBytes;
  if (threads > 1) {
    arguments.parallel_for = narrow_run_on_openmp;
    arguments.parallel_context = &threads;
  }
  for (int i = 0; i < count; ++i)
    if (int code = functions->run(&arguments))
      return code == NARROW_ERROR_CPU
                 ? runsNoLevel(name)
                 : makeError("'" + name + "' failed with code " +
                             llvm::Twine(code));
  return llvm::Error::success();
}

llvm::Error LoadedModel::run(llvm::ArrayRef<HostTensor> given,
                             std::vector<HostTensor> &results) {
  if (llvm::Error error = checkInputs(given))
    return error;
  results = makeOutputs();
  return call(given, results, 1);
}

llvm::Expected<double> LoadedModel::time(llvm::ArrayRef<HostTensor> given,
                                         double seconds) {
  using Clock = std::chrono::steady_clock;
  if (llvm::Error error = checkInputs(given))
    return std::move(error);
  std::vector<HostTensor> results = makeOutputs();
  auto measure = [&](int count) -> llvm::Expected<double> {
    Clock::time_point start = Clock::now();
    if (llvm::Error error = call(given, results, count))
      return std::move(error);
    std::chrono::duration<double, std::micro> elapsed = Clock::now() - start;
    return elapsed.count() / count;
  };
  // Warm up; then batches long enough that the clock's own cost is nothing.
  llvm::Expected<double> first = measure(3);
  if (!first)
    return first;
  int batch = std::clamp(int(1000.0 / std::max(0.01, *first)), 1, 100000);
  int rounds = std::clamp(int(seconds * 1e6 / (*first * batch)), 5, 1000);
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    llvm::Expected<double> one = measure(batch);
    if (!one)
      return one;
    times.push_back(*one);
  }
  llvm::sort(times);
  return times[times.size() / 2];
}
