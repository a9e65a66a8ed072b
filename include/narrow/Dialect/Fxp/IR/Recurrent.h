//===- Recurrent.h - one view of the recurrent layers ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fxp.lstm, fxp.gru and fxp.rnn have most of their operands and attributes in
// common (N80), and their integer parameters are chosen alike.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_RECURRENT_H
#define NARROW_DIALECT_FXP_IR_RECURRENT_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include <string>

namespace narrow::fxp {

/// What a recurrent layer consists of; null for what one has not.
struct RecurrentView {
  enum class Kind { Rnn, Gru, Lstm };
  Kind kind;
  int64_t gates = 0, steps = 0, batch = 0, hidden = 0;
  Value input, lengths, outputs, last;
  /// The state at the start as products read it: not of a GRU.
  Value initial;
  /// The 16-bit state beside it: an LSTM's cell, a GRU's state.
  Value wideInitial, wideLast;
  ElementsAttr weights, bias, multipliers, peepholes;
  /// Activations f, g, h as far as the layer has them.
  SmallVector<ElementsAttr, 3> tables;
  RequantAttr requant;
  int32_t inputMultiplier = 0, shift = 0, gateBits = 0, productShift = 0;
  bool reverse = false, inputForget = false, resetAfter = false;

  /// Returns nothing for any other op.
  static std::optional<RecurrentView> get(Operation *op);
};

/// What the tables of a layer were made of, for those who write it in another
/// form: a dictionary of the `activations`, `alphas`, `betas` and `clip` of the
/// layer in float. It changes no result.
inline constexpr llvm::StringLiteral kGateFunctionsAttr =
    "narrow.gate_functions";

/// Bits of the candidate's product with `reset_after`, sign apart (N82).
inline constexpr int32_t kCandidateBits = 20;

/// The range of each gate's accumulator over all states of `state`'s type:
/// stored `weights` [gates, hidden] and `bias` [gates].
SmallVector<IntegerRange> getStateBounds(QuantView state,
                                         ArrayRef<int64_t> weights,
                                         ArrayRef<int64_t> bias);

/// Integers that bring sums to the scale of the activations' inputs (N80).
struct RecurrentParameters {
  int32_t inputMultiplier = 0, shift = 0;
  SmallVector<int32_t> multipliers, peepholes;
};

/// What they are chosen from: real ratios to the scale of the activations'
/// inputs, and what is multiplied by them.
struct RecurrentRatios {
  double input = 0;
  IntegerRange inputRange;
  SmallVector<double> state, peepholes;
  SmallVector<IntegerRange> accumulators;
  /// The fraction bits of a reset gate that multiplies a product; 0 for none.
  int32_t resetBits = 0;
};

/// Chooses the largest shift with which multipliers fit 31 bits and sums 62.
/// Fails, with a reason, where there is none.
FailureOr<RecurrentParameters> chooseRecurrent(const RecurrentRatios &ratios,
                                               std::string *reason = nullptr);

/// Whether N80's sums stay below 2^62 with these parameters.
bool hasExactSums(const RecurrentParameters &parameters,
                  const RecurrentRatios &ratios);

using RealFunction = function_ref<double(double)>;

/// Segments of the tables that are chosen: a table of an i16 input has one
/// entry more.
inline constexpr int64_t kTableSegments = 512;

/// Returns the largest number of fraction bits, 15 at most, with which i16
/// holds `function` of every input with `inputBits` bits of fraction; 1 counts
/// as held by 15. Nothing where it is not finite or too large.
std::optional<int32_t> chooseTableBits(RealFunction function,
                                       int32_t inputBits);

/// Returns the entries for inputs of `inputBits` and results of `outputBits`
/// bits of fraction, each moved by half of the errors of the chords beside it.
SmallVector<int16_t> buildSegmentTable(RealFunction function, int32_t inputBits,
                                       int32_t outputBits);

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_RECURRENT_H
