/*===- artefact.h - the C interface of a compiled model -------------------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* The one source of what callers of a model see: lib/Object/Header.cpp copies
|* the part between the marks into a model's header under the model's own name,
|* and lib/Object/Metadata.cpp fills the structures in by their offsets. A field
|* that is added goes to the end; raise NARROW_FORMAT_VERSION if one moves.
|*
\*===----------------------------------------------------------------------===*/

#ifndef NARROW_RUNTIME_ARTEFACT_H
#define NARROW_RUNTIME_ARTEFACT_H

#include <stddef.h>
#include <stdint.h>

#define NARROW_FORMAT_VERSION 1u

/* BEGIN MODEL HEADER */
/* What the functions return. */
enum {
  NARROW_OK = 0,
  NARROW_ERROR_CALL = 1,  /* a null pointer, or a structure that is too small */
  NARROW_ERROR_ARENA = 2, /* the arena is null, too small or not aligned */
  NARROW_ERROR_CPU = 3,   /* this CPU runs none of the levels in the object */
  NARROW_ERROR_LEVEL = 4, /* the level is not in the object, or not for this
                             CPU */
  NARROW_ERROR_BUFFER = 5 /* an input or output is not aligned to its
                             elements */
};

/* How the elements of an input or output are stored. */
enum {
  NARROW_F32 = 0,
  NARROW_U8 = 1,
  NARROW_I8 = 2,
  NARROW_U16 = 3,
  NARROW_I16 = 4,
  NARROW_I32 = 5,
  NARROW_I64 = 6,
  NARROW_BOOL = 7 /* a byte, 0 or 1 */
};

/* An input or output: a dense row-major tensor. A stored integer q of channel c
   means scales[c] * (q - zero_points[c]); there is one channel, or as many as
   `axis` is long, or none for floats and plain integers. */
struct narrow_tensor {
  const char *name;
  const int64_t *shape;
  const double *scales;
  const int32_t *zero_points;
  uint64_t bytes;
  uint32_t type;
  uint32_t rank;
  uint32_t channels;
  uint32_t axis;
};

struct narrow_metadata {
  uint32_t size; /* of this structure */
  uint32_t format_version;
  const char *name;
  const char *family;
  const struct narrow_tensor *inputs;
  const struct narrow_tensor *outputs;
  const char *const *levels; /* ISA levels held, lowest first */
  uint32_t input_count;
  uint32_t output_count;
  uint32_t level_count;
  uint32_t arena_align;
  uint64_t arena_bytes;
  uint64_t constant_bytes; /* packed weights, tables and biases */
};

/* Runs body(argument, begin, end) on parts that cover [0, count), on any
   threads and in any order, and returns when all are done. */
typedef void (*narrow_parallel_for)(void *context,
                                    void (*body)(void *argument, size_t begin,
                                                 size_t end),
                                    void *argument, size_t count);

/* One run. Set `size` to the structure's and fields you do not use to zero.
   Inputs and outputs are aligned to their elements; outputs must not overlap
   anything else. Runs with different arenas and outputs may go on at the same
   time. */
struct narrow_call {
  size_t size;
  const void *const *inputs; /* NARROW_INPUT_COUNT pointers */
  void *const *outputs;      /* NARROW_OUTPUT_COUNT pointers */
  void *arena; /* scratch memory, aligned to NARROW_ARENA_ALIGN bytes */
  narrow_parallel_for parallel_for; /* null runs all on the caller's thread */
  void *parallel_context;
  size_t arena_bytes; /* of `arena`: NARROW_ARENA_BYTES or more */
};
int narrow_run(const struct narrow_call *call);

/* Name of the ISA level that runs, or null if this CPU runs none. */
const char *narrow_level(void);
/* Chooses a level by name; null goes back to the best one for this CPU. */
int narrow_set_level(const char *level);
/* END MODEL HEADER */

/* How a run shares work among threads; null where it doesn't. Known to
   lib/Object/SharedKernels.cpp as well. */
struct narrow_parallel {
  narrow_parallel_for parallel_for;
  void *context;
};

#endif
