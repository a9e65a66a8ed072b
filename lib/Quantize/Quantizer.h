//===- Quantizer.h - one function from float to fixed point ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks a float function once, in order, and builds the fixed-point form of
// each op beside it. Values exist in float, in fixed point, or in both; casts
// appear where a reader needs the form that is not there.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_QUANTIZE_QUANTIZER_H
#define NARROW_LIB_QUANTIZE_QUANTIZER_H

#include "InputNormalization.h"
#include "OnnxRuntime.h"
#include "UnaryFunctions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Plan/WeightGrid.h"
#include "narrow/Plan/WeightPlan.h"
#include "narrow/Quantize/Passes.h"
#include "llvm/ADT/DenseSet.h"

namespace narrow::quantize {

using mlir::quant::UniformQuantizedType;

/// Nothing, or why an op has no fixed-point form.
using Refusal = std::optional<std::string>;
inline const Refusal kConverted = std::nullopt;

class Quantizer {
public:
  Quantizer(mlir::func::FuncOp func, const QuantizeOptions &options,
            QuantizeReport &report)
      : func(func), options(options),
        keepFloat(func, options.keepFloat, options.io == Interface::Float),
        report(report), builder(func.getContext()) {}

  /// Converts the function. Fails only where `integer-only` forbids a float op.
  LogicalResult run();

private:
  // The walk (Quantizer.cpp).
  Refusal convert(Operation *op);
  /// Converts an op of the nn dialect; defined for each in the file of its
  /// family. Where one is missing, the program does not link.
  template <typename NnOp>
  Refusal convertNn(NnOp op);
  template <typename... NnOps>
  Refusal convertOneOf(Operation *op);
  LogicalResult stayFloat(Operation *op, StringRef reason);
  void finish(ArrayRef<Operation *> order);
  void quantizeInterface();
  void note(Operation *op, StringRef kind, StringRef reason);
  /// Notes that a result may differ from ONNX Runtime's, which is asked for.
  void noteInexact(Operation *op, StringRef reason);

  /// Returns the type planned for `value`, or null.
  UniformQuantizedType getPlanned(Value value) const {
    return planned.lookup(value);
  }
  /// Returns the fixed-point form of `value`, made by a cast if need be, or
  /// null if no type is planned for it.
  Value getQuantized(Value value);
  /// As above; a constant takes `type`, that of its neighbours.
  Value getQuantizedAs(Value value, UniformQuantizedType type);
  /// As above, in the type that is planned for layers that read it.
  Value getLayerInput(Value value);
  /// Returns `value` in `type`, requantised where it has another one.
  Value coerce(Value value, UniformQuantizedType type);
  /// Records that `tail` (the op and what follows it) is now `value`.
  Refusal replace(Operation *op, const Tail &tail, Value value);
  Refusal replace(Operation *op, Value value);
  Tail getTailOf(Operation *op) const {
    return getTail(op, takesFactor(op), keepFloat);
  }

  /// Stored bounds of a tail's clamp; nothing where the storage range has them.
  struct Bounds {
    std::optional<int32_t> min, max;
  };
  Bounds getBounds(const Tail &tail, UniformQuantizedType type) const;
  /// Chooses a requantisation to `type` with the tail's clamp.
  FailureOr<fxp::RequantAttr>
  requant(Operation *op, ArrayRef<double> ratios, UniformQuantizedType type,
          const Tail *tail, std::string &reason,
          ArrayRef<fxp::IntegerRange> accumulators = {},
          ArrayRef<double> biasRemainders = {});
  fxp::WeightsAttr getWeights(Operation *layer) const {
    return getWeightPlan(layer, options.requant);
  }

  /// Whether casts at the rim may be more than an argument's or a result's own.
  bool hasFreeCasts() const {
    return options.io == Interface::Float && !options.plainCasts;
  }

  // Casts of arguments (InputNormalization.cpp).
  bool belongsToInputCast(Operation *op, const InputNormalization &form) const;
  Refusal convertToInputCast(Operation *op, const InputNormalization &form);

  // Contractions (QuantizeContractions.cpp).
  struct Weights {
    Value weights, bias;
    SmallVector<double> ratios;
    SmallVector<fxp::IntegerRange> accumulators;
    /// What rounding the biases lost, in accumulator steps.
    SmallVector<double> biasRemainders;
  };
  /// Returns a layer's constants in the integers of its file where these are
  /// asked for; none, with a remark, where they are unknown.
  std::optional<StoredLayer> takeStoredLayer(Operation *op, ArrayRef<float> w,
                                             ArrayRef<float> b, double scale);
  /// Notes a contraction that it has in float; `rhs` is null for weights.
  void noteFloatContraction(Operation *op, UniformQuantizedType lhs,
                            UniformQuantizedType rhs,
                            UniformQuantizedType result, const Tail &tail);
  /// Quantises constant weights, rows of which are output channels, and biases.
  FailureOr<Weights> quantizeWeights(Operation *op, Value weights, Value bias,
                                     UniformQuantizedType input,
                                     double resultScale, double factor,
                                     std::string &reason);
  /// Returns the integers that the weights of each output channel are already,
  /// and sets their scales; none, with a remark, where one has none. Scales
  /// that had to be raised for a bias are kept.
  SmallVector<WeightGrid>
  findWeightGrids(Operation *op, ArrayRef<float> weights, WeightScales &scales);
  /// Builds the fixed-point op of a layer from its result type and operands.
  using MakeLayer =
      llvm::function_ref<Value(Type, Value, const Weights &, fxp::RequantAttr)>;
  /// What convolutions and linear layers share.
  template <typename NnOp>
  Refusal convertContraction(NnOp op, MakeLayer make);
  /// Makes the exact sums of a layer of no planned result type, as floats.
  Refusal convertToSums(Operation *op, Value input, MakeLayer make);
  template <typename NnOp, typename FxpOp>
  Refusal convertConvolution(NnOp op);
  /// Converts `op`, which sums `depth` products of elements of `x` and `y`.
  template <typename FxpOp>
  Refusal convertProduct(Operation *op, Value x, Value y, int64_t depth);

