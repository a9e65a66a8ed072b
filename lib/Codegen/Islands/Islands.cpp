//===- Islands.cpp - kernels of float islands ----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/Islands.h"
#include "../Emit/BuiltKernel.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/FloatCode/FloatCode.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::MemRefType;
using mlir::func::FuncOp;

/// Name of the function inside a lowered island's own module.
constexpr llvm::StringLiteral kEntryName = "island";

/// One lowered island.
struct codegen::Island {
  mutable OwningOpRef<ModuleOp> module; ///< Cloned, never changed.
  floatcode::BufferPlan plan;
  std::string text; ///< The module as text: what its code depends on.
  int64_t macs = 0;
};

static std::string getText(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os, mlir::OpPrintingFlags().useLocalScope());
  return text;
}

FailureOr<Islands> Islands::lower(ModuleOp module) {
  Islands result;
  floatcode::registerLowering(*module.getContext());
  for (FuncOp function : module.getOps<FuncOp>()) {
    if (!function->hasAttr(fxp::kIslandAttribute))
      continue;
    auto island = std::make_shared<Island>();
    island->module = ModuleOp::create(function.getLoc());
    function.walk([&](Operation *op) { island->macs += countMacs(op); });
    FuncOp entry = function.clone();
    entry.setName(kEntryName);
    entry.setPublic();
    island->module->push_back(entry);
    floatcode::addDestinations(entry);
    floatcode::BufferOptions options;
    options.freestanding = true;
    if (failed(floatcode::lowerToBuffers(*island->module, entry, options,
                                         island->plan)))
      return failure();
    island->text = getText(*island->module);
    result.islands[function.getName()] = std::move(island);
  }
  return result;
}

int64_t Islands::getScratchBytes(mlir::func::CallOp call) const {
  return islands.find(call.getCallee())->second->plan.arenaBytes;
}

cost::KernelFeatures Islands::describe(mlir::func::CallOp call) const {
  const Island &island = *islands.find(call.getCallee())->second;
  return cost::describeIsland(
      call.getOperandTypes(), call.getResultTypes(), island.macs,
      static_cast<int64_t>(island.plan.constants.size()), island.text);
}

/// The tile of results that a level's registers hold, with two vectors of
/// weights, an input and a product beside it: there is no fused product (N70).
static floatcode::TileShape getTileShape(const Target &target) {
  floatcode::TileShape shape;
  if (target.lanes() == 1)
    return {4, 2};
  shape.lanes = 2 * target.lanes();
  shape.rows = target.vectorRegisters >= 32 ? 12 : 6;
  return shape;
}

/// Moves a loop nest of an island to the level's module, where nests with the
/// same code share one function; returns its name there.
static std::string moveLoops(FuncOp loops, ModuleOp level,
                             const Target &target) {
  loops.setName("loops");
  std::string name =
      (target.name + ".loops_" +
       llvm::utohexstr(llvm::xxh3_64bits(getText(loops)), true, 16))
          .str();
  if (!level.lookupSymbol(name)) {
    loops->remove();
    loops.setName(name);
    level.push_back(loops);
  }
  return name;
}

/// Emits the island's calls at the builder's place.
static void emitIsland(const Island &island, KernelBuilder &kb,
                       ValueRange arguments) {
  OpBuilder &b = kb.getBuilder();
  const Target &target = kb.getTarget();
  OwningOpRef<ModuleOp> module = island.module->clone();
  floatcode::tileContractions(*module, getTileShape(target));
  [[maybe_unused]] LogicalResult lowered = floatcode::lowerToLoops(*module);
  assert(succeeded(lowered) && "loops have no preconditions");

  auto level =
      b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  llvm::StringMap<std::string> names;
  FuncOp entry;
  for (FuncOp function : llvm::make_early_inc_range(module->getOps<FuncOp>())) {
    std::string name = function.getName().str();
    if (name == kEntryName)
      entry = function;
    else
      names[name] = moveLoops(function, level, target);
  }
  mlir::IRMapping mapping;
  Value zero = mlir::arith::ConstantIndexOp::create(b, kb.getLoc(), 0);
  for (auto [argument, bytes] :
       llvm::zip_equal(entry.getArguments(), arguments)) {
    auto type = cast<MemRefType>(argument.getType());
    Value view = bytes;
    if (type != bytes.getType())
      view = mlir::memref::ViewOp::create(b, kb.getLoc(), type, bytes, zero,
                                          ValueRange());
    mapping.map(argument, view);
  }
  for (Operation &op : entry.getBody().front().without_terminator()) {
    Operation *clone = b.clone(op, mapping);
    clone->walk([&](mlir::func::CallOp call) {
      call.setCallee(names.find(call.getCallee())->second);
    });
  }
}

KernelCall Islands::select(mlir::func::CallOp call,
                           ArrayRef<BufferLayout> operands,
                           ArrayRef<BufferLayout> results) const {
  std::shared_ptr<const Island> island = islands.find(call.getCallee())->second;
  KernelCall kernel;
  SmallVector<int64_t> bytes;
  auto add = [&](KernelArgument argument, int64_t size) {
    kernel.arguments.push_back(std::move(argument));
    bytes.push_back(size);
  };
  for (auto [index, layout] : llvm::enumerate(operands)) {
    assert(layout.isDense() && "nobody wants a halo around floats");
    add(KernelArgument::operand(index), layout.bufferBytes);
  }
  for (auto [index, layout] : llvm::enumerate(results)) {
    assert(layout.isDense() && "nobody wants a halo around floats");
    add(KernelArgument::result(index), layout.bufferBytes);
  }
  const floatcode::BufferPlan &plan = island->plan;
  add(KernelArgument::constant(
          std::vector<char>(plan.constants.begin(), plan.constants.end())),
      plan.constants.size());
  add(KernelArgument::scratch(), plan.arenaBytes);
  kernel.kernel = std::make_shared<BuiltKernel>(
      "island", island->text, bytes,
      [island](KernelBuilder &kb, ValueRange arguments) {
        emitIsland(*island, kb, arguments);
      });
  return kernel;
}
