//===- peak.c - multiply-accumulates a core can do at most ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints the u8 x s8 VPDPBUSD rate of one core in GMAC/s: twelve independent
// 512-bit accumulators, nothing else; the best of five runs.
//
//===----------------------------------------------------------------------===//

#include <immintrin.h>
#include <stdio.h>
#include <time.h>

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void) {
  enum { Accumulators = 12, MacsPerInstruction = 64 };
  const long rounds = 10000000;
  double best = 0;
  int sink = 0;
  for (int run = 0; run < 5; ++run) {
    __m512i acc[Accumulators];
    for (int i = 0; i < Accumulators; ++i)
      acc[i] = _mm512_set1_epi32(i);
    __m512i a = _mm512_set1_epi8(1), b = _mm512_set1_epi8(2);
    double start = seconds();
    for (long n = 0; n < rounds; ++n)
      for (int i = 0; i < Accumulators; ++i) {
        acc[i] = _mm512_dpbusd_epi32(acc[i], a, b);
        // Keeps the accumulator in its register and the loop from folding.
        __asm__ volatile("" : "+v"(acc[i]));
      }
    double rate = (double)rounds * Accumulators * MacsPerInstruction /
                  (seconds() - start) * 1e-9;
    best = rate > best ? rate : best;
    for (int i = 0; i < Accumulators; ++i)
      sink += _mm512_reduce_add_epi32(acc[i]);
  }
  printf("%.1f\n", best);
  return sink == 42;
}
