//===- RepairStep.h - accuracy repaired on samples -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What rounding and saturation cost is partly won back by other constants: a
// repair walks a quantised network layer by layer over calibration samples,
// each layer seeing the inputs that the repaired layers before it make, and
// costs nothing when the network runs. What helps on average can hurt a
// result, so that samples held back judge every step, and what hurts is undone.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REPAIR_REPAIRSTEP_H
#define NARROW_REPAIR_REPAIRSTEP_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Simulate/FloatTaps.h"
#include "narrow/Simulate/LayerWalk.h"

namespace narrow {

/// Which samples a repair learns from and which judge it. Where there are no
/// others, the last of those that train judge as well: what they then judge is
/// a network that was repaired by those in front of them, [0, judgesBegin).
struct SampleSplit {
  int64_t training = 0;
  int64_t judgesBegin = 0, judgesEnd = 0;
  /// Samples that share what one repair may look at: more than those that train
  /// where another network's repair looks at the same places of more samples.
  int64_t drawn = 0;

  /// Splits `count` samples of which at most `most` train: up to `mostJudges`
  /// behind them judge, or else the last quarter of them. One sample alone has
  /// no judge.
  static SampleSplit get(int64_t count, int64_t most, int64_t mostJudges = 8);

  int64_t countJudges() const { return judgesEnd - judgesBegin; }
  /// Whether some of those that train judge.
  bool isShared() const { return judgesBegin < training; }
  int64_t countDrawn() const { return std::max(training, drawn); }
  /// The same samples without those that judge.
  SampleSplit withoutJudges() const {
    int64_t count = std::min(training, judgesBegin);
    return {count, count, count, countDrawn()};
  }
};

/// How many samples are of use.
struct SampleWish {
  int64_t training = 64, judges = 8;
};

/// What repairs work on.
struct RepairContext {
  /// The prepared float model and what the pass `quantize` made from it.
  ModuleOp original, quantized;
  SampleSplit split;
  GetSample getSample;
  /// Gives `original` compiled; may be null.
  GetExecutor getExecutor;
  /// Pairs of weights are safe (PairSafe.h) and have to stay so.
  bool arePairsSafe = false;
  /// Whether somebody gave the type of an input of that name; may be null.
  std::function<bool(StringRef)> isGiven = {};
};

/// The constants of a contraction that repairs change, and what follows from
/// them; of what has no weights its attributes and the result's type.
struct LayerState {
  RankedTensorType weightsType, resultType;
  ElementsAttr weights, bias;
  fxp::RequantAttr requant;
  mlir::DictionaryAttr attributes;

  /// Returns what `op` has; nothing where weights or bias are not constant.
  static std::optional<LayerState> get(Operation *op);
  bool hasWeights() const { return static_cast<bool>(weightsType); }
  /// Gives it to `op`.
  void apply(Operation *op) const;
};

/// A contraction that a step changed, or what had to follow one.
struct RepairedLayer {
  Operation *op;
  LayerState before;
  /// The first of the layers that stay changed or are undone together with this
  /// one; null where it stands for itself.
  Operation *with = nullptr;
};

/// What a step did.
struct RepairReport {
  std::string name;
  /// Contractions that are changed now.
  int64_t changed = 0;
  /// Contractions that could not be repaired: nothing says what they were made
  /// from, or they depend on inputs that are not f32.
  int64_t skipped = 0;
  /// Contractions whose changes were undone.
  SmallVector<Operation *> undone;
  /// What a contraction did not get, and why.
  std::vector<std::pair<Operation *, std::string>> left;
  /// Error of the results on the samples that judge, relative to the float
  /// model's: root of the mean square, averaged over the results' parts;
  /// without this step, with all of it, with what stayed. 0 where none judged.
  double errorBefore = 0, errorWithAll = 0, error = 0;
  double seconds = 0;

