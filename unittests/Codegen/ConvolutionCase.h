//===- ConvolutionCase.h - a random convolution and its oracle -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_UNITTESTS_CODEGEN_CONVOLUTIONCASE_H
#define NARROW_UNITTESTS_CODEGEN_CONVOLUTIONCASE_H

#include "KernelRunner.h"
#include <random>

namespace narrow::test {

/// One convolution by its sizes, filled with random numbers from `seed`.
struct ConvolutionCase {
  int64_t h = 8, w = 8, cin = 16, cout = 16, kh = 3, kw = 3;
  int64_t stride = 1, pad = 1, dilation = 1, groups = 1;
  fxp::RequantMode mode = fxp::RequantMode::Q15;
  unsigned outputBits = 8;
  bool inputSigned = false, outputSigned = false, bounds = false;
  bool extreme =
      false; ///< Weights and activations at the ends of their ranges.
  int64_t extraHalo = 0; ///< Beyond what the kernel wants.
  int64_t outputHalo = 0;
  bool fullyConnected = false; ///< `w` rows of `cin` by `cout`.
  bool transposed = false;
  unsigned inputBits = 8;
  int64_t weightZero = 0; ///< Weights are u8 where it is not 0.
  bool wide = false;      ///< i64 bias and accumulators.
  unsigned seed = 1;

  int64_t oh() const { return outputs(h, kh); }
  int64_t ow() const { return outputs(w, kw); }
  int64_t outputs(int64_t size, int64_t kernel) const {
    int64_t window = dilation * (kernel - 1) + 1;
    return transposed ? (size - 1) * stride + window - 2 * pad
                      : (size + 2 * pad - window) / stride + 1;
  }
};

/// The op, its numbers, and the outputs by plain loops.
class ConvolutionData {
public:
  explicit ConvolutionData(const ConvolutionCase &c);

  /// Compiles the op's kernel for `target`, runs it, and returns how many bytes
  /// of the output buffer differ: outputs, and bytes around them that changed.
  int64_t countDifferences(const Target &target);
  /// Returns the least time of a call in nanoseconds.
  double time(const Target &target);

private:
  void buildOp();
  void computeExpected();
  void computeTransposed();
  int64_t requant(int64_t accumulator, int64_t channel) const;

  ConvolutionCase c;
  OwningOpRef<ModuleOp> module;
  Operation *op = nullptr;
  int64_t inputZero = 0, outputZero = 0;
  std::vector<int32_t> input, weights, bias, multiplier, shift, offset, low,
      high, expected;
};

} // namespace narrow::test

#endif // NARROW_UNITTESTS_CODEGEN_CONVOLUTIONCASE_H
