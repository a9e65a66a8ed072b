//===- EvaluateMovement.cpp - data movement on constants ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every op here says where each element of its result comes from.
//
//===----------------------------------------------------------------------===//

#include "AxisOrder.h"
#include "Constants.h"
#include "Evaluate.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

/// Marks an element that comes from no operand.
static constexpr int64_t kPadding = -1;

using Coordinates = SmallVector<int64_t, 5>;

/// Calls `source` with the coordinates of each element of `shape`, in row-major
/// order, and collects what it returns.
static SmallVector<int64_t, 0>
collectIndices(ArrayRef<int64_t> shape,
               function_ref<int64_t(ArrayRef<int64_t>)> source) {
  int64_t count = ShapedType::getNumElements(shape);
  Coordinates at(shape.size(), 0);
  SmallVector<int64_t, 0> result;
  result.reserve(count);
  while (static_cast<int64_t>(result.size()) < count) {
    result.push_back(source(at));
    for (size_t i = shape.size(); i-- > 0;) {
      if (++at[i] < shape[i])
        break;
      at[i] = 0;
    }
  }
  return result;
}

/// Returns the row-major index of coordinates that lie inside `shape`.
static int64_t linearise(ArrayRef<int64_t> at, ArrayRef<int64_t> shape) {
  int64_t index = 0;
  for (auto [position, size] : llvm::zip(at, shape))
    index = index * size + position;
  return index;
}

using Source = std::optional<SmallVector<int64_t, 0>>;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static Source getSource(tosa::TransposeOp op) {
  if (!isStaticTranspose(op))
    return std::nullopt;
  ArrayRef<int64_t> shape = getShape(op.getInput1());
  return collectIndices(getShape(op), [&](ArrayRef<int64_t> at) {
    Coordinates from(at.size());
    for (auto [i, axis] : llvm::enumerate(op.getPerms()))
      from[axis] = at[i];
    return linearise(from, shape);
  });
}

static Source getSource(tosa::SliceOp op) {
  auto start = matchShape(op.getStart());
  if (!start)
    return std::nullopt;
  ArrayRef<int64_t> shape = getShape(op.getInput1());
  for (auto [begin, size, limit] : llvm::zip(*start, getShape(op), shape))
    if (begin < 0 || begin + size > limit)
      return std::nullopt;
  return collectIndices(getShape(op), [&](ArrayRef<int64_t> at) {
    Coordinates from(at);
    for (auto [position, begin] : llvm::zip(from, *start))
      position += begin;
    return linearise(from, shape);
  });
}

static Source getSource(tosa::PadOp op) {
  auto padding = matchShape(op.getPadding());
  if (!padding)
    return std::nullopt;
  ArrayRef<int64_t> shape = getShape(op.getInput1());
  return collectIndices(getShape(op), [&](ArrayRef<int64_t> at) {
    Coordinates from(at);
    for (size_t i = 0; i < from.size(); ++i) {
      from[i] -= (*padding)[2 * i];
      if (from[i] < 0 || from[i] >= shape[i])
        return kPadding;
    }
    return linearise(from, shape);
  });
}

static Source getSource(tosa::TileOp op) {
  ArrayRef<int64_t> shape = getShape(op.getInput1());
  return collectIndices(getShape(op), [&](ArrayRef<int64_t> at) {
    Coordinates from(at);
    for (auto [position, size] : llvm::zip(from, shape))
      position %= size;
    return linearise(from, shape);
  });
}

static Source getSource(tosa::ReverseOp op) {
  ArrayRef<int64_t> shape = getShape(op.getInput1());
  return collectIndices(shape, [&](ArrayRef<int64_t> at) {
    Coordinates from(at);
    from[op.getAxis()] = shape[op.getAxis()] - 1 - at[op.getAxis()];
    return linearise(from, shape);
  });
}

/// Indices run on from one operand into the next.
static Source getSource(tosa::ConcatOp op) {
  int64_t axis = op.getAxis();
  return collectIndices(getShape(op), [&](ArrayRef<int64_t> at) {
    Coordinates from(at);
    int64_t base = 0;
    for (Value operand : op.getInput1()) {
      ArrayRef<int64_t> shape = getShape(operand);
      if (from[axis] < shape[axis])
        return base + linearise(from, shape);
      from[axis] -= shape[axis];
      base += ShapedType::getNumElements(shape);
    }
    return kPadding;
  });
}

/// `values` [N, K, C] by `indices` [N, W].
static Source getSource(tosa::GatherOp op) {
  std::optional<Elements> indices = readElements(op.getIndices());
  if (!indices)
    return std::nullopt;
  ArrayRef<int64_t> shape = getShape(op.getValues());
  for (int64_t index : indices->integers)
    if (index < 0 || index >= shape[1])
      return std::nullopt;
  return collectIndices(getShape(op.getOutput()), [&](ArrayRef<int64_t> at) {
    int64_t row =
        indices->integers[linearise({at[0], at[1]}, indices->shape())];
    return linearise({at[0], row, at[2]}, shape);
  });
}

std::optional<Elements> prepare::evaluateMovement(Operation *op) {
  Elements out;
  if (op->getNumResults() != 1 || !op->getNumOperands())
    return std::nullopt;
  out.type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!out.type || !out.type.hasStaticShape())
    return std::nullopt;

  unsigned dataOperands = isa<tosa::ConcatOp>(op) ? op->getNumOperands() : 1;
  if (!isa<tosa::ReshapeOp, tosa::TransposeOp, tosa::SliceOp, tosa::PadOp,
           tosa::TileOp, tosa::ReverseOp, tosa::ConcatOp, tosa::GatherOp>(op))
    return std::nullopt;
  Elements in;
  for (Value operand : op->getOperands().take_front(dataOperands)) {
    std::optional<Elements> elements = readElements(operand);
    if (!elements)
      return std::nullopt;
    llvm::append_range(in.floats, elements->floats);
    llvm::append_range(in.integers, elements->integers);
  }
  if (isa<tosa::ReshapeOp>(op)) {
    in.type = out.type;
    return in;
  }

  Elements padding;
  if (auto pad = dyn_cast<tosa::PadOp>(op)) {
    std::optional<Elements> value = readElements(pad.getPadConst());
    if (!value)
      return std::nullopt;
    padding = *value;
  }
  Source source =
      llvm::TypeSwitch<Operation *, Source>(op)
          .Case<tosa::TransposeOp, tosa::SliceOp, tosa::PadOp, tosa::TileOp,
                tosa::ReverseOp, tosa::ConcatOp, tosa::GatherOp>(
              [](auto movement) { return getSource(movement); })
          .Default([](Operation *) { return std::nullopt; });
  if (!source)
    return std::nullopt;
  for (int64_t index : *source) {
    if (out.isFloat())
      out.floats.push_back(index == kPadding ? padding.floats.front()
                                             : in.floats[index]);
    else
      out.integers.push_back(index == kPadding ? padding.integers.front()
                                               : in.integers[index]);
  }
  return out;
}
