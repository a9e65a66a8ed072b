//===- LevelCode.cpp - a level's kernels as LLVM IR -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artefact.h"
#include "narrow/Codegen/LevelModule.h"
#include "narrow/FloatCode/FloatCode.h"
#include "narrow/Support/Error.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringSet.h"

using namespace narrow;
using namespace narrow::object;
using mlir::func::FuncOp;

/// Kernels stay apart: one function per kernel keeps compile time and profiles
/// readable, and calls cost nothing measurable. What other modules call is in
/// `entries`.
static void setFunctionAttributes(llvm::Module &module,
                                  const llvm::StringSet<> &entries) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    // Loops stay loops: calls of memset or memcpy cost more on short rows.
    function.addFnAttr("no-builtins");
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr(llvm::Attribute::NoInline);
    if (entries.contains(function.getName()))
      continue;
    // What threads share is called from outside the module.
    if (!function.use_empty())
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
    if (function.hasFnAttribute(floatcode::kMayAliasAttribute))
      continue;
    for (llvm::Argument &argument : function.args())
      argument.addAttr(llvm::Attribute::NoAlias);
  }
}

llvm::Expected<std::unique_ptr<llvm::Module>>
object::translateLevel(ModuleOp level, const Target &target,
                       llvm::LLVMContext &context,
                       llvm::TargetMachine &machine) {
  llvm::StringSet<> entries;
  for (FuncOp function : level.getOps<FuncOp>())
    if (function.isPublic())
      entries.insert(function.getName());
  if (failed(codegen::lowerLevelModule(level, target)))
    return makeError("cannot lower the kernels of '" + target.qualifiedName() +
                     "'");
  std::unique_ptr<llvm::Module> module =
      mlir::translateModuleToLLVMIR(level, context);
  if (!module)
    return makeError("cannot translate the kernels of '" +
                     target.qualifiedName() + "' to LLVM IR");
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());
  setFunctionAttributes(*module, entries);
  // Private globals would stay apart when levels are linked.
  if (llvm::GlobalVariable *constants =
          module->getGlobalVariable(codegen::kConstantsName, true)) {
    constants->setInitializer(nullptr);
    constants->setLinkage(llvm::GlobalValue::ExternalLinkage);
  }
  return std::move(module);
}
