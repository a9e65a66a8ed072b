//===- MemoryPlan.cpp - lifetimes and offsets of values -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/MemoryPlan.h"
#include "../Emit/KernelBuilder.h"
#include "../Kernels/FusedCasts.h"
#include "InPlace.h"
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
struct LiveBlock {
  int64_t bytes;
  int64_t first, last;
  int64_t offset = -1;

  bool meets(const LiveBlock &other) const {
    return first <= other.last && other.first <= last;
  }
};

class Planner {
public:
  Planner(mlir::func::FuncOp function, const Islands &islands,
          const FusionPlan &fusions)
      : function(function), islands(islands) {
    plan.fusions = fusions;
  }
  /// With `slices`, slices are read in place where that is possible.
  MemoryPlan run(bool slices);
  /// The peak of such a plan.
  LivePeak findPeak(bool slices);

private:
  void makeAllBlocks(bool slices);
  void chooseLayouts();
  void placeBoundary();
  void chooseHosts(bool slices);
  void makeBlocks();
  void chooseOverwritten();
  void assignOffsets();
  int64_t liveAt(int64_t step) const;
  BufferLayout layoutOf(Value value);
  /// The step at which the kernel runs that does the work of `op`.
  int64_t stepOf(Operation *op) const {
    return steps.find(getKernelOp(op))->second;
  }
  int64_t lastUse(Value value) const;

  mlir::func::FuncOp function;
  const Islands &islands;
  MemoryPlan plan;
  DenseMap<Operation *, int64_t> steps;
  int64_t endStep = 0;
  std::vector<LiveBlock> blocks;
  DenseMap<Value, unsigned> blockOf;
  DenseMap<Operation *, unsigned> scratchBlockOf;
};
} // namespace

/// The value's layout: dense, with the largest halo that a user wants.
BufferLayout Planner::layoutOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  unsigned bytes = StoredType::get(type).bytes;
  if (type.getRank() != 4)
    return BufferLayout::dense(type.getShape(), bytes);
  Halo halo = getWantedHaloOf(value);
  return BufferLayout::withHalo(type.getShape(), bytes, halo.top, halo.left,
                                halo.bottom, halo.right);
}

