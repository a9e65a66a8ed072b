//===- TensorOps.cpp - operations that move elements ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgImporter.h"

#include "narrow/Dialect/Nn/IR/NnOps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace narrow;
using namespace narrow::frontend;
namespace tensor = mlir::tensor;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

LogicalResult LinalgImporter::convertTensorOp(Operation *op) {
  for (Value value : op->getOperands())
    if (isa<ShapedType>(value.getType()) && !getElementType(value.getType()))
      return failure();
  for (Value value : op->getResults())
    if (!getElementType(value.getType()))
      return failure();
  if (isa<tensor::PadOp>(op))
    return convertPad(op);
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    return convertShape(op);
  if (isa<tensor::ExtractSliceOp>(op))
    return convertSlice(op);
  if (isa<tensor::InsertSliceOp>(op))
    return convertInsert(op);
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    return set(empty, Literal(*getElementType(empty.getType()),
                              Shape(empty.getType().getRank(), 1)));
  if (auto splat = dyn_cast<tensor::SplatOp>(op))
    return set(splat,
               b->expandRank(get(splat.getInput()), splat.getType().getRank()));
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return set(cast, get(cast.getSource()));
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    auto index = dim.getConstantIndex();
    if (!index || *index >= dim.getSource().getType().getRank())
      return unsupported("an axis that is not constant");
    return set(dim, makeScalar(DataType::I64, static_cast<double>(getShape(
                                                  dim.getSource())[*index])));
  }
  if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
    SmallVector<Tensor> parts;
    for (Value input : concat.getInputs())
      parts.push_back(getWhole(input));
    return set(concat, b->concat(parts, static_cast<int64_t>(concat.getDim())));
  }
  if (auto elements = dyn_cast<tensor::FromElementsOp>(op)) {
    SmallVector<Tensor> parts;
    for (Value input : elements.getElements())
      parts.push_back(b->reshape(get(input), {1}));
    Tensor joined = parts.empty() ? Tensor() : b->concat(parts, 0);
    return set(elements, b->reshape(joined, getShape(elements)));
  }
  if (auto extracted = dyn_cast<tensor::ExtractOp>(op)) {
    SmallVector<Tensor> indices;
    for (Value index : extracted.getIndices())
      indices.push_back(get(index));
    return set(extracted, extract(getWhole(extracted.getTensor()), indices, 0));
  }
  return unsupported("this operation");
}

LogicalResult LinalgImporter::convertPad(Operation *op) {
  auto pad = cast<tensor::PadOp>(op);
  Value value = pad.getConstantPaddingValue();
  Tensor number = value ? get(value) : Tensor();
  if (!pad.getLow().empty() || !pad.getHigh().empty() || !number ||
      !number.literal)
    return error("expected constant amounts and a constant value");
  for (int64_t amount :
       llvm::concat<const int64_t>(pad.getStaticLow(), pad.getStaticHigh()))
    if (amount < 0)
      return error("expected amounts of 0 or more, found " + Twine(amount));
  return set(pad, b->pad(getWhole(pad.getSource()), pad.getStaticLow(),
                         pad.getStaticHigh(), number.literal->get(0)));
}

LogicalResult LinalgImporter::convertShape(Operation *op) {
  Value source = op->getOperand(0), result = op->getResult(0);
  Tensor tensor = get(source);
  if (!tensor)
    return failure();
  auto expand = dyn_cast<tensor::ExpandShapeOp>(op);
  auto groups =
      expand ? expand.getReassociationIndices()
             : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
  ArrayRef<int64_t> from = getShape(source), to = getShape(result);
  Shape needed = tensor.shape, shape(to.size(), 1);
  for (auto [one, many] : llvm::enumerate(groups)) {
    if (expand) {
      // A repeated axis becomes repeated axes.
      if (tensor.shape[one] == from[one])
        for (int64_t axis : many)
          shape[axis] = to[axis];
      continue;
    }
    bool isRepeated = llvm::all_of(
        many, [&](int64_t axis) { return tensor.shape[axis] == 1; });
    if (isRepeated)
      continue;
    shape[one] = to[one];
    for (int64_t axis : many)
      needed[axis] = from[axis];
  }
  return set(result, b->reshape(b->broadcastTo(tensor, needed), shape));
}

