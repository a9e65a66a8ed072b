//===- Parameters.h - from real scales to integer parameters ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Chooses the integer parameters of fxp ops when a model is quantised. This is
// the only place where real scales decide what is computed; from then on ops
// are defined by their integers alone. Rules are those of docs/numerics.md.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_PARAMETERS_H
#define NARROW_DIALECT_FXP_IR_PARAMETERS_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include <string>

namespace narrow::fxp {

//===----------------------------------------------------------------------===//
// Requantisation (N20 to N23)
//===----------------------------------------------------------------------===//

/// Returns the mode of a name among those that `chooseRequant` knows.
std::optional<RequantMode> parseChosenMode(StringRef name);

/// Offset tolerance of ops without a bias, in result steps.
inline constexpr double kExactOffset = 1.0 / 32;

struct RequantOptions {
  /// q15 keeps 15 minus this many bits of each multiplier, so that the
  /// intermediate 16-bit value has this many bits below the output's step.
  int guardBits = 4;
  /// Clamp bounds in stored integers, one or one per channel; empty: the
  /// result's storage range.
  ArrayRef<int32_t> min;
  ArrayRef<int32_t> max;
  /// Proven range of each channel's accumulator with its bias, before the q15
  /// offset; one, or one per channel; empty: unknown.
  ArrayRef<IntegerRange> accumulators;
  /// What rounding the bias lost, in accumulator steps: real bias minus integer
  /// bias; one per channel or empty. q15 puts it into the offset before that is
  /// rounded, so that bias, zero point and rounding constant round once.
  ArrayRef<double> biasRemainders;
  /// Largest error that rounding the q15 offset may add, in result steps. It is
  /// at most M / 2, no more than what rounding a bias costs; ops without a bias
  /// want less.
  double offsetTolerance = 0.5;
};

/// Chooses integers for `y = round(a * ratios[c]) + z`, where `ratios` holds
/// one accumulator-to-result scale ratio (s_x * s_w[c] / s_y) or one per
/// channel, and `result` is the quantised element type of y.
///
/// - q15 (N20): with M = f * 2^e, 1/2 <= f < 1: shift = max(0, -guard - e),
///   multiplier = round(M * 2^(15+shift)), offset = round(z / M) +
///   (shift ? 2^(shift-1) : 0). Fails if M >= 1, if shift > 31, if the offset
///   leaves i32 (or takes a known accumulator range out of it), or if the
///   saturation to 16 bits could show: either the multiplier is so large that
///   the saturated ends lie outside the clamp (255 for u8), or the known
///   accumulator range fits 16 bits after the shift.
/// - q31 (N21): multiplier = round(f * 2^31), shift = 31 - e. Fails if shift
///   is not in 1..62.
/// - f32 (N22): multiplier = the bits of f32(M). Fails if M is not a normal
/// f32.
/// - pow2 (N23): shift = -log2(M). Fails if M is not 2^-shift, 0..31, to 1e-6.
/// - q31_double (N27): fails; models bring it along.
///
/// On failure `reason`, if given, says why in one line.
FailureOr<RequantAttr> chooseRequant(MLIRContext *context, RequantMode mode,
                                     ArrayRef<double> ratios, Type result,
                                     const RequantOptions &options = {},
                                     std::string *reason = nullptr);

/// Same, but falls back to q31, the mode that is exact to one rounding, where
/// `mode` cannot express the ratios. Fails only if q31 cannot either.
FailureOr<RequantAttr> chooseRequantOrExact(MLIRContext *context,
                                            RequantMode mode,
                                            ArrayRef<double> ratios,
                                            Type result,
                                            const RequantOptions &options = {},
                                            std::string *reason = nullptr);

/// Chooses for an op whose accumulator is a plain integer in `values` without a
/// bias (requantize, mul, reduce_sum): tries `mode` with an offset that is
/// exact to 1/32 step, else q31.
FailureOr<RequantAttr>
chooseElementwiseRequant(MLIRContext *context, RequantMode mode,
                         ArrayRef<double> ratios, IntegerRange values,
                         Type result, std::string *reason = nullptr);

/// Returns s_x * s_w[o] / s_y[o] for every output channel, or one ratio if all
/// types are per tensor. `weights` is null for ops without weights. Of several
/// scales of `input` the largest is s_x; the weights hold the rest (N1). Fails
/// if the counts of scales of weights and result differ.
FailureOr<SmallVector<double>> getScaleRatios(Type input, Type weights,
                                              Type result);

//===----------------------------------------------------------------------===//
// Elementwise (N40 to N44)
//===----------------------------------------------------------------------===//

/// Integer parameters of fxp.add, sub, min and max (N40).
struct AddParameters {
  int32_t lhsMultiplier = 0;
  int32_t rhsMultiplier = 0;
  int32_t shift = 0;
};

/// Chooses the largest shift <= 30 for which both multipliers, round(s_l / s_y
/// * 2^shift) and round(s_r / s_y * 2^shift), are at most 32767 and no value of
/// the stored operands makes the rounded sum leave i32. Element types are per
/// tensor, of any storage. Fails if there is no such shift >= 0.
FailureOr<AddParameters> chooseAdd(Type lhs, Type rhs, Type result,
                                   std::string *reason = nullptr);

/// Returns true if N40 with these parameters cannot leave i32 for any stored
/// operands: max|a| + max|b| + 2^(shift-1) <= 2^31 - 1.
bool isAddExact(const AddParameters &parameters, Type lhs, Type rhs);

/// Returns true if no stored operands take a side of N47, shifted or rescaled,
/// or what is made of the two, out of i32. Both have one multiplier, of q31,
/// q31_double or pow2.
bool isCombineExact(CombineKind kind, const CombineSide &lhs,
                    const CombineSide &rhs);

/// Integer parameters of fxp.softmax (N43).
struct SoftmaxParameters {
  int32_t preShift = 0;
  int32_t postShift = 0;
  int32_t distanceMax = 0;
  int32_t multiplier = 0;
};

/// Plans the narrow softmax of logits of `input` (per tensor, 2 to 32 bits).
SoftmaxParameters planSoftmax(Type input);

/// Returns the bits of fraction that results of fxp.softmax have in `result`, a
/// tensor or element type, or nothing where N43 does not know it.
std::optional<int32_t> getSoftmaxFraction(Type result);

/// Integer parameters of fxp.log_softmax (N44) beside those of softmax.
struct LogSoftmaxParameters {
  int32_t scaleMultiplier = 0; ///< s_x / s_y * 2^scaleShift.
  int32_t scaleShift = 0;
  int64_t logMultiplier = 0; ///< ln(2) / s_y * 2^(scaleShift - 16).
};

/// Chooses the largest shift for which both multipliers fit and N44 is exact.
/// Element types are per tensor. Fails where the scales are too far apart.
FailureOr<LogSoftmaxParameters> chooseLogSoftmax(Type input, Type result,
                                                 std::string *reason = nullptr);

/// Returns true if no sum of N44 leaves i64.
bool isLogSoftmaxExact(const LogSoftmaxParameters &parameters, Type input);

/// Returns the table of fxp.lookup (N42): one entry per stored input of at most
/// 16 bits, each
/// `clamp(floor(f(x) / s_y + 1/2) + z_y)`; a NaN becomes the zero point.
/// i8 entries for results of at most 8 bits, i16 above. `[entries]` where both
/// types are per tensor; otherwise, or where `channels` > 0, `[C, entries]`.
DenseElementsAttr buildLookupTable(Type input, Type result,
                                   function_ref<double(double)> function);
DenseElementsAttr
buildLookupTable(Type input, Type result, int64_t channels,
                 function_ref<double(double, int64_t channel)> function);

//===----------------------------------------------------------------------===//
// Normalisation (N45)
//===----------------------------------------------------------------------===//

/// Integer parameters of fxp.normalize. `scale` and `offset` hold one integer
/// for each of the layer's.
struct NormalizeParameters {
  int32_t spreadShift = 0, inputShift = 0, multiplierBits = 0, fractionBits = 0,
          shift = 0;
  int64_t epsilon = 0;
  SmallVector<int32_t> scale;
  SmallVector<int64_t> offset;
};

/// Chooses them for rows of `length` elements that `epsilon` is added to the
/// variance of (the mean square where not `centred`); `scale` and `offset` are
/// real. Element types are per tensor. Fails where N45's sums would leave i64.
FailureOr<NormalizeParameters>
chooseNormalize(Type input, Type result, int64_t length, bool centred,
                double epsilon, ArrayRef<float> scale, ArrayRef<float> offset,
                std::string *reason = nullptr);

//===----------------------------------------------------------------------===//
// Pools and resize (N61, N52)
//===----------------------------------------------------------------------===//

/// The window geometry of one pool, NHWC sizes of the image axes.
struct PoolGeometry {
  int64_t inHeight = 0, inWidth = 0;
  int64_t outHeight = 0, outWidth = 0;
  ArrayRef<int64_t> kernel;  ///< [kh, kw]
  ArrayRef<int64_t> strides; ///< [sh, sw]
  ArrayRef<int64_t> pads;    ///< [top, left, bottom, right]
};

/// Integer parameters of fxp.avg_pool2d: channel i of `requant` serves windows
/// with `counts[i]` input positions.
struct AvgPoolParameters {
  RequantAttr requant;
  SmallVector<int64_t> counts;
};

/// Returns the distinct numbers of input positions that windows hold,
/// descending; with `countPads` every window counts kh * kw.
SmallVector<int64_t> getWindowCounts(const PoolGeometry &geometry,
                                     bool countPads);

/// Chooses the requantisation by s_x / (s_y * count) for each count, falling
/// back to q31 where `mode` does not apply.
FailureOr<AvgPoolParameters>
chooseAvgPool(MLIRContext *context, RequantMode mode, Type input, Type result,
              const PoolGeometry &geometry, bool countPads,
              std::string *reason = nullptr);

/// Returns [index0, index1, fraction in 1/256] for each of `out` positions of
/// a linear resize; `source` gives the real input coordinate. Coordinates
/// beyond the rim are clamped to it; the fraction rounds half up.
SmallVector<int32_t> buildLinearTaps(int64_t in, int64_t out,
                                     function_ref<double(int64_t)> source);

/// Returns the triples of a nearest resize; `source` gives the input index.
SmallVector<int32_t> buildNearestTaps(int64_t in, int64_t out,
                                      function_ref<int64_t(int64_t)> source);

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_PARAMETERS_H
