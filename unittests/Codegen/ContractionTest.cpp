//===- ContractionTest.cpp - contraction kernels against plain loops ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionCase.h"
#include "gtest/gtest.h"

using namespace narrow;
using namespace narrow::test;
using fxp::RequantMode;

namespace {

/// Runs a case on every vector level of this machine. (The levels of other
/// machines and `scalar` are compared with the interpreter in test/Codegen.)
void check(const ConvolutionCase &c) {
  ConvolutionData data(c);
  for (const Target &target : getTargets())
    if (target.rank > 0 && canRun(target))
      EXPECT_EQ(data.countDifferences(target), 0) << target.name.str();
}

ConvolutionCase conv(int64_t h, int64_t w, int64_t cin, int64_t cout, int64_t k,
                     int64_t stride, int64_t pad) {
  ConvolutionCase c;
  c.h = h;
  c.w = w;
  c.cin = cin;
  c.cout = cout;
  c.kh = c.kw = k;
  c.stride = stride;
  c.pad = pad;
  return c;
}

ConvolutionCase linear(int64_t rows, int64_t cin, int64_t cout) {
  ConvolutionCase c = conv(1, rows, cin, cout, 1, 1, 0);
  c.fullyConnected = true;
  return c;
}

TEST(Contraction, Pointwise) { check(conv(7, 9, 32, 64, 1, 1, 0)); }

TEST(Contraction, ThreeByThree) {
  ConvolutionCase c = conv(8, 8, 16, 32, 3, 1, 1);
  c.outputHalo = 1;
  check(c);
}

TEST(Contraction, FirstLayers) {
  check(conv(12, 12, 1, 8, 5, 1, 2));
  check(conv(11, 13, 3, 16, 3, 2, 1));
}

TEST(Contraction, OddChannels) {
  ConvolutionCase c = conv(5, 6, 7, 23, 3, 1, 1);
  c.extraHalo = 1;
  c.outputHalo = 2;
  check(c);
  c = conv(5, 6, 13, 90, 3, 2, 0);
  c.outputHalo = 1;
  check(c);
}

TEST(Contraction, Dilated) {
  ConvolutionCase c = conv(9, 9, 6, 20, 3, 1, 2);
  c.dilation = 2;
  check(c);
}

TEST(Contraction, OneDimensional) {
  ConvolutionCase c = conv(1, 30, 8, 16, 1, 2, 0);
  c.kw = 5;
  check(c);
}

TEST(Contraction, Grouped) {
  ConvolutionCase c = conv(6, 6, 12, 20, 3, 1, 1);
  c.groups = 4;
  c.outputHalo = 1;
  check(c);
}

ConvolutionCase depthwise(int64_t h, int64_t w, int64_t channels, int64_t k,
                          int64_t stride) {
  ConvolutionCase c = conv(h, w, channels, channels, k, stride, k / 2);
  c.groups = channels;
  c.outputHalo = 1;
  return c;
}

TEST(Contraction, Depthwise) {
  for (int64_t k : {3, 5})
    for (int64_t stride : {1, 2}) {
      SCOPED_TRACE(testing::Message() << k << "x" << k << "/" << stride);
      check(depthwise(7, 10, 24, k, stride));
    }
  check(depthwise(7, 10, 117, 3, 1));
}

TEST(Contraction, DepthwiseAnyWindow) {
  check(depthwise(8, 9, 40, 2, 1));
  check(depthwise(9, 9, 16, 7, 1));
  check(depthwise(9, 9, 16, 3, 3));
  ConvolutionCase c = depthwise(9, 9, 16, 3, 1);
  c.dilation = 2;
  c.pad = 2;
  check(c);
  c = depthwise(1, 30, 16, 1, 1);
  c.kw = 5;
  c.pad = 0;
  check(c);
}

TEST(Contraction, DepthwiseForms) {
  ConvolutionCase c = depthwise(6, 7, 72, 3, 1);
  c.inputSigned = c.outputSigned = c.bounds = true;
  check(c);
  c = depthwise(6, 7, 20, 3, 1);
  c.bounds = c.extreme = true;
  c.mode = RequantMode::Q31;
  check(c);
  c.outputBits = 16;
  check(c);
}

TEST(Contraction, SignedActivations) {
  ConvolutionCase c = conv(6, 7, 16, 32, 3, 1, 1);
  c.inputSigned = c.outputSigned = true;
  check(c);
}

TEST(Contraction, ExtremeValues) {
  ConvolutionCase c = conv(5, 5, 32, 48, 3, 1, 1);
  c.extreme = true;
  check(c);
  c.inputSigned = true;
  check(c);
}

TEST(Contraction, Modes) {
  for (RequantMode mode : {RequantMode::Q15, RequantMode::Q31, RequantMode::F32,
                           RequantMode::Pow2, RequantMode::Q31Double})
    for (int output = 0; output < 3; ++output) {
      ConvolutionCase c = conv(5, 5, 8, 40, 1, 1, 0);
      c.mode = mode;
      c.outputSigned = output == 1;
      c.outputBits = output == 2 ? 16 : 8;
      c.bounds = output != 0;
      c.seed = 10 * int(mode) + output;
      SCOPED_TRACE(c.seed);
      check(c);
    }
}

TEST(Contraction, FullyConnected) {
  check(linear(1, 64, 10));
  check(linear(1, 100, 300));
  check(linear(1, 7, 64));
  check(linear(5, 37, 150));
}

TEST(Contraction, Transposed) {
  for (int64_t stride : {1, 2})
    for (int64_t k : {2, 3}) {
      SCOPED_TRACE(testing::Message() << k << "x" << k << "/" << stride);
      ConvolutionCase c = conv(5, 6, 12, 20, k, stride, 1);
      c.transposed = true;
      c.outputHalo = 1;
      check(c);
    }
  ConvolutionCase c = conv(5, 6, 8, 12, 3, 2, 0);
  c.transposed = true;
  c.dilation = 2;
  c.groups = 2;
  check(c);
}

TEST(Contraction, Widening) {
  ConvolutionCase c = conv(5, 6, 6, 21, 3, 1, 1);
  c.weightZero = 100;
  c.outputHalo = 1;
  check(c);
  c.groups = 3;
  check(c);
  c = linear(3, 40, 21);
  c.weightZero = 3;
  check(c);
}

TEST(Contraction, SixteenBitActivations) {
  for (RequantMode mode : {RequantMode::Q15, RequantMode::Q31, RequantMode::F32,
                           RequantMode::Pow2, RequantMode::Q31Double}) {
    SCOPED_TRACE(int(mode));
    ConvolutionCase c = conv(4, 5, 10, 18, 3, 1, 1);
    c.inputBits = 16;
    c.inputSigned = c.wide = true;
    c.mode = mode;
    check(c);
  }
}

TEST(Contraction, Logits) {
  ConvolutionCase c = linear(1, 64, 10);
  c.mode = RequantMode::Q31;
  c.outputBits = 16;
  check(c);
}

} // namespace
