/*===- matrix_instructions.c - compares the level amx with avx512vnni -----===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* Linked with the same model twice, `matrix` at the level amx and `vector` at
|* avx512vnni: runs both on random bytes and compares every output.
|*
\*===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include "matrix.h"
#include "matrix_emulator.h"
#include "vector.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The level that the model `matrix` has chosen, plus one. It is local in the
   object; the test makes it global, to get past the look at the CPU. */
extern int narrow_chosen;

static void *allocate(uint64_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!memory)
    abort();
  return memory;
}

int main(void) {
  const long request_permission = 0x1023, tile_data = 18;
  /* Fails where the CPU has no tiles. */
  (void)!syscall(SYS_arch_prctl, request_permission, tile_data);
  install_emulator();
  narrow_chosen = 1;

  uint64_t input_bytes = matrix_metadata.inputs[0].bytes;
  uint64_t output_bytes = matrix_metadata.outputs[0].bytes;
  uint8_t *input = allocate(input_bytes);
  uint8_t *expected = allocate(output_bytes), *found = allocate(output_bytes);
  void *arena =
      allocate(matrix_metadata.arena_bytes + vector_metadata.arena_bytes);
  uint64_t state = 1;
  uint64_t differing = 0;
  for (int sample = 0; sample < 3; ++sample) {
    for (uint64_t i = 0; i < input_bytes; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      input[i] = (uint8_t)(state >> 56);
    }
    memset(found, sample, output_bytes);
    const void *inputs[] = {input};
    void *matrix_outputs[] = {found}, *vector_outputs[] = {expected};
    struct matrix_call matrix = {.size = sizeof matrix,
                                 .inputs = inputs,
                                 .outputs = matrix_outputs,
                                 .arena = arena,
                                 .arena_bytes = matrix_ARENA_BYTES};
    struct vector_call vector = {.size = sizeof vector,
                                 .inputs = inputs,
                                 .outputs = vector_outputs,
                                 .arena = arena,
                                 .arena_bytes = vector_ARENA_BYTES};
    if (matrix_run(&matrix) || vector_run(&vector)) {
      puts("a model does not run");
      return 1;
    }
    for (uint64_t i = 0; i < output_bytes; ++i)
      differing += found[i] != expected[i];
  }
  const char *tiles = emulated_products()                  ? "emulated"
                      : __builtin_cpu_supports("amx-int8") ? "native"
                                                           : "unused";
  printf("%s: %llu of %llu elements differ, tiles %s\n", matrix_level(),
         (unsigned long long)differing, (unsigned long long)(3 * output_bytes),
         tiles);
  return differing != 0;
}
