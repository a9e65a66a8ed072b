//===- TrainedValues.cpp - what inputs gave in training -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/TrainedValues.h"

#include "AxisMatch.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Simulate/Taps.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace narrow;
namespace tosa = mlir::tosa;

/// Samples that are looked at.
static constexpr int64_t kSamples = 8;
/// Deviations of all channels together that differ by this factor, and means
/// that are off by so many deviations, are not of the data of training.
static constexpr double kMostStretch = 4, kMostShift = 4;

/// A channel whose deviation in training was less than this part of the largest
/// says nothing.
static constexpr double kLeastDeviation = 0.05;
/// Channels this far from training, where another order of axes brings them
/// this much nearer, lie in that order.
static constexpr double kMisfit = 0.5, kNearer = 0.6;

/// Returns the argument that alone `value` is made from, by one contraction at
/// most and what stretches, shifts and moves elements; null if there is none.
static mlir::BlockArgument findInput(Value value) {
  for (bool isLayerSeen = false;;) {
    if (auto argument = dyn_cast<mlir::BlockArgument>(value))
      return argument;
    Operation *op = value.getDefiningOp();
    bool isLayer = isContraction(op);
    if ((isLayer && std::exchange(isLayerSeen, true)) ||
        (!isLayer && getMovedOperands(op).empty() &&
         !isa<tosa::AddOp, tosa::SubOp, tosa::MulOp>(op)))
      return {};
    Value next;
    for (Value operand : op->getOperands()) {
      if (!isFloatTensor(operand.getType()) || getConstant(operand))
        continue;
      if (next)
        return {};
      next = operand;
    }
    if (!next)
      return {};
    value = next;
  }
}

/// Returns the name of a value, or of what alone reads it and only moves it.
static StringRef findMovedName(Value value) {
  while (findValueName(value).empty() && value.hasOneUse() &&
         isa<tosa::TransposeOp, tosa::ReshapeOp>(*value.user_begin()))
    value = value.user_begin()->getResult(0);
  return findValueName(value);
}

std::vector<TrainedValue> narrow::findTrainedValues(ModuleOp imported) {
  std::vector<TrainedValue> found;
  llvm::StringSet<> inputs;
  getMainFunction(imported).walk([&](nn::BatchNormOp op) {
    ElementsAttr scale = getConstant(op.getScale()),
                 offset = getConstant(op.getOffset());
    mlir::BlockArgument input =
        scale && offset ? findInput(op.getInput()) : mlir::BlockArgument();
    TrainedValue value{input ? findValueName(input).str() : "",
                       findMovedName(op.getResult()).str(),
                       {},
                       {}};
    if (!scale || !offset || value.name.empty())
      return;
    // Only the first says anything of an input.
    if (!inputs.insert(value.input).second)
      value.input.clear();
    llvm::append_range(value.means, getFloats(offset));
    for (float factor : getFloats(scale))
      value.deviations.push_back(std::abs(factor));
    found.push_back(std::move(value));
  });
  return found;
}

/// Returns the value of that name whose last axis has so many channels.
static Value findChannels(ModuleOp observed, const TrainedValue &trained) {
  Value found;
  getMainFunction(observed).walk([&](Operation *op) {
    if (op->getNumResults() != 1 ||
        findValueName(op->getResult(0)) != trained.name ||
        !isa<nn::Conv2DOp, nn::LinearOp, tosa::AddOp>(op))
      return;
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (type && type.getRank() &&
        type.getShape().back() == static_cast<int64_t>(trained.means.size()))
      found = op->getResult(0);
  });
  return found;
}

namespace {
/// Sums over positions and samples, a channel each.
struct ChannelSums {
  explicit ChannelSums(size_t channels) : sums(channels), squares(channels) {}

  void add(ArrayRef<float> values) {
    for (auto [i, value] : llvm::enumerate(values)) {
      sums[i % sums.size()] += value;
      squares[i % sums.size()] += double(value) * value;
    }
    count += static_cast<double>(values.size() / sums.size());
  }

  std::vector<double> sums, squares;
  double count = 0;
};
} // namespace

/// Returns how far channels are from those of training: the root of the mean
/// square, over channels, of the logarithm of what their deviations are off by
/// and of what their means are, in deviations.
static double getMisfit(const TrainedValue &trained, const ChannelSums &found) {
  double largest = *llvm::max_element(trained.deviations), sum = 0, count = 0;
  for (auto [c, wanted] : llvm::enumerate(trained.deviations)) {
    if (!(wanted > kLeastDeviation * largest))
      continue;
    double mean = found.sums[c] / found.count,
           variance = found.squares[c] / found.count - mean * mean,
           ratio = std::sqrt(std::max(variance, 0.0)) / wanted,
           shift = (mean - trained.means[c]) / wanted;
    sum += std::pow(std::log(std::max(ratio, 1e-3)), 2) + shift * shift;
    ++count;
  }
  return count > 0 ? std::sqrt(sum / count) : 0;
}

