/*===- openmp.h - the OpenMP adapter of the compiler's own tools ----------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#ifndef NARROW_RUNTIME_OPENMP_H
#define NARROW_RUNTIME_OPENMP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `narrow_openmp_for`, compiled: callers need no OpenMP of their own. */
void narrow_run_on_openmp(void *context,
                          void (*body)(void *argument, size_t begin,
                                       size_t end),
                          void *argument, size_t count);

#ifdef __cplusplus
}
#endif

#endif
