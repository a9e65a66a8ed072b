//===- KernelRunner.cpp - compiles one kernel and calls it ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelRunner.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/Verifier.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Transforms/Passes.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Dialect/Tile/Transforms/Passes.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <cstring>

using namespace narrow;
using namespace narrow::test;

bool test::canRun(const Target &target) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  if (host.getArch() != llvm::Triple(getTriple(target.family)).getArch())
    return false;
  llvm::StringMap<bool> have = llvm::sys::getHostCPUFeatures();
  SmallVector<StringRef> features;
  target.features.split(features, ',', -1, /*KeepEmpty=*/false);
  return llvm::all_of(features,
                      [&](StringRef f) { return have.lookup(f.drop_front()); });
}

MLIRContext &test::getContext() {
  static MLIRContext *context = [] {
    mlir::DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    mlir::registerAllToLLVMIRTranslations(registry);
    registry.insert<fxp::FxpDialect, tile::TileDialect>();
    auto *result = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
    result->loadAllAvailableDialects();
    return result;
  }();
  return *context;
}

static void buildPipeline(mlir::PassManager &pm) {
  pm.addNestedPass<mlir::func::FuncOp>(tile::createLowerTile());
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(mlir::createSCFToControlFlowPass());
  pm.addPass(mlir::createConvertVectorToLLVMPass());
  pm.addPass(mlir::memref::createExpandStridedMetadataPass());
  pm.addPass(mlir::createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(mlir::createArithToLLVMConversionPass());
  pm.addPass(mlir::createConvertControlFlowToLLVMPass());
  mlir::ConvertFuncToLLVMPassOptions options;
  options.useBarePtrCallConv = true;
  pm.addPass(mlir::createConvertFuncToLLVMPass(options));
  pm.addPass(mlir::createReconcileUnrealizedCastsPass());
}

CompiledKernel::CompiledKernel(const codegen::Kernel &kernel,
                               const Target &target) {
  static bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  Location loc = mlir::UnknownLoc::get(&getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  SmallVector<Type> types;
  for (int64_t bytes : kernel.argumentBytes())
    types.push_back(mlir::MemRefType::get({bytes}, b.getI8Type()));
  auto function = mlir::func::FuncOp::create(b, loc, "kernel",
                                             b.getFunctionType(types, {}));
  tile::setTarget(function, target);
  b.setInsertionPointToStart(function.addEntryBlock());
  kernel.emitBody(b, loc, function.getArguments(), target);
  mlir::func::ReturnOp::create(b, loc);

  mlir::PassManager pm(&getContext());
  buildPipeline(pm);
  if (mlir::failed(mlir::verify(*module)) || mlir::failed(pm.run(*module))) {
    module->dump();
    ADD_FAILURE() << "kernel does not lower";
    std::abort();
  }
  // The generic CPU, so that a level gets its own features and no other.
  llvm::orc::JITTargetMachineBuilder builder{
      llvm::Triple(getTriple(target.family))};
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  std::unique_ptr<llvm::TargetMachine> machine =
      llvm::cantFail(builder.createTargetMachine());
  mlir::ExecutionEngineOptions options;
  auto optimize = mlir::makeOptimizingTransformer(3, 0, machine.get());
  auto transform = [&](llvm::Module *m) -> llvm::Error {
    llvm::Error error = optimize(m);
    if (std::getenv("NARROW_DUMP_KERNEL"))
      m->dump();
    return error;
  };
  options.transformer = transform;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  options.enableObjectDump = true;
  engine = llvm::cantFail(
      mlir::ExecutionEngine::create(*module, options, std::move(machine)));
  entry = llvm::cantFail(engine->lookup("kernel"));
  if (const char *file = std::getenv("NARROW_DUMP_OBJECT"))
    engine->dumpToObjectFile(file);
}

/// Calls a function of sizeof...(I) pointers.
template <size_t... I>
static void callWith(void *entry, ArrayRef<void *> p,
                     std::index_sequence<I...>) {
  reinterpret_cast<void (*)(decltype((void)I, (void *)nullptr)...)>(entry)(
      p[I]...);
}

void CompiledKernel::operator()(ArrayRef<void *> p) const {
  switch (p.size()) {
  case 4:
    return callWith(entry, p, std::make_index_sequence<4>());
  case 5:
    return callWith(entry, p, std::make_index_sequence<5>());
  case 6:
    return callWith(entry, p, std::make_index_sequence<6>());
  case 10:
    return callWith(entry, p, std::make_index_sequence<10>());
  case 14:
    return callWith(entry, p, std::make_index_sequence<14>());
  case 20:
    return callWith(entry, p, std::make_index_sequence<20>());
  default:
    FAIL() << "unexpected number of arguments " << p.size();
  }
}

Buffer::Buffer(int64_t bytes, uint8_t fill)
    : storage(static_cast<uint8_t *>(
                  std::aligned_alloc(64, llvm::alignTo(bytes + 1, 64))),
              [](uint8_t *p) { std::free(p); }),
      bytes(bytes) {
  std::memset(data(), fill, bytes);
}

Buffer::Buffer(ArrayRef<char> contents) : Buffer(contents.size()) {
  std::memcpy(data(), contents.data(), contents.size());
}
