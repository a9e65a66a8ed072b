//===- Metadata.cpp - what an artefact says about itself ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artefact.h"

#include "../../runtime/artefact.h"
#include "narrow/Codegen/LevelModule.h"

#include "llvm/IR/IRBuilder.h"

#include <map>

using namespace narrow;
using namespace narrow::object;

namespace {
/// A structure of runtime/artefact.h as constant data: fields at their offsets,
/// which are this compiler's own, since all families are 64-bit and little
/// endian as it is; zeros between and where nothing was set.
class StructWriter {
public:
  StructWriter(llvm::Module &module, size_t size)
      : module(module), size(size) {}

  void set(size_t offset, size_t fieldSize, llvm::Constant *value) {
    assert(module.getDataLayout().getTypeAllocSize(value->getType()) ==
               fieldSize &&
           "expected a value as wide as its field");
    fields[offset] = {value, fieldSize};
  }

  llvm::Constant *finish() const {
    SmallVector<llvm::Constant *> values;
    size_t end = 0;
    auto pad = [&](size_t to) {
      if (to > end)
        values.push_back(llvm::Constant::getNullValue(llvm::ArrayType::get(
            llvm::Type::getInt8Ty(module.getContext()), to - end)));
    };
    for (auto &[offset, field] : fields) {
      assert(offset >= end && "expected fields that do not overlap");
      pad(offset);
      values.push_back(field.first);
      end = offset + field.second;
    }
    pad(size);
    return llvm::ConstantStruct::getAnon(module.getContext(), values,
                                         /*Packed=*/true);
  }

private:
  llvm::Module &module;
  size_t size;
  std::map<size_t, std::pair<llvm::Constant *, size_t>> fields;
};

/// Sets a field of the structure `type`.
#define SET(writer, type, field, value)                                        \
  (writer).set(offsetof(type, field), sizeof(decltype(type::field)), (value))

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
  llvm::Constant *global(llvm::Constant *value, unsigned alignment = 0) {
    auto *variable =
        new llvm::GlobalVariable(module, value->getType(), true,
                                 llvm::GlobalValue::PrivateLinkage, value);
    variable->setAlignment(llvm::MaybeAlign(alignment));
    return variable;
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
    StructWriter fields(module, sizeof(narrow_tensor));
    SET(fields, narrow_tensor, name, string(tensor.name));
    SET(fields, narrow_tensor, shape, array<uint64_t>(shape));
    SET(fields, narrow_tensor, scales, array<double>(tensor.scales));
    SET(fields, narrow_tensor, zero_points, array<uint32_t>(zeros));
    SET(fields, narrow_tensor, bytes, u64(tensor.bytes));
    SET(fields, narrow_tensor, type, u32(tensor.type));
    SET(fields, narrow_tensor, rank, u32(tensor.shape.size()));
    SET(fields, narrow_tensor, channels, u32(tensor.scales.size()));
    SET(fields, narrow_tensor, axis, u32(tensor.axis));
    return fields.finish();
  }
  llvm::Constant *tensors(ArrayRef<InterfaceTensor> list) {
    SmallVector<llvm::Constant *> values;
    for (const InterfaceTensor &entry : list)
      values.push_back(tensor(entry));
    if (values.empty())
      return null();
    return global(
        llvm::ConstantArray::get(
            llvm::ArrayType::get(values[0]->getType(), values.size()), values),
        alignof(narrow_tensor));
  }

private:
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
};
} // namespace

void object::addMetadata(llvm::Module &module, const Artefact &artefact) {
  ConstantWriter w(module);
  SmallVector<llvm::Constant *> levels;
  for (const Target *level : artefact.levels)
    levels.push_back(w.string(level->requiredLevel()));
  StructWriter fields(module, sizeof(narrow_metadata));
  SET(fields, narrow_metadata, size, w.u32(sizeof(narrow_metadata)));
  SET(fields, narrow_metadata, format_version, w.u32(NARROW_FORMAT_VERSION));
  SET(fields, narrow_metadata, name, w.string(artefact.name));
  SET(fields, narrow_metadata, family,
      w.string(getFamilyName(artefact.family)));
  SET(fields, narrow_metadata, inputs, w.tensors(artefact.inputs));
  SET(fields, narrow_metadata, outputs, w.tensors(artefact.outputs));
  SET(fields, narrow_metadata, levels, w.global(w.pointers(levels)));
  SET(fields, narrow_metadata, input_count, w.u32(artefact.inputs.size()));
  SET(fields, narrow_metadata, output_count, w.u32(artefact.outputs.size()));
  SET(fields, narrow_metadata, level_count, w.u32(artefact.levels.size()));
  SET(fields, narrow_metadata, arena_align, w.u32(Artefact::kArenaAlign));
  SET(fields, narrow_metadata, arena_bytes, w.u64(artefact.arenaBytes));
  SET(fields, narrow_metadata, constant_bytes, w.u64(artefact.constantBytes));
  llvm::Constant *value = fields.finish();
  auto *metadata = new llvm::GlobalVariable(module, value->getType(), true,
                                            llvm::GlobalValue::ExternalLinkage,
                                            value, "narrow_metadata");
  metadata->setAlignment(llvm::Align(alignof(narrow_metadata)));
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
  for (const Target *level : artefact.levels) {
    llvm::Function *entry =
        addEntry(module, artefact, (level->name + ".entry").str(),
                 codegen::getBodyName(*level));
    // Beside the instructions that set the floating-point state (see
    // runtime/float_state.h) arithmetic on constants might move past them.
    entry->addFnAttr(llvm::Attribute::NoInline);
    functions.push_back(entry);
  }
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
