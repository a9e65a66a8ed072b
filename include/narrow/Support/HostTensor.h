//===- HostTensor.h - a tensor in the compiler's own memory ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What goes into a model and comes out of it when the compiler runs it: samples
// read from files, float results, reference results.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_HOSTTENSOR_H
#define NARROW_SUPPORT_HOSTTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace narrow {

enum class ElementKind {
  F16,
  F32,
  F64,
  I8,
  U8,
  I16,
  U16,
  I32,
  U32,
  I64,
  U64,
  Bool,
};

/// Returns the bytes of one element.
size_t getElementBytes(ElementKind kind);

/// Returns the kind's name as MLIR spells the type, unsigned as `u8`: `f32`,
/// `i8`, `u8`, `bool`.
llvm::StringRef getElementName(ElementKind kind);

/// Returns the kind of that name.
std::optional<ElementKind> parseElementName(llvm::StringRef name);

/// The kind that holds C++ values of type `T`.
template <typename T>
constexpr ElementKind getElementKind() {
  if constexpr (std::is_same_v<T, float>)
    return ElementKind::F32;
  else if constexpr (std::is_same_v<T, double>)
    return ElementKind::F64;
  else if constexpr (std::is_same_v<T, bool>)
    return ElementKind::Bool;
  else if constexpr (sizeof(T) == 1)
    return std::is_signed_v<T> ? ElementKind::I8 : ElementKind::U8;
  else if constexpr (sizeof(T) == 2)
    return std::is_signed_v<T> ? ElementKind::I16 : ElementKind::U16;
  else if constexpr (sizeof(T) == 4)
    return std::is_signed_v<T> ? ElementKind::I32 : ElementKind::U32;
  else
    return std::is_signed_v<T> ? ElementKind::I64 : ElementKind::U64;
}

/// A dense row-major tensor that owns its bytes.
struct HostTensor {
  std::string name;
  ElementKind kind = ElementKind::F32;
  llvm::SmallVector<int64_t, 4> shape;
  std::vector<uint8_t> bytes;

  HostTensor() = default;
  /// Makes a tensor of zeros.
  HostTensor(ElementKind kind, llvm::ArrayRef<int64_t> shape,
             llvm::StringRef name = "");

  /// Makes a tensor from row-major values.
  template <typename T>
  static HostTensor get(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<T> values,
                        llvm::StringRef name = "") {
    HostTensor tensor(getElementKind<T>(), shape, name);
    assert(int64_t(values.size()) == tensor.getNumElements());
    std::copy(values.begin(), values.end(), tensor.data<T>().begin());
    return tensor;
  }

  int64_t getNumElements() const;

  /// Views the elements; `T` must be the kind's type. (F16 is viewed through
  /// `bytes`.)
  template <typename T>
  llvm::MutableArrayRef<T> data() {
    assert(kind == getElementKind<T>() && "element kind differs");
    return {reinterpret_cast<T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <typename T>
  llvm::ArrayRef<T> data() const {
    assert(kind == getElementKind<T>() && "element kind differs");
    return {reinterpret_cast<const T *>(bytes.data()),
            bytes.size() / sizeof(T)};
  }

  /// Returns element `index` as a double; 64-bit integers may be rounded.
  double getAsDouble(int64_t index) const;

  /// Returns all elements as f32, rounded where the kind is wider.
  std::vector<float> toFloats() const;

  /// Writes the shape and kind as `[1, 28, 28] f32`, for messages.
  std::string describe() const;
};

/// Returns how many elements of two equally shaped tensors are not the same
/// bits. NaNs are all alike: which one comes out of an operation is the CPU's
/// choice.
int64_t countDifferingElements(const HostTensor &a, const HostTensor &b);

} // namespace narrow

#endif // NARROW_SUPPORT_HOSTTENSOR_H
