//===- ReductionVerifiers.cpp - rules of pools and reductions -------------===//
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

/// Ranks, attribute lengths, equal batch and channels, and windows that all
/// hold an input position; `dilations` may be null.
template <typename OpT>
static LogicalResult verifyPool(OpT op, ArrayRef<int64_t> dilations,
                                StringRef rule) {
  RankedTensorType in = tensor(op.getInput()), out = tensor(op.getResult());
  if (in.getRank() != 4 || out.getRank() != 4)
    return op.emitOpError("expected input and result of rank 4 (")
           << rule << ")";
  if (failed(verifyList(op, "kernel", op.getKernel(), 2, 1)) ||
      failed(verifyList(op, "strides", op.getStrides(), 2, 1)) ||
      failed(verifyList(op, "pads", op.getPads(), 4, 0)) ||
      failed(verifyList(op, "dilations", dilations, 2, 1)))
    return failure();
  if (in.getDimSize(0) != out.getDimSize(0) ||
      in.getDimSize(3) != out.getDimSize(3))
    return op.emitOpError(
               "expected a result with the input's batch and channels (")
           << rule << "), found " << out;
  for (int axis : {0, 1}) {
    int64_t kernel = (op.getKernel()[axis] - 1) * dilations[axis] + 1;
    int64_t stride = op.getStrides()[axis], size = out.getDimSize(1 + axis);
    int64_t room = in.getDimSize(1 + axis) + op.getPads()[axis] +
                   op.getPads()[axis + 2] - kernel;
    int64_t floorSize = room < 0 ? 0 : room / stride + 1;
    int64_t ceilSize = room < 0 ? 1 : (room + stride - 1) / stride + 1;
    if (size != floorSize && size != ceilSize)
      return op.emitOpError("expected an output ")
             << (axis == 0 ? "height" : "width") << " of " << floorSize
             << " or " << ceilSize << " (" << rule << "), found " << size;
    // Every window must reach the input: the first from before, the last from
    // behind.
    auto hasPosition = [&](int64_t o) {
      for (int64_t k = 0; k < op.getKernel()[axis]; ++k) {
        int64_t position =
            o * stride + k * dilations[axis] - op.getPads()[axis];
        if (position >= 0 && position < in.getDimSize(1 + axis))
          return true;
      }
      return false;
    };
    for (int64_t o = 0; o < size; ++o)
      if (!hasPosition(o))
        return op.emitOpError(
                   "expected every window to hold an input position (")
               << rule << "), found none at " << o << " of axis " << 1 + axis;
  }
  return success();
}

/// The element type passes unchanged.
static LogicalResult verifySameElements(Operation *op, StringRef rule) {
  Type in = tensor(op->getOperand(0)).getElementType(),
       out = tensor(op->getResult(0)).getElementType();
  if (in != out)
    return op->emitOpError("expected a result of the input's element type (")
           << rule << "), found " << out << " from " << in;
  return success();
}

LogicalResult MaxPool2DOp::verify() {
  if (failed(
          verifyQuantised(*this, getInput(), "the input", ScaleAxis::Last)) ||
      failed(verifySameElements(*this, "N60")))
    return failure();
  return verifyPool(*this, getDilations(), "N60");
}

LogicalResult AvgPool2DOp::verify() {
  int64_t noDilation[] = {1, 1};
  if (failed(
          verifyQuantised(*this, getInput(), "the input", ScaleAxis::Last)) ||
      failed(
          verifyQuantised(*this, getResult(), "the result", ScaleAxis::None)) ||
      failed(verifyPool(*this, noDilation, "N61")))
    return failure();
  QuantView from(getInput().getType());
  if (!from.hasOneScale())
    return emitOpError("expected one scale of the input (N61), found ")
           << from.getNumChannels();
  if (getCounts().empty())
    return emitOpError("expected at least one count (N61)");
  int64_t window = getKernel()[0] * getKernel()[1];
  RequantCheck check;
  check.channels = getCounts().size();
  for (int64_t count : getCounts())
    if (count < 1 || count > window)
      return emitOpError("expected counts in 1..")
             << window << " (N61), found " << count;
  check.ratios = getExactRatios();
  if (getCounts().size() > 1) {
    RankedTensorType in = tensor(getInput()), out = tensor(getResult());
    PoolGeometry geometry{in.getDimSize(1),  in.getDimSize(2),
                          out.getDimSize(1), out.getDimSize(2),
                          getKernel(),       getStrides(),
                          getPads()};
    for (int64_t count : getWindowCounts(geometry, /*countPads=*/false))
      if (!llvm::is_contained(getCounts(), count))
        return emitOpError("expected a count for windows of ")
               << count << " input positions (N61)";
  }
  check.hasKnownOffset = true;
  check.accumulator = getAccumulatorRange();
  return verifyRequant(*this, getRequant(), getResult(), check);
}

/// The result is the input with an extent of 1 on the axis.
static LogicalResult verifyReduction(Operation *op, uint64_t axis,
                                     StringRef rule) {
  RankedTensorType in = tensor(op->getOperand(0)),
                   out = tensor(op->getResult(0));
  if (axis >= static_cast<uint64_t>(in.getRank()))
    return op->emitOpError("expected an axis below ")
           << in.getRank() << " (" << rule << "), found "
           << static_cast<int64_t>(axis);
  SmallVector<int64_t> expected(in.getShape());
  expected[axis] = 1;
  if (out.getShape() != ArrayRef<int64_t>(expected))
    return op->emitOpError(
               "expected the input's shape with an extent of 1 on axis ")
           << axis << " (" << rule << "), found " << out;
  if (QuantView view(in); view.getAxis() == static_cast<int64_t>(axis))
    return op->emitOpError(
               "expected scales on another axis than the reduced one (")
           << rule << ")";
  return success();
}

LogicalResult ReduceSumOp::verify() {
  if (failed(verifyAllQuantised(*this)) ||
      failed(verifyReduction(*this, getAxis(), "N62")))
    return failure();
  QuantView from(getInput().getType()), to(getType());
  if (from.isPerAxis() && (!to.isPerAxis() || to.getAxis() != from.getAxis()))
    return emitOpError("expected scales of the result on the input's axis "
                       "(N62), found ")
           << to.getElementType();
  if (static_cast<int64_t>(getDivisor()) < 1)
    return emitOpError("expected a positive divisor (N62), found ")
           << static_cast<int64_t>(getDivisor());
  RequantCheck check;
  check.channels = getElementwiseChannels(getInput(), getResult());
  check.ratios = getExactRatios();
  check.hasKnownOffset = true;
  check.accumulator = getAccumulatorRange();
  return verifyRequant(*this, getRequant(), getResult(), check);
}

LogicalResult ReduceMaxOp::verify() {
  if (failed(verifyAllQuantised(*this)) ||
      failed(verifySameElements(*this, "N63")))
    return failure();
  return verifyReduction(*this, getAxis(), "N63");
}
