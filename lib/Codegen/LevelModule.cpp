//===- LevelModule.cpp - binds kernels to buffers and calls them ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/LevelModule.h"
#include "FusedCasts.h"
#include "InPlace.h"
#include "Kernels.h"
#include "narrow/Codegen/Contraction.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Support/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/Transforms/RowStrips.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::MemRefType;
using Space = Placement::Space;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

int64_t ConstantPool::add(ArrayRef<char> contents) {
  auto [entry, isNew] =
      offsets.try_emplace(StringRef(contents.data(), contents.size()), 0);
  if (isNew) {
    bytes.resize(llvm::alignTo(bytes.size(), kArenaAlignment));
    entry->second = bytes.size();
    bytes.insert(bytes.end(), contents.begin(), contents.end());
  }
  return entry->second;
}

const std::vector<char> &ConstantPool::finish() {
  bytes.resize(llvm::alignTo(bytes.size(), kArenaAlignment) +
               BufferLayout::kSlackBytes);
  offsets.clear();
  return bytes;
}

/// Returns a constant's stored integers as bytes.
static std::vector<char> storedBytes(fxp::ConstantOp op) {
  unsigned width = op.getValue().getElementType().getIntOrFloatBitWidth();
  unsigned bytes = llvm::divideCeil(width, 8);
  std::vector<char> result;
  for (int64_t value : getIntegers(op.getValue()))
    for (unsigned byte = 0; byte < bytes; ++byte)
      result.push_back(char(value >> (8 * byte)));
  return result;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

namespace {
class Binder {
public:
  Binder(mlir::func::FuncOp function, const MemoryPlan &plan,
         const Islands &islands, const Target &target, ConstantPool &constants,
         const TileSteps &steps)
      : function(function), plan(plan), islands(islands), target(target),
        constants(constants), steps(steps) {}

  FailureOr<std::vector<BoundCall>> run();

private:
  /// Selects a kernel at its tile step; sets `origin`.
  FailureOr<KernelCall>
  selectAtStep(function_ref<FailureOr<KernelCall>(unsigned step)> select);
  BoundArgument bind(Value value);
  void addCall(const KernelCall &call, Location loc, StringRef op,
               function_ref<BoundArgument(const KernelArgument &)> bind);
  LogicalResult addOp(Operation *op);
  LogicalResult addFused(Operation *last, const FusedOp &fusion);
  void addHalo(Value value);
  bool addPartialConcat(fxp::ConcatOp op);

  mlir::func::FuncOp function;
  const MemoryPlan &plan;
  const Islands &islands;
  const Target &target;
  ConstantPool &constants;
  const TileSteps &steps;
  std::string origin; ///< Of the kernel selected last.
  std::vector<BoundCall> calls;
  llvm::DenseSet<Value> filledHalos;
  llvm::DenseSet<mlir::Attribute> boundLayers; ///< Of those in strips.
};
} // namespace

FailureOr<KernelCall> Binder::selectAtStep(
    function_ref<FailureOr<KernelCall>(unsigned step)> select) {
  FailureOr<KernelCall> call = select(0);
  if (failed(call))
    return failure();
  origin = getKernelName(target, *call->kernel);
  if (unsigned step = steps.lookup(origin))
    return select(step);
  return call;
}

BoundArgument Binder::bind(Value value) {
  const Placement &placement = plan.of(value);
  if (placement.space == Space::Constant)
    return {Space::Constant, 0,
            constants.add(storedBytes(value.getDefiningOp<fxp::ConstantOp>()))};
  return {placement.space, placement.index, placement.offset};
}

void Binder::addCall(const KernelCall &call, Location loc, StringRef op,
                     function_ref<BoundArgument(const KernelArgument &)> bind) {
  BoundCall bound{call.kernel, {}, loc, op.str(), /*shapes=*/"", {}, ""};
  for (const KernelArgument &argument : call.arguments) {
    if (argument.kind == KernelArgument::Kind::Constant)
      bound.arguments.push_back(
          {Space::Constant, 0, constants.add(argument.bytes)});
    else
      bound.arguments.push_back(bind(argument));
  }
  calls.push_back(std::move(bound));
}

void Binder::addHalo(Value value) {
  Value root = plan.rootOf(value).first;
  if (!llvm::is_contained(plan.haloValues, root) ||
      !filledHalos.insert(root).second)
    return;
  KernelCall call = selectFillHalo(root.getType(), plan.of(root).layout);
  addCall(call, root.getLoc(), "halo",
          [&](const KernelArgument &) { return bind(root); });
}

/// Copies the operands of a concatenation that were not written in place.
/// Returns false, adding nothing, if none was.
bool Binder::addPartialConcat(fxp::ConcatOp op) {
  Value whole = op.getResult();
  auto isInPlace = [&](Value operand) { return plan.isIn(operand, whole); };
  if (llvm::none_of(op->getOperands(), isInPlace))
    return false;
  int64_t at = 0;
  for (Value operand : op->getOperands()) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(operand.getType()).getShape();
    if (!isInPlace(operand)) {
      PartLayout part =
          *getConcatPart(plan.of(whole).layout, op.getAxis(), at, shape);
      addCall(selectCopy(plan.of(operand).layout, part.layout), op.getLoc(),
              "concat", [&](const KernelArgument &argument) {
                if (argument.kind == KernelArgument::Kind::Operand)
                  return bind(operand);
                BoundArgument bound = bind(whole);
                bound.offset += part.byteOffset;
                return bound;
              });
    }
    at += shape[op.getAxis()];
  }
  return true;
}

