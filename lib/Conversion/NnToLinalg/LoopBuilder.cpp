//===- LoopBuilder.cpp - short forms of linalg.generic --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using mlir::AffineMap;

ArrayRef<int64_t> narrow::getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Value ScalarBuilder::number(float value) {
  return mlir::arith::ConstantOp::create(*this, getF32FloatAttr(value));
}

SmallVector<mlir::AffineExpr> LoopBuilder::dims(unsigned count) {
  SmallVector<AffineExpr> result;
  for (unsigned i = 0; i < count; ++i)
    result.push_back(dim(i));
  return result;
}

Value LoopBuilder::empty(ArrayRef<int64_t> shape) {
  return mlir::tensor::EmptyOp::create(*this, shape, getF32Type());
}

Value LoopBuilder::filled(ArrayRef<int64_t> shape, float value) {
  Value scalar = mlir::arith::ConstantOp::create(*this, getF32FloatAttr(value));
  return mlir::linalg::FillOp::create(*this, scalar, empty(shape)).getResult(0);
}

Value LoopBuilder::constant(ArrayRef<int64_t> shape, ArrayRef<float> values) {
  auto type = RankedTensorType::get(shape, getF32Type());
  return mlir::arith::ConstantOp::create(*this, type,
                                         makeConstant(type, values));
}

Value LoopBuilder::constant(ArrayRef<int64_t> shape, ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get(shape, getI64Type());
  return mlir::arith::ConstantOp::create(*this, type,
                                         makeConstant(type, values));
}

Value LoopBuilder::nest(unsigned loops, ValueRange inputs, Value init,
                        ArrayRef<SmallVector<AffineExpr>> access,
                        LoopBody body) {
  SmallVector<AffineMap> maps;
  for (ArrayRef<AffineExpr> positions : access)
    maps.push_back(AffineMap::get(loops, 0, positions, getContext()));
  SmallVector<mlir::utils::IteratorType> iterators;
  for (unsigned i = 0; i < loops; ++i)
    iterators.push_back(maps.back().isFunctionOfDim(i)
                            ? mlir::utils::IteratorType::parallel
                            : mlir::utils::IteratorType::reduction);
  return mlir::linalg::GenericOp::create(
             *this, mlir::TypeRange(init.getType()), inputs, ValueRange(init),
             maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange args) {
               ScalarBuilder scalars(loc, builder);
               mlir::linalg::YieldOp::create(scalars, body(scalars, args));
             })
      .getResult(0);
}

Value LoopBuilder::map(ValueRange inputs, LoopBody body) {
  ArrayRef<int64_t> shape = getShape(inputs.front());
  SmallVector<SmallVector<AffineExpr>> access(inputs.size() + 1,
                                              dims(shape.size()));
  return nest(shape.size(), inputs, empty(shape), access, body);
}

Value LoopBuilder::reduce(Value input, ArrayRef<int64_t> axes, float init,
                          LoopBody body) {
  ArrayRef<int64_t> shape = getShape(input);
  SmallVector<int64_t> kept;
  SmallVector<AffineExpr> positions;
  for (auto [i, size] : llvm::enumerate(shape))
    if (!llvm::is_contained(axes, int64_t(i))) {
      kept.push_back(size);
      positions.push_back(dim(i));
    }
  return nest(shape.size(), input, filled(kept, init),
              {dims(shape.size()), positions}, body);
}

Value LoopBuilder::mapReduced(Value input, ValueRange reduced,
                              ArrayRef<int64_t> axes, LoopBody body) {
  ArrayRef<int64_t> shape = getShape(input);
  SmallVector<AffineExpr> positions;
  for (size_t i = 0; i < shape.size(); ++i)
    if (!llvm::is_contained(axes, int64_t(i)))
      positions.push_back(dim(i));
  SmallVector<Value> inputs{input};
  llvm::append_range(inputs, reduced);
  SmallVector<SmallVector<AffineExpr>> access(inputs.size() + 1, positions);
  access.front() = access.back() = dims(shape.size());
  return nest(shape.size(), inputs, empty(shape), access, body);
}

/// Returns the row-major offset of `access` at the given loop positions.
static int64_t getOffset(AffineMap access, ArrayRef<int64_t> position,
                         ArrayRef<int64_t> shape) {
  int64_t offset = 0;
  for (auto [index, size] : llvm::zip_equal(access.compose(position), shape))
    offset = offset * size + index;
  return offset;
}

Value LoopBuilder::rearrange(Value input, ArrayRef<int64_t> shape,
                             ArrayRef<AffineExpr> access) {
  unsigned rank = shape.size();
  ElementsAttr data;
  if (!mlir::matchPattern(input, mlir::m_Constant(&data)))
    return nest(rank, input, empty(shape),
                {SmallVector<AffineExpr>(access), dims(rank)},
                [](ScalarBuilder &, ValueRange args) { return args[0]; });

  AffineMap map = AffineMap::get(rank, 0, access, getContext());
  SmallVector<int64_t> position(rank, 0), strides(rank, 0);
  int64_t base = getOffset(map, position, getShape(input));
  for (unsigned i = 0; i < rank; ++i) {
    position[i] = 1;
    strides[i] = getOffset(map, position, getShape(input)) - base;
    position[i] = 0;
  }
  SmallVector<float> from = getFloats(data);
  std::vector<float> to(ShapedType::getNumElements(shape));
  int64_t offset = base;
  for (float &value : to) {
    value = from[offset];
    for (unsigned i = rank; i-- > 0;) {
      offset += strides[i];
      if (++position[i] < shape[i])
        break;
      offset -= strides[i] * shape[i];
      position[i] = 0;
    }
  }
  return constant(shape, ArrayRef<float>(to));
}

Value LoopBuilder::pad(Value input, ArrayRef<int64_t> low,
                       ArrayRef<int64_t> high, float value) {
  SmallVector<int64_t> shape(getShape(input));
  SmallVector<mlir::OpFoldResult> offsets, sizes;
  SmallVector<mlir::OpFoldResult> strides(shape.size(), getIndexAttr(1));
  bool any = false;
  for (size_t i = 0; i < shape.size(); ++i) {
    offsets.push_back(getIndexAttr(low[i]));
    sizes.push_back(getIndexAttr(shape[i]));
    shape[i] += low[i] + high[i];
    any |= low[i] != 0 || high[i] != 0;
  }
  if (!any)
    return input;
  return mlir::tensor::InsertSliceOp::create(*this, input, filled(shape, value),
                                             offsets, sizes, strides);
}
