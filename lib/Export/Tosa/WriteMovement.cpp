//===- WriteMovement.cpp - movement and reductions in TOSA ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaWriter.h"

using namespace narrow;
using namespace narrow::exporting;
using tflite::StoredType;
namespace tosa = mlir::tosa;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

LogicalResult TosaWriter::writeOp(fxp::ReduceSumOp op) {
  FailureOr<SmallVector<StoredType>> types = getTypes(op);
  if (failed(types))
    return failure();
  Value sums = build.reduce<tosa::ReduceSumOp>(
      build.widen(getTensor(op.getInput()), types->front().kind.zeroPoint),
      op.getAxis());
  return requantize(op, sums, 0, op.getRequant());
}

LogicalResult TosaWriter::writeOp(fxp::ReduceMaxOp op) {
  tensors[op.getResult()] =
      build.reduce<tosa::ReduceMaxOp>(getTensor(op.getInput()), op.getAxis());
  return success();
}

LogicalResult TosaWriter::writeOp(fxp::ReshapeOp op) {
  tensors[op.getResult()] =
      build.reshape(getTensor(op.getInput()), shapeOf(op.getResult()));
  return success();
}

LogicalResult TosaWriter::writeOp(fxp::TransposeOp op) {
  FailureOr<RankedTensorType> type = getTensorType(op, op.getResult());
  if (failed(type))
    return failure();
  SmallVector<int32_t> perms(op.getPerms());
  tensors[op.getResult()] = tosa::TransposeOp::create(
      build.base(), build.loc(), *type, getTensor(op.getInput()), perms);
  return success();
}

/// A box, or, where steps leave some out, chosen places of that axis.
LogicalResult TosaWriter::writeOp(fxp::SliceOp op) {
  Value tensor = getTensor(op.getInput());
  ArrayRef<int64_t> out = shapeOf(op.getResult());
  SmallVector<int64_t> starts(op.getStarts()), sizes(out);
  for (auto [axis, step] : llvm::enumerate(op.getSteps())) {
    if (step == 1)
      continue;
    SmallVector<int64_t> indices;
    for (int64_t i = 0; i < out[axis]; ++i)
      indices.push_back(starts[axis] + i * step);
    tensor = build.gather(tensor, static_cast<int64_t>(axis), indices);
    starts[axis] = 0;
  }
  if (TosaBuilder::typeOf(tensor).getShape() != out)
    tensor = build.slice(tensor, starts, sizes);
  tensors[op.getResult()] = tensor;
  return success();
}

LogicalResult TosaWriter::writeOp(fxp::ConcatOp op) {
  FailureOr<RankedTensorType> type = getTensorType(op, op.getResult());
  if (failed(type))
    return failure();
  SmallVector<Value> inputs;
  for (Value input : op.getInputs())
    inputs.push_back(getTensor(input));
  tensors[op.getResult()] = tosa::ConcatOp::create(
      build.base(), build.loc(), *type, inputs,
      build.base().getI32IntegerAttr(static_cast<int32_t>(op.getAxis())));
  return success();
}

LogicalResult TosaWriter::writeOp(fxp::GatherOp op) {
  tensors[op.getResult()] =
      build.gather(getTensor(op.getInput()), op.getAxis(), op.getIndices());
  return success();
}

LogicalResult TosaWriter::writeOp(fxp::PadOp op) {
  FailureOr<StoredType> type = getType(op, op.getInput());
  if (failed(type))
    return failure();
  SmallVector<int64_t> high;
  for (auto [axis, low] : llvm::enumerate(op.getLow()))
    high.push_back(shapeOf(op.getResult())[axis] -
                   shapeOf(op.getInput())[axis] - low);
  Value number = build.integers(
      1, getElement(*type), type->convert(static_cast<int32_t>(op.getValue())));
  tensors[op.getResult()] =
      build.pad(getTensor(op.getInput()), op.getLow(), high, number);
  return success();
}

/// Nearest elements alone.
LogicalResult TosaWriter::writeOp(fxp::ResizeOp op) {
  Value tensor = getTensor(op.getInput());
  for (auto [axis, taps] :
       {std::pair<int64_t, ArrayRef<int32_t>>{1, op.getHTaps()},
        {2, op.getWTaps()}}) {
    SmallVector<int64_t> indices;
    for (size_t i = 0; i < taps.size(); i += 3) {
      if (taps[i + 2] != 0)
        return refuse(op, "expected nearest elements, found interpolation");
      indices.push_back(taps[i]);
    }
    tensor = build.gather(tensor, axis, indices);
  }
  tensors[op.getResult()] = tensor;
  return success();
}
