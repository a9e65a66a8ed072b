//===- Constants.cpp - constant operands of float ops ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "AxisOrder.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

ElementsAttr prepare::matchConstant(Value value) {
  Attribute attr;
  if (!mlir::matchPattern(value, mlir::m_Constant(&attr)))
    return {};
  auto elements = dyn_cast<ElementsAttr>(attr);
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!elements || !type || !type.hasStaticShape() ||
      elements.getShapedType() != type || !hasReadableData(elements))
    return {};
  return elements;
}

std::optional<SmallVector<float>> prepare::matchFloats(Value value) {
  ElementsAttr attr = matchConstant(value);
  if (!attr || !attr.getElementType().isF32())
    return std::nullopt;
  return getFloats(attr);
}

std::optional<float> prepare::matchFloatSplat(Value value) {
  std::optional<SmallVector<float>> values = matchFloats(value);
  if (!values || values->empty() || !llvm::all_equal(*values))
    return std::nullopt;
  return values->front();
}

std::optional<SmallVector<int64_t>> prepare::matchShape(Value value) {
  auto op = value.getDefiningOp<tosa::ConstShapeOp>();
  if (!op || !hasReadableData(op.getValues()))
    return std::nullopt;
  return getIntegers(op.getValues());
}

bool prepare::isZero(Value value) {
  ElementsAttr attr = matchConstant(value);
  if (!attr)
    return false;
  if (isa<FloatType>(attr.getElementType()))
    return llvm::all_of(getFloats(attr), [](float v) { return v == 0.0f; });
  return attr.getElementType().isIntOrIndex() &&
         llvm::all_of(getIntegers(attr), [](int64_t v) { return v == 0; });
}

Value prepare::createFloats(OpBuilder &builder, Location loc,
                            ArrayRef<int64_t> shape, ArrayRef<float> values) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  return tosa::ConstOp::create(builder, loc, type, makeConstant(type, values));
}

Value prepare::createShape(OpBuilder &builder, Location loc,
                           ArrayRef<int64_t> values) {
  return tosa::ConstShapeOp::create(
      builder, loc, tosa::shapeType::get(builder.getContext(), values.size()),
      builder.getIndexTensorAttr(values));
}

Value prepare::createReshape(OpBuilder &builder, Location loc, Value value,
                             ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return tosa::ReshapeOp::create(builder, loc, type.clone(shape), value,
                                 createShape(builder, loc, shape));
}

tosa::MulOp prepare::createProduct(OpBuilder &builder, Location loc,
                                   Value value, ArrayRef<int64_t> shape,
                                   ArrayRef<float> factors) {
  auto type = RankedTensorType::get({1}, builder.getI8Type());
  Value noShift = tosa::ConstOp::create(
      builder, loc, type,
      DenseElementsAttr::get(type, builder.getI8IntegerAttr(0)));
  return tosa::MulOp::create(builder, loc, value.getType(), value,
                             createFloats(builder, loc, shape, factors),
                             noShift);
}

ElementsAttr prepare::reshapeConstant(ElementsAttr attr,
                                      ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(attr.getShapedType().clone(shape));
  if (auto dense = dyn_cast<DenseElementsAttr>(Attribute(attr)))
    return dense.reshape(type);
  // A resource holds bytes: the same ones serve every shape.
  auto resource = cast<mlir::DenseResourceElementsAttr>(Attribute(attr));
  return mlir::DenseResourceElementsAttr::get(type, resource.getRawHandle());
}

/// Returns the row-major elements of a tensor of `shape` in the order that its
/// transpose by `perm` has.
template <typename T>
static SmallVector<T> transposeElements(ArrayRef<T> values,
                                        ArrayRef<int64_t> shape,
                                        ArrayRef<int32_t> perm) {
  size_t rank = shape.size();
  SmallVector<int64_t> strides(rank, 1);
  for (size_t i = rank; i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  SmallVector<int64_t> sizes = permute(shape, perm);
  SmallVector<int64_t> steps = permute<int64_t>(strides, perm);
  SmallVector<int64_t> index(rank, 0);
  SmallVector<T> result;
  result.reserve(values.size());
  int64_t offset = 0;
  while (result.size() < values.size()) {
    result.push_back(values[offset]);
    for (size_t i = rank; i-- > 0;) {
      offset += steps[i];
      if (++index[i] < sizes[i])
        break;
      offset -= steps[i] * sizes[i];
      index[i] = 0;
    }
  }
  return result;
}

ElementsAttr prepare::transposeConstant(ElementsAttr attr,
                                        ArrayRef<int32_t> perm) {
  auto type = cast<RankedTensorType>(attr.getShapedType());
  RankedTensorType permuted = permuteType(type, perm);
  if (auto dense = dyn_cast<DenseElementsAttr>(Attribute(attr)))
    if (dense.isSplat())
      return dense.resizeSplat(permuted);
  Type element = type.getElementType();
  if (auto floats = dyn_cast<FloatType>(element);
      floats && floats.getWidth() <= 32)
    return makeConstant(permuted, ArrayRef<float>(transposeElements<float>(
                                      getFloats(attr), type.getShape(), perm)));
  if (element.isSignlessInteger() && element.getIntOrFloatBitWidth() <= 64)
    return makeConstant(permuted,
                        ArrayRef<int64_t>(transposeElements<int64_t>(
                            getIntegers(attr), type.getShape(), perm)));
  return {};
}

std::optional<SmallVector<float>>
prepare::matchPerChannel(Value value, int64_t rank, int64_t channels) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  std::optional<SmallVector<float>> values = matchFloats(value);
  if (!values || type.getRank() > rank)
    return std::nullopt;
  if (values->size() == 1)
    return SmallVector<float>(channels, values->front());
  if (type.getNumElements() != channels || type.getShape().back() != channels)
    return std::nullopt;
  return values;
}
