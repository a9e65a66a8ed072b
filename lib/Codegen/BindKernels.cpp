//===- BindKernels.cpp - binds kernels to buffers ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels/FusedCasts.h"
#include "Kernels/Kernels.h"
#include "Memory/InPlace.h"
#include "narrow/Codegen/Contraction.h"
#include "narrow/Codegen/LevelModule.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/Transforms/RowStrips.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::codegen;
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
    if (argument.kind == KernelArgument::Kind::Constant) {
      bound.arguments.push_back(
          {Space::Constant, 0, constants.add(argument.bytes)});
      bound.constantBytes += static_cast<int64_t>(argument.bytes.size());
    } else {
      bound.arguments.push_back(bind(argument));
    }
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
  calls.back().features = cost::describeFused(fusion.contraction, last, inputs);
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
  if (isView(op) || isa<fxp::SliceOp>(op)) {
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
  calls.back().features =
      island ? islands.describe(island) : cost::describeKernel(op, inputs);
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
