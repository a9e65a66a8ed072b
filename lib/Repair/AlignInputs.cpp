//===- AlignInputs.cpp - inputs stored as steps of their grid -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pixels have 256 values. Normalised, (p - mean) / deviation, they still have,
// but a range of all channels cut into 256 steps hits none of them.
//
//===----------------------------------------------------------------------===//

#include "ScalableLayers.h"
#include "ScaleDraft.h"
#include "narrow/Repair/ValueGrid.h"
#include "narrow/Support/Names.h"
#include <cmath>

using namespace narrow;

/// Values that the plain cast already holds to this part of a step are left.
static constexpr double kExact = 0.02;
/// Where 0 lies further from a step of the grid, casting rounds one value up
/// and the next one down.
static constexpr double kFarthestZero = 0.49;
/// Steps that samples did not have but other inputs may have: where there are
/// more, the grid has to hold what one range for all channels does.
static constexpr int64_t kMostUnseen = 16;
/// More channels than an image has are no pixels.
static constexpr int64_t kMostChannels = 64;

namespace {
/// An input that layers with constant weights alone read.
struct AlignedInput {
  fxp::QuantizeOp cast;
  unsigned argument;
  /// Transposes between them, in their order.
  SmallVector<fxp::TransposeOp> moves;
  SmallVector<Operation *> readers;
  /// Where the readers' channels lie in the argument.
  int64_t axis;
  std::vector<GridFinder> channels;
};

struct AlignInputs : RepairStep {
  StringRef getName() const override { return "inputs"; }
  StringRef getSummary() const override {
    return "inputs whose values lie on a grid are stored as its steps";
  }
  bool isJudged() const override { return false; }
  bool changesCasts() const override { return true; }
  llvm::Expected<SmallVector<RepairedLayer>> run(mlir::func::FuncOp function,
                                                 const RepairContext &context,
                                                 RepairReport &report) override;
};
} // namespace

static std::optional<AlignedInput> findReaders(fxp::QuantizeOp cast,
                                               const FloatLayers &floats,
                                               const RepairContext &context) {
  auto argument = dyn_cast<mlir::BlockArgument>(cast.getInput());
  fxp::QuantView stored(cast.getType());
  StringRef name = findValueName(argument ? argument : Value(cast));
  if (!argument || cast.getMean() ||
      (context.isGiven && context.isGiven(name)) || stored.isPerAxis() ||
      stored.getBits() != 8 || isPowerOfTwo(stored.getScale()) ||
      stored.getStorageRange().hi - stored.getStorageRange().lo != 255)
    return std::nullopt;
  AlignedInput input{cast, argument.getArgNumber(), {}, {}, 0, {}};
  Value value = cast.getResult();
  while (value.hasOneUse()) {
    auto move = dyn_cast<fxp::TransposeOp>(*value.user_begin());
    if (!move)
      break;
    input.moves.push_back(move);
    value = move.getResult();
  }
  for (mlir::OpOperand &use : value.getUses()) {
    if (use.getOperandNumber() != 0 || !floats.find(use.getOwner()) ||
        !canReadChannels(use.getOwner(), floats, context))
      return std::nullopt;
    input.readers.push_back(use.getOwner());
  }
  if (input.readers.empty() || getTensorType(value).getRank() == 0)
    return std::nullopt;
  input.axis = getTensorType(value).getRank() - 1;
  for (fxp::TransposeOp move : llvm::reverse(input.moves))
    input.axis = move.getPerms()[input.axis];
  int64_t count = getTensorType(cast.getResult()).getDimSize(input.axis);
  if (count > kMostChannels)
    return std::nullopt;
  input.channels.resize(count);
  return input;
}

static void addValues(AlignedInput &input, const HostTensor &sample) {
  if (sample.kind != ElementKind::F32)
    return;
  ArrayRef<int64_t> shape = getTensorType(input.cast.getResult()).getShape();
  size_t inside = 1, count = input.channels.size();
  for (int64_t extent : shape.drop_front(input.axis + 1))
    inside *= extent;
  ArrayRef<float> values = sample.data<float>();
  for (size_t i = 0; i < values.size(); ++i)
    input.channels[i / inside % count].add(values[i]);
}

