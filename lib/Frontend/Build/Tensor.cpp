//===- Tensor.cpp - values of the graph while it is imported --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace narrow;
using namespace narrow::frontend;

std::string frontend::getName(DataType type) {
  static constexpr StringRef kNames[] = {
      "undefined",      "float",        "uint8",          "int8",
      "uint16",         "int16",        "int32",          "int64",
      "string",         "bool",         "float16",        "double",
      "uint32",         "uint64",       "complex64",      "complex128",
      "bfloat16",       "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
      "float8e5m2fnuz", "uint4",        "int4",           "float4e2m1",
      "float8e8m0",     "uint2",        "int2",           "float6e2m3",
      "float6e3m2",
  };
  auto number = static_cast<size_t>(type);
  return number < std::size(kNames) ? kNames[number].str()
                                    : "number " + std::to_string(int(type));
}

bool frontend::isImportable(DataType type) {
  auto number = static_cast<int32_t>(type);
  return type != DataType::String && number >= 1 &&
         (number <= 13 || type == DataType::BF16 || getBitWidth(type) < 8);
}

bool frontend::isFloat(DataType type) {
  return type == DataType::F32 || type == DataType::F16 ||
         type == DataType::F64 || type == DataType::BF16;
}

bool frontend::isUnsigned(DataType type) {
  return type == DataType::U8 || type == DataType::U16 ||
         type == DataType::U32 || type == DataType::U64 ||
         type == DataType::U4 || type == DataType::U2;
}

unsigned frontend::getBitWidth(DataType type) {
  switch (type) {
  case DataType::Bool:
    return 1;
  case DataType::U2:
  case DataType::I2:
    return 2;
  case DataType::U4:
  case DataType::I4:
    return 4;
  case DataType::U8:
  case DataType::I8:
    return 8;
  case DataType::U16:
  case DataType::I16:
  case DataType::F16:
  case DataType::BF16:
    return 16;
  case DataType::U32:
  case DataType::I32:
  case DataType::F32:
    return 32;
  default:
    return 64;
  }
}

mlir::Type frontend::getStorageType(MLIRContext *context, DataType type) {
  if (isFloat(type))
    return mlir::Float32Type::get(context);
  if (isBool(type))
    return IntegerType::get(context, 1);
  bool wide = getBitWidth(type) == 64 || type == DataType::U32;
  return IntegerType::get(context, wide ? 64 : 32);
}

int64_t frontend::wrapInteger(DataType type, int64_t value) {
  switch (type) {
  case DataType::U8:
    return static_cast<uint8_t>(value);
  case DataType::I8:
    return static_cast<int8_t>(value);
  case DataType::U16:
    return static_cast<uint16_t>(value);
  case DataType::I16:
    return static_cast<int16_t>(value);
  case DataType::U32:
    return static_cast<uint32_t>(value);
  case DataType::I32:
    return static_cast<int32_t>(value);
  case DataType::Bool:
    return value != 0;
  case DataType::U4:
  case DataType::U2:
    return value & ((1 << getBitWidth(type)) - 1);
  case DataType::I4:
  case DataType::I2:
    return llvm::SignExtend64(static_cast<uint64_t>(value), getBitWidth(type));
  default:
    return value;
  }
}

int64_t frontend::getNumElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

std::string frontend::toString(ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(shape, stream);
  stream << ']';
  return text;
}

Literal::Literal(DataType type, ArrayRef<int64_t> shape)
    : type(type), shape(shape.begin(), shape.end()) {
  if (isFloat(type))
    floats.resize(getNumElements(shape));
  else
    integers.resize(getNumElements(shape));
}

void Literal::set(int64_t index, double value) {
  if (isFloat(type))
    floats[index] = static_cast<float>(value);
  else
    integers[index] = static_cast<int64_t>(value);
}

bool Grid::operator==(const Grid &other) const {
  auto isEqual = [](const Literal &a, const Literal &b) {
    bool bothOne = frontend::getNumElements(a.shape) == 1 &&
                   frontend::getNumElements(b.shape) == 1;
    return (bothOne || a.shape == b.shape) && a.floats == b.floats &&
           a.integers == b.integers;
  };
  return type == other.type && isEqual(*scale, *other.scale) &&
         isEqual(*zero, *other.zero);
}

Tensor::Tensor(Literal constant)
    : Tensor(std::make_shared<const Literal>(std::move(constant))) {}

Tensor::Tensor(LiteralPtr constant)
    : type(constant->type), shape(constant->shape),
      literal(std::move(constant)) {}

Tensor::Tensor(mlir::Value value, DataType type) : type(type), value(value) {
  auto dims = cast<RankedTensorType>(value.getType()).getShape();
  shape.assign(dims.begin(), dims.end());
}

Literal frontend::makeScalar(DataType type, double value) {
  Literal scalar(type, {});
  scalar.set(0, value);
  return scalar;
}

Literal frontend::makeVector(ArrayRef<int64_t> values) {
  Literal vector(DataType::I64, {static_cast<int64_t>(values.size())});
  vector.integers.assign(values.begin(), values.end());
  return vector;
}
