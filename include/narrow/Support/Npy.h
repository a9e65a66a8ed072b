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
#include <vector>

namespace llvm {
class MemoryBuffer;
} // namespace llvm

namespace narrow {

/// What a .npy header says, and where the elements start.
struct NpyHeader {
  ElementKind kind = ElementKind::F32;
  bool isFortranOrder = false;
  llvm::SmallVector<int64_t, 4> shape;
  /// Bytes before the first element.
  size_t dataOffset = 0;
};

/// Parses the header of a .npy file's bytes and checks that all elements are
/// there. Errors start with `path`.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::StringRef bytes,
                                         llvm::StringRef path);

/// Reads one array from a .npy file.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path);

/// Reads the arrays of a .npy (one, without a name) or .npz file, in the file's
/// order, named as in the archive without `.npy`.
llvm::Expected<std::vector<HostTensor>> readArrays(llvm::StringRef path);

/// Writes one array as .npy, atomically.
llvm::Error writeNpy(llvm::StringRef path, const HostTensor &tensor);

/// Writes named arrays as .npz (stored), atomically. The same arrays give the
/// same bytes.
llvm::Error writeNpz(llvm::StringRef path, llvm::ArrayRef<HostTensor> tensors);

/// The samples of one file: arrays whose first axis counts them. A .npy file is
/// mapped, so that samples cost memory only while they are used.
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
  /// The bytes of one sample of one array.
  llvm::ArrayRef<uint8_t> getBytes(size_t array, int64_t sample) const;
  /// Copies one sample out, without the sample axis.
  HostTensor get(size_t array, int64_t sample) const;
  /// A hash of all arrays' bytes of one sample, by which the same sample is
  /// known again in another file.
  uint64_t hash(int64_t sample) const;

private:
  SampleFile();
  struct Array {
    std::string name;
    ElementKind kind;
    llvm::SmallVector<int64_t, 4> shape;
    const uint8_t *data;
    size_t sampleBytes;
  };
  std::vector<Array> arrays;
  int64_t numSamples = 0;
  // Who owns the bytes: a mapped file, or arrays that had to be unpacked.
  std::unique_ptr<llvm::MemoryBuffer> mapped;
  std::vector<HostTensor> unpacked;
};

} // namespace narrow

#endif // NARROW_SUPPORT_NPY_H
