//===- StoredType.h - fixed-point types as TFLite has them ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_TFLITE_STOREDTYPE_H
#define NARROW_LIB_EXPORT_TFLITE_STOREDTYPE_H

#include "TfliteGraph.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include <string>

namespace narrow::tflite {

/// How a fixed-point type is written. TFLite has i8 with any zero point and i16
/// with none, one scale for all of a tensor:
///
/// | ours | theirs |
/// |---|---|
/// | signed, up to 8 bits | the same integers |
/// | unsigned, up to 8 bits | integers less 128 |
/// | up to 16 bits, `q - z` fits i16 | `q - z` |
/// | up to 16 bits, others | rounded to the scale at which the range fits |
/// | a scale for each channel, one zero point | the same integers at the
/// largest of the scales, as contractions multiply them (N1) |
struct StoredType {
  ElementKind kind;
  /// The range that may be stored, in their integers.
  fxp::IntegerRange storage;
  /// Our scale over theirs, 1 where integers are the same but for a shift.
  double ratio = 1;
  /// Our zero point.
  int64_t ourZeroPoint = 0;

  unsigned getBits() const { return kind.type == TensorType::INT8 ? 8 : 16; }
  /// All that the tensor can hold.
  fxp::IntegerRange getContainer() const;
  /// Returns their integer for one of ours.
  int64_t convert(int64_t stored) const;
};

/// Returns how the type of `value` is written; fails with the reason.
FailureOr<StoredType> getStoredType(Value value, std::string &reason);

/// The kinds of what is computed in 16 bits: of an operand that is stored in 8,
/// without loss, and of a result that is then stored in 8.
ElementKind widenOperand(const StoredType &type);
ElementKind widenResult(const StoredType &type);

} // namespace narrow::tflite

#endif // NARROW_LIB_EXPORT_TFLITE_STOREDTYPE_H