void Planner::chooseLayouts() {
  for (Value argument : function.getArguments())
    plan.placements[argument].layout = layoutOf(argument);
  for (Operation &op : function.getBody().front())
    steps[&op] = endStep++;
  for (Operation &op : function.getBody().front()) {
    if (Operation *last = plan.fusions.findLast(&op)) {
      steps[&op] = stepOf(last);
      plan.placements[op.getResult(0)].space = Placement::Space::None;
    }
    for (Value result : op.getResults()) {
      Placement &placement = plan.placements[result];
      placement.layout = layoutOf(result);
      if (getKernelOp(&op) != &op)
        placement.space = Placement::Space::None;
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

/// Whether `op` reads exactly its operands, as islands do.
static bool readsExactly(Operation *op) {
  auto facts = dyn_cast<fxp::FixedPointOpInterface>(op);
  return facts ? facts.readsExactly() : isa<mlir::func::CallOp>(op);
}

/// Whether `op`, which may be null, writes exactly its results, as islands do.
static bool writesExactly(Operation *op) {
  auto facts = llvm::dyn_cast_or_null<fxp::FixedPointOpInterface>(op);
  return facts ? facts.writesExactly()
               : llvm::isa_and_nonnull<mlir::func::CallOp>(op);
}

/// Decides which inputs and outputs are used in place.
void Planner::placeBoundary() {
  for (auto [index, argument] : llvm::enumerate(function.getArguments())) {
    bool inPlace = llvm::all_of(argument.getUsers(), readsExactly);
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
    if (writesExactly(value.getDefiningOp()) && value.hasOneUse()) {
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

/// Puts the sums of fused additions in the place of their residuals where
/// nothing reads those later, they lie as the sums do, halo included, and they
/// are not what the contraction reads.
void Planner::chooseOverwritten() {
  for (auto add : function.getOps<fxp::AddOp>()) {
    const FusedOp *fusion = plan.fusions.find(add);
    if (!fusion || plan.hosts.contains(add.getResult()))
      continue;
    Value residual = add->getOperand(fusion->residual), sum = add.getResult();
    std::pair<Value, int64_t> place = plan.rootOf(residual);
    Value root = place.first;
    const Placement &from = plan.of(root), &to = plan.of(sum);
    Value input = fusion->contraction->getOperand(0);
    bool sameZero = StoredType::get(root.getType()).zeroPoint ==
                    StoredType::get(sum.getType()).zeroPoint;
    if (place.second || from.space != Placement::Space::Arena ||
        to.space != Placement::Space::Arena ||
        from.layout.key() != to.layout.key() || !sameZero ||
        plan.rootOf(input).first == root)
      continue;
    bool isDead = llvm::all_of(plan.placements, [&](const auto &entry) {
      return entry.second.space != Placement::Space::Arena ||
             plan.rootOf(entry.first).first != root ||
             lastUse(entry.first) <= stepOf(add);
    });
    if (isDead)
      plan.hosts[sum] = {residual, 0};
  }
}

void Planner::chooseHosts(bool slices) {
  DenseMap<Value, BufferLayout> layouts;
  for (auto &[value, placement] : plan.placements)
    if (placement.space == Placement::Space::Arena)
      layouts[value] = placement.layout;
  for (auto &[value, host] : findHosts(function, slices, layouts))
    plan.hosts[value] = {host.whole, host.byteOffset};
  for (auto &[value, layout] : layouts)
    plan.placements[value].layout = layout;
}

/// Makes a block for every value that has no host. It lives from the first
/// write to the last read of any value in it.
void Planner::makeBlocks() {
  auto add = [&](Value value) {
    const Placement &placement = plan.of(value);
    if (placement.space != Placement::Space::Arena)
      return;
    Operation *op = value.getDefiningOp();
    int64_t first = op ? stepOf(op) : -1, last = lastUse(value);
    Value root = plan.rootOf(value).first;
    auto [entry, isNew] = blockOf.try_emplace(root, blocks.size());
    if (!isNew) {
      LiveBlock &block = blocks[entry->second];
      block.first = std::min(block.first, first);
      block.last = std::max(block.last, last);
      return;
    }
    const BufferLayout &layout = plan.of(root).layout;
    blocks.push_back(
        {int64_t(llvm::alignTo(layout.bufferBytes, kArenaAlignment)), first,
         last});
    if (layout.haloTop || layout.haloLeft || layout.haloBottom ||
        layout.haloRight)
      plan.haloValues.push_back(root);
  };
  for (Value argument : function.getArguments())
    add(argument);
  for (Operation &op : function.getBody().front()) {
    for (Value result : op.getResults())
      add(result);
    auto call = dyn_cast<mlir::func::CallOp>(op);
    int64_t scratch = call ? islands.getScratchBytes(call) : 0;
    if (scratch == 0)
      continue;
    scratchBlockOf[&op] = blocks.size();
    blocks.push_back({int64_t(llvm::alignTo(scratch, kArenaAlignment)),
                      stepOf(&op), stepOf(&op)});
  }
}

/// Places the blocks in the given order. A block goes to the smallest gap
/// between those it meets that holds it, else above them; blocks of which
/// `fromTop` says so go to the highest place below `limit` instead, if there is
/// one. Returns the bytes needed.
static int64_t place(std::vector<LiveBlock> &blocks, ArrayRef<unsigned> order,
                     function_ref<bool(unsigned)> fromTop, int64_t limit) {
  for (LiveBlock &block : blocks)
    block.offset = -1;
  int64_t needed = 0;
  for (unsigned index : order) {
    LiveBlock &block = blocks[index];
    SmallVector<const LiveBlock *> neighbours;
    for (const LiveBlock &other : blocks)
      if (other.offset >= 0 && block.meets(other))
        neighbours.push_back(&other);
    llvm::sort(neighbours, [](const LiveBlock *a, const LiveBlock *b) {
      return a->offset < b->offset;
    });
    int64_t end = 0, best = -1, bestGap = INT64_MAX, highest = -1;
    for (const LiveBlock *other : neighbours) {
      int64_t gap = other->offset - end;
      if (gap >= block.bytes) {
        if (gap < bestGap) {
          best = end;
          bestGap = gap;
        }
        highest = other->offset - block.bytes;
      }
      end = std::max(end, other->offset + other->bytes);
    }
    if (limit - end >= block.bytes)
      highest = limit - block.bytes;
    block.offset = fromTop(index) && highest >= 0 ? highest
                   : best >= 0                    ? best
                                                  : end;
    needed = std::max(needed, block.offset + block.bytes);
  }
  return needed;
}

/// Tries several orders and keeps the best: largest first; in the program's
/// order, alternately from the bottom and the top, which is optimal for chains;
/// and largest first with the blocks that end up highest moved to the front.
void Planner::assignOffsets() {
  auto programOrder = llvm::to_vector(llvm::seq<unsigned>(0, blocks.size()));
  SmallVector<unsigned> bySize = programOrder;
  llvm::sort(bySize, [&](unsigned a, unsigned b) {
    return std::make_pair(-blocks[a].bytes, a) <
           std::make_pair(-blocks[b].bytes, b);
  });
  std::vector<LiveBlock> best = blocks;
  int64_t bestBytes = INT64_MAX;
  auto attempt = [&](ArrayRef<unsigned> order,
                     function_ref<bool(unsigned)> fromTop) {
    int64_t bytes = place(blocks, order, fromTop, plan.liveBytes);
    if (bytes < bestBytes) {
      bestBytes = bytes;
      best = blocks;
    }
    return bytes;
  };
  auto never = [](unsigned) { return false; };
  attempt(bySize, never);
  attempt(programOrder, never);
  attempt(programOrder, [](unsigned index) { return index % 2 != 0; });
  attempt(programOrder, [](unsigned index) { return index % 2 == 0; });
  SmallVector<unsigned> order = bySize;
  for (int round = 0; round < 100 && bestBytes > plan.liveBytes; ++round) {
    int64_t bytes = attempt(order, never);
    auto highest = llvm::find_if(order, [&](unsigned index) {
      return blocks[index].offset + blocks[index].bytes == bytes;
    });
    std::rotate(order.begin(), highest, highest + 1);
  }
  blocks = best;
  plan.arenaBytes = blocks.empty() ? 0 : bestBytes;
  for (auto &[value, placement] : plan.placements) {
    if (placement.space != Placement::Space::Arena)
      continue;
    auto [root, byteOffset] = plan.rootOf(value);
    placement.offset = blocks[blockOf[root]].offset + byteOffset;
  }
  for (auto [op, index] : scratchBlockOf)
    plan.scratch[op] = blocks[index].offset;
}

int64_t Planner::liveAt(int64_t step) const {
  int64_t live = 0;
  for (const LiveBlock &block : blocks)
    if (block.first <= step && step <= block.last)
      live += block.bytes;
  return live;
}

void Planner::makeAllBlocks(bool slices) {
  chooseLayouts();
  placeBoundary();
  chooseHosts(slices);
  chooseOverwritten();
  makeBlocks();
  for (int64_t step = -1; step < endStep; ++step)
    plan.liveBytes = std::max(plan.liveBytes, liveAt(step));
}

MemoryPlan Planner::run(bool slices) {
  makeAllBlocks(slices);
  assignOffsets();
  return std::move(plan);
}

LivePeak Planner::findPeak(bool slices) {
  makeAllBlocks(slices);
  LivePeak peak{plan.liveBytes, {}};
  int64_t step = 0;
  for (Operation &op : function.getBody().front())
    if (liveAt(step++) == peak.bytes)
      peak.ops.push_back(&op);
  return peak;
}

std::pair<Value, int64_t> MemoryPlan::rootOf(Value value) const {
  int64_t byteOffset = 0;
  for (auto host = hosts.find(value); host != hosts.end();
       host = hosts.find(value)) {
    value = host->second.first;
    byteOffset += host->second.second;
  }
  return {value, byteOffset};
}

bool MemoryPlan::isInPlace(fxp::AddOp add) const {
  const FusedOp *fusion = fusions.find(add);
  return fusion && isIn(add.getResult(), add->getOperand(fusion->residual));
}

MemoryPlan codegen::planMemory(mlir::func::FuncOp function,
                               const Islands &islands) {
  FusionPlan fusions = FusionPlan::get(function);
  // A slice read in place keeps all of its input alive: not where that costs
  // arena.
  MemoryPlan inPlace = Planner(function, islands, fusions).run(/*slices=*/true);
  if (inPlace.arenaBytes == 0 || function.getOps<fxp::SliceOp>().empty())
    return inPlace;
  MemoryPlan copied = Planner(function, islands, fusions).run(/*slices=*/false);
  return inPlace.arenaBytes <= copied.arenaBytes ? inPlace : copied;
}

LivePeak codegen::findLivePeak(mlir::func::FuncOp function,
                               const Islands &islands,
                               EpilogueLookups &lookups) {
  FusionPlan fusions = FusionPlan::get(function, lookups);
  LivePeak inPlace =
      Planner(function, islands, fusions).findPeak(/*slices=*/true);
  if (function.getOps<fxp::SliceOp>().empty())
    return inPlace;
  LivePeak copied =
      Planner(function, islands, fusions).findPeak(/*slices=*/false);
  return inPlace.bytes <= copied.bytes ? inPlace : copied;
}
