//===- MovementVerifiers.cpp - rules of same-scale data movement ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"

using namespace narrow;
using namespace narrow::fxp;

static RankedTensorType tensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// N50: the storage and, channel by channel, the scale and the zero point pass
/// unchanged. `axis` is where the input's scale axis comes to lie in the
/// result, and `source` the input channel that a result channel holds.
static LogicalResult verifySameScale(Operation *op, Value input, int64_t axis,
                                     function_ref<int64_t(int64_t)> source) {
  QuantView from(input.getType()), to(op->getResult(0).getType());
  bool same = from.getBits() == to.getBits() &&
              from.isSigned() == to.isSigned() &&
              from.getStorageRange() == to.getStorageRange() &&
              from.isPerAxis() == to.isPerAxis() &&
              (!to.isPerAxis() || to.getAxis() == axis);
  for (int64_t c = 0; same && c < to.getNumChannels(); ++c) {
    int64_t s = to.isPerAxis() ? source(c) : 0;
    same = s >= 0 && s < from.getNumChannels() &&
           from.getScale(s) == to.getScale(c) &&
           from.getZeroPoint(s) == to.getZeroPoint(c);
  }
  if (!same)
    return op->emitOpError(
               "expected a result of the input's scale (N50), found ")
           << to.getElementType() << " from " << from.getElementType();
  return success();
}

/// N50: operands and results are all quantised, or all f32, which have no
/// scale.
static LogicalResult verifyMoved(Operation *op) {
  auto isFloat = [](Type type) {
    return cast<RankedTensorType>(type).getElementType().isF32();
  };
  if (!isFloat(op->getResult(0).getType()) &&
      llvm::none_of(op->getOperandTypes(), isFloat))
    return verifyAllQuantised(op);
  if (isFloat(op->getResult(0).getType()) &&
      llvm::all_of(op->getOperandTypes(), isFloat))
    return success();
  return op->emitOpError("expected operands and a result that are all "
                         "quantised or all f32 (N50)");
}

/// The common case: scales stay where they are.
static LogicalResult verifySameScale(Operation *op, Value input) {
  return verifySameScale(op, input, QuantView(input.getType()).getAxis(),
                         [](int64_t c) { return c; });
}

LogicalResult ReshapeOp::verify() {
  RankedTensorType in = tensor(getInput()), out = tensor(getResult());
  if (failed(verifyMoved(*this)))
    return failure();
  if (in.getNumElements() != out.getNumElements())
    return emitOpError("expected ")
           << in.getNumElements() << " elements (N50), found "
           << out.getNumElements();
  QuantView from(in), to(out);
  if (!from.isPerAxis() || !to.isPerAxis())
    return verifySameScale(*this, getInput());
  // The axis of the scales must keep its extent and what is inside it.
  auto inside = [](RankedTensorType type, int64_t axis) {
    int64_t elements = 1;
    for (int64_t extent : type.getShape().drop_front(axis + 1))
      elements *= extent;
    return elements;
  };
  if (inside(in, from.getAxis()) != inside(out, to.getAxis()))
    return emitOpError(
               "expected the axis of the scales to stay whole (N50), found ")
           << out << " from " << in;
  return verifySameScale(*this, getInput(), to.getAxis(),
                         [](int64_t c) { return c; });
}

LogicalResult TransposeOp::verify() {
  RankedTensorType in = tensor(getInput()), out = tensor(getResult());
  ArrayRef<int64_t> perms = getPerms();
  SmallVector<bool> seen(in.getRank(), false);
  bool legal = static_cast<int64_t>(perms.size()) == in.getRank() &&
               out.getRank() == in.getRank();
  for (auto [axis, perm] : llvm::enumerate(perms)) {
    legal = legal && perm >= 0 && perm < in.getRank() && !seen[perm] &&
            out.getDimSize(axis) == in.getDimSize(perm);
    if (!legal)
      break;
    seen[perm] = true;
  }
  if (!legal)
    return emitOpError("expected a permutation of ")
           << in.getRank()
           << " axes and the result's sizes by it (N50), found [" << perms
           << "] from " << in << " to " << out;
  if (failed(verifyMoved(*this)))
    return failure();
  int64_t axis = QuantView(in).getAxis();
  const int64_t *moved = llvm::find(perms, axis);
  return verifySameScale(*this, getInput(),
                         moved == perms.end() ? -1 : moved - perms.begin(),
                         [](int64_t c) { return c; });
}

LogicalResult SliceOp::verify() {
  RankedTensorType in = tensor(getInput()), out = tensor(getResult());
  size_t rank = in.getRank();
  if (getStarts().size() != rank || getSteps().size() != rank ||
      out.getRank() != in.getRank())
    return emitOpError("expected ") << rank << " starts, steps and sizes (N50)";
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t first = getStarts()[axis];
    int64_t last = first + (out.getDimSize(axis) - 1) * getSteps()[axis];
    if (out.getDimSize(axis) > 0 &&
        (std::min(first, last) < 0 ||
         std::max(first, last) >= in.getDimSize(axis)))
      return emitOpError("expected positions in 0..")
             << in.getDimSize(axis) - 1 << " on axis " << axis
             << " (N50), found " << first << " to " << last;
  }
  if (failed(verifyMoved(*this)))
    return failure();
  int64_t axis = QuantView(in).getAxis();
  return verifySameScale(*this, getInput(), axis, [&](int64_t c) {
    return getStarts()[axis] + c * getSteps()[axis];
  });
}

