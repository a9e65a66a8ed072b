//===- Header.cpp - the C header of an artefact ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artefact.h"

#include "../../runtime/artefact.h"
#include "CNames.h"
#include "RuntimeBitcode.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::object;

/// Returns the declarations that do not depend on the model but for its name:
/// the marked part of runtime/artefact.h.
static std::string getDeclarations(StringRef name) {
  StringRef text =
      getInterfaceText().split("/* BEGIN MODEL HEADER */\n").second;
  text = text.split("/* END MODEL HEADER */").first;
  assert(!text.empty() && "expected the marks in runtime/artefact.h");
  std::string result;
  while (!text.empty()) {
    if (text.consume_front("narrow_") || text.consume_front("NARROW_")) {
      result += (name + "_").str();
      continue;
    }
    result += text.front();
    text = text.drop_front();
  }
  return result;
}

/// A name from a model, fit for a comment or a C string.
static std::string getPlainName(StringRef name) {
  std::string plain = name.str();
  // It could close the comment or the string.
  for (char &c : plain)
    if (!llvm::isPrint(c) || llvm::is_contained({'*', '"', '\\', '?'}, c))
      c = '_';
  return plain;
}

/// The end of the name of an element type's constant.
static StringRef getTypeName(uint32_t type) {
  constexpr StringRef names[] = {"F32", "U8",  "I8",  "U16",
                                 "I16", "I32", "I64", "BOOL"};
  static_assert(NARROW_BOOL + 1 == std::size(names));
  return names[type];
}

/// Macros that say of each input or output what the metadata says.
static void writeMacros(raw_ostream &os, StringRef model, StringRef kind,
                        ArrayRef<InterfaceTensor> tensors) {
  auto define = [&](const Twine &name) -> raw_ostream & {
    return os << "#define " << model << '_' << kind << '_' << name << ' ';
  };
  os << '\n';
  define("COUNT") << tensors.size() << '\n';
  CNames names(CNames::Kind::Macro);
  for (auto [index, tensor] : llvm::enumerate(tensors)) {
    int64_t elements = 1;
    for (int64_t size : tensor.shape)
      elements *= size;
    std::string plain = getPlainName(tensor.name);
    os << "/* " << plain << ": " << getCType(tensor.type) << " [";
    llvm::interleaveComma(tensor.shape, os);
    os << "] */\n";
    define(names.add(tensor.name)) << index << '\n';
    Twine number(index);
    define(number + "_NAME") << '"' << plain << "\"\n";
    define(number + "_BYTES") << tensor.bytes << '\n';
    define(number + "_ELEMENTS") << elements << '\n';
    define(number + "_RANK") << tensor.shape.size() << '\n';
    define(number + "_TYPE")
        << model << '_' << getTypeName(tensor.type) << '\n';
    if (!tensor.shape.empty()) {
      define(number + "_SHAPE") << '{';
      llvm::interleaveComma(tensor.shape, os);
      os << "}\n";
    }
    // Those of several channels are in the metadata.
    if (tensor.scales.size() != 1)
      continue;
    define(number + "_SCALE") << llvm::format("%.17e\n", tensor.scales[0]);
    define(number + "_ZERO_POINT") << tensor.zeroPoints[0] << '\n';
  }
}

/// A structure with a typed pointer for each input or output. Returns the names
/// of its fields.
static std::vector<std::string>
writeStructure(raw_ostream &os, const Twine &name, StringRef qualifier,
               ArrayRef<InterfaceTensor> tensors) {
  CNames names(CNames::Kind::Field);
  std::vector<std::string> fields;
  os << "struct " << name << " {\n";
  for (const InterfaceTensor &tensor : tensors) {
    fields.push_back(names.add(tensor.name));
    os << "  " << qualifier << getCType(tensor.type) << " *" << fields.back()
       << ";\n";
  }
  // C has no structures without fields.
  if (tensors.empty())
    os << "  char unused;\n";
  os << "};\n";
  return fields;
}

/// A function that takes inputs and outputs by name.
static void writeTypedRun(raw_ostream &os, const Artefact &artefact) {
  StringRef name = artefact.name;
  os << "\n/* Inputs and outputs by name, and a run on the caller's thread "
        "with "
        "them. */\n";
  auto inputs = writeStructure(os, name + "_inputs", "const ", artefact.inputs);
  auto outputs = writeStructure(os, name + "_outputs", "", artefact.outputs);
  auto writeList = [&](StringRef type, StringRef list, StringRef from,
                       ArrayRef<std::string> fields) {
    os << "  " << type << list << "[] = {";
    if (fields.empty())
      os << '0';
    llvm::interleaveComma(fields, os, [&](const std::string &field) {
      os << from << "->" << field;
    });
    os << "};\n";
    if (fields.empty())
      os << "  (void)" << from << ";\n";
  };
  os << "static inline int " << name << "_run_named(\n    const struct " << name
     << "_inputs *from, const struct " << name
     << "_outputs *to, void *arena,\n    size_t arena_bytes) {\n";
  writeList("const void *", "inputs", "from", inputs);
  writeList("void *", "outputs", "to", outputs);
  os << "  struct " << name
     << "_call call = {sizeof call, inputs, outputs, arena, 0, 0, "
        "arena_bytes};\n  return "
     << name << "_run(&call);\n}\n";
}

std::string object::hashInterface(const Artefact &artefact) {
  Artefact unnamed = artefact;
  unnamed.interfaceHash.clear();
  return llvm::utohexstr(llvm::xxh3_64bits(writeHeader(unnamed)),
                         /*LowerCase=*/true, /*Width=*/16);
}

std::string object::writeHeader(const Artefact &artefact) {
  std::string text;
  llvm::raw_string_ostream os(text);
  StringRef name = artefact.name;
  std::string guard = name.upper() + "_MODEL_H";
  os << "/* " << name << ".h" << kHeaderMark << name
     << "'s object; do not edit. */\n\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#include <stddef.h>\n#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "#define " << name << "_FORMAT_VERSION " << NARROW_FORMAT_VERSION
     << "\n#define " << name << "_ARENA_BYTES " << artefact.arenaBytes
     << "\n#define " << name << "_ARENA_ALIGN " << Artefact::kArenaAlign
     << "\n";
  writeMacros(os, name, "INPUT", artefact.inputs);
  writeMacros(os, name, "OUTPUT", artefact.outputs);
  os << "\n/* By this name the object has the function beside its own: a "
        "program "
        "with the\n   header of another interface does not link. */\n"
     << "#define " << name << "_run " << name << "_run_"
     << artefact.interfaceHash << "\n\n"
     << getDeclarations(name) << "\nextern const struct " << name
     << "_metadata " << name << "_metadata;\n";
  writeTypedRun(os, artefact);
  os << "\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
  return text;
}
