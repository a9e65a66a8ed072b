//===- ArtefactInfo.cpp - an artefact's metadata from its file ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Objects and archives are first linked into a shared library in memory. There
// every pointer of the metadata is either in place or the addend of a relative
// relocation, on every family, so no code need run. All families are 64-bit and
// little endian, as is every machine that compiles, so the structures of
// runtime/artefact.h can be copied out.
//
//===----------------------------------------------------------------------===//

#include "narrow/Object/ArtefactInfo.h"

#include "../../runtime/artefact.h"
#include "Linking.h"
#include "narrow/Support/Error.h"
#include "narrow/Target/Target.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <cstring>
#include <map>

using namespace narrow;

namespace {

using Elf = llvm::object::ELFFile<llvm::object::ELF64LE>;

/// The memory of a shared library as it would lie after loading at address 0.
/// Everything that it says comes from a file and may be wrong: LLVM's ELFFile
/// checks where sections, relocations and symbols lie, this class the rest.
class Image {
public:
  static llvm::Expected<Image> create(const Elf &elf) {
    Image image;
    image.budget = 8 * elf.getBufSize();
    auto headers = elf.sections();
    if (!headers)
      return headers.takeError();
    for (const Elf::Elf_Shdr &header : *headers) {
      if (!(header.sh_flags & llvm::ELF::SHF_ALLOC) ||
          header.sh_type == llvm::ELF::SHT_NOBITS)
        continue;
      auto contents = elf.getSectionContents(header);
      if (!contents)
        return contents.takeError();
      image.sections[header.sh_addr] = llvm::toStringRef(*contents);
      if (header.sh_type != llvm::ELF::SHT_RELA)
        continue;
      auto relocations = elf.relas(header);
      if (!relocations)
        return relocations.takeError();
      for (const Elf::Elf_Rela &relocation : *relocations)
        image.pointers[relocation.r_offset] = uint64_t(relocation.r_addend);
    }
    return std::move(image);
  }

  /// Copies `count` values from `address`; returns false if they are not there.
  template <typename T>
  bool read(uint64_t address, uint64_t count, std::vector<T> &values) const {
    StringRef bytes = getBytes(address);
    // Counts come from the file: compare before allocating.
    if (count > bytes.size() / sizeof(T) || !spend(count * sizeof(T)))
      return false;
    values.resize(count);
    if (count)
      std::memcpy(values.data(), bytes.data(), count * sizeof(T));
    return true;
  }

  /// The pointer stored at `address`.
  uint64_t readPointer(uint64_t address) const {
    auto it = pointers.find(address);
    if (it != pointers.end())
      return it->second;
    std::vector<uint64_t> value;
    return read(address, 1, value) ? value[0] : 0;
  }

  bool readString(uint64_t address, std::string &text) const {
    StringRef bytes = getBytes(address);
    size_t end = bytes.find('\0');
    if (end == StringRef::npos || !spend(end))
      return false;
    text = bytes.take_front(end).str();
    return true;
  }

private:
  Image() = default;

  /// Many tensors may point to the same long name: what is copied in all is
  /// bounded by the file's size.
  bool spend(uint64_t bytes) const {
    if (bytes > budget)
      return false;
    budget -= bytes;
    return true;
  }

  /// From `address` to the end of its section.
  StringRef getBytes(uint64_t address) const {
    auto it = sections.upper_bound(address);
    if (it == sections.begin())
      return "";
    --it;
    uint64_t offset = address - it->first;
    return offset <= it->second.size() ? it->second.drop_front(offset) : "";
  }

  std::map<uint64_t, StringRef> sections;
  std::map<uint64_t, uint64_t> pointers;
  mutable uint64_t budget = 0;
};

/// The address of a field of a structure at `base`.
#define FIELD(base, type, field) ((base) + offsetof(type, field))

bool readTensors(const Image &image, uint64_t address, uint32_t count,
                 std::vector<ModelTensor> &tensors) {
  std::vector<narrow_tensor> raw;
  if (!image.read(address, count, raw))
    return false;
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t base = address + i * sizeof(narrow_tensor);
    auto pointer = [&](uint64_t field) { return image.readPointer(field); };
    ModelTensor &tensor = tensors.emplace_back();
    std::vector<int32_t> zeroPoints;
    if (!image.readString(pointer(FIELD(base, narrow_tensor, name)),
                          tensor.name) ||
        !image.read(pointer(FIELD(base, narrow_tensor, shape)), raw[i].rank,
                    tensor.shape) ||
        !image.read(pointer(FIELD(base, narrow_tensor, scales)),
                    raw[i].channels, tensor.scales) ||
        !image.read(pointer(FIELD(base, narrow_tensor, zero_points)),
                    raw[i].channels, zeroPoints))
      return false;
    if (!llvm::all_of(tensor.scales, [](double s) { return std::isfinite(s); }))
      return false;
    tensor.zeroPoints.assign(zeroPoints.begin(), zeroPoints.end());
    constexpr ElementKind kKinds[] = {ElementKind::F32, ElementKind::U8,
                                      ElementKind::I8,  ElementKind::U16,
                                      ElementKind::I16, ElementKind::I32,
                                      ElementKind::I64, ElementKind::Bool};
    if (raw[i].type >= std::size(kKinds))
      return false;
    tensor.kind = kKinds[raw[i].type];
    tensor.axis = raw[i].axis;
  }
  return true;
}

} // namespace

static llvm::Error notAnArtefact() {
  return makeError("holds no compiled model");
}

