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
#include "float_state.h"

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

/* The caller's way to share work, and the state of the caller's thread. */
struct sharing {
  narrow_parallel_for parallel_for;
  void *context;
  struct narrow_float_state caller;
};

struct task {
  void (*body)(void *argument, size_t begin, size_t end);
  void *argument;
};

/* Other threads have floating-point states of their own. */
static void run_part(void *argument, size_t begin, size_t end) {
  const struct task *task = argument;
  struct narrow_float_state thread = narrow_enter_float();
  task->body(task->argument, begin, end);
  narrow_leave_float(thread);
}

/* The caller's function runs in the caller's state. */
static void share(void *context,
                  void (*body)(void *argument, size_t begin, size_t end),
                  void *argument, size_t count) {
  struct sharing *with = context;
  struct task task = {body, argument};
  narrow_leave_float(with->caller);
  with->parallel_for(with->context, run_part, &task, count);
  with->caller = narrow_enter_float();
}

static uint64_t element_bytes(uint32_t type) {
  switch (type) {
  case NARROW_U16:
  case NARROW_I16:
    return 2;
  case NARROW_F32:
  case NARROW_I32:
    return 4;
  case NARROW_I64:
    return 8;
  default:
    return 1;
  }
}

static int check_buffer(const void *buffer,
                        const struct narrow_tensor *tensor) {
  if (!buffer)
    return NARROW_ERROR_CALL;
  if ((uintptr_t)buffer & (element_bytes(tensor->type) - 1))
    return NARROW_ERROR_BUFFER;
  return NARROW_OK;
}

/* Whether the caller's structure has a field: it may be older than this. */
#define HAS(call, field)                                                       \
  ((call)->size >= offsetof(struct narrow_call, field) + sizeof((call)->field))

static int check_call(const struct narrow_call *call) {
  if (!call || !HAS(call, arena) || !call->inputs || !call->outputs)
    return NARROW_ERROR_CALL;
  int code = NARROW_OK;
  for (uint32_t i = 0; i < narrow_metadata.input_count && !code; ++i)
    code = check_buffer(call->inputs[i], &narrow_metadata.inputs[i]);
  for (uint32_t i = 0; i < narrow_metadata.output_count && !code; ++i)
    code = check_buffer(call->outputs[i], &narrow_metadata.outputs[i]);
  if (code || !narrow_metadata.arena_bytes)
    return code;
  if (!call->arena ||
      (uintptr_t)call->arena & (narrow_metadata.arena_align - 1))
    return NARROW_ERROR_ARENA;
  if (HAS(call, arena_bytes) && call->arena_bytes < narrow_metadata.arena_bytes)
    return NARROW_ERROR_ARENA;
  return NARROW_OK;
}

int narrow_run(const struct narrow_call *call) {
  int code = check_call(call);
  if (code)
    return code;
  int level = current_level();
  if (level < 0)
    return NARROW_ERROR_CPU;
  struct sharing sharing = {0, 0, {0, 0}};
  if (HAS(call, parallel_context)) {
    sharing.parallel_for = call->parallel_for;
    sharing.context = call->parallel_context;
  }
  struct narrow_parallel parallel = {share, &sharing};
  sharing.caller = narrow_enter_float();
  narrow_level_functions[level](call->inputs, call->outputs, call->arena,
                                sharing.parallel_for ? &parallel : 0);
  narrow_leave_float(sharing.caller);
  return NARROW_OK;
}
