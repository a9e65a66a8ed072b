//===- ResizeTaps.cpp - interpolation weights of nn.resize ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Nn/IR/ResizeTaps.h"
#include <cmath>

using namespace narrow;
using namespace narrow::nn;

/// Returns the input position, in input pixels, of result position `at`. In f32
/// throughout, as exporters and runtimes compute it: with a scale of 0.3 pixel
/// 3 comes from pixel 10, and not from just below it.
static float getPosition(ResizeOp op, unsigned axis, int64_t at, int64_t inSize,
                         int64_t outSize) {
  auto scale = float(op.getScales()[axis]);
  auto to = float(at), in = float(inSize), out = float(outSize);
  switch (op.getCoordinates()) {
  case ResizeCoordinates::HalfPixel:
    return (to + 0.5f) / scale - 0.5f;
  case ResizeCoordinates::HalfPixelSymmetric: {
    // The input's centre stays at the result's centre although the result's
    // size was rounded.
    float adjustment = out / (scale * in);
    return in / 2 * (1 - adjustment) + (to + 0.5f) / scale - 0.5f;
  }
  case ResizeCoordinates::PytorchHalfPixel:
    return outSize > 1 ? (to + 0.5f) / scale - 0.5f : 0.0f;
  case ResizeCoordinates::AlignCorners:
    // As ONNX's reference, with the scaled size before it is rounded.
    return outSize > 1 ? to * (in - 1) / (scale * in - 1) : 0.0f;
  case ResizeCoordinates::Asymmetric:
    return to / scale;
  case ResizeCoordinates::TfHalfPixelForNn:
    return (to + 0.5f) / scale;
  case ResizeCoordinates::TfCropAndResize: {
    ArrayRef<double> roi = *op.getRoi();
    auto start = float(roi[axis]), end = float(roi[axis + 2]);
    if (outSize <= 1)
      return 0.5f * (start + end) * (in - 1);
    return start * (in - 1) + to * (end - start) * (in - 1) / (out - 1);
  }
  }
  llvm_unreachable("unknown resize coordinates");
}

static int64_t getNearest(NearestMode mode, double position) {
  switch (mode) {
  case NearestMode::RoundPreferFloor:
    return std::ceil(position - 0.5);
  case NearestMode::RoundPreferCeil:
    return std::floor(position + 0.5);
  case NearestMode::Floor:
    return std::floor(position);
  case NearestMode::Ceil:
    return std::ceil(position);
  }
  llvm_unreachable("unknown nearest mode");
}

/// The triangle filter; `distance` >= 0 in (widened) pixels.
static double getLinearWeight(double distance) {
  return std::max(0.0, 1.0 - distance);
}

/// Keys' cubic filter with coefficient `a`.
static double getCubicWeight(double distance, double a) {
  double d = distance;
  if (d <= 1)
    return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2)
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

double nn::getResizePosition(ResizeOp op, unsigned axis, int64_t at) {
  return getPosition(op, axis, at, op.getInput().getType().getDimSize(1 + axis),
                     op.getResult().getType().getDimSize(1 + axis));
}

ResizeTaps nn::computeResizeTaps(ResizeOp op, unsigned axis) {
  int64_t in = op.getInput().getType().getDimSize(1 + axis);
  int64_t out = op.getResult().getType().getDimSize(1 + axis);
  bool nearest = op.getMode() == ResizeMode::Nearest;
  bool cubic = op.getMode() == ResizeMode::Cubic;
  double coefficient = op.getCubicCoefficient().convertToFloat();
  // A filter that shrinks covers more than its usual neighbours.
  double stretch = 1.0;
  if (op.getAntialias() && !nearest)
    stretch = std::max(1.0, 1.0 / op.getScales()[axis]);
  double reach = (cubic ? 2.0 : 1.0) * stretch;

  ResizeTaps taps;
  taps.count = nearest ? 1 : int64_t(std::ceil(reach)) * 2 + (stretch > 1.0);
  for (int64_t at = 0; at < out; ++at) {
    double position = getPosition(op, axis, at, in, out);
    taps.inside.push_back(op.getCoordinates() !=
                              ResizeCoordinates::TfCropAndResize ||
                          (position >= 0 && position <= in - 1));
    if (nearest) {
      int64_t index = getNearest(op.getNearestMode(), position);
      taps.indices.push_back(std::clamp<int64_t>(index, 0, in - 1));
      taps.weights.push_back(1.0f);
      continue;
    }
    int64_t first =
        int64_t(std::floor(position)) - int64_t(std::ceil(reach)) + 1;
    SmallVector<double> weights;
    double sum = 0;
    for (int64_t t = 0; t < taps.count; ++t) {
      double distance = std::abs(position - double(first + t)) / stretch;
      double weight = cubic ? getCubicWeight(distance, coefficient)
                            : getLinearWeight(distance);
      if (op.getExcludeOutside() && (first + t < 0 || first + t >= in))
        weight = 0;
      weights.push_back(weight);
      sum += weight;
    }
    bool normalise = sum != 0 && (op.getExcludeOutside() || stretch > 1.0);
    for (int64_t t = 0; t < taps.count; ++t) {
      taps.indices.push_back(std::clamp<int64_t>(first + t, 0, in - 1));
      taps.weights.push_back(float(normalise ? weights[t] / sum : weights[t]));
    }
  }
  return taps;
}