static std::string describeShape(Value value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(cast<ShapedType>(fxp::getWholeType(value)).getShape(), os,
                   "x");
  return text;
}

/// Writes the shapes of an op's tensors, of all its strips together: what it
/// reads and, in front of the arrow too, its weights.
static std::string describeShapes(Operation *op, ArrayRef<Value> operands) {
  std::string text;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    // Biases and tables say nothing about the work.
    bool isConstant =
        llvm::isa_and_nonnull<fxp::ConstantOp>(operand.getDefiningOp());
    if (!type || (isConstant && type.getRank() < 2))
      continue;
    text += (text.empty() ? "" : " by ") + describeShape(operand);
  }
  if (op->getNumResults())
    text += " -> " + describeShape(op->getResult(0));
  return text;
}

/// A contraction and what is fused with it, by one kernel.
LogicalResult Binder::addFused(Operation *last, const FusedOp &fusion) {
  Value result = last->getResult(0);
  auto add = dyn_cast<fxp::AddOp>(last);
  if (plan.of(result).space == Space::Arena)
    addHalo(result);
  SmallVector<Value> inputs(fusion.contraction->getOperands());
  if (add)
    inputs.push_back(add->getOperand(fusion.residual));
  SmallVector<BufferLayout> operands;
  for (Value input : inputs)
    operands.push_back(plan.of(input).layout);
  FailureOr<KernelCall> call = selectAtStep([&](unsigned step) {
    return selectFused(last, fusion, add && plan.isInPlace(add), operands,
                       plan.of(result).layout, target, step);
  });
  if (failed(call))
    return failure();
  std::string name = (fusion.contraction->getName().stripDialect() + "+" +
                      last->getName().stripDialect())
                         .str();
  addCall(*call, fusion.contraction->getLoc(), name,
          [&](const KernelArgument &argument) {
            return bind(argument.kind == KernelArgument::Kind::Operand
                            ? inputs[argument.index]
                            : result);
          });
  calls.back().origin = origin;
  calls.back().features = cost::describeKernel(fusion.contraction, inputs);
  calls.back().shapes = describeShapes(fusion.contraction, inputs);
  return success();
}

