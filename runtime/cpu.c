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

#include "cpu_x86.h"

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

static uint32_t saved_state(void) {
  uint32_t eax, edx;
  __asm__("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return eax;
}

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
  struct narrow_x86_cpu cpu = {0, 0, 0, 0, 0, 0, may_use_amx};
  cpu.leaf1_ecx = cpuid(1, 0).ecx;
  const uint32_t osxsave = NARROW_BIT(27);
  if (cpu.leaf1_ecx & osxsave)
    cpu.saved_state = saved_state();
  if (cpuid(0, 0).eax >= 7) {
    struct cpuid extended = cpuid(7, 0);
    cpu.leaf7_ebx = extended.ebx;
    cpu.leaf7_ecx = extended.ecx;
    cpu.leaf7_edx = extended.edx;
    if (extended.eax >= 1)
      cpu.leaf7_1_eax = cpuid(7, 1).eax;
  }
  return narrow_x86_runs(level, &cpu);
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
