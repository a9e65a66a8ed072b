//===- OnnxRuntime.cpp - the arithmetic of ONNX Runtime -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OnnxRuntime.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Plan/TypeChoice.h"
#include <cmath>

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

// Operands are floats that doubles hold: products and quotients of two of them,
// rounded to f32, are those of f32.

static float multiply(double a, double b) { return static_cast<float>(a * b); }
static float divide(double a, double b) { return static_cast<float>(a / b); }

double quantize::getProductRatio(double x, double w, double y) {
  return divide(multiply(x, w), y);
}

double quantize::getMeanRatio(double x, double y, int64_t count) {
  return divide(x, multiply(y, static_cast<float>(count)));
}

std::function<double(double)>
quantize::roundedToEven(std::function<double(double)> function,
                        UniformQuantizedType type) {
  return [function = std::move(function), scale = type.getScale()](double x) {
    float real = static_cast<float>(function(static_cast<float>(x)));
    return std::nearbyint(divide(real, scale)) * scale;
  };
}

FailureOr<StoredLayer> quantize::restoreLayer(const StoredWeights &note,
                                              ArrayRef<float> weights,
                                              ArrayRef<float> biases,
                                              double inputScale,
                                              std::string &reason) {
  StoredLayer layer;
  size_t channels = biases.size(), depth = weights.size() / channels;
  if (note.scales.size() != 1 && note.scales.size() != channels) {
    reason = "its output channels are not those of the model";
    return failure();
  }
  auto isListed = [&](size_t count) { return !count || count == channels; };
  if (!isListed(note.biases.size()) || !isListed(note.storedBiases.size())) {
    reason = "its biases are not those of the model";
    return failure();
  }
  for (size_t c = 0; c < channels; ++c) {
    float scale = note.scales[note.scales.size() == 1 ? 0 : c];
    std::optional<WeightGrid> grid =
        getWeightGrid(weights.slice(c * depth, depth), scale);
    if (!grid) {
      reason = "its weights are not those of the model, or do not fit 8 bits";
      return failure();
    }
    layer.grids.push_back(std::move(*grid));
    float noted = note.biases.empty() ? 0.0f : note.biases[c];
    if (noted != biases[c]) {
      reason = "its biases are not those of the model";
      return failure();
    }
    if (!note.storedBiases.empty()) {
      layer.biases.push_back(note.storedBiases[c]);
      continue;
    }
    float steps = divide(noted, multiply(inputScale, scale));
    if (!(std::abs(steps) < 0x1p31f)) {
      reason = "its biases do not fit 32 bits at its scales";
      return failure();
    }
    layer.biases.push_back(std::llrint(steps));
  }
  return layer;
}

/// Returns whether the clamp of `tail` is more than that of `type`.
static bool narrows(const Tail &tail, UniformQuantizedType type) {
  return tail.hasClamp() &&
         (toStored(tail.low, type) > type.getStorageTypeMin() ||
          toStored(tail.high, type) < type.getStorageTypeMax());
}

std::optional<std::string>
quantize::findFloatContraction(Operation *op, UniformQuantizedType lhs,
                               UniformQuantizedType rhs,
                               UniformQuantizedType result, const Tail &tail) {
  auto isWide = [](UniformQuantizedType type) {
    return type && type.getStorageTypeIntegralWidth() != 8;
  };
  std::optional<StoredWeights> note = findStoredWeights(op);
  bool isSignedRight =
      rhs ? rhs.isSigned() : !note || !note->type.isUnsignedInteger();
  if (isa<nn::TransposedConv2DOp>(op))
    return "it has transposed convolutions in float alone";
  bool isSum = result.getStorageTypeIntegralWidth() > 16;
  if (isWide(lhs) || isWide(rhs) || (isWide(result) && !isSum) ||
      (note && note->type.getIntOrFloatBitWidth() != 8))
    return "it has integers of 8 bits alone";
  if (narrows(tail, result))
    return "a clamp behind it is more than its result's type";
  if (tail.factor != 1)
    return "a product stands behind it";
  // On integers, every mixture has a kernel.
  if (note && !note->hasCasts)
    return std::nullopt;
  if (lhs.isSigned() != result.isSigned())
    return "its input and its result are not both signed or both unsigned";
  if (lhs.isSigned() && !isSignedRight)
    return "its input is signed and its weights are not";
  if (isa<nn::Conv2DOp>(op) && lhs.isSigned())
    return "between casts, it has convolutions of signed inputs in integers "
           "only on Arm, or where it can make their types unsigned";
  return std::nullopt;
}

std::optional<std::string> quantize::findFloatOperation(Operation *op) {
  if (isContraction(op) || getMovement(op) == Movement::Picks ||
      getMovement(op) == Movement::Pads || isa<nn::FakeQuantizeOp>(op))
    return std::nullopt;
  // In tables: products and comparisons alone are the same to the last bit.
  if (isa<tosa::ClampOp, nn::PreluOp>(op))
    return std::nullopt;
  if (auto unary = dyn_cast<nn::UnaryOp>(op);
      unary && unary.getKind() == nn::UnaryKind::LeakyRelu)
    return std::nullopt;
  return "it has this operation in float";
}
