//===- ConstantData.cpp - numbers in and out of constant attributes -------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/ConstantData.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace narrow;

/// Returns the bytes of one element in a resource: i1 takes a whole byte.
static size_t getStorageBytes(Type elementType) {
  if (elementType.isIndex())
    return sizeof(int64_t);
  return llvm::divideCeil(elementType.getIntOrFloatBitWidth(), 8u);
}

static ArrayRef<char> getBlobData(mlir::DenseResourceElementsAttr attr) {
  if (mlir::AsmResourceBlob *blob = attr.getRawHandle().getBlob())
    return blob->getData();
  return {};
}

bool narrow::hasReadableData(ElementsAttr attr) {
  auto resource = dyn_cast<mlir::DenseResourceElementsAttr>(attr);
  if (!resource)
    return isa<DenseElementsAttr>(attr);
  ShapedType type = resource.getType();
  if (!type.getElementType().isIntOrIndexOrFloat())
    return false;
  return resource.getRawHandle().getBlob() &&
         getBlobData(resource).size() ==
             size_t(type.getNumElements()) *
                 getStorageBytes(type.getElementType());
}

LogicalResult narrow::verifyConstants(Operation *root) {
  bool ok = true;
  root->walk([&](Operation *op) {
    for (NamedAttribute named : op->getAttrs())
      if (auto attr = dyn_cast<ElementsAttr>(named.getValue()))
        if (!isa<mlir::DenseArrayAttr>(attr) && !hasReadableData(attr)) {
          op->emitError("expected constant data for '")
              << named.getName().strref()
              << "', found a missing or cut resource";
          ok = false;
        }
  });
  return success(ok);
}

/// Reads the little-endian bits of one element.
static uint64_t readBits(const char *bytes, size_t size) {
  uint64_t bits = 0;
  std::memcpy(&bits, bytes, size);
  return bits;
}

static float toFloat(llvm::APFloat value) {
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToFloat();
}

SmallVector<float> narrow::getFloats(ElementsAttr attr) {
  assert(hasReadableData(attr) && "constant without data");
  auto floatType = cast<FloatType>(attr.getElementType());
  size_t count = attr.getNumElements();
  SmallVector<float> result(count);
  if (auto resource = dyn_cast<mlir::DenseResourceElementsAttr>(attr)) {
    ArrayRef<char> data = getBlobData(resource);
    if (floatType.isF32()) {
      if (count)
        std::memcpy(result.data(), data.data(), data.size());
      return result;
    }
    size_t size = getStorageBytes(floatType);
    for (size_t i = 0; i < count; ++i)
      result[i] = toFloat(
          llvm::APFloat(floatType.getFloatSemantics(),
                        llvm::APInt(floatType.getWidth(),
                                    readBits(data.data() + i * size, size))));
    return result;
  }
  auto dense = cast<DenseElementsAttr>(attr);
  if (dense.isSplat()) {
    result.assign(count, toFloat(dense.getSplatValue<llvm::APFloat>()));
  } else if (floatType.isF32()) {
    llvm::copy(dense.getValues<float>(), result.begin());
  } else {
    for (auto [slot, value] :
         llvm::zip_equal(result, dense.getValues<llvm::APFloat>()))
      slot = toFloat(value);
  }
  return result;
}

SmallVector<int64_t> narrow::getIntegers(ElementsAttr attr) {
  assert(hasReadableData(attr) && "constant without data");
  Type type = attr.getElementType();
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  bool isUnsigned = width == 1 || type.isUnsignedInteger();
  size_t count = attr.getNumElements();
  SmallVector<int64_t> result(count);
  auto extend = [&](uint64_t bits) -> int64_t {
    return isUnsigned ? bits & llvm::maskTrailingOnes<uint64_t>(width)
                      : llvm::SignExtend64(bits, width);
  };
  if (auto resource = dyn_cast<mlir::DenseResourceElementsAttr>(attr)) {
    ArrayRef<char> data = getBlobData(resource);
    size_t size = getStorageBytes(type);
    for (size_t i = 0; i < count; ++i)
      result[i] = extend(readBits(data.data() + i * size, size));
    return result;
  }
  auto dense = cast<DenseElementsAttr>(attr);
  if (dense.isSplat()) {
    result.assign(count,
                  extend(dense.getSplatValue<llvm::APInt>().getZExtValue()));
    return result;
  }
  for (auto [slot, value] :
       llvm::zip_equal(result, dense.getValues<llvm::APInt>()))
    slot = extend(value.getZExtValue());
  return result;
}

