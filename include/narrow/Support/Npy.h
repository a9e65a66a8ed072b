//===- Npy.h - NumPy's array files -----------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples and results are .npy files (one array) or .npz files (a zip of named
// arrays, stored or deflated). Little-endian arrays of format versions 1 to 3
// are read; Fortran order is converted to row-major.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_NPY_H
#define NARROW_SUPPORT_NPY_H

#include "narrow/Support/HostTensor.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <vector>

namespace llvm {
class MemoryBuffer;
} // namespace llvm

namespace narrow {
class ZipArchive;

/// What a .npy header says, and where the elements start.
struct NpyHeader {
  ElementKind kind = ElementKind::F32;
  bool isFortranOrder = false;
  llvm::SmallVector<int64_t, 4> shape;
  /// Bytes before the first element.
  size_t dataOffset = 0;
};

/// Parses the header at the start of a .npy file, of which `bytes` is all or
/// the beginning, and checks that the file's size (that of `bytes` if not
/// given) has room for all elements. Errors start with `path`.
llvm::Expected<NpyHeader>
parseNpyHeader(llvm::StringRef bytes, llvm::StringRef path,
               std::optional<uint64_t> fileSize = std::nullopt);

/// Reads one array from the bytes of a .npy file, into row-major order. Errors
/// start with `path`.
llvm::Expected<HostTensor> parseNpy(llvm::StringRef bytes, llvm::StringRef path,
                                    llvm::StringRef name = "");

/// Reads one array from a .npy file.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path);

/// One array of a file.
struct ArrayInfo {
  /// As in the archive, without `.npy`; empty for a .npy file.
  std::string name;
  ElementKind kind = ElementKind::F32;
  llvm::SmallVector<int64_t, 4> shape;
};

/// Lists the arrays of a .npy or .npz file in the file's order, without their
/// elements.
llvm::Expected<std::vector<ArrayInfo>> listArrays(llvm::StringRef path);

/// Writes one array as .npy, atomically.
llvm::Error writeNpy(llvm::StringRef path, const HostTensor &tensor);

/// Writes named arrays as .npz (stored), atomically. The same arrays give the
/// same bytes.
llvm::Error writeNpz(llvm::StringRef path, llvm::ArrayRef<HostTensor> tensors);

/// The samples of one file: arrays whose first axis counts them. A .npy file is
/// mapped and a .npz file read sample by sample, so that samples cost memory
/// only while they are used; arrays in Fortran order are unpacked whole.
class SampleFile {
public:
  static llvm::Expected<SampleFile> open(llvm::StringRef path);
  SampleFile(SampleFile &&) noexcept;
  SampleFile &operator=(SampleFile &&) noexcept;
  ~SampleFile();

  /// The length of the first axis of every array.
  int64_t getNumSamples() const { return numSamples; }
  size_t getNumArrays() const { return arrays.size(); }
  /// The array's name, empty for a .npy file.
  llvm::StringRef getName(size_t array) const { return arrays[array].name; }
  ElementKind getKind(size_t array) const { return arrays[array].kind; }
  /// The shape of one sample: all axes but the first.
  llvm::ArrayRef<int64_t> getShape(size_t array) const {
    return arrays[array].shape;
  }
  /// Reads all of an archive once, so that what is damaged is found before long
  /// work. Reading a sample cannot fail after that, unless the file changes.
  llvm::Error verify() const;
  /// Copies one sample out, without the sample axis.
  HostTensor get(size_t array, int64_t sample) const;
  /// A hash of all arrays' bytes of one sample, by which the same sample is
  /// known again in another file.
  uint64_t hash(int64_t sample) const;

private:
  SampleFile();
  struct Array : ArrayInfo {
    size_t sampleBytes = 0;
    /// Where the elements lie, or null for those of a member of the archive,
    /// which begin at `offset` in it.
    const uint8_t *data = nullptr;
    size_t member = 0;
    uint64_t offset = 0;
  };
  llvm::Error openArchive(llvm::StringRef path);
  llvm::Error checkSamples(llvm::StringRef path);
  /// Copies one sample of an array to `to`.
  void read(const Array &array, int64_t sample,
            llvm::MutableArrayRef<uint8_t> to) const;

  std::vector<Array> arrays;
  int64_t numSamples = 0;
  // Who owns the bytes: a mapped file, an archive, or arrays that had to be
  // unpacked.
  std::unique_ptr<llvm::MemoryBuffer> mapped;
  std::unique_ptr<ZipArchive> archive;
  std::vector<HostTensor> unpacked;
};

} // namespace narrow

#endif // NARROW_SUPPORT_NPY_H
