//===- LevelRunner.cpp - runs one level, here or under QEMU ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Object/LevelRunner.h"

#include "../../runtime/artefact.h"
#include "Linking.h"
#include "RuntimeBitcode.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/OutputFile.h"
#include "narrow/Support/ScratchDirectory.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

extern "C" {
#include "../../runtime/cpu.h"
}

using namespace narrow;
using namespace narrow::object;

LevelRunner::~LevelRunner() = default;

static bool isHostFamily(Family family) {
  switch (llvm::Triple(llvm::sys::getProcessTriple()).getArch()) {
  case llvm::Triple::x86_64:
    return family == Family::X86_64;
  case llvm::Triple::aarch64:
    return family == Family::AArch64;
  case llvm::Triple::riscv64:
    return family == Family::RiscV64;
  default:
    return false;
  }
}

/// Returns QEMU's program for a family, or an empty path.
static std::string findEmulator(Family family) {
  auto program =
      llvm::sys::findProgramByName(("qemu-" + getFamilyName(family)).str());
  return program ? *program : "";
}

bool LevelRunner::isNative(const Target &target) {
  return isHostFamily(target.family) &&
         narrow_cpu_runs(target.requiredLevel().str().c_str());
}

bool LevelRunner::canRun(const Target &target) {
  if (isHostFamily(target.family))
    return isNative(target);
  return !findEmulator(target.family).empty();
}

namespace {
class NativeRunner : public LevelRunner {
public:
  NativeRunner(std::unique_ptr<LoadedModel> model, CompileStats compiled)
      : model(std::move(model)) {
    stats = std::move(compiled);
  }

  const std::vector<ModelTensor> &getInputs() const override {
    return model->getInputs();
  }
  const std::vector<ModelTensor> &getOutputs() const override {
    return model->getOutputs();
  }
  llvm::Error run(ArrayRef<std::vector<HostTensor>> samples,
                  std::vector<std::vector<HostTensor>> &outputs) override {
    outputs.assign(samples.size(), {});
    for (auto [sample, results] : llvm::zip_equal(samples, outputs))
      if (llvm::Error error = model->run(sample, results))
        return error;
    return llvm::Error::success();
  }

private:
  std::unique_ptr<LoadedModel> model;
};

/// A static program under QEMU, fed through files.
class EmulatedRunner : public LevelRunner {
public:
  explicit EmulatedRunner(ScratchDirectory directory)
      : directory(std::move(directory)) {}

  static llvm::Expected<std::unique_ptr<LevelRunner>>
  create(ModuleOp module, CompileOptions options) {
    llvm::Expected<ScratchDirectory> directory = ScratchDirectory::create();
    if (!directory)
      return directory.takeError();
    auto runner = std::make_unique<EmulatedRunner>(std::move(*directory));
    Family family = options.targets.front()->family;
    runner->emulator = findEmulator(family);
    // The model with every extension, where QEMU has one.
    runner->cpu = family == Family::RiscV64 ? "rv64" : "max";
    options.outputPath = runner->directory.file("model.o");
    options.headerPath.clear();
    CompileStats stats;
    if (llvm::Error error = compileToObject(module, options, &stats))
      return std::move(error);
    runner->inputs = stats.inputs;
    runner->outputs = stats.outputs;
    runner->stats = std::move(stats);
    std::string support = runner->directory.file("runner.o");
    ArrayRef<unsigned char> bytes = getFreestandingRunner(family);
    if (llvm::Error error = writeFile(
            support, StringRef(reinterpret_cast<const char *>(bytes.data()),
                               bytes.size())))
      return std::move(error);
    runner->program = runner->directory.file("model");
    if (llvm::Error error =
            runLinker({"-static", "-z", "noexecstack", "--no-relax", "-o",
                       runner->program, support, options.outputPath}))
      return std::move(error);
    return std::move(runner);
  }

  const std::vector<ModelTensor> &getInputs() const override { return inputs; }
  const std::vector<ModelTensor> &getOutputs() const override {
    return outputs;
  }
  llvm::Error run(ArrayRef<std::vector<HostTensor>> samples,
                  std::vector<std::vector<HostTensor>> &results) override;

  ScratchDirectory directory;
  std::string emulator, cpu, program;
  std::vector<ModelTensor> inputs, outputs;
};
} // namespace

llvm::Error EmulatedRunner::run(ArrayRef<std::vector<HostTensor>> samples,
                                std::vector<std::vector<HostTensor>> &results) {
  std::string in = directory.file("in"), out = directory.file("out");
  if (llvm::Error error = writeFile(in, [&](raw_ostream &os) {
        for (const std::vector<HostTensor> &sample : samples)
          for (const HostTensor &tensor : sample)
            os.write(reinterpret_cast<const char *>(tensor.bytes.data()),
                     tensor.bytes.size());
        return llvm::Error::success();
      }))
    return error;
  StringRef arguments[] = {emulator, "-cpu", cpu, program};
  std::optional<StringRef> redirects[] = {StringRef(in), StringRef(out),
                                          std::nullopt};
  std::string message;
  int code = llvm::sys::ExecuteAndWait(emulator, arguments, std::nullopt,
                                       redirects, 0, 0, &message);
  if (code != 0)
    return makeError("'" + emulator + "' failed with code " + Twine(code) +
                     (message.empty() ? "" : ": " + message));
  auto contents = llvm::MemoryBuffer::getFile(out);
  if (!contents)
    return makeError("cannot read the emulated program's output: " +
                     contents.getError().message());
  StringRef rest = (*contents)->getBuffer();
  results.assign(samples.size(), {});
  for (std::vector<HostTensor> &sample : results)
    for (const ModelTensor &output : outputs) {
      sample.emplace_back(output.kind, output.shape, output.name);
      std::vector<uint8_t> &bytes = sample.back().bytes;
      if (rest.size() < bytes.size())
        return makeError("the emulated program's output is cut short");
      memcpy(bytes.data(), rest.data(), bytes.size());
      rest = rest.drop_front(bytes.size());
    }
  return llvm::Error::success();
}

/// Compiles to a shared library of this CPU family and loads it.
static llvm::Expected<std::unique_ptr<LoadedModel>>
compileAndLoad(ModuleOp module, CompileOptions options, CompileStats &stats) {
  llvm::Expected<ScratchDirectory> directory = ScratchDirectory::create();
  if (!directory)
    return directory.takeError();
  options.outputPath = directory->file("model.so");
  options.headerPath.clear();
  if (llvm::Error error = compileToObject(module, options, &stats))
    return std::move(error);
  return LoadedModel::load(options.outputPath);
}

llvm::Expected<ProfiledModel> ProfiledModel::create(ModuleOp module,
                                                    CompileOptions options) {
  options.isProfiled = true;
  ProfiledModel result;
  auto model = compileAndLoad(module, options, result.stats);
  if (!model)
    return model.takeError();
  result.model = std::move(*model);
  return std::move(result);
}

llvm::Expected<std::unique_ptr<LevelRunner>>
LevelRunner::create(ModuleOp module, CompileOptions options) {
  assert(options.targets.size() == 1 && "one level at a time");
  const Target &target = *options.targets.front();
  options.name = "model";
  if (!canRun(target))
    return makeError("level '" + target.qualifiedName() +
                     "' runs neither on this CPU nor under an emulator");
  if (!isNative(target))
    return EmulatedRunner::create(module, options);
  CompileStats stats;
  auto model = compileAndLoad(module, options, stats);
  if (!model)
    return model.takeError();
  return std::make_unique<NativeRunner>(std::move(*model), std::move(stats));
}
