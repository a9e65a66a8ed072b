//===- Metadata.cpp - what an artefact says about itself ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artefact.h"
#include "narrow/Codegen/LevelModule.h"

#include "llvm/IR/IRBuilder.h"

using namespace narrow;
using namespace narrow::object;

namespace {
/// Builds constant data in a module.
class ConstantWriter {
public:
  explicit ConstantWriter(llvm::Module &module)
      : module(module), context(module.getContext()),
        pointer(llvm::PointerType::getUnqual(context)) {}

  llvm::Constant *u32(uint64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value);
  }
  llvm::Constant *u64(uint64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value);
  }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }
  llvm::Constant *global(llvm::Constant *value) {
    return new llvm::GlobalVariable(module, value->getType(), true,
                                    llvm::GlobalValue::PrivateLinkage, value);
  }
  llvm::Constant *string(StringRef text) {
    return global(llvm::ConstantDataArray::getString(context, text));
  }
  template <typename T>
  llvm::Constant *array(ArrayRef<T> values) {
    if (values.empty())
      return null();
    return global(llvm::ConstantDataArray::get(context, values));
  }
  llvm::Constant *pointers(ArrayRef<llvm::Constant *> values) {
    return llvm::ConstantArray::get(
        llvm::ArrayType::get(pointer, values.size()), values);
  }
  llvm::Constant *tensor(const InterfaceTensor &tensor) {
    SmallVector<uint64_t> shape(tensor.shape.begin(), tensor.shape.end());
    SmallVector<uint32_t> zeros(tensor.zeroPoints.begin(),
                                tensor.zeroPoints.end());
    return llvm::ConstantStruct::getAnon(
        {string(tensor.name), array<uint64_t>(shape),
         array<double>(tensor.scales), array<uint32_t>(zeros),
         u64(tensor.bytes), u32(tensor.type), u32(tensor.shape.size()),
         u32(tensor.scales.size()), u32(tensor.axis)});
  }
  llvm::Constant *tensors(ArrayRef<InterfaceTensor> list) {
    SmallVector<llvm::Constant *> values;
    for (const InterfaceTensor &entry : list)
      values.push_back(tensor(entry));
    if (values.empty())
      return null();
    return global(llvm::ConstantArray::get(
        llvm::ArrayType::get(values[0]->getType(), values.size()), values));
  }

private:
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
};
} // namespace

/// Spelling as in the target table and on the command line.
static StringRef familyName(Family family) { return getFamilyName(family); }

void object::addMetadata(llvm::Module &module, const Artefact &artefact) {
  ConstantWriter w(module);
  SmallVector<llvm::Constant *> levels;
  for (const Target *level : artefact.levels)
    levels.push_back(w.string(level->requiredLevel()));
  // The fields of `struct narrow_metadata`, in order.
  llvm::Constant *fields[] = {nullptr,
                              w.u32(Artefact::kFormatVersion),
                              w.string(artefact.name),
                              w.string(familyName(artefact.family)),
                              w.tensors(artefact.inputs),
                              w.tensors(artefact.outputs),
                              w.global(w.pointers(levels)),
                              w.u32(artefact.inputs.size()),
                              w.u32(artefact.outputs.size()),
                              w.u32(artefact.levels.size()),
                              w.u32(Artefact::kArenaAlign),
                              w.u64(artefact.arenaBytes),
                              w.u64(artefact.constantBytes)};
  fields[0] = w.u32(0);
  auto *type = llvm::cast<llvm::StructType>(
      llvm::ConstantStruct::getAnon(fields)->getType());
  fields[0] = w.u32(module.getDataLayout().getTypeAllocSize(type));
  new llvm::GlobalVariable(
      module, type, true, llvm::GlobalValue::ExternalLinkage,
      llvm::ConstantStruct::get(type, fields), "narrow_metadata");
}

/// Returns a function `(inputs, outputs, arena, parallel)` that takes the
/// arrays of pointers apart and calls `body`.
static llvm::Function *addEntry(llvm::Module &module, const Artefact &artefact,
                                StringRef name, StringRef bodyName) {
  llvm::LLVMContext &context = module.getContext();
  auto *pointer = llvm::PointerType::getUnqual(context);
  auto *type =
      llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                              {pointer, pointer, pointer, pointer}, false);
  llvm::Function *body = module.getFunction(bodyName);
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::InternalLinkage, name, module);
  function->setAttributes(body->getAttributes());
  llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "", function));
  SmallVector<llvm::Value *> arguments;
  auto load = [&](unsigned array, unsigned index) {
    arguments.push_back(b.CreateLoad(
        pointer,
        b.CreateConstGEP1_32(pointer, function->getArg(array), index)));
  };
  for (unsigned i = 0; i < artefact.inputs.size(); ++i)
    load(0, i);
  for (unsigned i = 0; i < artefact.outputs.size(); ++i)
    load(1, i);
  arguments.push_back(function->getArg(2));
  arguments.push_back(function->getArg(3));
  b.CreateCall(body, arguments);
  b.CreateRetVoid();
  return function;
}

static void addTable(llvm::Module &module, StringRef name,
                     llvm::Constant *table) {
  new llvm::GlobalVariable(module, table->getType(), true,
                           llvm::GlobalValue::ExternalLinkage, table, name);
}

void object::addLevelFunctions(llvm::Module &module, const Artefact &artefact) {
  SmallVector<llvm::Constant *> functions;
  for (const Target *level : artefact.levels)
    functions.push_back(addEntry(module, artefact,
                                 (level->name + ".entry").str(),
                                 codegen::getBodyName(*level)));
  addTable(module, "narrow_level_functions",
           ConstantWriter(module).pointers(functions));
}

void object::addProfile(llvm::Module &module, const Artefact &artefact,
                        size_t calls, ArrayRef<codegen::PeakKernel> peaks) {
  assert(artefact.levels.size() == 1 && "one level is profiled at a time");
  ConstantWriter w(module);
  const Target &level = *artefact.levels.front();
  SmallVector<llvm::Constant *> steps, entries;
  for (size_t i = 0; i < calls; ++i) {
    std::string name = codegen::getStepName(level, i);
    steps.push_back(addEntry(module, artefact, name + ".entry", name));
  }
  steps.push_back(w.null());
  addTable(module, "narrow_steps", w.pointers(steps));
  for (const codegen::PeakKernel &peak : peaks)
    entries.push_back(llvm::ConstantStruct::getAnon(
        {module.getFunction(peak.name), w.u64(peak.macsPerRound)}));
  entries.push_back(llvm::ConstantStruct::getAnon({w.null(), w.u64(0)}));
  addTable(module, "narrow_peaks",
           llvm::ConstantArray::get(
               llvm::ArrayType::get(entries[0]->getType(), entries.size()),
               entries));
}
