//===- TosaBuilder.cpp - integer TOSA operations by their values ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaBuilder.h"
#include <numeric>

using namespace narrow;
using namespace narrow::exporting;
namespace tosa = mlir::tosa;

/// A shift that leaves room for factors below 2^15.
static constexpr int64_t kExactShift = 15;

Value TosaBuilder::integers(ArrayRef<int64_t> shape, Type element,
                            ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get(shape, element);
  unsigned bits = element.getIntOrFloatBitWidth();
  SmallVector<llvm::APInt> numbers;
  for (int64_t value : values)
    numbers.emplace_back(bits, static_cast<uint64_t>(value), /*isSigned=*/true);
  return tosa::ConstOp::create(builder, location, type,
                               DenseElementsAttr::get(type, numbers));
}

Value TosaBuilder::floats(ArrayRef<int64_t> shape, ArrayRef<float> values) {
  auto type = RankedTensorType::get(shape, f32());
  return tosa::ConstOp::create(builder, location, type,
                               DenseElementsAttr::get(type, values));
}

Value TosaBuilder::shape(ArrayRef<int64_t> sizes) {
  auto rank = static_cast<int64_t>(sizes.size());
  return tosa::ConstShapeOp::create(
      builder, location, tosa::shapeType::get(builder.getContext(), rank),
      builder.getIndexTensorAttr(sizes));
}

Value TosaBuilder::rescale(Value input, Type element, const Rescale &by) {
  auto type = typeOf(input);
  auto count = static_cast<int64_t>(by.multipliers.size());
  return tosa::RescaleOp::create(
      builder, location, type.clone(element), input,
      integers(count, i32(), by.multipliers), integers(count, i8(), by.shifts),
      integers(1, type.getElementType(), by.inputZeroPoint),
      integers(1, element, by.outputZeroPoint), /*scale32=*/true,
      by.isDouble ? tosa::RoundingMode::DOUBLE_ROUND
                  : tosa::RoundingMode::SINGLE_ROUND,
      /*per_channel=*/count > 1,
      /*input_unsigned=*/false, /*output_unsigned=*/false);
}

Value TosaBuilder::widen(Value input, int64_t zeroPoint, int32_t factor) {
  return rescale(
      input, i32(),
      {{int64_t(factor) << kExactShift}, {kExactShift}, zeroPoint, 0});
}

Value TosaBuilder::cast(Value input, Type element) {
  return tosa::CastOp::create(builder, location, typeOf(input).clone(element),
                              input);
}

Value TosaBuilder::reshape(Value input, ArrayRef<int64_t> sizes) {
  return tosa::ReshapeOp::create(builder, location, typeOf(input).clone(sizes),
                                 input, shape(sizes));
}

Value TosaBuilder::slice(Value input, ArrayRef<int64_t> starts,
                         ArrayRef<int64_t> sizes) {
  return tosa::SliceOp::create(builder, location, typeOf(input).clone(sizes),
                               input, shape(starts), shape(sizes));
}

Value TosaBuilder::pad(Value input, ArrayRef<int64_t> low,
                       ArrayRef<int64_t> high, Value number) {
  auto type = typeOf(input);
  SmallVector<int64_t> sizes(type.getShape()), amounts;
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    size += low[axis] + high[axis];
    amounts.append({low[axis], high[axis]});
  }
  return tosa::PadOp::create(builder, location, type.clone(sizes), input,
                             shape(amounts), number);
}

/// TOSA gathers from the middle one of three axes.
Value TosaBuilder::gather(Value input, int64_t axis,
                          ArrayRef<int64_t> indices) {
  auto type = typeOf(input);
  SmallVector<int64_t> sizes(type.getShape());
  auto product = [](ArrayRef<int64_t> list) {
    return std::accumulate(list.begin(), list.end(), int64_t(1),
                           std::multiplies<>());
  };
  int64_t outer = product(ArrayRef(sizes).take_front(axis)),
          inner = product(ArrayRef(sizes).drop_front(axis + 1)),
          count = static_cast<int64_t>(indices.size());
  Value flat = reshape(input, {outer, sizes[axis], inner});
  SmallVector<int64_t> places;
  for (int64_t row = 0; row < outer; ++row)
    llvm::append_range(places, indices);
  Value gathered = tosa::GatherOp::create(
      builder, location, type.clone({outer, count, inner}), flat,
      integers({outer, count}, i32(), places));
  sizes[axis] = count;
  return reshape(gathered, sizes);
}

Value TosaBuilder::clamp(Value input, int64_t low, int64_t high) {
  Type element = typeOf(input).getElementType();
  return tosa::ClampOp::create(builder, location, input.getType(), input,
                               builder.getIntegerAttr(element, low),
                               builder.getIntegerAttr(element, high));
}

Value TosaBuilder::multiply(Value lhs, Value rhs) {
  return tosa::MulOp::create(builder, location, broadcast(lhs, rhs), lhs, rhs,
                             integers(1, i8(), 0));
}

Type TosaBuilder::broadcast(Value lhs, Value rhs) {
  SmallVector<int64_t> sizes(typeOf(lhs).getShape());
  for (auto [size, other] : llvm::zip_equal(sizes, typeOf(rhs).getShape()))
    size = std::max(size, other);
  return typeOf(lhs).clone(sizes);
}