namespace {
/// An order in which images may lie: axis i of the model's input is axis
/// `axes[i]` of what is there.
struct ImageOrder {
  unsigned axes[4];
  StringRef found, taken;
};
} // namespace

static constexpr ImageOrder kOrders[] = {{{0, 3, 1, 2}, "NHWC", "NCHW"},
                                         {{0, 2, 3, 1}, "NCHW", "NHWC"}};

/// Returns an image as it is where its elements lie in another order.
static HostTensor reorder(const HostTensor &image, const ImageOrder &order) {
  SmallVector<int64_t> shape(4);
  for (auto [axis, size] : llvm::enumerate(image.shape))
    shape[order.axes[axis]] = size;
  HostTensor result(image.kind, image.shape, image.name);
  size_t bytes = getElementBytes(image.kind);
  uint8_t *next = result.bytes.data();
  forTransposed(shape, order.axes, [&](int64_t offset) {
    std::copy_n(image.bytes.data() + offset * bytes, bytes, next);
    next += bytes;
  });
  return result;
}

/// Says how the channels that were found differ from those of training, or
/// nothing.
static std::string compare(const TrainedValue &trained,
                           const ChannelSums &found) {
  // Channels count by their size: one that training left at 0 says nothing.
  double shifts = 0, variance = 0, wanted = 0;
  size_t channels = trained.means.size();
  for (size_t c = 0; c < channels; ++c) {
    double mean = found.sums[c] / found.count;
    variance += std::max(found.squares[c] / found.count - mean * mean, 0.0);
    shifts += (mean - trained.means[c]) * (mean - trained.means[c]);
    wanted += double(trained.deviations[c]) * trained.deviations[c];
  }
  if (!(wanted > 0) || !std::isfinite(variance) || !std::isfinite(shifts))
    return "";
  double size = std::sqrt(wanted / static_cast<double>(channels)),
         deviation = std::sqrt(variance / static_cast<double>(channels)),
         shift = std::sqrt(shifts / static_cast<double>(channels));
  bool isStretched =
      deviation > kMostStretch * size || kMostStretch * deviation < size;
  if (!isStretched && shift <= kMostShift * size)
    return "";
  std::string text;
  llvm::raw_string_ostream(text)
      << "calibration samples of input '" << trained.input
      << "' seem to be of another scale or order of axes than those of "
         "training: channels of '"
      << trained.name << "' deviate by " << llvm::format("%.3g", deviation)
      << " and have means " << llvm::format("%.3g", shift)
      << " off, where its batch normalisation says "
      << llvm::format("%.3g", size);
  return text;
}

llvm::Expected<std::vector<Message>>
narrow::checkTrainedValues(ModuleOp observed, ArrayRef<TrainedValue> trained,
                           const ModelSamples &samples) {
  std::vector<Message> messages;
  for (const TrainedValue &value : trained) {
    Value channels =
        value.input.empty() ? Value() : findChannels(observed, value);
    if (!channels)
      continue;
    OwningOpRef<ModuleOp> front = cutBehind(observed, channels);
    llvm::Expected<std::unique_ptr<FloatExecutor>> executor =
        FloatExecutor::create(*front);
    if (!executor)
      return executor.takeError();
    // Of the samples as they are, or with the input in another order.
    auto sum = [&](const ImageOrder *order) -> llvm::Expected<ChannelSums> {
      ChannelSums sums(value.means.size());
      std::vector<HostTensor> outputs;
      for (int64_t i = 0; i < std::min(samples.getCount(), kSamples); ++i) {
        std::vector<HostTensor> inputs = samples.get(i);
        for (auto [input, spec] :
             llvm::zip_equal(inputs, (*executor)->getInputs()))
          if (order && spec.name == value.input && input.shape.size() == 4)
            input = reorder(input, *order);
        if (llvm::Error error = (*executor)->run(inputs, outputs))
          return std::move(error);
        sums.add(outputs.front().toFloats());
      }
      return sums;
    };
    llvm::Expected<ChannelSums> sums = sum(nullptr);
    if (!sums)
      return sums.takeError();
    double misfit = getMisfit(value, *sums);
    const ImageOrder *better = nullptr;
    for (const ImageOrder &order : kOrders) {
      if (misfit <= kMisfit)
        break;
      llvm::Expected<ChannelSums> others = sum(&order);
      if (!others)
        return others.takeError();
      if (getMisfit(value, *others) < kNearer * misfit)
        better = &order;
    }
    if (better) {
      messages.push_back(
          {mlir::DiagnosticSeverity::Warning, "",
           llvm::formatv("calibration samples of input '{0}' seem to lie in "
                         "another order of axes than the model takes: read as "
                         "{1} in the place of {2}, channels of '{3}' are what "
                         "its batch normalisation says",
                         value.input, better->found, better->taken,
                         value.name)});
      continue;
    }
    if (std::string text = compare(value, *sums); !text.empty())
      messages.push_back({mlir::DiagnosticSeverity::Warning, "", text});
  }
  return messages;
}
