//===- RowStrips.cpp - which operations run a few rows at a time ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/RowStrips.h"
#include "../Emit/KernelBuilder.h"
#include "narrow/Codegen/Passes.h"

#include "mlir/IR/IRMapping.h"
#include <map>

namespace narrow::codegen {
#define GEN_PASS_DEF_CHOOSEROWSTRIPS
#include "narrow/Codegen/Passes.h.inc"
} // namespace narrow::codegen

using namespace narrow;
using namespace narrow::codegen;
using mlir::func::FuncOp;

/// What the values of one strip may take, in bytes: a quarter of the smallest
/// second-level caches of today's big cores, so that packed weights and what
/// comes from outside have room beside them.
static constexpr int64_t kStripBytes = 256 << 10;
/// Weights that every strip reads again, in bytes, have to stay there too.
static constexpr int64_t kMaxWeightBytes = 256 << 10;
/// Multiply-accumulates of an operation on one strip, on average: a
/// microsecond, many times what a call, a halo and a cut tile cost.
static constexpr int64_t kMinCallMacs = 256 << 10;
/// Operations of a group: larger ones save little more.
static constexpr size_t kMaxGroup = 12;
/// Splitting must lower the need for memory by one part in so many.
static constexpr int64_t kMinGain = 32;

static int64_t getHeight(Operation *op) {
  return cast<RankedTensorType>(op->getResult(0).getType()).getDimSize(1);
}

static int64_t getRowBytes(Operation *op) {
  return getDenseBytes(op->getResult(0)) / getHeight(op);
}

static int64_t getWeightBytes(Operation *op) {
  auto sum = dyn_cast<fxp::WeightedOpInterface>(op);
  return sum ? getDenseBytes(sum.getWeights()) : 0;
}

/// Work in multiply-accumulates; operations without any count as bytes.
static int64_t getWork(Operation *op) {
  return std::max(cast<fxp::FixedPointOpInterface>(op).getMacs(),
                  getDenseBytes(op->getResult(0)));
}

namespace {
/// What a group needs in strips of some number of rows.
struct StripCost {
  int64_t bytes = 0;    ///< The most that one strip's values take.
  int64_t copied = 0;   ///< Bytes that strips share, over all of them.
  int64_t computed = 0; ///< Bytes of all results but the last.
};

class Chooser {
public:
  Chooser(FuncOp function, const Islands &islands)
      : function(function), islands(islands) {}
  std::vector<StripChoice> run();

private:
  /// The most bytes alive at once.
  struct Peak {
    int64_t bytes = 0;
    /// An operation at which that is so and that may be split, or null.
    Operation *op = nullptr;
  };
  Peak measure(ArrayRef<StripChoice> choices);
  SmallVector<StripChoice> findCandidates(Operation *peak) const;

  FuncOp function;
  const Islands &islands;
  EpilogueLookups lookups;
  llvm::DenseSet<Operation *> taken;
};
} // namespace

static StripCost estimate(const fxp::StripGroup &group, int64_t rows) {
  StripCost cost;
  SmallVector<fxp::OpStrips> strips = fxp::scheduleStrips(group, rows);
  SmallVector<int64_t> before(group.size(), 0);
  for (size_t strip = 0; strip < strips.back().computed.size(); ++strip) {
    int64_t bytes = 0;
    for (size_t i = 0; i + 1 < group.size(); ++i) {
      fxp::Rows computed = strips[i].computed[strip],
                held = strips[i].held[strip];
      int64_t shared = computed.count() > 0
                           ? std::max<int64_t>(0, computed.first - held.first)
                           : 0;
      cost.copied += shared * getRowBytes(group[i]);
      cost.computed += computed.count() * getRowBytes(group[i]);
      // Those of the strip before are there until what both share is copied.
      bytes +=
          (held.count() + (shared ? before[i] : 0)) * getRowBytes(group[i]);
      before[i] = held.count();
    }
    cost.bytes = std::max(cost.bytes, bytes);
  }
  return cost;
}

/// Returns as few strips of `group` as let the values of one fit in `mostBytes`
/// where there may be so many, else as many as there may be; nothing where
/// there may not be two.
static std::optional<StripChoice> chooseRows(const fxp::StripGroup &group,
                                             int64_t mostBytes) {
  int64_t height = getHeight(group.back()), work = 0, weights = 0;
  for (Operation *op : group) {
    work += getWork(op);
    weights += getWeightBytes(op);
  }
  if (weights > kMaxWeightBytes)
    return std::nullopt;
  int64_t mostStrips =
      std::min<int64_t>(height, work / (kMinCallMacs * group.size()));
  std::optional<StripChoice> best;
  for (int64_t strips = 2; strips <= mostStrips; ++strips) {
    int64_t rows = llvm::divideCeil(height, strips);
    StripCost cost = estimate(group, rows);
    // Copies of a quarter of what is computed cost more than they save.
    if (4 * cost.copied > cost.computed)
      break;
    best = {group, rows, int64_t(llvm::divideCeil(height, rows))};
    if (cost.bytes <= mostBytes)
      break;
  }
  return best;
}

