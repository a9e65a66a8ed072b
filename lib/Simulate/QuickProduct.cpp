//===- QuickProduct.cpp - products of 16-bit matrices ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pairs of inputs are multiplied with pairs of weights of 16 outputs, for which
// x86 has one instruction from AVX2 on; elsewhere the compiler makes of the
// same loops what it can.
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/QuickProduct.h"
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace narrow;

/// Outputs of one step: two vectors of AVX2.
static constexpr int64_t kLanes = 16;

QuickProduct::QuickProduct(ArrayRef<int16_t> weights, int64_t outputs,
                           int64_t depth)
    : outputs(outputs), pairs((depth + 1) / 2),
      packed((outputs + kLanes - 1) / kLanes * pairs * kLanes * 2) {
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t k = 0; k < depth; ++k)
      packed[((o / kLanes * pairs + k / 2) * kLanes + o % kLanes) * 2 + k % 2] =
          weights[o * depth + k];
}

using Tile = int32_t[QuickProduct::kRows][kLanes];

/// Sums of up to `kRows` rows for one step of outputs.
static void multiplyPlainly(const int16_t *rows, int64_t stride, int64_t count,
                            const int16_t *weights, int64_t pairs, Tile &tile) {
  std::memset(&tile, 0, sizeof(tile));
  for (int64_t row = 0; row < count; ++row)
    for (int64_t pair = 0; pair < pairs; ++pair) {
      const int16_t *x = rows + row * stride + 2 * pair;
      const int16_t *w = weights + pair * kLanes * 2;
      for (int64_t o = 0; o < kLanes; ++o)
        tile[row][o] += int32_t(x[0]) * w[2 * o] + int32_t(x[1]) * w[2 * o + 1];
    }
}

#if defined(__x86_64__)
/// The same of exactly `count` rows.
template <int64_t count>
__attribute__((target("avx2"))) static void
multiplyPairs(const int16_t *rows, int64_t stride, const int16_t *weights,
              int64_t pairs, Tile &tile) {
  __m256i low[count], high[count];
  for (int64_t row = 0; row < count; ++row)
    low[row] = high[row] = _mm256_setzero_si256();
  for (int64_t pair = 0; pair < pairs; ++pair) {
    const auto *w =
        reinterpret_cast<const __m256i *>(weights + pair * kLanes * 2);
    __m256i first = _mm256_loadu_si256(w), second = _mm256_loadu_si256(w + 1);
    for (int64_t row = 0; row < count; ++row) {
      int32_t x;
      std::memcpy(&x, rows + row * stride + 2 * pair, sizeof(x));
      __m256i both = _mm256_set1_epi32(x);
      low[row] = _mm256_add_epi32(low[row], _mm256_madd_epi16(both, first));
      high[row] = _mm256_add_epi32(high[row], _mm256_madd_epi16(both, second));
    }
  }
  for (int64_t row = 0; row < count; ++row) {
    auto *to = reinterpret_cast<__m256i *>(tile[row]);
    _mm256_storeu_si256(to, low[row]);
    _mm256_storeu_si256(to + 1, high[row]);
  }
}
#endif

static void multiply(const int16_t *rows, int64_t stride, int64_t count,
                     const int16_t *weights, int64_t pairs, Tile &tile) {
#if defined(__x86_64__)
  static const bool hasAvx2 = __builtin_cpu_supports("avx2");
  if (hasAvx2 && count == QuickProduct::kRows)
    return multiplyPairs<QuickProduct::kRows>(rows, stride, weights, pairs,
                                              tile);
  if (hasAvx2) {
    for (int64_t row = 0; row < count; ++row) {
      Tile one;
      multiplyPairs<1>(rows + row * stride, stride, weights, pairs, one);
      std::memcpy(tile[row], one[0], sizeof(one[0]));
    }
    return;
  }
#endif
  multiplyPlainly(rows, stride, count, weights, pairs, tile);
}

void QuickProduct::run(const int16_t *rows, int64_t stride, int64_t count,
                       int32_t *sums, int64_t sumStride) const {
  Tile tile;
  for (int64_t first = 0; first < count; first += kRows) {
    int64_t some = std::min(kRows, count - first);
    for (int64_t o = 0; o < outputs; o += kLanes) {
      multiply(rows + first * stride, stride, some,
               packed.data() + o * pairs * 2, pairs, tile);
      int64_t lanes = std::min(kLanes, outputs - o);
      for (int64_t row = 0; row < some; ++row)
        std::memcpy(sums + (first + row) * sumStride + o, tile[row],
                    lanes * sizeof(int32_t));
    }
  }
}