/// Returns a type of 8 bits whose steps are those of the grids, and in
/// `offsets` by how much its values are less than those that are cast; nothing
/// where none holds them, or `input` is as good already.
static RankedTensorType align(const AlignedInput &input,
                              ArrayRef<ValueGrid> grids,
                              SmallVectorImpl<double> &offsets) {
  RankedTensorType plain = getTensorType(input.cast->getResult(0));
  fxp::QuantView stored(plain);
  fxp::IntegerRange range = stored.getStorageRange();
  SmallVector<double> scales;
  SmallVector<int64_t> zeros;
  bool isExact = true;
  for (const ValueGrid &grid : grids) {
    // Steps that no sample has are on those sides where the plain range is.
    double low = stored.getScale() *
                 static_cast<double>(stored.getCenteredRange().lo),
           high = stored.getScale() *
                  static_cast<double>(stored.getCenteredRange().hi);
    auto unseen = static_cast<double>(255 - grid.last);
    double below = std::max(0.0, (grid.origin - low) / grid.step),
           above = std::max(0.0, (high - grid.origin) / grid.step -
                                     static_cast<double>(grid.last));
    if (below + above > unseen) {
      if (255 - grid.last > kMostUnseen && below + above > unseen + 1)
        return {};
      below *= unseen / (below + above);
    } else {
      below += (unseen - below - above) / 2;
    }
    int64_t first = range.lo + std::llrint(below),
            zero = first + std::llrint(-grid.origin / grid.step);
    if (!range.contains(zero))
      return {};
    scales.push_back(static_cast<float>(grid.step));
    zeros.push_back(zero);
    offsets.push_back(-grid.getZeroOffset() * grid.step);
    isExact &= std::abs(stored.getScale() / grid.step - 1) * 255 < kExact &&
               std::abs(grid.getZeroOffset()) < kExact;
  }
  return isExact ? RankedTensorType()
                 : withChannels(plain, scales, zeros, input.axis);
}

/// Drafts that `input` has `type` in place of its own.
static void draftInput(const AlignedInput &input, RankedTensorType type,
                       ArrayRef<double> offsets, const FloatLayers &floats,
                       ScaleDraft &draft) {
  auto set = [&](Operation *op, RankedTensorType result) {
    LayerState state = *LayerState::get(op);
    state.resultType = result;
    draft.setState(op, state);
  };
  set(input.cast, type);
  fxp::QuantView view(type);
  int64_t axis = input.axis;
  for (fxp::TransposeOp move : input.moves) {
    axis = llvm::find(move.getPerms(), axis) - move.getPerms().begin();
    type = withChannels(move.getType(), view.getScales(), view.getZeroPoints(),
                        axis);
    set(move, type);
  }
  for (Operation *reader : input.readers)
    draft.scaleReader(reader, type, floats, offsets);
}

llvm::Expected<SmallVector<RepairedLayer>>
AlignInputs::run(mlir::func::FuncOp function, const RepairContext &context,
                 RepairReport &report) {
  FloatLayers floats(context.original);
  std::vector<AlignedInput> inputs;
  for (auto cast : function.front().getOps<fxp::QuantizeOp>())
    if (std::optional<AlignedInput> input = findReaders(cast, floats, context))
      inputs.push_back(std::move(*input));
  SmallVector<RepairedLayer> layers;
  if (inputs.empty())
    return layers;
  std::vector<HostTensor> sample;
  const SampleSplit &split = context.split;
  for (int64_t i = 0, e = std::min(split.training, split.judgesBegin);
       i < e && !inputs.empty(); ++i) {
    if (llvm::Error error = context.getSample(i, sample))
      return std::move(error);
    for (AlignedInput &input : inputs)
      addValues(input, sample[input.argument]);
    llvm::erase_if(inputs, [](const AlignedInput &input) {
      return llvm::any_of(input.channels, std::mem_fn(&GridFinder::hasNone));
    });
  }

  ScaleDraft draft;
  for (const AlignedInput &input : inputs) {
    std::vector<ValueGrid> grids;
    for (const GridFinder &finder : input.channels)
      if (std::optional<ValueGrid> grid = finder.find())
        grids.push_back(*grid);
    SmallVector<double> offsets;
    if (grids.size() != input.channels.size() ||
        llvm::any_of(grids, [](const ValueGrid &grid) {
          return std::abs(grid.getZeroOffset()) > kFarthestZero;
        }))
      continue;
    if (RankedTensorType type = align(input, grids, offsets))
      draftInput(input, type, offsets, floats, draft);
  }
  if (Operation *failed = draft.finish()) {
    report.left.emplace_back(failed,
                             "its requantisation would leave its limits");
    return layers;
  }
  for (const auto &[op, state] : draft.getStates()) {
    layers.push_back({op, *LayerState::get(op)});
    state.apply(op);
  }
  for (RepairedLayer &layer : layers)
    layer.with = layers.front().op;
  return layers;
}

std::unique_ptr<RepairStep> narrow::createAlignInputs() {
  return std::make_unique<AlignInputs>();
}
