//===- StoredType.cpp - fixed-point types as TFLite has them --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoredType.h"
#include <cmath>

using namespace narrow;
using namespace narrow::tflite;
using fxp::IntegerRange;
using fxp::QuantView;

static constexpr IntegerRange kByteRange{INT8_MIN, INT8_MAX};
static constexpr IntegerRange kShortRange{INT16_MIN, INT16_MAX};

/// What unsigned bytes are moved by.
static constexpr int64_t kByteShift = -128;

/// 255 steps of 8 bits, the most beside a zero point at the rim, fit 16.
static constexpr double kStepsOfByte = 128;

IntegerRange StoredType::getContainer() const {
  return getBits() == 8 ? kByteRange : kShortRange;
}

int64_t StoredType::convert(int64_t stored) const {
  int64_t centred = stored - ourZeroPoint;
  if (ratio != 1)
    centred = std::llrint(static_cast<double>(centred) * ratio);
  IntegerRange range = getContainer();
  return std::clamp(centred + kind.zeroPoint, range.lo, range.hi);
}

FailureOr<StoredType> tflite::getStoredType(Value value, std::string &reason) {
  QuantView view(value.getType());
  if (view.getBits() > 16) {
    reason = ("expected values of at most 16 bits, found " +
              llvm::Twine(view.getBits()))
                 .str();
    return failure();
  }
  if (!view.hasOneZeroPoint()) {
    reason = "expected one zero point, found one for each channel";
    return failure();
  }
  StoredType type;
  type.ourZeroPoint = view.getZeroPoint();
  type.kind.scale = view.getLargestScale();
  if (view.getContainerBits() == 8) {
    type.kind.type = TensorType::INT8;
    type.kind.zeroPoint =
        view.getZeroPoint() + (view.isSigned() ? 0 : kByteShift);
  } else {
    type.kind.type = TensorType::INT16;
    IntegerRange centred = view.getCenteredRange();
    if (!kShortRange.contains(centred)) {
      type.ratio = static_cast<double>(kShortRange.hi) / centred.maxAbs();
      type.kind.scale /= type.ratio;
    }
  }
  IntegerRange storage = view.getStorageRange();
  type.storage = {type.convert(storage.lo), type.convert(storage.hi)};
  return type;
}

ElementKind tflite::widenOperand(const StoredType &type) {
  return {TensorType::INT16, type.kind.scale, 0};
}

ElementKind tflite::widenResult(const StoredType &type) {
  return {TensorType::INT16, type.kind.scale / kStepsOfByte, 0};
}
