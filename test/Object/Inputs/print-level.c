/*===- print-level.c - prints the level that a model runs at
-----------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* A static AArch64 Linux program without a C library, for qemu's CPUs.
|*
\*===----------------------------------------------------------------------===*/

const char *model_level(void);
int model_set_level(const char *level);

static long system_call(long n, long a, long b, long c) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}

static void print(const char *text) {
  long length = 0;
  while (text[length])
    ++length;
  system_call(64, 1, (long)text, length);
  system_call(64, 1, (long)"\n", 1);
}

void *memcpy(void *to, const void *from, unsigned long count) {
  for (unsigned long i = 0; i < count; ++i)
    ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}

void *memset(void *to, int value, unsigned long count) {
  for (unsigned long i = 0; i < count; ++i)
    ((volatile char *)to)[i] = (char)value;
  return to;
}

void _start(void) {
  print(model_level());
  print(model_set_level("i8mm") ? "i8mm refused" : "i8mm taken");
  system_call(93, 0, 0, 0);
}
