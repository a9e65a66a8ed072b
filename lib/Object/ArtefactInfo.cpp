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
#include "narrow/Support/OutputFile.h"

#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>
#include <map>

using namespace narrow;

namespace {

/// The memory of a shared library as it would lie after loading at address 0.
class Image {
public:
  explicit Image(const llvm::object::ELFObjectFileBase &elf) {
    for (const llvm::object::ELFSectionRef section : elf.sections()) {
      if (!(section.getFlags() & llvm::ELF::SHF_ALLOC))
        continue;
      llvm::Expected<StringRef> contents = section.getContents();
      if (!contents) {
        llvm::consumeError(contents.takeError());
        continue;
      }
      sections[section.getAddress()] = *contents;
    }
    for (const llvm::object::SectionRef &section :
         elf.dynamic_relocation_sections())
      for (const llvm::object::ELFRelocationRef relocation :
           section.relocations()) {
        llvm::Expected<int64_t> addend = relocation.getAddend();
        if (addend)
          pointers[relocation.getOffset()] = uint64_t(*addend);
        else
          llvm::consumeError(addend.takeError());
      }
  }

  /// Copies `count` values from `address`; returns false if they are not there.
  template <typename T>
  bool read(uint64_t address, uint64_t count, std::vector<T> &values) const {
    StringRef bytes = getBytes(address);
    // Counts come from the file: compare before allocating.
    if (count > bytes.size() / sizeof(T))
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
    if (end == StringRef::npos)
      return false;
    text = bytes.take_front(end).str();
    return true;
  }

private:
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

static llvm::Error notAnArtefact(StringRef path) {
  return makeError("'" + path + "' holds no compiled model");
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
    llvm::Error error = llvm::Error::success();
    for (const auto &child : (*archive)->children(error)) {
      llvm::Expected<StringRef> member = child.getBuffer();
      if (!member)
        return member.takeError();
      llvm::consumeError(std::move(error));
      return object::linkShared(*member);
    }
    if (error)
      return std::move(error);
    return notAnArtefact(path);
  }
  default:
    return notAnArtefact(path);
  }
}

/// Whether every section lies in the file. Readers of symbols and relocations
/// trust the sizes, and count for hours to a damaged one.
static bool hasWholeSections(const llvm::object::ELFObjectFileBase &elf) {
  uint64_t size = elf.getMemoryBufferRef().getBufferSize();
  return llvm::all_of(elf.sections(), [&](llvm::object::ELFSectionRef section) {
    return section.getType() == llvm::ELF::SHT_NOBITS ||
           (section.getOffset() <= size &&
            section.getSize() <= size - section.getOffset());
  });
}

llvm::Expected<ArtefactInfo> narrow::readArtefactInfo(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  auto library = getLibrary((*buffer)->getBuffer(), path);
  if (!library)
    return makeError("'" + path + "': " + llvm::toString(library.takeError()));
  auto file = llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(*library, path));
  if (!file)
    return makeError("'" + path + "': " + llvm::toString(file.takeError()));
  auto &elf = cast<llvm::object::ELFObjectFileBase>(**file);
  if (!hasWholeSections(elf))
    return makeError("'" + path + "': expected sections inside the file's " +
                     Twine(library->size()) + " bytes");
  for (const llvm::object::ELFSymbolRef symbol :
       elf.getDynamicSymbolIterators()) {
    llvm::Expected<StringRef> name = symbol.getName();
    llvm::Expected<uint64_t> address = symbol.getAddress();
    if (!name || !address) {
      llvm::consumeError(name.takeError());
      llvm::consumeError(address.takeError());
      continue;
    }
    if (!name->ends_with("_metadata"))
      continue;
    Image image(elf);
    std::vector<narrow_metadata> raw;
    if (!image.read(*address, 1, raw))
      break;
    const narrow_metadata &metadata = raw.front();
    if (metadata.format_version != NARROW_FORMAT_VERSION)
      return makeError("expected format version " +
                       llvm::Twine(NARROW_FORMAT_VERSION) + " in '" + path +
                       "', found " + llvm::Twine(metadata.format_version));
    ArtefactInfo info;
    info.arenaBytes = metadata.arena_bytes;
    info.constantBytes = metadata.constant_bytes;
    auto pointer = [&](size_t offset) {
      return image.readPointer(*address + offset);
    };
    bool isWhole =
        image.readString(pointer(offsetof(narrow_metadata, name)), info.name) &&
        image.readString(pointer(offsetof(narrow_metadata, family)),
                         info.family) &&
        readTensors(image, pointer(offsetof(narrow_metadata, inputs)),
                    metadata.input_count, info.inputs) &&
        readTensors(image, pointer(offsetof(narrow_metadata, outputs)),
                    metadata.output_count, info.outputs);
    uint64_t levels = pointer(offsetof(narrow_metadata, levels));
    for (uint32_t i = 0; isWhole && i < metadata.level_count; ++i)
      isWhole = image.readString(image.readPointer(levels + 8 * i),
                                 info.levels.emplace_back());
    if (isWhole)
      return info;
    break;
  }
  return notAnArtefact(path);
}
