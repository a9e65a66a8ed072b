//===- SharedKernels.cpp - kernels whose units threads share --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For a kernel `k(buffers..., begin, end)`:
//
//     shared(buffers..., parallel):      part(packed, begin, end):
//       if (!parallel)                     k(packed[0], ..., begin, end)
//         k(buffers..., 0, units)
//       else
//         packed = {buffers...}
//         parallel->parallel_for(parallel->context, part, packed, units)
//
//===----------------------------------------------------------------------===//

#include "Artefact.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace narrow;
using namespace narrow::object;

/// Makes a function called `name` with the target features of `kernel`.
static llvm::Function *makeFunction(llvm::Function &kernel,
                                    llvm::FunctionType *type,
                                    const llvm::Twine &name) {
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::InternalLinkage, name, kernel.getParent());
  function->addFnAttrs(llvm::AttrBuilder(kernel.getContext(),
                                         kernel.getAttributes().getFnAttrs()));
  return function;
}

static llvm::Function *definePart(llvm::Function &kernel) {
  llvm::LLVMContext &context = kernel.getContext();
  auto *pointer = llvm::PointerType::getUnqual(context);
  llvm::FunctionType *kernelType = kernel.getFunctionType();
  unsigned buffers = kernelType->getNumParams() - 2;
  llvm::Type *index = kernelType->getParamType(buffers);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                                       {pointer, index, index}, false);
  llvm::Function *part = makeFunction(kernel, type, kernel.getName() + ".part");
  llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "", part));
  SmallVector<llvm::Value *> arguments;
  for (unsigned i = 0; i < buffers; ++i)
    arguments.push_back(b.CreateLoad(
        pointer, b.CreateConstGEP1_32(pointer, part->getArg(0), i)));
  arguments.push_back(part->getArg(1));
  arguments.push_back(part->getArg(2));
  b.CreateCall(&kernel, arguments);
  b.CreateRetVoid();
  return part;
}

static void defineShared(llvm::Function &shared, llvm::Function &kernel,
                         int64_t units) {
  llvm::LLVMContext &context = kernel.getContext();
  auto *pointer = llvm::PointerType::getUnqual(context);
  unsigned buffers = shared.arg_size() - 1;
  llvm::Type *index = kernel.getFunctionType()->getParamType(buffers);
  shared.setLinkage(llvm::GlobalValue::InternalLinkage);
  shared.addFnAttrs(
      llvm::AttrBuilder(context, kernel.getAttributes().getFnAttrs()));
  llvm::Value *parallel = shared.getArg(buffers);
  auto *entry = llvm::BasicBlock::Create(context, "", &shared),
       *alone = llvm::BasicBlock::Create(context, "", &shared),
       *together = llvm::BasicBlock::Create(context, "", &shared);
  llvm::IRBuilder<> b(entry);
  b.CreateCondBr(b.CreateIsNull(parallel), alone, together);

  b.SetInsertPoint(alone);
  SmallVector<llvm::Value *> arguments;
  for (unsigned i = 0; i < buffers; ++i)
    arguments.push_back(shared.getArg(i));
  arguments.push_back(llvm::ConstantInt::get(index, 0));
  arguments.push_back(llvm::ConstantInt::get(index, units));
  b.CreateCall(&kernel, arguments);
  b.CreateRetVoid();

  b.SetInsertPoint(together);
  llvm::Value *packed = b.CreateAlloca(llvm::ArrayType::get(pointer, buffers));
  for (unsigned i = 0; i < buffers; ++i)
    b.CreateStore(shared.getArg(i), b.CreateConstGEP1_32(pointer, packed, i));
  // The fields of `struct narrow_parallel`.
  llvm::Value *parallelFor = b.CreateLoad(pointer, parallel);
  llvm::Value *parallelContext =
      b.CreateLoad(pointer, b.CreateConstGEP1_32(pointer, parallel, 1));
  auto *type = llvm::FunctionType::get(
      b.getVoidTy(), {pointer, pointer, pointer, index}, false);
  b.CreateCall(type, parallelFor,
               {parallelContext, definePart(kernel), packed,
                llvm::ConstantInt::get(index, units)});
  b.CreateRetVoid();
}

void object::defineSharedKernels(llvm::Module &module,
                                 const Artefact &artefact) {
  for (const auto &[name, shared] : artefact.sharedKernels) {
    llvm::Function &kernel = *module.getFunction(shared.kernel);
    kernel.setLinkage(llvm::GlobalValue::InternalLinkage);
    defineShared(*module.getFunction(name), kernel, shared.units);
  }
}
