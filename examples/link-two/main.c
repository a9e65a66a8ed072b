/* Two models in one program: each object exports only symbols that start with
   its own name. There is no heap, no runtime library, and one scratch buffer
   serves both, because they do not run at the same time.

   Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
   SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

#include "dense.h"
#include "scale.h"
#include <stdio.h>

#define MAX(a, b) ((a) > (b) ? (a) : (b))

static _Alignas(
    64) unsigned char arena[MAX(MAX(scale_ARENA_BYTES, dense_ARENA_BYTES), 1)];

int main(void) {
  float x[4] = {1.0f, -2.0f, 3.0f, 0.5f}, twice[4], sums[2];

  const void *scale_inputs[] = {x};
  void *scale_outputs[] = {twice};
  struct scale_call first = {.size = sizeof first,
                             .inputs = scale_inputs,
                             .outputs = scale_outputs,
                             .arena = arena,
                             .arena_bytes = sizeof arena};
  /* The short form, where one thread runs the model: pointers by name. */
  struct dense_inputs from = {.x = twice};
  struct dense_outputs to = {.sums = sums};

  /* Every level gives the same bits; without set_level the best one runs. */
  for (uint32_t i = 0; i < dense_metadata.level_count; ++i) {
    const char *level = dense_metadata.levels[i];
    if (scale_set_level(level) || dense_set_level(level))
      continue; /* not on this CPU */
    sums[0] = sums[1] = 0;
    int code = scale_run(&first);
    if (code == scale_OK)
      code = dense_run_named(&from, &to, arena, sizeof arena);
    if (code != dense_OK || sums[0] != 5.0f || sums[1] != -8.0f) {
      printf("wrong sums at level %s\n", level);
      return 1;
    }
  }

  printf("%s of %s and %s:", dense_OUTPUT_0_NAME,
         scale_metadata.outputs[0].name,
         dense_metadata.inputs[dense_INPUT_x].name);
  for (int i = 0; i < 2; ++i)
    printf(" %g", (double)sums[i]);
  printf("\n");

  /* What callers can get wrong is answered, not undefined. */
  struct scale_call wrong = first;
  wrong.arena = arena + 1;
  printf("misaligned arena: %s\n",
         scale_run(&wrong) == scale_ERROR_ARENA ? "refused" : "accepted");
  wrong = first;
  wrong.arena_bytes = scale_ARENA_BYTES - 1;
  printf("small arena: %s\n",
         scale_run(&wrong) == scale_ERROR_ARENA ? "refused" : "accepted");
  const void *odd[] = {(const char *)x + 1};
  wrong = first;
  wrong.inputs = odd;
  printf("misaligned input: %s\n",
         scale_run(&wrong) == scale_ERROR_BUFFER ? "refused" : "accepted");
  printf("unknown level: %s\n", scale_set_level("quantum") == scale_ERROR_LEVEL
                                    ? "refused"
                                    : "accepted");
  return 0;
}
