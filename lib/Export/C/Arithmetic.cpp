//===- Arithmetic.cpp - what operations compute, in words -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "llvm/ADT/StringSwitch.h"

using namespace narrow;

StringRef exporting::getFormula(StringRef op) {
  return llvm::StringSwitch<StringRef>(op)
      .Case("quantize",
            "y = clamp(rne(x * (float)(1 / scale)) + zero_point); with mean "
            "and factor y = clamp(rne((x - mean[c]) * factor[c]) + zero_point)")
      .Case("dequantize", "y = (float)(q - zero_point) * (float)scale")
      .Case("requantize", "a = q - zero_point of q; y = requant(a)")
      .Case("to_integers", "the stored integers as plain ones")
      .Case("from_integers", "y = clamp(v)")
      .Case("conv2d",
            "a[n][y][x][o] = bias[o] + sum over ky, kx, i of (in[n][y * "
            "strides[0] + ky * dilations[0] - pads[0]][x * strides[1] + kx * "
            "dilations[1] - pads[1]][g * I + i] - z_in) * (weights[o][ky][kx]"
            "[i] - z_w[o]), g = o / (O / groups), nothing outside the input; "
            "y = requant(a)")
      .Case("transposed_conv2d",
            "each input position [y][x] adds (in - z_in) * (weights[o][ky][kx]"
            "[i] - z_w[o]) to a[y * strides[0] + ky * dilations[0] - pads[0]]"
            "[x * strides[1] + kx * dilations[1] - pads[1]][o], which begins "
            "as bias[o]; y = requant(a)")
      .Case("fully_connected",
            "a[...][o] = bias[o] + sum over i of (in[...][i] - z_in) * "
            "(weights[o][i] - z_w[o]); y = requant(a)")
      .Case("matmul", "a[b][m][n] = sum over k of (lhs[b][m][k] - z_l) * "
                      "(rhs[b][k][n] - z_r); y = requant(a)")
      .Case("add", "y = clamp(((lhs_multiplier * (lhs - z_l) + rhs_multiplier "
                   "* (rhs - z_r) + round) >> shift) + zero_point)")
      .Case("sub", "y = clamp(((lhs_multiplier * (lhs - z_l) - rhs_multiplier "
                   "* (rhs - z_r) + round) >> shift) + zero_point)")
      .Case("min",
            "y = clamp(((smaller of lhs_multiplier * (lhs - z_l) and "
            "rhs_multiplier * (rhs - z_r), + round) >> shift) + zero_point)")
      .Case("max",
            "y = clamp(((larger of lhs_multiplier * (lhs - z_l) and "
            "rhs_multiplier * (rhs - z_r), + round) >> shift) + zero_point)")
      .Case("mul", "y = requant((lhs - z_l) * (rhs - z_r))")
      .Case("combine",
            "l = lhs_requant((lhs - z_l) * 2^lhs_shift), r = rhs_requant((rhs "
            "- z_r) * 2^rhs_shift), both in i32 without a zero point; y = "
            "requant of what the name in brackets makes of l and r")
      .Case("lookup", "y = table[q - lowest], lowest the least integer that q "
                      "may be; where table has two dimensions, the first is "
                      "the place on the last axis")
      .Case("reshape", "the same integers in row-major order")
      .Case("transpose", "axis i of y is axis perms[i]")
      .Case("slice", "y[i] = x[starts + i * steps] on each axis")
      .Case("pad", "low[axis] integers in front, and behind what the shape of "
                   "y asks for, are value")
      .Case("concat", "side by side along axis")
      .Case("gather", "place i on axis is place indices[i] of x")
      .Case("resize",
            "taps are triples (index0, index1, fraction) of each row and "
            "column of y; y = (sum over both indices of both axes of w_y * w_x "
            "* q + 32768) >> 16, w = 256 - fraction for index0, fraction for "
            "index1")
      .Case("max_pool2d", "the largest integer of the window's positions in x")
      .Case("avg_pool2d", "y = requant(sum of (q - z_in) over the window's "
                          "positions in x), with requant's place i where these "
                          "are counts[i]")
      .Case("reduce_sum",
            "y = requant(sum of (q - z_in) along axis); the multiplier divides "
            "by divisor too")
      .Case("reduce_max", "the largest integer along axis")
      .Case("softmax", "rule N43 of Narrow's docs/numerics.md")
      .Case("log_softmax", "rule N44 of Narrow's docs/numerics.md")
      .Case("normalize", "rule N45 of Narrow's docs/numerics.md")
      .Case("interpolate", "rule N46 of Narrow's docs/numerics.md")
      .Case("lstm", "rules N80 and N81 of Narrow's docs/numerics.md")
      .Case("gru", "rules N80 and N82 of Narrow's docs/numerics.md")
      .Case("rnn", "rules N80 and N83 of Narrow's docs/numerics.md")
      .Default("");
}

StringRef exporting::getFormula(fxp::RequantMode mode) {
  switch (mode) {
  case fxp::RequantMode::Q15:
    return "requant(a) = clamp((sat16((a + offset[c]) >> shift[c]) * "
           "multiplier[c] + 16384) >> 15); the zero point is in offset";
  case fxp::RequantMode::Q31:
    return "requant(a) = clamp(((a * multiplier[c] + 2^(shift[c] - 1)) >> "
           "shift[c]) + zero_point)";
  case fxp::RequantMode::Q31Double:
    return "requant(a) = clamp(((a * multiplier[c] + 2^(shift[c] - 1) + r) >> "
           "shift[c]) + zero_point), r 0 where shift[c] is at most 31, else "
           "2^30, of negative a -2^30";
  case fxp::RequantMode::F32:
    return "requant(a) = clamp(rne((float)a * m) + zero_point), m the float "
           "that has multiplier's bits";
  case fxp::RequantMode::Pow2:
    return "requant(a) = clamp(((a + round) >> shift[c]) + zero_point)";
  }
  llvm_unreachable("unknown requantisation");
}
