//===- Plan.h - what is decided for values and layers ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plan says of values and layers, by their names, what they are stored as.
// It may say nothing of some: these are planned as without it. Whoever decides
// something (a user's file, accuracy that is held, a search) adds entries;
// `applyPlan` writes them as attributes, the planning passes choose the rest,
// and `readPlan` says what came out. The file is described in
// docs/plan-format.md.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PLAN_PLAN_H
#define NARROW_PLAN_PLAN_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Support/Scheme.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace narrow {

/// The discardable attribute of an observer that says why planning chose its
/// type: one word, as in `ValuePlan::reason`.
inline constexpr llvm::StringLiteral kReasonAttr = "narrow.reason";

/// Integers and what they stand for.
struct StoredPlan {
  /// `u2` to `u8` or `i2` to `i8`.
  std::string storage;
  /// The type as it is; without a scale it follows from statistics.
  std::optional<double> scale;
  int64_t zeroPoint = 0;
};

/// What is decided for one value.
struct ValuePlan {
  /// As its `fxp.observe` has it.
  std::string name;
  /// `u2` to `u8`, `i2` to `i8`, or `i16`. `none` where nothing is planned and
  /// `given` where the module gives a type that has no place in a plan: both
  /// say how things are and decide nothing.
  std::string storage;
  /// The type as it is. Without it the range is `range`, or what the estimator
  /// gives for the width.
  std::optional<double> scale;
  int64_t zeroPoint = 0;
  /// What layers read it as, where that is not its own type, which is `i16`. It
  /// has a scale where the value has one.
  std::optional<StoredPlan> layers;
  std::optional<RealRange> range;
  /// One word: `plain`, `result`, `residual`, `held`, ...
  std::string reason;
  /// Its line in the file; entries are printed in the order of their lines.
  int64_t line = 0;
};

/// What is decided for the weights of one layer.
struct LayerPlan {
  /// As `nameLayers` has it.
  std::string name;
  /// It stays in float; then nothing else counts.
  bool isFloat = false;
  fxp::WeightStorage storage = fxp::WeightStorage::I8;
  unsigned bits = 8;
  fxp::WeightGranularity granularity = fxp::WeightGranularity::Channel;
  unsigned block = 0;
  fxp::WeightRounding rounding = fxp::WeightRounding::Nearest;
  bool fullRange = false, pow2 = false;
  fxp::RequantMode requant = fxp::RequantMode::Q15;
  /// When its input gets its scale; unset: by calibration, unless the model or
  /// an option says otherwise.
  std::optional<Scheme> scheme;
  std::string reason;
  int64_t line = 0;

  /// What is known of the layer and decides nothing: its op, how many weights
  /// it has, the bytes of these as they are stored, multiply-accumulates, and a
  /// predicted time.
  std::string op;
  int64_t weights = 0, bytes = 0, macs = 0;
  std::optional<double> microseconds;
};

/// A further node, or the maker of a value, that stays in float.
struct FloatPlan {
  std::string name;
  std::string reason;
  int64_t line = 0;
};

struct Plan {
  /// `hashGraph` of the prepared model; 0 if unknown.
  uint64_t model = 0;
  /// Samples at the end of the calibration set that took no part in ranges and
  /// must take none in repairs.
  int64_t heldBack = 0;
  /// Of ops that are no layers.
  fxp::RequantMode requant = fxp::RequantMode::Q15;
  /// Types of constants: with zero point 0, with scales that are powers of two.
  bool isSymmetric = false, usesPow2 = false;
  /// Which repairs belong to it; empty where that is left to the flags.
  std::string repair;
  std::vector<ValuePlan> values;
  std::vector<LayerPlan> layers;
  std::vector<FloatPlan> floats;
  /// Nodes that were in float, whatever the plan says, because an accumulator
  /// is too small; that others are is an error of the plan.
  std::vector<std::string> overflows;

  bool isEmpty() const {
    return values.empty() && layers.empty() && floats.empty();
  }
  const ValuePlan *findValue(StringRef name) const;
  const LayerPlan *findLayer(StringRef name) const;
  /// Puts an entry in the place of the one of the same name, or adds it.
  void set(ValuePlan value);
  void set(LayerPlan layer);
  void set(FloatPlan kept);
};

/// A layer and the name that plans know it by.
struct NamedLayer {
  Operation *op;
  std::string name;
};

/// Returns the layers of a float module in its order, each named after its
/// node, or where that is not unique after the value it makes, or after its op
/// with a number.
std::vector<NamedLayer> nameLayers(ModuleOp module);

/// Returns a hash of a prepared module's operations, names and constants: equal
/// for models that a plan serves alike, whatever their batch.
uint64_t hashGraph(ModuleOp observed);

/// What the planning passes take as options: storage as NAME=TYPE, ranges as
/// NAME=LOW:HIGH, nodes and values that stay in float.
struct PlanLists {
  std::vector<std::string> types, ranges, keepFloat;
};

/// Writes a plan into a float module before the planning passes run: types of
/// values, `narrow.weights` of layers; what these take as options is added to
/// `lists`. Types that the module gives stay, with a remark. Fails where the
/// plan is of another model, names what is not there, or decides what cannot
/// be; `path` is the plan's, for messages.
llvm::Error applyPlan(ModuleOp module, const Plan &plan, StringRef path,
                      PlanLists &lists);

/// Returns what is planned in a module that the planning passes have seen, with
/// `keepFloat` to be kept in float; `before` gives their reasons.
Plan readPlan(ModuleOp planned, ArrayRef<std::string> keepFloat,
              const Plan &before);

} // namespace narrow

#endif // NARROW_PLAN_PLAN_H