LogicalResult LinalgImporter::convertSlice(Operation *op) {
  auto slice = cast<tensor::ExtractSliceOp>(op);
  if (!slice.getOffsets().empty() || !slice.getSizes().empty() ||
      !slice.getStrides().empty())
    return error("expected constant offsets, sizes and strides");
  Tensor tensor = get(slice.getSource());
  ArrayRef<int64_t> from = getShape(slice.getSource());
  for (size_t axis = 0; tensor && axis < from.size(); ++axis) {
    int64_t start = slice.getStaticOffsets()[axis],
            count = slice.getStaticSizes()[axis],
            step = slice.getStaticStrides()[axis];
    if (start < 0 || step < 1 || count < 1 ||
        start + (count - 1) * step >= from[axis])
      return error("expected elements inside of an axis of size " +
                   Twine(from[axis]));
    if (tensor.shape[axis] == from[axis])
      tensor = b->slice(tensor, axis, start, count, step);
  }
  if (!tensor)
    return failure();
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  Shape shape;
  for (size_t axis = 0; axis < from.size(); ++axis)
    if (!dropped[axis])
      shape.push_back(tensor.shape[axis]);
  return set(slice, b->reshape(tensor, shape));
}

LogicalResult LinalgImporter::convertInsert(Operation *op) {
  auto insert = cast<tensor::InsertSliceOp>(op);
  if (!insert.getOffsets().empty() || !insert.getSizes().empty() ||
      !insert.getStrides().empty())
    return error("expected constant offsets, sizes and strides");
  ArrayRef<int64_t> to = getShape(insert.getDest());
  ArrayRef<int64_t> offsets = insert.getStaticOffsets(),
                    sizes = insert.getStaticSizes(),
                    strides = insert.getStaticStrides();
  SmallVector<int64_t> partial;
  for (size_t axis = 0; axis < to.size(); ++axis) {
    if (offsets[axis] < 0 || strides[axis] < 1 || sizes[axis] < 1 ||
        offsets[axis] + (sizes[axis] - 1) * strides[axis] >= to[axis])
      return error("expected elements inside of an axis of size " +
                   Twine(to[axis]));
    if (sizes[axis] != to[axis])
      partial.push_back(axis);
  }
  Tensor source = b->reshape(getWhole(insert.getSource()), sizes);
  Tensor dest = get(insert.getDest());
  if (!source || !dest)
    return failure();
  if (dest.literal && dest.getNumElements() == 1) {
    double value = dest.literal->get(0);
    SmallVector<int64_t> low(offsets), high;
    Tensor image = source;
    for (size_t axis = 0; axis < to.size(); ++axis) {
      int64_t count = sizes[axis], step = strides[axis];
      high.push_back(to[axis] - offsets[axis] - ((count - 1) * step + 1));
      if (step == 1 || count == 1)
        continue;
      // [count, 1] to [count, step] to [count * step], less what is behind.
      Shape shape = source.shape;
      shape.insert(shape.begin() + axis + 1, 1);
      Shape none(shape.size(), 0), behind = none;
      behind[axis + 1] = step - 1;
      source = b->pad(b->reshape(source, shape), none, behind, value);
      shape.erase(shape.begin() + axis + 1);
      shape[axis] = count * step;
      source = b->slice(b->reshape(source, shape), axis, 0,
                        (count - 1) * step + 1, 1);
    }
    if (value == 0)
      spaced[insert] = {image, low, SmallVector<int64_t>(strides)};
    return set(insert, b->pad(source, low, high, value));
  }
  if (partial.empty())
    return set(insert, source);
  if (partial.size() > 1 || strides[partial[0]] != 1)
    return error("expected a slice that is whole but for one axis, or a "
                 "destination of one number");
  int64_t axis = partial[0], end = offsets[axis] + sizes[axis];
  dest = getWhole(insert.getDest());
  return set(insert,
             b->concat({b->slice(dest, axis, 0, offsets[axis], 1), source,
                        b->slice(dest, axis, end, to[axis] - end, 1)},
                       axis));
}

LogicalResult LinalgImporter::convertSoftmax(Operation *op) {
  auto softmax = cast<mlir::linalg::SoftmaxOp>(op);
  auto type = getElementType(softmax.getInput().getType());
  if (!type)
    return failure();
  mlir::Value input = b->materialize(getWhole(softmax.getInput()));
  if (!input)
    return failure();
  return set(
      softmax->getResult(0),
      {b->create<nn::SoftmaxOp>(input.getType(), input,
                                static_cast<int64_t>(softmax.getDimension())),
       *type});
}
