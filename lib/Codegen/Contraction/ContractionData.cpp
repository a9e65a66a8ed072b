//===- ContractionData.cpp - folding and packing of constants -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionData.h"
#include "narrow/Analysis/AccumulatorBounds.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Support/ConstantData.h"
#include <cstring>

using namespace narrow;
using namespace narrow::codegen;

StoredValues StoredValues::get(Type type) {
  fxp::QuantView view(type);
  StoredValues stored;
  stored.isSigned = view.isSigned();
  stored.bits = view.getContainerBits();
  stored.low = view.getStorageRange().lo;
  stored.high = view.getStorageRange().hi;
  stored.zeroPoint = view.getZeroPoint();
  if (!view.hasOneZeroPoint())
    stored.zeroPoints = llvm::to_vector(view.getZeroPoints());
  return stored;
}

bool StoredValues::isFullRange() const {
  return low == typeLow() && high == typeHigh();
}

/// Returns the integers of a constant operand, or fails after an error.
static FailureOr<SmallVector<int64_t>> getConstant(Operation *op, Value value,
                                                   StringRef what) {
  auto constant = value.getDefiningOp<fxp::ConstantOp>();
  if (!constant)
    return op->emitError("expected constant ") << what;
  return getIntegers(constant.getValue());
}

FailureOr<ContractionData> ContractionData::get(fxp::WeightedOpInterface op) {
  Value result = op->getResult(0);
  ContractionData data;
  data.requant = op.getRequant();
  data.groups = op.getGroups();
  data.input = StoredValues::get(op.getInput().getType());
  data.output = StoredValues::get(result.getType());
  // q15 holds the zero point in its offsets, one per channel.
  if (!data.output.zeroPoints.empty() &&
      data.requant.getMode() != fxp::RequantMode::Q15)
    return op->emitError("expected results of one zero point, found ")
           << result.getType();
  FailureOr<SmallVector<int64_t>> w =
      getConstant(op, op.getWeights(), "weights");
  FailureOr<SmallVector<int64_t>> b = getConstant(op, op.getBias(), "bias");
  if (failed(w) || failed(b))
    return failure();
  data.bias = std::move(*b);
  data.wideAccumulators =
      cast<RankedTensorType>(op.getBias().getType()).getElementTypeBitWidth() ==
      64;

  data.storage = fxp::getStorage(op.getWeights());
  data.block = fxp::getBlock(op.getWeights());
  auto type = cast<RankedTensorType>(op.getWeights().getType());
  data.channels = type.getDimSize(0);
  data.depth = data.channels ? type.getNumElements() / data.channels : 0;
  data.inputs = type.getShape().back();
  fxp::QuantView view(type);
  if (view.getNumChannels() != 1 && view.getNumChannels() != data.channels)
    return op->emitError("expected one zero point of the weights per output "
                         "channel, found ")
           << view.getNumChannels();
  data.weights.resize(w->size());
  for (int64_t i = 0, e = w->size(); i < e; ++i) {
    // Unsigned storage is kept as the same bits.
    int64_t q = view.isSigned()
                    ? (*w)[i]
                    : (*w)[i] & ((int64_t(1) << view.getContainerBits()) - 1);
    data.weights[i] = q - view.getZeroPoint(i / data.depth);
  }
  return data;
}

bool ContractionData::fitsBytes() const {
  return llvm::all_of(weights, [](int32_t w) { return w >= -128 && w <= 127; });
}

bool ContractionData::fitsByteParts() const {
  return llvm::all_of(weights, [](int32_t w) { return w >= -255 && w <= 255; });
}

bool ContractionData::fitsWords() const {
  return llvm::all_of(weights, [](int32_t w) { return llvm::isInt<16>(w); });
}

bool ContractionData::isNarrow() const {
  return llvm::all_of(weights, [](int32_t w) { return w >= -127 && w <= 127; });
}

