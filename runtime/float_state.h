/*===- float_state.h - the floating-point state of a thread ---------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* Callers may round otherwise, flush denormals or trap exceptions: a run has
|* the state that C programs start with, and leaves the caller's as it found it,
|* flags included. Writing the registers can stall, so they are written only
|* where that changes them.
|*
\*===----------------------------------------------------------------------===*/

#ifndef NARROW_RUNTIME_FLOAT_STATE_H
#define NARROW_RUNTIME_FLOAT_STATE_H

#include <stdint.h>

struct narrow_float_state {
  uint64_t control, flags;
};

#if defined(__x86_64__)

/* MXCSR holds both: bits 0 to 5 are the flags. */
static inline struct narrow_float_state narrow_enter_float(void) {
  struct narrow_float_state caller = {0, 0};
  uint32_t mxcsr;
  const uint32_t flags = 0x3f, standard = 0x1f80;
  __asm__ volatile("stmxcsr %0" : "=m"(mxcsr) : : "memory");
  caller.control = mxcsr;
  if ((mxcsr & ~flags) != standard)
    __asm__ volatile("ldmxcsr %0" : : "m"(standard) : "memory");
  return caller;
}

static inline void narrow_leave_float(struct narrow_float_state caller) {
  uint32_t mxcsr, wanted = (uint32_t)caller.control;
  __asm__ volatile("stmxcsr %0" : "=m"(mxcsr) : : "memory");
  if (mxcsr != wanted)
    __asm__ volatile("ldmxcsr %0" : : "m"(wanted) : "memory");
}

#elif defined(__aarch64__)

static inline struct narrow_float_state narrow_enter_float(void) {
  struct narrow_float_state caller;
  __asm__ volatile("mrs %0, fpcr" : "=r"(caller.control) : : "memory");
  __asm__ volatile("mrs %0, fpsr" : "=r"(caller.flags) : : "memory");
  if (caller.control)
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0) : "memory");
  return caller;
}

static inline void narrow_leave_float(struct narrow_float_state caller) {
  uint64_t flags;
  if (caller.control)
    __asm__ volatile("msr fpcr, %0" : : "r"(caller.control) : "memory");
  __asm__ volatile("mrs %0, fpsr" : "=r"(flags) : : "memory");
  if (flags != caller.flags)
    __asm__ volatile("msr fpsr, %0" : : "r"(caller.flags) : "memory");
}

#elif defined(__riscv)

/* FCSR holds both: bits 0 to 4 are the flags; nothing traps. */
static inline struct narrow_float_state narrow_enter_float(void) {
  struct narrow_float_state caller = {0, 0};
  const uint64_t flags = 0x1f;
  __asm__ volatile("frcsr %0" : "=r"(caller.control) : : "memory");
  if (caller.control & ~flags)
    __asm__ volatile("fscsr zero" : : : "memory");
  return caller;
}

static inline void narrow_leave_float(struct narrow_float_state caller) {
  uint64_t fcsr;
  __asm__ volatile("frcsr %0" : "=r"(fcsr) : : "memory");
  if (fcsr != caller.control)
    __asm__ volatile("fscsr %0" : : "r"(caller.control) : "memory");
}

#else
#error "expected a CPU family of lib/Target/Target.cpp"
#endif

#endif
