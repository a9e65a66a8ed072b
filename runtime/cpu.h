/*===- cpu.h - what the CPU can run ---------------------------------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#ifndef NARROW_RUNTIME_CPU_H
#define NARROW_RUNTIME_CPU_H

/* Returns 1 if this CPU, under this operating system, runs code of the ISA
   level called `level` (a name of the target table), else 0. */
int narrow_cpu_runs(const char *level);

/* Returns 1 if both strings are the same. */
int narrow_same(const char *a, const char *b);

#endif
