/*===- narrow_openmp.h - runs models on OpenMP's threads ------------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* For a call's `parallel_for`; compile with -fopenmp. The object itself knows
|* no OpenMP: any pool of threads can take this function's place.
|*
\*===----------------------------------------------------------------------===*/

#ifndef NARROW_OPENMP_H
#define NARROW_OPENMP_H

#include <omp.h>
#include <stddef.h>

/* `context` is the `parallel_context` of the call: null for as many threads as
   OpenMP gives, or a pointer to their number as an int. */
static inline void narrow_openmp_for(void *context,
                                     void (*body)(void *argument, size_t begin,
                                                  size_t end),
                                     void *argument, size_t count) {
  size_t threads =
      (size_t)(context ? *(const int *)context : omp_get_max_threads());
  if (threads > count)
    threads = count;
#pragma omp parallel for schedule(static, 1) num_threads((int)threads)
  for (size_t i = 0; i < threads; ++i)
    body(argument, count * i / threads, count * (i + 1) / threads);
}

#endif
