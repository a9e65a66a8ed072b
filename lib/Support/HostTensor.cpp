//===- HostTensor.cpp - a tensor in the compiler's own memory -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/HostTensor.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>

using namespace narrow;

namespace {
struct KindInfo {
  llvm::StringLiteral name;
  size_t bytes;
};
} // namespace

// In the order of ElementKind.
static constexpr KindInfo kKinds[] = {
    {"f16", 2}, {"f32", 4}, {"f64", 8}, {"i8", 1},  {"u8", 1},  {"i16", 2},
    {"u16", 2}, {"i32", 4}, {"u32", 4}, {"i64", 8}, {"u64", 8}, {"bool", 1},
};

size_t narrow::getElementBytes(ElementKind kind) {
  return kKinds[size_t(kind)].bytes;
}

llvm::StringRef narrow::getElementName(ElementKind kind) {
  return kKinds[size_t(kind)].name;
}

std::optional<ElementKind> narrow::parseElementName(llvm::StringRef name) {
  for (auto [index, info] : llvm::enumerate(kKinds))
    if (info.name == name)
      return ElementKind(index);
  return std::nullopt;
}

HostTensor::HostTensor(ElementKind kind, llvm::ArrayRef<int64_t> shape,
                       llvm::StringRef name)
    : name(name), kind(kind), shape(shape),
      bytes(size_t(getNumElements()) * getElementBytes(kind)) {}

int64_t HostTensor::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

template <typename T>
static double readAs(const uint8_t *bytes, int64_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return double(value);
}

double HostTensor::getAsDouble(int64_t index) const {
  const uint8_t *p = bytes.data();
  switch (kind) {
  case ElementKind::F16: {
    uint16_t bits;
    std::memcpy(&bits, p + index * 2, 2);
    llvm::APFloat value(llvm::APFloat::IEEEhalf(), llvm::APInt(16, bits));
    bool losesInfo;
    value.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    return value.convertToDouble();
  }
  case ElementKind::F32:
    return readAs<float>(p, index);
  case ElementKind::F64:
    return readAs<double>(p, index);
  case ElementKind::I8:
    return readAs<int8_t>(p, index);
  case ElementKind::U8:
    return readAs<uint8_t>(p, index);
  case ElementKind::I16:
    return readAs<int16_t>(p, index);
  case ElementKind::U16:
    return readAs<uint16_t>(p, index);
  case ElementKind::I32:
    return readAs<int32_t>(p, index);
  case ElementKind::U32:
    return readAs<uint32_t>(p, index);
  case ElementKind::I64:
    return readAs<int64_t>(p, index);
  case ElementKind::U64:
    return readAs<uint64_t>(p, index);
  case ElementKind::Bool:
    return p[index] != 0;
  }
  return 0;
}

std::vector<float> HostTensor::toFloats() const {
  std::vector<float> result(getNumElements());
  if (kind == ElementKind::F32) {
    if (!result.empty())
      std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }
  for (auto [index, slot] : llvm::enumerate(result))
    slot = float(getAsDouble(index));
  return result;
}

std::string HostTensor::describe() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(shape, os);
  os << "] " << getElementName(kind);
  return text;
}

int64_t narrow::countDifferingElements(const HostTensor &a,
                                       const HostTensor &b) {
  assert(a.kind == b.kind && a.bytes.size() == b.bytes.size());
  size_t size = getElementBytes(a.kind);
  int64_t count = 0;
  for (int64_t i = 0, e = a.getNumElements(); i < e; ++i)
    if (std::memcmp(&a.bytes[i * size], &b.bytes[i * size], size) != 0)
      count += !std::isnan(a.getAsDouble(i)) || !std::isnan(b.getAsDouble(i));
  return count;
}