  // Elementwise (QuantizeElementwise.cpp).
  template <typename FxpOp>
  Refusal convertAdd(Operation *op);
  Refusal convertMul(mlir::tosa::MulOp op);
  /// Converts one of these, or a sum, difference, minimum or maximum.
  Refusal convertBinary(Operation *op);
  /// Converts a unary function, or an op with a constant on one side, to a
  /// table for an input of at most `mostBits`.
  Refusal convertFunction(Operation *op, unsigned mostBits = 16);
  /// Replaces the function's last op by a table.
  Refusal convertToTable(const UnaryFunction &function, unsigned mostBits = 16);
  /// Converts a PReLU by what lies above zero and what lies below it: a product
  /// with the slopes, of any shape that is broadcast.
  Refusal convertSides(nn::PreluOp op);
  /// Returns the function of `input` in `type`: from a short table where one
  /// comes close enough (`chooseInterpolation`), else from a full one, which
  /// leaves a remark where it is large.
  Value buildTable(const UnaryFunction &function, Value input,
                   UniformQuantizedType type);
  /// Sets `input` to what a softmax along `axis` reads in fixed point.
  Refusal getSoftmaxInput(Value value, int64_t axis, Value &input);
  /// Returns `scores` in 16 bits or more, the lowest stored integer where
  /// `mask` is false and nowhere else.
  Value maskScores(Value scores, Value mask);
  /// Replaces `op`, along `axis`, by what `make` builds along the last one.
  Refusal replaceAlongLast(Operation *op, int64_t axis, Value input,
                           llvm::function_ref<Value(Value)> make);

  // Normalisations (QuantizeNorms.cpp).
  /// `scale` and `offset`, null for 1 and 0, belong to the last axes.
  Refusal convertNorm(Operation *op, ArrayRef<int64_t> axes, bool centred,
                      double epsilon, Value scale, Value offset);

  // Recurrent layers (QuantizeRecurrent.cpp).
  /// Sets what all of them start with: the type of states, the stored input.
  Refusal beginRecurrent(Operation *op, Value input, Value outputs,
                         Value &stored, UniformQuantizedType &state);
  /// Returns an initial state in `type`, null where no type is known for it.
  Value getState(Value value, UniformQuantizedType type);
  /// Returns the lengths of sequences, null for none.
  Value getLengths(Value lengths);
  /// Records that the result `value` is now `made`, in the type planned for it.
  void setResult(Value value, Value made);

  // Pools, reductions and movement (QuantizePools.cpp, QuantizeMovement.cpp).
  Refusal convertReduceSum(mlir::tosa::ReduceSumOp op);
  Refusal convertReduceMax(mlir::tosa::ReduceMaxOp op);
  Refusal convertMovement(Operation *op);

  // Results whose parts keep their types (QuantizeParts.cpp).
  /// Whether `op` joins parts as floats, or moves what does.
  bool movesFloats(Operation *op) const;
  Refusal convertMovedFloats(Operation *op);
  /// Returns `value` as floats: the cast of its fixed-point form, if it has
  /// one.
  Value getCast(Value value);

  // Operations on plain integers (QuantizeIntegers.cpp).
  /// Returns the stored integers of `value` as plain ones of `bits` bits.
  Value getPlain(Value value, unsigned bits);
  Value getStored(Value plain, UniformQuantizedType type);
  /// Records that the integers or booleans that `op` makes are now `value`.
  Refusal replaceByPlain(Operation *op, Value value);
  Refusal convertCast(mlir::tosa::CastOp op);
  Refusal convertFromInteger(mlir::tosa::CastOp op);
  Refusal convertToInteger(mlir::tosa::CastOp op);
  Refusal convertArgMax(mlir::tosa::ArgMaxOp op);
  /// Returns stored integers of `type` that compare, by `op`, as the numbers of
  /// `constant` do with what the other ones dequantise to (N11); null for NaN.
  Value getThresholds(Operation *op, Value constant, UniformQuantizedType type,
                      bool isLeft);
  /// Converts greater, greater_equal and equal.
  Refusal convertComparison(Operation *op);
  /// Converts a select or a scatter.
  Refusal convertPick(Operation *op);
  /// Gathers along the middle axis of `input`.
  Value gather(mlir::tosa::GatherOp op, Value input, Type resultType);
  MLIRContext *getContext() const { return builder.getContext(); }
  RankedTensorType withElementType(Value value, Type element) const {
    return cast<RankedTensorType>(value.getType()).clone(element);
  }

  mlir::func::FuncOp func;
  const QuantizeOptions &options;
  KeepFloat keepFloat;
  QuantizeReport &report;
  OpBuilder builder;
  DenseMap<Value, UniformQuantizedType> planned;
  /// Ops that an argument's cast computes.
  DenseMap<Operation *, InputNormalization> inputCasts;
  /// Ops that become one table together.
  std::optional<Chains> chains;
  /// What layers read in the place of a value of another type; made once.
  DenseMap<Value, std::pair<UniformQuantizedType, Value>> layerInputs;
  /// Fixed-point form of float values.
  DenseMap<Value, Value> quantized;
  /// Float ops that fixed-point ops replaced.
  llvm::DenseSet<Operation *> converted;
};

} // namespace narrow::quantize

#endif // NARROW_LIB_QUANTIZE_QUANTIZER_H