/// Plans a copy of the function with all choices made.
Chooser::Peak Chooser::measure(ArrayRef<StripChoice> choices) {
  mlir::IRMapping mapping;
  OwningOpRef<FuncOp> copy = cast<FuncOp>(function->clone(mapping));
  DenseMap<Operation *, Operation *> originals;
  for (Operation &op : function.getBody().front())
    originals[mapping.lookup(&op)] = &op;
  for (const StripChoice &choice : choices) {
    fxp::StripGroup group;
    for (Operation *op : choice.group) {
      group.push_back(mapping.lookup(op));
      originals.erase(group.back());
    }
    fxp::splitRows(group, choice.rows);
  }
  LivePeak live = findLivePeak(*copy, islands, lookups);
  Peak peak{live.bytes};
  for (Operation *op : live.ops)
    if (Operation *original = originals.lookup(op);
        original && !peak.op && fxp::canSplitRows(original))
      peak.op = original;
  return peak;
}

/// Returns the bytes that come from outside a group and that it leaves.
static int64_t getOuterBytes(const fxp::StripGroup &group) {
  llvm::SmallDenseSet<Value> outside;
  int64_t bytes = getDenseBytes(group.back()->getResult(0));
  for (Operation *op : group)
    for (Value operand : op->getOperands())
      if (!operand.getDefiningOp<fxp::ConstantOp>() &&
          !llvm::is_contained(group, operand.getDefiningOp()) &&
          outside.insert(operand).second)
        bytes += getDenseBytes(operand);
  return bytes;
}

/// Returns groups of which an operation is one and that no choice so far
/// touches: of each size the one that needs the least, the smallest first.
SmallVector<StripChoice> Chooser::findCandidates(Operation *peak) const {
  auto isFree = [&](Operation *op) {
    return op && !taken.contains(op) &&
           (isa<fxp::ConstantOp>(op) || fxp::canSplitRows(op));
  };
  auto collect = [&](auto next) {
    SmallVector<Operation *> ops = {peak};
    for (Operation *op = next(peak); isFree(op) && ops.size() < kMaxGroup;
         op = next(op))
      if (!isa<fxp::ConstantOp>(op))
        ops.push_back(op);
    return ops;
  };
  SmallVector<Operation *> firsts =
      collect([](Operation *op) { return op->getPrevNode(); });
  SmallVector<Operation *> lasts =
      collect([](Operation *op) { return op->getNextNode(); });
  std::map<size_t, std::pair<int64_t, StripChoice>> bySize;
  for (Operation *last : lasts)
    for (Operation *first : firsts) {
      fxp::StripGroup group = fxp::findStripGroup(first, last);
      if (group.size() < 2 || group.size() > kMaxGroup ||
          !llvm::is_contained(group, peak) || group.front() != first)
        continue;
      int64_t outer = getOuterBytes(group);
      std::optional<StripChoice> choice =
          chooseRows(group, std::min(kStripBytes, outer / 4));
      if (!choice)
        continue;
      int64_t needed = outer + estimate(group, choice->rows).bytes;
      auto [entry, isNew] =
          bySize.try_emplace(group.size(), needed, std::move(*choice));
      if (!isNew && needed < entry->second.first)
        entry->second = {needed, std::move(*choice)};
    }
  SmallVector<StripChoice> candidates;
  for (auto &[size, entry] : bySize)
    candidates.push_back(std::move(entry.second));
  return candidates;
}

std::vector<StripChoice> Chooser::run() {
  std::vector<StripChoice> choices;
  Peak peak = measure(choices);
  while (peak.op) {
    std::optional<StripChoice> best;
    Peak lowest;
    for (StripChoice &candidate : findCandidates(peak.op)) {
      choices.push_back(candidate);
      Peak reached = measure(choices);
      choices.pop_back();
      if (!best || reached.bytes < lowest.bytes) {
        best = std::move(candidate);
        lowest = reached;
      }
    }
    // Where as much is needed elsewhere, that may be lowered next.
    if (!best || lowest.bytes > peak.bytes ||
        (lowest.bytes > peak.bytes - peak.bytes / kMinGain &&
         (!lowest.op || llvm::is_contained(best->group, lowest.op))))
      break;
    taken.insert(best->group.begin(), best->group.end());
    choices.push_back(std::move(*best));
    choices.back().bytesBefore = peak.bytes;
    peak = lowest;
  }
  // The last ones may have been for nothing.
  while (!choices.empty() &&
         peak.bytes >
             choices.back().bytesBefore - choices.back().bytesBefore / kMinGain)
    choices.pop_back();
  for (StripChoice &choice : choices)
    choice.bytesAfter = peak.bytes;
  return choices;
}

std::vector<StripChoice> codegen::chooseRowStrips(FuncOp function,
                                                  const Islands &islands) {
  if (!llvm::hasSingleElement(function.getBody()))
    return {};
  return Chooser(function, islands).run();
}

void codegen::applyRowStrips(FuncOp function, const Islands &islands) {
  std::vector<StripChoice> choices = chooseRowStrips(function, islands);
  for (const StripChoice &choice : choices) {
    emitRemark(choice.group.back()->getLoc())
        << "this and " << choice.group.size() - 1
        << " operations before it run in " << choice.strips << " strips of "
        << choice.rows << " rows: at most " << choice.bytesAfter
        << " instead of " << choice.bytesBefore
        << " bytes are alive [row-strips]";
    fxp::splitRows(choice.group, choice.rows);
  }
}

namespace {
struct ChooseRowStripsPass
    : codegen::impl::ChooseRowStripsBase<ChooseRowStripsPass> {
  using Base::Base;
  void runOnOperation() override { applyRowStrips(getOperation()); }
};
} // namespace
