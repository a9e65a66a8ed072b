//===- OnnxRuntime.h - the arithmetic of ONNX Runtime -----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `quantize` asks where a quantised model is to give ONNX Runtime's own
// bits (docs/decisions/0015-exact-onnxruntime.md): its f32 ratios, the integers
// of its files, and where it computes in float itself.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_QUANTIZE_ONNXRUNTIME_H
#define NARROW_LIB_QUANTIZE_ONNXRUNTIME_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Plan/WeightGrid.h"
#include "narrow/Support/StoredWeights.h"
#include <functional>

namespace narrow::quantize {

using mlir::quant::UniformQuantizedType;

/// Returns f32(f32(x * w) / y), the ratio of a sum of products.
double getProductRatio(double x, double w, double y);

/// Returns f32(x / f32(y * count)), that of a mean of `count` values.
double getMeanRatio(double x, double y, int64_t count);

/// Returns `function` of f32 values as a table of `type` is made of it: the
/// quotient by the scale in f32, rounded to nearest even, times the scale.
std::function<double(double)>
roundedToEven(std::function<double(double)> function,
              UniformQuantizedType type);

/// A layer's constants in the integers of its file.
struct StoredLayer {
  /// One for each output channel.
  SmallVector<WeightGrid> grids;
  SmallVector<int64_t> biases;
};

/// Returns the integers that `weights` [O, K] and `biases` [O] are by the note
/// of the layer; none, with the reason, where they are not what was noted.
FailureOr<StoredLayer> restoreLayer(const StoredWeights &note,
                                    ArrayRef<float> weights,
                                    ArrayRef<float> biases, double inputScale,
                                    std::string &reason);

/// Returns why ONNX Runtime computes a contraction of the values `lhs` and
/// `rhs` in float, so that its result may be a step away; nothing where it has
/// integers. `tail` is what is folded behind the op.
std::optional<std::string> findFloatContraction(Operation *op,
                                                UniformQuantizedType lhs,
                                                UniformQuantizedType rhs,
                                                UniformQuantizedType result,
                                                const Tail &tail);

/// Returns why it computes `op`, which is no contraction, in float.
std::optional<std::string> findFloatOperation(Operation *op);

} // namespace narrow::quantize

#endif // NARROW_LIB_QUANTIZE_ONNXRUNTIME_H
