//===- ScaleChannels.cpp - scales per activation channel ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One scale for all channels of a value wastes bits on those whose range is
// small. Contractions can make and read a scale for each channel at no cost at
// run time: the producer's requantisation has one multiplier for each channel,
// and the readers' weights hold the scales of what they are multiplied with.
//
//===----------------------------------------------------------------------===//

#include "ScalableLayers.h"
#include "narrow/Support/Names.h"

using namespace narrow;

namespace {
/// A value that may have a scale for each channel.
struct Candidate {
  Operation *producer;
  SmallVector<Operation *> readers;
  /// Its counterpart in the float model.
  Value original;
  /// Over the samples that train and do not judge.
  ChannelValues values;
};

struct ScaleChannels : RepairStep {
  explicit ScaleChannels(bool isBalanced) : isBalanced(isBalanced) {}
  StringRef getName() const override {
    return isBalanced ? "balance" : "scales";
  }
  StringRef getSummary() const override {
    return isBalanced
               ? "values and the weights that they are multiplied with share "
                 "their ranges channel by channel"
               : "values that depthwise convolutions read have a scale for "
                 "each "
                 "channel";
  }
  SampleWish getSampleWish() const override { return {256, 64}; }
  bool changesTypes() const override { return true; }
  llvm::Expected<SmallVector<RepairedLayer>> run(mlir::func::FuncOp function,
                                                 const RepairContext &context,
                                                 RepairReport &report) override;

private:
  std::vector<Candidate> findCandidates(mlir::func::FuncOp function,
                                        const FloatLayers &floats,
                                        const RepairContext &context) const;
  bool canRead(Operation *op, const FloatLayers &floats,
               const RepairContext &context) const;
  std::vector<double> choose(const Candidate &candidate,
                             const FloatLayers &floats) const;

  bool isBalanced;
};
} // namespace

bool ScaleChannels::canRead(Operation *op, const FloatLayers &floats,
                            const RepairContext &context) const {
  return canReadChannels(op, floats, context) &&
         (isBalanced || isDepthwise(op));
}

std::vector<Candidate>
ScaleChannels::findCandidates(mlir::func::FuncOp function,
                              const FloatLayers &floats,
                              const RepairContext &context) const {
  llvm::StringMap<Value> named = getNamedValues(context.original);
  std::vector<Candidate> candidates;
  for (Operation &op : function.front()) {
    if (!isWeightedLayer(&op) || !LayerState::get(&op))
      continue;
    Value result = op.getResult(0);
    Value original = named.lookup(findValueName(result));
    fxp::QuantView stored(result.getType());
    if (!original ||
        getTensorType(original).getShape() != getTensorType(result).getShape())
      continue;
    if (stored.isPerAxis() || stored.getBits() > 8 ||
        isPowerOfTwo(stored.getScale()) || result.use_empty())
      continue;
    SmallVector<Operation *> readers(result.getUsers());
    if (!llvm::all_of(result.getUses(), [&](mlir::OpOperand &use) {
          return use.getOperandNumber() == 0 &&
                 canRead(use.getOwner(), floats, context);
        }))
      continue;
    // What depthwise convolutions alone read is the other step's.
    if (isBalanced && llvm::all_of(readers, isDepthwise))
      continue;
    candidates.push_back(
        {&op, readers, original,
         makeChannelValues(getTensorType(result).getShape().back(), context)});
  }
  return candidates;
}

std::vector<double> ScaleChannels::choose(const Candidate &candidate,
                                          const FloatLayers &floats) const {
  const ChannelValues &values = candidate.values;
  fxp::QuantView stored(candidate.producer->getResult(0).getType());
  std::vector<double> least = getLeastScales(candidate.producer);
  if (!isBalanced)
    return holdChannels(values, stored, least);
  if (!llvm::all_of(candidate.readers,
                    [&](Operation *reader) { return floats.find(reader); }))
    return {};
  return balanceChannels(
      values,
      getReaderWeights(candidate.readers,
                       static_cast<int64_t>(values.low.size()), floats),
      stored, least);
}

llvm::Expected<SmallVector<RepairedLayer>>
ScaleChannels::run(mlir::func::FuncOp function, const RepairContext &context,
                   RepairReport &report) {
  FloatLayers floats(context.original);
  std::vector<Candidate> candidates = findCandidates(function, floats, context);
  if (candidates.empty())
    return SmallVector<RepairedLayer>();
  SmallVector<std::pair<Value, ChannelValues *>> wanted;
  for (Candidate &candidate : candidates)
    wanted.emplace_back(candidate.original, &candidate.values);
  if (llvm::Error error = collectChannelValues(wanted, context))
    return std::move(error);
  ScaleDraft draft;
  // What one value's scales make impossible is drafted again without it.
  for (bool isDone = false; !isDone;) {
    draft = ScaleDraft();
    for (const Candidate &candidate : candidates) {
      std::vector<double> scales = choose(candidate, floats);
      if (scales.empty())
        continue;
      for (double &scale : scales)
        scale = static_cast<float>(scale);
      RankedTensorType type = draft.scaleResult(candidate.producer, scales);
      for (Operation *reader : candidate.readers)
        draft.scaleReader(reader, type, floats);
    }
    Operation *failed = draft.finish();
    isDone = !failed;
    if (isDone)
      continue;
    report.left.emplace_back(failed,
                             "its requantisation would leave its limits");
    llvm::erase_if(candidates, [&](const Candidate &candidate) {
      return candidate.producer == failed ||
             llvm::is_contained(candidate.readers, failed);
    });
  }
  return applyDraft(draft, function, context, report);
}

std::unique_ptr<RepairStep> narrow::createScaleChannels() {
  return std::make_unique<ScaleChannels>(/*isBalanced=*/false);
}

std::unique_ptr<RepairStep> narrow::createBalanceChannels() {
  return std::make_unique<ScaleChannels>(/*isBalanced=*/true);
}
