//===- Header.cpp - the C header of an artefact ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artefact.h"

#include "llvm/Support/raw_ostream.h"

using namespace narrow;
using namespace narrow::object;

/// The declarations that do not depend on the model but for its name, which
/// stands for `@`. Mirrors runtime/artefact.h.
static const char *const declarations = R"(
/* What the functions return. */
enum {
  @_OK = 0,
  @_ERROR_CALL = 1,  /* a null pointer, or a structure of an unknown size */
  @_ERROR_ARENA = 2, /* the arena is null or not aligned */
  @_ERROR_CPU = 3,   /* this CPU runs none of the levels in the object */
  @_ERROR_LEVEL = 4  /* the level is not in the object, or not for this CPU */
};

/* How elements are stored. */
enum {
  @_F32 = 0,
  @_U8 = 1,
  @_I8 = 2,
  @_U16 = 3,
  @_I16 = 4,
  @_I32 = 5,
  @_I64 = 6,
  @_BOOL = 7 /* a byte, 0 or 1 */
};

/* An input or output: a dense row-major tensor. A stored integer q of channel c
   means scales[c] * (q - zero_points[c]); there is one channel, or as many as
   `axis` is long, or none for floats and plain integers. */
struct @_tensor {
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

struct @_metadata {
  uint32_t size; /* of this structure */
  uint32_t format_version;
  const char *name;
  const char *family;
  const struct @_tensor *inputs;
  const struct @_tensor *outputs;
  const char *const *levels; /* ISA levels held, lowest first */
  uint32_t input_count;
  uint32_t output_count;
  uint32_t level_count;
  uint32_t arena_align;
  uint64_t arena_bytes;
  uint64_t constant_bytes; /* packed weights, tables and biases */
};
extern const struct @_metadata @_metadata;

/* One run. Set `size` to sizeof(struct @_call) and fields you do not use to
   zero. Buffers are aligned to their elements, the arena to @_ARENA_ALIGN;
   outputs must not overlap anything else. Runs with different arenas and
   outputs may go on at the same time. */
struct @_call {
  size_t size;
  const void *const *inputs; /* @_INPUT_COUNT pointers */
  void *const *outputs;      /* @_OUTPUT_COUNT pointers */
  void *arena;               /* @_ARENA_BYTES bytes of scratch memory */
  /* May run body(argument, begin, end) on parts that cover [0, count) from
     several threads; null runs everything on the caller's thread. */
  void (*parallel_for)(void *context,
                       void (*body)(void *argument, size_t begin, size_t end),
                       void *argument, size_t count);
  void *parallel_context;
};
int @_run(const struct @_call *call);

/* Name of the ISA level that runs, or null if this CPU runs none. */
const char *@_level(void);
/* Chooses a level by name; null goes back to the best one for this CPU. */
int @_set_level(const char *level);
)";

static std::string upperCase(StringRef text) { return text.upper(); }

static void writeTensors(raw_ostream &os, StringRef prefix, StringRef kind,
                         ArrayRef<InterfaceTensor> tensors) {
  os << "\n#define " << prefix << "_" << kind << "_COUNT " << tensors.size()
     << "\n";
  for (auto [index, tensor] : llvm::enumerate(tensors)) {
    std::string name = tensor.name;
    // A name could close the comment.
    for (char &c : name)
      if (!llvm::isPrint(c) || c == '*')
        c = '?';
    os << "/* " << name << ": " << getCType(tensor.type) << " [";
    llvm::interleaveComma(tensor.shape, os);
    os << "]";
    if (tensor.scales.size() == 1)
      os << ", scale " << llvm::format("%.9g", tensor.scales[0])
         << ", zero point " << tensor.zeroPoints[0];
    os << " */\n#define " << prefix << "_" << kind << "_" << index << "_BYTES "
       << tensor.bytes << "\n";
  }
}

std::string object::writeHeader(const Artefact &artefact) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string upper = upperCase(artefact.name);
  os << "/* " << artefact.name << ".h" << kHeaderMark << artefact.name
     << "'s object; do not edit. */\n\n"
     << "#ifndef " << upper << "_MODEL_H\n#define " << upper << "_MODEL_H\n\n"
     << "#include <stddef.h>\n#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "#define " << artefact.name << "_FORMAT_VERSION "
     << Artefact::kFormatVersion << "\n"
     << "#define " << artefact.name << "_ARENA_BYTES " << artefact.arenaBytes
     << "\n#define " << artefact.name << "_ARENA_ALIGN "
     << Artefact::kArenaAlign << "\n";
  writeTensors(os, artefact.name, "INPUT", artefact.inputs);
  writeTensors(os, artefact.name, "OUTPUT", artefact.outputs);
  for (const char *c = declarations; *c; ++c) {
    if (*c == '@')
      os << artefact.name;
    else
      os << *c;
  }
  os << "\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
  return text;
}
