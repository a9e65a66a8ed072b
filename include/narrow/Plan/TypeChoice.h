//===- TypeChoice.h - fixed-point types from ranges ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Chooses the storage, scale and zero point of activations from their ranges,
// and the scales of weights from their values. One place, so that planning and
// quantisation cannot disagree.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_TYPECHOICE_H
#define NARROW_PLAN_TYPECHOICE_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow {

/// The discardable attribute of a constant that holds the type planned for it.
inline constexpr llvm::StringLiteral kConstantTypeAttr = "narrow.type";

/// How activations are stored.
struct ActivationScheme {
  /// Storage bits, 2 to 16; more than 8 are always symmetric.
  unsigned bits = 8;
  /// Zero point 0: signed storage where the range has negative values,
  /// unsigned where it has none.
  bool symmetric = false;
  /// Scales are powers of two, rounded up.
  bool pow2 = false;
  /// Signed storage, whatever the range; unset: as said above, unsigned where
  /// asymmetric.
  std::optional<bool> isSigned;
};

/// How weights are stored; always with a zero point of 0.
struct WeightScheme {
  /// Storage bits, 2 to 8.
  unsigned bits = 8;
  /// One scale for the whole tensor instead of one per output channel.
  bool perTensor = false;
  /// [-2^(bits-1), 2^(bits-1)-1] instead of the range without the lowest value.
  bool fullRange = false;
  /// Scales are powers of two, rounded up.
  bool pow2 = false;
  /// Pairs of neighbouring weights of contractions are safe (PairSafe.h).
  bool pairSafe = false;
};

/// A closed interval of real values.
struct RealRange {
  double low = 0, high = 0;
  void include(RealRange other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
};

/// Reads NAME=LOW:HIGH; nothing where it is not that.
std::optional<std::pair<StringRef, RealRange>> parseRange(StringRef text);

/// The integers of a type; a name is `u2` to `u8`, `i2` to `i8`, or `i16`.
struct Storage {
  bool isSigned = false;
  unsigned bits = 8;
};

/// Returns the storage of that name, or nothing.
std::optional<Storage> parseStorage(StringRef name);

/// What names there are, for messages.
inline constexpr llvm::StringLiteral kStorageNames =
    "u2 to u8, i2 to i8 or i16";

/// Returns the type with all integers of `storage`.
mlir::quant::UniformQuantizedType makeUniformType(MLIRContext *context,
                                                  Storage storage, double scale,
                                                  int64_t zeroPoint);

/// Returns `scale` as the f32 that stands for it, or the next power of two that
/// is not smaller.
double roundScale(double scale, bool pow2);

/// Returns the type for values in `range`, which is first extended to hold
/// zero, so that zero (padding, ReLU) is exact. The zero point is rounded to a
/// stored integer and lies in the storage range.
mlir::quant::UniformQuantizedType
chooseActivationType(MLIRContext *context, RealRange range,
                     const ActivationScheme &scheme);

/// Returns the symmetric i16 type for values in `range`.
mlir::quant::UniformQuantizedType chooseWideType(MLIRContext *context,
                                                 RealRange range, bool pow2);

/// Returns whether a value whose root mean square is `rms` has 400 times the
/// power of its rounding to steps of `scale` (26 dB).
bool hasEnoughSteps(double rms, double scale);

/// Returns the type (N43) for results of softmax over rows of `length`
/// elements, none of which exceeds `largest`: u8 at 2^-8 where a row is short,
/// u8 at a smaller scale that holds `largest` where that is enough for a long
/// one, else, and if `isWide`, i16. A row's mean is 1 / `length`, which bounds
/// the results' power from below; eight bits are enough where it is 400 times
/// their noise. The range of i16 is narrowed so that a product of rows with
/// bytes fits 32 bits.
mlir::quant::UniformQuantizedType chooseSoftmaxType(MLIRContext *context,
                                                    int64_t length,
                                                    double largest,
                                                    bool isWide);

/// Returns `type` with another scale and its zero point moved so that the lower
/// end of the range stays put.
mlir::quant::UniformQuantizedType
withScale(mlir::quant::UniformQuantizedType type, double scale);

/// The storage range of weights: lowest and highest stored integer.
std::pair<int64_t, int64_t> getWeightStorageRange(const WeightScheme &scheme);

/// What a weight scale must not fall below, besides max|w| / qmax.
struct WeightScaleFloors {
  /// Input scale s_x.
  double inputScale = 1;
  /// Output scale s_y: `s_x * s_w / s_y >= 2^-20`, so that offsets fit i32.
  double outputScale = 1;
};

/// Returns the least scale of an output channel: `s_w >= |b| / (s_x * 2^30)`
/// and the floor of the scale ratio.
double getWeightScaleFloor(double bias, const WeightScaleFloors &floors);

/// One weight scale per output channel (equal ones where per tensor), and which
/// channels a floor decided: `dead` are all zero, `raised` were held up by
/// theirs.
struct WeightScales {
  SmallVector<double> scales;
  SmallVector<int64_t> dead;
  SmallVector<int64_t> raised;
};

/// Chooses weight scales. `weights` is [O, K] row-major, `bias` is [O].
WeightScales chooseWeightScales(ArrayRef<float> weights, ArrayRef<float> bias,
                                const WeightScheme &scheme,
                                const WeightScaleFloors &floors);

/// Returns `real` in stored integers of `type`: round half to even, clamped.
int64_t toStored(double real, mlir::quant::UniformQuantizedType type);

} // namespace narrow

#endif // NARROW_PLAN_TYPECHOICE_H
