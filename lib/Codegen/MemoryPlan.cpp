//===- MemoryPlan.cpp -----------------------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//===----------------------------------------------------------------------===//

#include "narrow/Codegen/MemoryPlan.h"
#include "KernelBuilder.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;
using namespace narrow::codegen;

BufferLayout codegen::getCallerLayout(Type tensorType) {
  auto type = cast<RankedTensorType>(tensorType);
  BufferLayout layout =
      BufferLayout::dense(type.getShape(), StoredType::get(type).bytes);
  layout.bufferBytes -= BufferLayout::kSlackBytes;
  return layout;
}

namespace {
/// Bytes of the arena that one value, or several aliases, occupy while they
/// live: from step `first` to step `last`, both included.
struct Block {
  int64_t bytes;
  int64_t first, last;
  int64_t offset = -1;

  bool meets(const Block &other) const {
    return first <= other.last && other.first <= last;
  }
};

class Planner {
public:
  explicit Planner(mlir::func::FuncOp function) : function(function) {}
  MemoryPlan run();

private:
  void chooseLayouts();
  void placeBoundary();
  void makeBlocks();
  void assignOffsets();
  void measureLive();
  BufferLayout layoutOf(Value value);
  int64_t stepOf(Operation *op) const { return steps.find(op)->second; }
  int64_t lastUse(Value value) const;

  mlir::func::FuncOp function;
  MemoryPlan plan;
  DenseMap<Operation *, int64_t> steps;
  int64_t endStep = 0;
  std::vector<Block> blocks;
  DenseMap<Value, unsigned> blockOf;
};
} // namespace

/// The value's layout: dense, with the largest halo that a user wants.
BufferLayout Planner::layoutOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  unsigned bytes = StoredType::get(type).bytes;
  if (type.getRank() != 4 || type.getDimSize(0) != 1)
    return BufferLayout::dense(type.getShape(), bytes);
  Halo halo;
  for (mlir::OpOperand &use : value.getUses()) {
    Halo wanted = getWantedHalo(use.getOwner(), use.getOperandNumber());
    halo.top = std::max(halo.top, wanted.top);
    halo.left = std::max(halo.left, wanted.left);
    halo.bottom = std::max(halo.bottom, wanted.bottom);
    halo.right = std::max(halo.right, wanted.right);
  }
  return BufferLayout::withHalo(type.getShape(), bytes, halo.top, halo.left,
                                halo.bottom, halo.right);
}

void Planner::chooseLayouts() {
  for (Value argument : function.getArguments())
    plan.placements[argument].layout = layoutOf(argument);
  for (Operation &op : function.getBody().front()) {
    steps[&op] = endStep++;
    for (Value result : op.getResults()) {
      Placement &placement = plan.placements[result];
      placement.layout = layoutOf(result);
      if (isa<fxp::ConstantOp>(op)) {
        placement.space = Placement::Space::Constant;
        // Constants have no halo: kernels that want one never read them.
        auto type = cast<RankedTensorType>(result.getType());
        placement.layout =
            BufferLayout::dense(type.getShape(), StoredType::get(type).bytes);
      }
    }
  }
}

/// Decides which inputs and outputs are used in place.
void Planner::placeBoundary() {
  for (auto [index, argument] : llvm::enumerate(function.getArguments())) {
    bool inPlace = llvm::all_of(argument.getUsers(), [](Operation *user) {
      return isa<fxp::QuantizeOp>(user);
    });
    Placement &placement = plan.placements[argument];
    if (argument.use_empty() || inPlace) {
      placement.space = Placement::Space::Input;
      placement.index = index;
      placement.layout = getCallerLayout(argument.getType());
      continue;
    }
    plan.copiedInputs.push_back(index);
  }
  Operation *terminator = function.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    // Kernels of dequantisation write exactly the tensor.
    if (value.getDefiningOp<fxp::DequantizeOp>() && value.hasOneUse()) {
      Placement &placement = plan.placements[value];
      placement.space = Placement::Space::Output;
      placement.index = index;
      placement.layout = getCallerLayout(value.getType());
      continue;
    }
    plan.copiedOutputs.push_back(index);
  }
}

int64_t Planner::lastUse(Value value) const {
  int64_t last = -1;
  for (Operation *user : value.getUsers())
    last = std::max(last, stepOf(user));
  if (Operation *op = value.getDefiningOp())
    last = std::max(last, stepOf(op));
  return last;
}

void Planner::makeBlocks() {
  auto add = [&](Value value) {
    const Placement &placement = plan.of(value);
    if (placement.space != Placement::Space::Arena)
      return;
    Operation *op = value.getDefiningOp();
    if (auto reshape = dyn_cast_or_null<fxp::ReshapeOp>(op)) {
      auto block = blockOf.find(reshape.getInput());
      if (block != blockOf.end() && placement.layout.isDense() &&
          plan.of(reshape.getInput()).layout.isDense()) {
        unsigned index = block->second;
        blockOf[value] = index;
        blocks[index].last = std::max(blocks[index].last, lastUse(value));
        return;
      }
    }
    blockOf[value] = blocks.size();
    int64_t bytes =
        llvm::alignTo(placement.layout.bufferBytes, kArenaAlignment);
    blocks.push_back({bytes, op ? stepOf(op) : -1, lastUse(value)});
    const BufferLayout &layout = placement.layout;
    if (layout.haloTop || layout.haloLeft || layout.haloBottom ||
        layout.haloRight)
      plan.haloValues.push_back(value);
  };
  for (Value argument : function.getArguments())
    add(argument);
  for (Operation &op : function.getBody().front())
    for (Value result : op.getResults())
      add(result);
}

/// Greedy best fit, largest block first: each takes the smallest gap between
/// the blocks it meets that holds it, or the lowest free place.
void Planner::assignOffsets() {
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(0, blocks.size()));
  llvm::sort(order, [&](unsigned a, unsigned b) {
    return std::make_pair(-blocks[a].bytes, a) <
           std::make_pair(-blocks[b].bytes, b);
  });
  for (unsigned index : order) {
    Block &block = blocks[index];
    SmallVector<const Block *> neighbours;
    for (const Block &other : blocks)
      if (other.offset >= 0 && block.meets(other))
        neighbours.push_back(&other);
    llvm::sort(neighbours, [](const Block *a, const Block *b) {
      return a->offset < b->offset;
    });
    int64_t end = 0, best = -1, bestGap = INT64_MAX;
    for (const Block *other : neighbours) {
      int64_t gap = other->offset - end;
      if (gap >= block.bytes && gap < bestGap) {
        best = end;
        bestGap = gap;
      }
      end = std::max(end, other->offset + other->bytes);
    }
    block.offset = best >= 0 ? best : end;
    plan.arenaBytes = std::max(plan.arenaBytes, block.offset + block.bytes);
  }
  for (auto [value, index] : blockOf)
    plan.placements[value].offset = blocks[index].offset;
}

void Planner::measureLive() {
  for (int64_t step = -1; step < endStep; ++step) {
    int64_t live = 0;
    for (const Block &block : blocks)
      if (block.first <= step && step <= block.last)
        live += block.bytes;
    plan.liveBytes = std::max(plan.liveBytes, live);
  }
}

MemoryPlan Planner::run() {
  chooseLayouts();
  placeBoundary();
  makeBlocks();
  assignOffsets();
  measureLive();
  return std::move(plan);
}

MemoryPlan codegen::planMemory(mlir::func::FuncOp function) {
  return Planner(function).run();
}
