/*===- artefact.c - the entry points of a compiled model ------------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* Compiled to bitcode for every CPU family when Narrow is built, and linked
|* into each artefact, where `narrow` becomes the model's name and everything
|* else becomes local.
|*
\*===----------------------------------------------------------------------===*/

#include "artefact.h"
#include "cpu.h"

/* Written by the compiler for each model. */
typedef void (*narrow_level_function)(const void *const *inputs,
                                      void *const *outputs, void *arena,
                                      const struct narrow_parallel *parallel);
extern const struct narrow_metadata narrow_metadata;
extern const narrow_level_function narrow_level_functions[];

/* The level in use plus one; 0 until the first call. Any thread that finds 0
   comes to the same answer, so a relaxed store is enough. */
static int narrow_chosen;

static int best_level(void) {
  for (int i = (int)narrow_metadata.level_count - 1; i >= 0; --i)
    if (narrow_cpu_runs(narrow_metadata.levels[i]))
      return i;
  return -1;
}

static int current_level(void) {
  int chosen = __atomic_load_n(&narrow_chosen, __ATOMIC_RELAXED);
  if (chosen)
    return chosen - 1;
  int best = best_level();
  if (best >= 0)
    __atomic_store_n(&narrow_chosen, best + 1, __ATOMIC_RELAXED);
  return best;
}

int narrow_set_level(const char *level) {
  int wanted = -1;
  if (!level)
    wanted = best_level();
  for (uint32_t i = 0; level && i < narrow_metadata.level_count; ++i)
    if (narrow_same(narrow_metadata.levels[i], level) && narrow_cpu_runs(level))
      wanted = (int)i;
  if (wanted < 0)
    return NARROW_ERROR_LEVEL;
  __atomic_store_n(&narrow_chosen, wanted + 1, __ATOMIC_RELAXED);
  return NARROW_OK;
}

const char *narrow_level(void) {
  int level = current_level();
  return level < 0 ? 0 : narrow_metadata.levels[level];
}

int narrow_run(const struct narrow_call *call) {
  if (!call || call->size < offsetof(struct narrow_call, parallel_for) ||
      !call->inputs || !call->outputs)
    return NARROW_ERROR_CALL;
  for (uint32_t i = 0; i < narrow_metadata.input_count; ++i)
    if (!call->inputs[i])
      return NARROW_ERROR_CALL;
  for (uint32_t i = 0; i < narrow_metadata.output_count; ++i)
    if (!call->outputs[i])
      return NARROW_ERROR_CALL;
  if (narrow_metadata.arena_bytes &&
      (!call->arena ||
       (uintptr_t)call->arena & (narrow_metadata.arena_align - 1)))
    return NARROW_ERROR_ARENA;
  int level = current_level();
  if (level < 0)
    return NARROW_ERROR_CPU;
  struct narrow_parallel parallel = {0, 0};
  if (call->size >= sizeof(struct narrow_call)) {
    parallel.parallel_for = call->parallel_for;
    parallel.context = call->parallel_context;
  }
  narrow_level_functions[level](call->inputs, call->outputs, call->arena,
                                parallel.parallel_for ? &parallel : 0);
  return NARROW_OK;
}
