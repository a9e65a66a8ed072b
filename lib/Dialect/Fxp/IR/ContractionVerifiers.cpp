//===- ContractionVerifiers.cpp - rules of sums of products ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"

using namespace narrow;
using namespace narrow::fxp;

static RankedTensorType tensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Types, bias and requantisation of an op with weights [O, ..., I].
template <typename OpT>
static LogicalResult verifyWeighted(OpT op) {
  if (failed(
          verifyQuantised(op, op.getInput(), "the input", ScaleAxis::Last)) ||
      failed(verifyQuantised(op, op.getWeights(), "the weights",
                             ScaleAxis::First)) ||
      failed(
          verifyQuantised(op, op.getResult(), "the result", ScaleAxis::Last)))
    return failure();
  int64_t outputs = tensor(op.getWeights()).getDimSize(0);
  if (tensor(op.getBias()).getShape() != ArrayRef<int64_t>(outputs))
    return op.emitOpError("expected a bias of ")
           << outputs << " elements, found " << op.getBias().getType();
  if (tensor(op.getResult()).getShape().back() != outputs)
    return op.emitOpError("expected ")
           << outputs << " output channels as the weights have, found "
           << tensor(op.getResult()).getShape().back();
  RequantCheck check;
  check.channels = outputs;
  check.ratios = op.getExactRatios();
  return verifyRequant(op, op.getRequant(), op.getResult(), check);
}

/// Ranks, attribute lengths and channel counts of an image convolution.
template <typename OpT>
static LogicalResult verifyConvolution(OpT op, StringRef rule) {
  for (Value value :
       {Value(op.getInput()), Value(op.getWeights()), Value(op.getResult())})
    if (tensor(value).getRank() != 4)
      return op.emitOpError("expected input, weights and result of rank 4 (")
             << rule << "), found " << value.getType();
  if (failed(verifyList(op, "strides", op.getStrides(), 2, 1)) ||
      failed(verifyList(op, "pads", op.getPads(), 4, 0)) ||
      failed(verifyList(op, "dilations", op.getDilations(), 2, 1)))
    return failure();
  int64_t groups = op.getGroups();
  int64_t depth = tensor(op.getInput()).getDimSize(3),
          outputs = tensor(op.getWeights()).getDimSize(0);
  if (groups < 1 || depth % groups || outputs % groups)
    return op.emitOpError("expected groups that divide ")
           << depth << " input and " << outputs << " output channels (" << rule
           << "), found " << groups;
  if (tensor(op.getWeights()).getDimSize(3) != depth / groups)
    return op.emitOpError("expected weights of ")
           << depth / groups << " channels (" << rule << "), found "
           << tensor(op.getWeights()).getDimSize(3);
  if (tensor(op.getInput()).getDimSize(0) !=
      tensor(op.getResult()).getDimSize(0))
    return op.emitOpError("expected the input's batch (") << rule << ")";
  return verifyWeighted(op);
}

LogicalResult Conv2DOp::verify() {
  if (failed(verifyConvolution(*this, "N30")))
    return failure();
  for (int axis : {0, 1}) {
    int64_t kernel =
        (tensor(getWeights()).getDimSize(1 + axis) - 1) * getDilations()[axis] +
        1;
    int64_t room = tensor(getInput()).getDimSize(1 + axis) + getPads()[axis] +
                   getPads()[axis + 2] - kernel;
    int64_t expected = room < 0 ? 0 : room / getStrides()[axis] + 1;
    if (tensor(getResult()).getDimSize(1 + axis) != expected)
      return emitOpError("expected an output ")
             << (axis == 0 ? "height" : "width") << " of " << expected
             << " (N30), found " << tensor(getResult()).getDimSize(1 + axis);
  }
  return success();
}

LogicalResult TransposedConv2DOp::verify() {
  return verifyConvolution(*this, "N31");
}

LogicalResult FullyConnectedOp::verify() {
  RankedTensorType input = tensor(getInput()), weights = tensor(getWeights()),
                   result = tensor(getResult());
  if (input.getRank() < 1 || weights.getRank() != 2)
    return emitOpError(
               "expected an input [..., K] and weights [O, K] (N32), found ")
           << input << " and " << weights;
  if (input.getShape().back() != weights.getDimSize(1))
    return emitOpError("expected an input of ")
           << weights.getDimSize(1) << " channels (N32), found "
           << input.getShape().back();
  if (result.getRank() != input.getRank() ||
      result.getShape().drop_back() != input.getShape().drop_back())
    return emitOpError(
               "expected a result with the input's leading sizes (N32), found ")
           << result;
  return verifyWeighted(*this);
}

LogicalResult MatMulOp::verify() {
  if (failed(
          verifyQuantised(*this, getLhs(), "the left side", ScaleAxis::None)) ||
      failed(verifyQuantised(*this, getRhs(), "the right side",
                             ScaleAxis::None)) ||
      failed(
          verifyQuantised(*this, getResult(), "the result", ScaleAxis::Last)))
    return failure();
  RankedTensorType lhs = tensor(getLhs()), rhs = tensor(getRhs()),
                   result = tensor(getResult());
  if (lhs.getRank() != 3 || rhs.getRank() != 3 || result.getRank() != 3)
    return emitOpError("expected operands and result of rank 3 (N33)");
  if (lhs.getDimSize(2) != rhs.getDimSize(1) ||
      lhs.getDimSize(0) != rhs.getDimSize(0))
    return emitOpError("expected sides [B, M, K] and [B, K, N] (N33), found ")
           << lhs << " and " << rhs;
  if (result.getShape() !=
      ArrayRef<int64_t>(
          {lhs.getDimSize(0), lhs.getDimSize(1), rhs.getDimSize(2)}))
    return emitOpError("expected a result [B, M, N] (N33), found ") << result;

  RequantCheck check;
  check.channels = result.getDimSize(2);
  check.ratios = getExactRatios();
  check.hasKnownOffset = true;
  check.accumulator = getAccumulatorRange();
  check.mayBeLong = true;
  return verifyRequant(*this, getRequant(), getResult(), check);
}