int64_t ContractionData::splitIntoBytes() {
  constexpr int32_t kMostOfPart = 127;
  if (fitsBytes())
    return 1;
  int32_t largest = 0;
  for (int32_t w : weights)
    largest = std::max(largest, std::abs(w));
  auto parts = static_cast<int32_t>(llvm::divideCeil(largest, kMostOfPart));
  std::vector<int32_t> split;
  split.reserve(weights.size() * parts);
  for (int64_t c = 0; c < channels; ++c)
    for (int32_t part = 0; part < parts; ++part)
      for (int64_t k = 0; k < depth; ++k) {
        int32_t w = weight(c, k);
        split.push_back(w * (part + 1) / parts - w * part / parts);
      }
  weights = std::move(split);
  depth *= parts;
  return parts;
}

int64_t ContractionData::minimum(int64_t channel) const {
  if (requant.getMin().empty())
    return output.low;
  return std::max<int64_t>(output.low, pick(requant.getMin(), channel));
}

int64_t ContractionData::maximum(int64_t channel) const {
  if (requant.getMax().empty())
    return output.high;
  return std::min<int64_t>(output.high, pick(requant.getMax(), channel));
}

bool ContractionData::needsMinimum() const {
  return llvm::any_of(llvm::seq<int64_t>(0, channels), [&](int64_t c) {
    return minimum(c) != output.typeLow();
  });
}

bool ContractionData::needsMaximum() const {
  return llvm::any_of(llvm::seq<int64_t>(0, channels), [&](int64_t c) {
    return maximum(c) != output.typeHigh();
  });
}

fxp::IntegerRange ContractionData::getAccumulatorRange(int64_t channel) const {
  return boundSum(
      bias[channel] + offset(channel), depth,
      [&](int64_t k) { return weight(channel, k); },
      [&](int64_t k) {
        int64_t zero = inputZero(channel, k);
        return fxp::IntegerRange{input.low - zero, input.high - zero};
      });
}

bool ContractionData::fitNarrowAccumulators() const {
  return llvm::all_of(llvm::seq<int64_t>(0, channels), [&](int64_t c) {
    return fxp::kInt32Range.contains(getAccumulatorRange(c));
  });
}

std::vector<int64_t> ContractionData::foldLongBias(int64_t readOffset) const {
  std::vector<int64_t> folded(channels);
  for (int64_t c = 0; c < channels; ++c) {
    folded[c] = bias[c] + offset(c);
    for (int64_t k = 0; k < depth; ++k)
      folded[c] += weight(c, k) * (readOffset - inputZero(c, k));
  }
  return folded;
}

FailureOr<std::vector<int32_t>>
ContractionData::foldBias(Operation *op, int64_t readOffset) const {
  std::vector<int32_t> folded(channels);
  for (int64_t c = 0; c < channels; ++c) {
    int64_t start = bias[c] + offset(c), sum = 0;
    auto [low, high] = getAccumulatorRange(c);
    for (int64_t k = 0; k < depth; ++k)
      sum += weight(c, k) * (readOffset - inputZero(c, k));
    if (low < INT32_MIN || high > INT32_MAX)
      return op->emitError("accumulator of output channel ")
             << c << " can leave 32 bits: expected [-2^31, 2^31 - 1], found ["
             << low << ", " << high << "]";
    folded[c] = int32_t(uint32_t(uint64_t(start + sum)));
  }
  return folded;
}

RequantForm RequantForm::get(const ContractionData &data) {
  RequantForm form;
  form.mode = static_cast<tile::RequantMode>(data.requant.getMode());
  form.outputBytes = data.output.bits / 8;
  form.outputSigned = data.output.isSigned;
  form.hasMinimum = data.needsMinimum();
  form.hasMaximum = data.needsMaximum();
  form.zeroPoint =
      form.mode == tile::RequantMode::Q15 ? 0 : data.output.zeroPoint;
  return form;
}

