//===- Tensor.h - values of the graph while it is imported ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A value of the ONNX graph is either a constant, held on the host so that
// shape arithmetic can be evaluated during import, or an SSA value.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_BUILD_TENSOR_H
#define NARROW_LIB_FRONTEND_BUILD_TENSOR_H

#include "narrow/Support/LLVM.h"

#include <memory>
#include <vector>

namespace narrow::frontend {

/// Constants above this many elements are refused: they come from broken
/// shapes.
constexpr int64_t kMaxElements = int64_t(1) << 31;

/// The constants that a model computes may together have this many elements,
/// and `kComputedPerHeld` for each element of those that it holds: more comes
/// from broken shapes, or is meant to exhaust memory.
constexpr int64_t kMaxComputed = int64_t(1) << 26;
constexpr int64_t kComputedPerHeld = 16;

/// Tensors of more axes are refused, as NumPy does.
constexpr int64_t kMaxRank = 64;

/// ONNX's element types that the importer knows, numbered as in the format.
enum class DataType : int32_t {
  Undefined = 0,
  F32 = 1,
  U8 = 2,
  I8 = 3,
  U16 = 4,
  I16 = 5,
  I32 = 6,
  I64 = 7,
  String = 8,
  Bool = 9,
  F16 = 10,
  F64 = 11,
  U32 = 12,
  U64 = 13,
  BF16 = 16,
  U4 = 21,
  I4 = 22,
  U2 = 25,
  I2 = 26,
};

/// Returns ONNX's name for the type, in lower case ("float", "int64"), also for
/// types that cannot be imported; "number 99" for one that has none.
std::string getName(DataType type);

/// Returns whether tensors of this type can be imported.
bool isImportable(DataType type);

bool isFloat(DataType type);
inline bool isBool(DataType type) { return type == DataType::Bool; }
inline bool isInteger(DataType type) { return !isFloat(type) && !isBool(type); }
bool isUnsigned(DataType type);

/// Returns the bits of the type in ONNX.
unsigned getBitWidth(DataType type);

/// Returns the type that holds it in the module: f32, i1, i32 or i64.
mlir::Type getStorageType(MLIRContext *context, DataType type);

/// Wraps a value to the range of an integer type, as ONNX's arithmetic does.
int64_t wrapInteger(DataType type, int64_t value);

using Shape = SmallVector<int64_t, 6>;

/// Returns the number of elements of a shape.
int64_t getNumElements(ArrayRef<int64_t> shape);

/// Writes a shape as `[1, 3, 32, 32]`, for diagnostics.
std::string toString(ArrayRef<int64_t> shape);

/// A constant tensor, row-major. Floats of every width are in `floats`,
/// integers and booleans in `integers`.
struct Literal {
  DataType type = DataType::F32;
  Shape shape;
  std::vector<float> floats;
  std::vector<int64_t> integers;

  Literal() = default;
  Literal(DataType type, ArrayRef<int64_t> shape);

  double get(int64_t index) const {
    return isFloat(type) ? double(floats[index]) : double(integers[index]);
  }
  void set(int64_t index, double value);
};

using LiteralPtr = std::shared_ptr<const Literal>;

/// What stored integers stand for: real = (stored - zero) * scale. Both are one
/// number, or have the rank of the tensor and sizes that broadcast to its.
struct Grid {
  DataType type = DataType::Undefined;
  LiteralPtr scale, zero;

  bool isUniform() const {
    return frontend::getNumElements(scale->shape) == 1 &&
           frontend::getNumElements(zero->shape) == 1;
  }
  bool operator==(const Grid &other) const;
};

using GridPtr = std::shared_ptr<const Grid>;

/// What a constant of reals was dequantised from.
struct Origin {
  LiteralPtr stored;
  /// One number, or one for each position of `axis`.
  LiteralPtr scale;
  int64_t axis = 0;
};

/// A value of the ONNX graph: exactly one of `literal` and `value` is set; both
/// are null where an optional operand is missing. With `grid`, the graph has
/// integers of `type` here, and `value` holds the real numbers that they stand
/// for.
struct Tensor {
  DataType type = DataType::Undefined;
  Shape shape;
  LiteralPtr literal;
  mlir::Value value;
  GridPtr grid;
  /// Of a constant as it was dequantised, null once anything computed with it.
  std::shared_ptr<const Origin> origin;

  Tensor() = default;
  Tensor(Literal constant);
  Tensor(LiteralPtr constant);
  Tensor(mlir::Value value, DataType type);

  explicit operator bool() const { return literal || value; }
  int64_t getRank() const { return shape.size(); }
  int64_t getNumElements() const { return frontend::getNumElements(shape); }
};

/// Makes a constant of one element, of rank 0.
Literal makeScalar(DataType type, double value);

/// Makes an int64 constant of rank 1.
Literal makeVector(ArrayRef<int64_t> values);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_BUILD_TENSOR_H
