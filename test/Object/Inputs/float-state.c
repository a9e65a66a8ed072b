/*===- float-state.c - runs a model under unusual floating-point states ---===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* Freestanding, so that it serves every family: prints whether runs of the
|* model called `model` under other rounding, flushed denormals and traps give
|* the same bits on every level and leave the state as it was, alone and with a
|* parallel_for that changes the state for each part.
|*
\*===----------------------------------------------------------------------===*/

#include "model.h"

#if defined(__x86_64__)
enum { sys_write = 1, sys_exit = 60 };
static long system_call(long n, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"(n), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}
/* Up, down and to zero, with FTZ and DAZ; the last traps everything, with
   denormals as they are. The flags of the first are set. */
static const uint64_t states[] = {0xdfbf, 0xbfc0, 0xffc0, 0x4000};
static void set_state(uint64_t state) {
  uint32_t mxcsr = (uint32_t)state;
  __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr) : "memory");
}
static uint64_t get_state(void) {
  uint32_t mxcsr;
  __asm__ volatile("stmxcsr %0" : "=m"(mxcsr) : : "memory");
  return mxcsr;
}
#elif defined(__aarch64__)
enum { sys_write = 64, sys_exit = 93 };
static long system_call(long n, long a, long b, long c) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
/* FPCR below, FPSR above: up, down and to zero, with FZ; default NaNs. */
static const uint64_t states[] = {0x1f01400000, 0x1800000, 0x1c00000,
                                  0x2400000};
static void set_state(uint64_t state) {
  __asm__ volatile("msr fpcr, %0" : : "r"(state & 0xffffffff) : "memory");
  __asm__ volatile("msr fpsr, %0" : : "r"(state >> 32) : "memory");
}
static uint64_t get_state(void) {
  uint64_t control, flags;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control) : : "memory");
  __asm__ volatile("mrs %0, fpsr" : "=r"(flags) : : "memory");
  return control | flags << 32;
}
#elif defined(__riscv)
enum { sys_write = 64, sys_exit = 93 };
static long system_call(long n, long a, long b, long c) {
  register long a7 __asm__("a7") = n;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
  return a0;
}
/* Up, with flags; down, to zero, and to nearest with ties away from zero. */
static const uint64_t states[] = {0x7f, 0x40, 0x20, 0x80};
static void set_state(uint64_t state) {
  __asm__ volatile("fscsr %0" : : "r"(state) : "memory");
}
static uint64_t get_state(void) {
  uint64_t state;
  __asm__ volatile("frcsr %0" : "=r"(state) : : "memory");
  return state;
}
#endif

void *memcpy(void *to, const void *from, size_t count) {
  for (size_t i = 0; i < count; ++i)
    ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}

void *memset(void *to, int value, size_t count) {
  for (size_t i = 0; i < count; ++i)
    ((volatile char *)to)[i] = (char)value;
  return to;
}

static void print(const char *text) {
  long length = 0;
  while (text[length])
    ++length;
  system_call(sys_write, 1, (long)text, length);
  system_call(sys_write, 1, (long)"\n", 1);
}

static _Alignas(model_ARENA_ALIGN) unsigned char arena[model_ARENA_BYTES + 1];
static uint32_t input[model_INPUT_0_ELEMENTS];
static uint32_t expected[model_OUTPUT_0_ELEMENTS];
static uint32_t found[model_OUTPUT_0_ELEMENTS];
static int shared, disturbed;

/* Two parts, each in a state of its own. */
static void parallel_for(void *context,
                         void (*body)(void *argument, size_t begin, size_t end),
                         void *argument, size_t count) {
  uint64_t before = get_state();
  disturbed |= before != *(const uint64_t *)context;
  shared = 1;
  for (int part = 0; part < 2; ++part) {
    set_state(states[1 + part]);
    body(argument, count * part / 2, count * (part + 1) / 2);
    disturbed |= get_state() != states[1 + part];
  }
  set_state(before);
}

static int run(uint32_t *output, uint64_t *state, int isShared) {
  const void *inputs[] = {input};
  void *outputs[] = {output};
  struct model_call call = {.size = sizeof call,
                            .inputs = inputs,
                            .outputs = outputs,
                            .arena = arena,
                            .parallel_for = isShared ? parallel_for : 0,
                            .parallel_context = state,
                            .arena_bytes = sizeof arena};
  set_state(*state);
  int code = model_run(&call);
  disturbed |= get_state() != *state;
  return code;
}

static int differs(void) {
  int differing = 0;
  for (int i = 0; i < model_OUTPUT_0_ELEMENTS; ++i)
    differing |= expected[i] != found[i];
  return differing;
}

__attribute__((force_align_arg_pointer)) void _start(void);
void _start(void) {
  uint64_t usual = get_state();
  for (unsigned i = 0; i < model_INPUT_0_ELEMENTS; ++i) {
    /* Floats of either sign from denormals to 2^4. */
    uint32_t bits = i * 2654435761u, exponent = (i % 9 ? 115 + i % 16 : 0)
                                                << 23;
    input[i] = (bits & 0x807fffff) | exponent;
  }
  int failed = run(expected, &usual, 0), differing = 0;
  for (unsigned level = 0; level < model_metadata.level_count; ++level) {
    if (model_set_level(model_metadata.levels[level]))
      continue; /* Not on this CPU. */
    for (unsigned i = 0; i < sizeof states / sizeof *states; ++i) {
      uint64_t state = states[i];
      for (int isShared = 0; isShared < 2; ++isShared) {
        memset(found, 0xee, sizeof found);
        failed |= run(found, &state, isShared);
        differing |= differs();
      }
    }
  }
  set_state(usual);
  print(failed ? "a run failed" : "every run succeeded");
  print(differing ? "bits differ" : "equal bits");
  print(disturbed ? "the caller's state changed" : "the caller's state stays");
  print(shared ? "parts were shared" : "no part was shared");
  system_call(sys_exit, 0, 0, 0);
}
