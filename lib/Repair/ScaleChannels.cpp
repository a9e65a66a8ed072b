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

#include "ChannelScales.h"
#include "FloatLayers.h"
#include "LayerValues.h"
#include "ScalableLayers.h"
#include "ScaleDraft.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Repair/KeptRuns.h"
#include "narrow/Simulate/PatchGeometry.h"
#include "narrow/Support/Names.h"

using namespace narrow;

/// Rows of a value that are kept to measure noise on, over all samples.
static constexpr int64_t kRows = 2048;
/// A multiplier of q15 is less than 1.
static constexpr double kMostRatio = 0.98;

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
  llvm::Expected<SmallVector<RepairedLayer>> apply(const ScaleDraft &draft,
                                                   mlir::func::FuncOp function,
                                                   const RepairContext &context,
                                                   RepairReport &report) const;

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
  llvm::StringMap<Value> named;
  context.original->walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (StringRef name = findValueName(result); !name.empty())
        named.try_emplace(name, result);
  });
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
    int64_t channels = getTensorType(result).getShape().back(),
            kept = llvm::divideCeil(kRows, context.split.countDrawn());
    candidates.push_back({&op, readers, original, {channels, kept}});
  }
  return candidates;
}

/// Looks at the candidates' values over the samples, as far as nobody has.
static llvm::Error collect(std::vector<Candidate> &candidates,
                           const RepairContext &context) {
  static const char kind = 0;
  auto getKey = [&](const Candidate &candidate) -> KeptRuns::Key {
    return {
        reinterpret_cast<uintptr_t>(&kind),
        reinterpret_cast<uintptr_t>(candidate.original.getAsOpaquePointer()),
        static_cast<uintptr_t>(context.split.countDrawn()),
        static_cast<uintptr_t>(
            std::min(context.split.training, context.split.judgesBegin))};
  };
  FloatTaps taps(context.original);
  SmallVector<Candidate *> unknown;
  for (Candidate &candidate : candidates) {
    if (auto found = KeptRuns::find<ChannelValues>(getKey(candidate))) {
      candidate.values = *found;
      continue;
    }
    unknown.push_back(&candidate);
    taps.add(candidate.original,
             [&](ArrayRef<float> values) { candidate.values.add(values); });
  }
  if (unknown.empty())
    return llvm::Error::success();
  if (llvm::Error error = taps.prepare(context.getExecutor))
    return error;
  std::vector<HostTensor> sample;
  const SampleSplit &split = context.split;
  for (int64_t i = 0, e = std::min(split.training, split.judgesBegin); i < e;
       ++i) {
    if (llvm::Error error = context.getSample(i, sample))
      return error;
    if (llvm::Error error = taps.run(sample))
      return error;
  }
  for (const Candidate *candidate : unknown) {
    const ChannelValues &values = candidate->values;
    KeptRuns::add(getKey(*candidate), std::make_shared<ChannelValues>(values),
                  static_cast<int64_t>(sizeof(float) * values.rows.size() +
                                       24 * values.sums.size()));
  }
  return llvm::Error::success();
}

/// What the readers of a value multiply it with.
static ReaderWeights getReaderWeights(const Candidate &candidate,
                                      const FloatLayers &floats) {
  size_t channels = candidate.values.low.size();
  ReaderWeights result;
  result.squares.resize(channels);
  result.largest.resize(channels);
  for (Operation *reader : candidate.readers) {
    const FloatLayer &layer = *floats.find(reader);
    PatchGeometry geometry = getGeometry(reader);
    size_t outputs = layer.bias.size(), first = result.byOutput.size();
    result.byOutput.resize(first + outputs * channels);
    for (auto [i, w] : llvm::enumerate(layer.weights)) {
      int64_t c = getInputChannel(geometry, static_cast<int64_t>(outputs),
                                  static_cast<int64_t>(i));
      double size = std::abs(w);
      result.squares[c] += size * size;
      result.largest[c] = std::max(result.largest[c], size);
      double &most =
          result.byOutput[first + i / geometry.depth() * channels + c];
      most = std::max(most, size);
    }
    result.taps = geometry.taps();
    fxp::QuantView weights(reader->getOperand(1).getType());
    result.highest = static_cast<double>(fxp::getBlock(reader->getOperand(1))
                                             ? fxp::kMostBlockField
                                             : weights.getStorageRange().hi);
  }
  return result;
}

std::vector<double> ScaleChannels::choose(const Candidate &candidate,
                                          const FloatLayers &floats) const {
  const ChannelValues &values = candidate.values;
  Operation *op = candidate.producer;
  fxp::QuantView input(op->getOperand(0).getType()),
      weights(op->getOperand(1).getType()), stored(op->getResult(0).getType());
  std::vector<double> least(values.low.size());
  if (op->getAttrOfType<fxp::RequantAttr>("requant").getMode() ==
      fxp::RequantMode::Q15)
    for (auto [c, scale] : llvm::enumerate(least))
      scale = input.getLargestScale() * weights.getScale(c) / kMostRatio;
  if (!isBalanced)
    return holdChannels(values, stored, least);
  if (!llvm::all_of(candidate.readers,
                    [&](Operation *reader) { return floats.find(reader); }))
    return {};
  return balanceChannels(values, getReaderWeights(candidate, floats), stored,
                         least);
}

llvm::Expected<SmallVector<RepairedLayer>>
ScaleChannels::run(mlir::func::FuncOp function, const RepairContext &context,
                   RepairReport &report) {
  FloatLayers floats(context.original);
  std::vector<Candidate> candidates = findCandidates(function, floats, context);
  if (candidates.empty())
    return SmallVector<RepairedLayer>();
  if (llvm::Error error = collect(candidates, context))
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
  return apply(draft, function, context, report);
}

llvm::Expected<SmallVector<RepairedLayer>>
ScaleChannels::apply(const ScaleDraft &draft, mlir::func::FuncOp function,
                     const RepairContext &context, RepairReport &report) const {
  SmallVector<RepairedLayer> layers;
  if (draft.getStates().empty())
    return layers;
  DenseMap<Operation *, LayerState> before;
  for (const auto &[op, state] : draft.getStates()) {
    before[op] = *LayerState::get(op);
    state.apply(op);
  }
  // Other values are rounded otherwise: all biases are corrected for it.
  llvm::Expected<SmallVector<RepairedLayer>> corrected =
      createCorrectBias()->run(function, context, report);
  if (!corrected)
    return corrected.takeError();
  layers = std::move(*corrected);
  for (RepairedLayer &layer : layers)
    if (auto found = before.find(layer.op); found != before.end()) {
      layer.before = found->second;
      before.erase(found);
    }
  for (const auto &[op, state] : draft.getStates())
    if (auto found = before.find(op); found != before.end())
      layers.push_back({op, found->second});
  for (RepairedLayer &layer : layers)
    layer.with = layers.front().op;
  return layers;
}

std::unique_ptr<RepairStep> narrow::createScaleChannels() {
  return std::make_unique<ScaleChannels>(/*isBalanced=*/false);
}

std::unique_ptr<RepairStep> narrow::createBalanceChannels() {
  return std::make_unique<ScaleChannels>(/*isBalanced=*/true);
}
