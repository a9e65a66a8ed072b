//===- Emission.cpp - from LLVM IR to the bytes of a file -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artefact.h"
#include "Linking.h"
#include "narrow/Support/Error.h"

#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Transforms/Scalar/Scalarizer.h"

using namespace narrow;
using namespace narrow::object;

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
object::createTargetMachine(Family family) {
  static const bool initialised = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
    return true;
  }();
  (void)initialised;
  llvm::Triple triple(getTriple(family));
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return makeError(error);
  llvm::TargetOptions options;
  StringRef features;
  if (family == Family::RiscV64) {
    options.MCOptions.ABIName = "lp64d";
    features = "+m,+a,+f,+d,+c";
  }
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, "", features, options, llvm::Reloc::PIC_, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
}

void object::optimise(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  // Vector kernels come unrolled as far as it helps; on x86 more only makes
  // objects longer (by a sixth on ResNet-50, at the same speed).
  tuning.LoopUnrolling = !machine.getTargetTriple().isX86();
  llvm::PassBuilder builder(&machine, tuning);
  // Without vector registers vectors are taken apart first: LLVM 22's RISC-V
  // back end makes `ashr (shl <1 x i32> %x, 16), 24` a 64-bit SRAI of a SLLI,
  // without the sign extension between, where another block reads the result.
  if (machine.getTargetTriple().isRISCV64())
    builder.registerPipelineStartEPCallback(
        [](llvm::ModulePassManager &passes, llvm::OptimizationLevel) {
          llvm::ScalarizerPassOptions options;
          options.ScalarizeLoadStore = true;
          options.ScalarizeMinBits = 32; // Bytes that are loaded as a word.
          passes.addPass(llvm::createModuleToFunctionPassAdaptor(
              llvm::ScalarizerPass(options)));
        });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}

static llvm::Expected<std::string> emitCode(llvm::Module &module,
                                            llvm::TargetMachine &machine,
                                            llvm::CodeGenFileType type) {
  SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, os, nullptr, type))
    return makeError("the target cannot emit this kind of file");
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

static llvm::Expected<std::string> makeArchive(StringRef object,
                                               StringRef member) {
  llvm::NewArchiveMember entry(llvm::MemoryBufferRef(object, member));
  auto archive = llvm::writeArchiveToBuffer(
      entry, llvm::SymtabWritingMode::NormalSymtab,
      llvm::object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return archive.takeError();
  return (*archive)->getBuffer().str();
}

llvm::Error narrow::checkOutputKind(StringRef path) {
  StringRef extension = llvm::sys::path::extension(path);
  return extension == ".so" ? checkLinker() : llvm::Error::success();
}

llvm::Expected<std::string> object::emit(llvm::Module &module,
                                         llvm::TargetMachine &machine,
                                         StringRef path) {
  StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".ll") {
    std::string text;
    llvm::raw_string_ostream os(text);
    module.print(os, nullptr);
    return text;
  }
  if (extension == ".s")
    return emitCode(module, machine, llvm::CodeGenFileType::AssemblyFile);
  if (extension != ".o" && extension != ".so" && extension != ".a")
    return makeError("expected an output that ends in .o, .so, .a, .ll or .s, "
                     "found '" +
                     path + "'");
  auto object = emitCode(module, machine, llvm::CodeGenFileType::ObjectFile);
  if (!object || extension == ".o")
    return object;
  if (extension == ".so")
    // By the model's name, so that it does not depend on the path.
    return linkShared(*object, (module.getName() + ".so").str());
  std::string member = (llvm::sys::path::stem(path) + ".o").str();
  return makeArchive(*object, member);
}
