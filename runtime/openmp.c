/*===- openmp.c - the OpenMP adapter of the compiler's own tools ----------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include "openmp.h"
#include "narrow_openmp.h"

void narrow_run_on_openmp(void *context,
                          void (*body)(void *argument, size_t begin,
                                       size_t end),
                          void *argument, size_t count) {
  narrow_openmp_for(context, body, argument, count);
}