LogicalResult Binder::addOp(Operation *op) {
  if (op->use_empty() || isa<fxp::ConstantOp>(op) || getKernelOp(op) != op ||
      plan.fusions.findLast(op))
    return success();
  // The kernels of all strips of a layer are chosen for the same reasons.
  std::optional<mlir::ScopedDiagnosticHandler> mute;
  if (auto origin = fxp::getStripOrigin(op->getLoc());
      origin && !boundLayers.insert(origin->layer).second)
    mute.emplace(op->getContext(), [](mlir::Diagnostic &diagnostic) {
      return success(diagnostic.getSeverity() ==
                     mlir::DiagnosticSeverity::Remark);
    });
  if (const FusedOp *fusion = plan.fusions.find(op))
    return addFused(op, *fusion);
  for (Value result : op->getResults())
    if (plan.of(result).space == Space::Arena)
      addHalo(result);
  // What lies in its input's buffer, or its input in its own, needs no kernel.
  if (isa<fxp::ReshapeOp, fxp::SliceOp>(op)) {
    Value input = op->getOperand(0), result = op->getResult(0);
    if (plan.isIn(result, input) || plan.isIn(input, result))
      return success();
  }
  if (auto concat = dyn_cast<fxp::ConcatOp>(op))
    if (addPartialConcat(concat))
      return success();
  SmallVector<Value> inputs = getKernelOperands(op);
  SmallVector<BufferLayout> operands, results;
  for (Value operand : inputs)
    operands.push_back(plan.of(operand).layout);
  for (Value result : op->getResults())
    results.push_back(plan.of(result).layout);
  auto island = dyn_cast<mlir::func::CallOp>(op);
  FailureOr<KernelCall> call = selectAtStep([&](unsigned step) {
    return island ? islands.select(island, operands, results)
                  : selectKernel(op, operands, results, target, step);
  });
  if (failed(call))
    return failure();
  addCall(*call, op->getLoc(), island ? "float" : op->getName().stripDialect(),
          [&](const KernelArgument &argument) {
            if (argument.kind == KernelArgument::Kind::Scratch)
              return BoundArgument{Space::Arena, 0, plan.scratch.lookup(op)};
            return bind(argument.kind == KernelArgument::Kind::Operand
                            ? inputs[argument.index]
                            : op->getResult(argument.index));
          });
  calls.back().origin = origin;
  calls.back().features = cost::describeKernel(op, inputs);
  calls.back().shapes = describeShapes(op, inputs);
  return success();
}

FailureOr<std::vector<BoundCall>> Binder::run() {
  Block &block = function.getBody().front();
  for (unsigned index : plan.copiedInputs) {
    Value value = function.getArgument(index);
    addHalo(value);
    KernelCall call =
        selectCopy(getCallerLayout(value.getType()), plan.of(value).layout);
    addCall(call, value.getLoc(), "copy", [&](const KernelArgument &argument) {
      if (argument.kind == KernelArgument::Kind::Operand)
        return BoundArgument{Space::Input, index, 0};
      return bind(value);
    });
  }
  for (Operation &op : block.without_terminator())
    if (failed(addOp(&op)))
      return failure();
  for (unsigned index : plan.copiedOutputs) {
    Value value = block.getTerminator()->getOperand(index);
    KernelCall call =
        selectCopy(plan.of(value).layout, getCallerLayout(value.getType()));
    addCall(call, value.getLoc(), "copy", [&](const KernelArgument &argument) {
      if (argument.kind == KernelArgument::Kind::Result)
        return BoundArgument{Space::Output, index, 0};
      return bind(value);
    });
  }
  return std::move(calls);
}

