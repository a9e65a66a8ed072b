//===- Tensor.cpp - a tensor of the reference interpreter -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "narrow/Reference/Tensor.h"
#include "Indexing.h"
#include "narrow/Support/ConstantData.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace narrow;
using namespace narrow::reference;
using fxp::QuantView;

Tensor::Tensor(RankedTensorType type) : type(type) {
  size_t elements = type.getNumElements();
  if (getQuantView())
    storedValues.resize(elements);
  else if (type.getElementType().isF32())
    floatValues.resize(elements);
  else
    integerValues.resize(elements);
}

/// Returns the stored integer whose bits are the low `view.getContainerBits()`
/// of `bits`.
static int32_t extend(int64_t bits, const QuantView &view) {
  unsigned unused = 64 - view.getContainerBits();
  uint64_t top = static_cast<uint64_t>(bits) << unused;
  return static_cast<int32_t>(view.isSigned()
                                  ? static_cast<int64_t>(top) >> unused
                                  : static_cast<int64_t>(top >> unused));
}

std::vector<float> Tensor::getReals() const {
  QuantView view = getQuantView();
  if (!view)
    return floatValues;
  std::vector<float> reals(storedValues.size());
  if (!view.isPerAxis()) {
    auto scale = static_cast<float>(view.getScale());
    int64_t zero = view.getZeroPoint();
    for (auto [real, q] : llvm::zip_equal(reals, storedValues))
      real = scale * static_cast<float>(q - zero);
    return reals;
  }
  AxisIndex channel(type, view);
  for (auto [i, q] : llvm::enumerate(storedValues)) {
    int64_t c = channel(static_cast<int64_t>(i));
    reals[i] = static_cast<float>(view.getScale(c)) *
               static_cast<float>(q - view.getZeroPoint(c));
  }
  return reals;
}

Tensor Tensor::fromElements(RankedTensorType type, ElementsAttr elements) {
  Tensor tensor(type);
  if (type.getElementType().isF32()) {
    SmallVector<float> values = getFloats(elements);
    tensor.floatValues.assign(values.begin(), values.end());
    return tensor;
  }
  SmallVector<int64_t> values = getIntegers(elements);
  if (QuantView view = tensor.getQuantView()) {
    for (auto [stored, bits] : llvm::zip_equal(tensor.storedValues, values))
      stored = extend(bits, view);
    return tensor;
  }
  tensor.integerValues.assign(values.begin(), values.end());
  return tensor;
}

/// Bytes of one element in memory.
static size_t elementBytes(RankedTensorType type) {
  if (QuantView view{type})
    return view.getContainerBits() / 8;
  return (type.getElementTypeBitWidth() + 7) / 8;
}

FailureOr<Tensor> Tensor::fromBytes(RankedTensorType type,
                                    ArrayRef<char> bytes) {
  size_t width = elementBytes(type);
  if (bytes.size() != width * type.getNumElements())
    return failure();
  Tensor tensor(type);
  if (!tensor.floatValues.empty()) {
    std::memcpy(tensor.floatValues.data(), bytes.data(), bytes.size());
    return tensor;
  }
  QuantView view = tensor.getQuantView();
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    uint64_t bits = 0;
    for (size_t b = 0; b < width; ++b)
      bits |= uint64_t(static_cast<unsigned char>(bytes[i * width + b]))
              << (8 * b);
    if (view) {
      tensor.storedValues[i] = extend(static_cast<int64_t>(bits), view);
    } else {
      unsigned unused = 64 - 8 * width;
      tensor.integerValues[i] = static_cast<int64_t>(bits << unused) >> unused;
    }
  }
  return tensor;
}

std::vector<char> Tensor::toBytes() const {
  size_t width = elementBytes(type);
  std::vector<char> bytes(width * type.getNumElements());
  if (!floatValues.empty()) {
    std::memcpy(bytes.data(), floatValues.data(), bytes.size());
    return bytes;
  }
  bool quantised = static_cast<bool>(getQuantView());
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    auto bits =
        static_cast<uint64_t>(quantised ? storedValues[i] : integerValues[i]);
    for (size_t b = 0; b < width; ++b)
      bytes[i * width + b] = static_cast<char>(bits >> (8 * b));
  }
  return bytes;
}

void Tensor::print(raw_ostream &os) const {
  os << type << " [";
  if (!floatValues.empty())
    llvm::interleaveComma(floatValues, os, [&](float value) {
      os << llvm::format("%.9g", value);
    });
  else if (!storedValues.empty())
    llvm::interleaveComma(storedValues, os);
  else
    llvm::interleaveComma(integerValues, os);
  os << "]";
}
