//===- Tensor.h - a tensor of the reference interpreter --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements are kept wider than they are stored, so that the reference needs no
// care about widths: what does not fit a type is an error of the op.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REFERENCE_TENSOR_H
#define NARROW_REFERENCE_TENSOR_H

#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "narrow/Support/LLVM.h"
#include <cstdint>
#include <vector>

namespace narrow::reference {

/// A dense, row-major tensor of a static type. One of three lists holds the
/// elements, by the element type:
///
/// | element type | list |
/// |---|---|
/// | `!quant.uniform<...>` | `stored()`, sign- or zero-extended |
/// | any integer (biases, indices) | `integers()` |
/// | f32 | `floats()` |
class Tensor {
public:
  Tensor() = default;
  /// A tensor of zeros.
  explicit Tensor(RankedTensorType type);

  /// Reads a constant of `type`'s shape; a quantised type's constant holds its
  /// stored integers, an unsigned one's as the same bits (N2).
  static Tensor fromElements(RankedTensorType type, ElementsAttr elements);
  /// Reads elements as they lie in memory: little endian, 1, 2 or 4 bytes per
  /// stored integer. Fails if the sizes differ.
  static FailureOr<Tensor> fromBytes(RankedTensorType type,
                                     ArrayRef<char> bytes);
  /// Returns the elements as they lie in memory.
  std::vector<char> toBytes() const;

  RankedTensorType getType() const { return type; }
  ArrayRef<int64_t> getShape() const { return type.getShape(); }
  int64_t getDim(int64_t axis) const { return type.getDimSize(axis); }
  int64_t getNumElements() const { return type.getNumElements(); }
  /// Null unless the element type is quantised.
  fxp::QuantView getQuantView() const { return fxp::QuantView(type); }

  ArrayRef<int32_t> stored() const { return storedValues; }
  MutableArrayRef<int32_t> stored() { return storedValues; }
  ArrayRef<int64_t> integers() const { return integerValues; }
  MutableArrayRef<int64_t> integers() { return integerValues; }
  ArrayRef<float> floats() const { return floatValues; }
  MutableArrayRef<float> floats() { return floatValues; }

  /// Returns what the elements of a quantised tensor mean (N1), or its floats.
  std::vector<float> getReals() const;

  /// Prints `tensor<...> [e0, e1, ...]`, floats with nine digits.
  void print(raw_ostream &os) const;

private:
  RankedTensorType type;
  std::vector<int32_t> storedValues;
  std::vector<int64_t> integerValues;
  std::vector<float> floatValues;
};

} // namespace narrow::reference

#endif // NARROW_REFERENCE_TENSOR_H
