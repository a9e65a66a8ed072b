/*===- runner_freestanding.c - runs an artefact without a C library -------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* A static Linux program around one model named `model`: reads samples from
|* the standard input (the bytes of every input, one after another) until it
|* ends, and writes each sample's outputs to the standard output. Linked with
|* lld, it tests artefacts of families for which no C library is at hand.
|*
\*===----------------------------------------------------------------------===*/

#include "artefact.h"

extern const struct narrow_metadata model_metadata;
int model_run(const struct narrow_call *call);

#if defined(__x86_64__)
enum { sys_read = 0, sys_write = 1, sys_mmap = 9, sys_exit = 60 };
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n and $-16, %rsp\n call "
        "run_all\n");
static long system_call(long n, long a, long b, long c, long d, long e,
                        long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum { sys_read = 63, sys_write = 64, sys_mmap = 222, sys_exit = 93 };
__asm__(".globl _start\n_start:\n bl run_all\n");
static long system_call(long n, long a, long b, long c, long d, long e,
                        long f) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}
#elif defined(__riscv)
enum { sys_read = 63, sys_write = 64, sys_mmap = 222, sys_exit = 93 };
__asm__(".globl _start\n_start:\n jal run_all\n");
static long system_call(long n, long a, long b, long c, long d, long e,
                        long f) {
  register long a7 __asm__("a7") = n;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  register long a5 __asm__("a5") = f;
  __asm__ volatile("ecall"
                   : "+r"(a0)
                   : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                   : "memory");
  return a0;
}
#endif

/* What compilers and artefacts may call. */
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  for (size_t i = 0; i < count; ++i)
    ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}

void *memset(void *to, int value, size_t count) {
  for (size_t i = 0; i < count; ++i)
    ((volatile char *)to)[i] = (char)value;
  return to;
}

/* Exit codes beside those of model_run. */
enum { exit_memory = 20, exit_write = 21, exit_cut_input = 22 };

__attribute__((noreturn)) static void leave(int code) {
  for (;;)
    system_call(sys_exit, code, 0, 0, 0, 0, 0);
}

static char *allocate(uint64_t bytes) {
  const long read_write = 3, private_anonymous = 0x22;
  long at = system_call(sys_mmap, 0, (long)(bytes + 64), read_write,
                        private_anonymous, -1, 0);
  if (at < 0 && at > -4096)
    leave(exit_memory);
  return (char *)at;
}

/* Reads until `count` bytes or the end; returns the bytes read. */
static uint64_t read_all(char *to, uint64_t count) {
  uint64_t done = 0;
  while (done < count) {
    long n = system_call(sys_read, 0, (long)(to + done), (long)(count - done),
                         0, 0, 0);
    if (n <= 0)
      break;
    done += (uint64_t)n;
  }
  return done;
}

static void write_all(const char *from, uint64_t count) {
  while (count) {
    long n = system_call(sys_write, 1, (long)from, (long)count, 0, 0, 0);
    if (n <= 0)
      leave(exit_write);
    from += n;
    count -= (uint64_t)n;
  }
}

__attribute__((used, noreturn)) void run_all(void) {
  const struct narrow_metadata *m = &model_metadata;
  const void **inputs =
      (const void **)allocate(m->input_count * sizeof(void *));
  void **outputs = (void **)allocate(m->output_count * sizeof(void *));
  for (uint32_t i = 0; i < m->input_count; ++i)
    inputs[i] = allocate(m->inputs[i].bytes);
  for (uint32_t i = 0; i < m->output_count; ++i)
    outputs[i] = allocate(m->outputs[i].bytes);
  struct narrow_call call = {
      sizeof call, inputs, outputs,       allocate(m->arena_bytes),
      0,           0,      m->arena_bytes};
  for (;;) {
    for (uint32_t i = 0; i < m->input_count; ++i) {
      uint64_t bytes = m->inputs[i].bytes;
      uint64_t count = read_all((char *)inputs[i], bytes);
      if (i == 0 && count == 0)
        leave(0);
      if (count != bytes)
        leave(exit_cut_input);
    }
    int code = model_run(&call);
    if (code)
      leave(code);
    for (uint32_t i = 0; i < m->output_count; ++i)
      write_all(outputs[i], m->outputs[i].bytes);
  }
}
