/*===- cpu_x86.h - the ISA levels of an x86 CPU ---------------------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* The decision alone, apart from how its facts are read, so that tests can
|* decide for CPUs that are not here. C and C++.
|*
\*===----------------------------------------------------------------------===*/

#ifndef NARROW_RUNTIME_CPU_X86_H
#define NARROW_RUNTIME_CPU_X86_H

#include "cpu.h"
#include <stdint.h>

#define NARROW_BIT(n) (1u << (n))

/* What an x86 CPU and its operating system say of themselves. */
struct narrow_x86_cpu {
  uint32_t leaf1_ecx;                       /* CPUID leaf 1 */
  uint32_t leaf7_ebx, leaf7_ecx, leaf7_edx; /* CPUID leaf 7, 0 if absent */
  uint32_t leaf7_1_eax;                     /* its subleaf 1, 0 if absent */
  uint32_t saved_state; /* XCR0, what is saved of the registers: bit 1 SSE,
                           2 AVX, 5 to 7 AVX-512, 17 and 18 AMX; 0 without
                           OSXSAVE */
  /* Asks for AMX's registers; 1 if they are granted. Called only if the CPU has
     them. */
  int (*may_use_amx)(void);
};

/* Returns 1 if code of `level` runs, else 0. */
static inline int narrow_x86_runs(const char *level,
                                  const struct narrow_x86_cpu *cpu) {
  const uint32_t fma = NARROW_BIT(12), avx = NARROW_BIT(28);
  const uint32_t ymm = NARROW_BIT(1) | NARROW_BIT(2);
  const uint32_t zmm = ymm | NARROW_BIT(5) | NARROW_BIT(6) | NARROW_BIT(7);
  const uint32_t tiles = NARROW_BIT(17) | NARROW_BIT(18);
  const uint32_t bmi1 = NARROW_BIT(3), avx2 = NARROW_BIT(5),
                 bmi2 = NARROW_BIT(8);
  const uint32_t f = NARROW_BIT(16), dq = NARROW_BIT(17), cd = NARROW_BIT(28),
                 bw = NARROW_BIT(30), vl = NARROW_BIT(31);
  const uint32_t with_avx512 = bmi1 | bmi2 | f | dq | cd | bw | vl;
  const uint32_t avx512_vnni = NARROW_BIT(11), avx_vnni = NARROW_BIT(4);
  const uint32_t amx_tile_int8 = NARROW_BIT(24) | NARROW_BIT(25);

  if (narrow_same(level, "scalar") || narrow_same(level, "x86-64"))
    return 1;
  if (!(cpu->leaf1_ecx & avx) || (cpu->saved_state & ymm) != ymm ||
      !(cpu->leaf7_ebx & avx2))
    return 0;
  if (narrow_same(level, "avx2"))
    return 1;
  if (narrow_same(level, "avxvnni"))
    return (cpu->leaf7_1_eax & avx_vnni) != 0;
  int is_amx = narrow_same(level, "amx");
  if (!is_amx && !narrow_same(level, "avx512vnni"))
    return 0;
  if ((cpu->saved_state & zmm) != zmm || !(cpu->leaf1_ecx & fma) ||
      (cpu->leaf7_ebx & with_avx512) != with_avx512 ||
      !(cpu->leaf7_ecx & avx512_vnni))
    return 0;
  if (!is_amx)
    return 1;
  return (cpu->saved_state & tiles) == tiles &&
         (cpu->leaf7_edx & amx_tile_int8) == amx_tile_int8 &&
         cpu->may_use_amx();
}

#endif