template <typename T>
static Attribute makeElement(Type type, T value) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return mlir::FloatAttr::get(floatType, double(value));
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  return mlir::IntegerAttr::get(
      type, llvm::APInt(64, uint64_t(int64_t(value))).trunc(width));
}

/// Writes `value` as the element type's bytes.
template <typename T>
static void writeElement(Type type, T value, char *out) {
  if (type.isF32()) {
    float f = float(value);
    std::memcpy(out, &f, sizeof(f));
    return;
  }
  uint64_t bits;
  if (auto floatType = dyn_cast<FloatType>(type)) {
    llvm::APFloat f =
        cast<mlir::FloatAttr>(makeElement(type, value)).getValue();
    bits = f.bitcastToAPInt().getZExtValue();
  } else {
    bits = uint64_t(int64_t(value));
    if (type.isInteger(1))
      bits &= 1;
  }
  std::memcpy(out, &bits, getStorageBytes(type));
}

/// Bitwise comparison, so that -0.0 and 0.0 differ and a NaN equals itself.
template <typename T>
static bool allSame(ArrayRef<T> values) {
  return llvm::all_of(values, [&](const T &value) {
    return std::memcmp(&value, &values.front(), sizeof(T)) == 0;
  });
}

template <typename T>
static ElementsAttr make(RankedTensorType type, ArrayRef<T> values) {
  size_t count = type.getNumElements();
  assert((values.size() == count || values.size() == 1) &&
         "one value for each element, or one for all");
  Type elementType = type.getElementType();
  if (!values.empty() && allSame(values))
    return DenseElementsAttr::get(type, makeElement(elementType, values[0]));
  size_t size = getStorageBytes(elementType);
  if (count * size < kResourceThresholdBytes) {
    SmallVector<Attribute> elements;
    for (T value : values)
      elements.push_back(makeElement(elementType, value));
    return DenseElementsAttr::get(type, elements);
  }
  // 64 bytes: generated code may load whole vectors from it.
  mlir::AsmResourceBlob blob =
      mlir::HeapAsmResourceBlob::allocate(count * size, /*align=*/64);
  char *out = blob.getMutableData().data();
  for (size_t i = 0; i < count; ++i)
    writeElement(elementType, values[i], out + i * size);
  auto &manager =
      mlir::DenseResourceElementsHandle::getManagerInterface(type.getContext());
  return mlir::DenseResourceElementsAttr::get(
      type, manager.insert("constant", std::move(blob)));
}

ElementsAttr narrow::makeConstant(RankedTensorType type,
                                  ArrayRef<float> values) {
  return make(type, values);
}
ElementsAttr narrow::makeConstant(RankedTensorType type,
                                  ArrayRef<double> values) {
  return make(type, values);
}
ElementsAttr narrow::makeConstant(RankedTensorType type,
                                  ArrayRef<bool> values) {
  return make(type, values);
}
ElementsAttr narrow::makeConstant(RankedTensorType type,
                                  ArrayRef<int8_t> values) {
  return make(type, values);
}
ElementsAttr narrow::makeConstant(RankedTensorType type,
                                  ArrayRef<uint8_t> values) {
  return make(type, values);
}
ElementsAttr narrow::makeConstant(RankedTensorType type,
                                  ArrayRef<int16_t> values) {
  return make(type, values);
}
ElementsAttr narrow::makeConstant(RankedTensorType type,
                                  ArrayRef<int32_t> values) {
  return make(type, values);
}
ElementsAttr narrow::makeConstant(RankedTensorType type,
                                  ArrayRef<int64_t> values) {
  return make(type, values);
}
