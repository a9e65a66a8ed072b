//===- VerifierSupport.cpp - checks that several fxp ops share ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace narrow;
using namespace narrow::fxp;

static ShapedType shaped(Value value) {
  return cast<ShapedType>(value.getType());
}

LogicalResult fxp::verifyQuantised(Operation *op, Value value, StringRef name,
                                   ScaleAxis axis,
                                   std::optional<unsigned> mostBits) {
  QuantView view(value.getType());
  if (!view)
    return success();
  unsigned maxBits = 32;
  if (mostBits)
    maxBits = *mostBits;
  else if (auto facts = dyn_cast<FixedPointOpInterface>(op))
    maxBits = value.getDefiningOp() == op ? facts.getMaxResultBits()
                                          : facts.getMaxOperandBits();
  if (view.getBits() < 2 || view.getBits() > maxBits)
    return op->emitOpError("expected ")
           << name << " of 2 to " << maxBits << " bits (N1), found "
           << view.getBits();
  if (view.getBits() > 16 && !view.isSigned())
    return op->emitOpError("expected ")
           << name << " of more than 16 bits to be signed (N1), found "
           << view.getBits() << " unsigned ones";
  for (int64_t zeroPoint : view.getZeroPoints())
    if (!view.getStorageRange().contains(zeroPoint))
      return op->emitOpError("expected zero points of ")
             << name << " in the storage range (N1), found " << zeroPoint;
  if (!view.isPerAxis())
    return success();
  int64_t rank = shaped(value).getRank(), found = view.getAxis();
  bool legal = axis == ScaleAxis::Any ||
               (axis == ScaleAxis::First && found == 0) ||
               (axis == ScaleAxis::Last && found == rank - 1);
  if (!legal || found >= rank)
    return op->emitOpError("expected scales of ")
           << name
           << (axis == ScaleAxis::None    ? " per tensor"
               : axis == ScaleAxis::First ? " per tensor or on axis 0"
               : axis == ScaleAxis::Last  ? " per tensor or on the last axis"
                                          : " on an axis of the tensor")
           << " (N1), found axis " << found;
  if (shaped(value).getDimSize(found) != view.getNumChannels())
    return op->emitOpError("expected ")
           << shaped(value).getDimSize(found) << " scales of " << name
           << " (N1), found " << view.getNumChannels();
  return success();
}

LogicalResult fxp::verifyAllQuantised(Operation *op) {
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    if (failed(verifyQuantised(op, operand, ("operand " + Twine(index)).str(),
                               ScaleAxis::Any)))
      return failure();
  for (Value result : op->getResults())
    if (failed(verifyQuantised(op, result, "the result", ScaleAxis::Any)))
      return failure();
  return success();
}

LogicalResult fxp::verifySameShape(Operation *op, Value input, Value result) {
  if (shaped(input).getShape() != shaped(result).getShape())
    return op->emitOpError("expected a result of the input's shape, found ")
           << result.getType() << " from " << input.getType();
  return success();
}

LogicalResult fxp::verifyList(Operation *op, StringRef name,
                              ArrayRef<int64_t> list, size_t size,
                              int64_t least) {
  if (list.size() != size)
    return op->emitOpError("expected ")
           << size << " elements of '" << name << "', found " << list.size();
  for (int64_t value : list)
    if (value < least)
      return op->emitOpError("expected '")
             << name << "' of at least " << least << ", found " << value;
  return success();
}

bool fxp::agrees(double integerRatio, double ratio, double unit) {
  return std::fabs(integerRatio - ratio) <= std::ldexp(ratio, -18) + unit;
}

int64_t fxp::getElementwiseChannels(Value input, Value result) {
  for (Value value : {result, input})
    if (QuantView view(value.getType()); view.isPerAxis())
      return view.getNumChannels();
  ArrayRef<int64_t> shape = shaped(result).getShape();
  return shape.empty() ? 1 : shape.back();
}

//===----------------------------------------------------------------------===//
// Requantisation
//===----------------------------------------------------------------------===//

namespace {

/// The closed interval a parameter must lie in.
struct Limits {
  int64_t lo, hi;
};

/// How one mode uses the attribute's lists; no limits: the list must be empty.
struct ModeRules {
  const char *name;
  const char *rule;
  std::optional<Limits> multiplier, shift, offset;
};

} // namespace

static ModeRules getRules(RequantAttr requant) {
  // N28: a model's own multipliers need not fill their bits.
  int64_t least = requant.getGiven() ? 0 : 1 << 30;
  switch (requant.getMode()) {
  case RequantMode::Q15:
    return {"q15", "N20", Limits{1, 32767}, Limits{0, 31},
            Limits{INT32_MIN, INT32_MAX}};
  case RequantMode::Q31:
    return {"q31", "N21", Limits{least, INT32_MAX}, Limits{1, 62},
            std::nullopt};
  case RequantMode::Q31Double:
    return {"q31_double", "N27", Limits{least, INT32_MAX}, Limits{1, 62},
            std::nullopt};
  case RequantMode::F32: // The bits of a positive normal number.
    return {"f32", "N22", Limits{0x00800000, 0x7f7fffff}, std::nullopt,
            std::nullopt};
  case RequantMode::Pow2:
    return {"pow2", "N23", std::nullopt, Limits{0, 31}, std::nullopt};
  }
  llvm_unreachable("unknown requantisation mode");
}

/// Returns element `c` of a list of one or many.
template <typename List>
static auto at(const List &list, int64_t c) {
  return list[list.size() == 1 ? 0 : c];
}