FailureOr<std::vector<BoundCall>>
codegen::bindKernels(mlir::func::FuncOp function, const MemoryPlan &plan,
                     const Islands &islands, const Target &target,
                     ConstantPool &constants, const TileSteps &steps) {
  return Binder(function, plan, islands, target, constants, steps).run();
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

std::string codegen::getBodyName(const Target &target) {
  return (target.name + ".body").str();
}

std::string codegen::getStepName(const Target &target, size_t index) {
  return (target.name + ".step." + Twine(index)).str();
}

std::string codegen::getKernelName(const Target &target, const Kernel &kernel) {
  return (target.name + "." + kernel.name()).str();
}

static MemRefType bytesType(OpBuilder &builder, int64_t bytes) {
  return MemRefType::get({bytes}, builder.getI8Type());
}

static SmallVector<Type> argumentTypes(OpBuilder &builder,
                                       const Kernel &kernel) {
  SmallVector<Type> types;
  for (int64_t bytes : kernel.argumentBytes())
    types.push_back(bytesType(builder, bytes));
  return types;
}

std::string codegen::getSharedName(const Target &target, const Kernel &kernel) {
  return (target.name + ".shared." + kernel.name()).str();
}

/// Declares the function that shares a kernel's units among threads: the
/// kernel's buffers, then how to run in parallel. Defined with the artefact.
static mlir::func::FuncOp declareShared(OpBuilder &b, const BoundCall &call,
                                        const Target &target) {
  SmallVector<Type> types = argumentTypes(b, *call.kernel);
  types.push_back(mlir::LLVM::LLVMPointerType::get(b.getContext()));
  auto function = mlir::func::FuncOp::create(
      b, call.loc, getSharedName(target, *call.kernel),
      b.getFunctionType(types, {}));
  function.setPrivate();
  return function;
}

OwningOpRef<ModuleOp>
codegen::emitLevelModule(mlir::func::FuncOp function, const MemoryPlan &plan,
                         ArrayRef<BoundCall> calls, const Target &target,
                         int64_t constantBytes, bool withSteps) {
  MLIRContext *context = function.getContext();
  context->loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                       mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                       mlir::vector::VectorDialect, mlir::LLVM::LLVMDialect,
                       tile::TileDialect>();
  Location loc = function.getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b(context);
  b.setInsertionPointToEnd(module->getBody());
  MemRefType constantsType = bytesType(b, constantBytes);
  // Declared here; the artefact defines it once for all levels.
  mlir::memref::GlobalOp::create(
      b, loc, kConstantsName, b.getStringAttr("private"), constantsType,
      /*initial_value=*/Attribute(), /*constant=*/true,
      b.getI64IntegerAttr(kArenaAlignment));

  // Kernels: one function per name; `callees` are what the body calls.
  llvm::StringMap<mlir::func::FuncOp> callees;
  for (const BoundCall &call : calls) {
    std::string name = getKernelName(target, *call.kernel);
    auto [entry, isNew] = callees.try_emplace(name);
    if (!isNew)
      continue;
    SmallVector<Type> types = argumentTypes(b, *call.kernel);
    bool isShared = call.kernel->parallelUnits(target) > 1;
    if (isShared)
      types.append(2, b.getIndexType());
    auto kernel = mlir::func::FuncOp::create(b, call.loc, name,
                                             b.getFunctionType(types, {}));
    // The function that shares it is defined outside this module.
    if (!isShared)
      kernel.setPrivate();
    entry->second = isShared ? declareShared(b, call, target) : kernel;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(kernel.addEntryBlock());
    call.kernel->emitBody(b, call.loc, kernel.getArguments(), target);
    b.setInsertionPointToEnd(&kernel.getBody().back());
    mlir::func::ReturnOp::create(b, call.loc);
  }

  // The body, and a function for each of its calls where they are asked for.
  SmallVector<Type> types;
  for (Type type : function.getArgumentTypes())
    types.push_back(bytesType(b, getCallerLayout(type).bufferBytes));
  unsigned firstOutput = types.size();
  for (Type type : function.getResultTypes())
    types.push_back(bytesType(b, getCallerLayout(type).bufferBytes));
  types.push_back(bytesType(b, plan.arenaBytes));
  types.push_back(mlir::LLVM::LLVMPointerType::get(context));
  auto emitCalls = [&](StringRef symbol, ArrayRef<BoundCall> made) {
    OpBuilder::InsertionGuard guard(b);
    auto body = mlir::func::FuncOp::create(b, loc, symbol,
                                           b.getFunctionType(types, {}));
    b.setInsertionPointToStart(body.addEntryBlock());
    Value arena = body.getArguments().drop_back().back();
    Value parallel = body.getArguments().back();
    Value constants = mlir::memref::GetGlobalOp::create(b, loc, constantsType,
                                                        kConstantsName);
    for (const BoundCall &call : made) {
      SmallVector<Value> operands;
      for (auto [argument, type] :
           llvm::zip_equal(call.arguments, argumentTypes(b, *call.kernel))) {
        if (argument.space == Space::Input || argument.space == Space::Output) {
          operands.push_back(body.getArgument(
              argument.index +
              (argument.space == Space::Output ? firstOutput : 0)));
          continue;
        }
        Value base = argument.space == Space::Arena ? arena : constants;
        Value offset =
            mlir::arith::ConstantIndexOp::create(b, call.loc, argument.offset);
        operands.push_back(mlir::memref::ViewOp::create(
            b, call.loc, cast<MemRefType>(type), base, offset, ValueRange{}));
      }
      if (call.kernel->parallelUnits(target) > 1)
        operands.push_back(parallel);
      mlir::func::CallOp::create(
          b, call.loc, callees[getKernelName(target, *call.kernel)], operands);
    }
    mlir::func::ReturnOp::create(b, loc);
  };
  emitCalls(getBodyName(target), calls);
  if (withSteps)
    for (size_t i = 0; i < calls.size(); ++i)
      emitCalls(getStepName(target, i), calls.slice(i, 1));
  return module;
}
