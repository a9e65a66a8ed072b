//===- WriteMovement.cpp - what only moves elements in TFLite -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpWriter.h"

using namespace narrow;
using namespace narrow::tflite;

LogicalResult OpWriter::writeOp(fxp::ReshapeOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  if (failed(input))
    return failure();
  ArrayRef<int64_t> shape = tflite::getShape(op.getResult());
  ReshapeOptionsT options;
  options.new_shape.assign(shape.begin(), shape.end());
  return moveData(op, BuiltinOperator::RESHAPE, {*input, addShape(shape)},
                  options);
}

TensorId OpWriter::copy(TensorId tensor) {
  SmallVector<int64_t> shape(graph.getShape(tensor));
  TensorId result = graph.addTensor("copy", shape, graph.getKind(tensor));
  ReshapeOptionsT options;
  options.new_shape.assign(shape.begin(), shape.end());
  graph.addOperator(BuiltinOperator::RESHAPE, {tensor, addShape(shape)}, result,
                    options);
  return result;
}

LogicalResult OpWriter::writeOp(fxp::TransposeOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  if (failed(input))
    return failure();
  return moveData(op, BuiltinOperator::TRANSPOSE,
                  {*input, addShape(op.getPerms())}, TransposeOptionsT());
}

LogicalResult OpWriter::writeOp(fxp::SliceOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  if (failed(input))
    return failure();
  ArrayRef<int64_t> starts = op.getStarts(), steps = op.getSteps();
  SmallVector<int64_t> ends;
  StridedSliceOptionsT options;
  for (auto [axis, size] : llvm::enumerate(tflite::getShape(op.getResult()))) {
    int64_t end =
        starts[axis] + steps[axis] * (size - 1) + (steps[axis] > 0 ? 1 : -1);
    // In front of the first element, which -1 would not say.
    if (end < 0)
      options.end_mask |= 1 << axis;
    ends.push_back(end);
  }
  return moveData(op, BuiltinOperator::STRIDED_SLICE,
                  {*input, addShape(starts), addShape(ends), addShape(steps)},
                  options);
}

LogicalResult OpWriter::writeOp(fxp::ConcatOp op) {
  SmallVector<TensorId> inputs;
  for (Value input : op.getInputs()) {
    FailureOr<TensorId> tensor = getTensor(input);
    if (failed(tensor))
      return failure();
    inputs.push_back(*tensor);
  }
  ConcatenationOptionsT options;
  options.axis = static_cast<int32_t>(op.getAxis());
  return moveData(op, BuiltinOperator::CONCATENATION, inputs, options);
}

LogicalResult OpWriter::writeOp(fxp::GatherOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  if (failed(input))
    return failure();
  GatherOptionsT options;
  options.axis = static_cast<int32_t>(op.getAxis());
  return moveData(op, BuiltinOperator::GATHER,
                  {*input, addShape(op.getIndices())}, options);
}

LogicalResult OpWriter::writeOp(fxp::PadOp op) {
  FailureOr<TensorId> input = getTensor(op.getInput());
  FailureOr<StoredType> type = getType(op, op.getInput());
  if (failed(input) || failed(type))
    return failure();
  ArrayRef<int64_t> in = tflite::getShape(op.getInput()),
                    out = tflite::getShape(op.getResult());
  SmallVector<int64_t> amounts;
  for (auto [axis, low] : llvm::enumerate(op.getLow()))
    amounts.append({low, out[axis] - in[axis] - low});
  TensorId sizes =
      graph.addIntegers("pads", {static_cast<int64_t>(in.size()), 2},
                        {TensorType::INT32}, amounts);
  int64_t value = type->convert(static_cast<int32_t>(op.getValue()));
  if (value == type->kind.zeroPoint)
    return moveData(op, BuiltinOperator::PAD, {*input, sizes}, PadOptionsT());
  return moveData(
      op, BuiltinOperator::PADV2,
      {*input, sizes, graph.addIntegers("border", {1}, type->kind, value)},
      PadV2OptionsT());
}
