/*===- cpu.c - what the CPU can run ---------------------------------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* Freestanding: asks the CPU itself, never the C library.
|*
\*===----------------------------------------------------------------------===*/

#include "cpu.h"
#include <stdint.h>

int narrow_same(const char *a, const char *b) {
  while (*a && *a == *b)
    ++a, ++b;
  return *a == *b;
}

#if defined(__x86_64__)

struct cpuid {
  uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
  struct cpuid r;
  __asm__("cpuid"
          : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
          : "0"(leaf), "2"(subleaf));
  return r;
}

/* Register state that the operating system saves: bit 1 SSE, 2 AVX, 5 to 7
   AVX-512, 17 and 18 AMX. */
static uint32_t saved_state(void) {
  uint32_t eax, edx;
  __asm__("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return eax;
}

#define BIT(n) (1u << (n))

/* AMX's registers are off until the process asks for them; asking again changes
   nothing. Returns 1 if Linux grants them. */
static int may_use_amx(void) {
#if defined(__linux__)
  const long arch_prctl = 158, request_permission = 0x1023, tile_data = 18;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"(arch_prctl), "D"(request_permission), "S"(tile_data)
                   : "rcx", "r11", "memory");
  return result == 0;
#else
  return 0;
#endif
}

int narrow_cpu_runs(const char *level) {
  if (narrow_same(level, "scalar") || narrow_same(level, "x86-64"))
    return 1;
  if (cpuid(0, 0).eax < 7)
    return 0;
  struct cpuid base = cpuid(1, 0), extended = cpuid(7, 0);
  const uint32_t osxsave = BIT(27), avx = BIT(28), fma = BIT(12);
  if ((base.ecx & (osxsave | avx)) != (osxsave | avx))
    return 0;
  uint32_t state = saved_state();
  const uint32_t ymm = BIT(1) | BIT(2), zmm = ymm | BIT(5) | BIT(6) | BIT(7);
  const uint32_t bmi1 = BIT(3), avx2 = BIT(5), bmi2 = BIT(8);
  if ((state & ymm) != ymm || !(extended.ebx & avx2))
    return 0;
  if (narrow_same(level, "avx2"))
    return 1;
  if (narrow_same(level, "avxvnni"))
    return extended.eax >= 1 && (cpuid(7, 1).eax & BIT(4)) != 0;
  int amx = narrow_same(level, "amx");
  if (!amx && !narrow_same(level, "avx512vnni"))
    return 0;
  const uint32_t f = BIT(16), dq = BIT(17), cd = BIT(28), bw = BIT(30),
                 vl = BIT(31), vnni = BIT(11);
  const uint32_t ebx = bmi1 | bmi2 | f | dq | cd | bw | vl;
  if ((state & zmm) != zmm || !(base.ecx & fma) ||
      (extended.ebx & ebx) != ebx || !(extended.ecx & vnni))
    return 0;
  if (!amx)
    return 1;
  const uint32_t tiles = BIT(17) | BIT(18), amx_tile_int8 = BIT(24) | BIT(25);
  return (state & tiles) == tiles &&
         (extended.edx & amx_tile_int8) == amx_tile_int8 && may_use_amx();
}

#elif defined(__aarch64__)

int narrow_cpu_runs(const char *level) {
  /* Linux lets programs read these registers. */
  uint64_t isar0, isar1;
  __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(isar0));
  __asm__("mrs %0, ID_AA64ISAR1_EL1" : "=r"(isar1));
  if (narrow_same(level, "scalar") || narrow_same(level, "neon"))
    return 1;
  int dotprod = ((isar0 >> 44) & 15) != 0, i8mm = ((isar1 >> 52) & 15) != 0;
  if (narrow_same(level, "dotprod"))
    return dotprod;
  if (narrow_same(level, "i8mm"))
    return dotprod && i8mm;
  return 0;
}

#else

int narrow_cpu_runs(const char *level) { return narrow_same(level, "scalar"); }

#endif
