//===- SampleSplit.cpp - which samples train and which judge --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/RepairStep.h"
#include "narrow/Support/MainFunction.h"

using namespace narrow;

/// Bytes that the values of all samples may take at a time where there is a
/// choice; a walk and a fit hold some more beside them.
static constexpr int64_t kMostBytes = int64_t(512) << 20;

SampleSplit SampleSplit::get(int64_t count, int64_t most, int64_t mostJudges) {
  SampleSplit split;
  split.training = std::min(count, most);
  split.judgesBegin = split.judgesEnd = split.training;
  if (count > most) {
    split.judgesEnd = std::min(count, most + mostJudges);
  } else if (count > 1) {
    int64_t judges = std::clamp<int64_t>(count / 4, 1, mostJudges);
    split.judgesBegin = count - judges;
  }
  return split;
}

/// Returns the most elements of one sample that a walk of `function` holds at a
/// time: a value lives from its maker to its last reader.
static int64_t countLiveElements(mlir::func::FuncOp function) {
  int64_t live = 0, most = 0;
  DenseMap<Value, int64_t> unread;
  auto add = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || value.getDefiningOp<fxp::ConstantOp>() || value.use_empty())
      return;
    unread[value] = llvm::range_size(value.getUses());
    live += type.getNumElements();
  };
  for (Value argument : function.getArguments())
    add(argument);
  for (Operation &op : function.front()) {
    for (Value result : op.getResults())
      add(result);
    most = std::max(most, live);
    for (Value operand : op.getOperands())
      if (auto found = unread.find(operand);
          found != unread.end() && --found->second == 0)
        live -= cast<RankedTensorType>(operand.getType()).getNumElements();
  }
  return most;
}

SampleSplit narrow::splitSamples(const RepairSteps &steps, ModuleOp quantized,
                                 int64_t count, std::optional<int64_t> most) {
  SampleWish wish;
  for (const std::unique_ptr<RepairStep> &step : steps) {
    SampleWish own = step->getSampleWish();
    wish.training = std::max(wish.training, own.training);
    wish.judges = std::max(wish.judges, own.judges);
  }
  if (!most) {
    int64_t elements =
        std::max<int64_t>(countLiveElements(getMainFunction(quantized)), 1);
    most =
        std::min(wish.training, std::max<int64_t>(SampleWish().training,
                                                  kMostBytes / (4 * elements)));
  }
  return SampleSplit::get(count, *most, wish.judges);
}