RequantForm RequantForm::getNarrow(const ContractionData &data) {
  RequantForm form = get(data);
  bool roundsTwice = form.mode == tile::RequantMode::Q31Double;
  if ((form.mode != tile::RequantMode::Q31 && !roundsTwice) ||
      data.hasLongResults())
    return form;
  RequantForm high = form;
  high.mode = roundsTwice ? tile::RequantMode::Q31DoubleHigh
                          : tile::RequantMode::Q31High;
  for (int64_t c = 0; c < data.channels; ++c) {
    int32_t preShift = high.getPreShift(data.shift(c));
    if (roundsTwice && preShift)
      return form;
    high.hasPreShift |= preShift != 0;
    auto [low, most] = data.getAccumulatorRange(c);
    if (preShift > 31 || low < (int64_t(INT32_MIN) >> preShift) ||
        most > (int64_t(INT32_MAX) >> preShift))
      return form;
  }
  return high;
}

int32_t RequantForm::getPreShift(int32_t shift) const {
  return isHigh() ? std::max(0, 33 - shift) : 0;
}

int32_t RequantForm::getShift(int32_t shift) const {
  return isHigh() ? std::max(1, shift - 32) : shift;
}

unsigned RequantForm::multiplierBytes() const {
  switch (mode) {
  case tile::RequantMode::Q15:
    return 2;
  case tile::RequantMode::Q31:
  case tile::RequantMode::Q31High:
  case tile::RequantMode::Q31Double:
  case tile::RequantMode::Q31DoubleHigh:
  case tile::RequantMode::F32:
    return 4;
  case tile::RequantMode::Pow2:
    return 0;
  }
  llvm_unreachable("unknown mode");
}

std::string RequantForm::key() const {
  return (tile::stringifyRequantMode(mode) + (outputSigned ? "i" : "u") +
          Twine(8 * outputBytes) + (hasMinimum ? "l" : "") +
          (hasMaximum ? "h" : "") + (hasPreShift ? "p" : "") +
          (byteShifts ? "b" : "") + (longSums ? "w" : "") + "z" +
          Twine(zeroPoint))
      .str();
}

ParameterBlock::ParameterBlock(const RequantForm &form, int64_t slots)
    : slots(slots) {
  auto section = [&](int64_t entryBytes) {
    int64_t at = bytes;
    bytes += llvm::alignTo(slots * entryBytes, 64);
    return at;
  };
  section(form.biasBytes());
  multiplier = section(form.multiplierBytes());
  preShift = section(form.hasPreShift ? form.shiftBytes() : 0);
  shift = section(form.hasShift() ? form.shiftBytes() : 0);
  minimum = section(form.hasMinimum ? form.outputBytes : 0);
  maximum = section(form.hasMaximum ? form.outputBytes : 0);
}

std::vector<char> ParameterBlock::fill(const RequantForm &form,
                                       const ContractionData &data,
                                       ArrayRef<int32_t> bias,
                                       ArrayRef<int64_t> channels,
                                       ArrayRef<int64_t> outputs) const {
  return fill(form, data, SmallVector<int64_t>(bias.begin(), bias.end()),
              channels, outputs);
}

std::vector<char> ParameterBlock::fill(const RequantForm &form,
                                       const ContractionData &data,
                                       ArrayRef<int64_t> bias,
                                       ArrayRef<int64_t> channels,
                                       ArrayRef<int64_t> outputs) const {
  std::vector<char> block(bytes, 0);
  // All our targets are little-endian, so low bytes come first.
  auto put = [&](int64_t section, int64_t slot, int64_t value, unsigned size) {
    std::memcpy(block.data() + section + slot * size, &value, size);
  };
  for (auto [slot, c] : llvm::enumerate(channels)) {
    if (c < 0)
      continue;
    if (!bias.empty())
      put(0, slot, bias[c], form.biasBytes());
    put(multiplier, slot, data.multiplier(c), form.multiplierBytes());
    put(preShift, slot, form.getPreShift(data.shift(c)),
        form.hasPreShift ? form.shiftBytes() : 0);
    put(shift, slot, form.getShift(data.shift(c)),
        form.hasShift() ? form.shiftBytes() : 0);
  }
  for (auto [slot, c] : llvm::enumerate(outputs)) {
    if (c < 0)
      continue;
    put(minimum, slot, data.minimum(c), form.hasMinimum ? form.outputBytes : 0);
    put(maximum, slot, data.maximum(c), form.hasMaximum ? form.outputBytes : 0);
  }
  return block;
}
