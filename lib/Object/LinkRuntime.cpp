//===- LinkRuntime.cpp - the entry points become part of an artefact ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artefact.h"
#include "RuntimeBitcode.h"
#include "narrow/Support/Error.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Linker/Linker.h"

using namespace narrow;
using namespace narrow::object;

llvm::Error object::linkRuntime(llvm::Module &module,
                                const Artefact &artefact) {
  for (ArrayRef<unsigned char> bitcode : getRuntimeBitcode(artefact.family)) {
    llvm::MemoryBufferRef buffer(
        StringRef(reinterpret_cast<const char *>(bitcode.data()),
                  bitcode.size()),
        "runtime");
    auto runtime = llvm::parseBitcodeFile(buffer, module.getContext());
    if (!runtime)
      return runtime.takeError();
    (*runtime)->setDataLayout(module.getDataLayout());
    (*runtime)->setTargetTriple(module.getTargetTriple());
    if (llvm::Linker::linkModules(module, std::move(*runtime)))
      return makeError("cannot link the artefact's entry points");
  }
  // The last two only where the model is profiled.
  static const StringRef exported[] = {"narrow_run",   "narrow_set_level",
                                       "narrow_level", "narrow_metadata",
                                       "narrow_steps", "narrow_peaks"};
  for (llvm::GlobalValue &value : module.global_values()) {
    if (value.isDeclaration())
      continue;
    if (!llvm::is_contained(exported, value.getName())) {
      value.setLinkage(value.hasPrivateLinkage()
                           ? llvm::GlobalValue::PrivateLinkage
                           : llvm::GlobalValue::InternalLinkage);
      value.setVisibility(llvm::GlobalValue::DefaultVisibility);
      value.setDSOLocal(true);
      continue;
    }
    value.setDSOLocal(true);
    value.setName(artefact.name + value.getName().drop_front(strlen("narrow")));
  }
  llvm::Function *run = module.getFunction(artefact.name + "_run");
  llvm::GlobalAlias::create(run->getName() + "_" + artefact.interfaceHash, run);
  return llvm::Error::success();
}
