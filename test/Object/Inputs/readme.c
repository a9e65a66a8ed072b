/*===- readme.c - a function around the README's example ------------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#include "model.h"

int use(const float *image, float *logits);
int use(const float *image, float *logits) {
#include "body.inc"
  return status;
}