  /// Signal to noise won on the samples that judge, in dB; 0 where none judged.
  double getGain() const;
};

/// One way to repair.
class RepairStep {
public:
  virtual ~RepairStep();
  /// The name that options and reports use.
  virtual StringRef getName() const = 0;
  virtual StringRef getSummary() const = 0;
  /// More samples than that are not worth their time.
  virtual SampleWish getSampleWish() const { return {}; }
  /// Whether samples judge what it did; not where nothing is estimated.
  virtual bool isJudged() const { return true; }
  /// Whether it gives inputs other types.
  virtual bool changesCasts() const { return false; }
  /// Whether it gives values other types, so that layers of two repaired
  /// networks may not stand for each other.
  virtual bool changesTypes() const { return false; }
  /// Repairs the contractions of one function of `context.quantized` in their
  /// order and returns those that it changed; counts and says in `report` what
  /// it left alone. Fails where a model cannot be run.
  virtual llvm::Expected<SmallVector<RepairedLayer>>
  run(mlir::func::FuncOp function, const RepairContext &context,
      RepairReport &report) = 0;
};

using RepairSteps = std::vector<std::unique_ptr<RepairStep>>;

/// Stores inputs whose values lie on a grid of at most 256 steps (channel by
/// channel, as those of pixels do that were normalised) as these steps, so that
/// nothing of them is rounded away: by a scale and a zero point for each
/// channel, where layers with constant weights alone read them (N1). The part
/// of a step that the grid lies beside zero goes into the layers' biases; at
/// the rim of a padded image it is lost.
std::unique_ptr<RepairStep> createAlignInputs();

/// Makes the mean error of each channel up in its bias (after Nagel et al.,
/// Data-Free Quantization through Weight Equalization and Bias Correction,
/// 2019, with measured instead of derived means): over the samples that train
/// each output channel gets the float model's mean before it is requantised.
/// Where the result is only added to another value, that value's error of the
/// mean is taken back too. Nothing but biases changes.
std::unique_ptr<RepairStep> createCorrectBias();

/// Gives what depthwise convolutions alone read a scale for each channel, of
/// its own values' range: the producer's requantisation and the readers' weight
/// scales take it (N1), so that nothing is rounded anew. (Equalisation of
/// activations: Nagel et al. as above, where it is one of weights.)
std::unique_ptr<RepairStep> createScaleChannels();

/// Gives what other contractions read a scale for each channel, between the
/// range of its values and that of the weights that it is multiplied with (as
/// Xiao et al., SmoothQuant, 2023), where that makes the noise that rounding
/// both is expected to give less.
std::unique_ptr<RepairStep> createBalanceChannels();

/// Rounds the model's weights by second order (Frantar et al., GPTQ, 2022) for
/// the inputs that they really get. Biases follow as above.
std::unique_ptr<RepairStep> createRoundWeights();

/// Fits the weights to the inputs that they really get: the real weights that
/// bring the layer's results closest to the float model's (as Zhang et al.,
/// Qronos: Correcting the Past by Shaping the Future in Post-Training
/// Quantization, 2025, for all weights at once and drawn to those of the
/// model), rounded by second order (Frantar et al., GPTQ, 2022), with scales of
/// their own. Biases follow as above; layers that cannot be fitted have their
/// biases corrected alone.
std::unique_ptr<RepairStep> createFitWeights();

/// Returns the steps of that name: `none`, one step's, `all`, or names of steps
/// with commas between them; nothing if a name is unknown. They run in the
/// order of `all`.
std::optional<RepairSteps> getRepairSteps(StringRef name);
/// Returns `name` without the steps that change types.
std::string withoutTypeChanges(StringRef name);
/// Returns the names that it knows, with commas between them.
std::string getRepairNames();

/// Splits `count` samples for `steps`, which run on `quantized`: `most` of them
/// train, or else as many as the steps wish and memory allows.
SampleSplit splitSamples(const RepairSteps &steps, ModuleOp quantized,
                         int64_t count, std::optional<int64_t> most);

/// Runs steps one after the other. Where the results (the parts of
/// concatenated ones apart) are further from the float model's on the samples
/// that judge than without a step, it is undone from some depth on, for each
/// part's own layers at its own depth: the depth that is best on those samples,
/// of a few that are tried.
llvm::Expected<std::vector<RepairReport>> repair(const RepairSteps &steps,
                                                 const RepairContext &context);

} // namespace narrow

#endif // NARROW_REPAIR_REPAIRSTEP_H