/// Returns the bytes of a shared library with the model of an object, archive
/// or library.
static llvm::Expected<std::string> getLibrary(StringRef bytes, StringRef path) {
  switch (llvm::identify_magic(bytes)) {
  case llvm::file_magic::elf_shared_object:
    return bytes.str();
  case llvm::file_magic::elf_relocatable:
    return object::linkShared(bytes);
  case llvm::file_magic::archive: {
    auto archive =
        llvm::object::Archive::create(llvm::MemoryBufferRef(bytes, path));
    if (!archive)
      return archive.takeError();
    // Its members are files that it names: none of ours.
    if ((*archive)->isThin())
      return notAnArtefact();
    llvm::Error error = llvm::Error::success();
    for (const auto &child : (*archive)->children(error)) {
      llvm::Expected<StringRef> member = child.getBuffer();
      if (!member)
        return member.takeError();
      llvm::consumeError(std::move(error));
      // LLVM believes the size in the member's header.
      if (member->begin() < bytes.begin() || member->end() > bytes.end())
        return makeError("expected a member of " + Twine(member->size()) +
                         " bytes in the archive, found it cut");
      return object::linkShared(*member);
    }
    if (error)
      return std::move(error);
    return notAnArtefact();
  }
  default:
    return notAnArtefact();
  }
}

/// Returns the address of the metadata and the model's name in front of it, by
/// the dynamic symbol `NAME_metadata`; an empty name if there is none.
static llvm::Expected<std::pair<std::string, uint64_t>>
findMetadata(const Elf &elf) {
  auto headers = elf.sections();
  if (!headers)
    return headers.takeError();
  for (const Elf::Elf_Shdr &header : *headers) {
    if (header.sh_type != llvm::ELF::SHT_DYNSYM)
      continue;
    auto names = elf.getStringTableForSymtab(header);
    if (!names)
      return names.takeError();
    auto symbols = elf.symbols(&header);
    if (!symbols)
      return symbols.takeError();
    for (const Elf::Elf_Sym &symbol : *symbols) {
      llvm::Expected<StringRef> name = symbol.getName(*names);
      if (!name)
        return name.takeError();
      if (name->consume_back("_metadata") && !name->empty())
        return std::pair(name->str(), uint64_t(symbol.st_value));
    }
  }
  return std::pair(std::string(), uint64_t(0));
}

/// Reads what the structure at `address` says; false if it is not whole.
static bool readMetadata(const Image &image, uint64_t address,
                         const narrow_metadata &metadata, ArtefactInfo &info) {
  info.arenaBytes = metadata.arena_bytes;
  info.constantBytes = metadata.constant_bytes;
  auto pointer = [&](size_t offset) {
    return image.readPointer(address + offset);
  };
  std::vector<uint64_t> levels;
  uint64_t levelsAt = pointer(offsetof(narrow_metadata, levels));
  if (!image.readString(pointer(offsetof(narrow_metadata, name)), info.name) ||
      !image.readString(pointer(offsetof(narrow_metadata, family)),
                        info.family) ||
      !readTensors(image, pointer(offsetof(narrow_metadata, inputs)),
                   metadata.input_count, info.inputs) ||
      !readTensors(image, pointer(offsetof(narrow_metadata, outputs)),
                   metadata.output_count, info.outputs) ||
      !image.read(levelsAt, metadata.level_count, levels))
    return false;
  for (size_t i = 0; i < levels.size(); ++i)
    if (!image.readString(image.readPointer(levelsAt + 8 * i),
                          info.levels.emplace_back()))
      return false;
  // Both have few values; names of tensors may be anything.
  return llvm::all_of(info.levels, [&](const std::string &level) {
    return lookupTarget(info.family + ":" + level);
  });
}

static llvm::Expected<ArtefactInfo> readLibrary(StringRef library) {
  llvm::Expected<Elf> elf = Elf::create(library);
  if (!elf)
    return elf.takeError();
  if (elf->getHeader().e_ident[llvm::ELF::EI_CLASS] != llvm::ELF::ELFCLASS64 ||
      elf->getHeader().e_ident[llvm::ELF::EI_DATA] != llvm::ELF::ELFDATA2LSB)
    return makeError("expected a 64-bit little-endian file");
  auto found = findMetadata(*elf);
  if (!found)
    return found.takeError();
  auto image = Image::create(*elf);
  if (!image)
    return image.takeError();
  auto [symbolPrefix, address] = *found;
  std::vector<narrow_metadata> raw;
  if (symbolPrefix.empty() || !image->read(address, 1, raw))
    return makeError("holds no compiled model");
  const narrow_metadata &metadata = raw.front();
  if (metadata.format_version != NARROW_FORMAT_VERSION)
    return makeError("expected format version " +
                     llvm::Twine(NARROW_FORMAT_VERSION) + ", found " +
                     llvm::Twine(metadata.format_version));
  ArtefactInfo info;
  info.symbolPrefix = symbolPrefix;
  if (!readMetadata(*image, address, metadata, info))
    return makeError("expected whole metadata, found it cut or damaged");
  return info;
}

llvm::Expected<ArtefactInfo> narrow::readArtefactInfo(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  auto fail = [&](llvm::Error error) {
    return makeError("'" + path + "': " + llvm::toString(std::move(error)));
  };
  auto library = getLibrary((*buffer)->getBuffer(), path);
  if (!library)
    return fail(library.takeError());
  auto info = readLibrary(*library);
  if (!info)
    return fail(info.takeError());
  return info;
}