static LogicalResult verifyParameter(Operation *op, const ModeRules &rules,
                                     StringRef name, ArrayRef<int32_t> list,
                                     std::optional<Limits> limits,
                                     int64_t channels) {
  if (!limits) {
    if (list.empty())
      return success();
    return op->emitOpError("expected no ")
           << name << " in mode " << rules.name << " (" << rules.rule
           << "), found " << list.size();
  }
  if (list.size() != 1 && static_cast<int64_t>(list.size()) != channels)
    return op->emitOpError("expected 1 or ")
           << channels << " elements of the requantisation's " << name << " ("
           << rules.rule << "), found " << list.size();
  for (int32_t value : list)
    if (value < limits->lo || value > limits->hi)
      return op->emitOpError("expected a ")
             << rules.name << " " << name << " in " << limits->lo << ".."
             << limits->hi << " (" << rules.rule << "), found " << value;
  return success();
}

static LogicalResult verifyClamp(Operation *op, RequantAttr requant,
                                 const QuantView &result, int64_t channels) {
  ArrayRef<int32_t> min = requant.getMin().asArrayRef(),
                    max = requant.getMax().asArrayRef();
  IntegerRange range = result.getStorageRange();
  for (auto [name, list] : {std::pair("min", min), std::pair("max", max)}) {
    if (list.size() > 1 && static_cast<int64_t>(list.size()) != channels)
      return op->emitOpError("expected 0, 1 or ")
             << channels << " elements of '" << name << "' (N26), found "
             << list.size();
    for (int32_t bound : list)
      if (!range.contains(bound))
        return op->emitOpError("expected '")
               << name << "' in the storage range " << range.lo << ".."
               << range.hi << " (N26), found " << bound;
  }
  if (!min.empty() && !max.empty())
    for (int64_t c = 0, e = std::max(min.size(), max.size()); c < e; ++c)
      if (at(min, c) > at(max, c))
        return op->emitOpError("expected 'min' not above 'max' (N26), found ")
               << at(min, c) << " and " << at(max, c);
  return success();
}

/// Returns the ratio that the integers of channel `c` stand for, and the size
/// of one unit of the multiplier.
static std::pair<double, double> getIntegerRatio(RequantAttr requant,
                                                 int64_t c) {
  ArrayRef<int32_t> multiplier = requant.getMultiplier().asArrayRef();
  ArrayRef<int32_t> shift = requant.getShift().asArrayRef();
  switch (requant.getMode()) {
  case RequantMode::Q15: {
    double unit = std::ldexp(1.0, -15 - at(shift, c));
    return {at(multiplier, c) * unit, unit};
  }
  case RequantMode::Q31:
  case RequantMode::Q31Double: {
    double unit = std::ldexp(1.0, -at(shift, c));
    return {at(multiplier, c) * unit, unit};
  }
  case RequantMode::F32:
    return {llvm::bit_cast<float>(at(multiplier, c)), 0};
  case RequantMode::Pow2:
    return {std::ldexp(1.0, -at(shift, c)), 0};
  }
  llvm_unreachable("unknown requantisation mode");
}

/// N25.
static LogicalResult verifyAgreement(Operation *op, RequantAttr requant,
                                     const QuantView &result,
                                     const RequantCheck &check) {
  for (int64_t c = 0; c < check.channels; ++c) {
    double ratio = at(check.ratios, c);
    auto [integerRatio, unit] = getIntegerRatio(requant, c);
    if (!agrees(integerRatio, ratio, unit))
      return op->emitOpError("expected a requantisation by ")
             << ratio << ", as the types say (N25), found " << integerRatio
             << " in channel " << c;
    if (requant.getMode() != RequantMode::Q15 || !check.hasKnownOffset)
      continue;
    int32_t shift = at(requant.getShift().asArrayRef(), c);
    int32_t offset = at(requant.getOffset().asArrayRef(), c);
    double wanted = static_cast<double>(result.getZeroPoint(c)) / ratio +
                    (shift ? std::ldexp(1.0, shift - 1) : 0.0);
    if (std::fabs(offset - wanted) > 1 + std::ldexp(std::fabs(wanted), -18))
      return op->emitOpError("expected a q15 offset near ")
             << wanted << " (N25), found " << offset << " in channel " << c;
  }
  return success();
}

LogicalResult fxp::verifyRequant(Operation *op, RequantAttr requant,
                                 Value result, const RequantCheck &check) {
  QuantView view(result.getType());
  ModeRules rules = getRules(requant);
  ArrayRef<int32_t> offset = requant.getOffset().asArrayRef();
  if (failed(verifyParameter(op, rules, "multiplier",
                             requant.getMultiplier().asArrayRef(),
                             rules.multiplier, check.channels)) ||
      failed(verifyParameter(op, rules, "shift",
                             requant.getShift().asArrayRef(), rules.shift,
                             check.channels)) ||
      failed(verifyParameter(op, rules, "offset", offset, rules.offset,
                             check.channels)) ||
      failed(verifyClamp(op, requant, view, check.channels)))
    return failure();
  if (!check.ratios.empty() && !requant.getGiven() &&
      failed(verifyAgreement(op, requant, view, check)))
    return failure();
  if (check.accumulator) {
    int64_t least = 0, most = 0;
    for (int32_t value : offset) {
      least = std::min<int64_t>(least, value);
      most = std::max<int64_t>(most, value);
    }
    IntegerRange moved{check.accumulator->lo + least,
                       check.accumulator->hi + most};
    bool isLong = check.mayBeLong && !kInt32Range.contains(*check.accumulator);
    if (!isLong && !kInt32Range.contains(moved))
      return op->emitOpError(
                 "expected an accumulator that fits i32 (N34), found ")
             << moved.lo << ".." << moved.hi;
  }
  return success();
}