LogicalResult PadOp::verify() {
  RankedTensorType in = tensor(getInput()), out = tensor(getResult());
  if (in.getRank() != out.getRank())
    return emitOpError("expected a result of rank ")
           << in.getRank() << " (N51), found " << out;
  if (failed(verifyList(*this, "low", getLow(), in.getRank(), 0)))
    return failure();
  for (int64_t axis = 0; axis < in.getRank(); ++axis)
    if (out.getDimSize(axis) < getLow()[axis] + in.getDimSize(axis))
      return emitOpError("expected a result that holds the input on axis ")
             << axis << " (N51), found " << out;
  if (failed(verifyAllQuantised(*this)))
    return failure();
  QuantView view(in);
  int64_t value = static_cast<int32_t>(getValue());
  if (!view.getStorageRange().contains(value))
    return emitOpError("expected a stored value in ")
           << view.getStorageRange().lo << ".." << view.getStorageRange().hi
           << " (N51), found " << value;
  return verifySameScale(*this, getInput());
}

LogicalResult ConcatOp::verify() {
  RankedTensorType out = tensor(getResult());
  uint64_t axis = getAxis();
  if (getInputs().empty())
    return emitOpError("expected an input (N50)");
  if (axis >= static_cast<uint64_t>(out.getRank()))
    return emitOpError("expected an axis below ")
           << out.getRank() << " (N50), found " << static_cast<int64_t>(axis);
  if (failed(verifyMoved(*this)))
    return failure();
  int64_t extent = 0;
  for (Value input : getInputs()) {
    RankedTensorType in = tensor(input);
    SmallVector<int64_t> expected(out.getShape());
    if (in.getRank() == out.getRank())
      expected[axis] = in.getDimSize(axis);
    if (in.getShape() != ArrayRef<int64_t>(expected))
      return emitOpError("expected inputs that differ from the result on axis ")
             << axis << " alone (N50), found " << in;
    // Result channels start behind those of the inputs before.
    QuantView from(in), to(out);
    bool along = to.isPerAxis() && to.getAxis() == static_cast<int64_t>(axis);
    if (!along) {
      if (failed(verifySameScale(*this, input)))
        return failure();
    } else {
      bool same = from.getBits() == to.getBits() &&
                  from.getStorageRange() == to.getStorageRange() &&
                  (!from.isPerAxis() || from.getAxis() == to.getAxis());
      for (int64_t c = 0; same && c < in.getDimSize(axis); ++c)
        same = extent + c < to.getNumChannels() &&
               from.getScale(c) == to.getScale(extent + c) &&
               from.getZeroPoint(c) == to.getZeroPoint(extent + c);
      if (!same)
        return emitOpError(
                   "expected inputs of the result's scales (N50), found ")
               << from.getElementType() << " in " << to.getElementType();
    }
    extent += in.getDimSize(axis);
  }
  if (extent != out.getDimSize(axis))
    return emitOpError("expected an extent of ")
           << extent << " on axis " << axis << " (N50), found "
           << out.getDimSize(axis);
  return success();
}

LogicalResult GatherOp::verify() {
  RankedTensorType in = tensor(getInput()), out = tensor(getResult());
  uint64_t axis = getAxis();
  if (axis >= static_cast<uint64_t>(in.getRank()))
    return emitOpError("expected an axis below ")
           << in.getRank() << " (N50), found " << static_cast<int64_t>(axis);
  SmallVector<int64_t> expected(in.getShape());
  expected[axis] = getIndices().size();
  if (out.getShape() != ArrayRef<int64_t>(expected))
    return emitOpError("expected ")
           << getIndices().size() << " positions on axis " << axis
           << " (N50), found " << out;
  for (int64_t index : getIndices())
    if (index < 0 || index >= in.getDimSize(axis))
      return emitOpError("expected indices in 0..")
             << in.getDimSize(axis) - 1 << " (N50), found " << index;
  if (failed(verifyAllQuantised(*this)))
    return failure();
  QuantView view(in);
  bool along = view.getAxis() == static_cast<int64_t>(axis);
  return verifySameScale(*this, getInput(), view.getAxis(), [&](int64_t c) {
    return along ? getIndices()[c] : c;
  });
}

LogicalResult ResizeOp::verify() {
  RankedTensorType in = tensor(getInput()), out = tensor(getResult());
  if (in.getRank() != 4 || out.getRank() != 4 ||
      in.getDimSize(0) != out.getDimSize(0) ||
      in.getDimSize(3) != out.getDimSize(3))
    return emitOpError("expected NHWC with the input's batch and channels "
                       "(N52), found ")
           << out;
  if (failed(verifyAllQuantised(*this)))
    return failure();
  for (auto [axis, taps] :
       {std::pair(1, getHTaps()), std::pair(2, getWTaps())}) {
    if (static_cast<int64_t>(taps.size()) != 3 * out.getDimSize(axis))
      return emitOpError("expected ")
             << 3 * out.getDimSize(axis) << " integers of taps on axis " << axis
             << " (N52), found " << taps.size();
    for (size_t i = 0; i < taps.size(); ++i) {
      int64_t limit = i % 3 == 2 ? 255 : in.getDimSize(axis) - 1;
      if (taps[i] < 0 || taps[i] > limit)
        return emitOpError("expected taps in 0..")
               << limit << " on axis " << axis << " (N52), found " << taps[i];
    }
  }
  return verifySameScale(*this, getInput());
}
