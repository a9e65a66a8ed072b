//===- Movement.cpp - operators that change shapes ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../ModelLoader.h"
#include "Handlers.h"

using namespace narrow;
using namespace narrow::frontend;

LogicalResult frontend::importReshape(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  auto wanted = node.getConstantInts(1, "shape");
  if (failed(wanted))
    return failure();
  bool allowZero = node.getInt("allowzero", 0) != 0;
  Shape shape(wanted->begin(), wanted->end());
  int64_t known = 1, openAxis = -1;
  for (auto [axis, size] : llvm::enumerate(shape)) {
    if (size == 0 && !allowZero) {
      if (static_cast<int64_t>(axis) >= node[0].getRank())
        return node.error("shape " + toString(*wanted) + " copies axis " +
                          Twine(axis) + " of an input of rank " +
                          Twine(node[0].getRank()));
      size = node[0].shape[axis];
    }
    if (size == -1 && openAxis < 0) {
      openAxis = axis;
      continue;
    }
    if (size < 0)
      return node.error("shape " + toString(*wanted) +
                        " has more than one open dimension");
    if (size && known > kMaxElements / size)
      return node.error("a tensor of shape " + toString(*wanted) +
                        " is too large");
    known *= size;
  }
  int64_t count = node[0].getNumElements();
  if (openAxis >= 0 && known > 0)
    shape[openAxis] = count / known;
  if (getNumElements(shape) != count || (openAxis >= 0 && known == 0))
    return node.error("a tensor of shape " + toString(node[0].shape) +
                      " cannot be reshaped to " + toString(*wanted));
  return node.set(0, node.b.reshape(node[0], shape));
}

LogicalResult frontend::importFlatten(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  const Tensor &input = node[0];
  int64_t axis = node.getInt("axis", 1);
  if (axis < -input.getRank() || axis > input.getRank())
    return node.error("axis " + Twine(axis) + " is out of range for rank " +
                      Twine(input.getRank()));
  if (axis < 0)
    axis += input.getRank();
  return node.set(
      0, node.b.reshape(
             input, {getNumElements(ArrayRef(input.shape).take_front(axis)),
                     getNumElements(ArrayRef(input.shape).drop_front(axis))}));
}

LogicalResult frontend::importTranspose(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  int64_t rank = node[0].getRank();
  SmallVector<int64_t> reversed;
  for (int64_t i = rank - 1; i >= 0; --i)
    reversed.push_back(i);
  SmallVector<int64_t> perm = node.getInts("perm").value_or(reversed);
  auto sorted = node.normalizeAxes(perm, rank);
  if (failed(sorted))
    return failure();
  if (static_cast<int64_t>(perm.size()) != rank)
    return node.error("expected a permutation of " + Twine(rank) +
                      " axes, found " + toString(perm));
  for (int64_t &axis : perm)
    axis = axis < 0 ? axis + rank : axis;
  return node.set(0, node.b.transpose(node[0], perm));
}

LogicalResult frontend::importSqueeze(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  const Tensor &input = node[0];
  auto given = node.getIntsFromEither(1, "axes");
  if (failed(given))
    return failure();
  SmallVector<int64_t> ones;
  for (int64_t i = 0; i < input.getRank(); ++i)
    if (input.shape[i] == 1)
      ones.push_back(i);
  auto axes = node.normalizeAxes(given->value_or(ones), input.getRank());
  if (failed(axes))
    return failure();
  Shape shape;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    if (!llvm::is_contained(*axes, i))
      shape.push_back(input.shape[i]);
    else if (input.shape[i] != 1)
      return node.error("axis " + Twine(i) + " has size " +
                        Twine(input.shape[i]) + ", expected 1");
  }
  return node.set(0, node.b.reshape(input, shape));
}

LogicalResult frontend::importUnsqueeze(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  const Tensor &input = node[0];
  auto given = node.getIntsFromEither(1, "axes");
  if (failed(given))
    return failure();
  if (!*given)
    return node.error("expected axes");
  int64_t rank = input.getRank() + (*given)->size();
  auto axes = node.normalizeAxes(**given, rank);
  if (failed(axes))
    return failure();
  Shape shape;
  for (int64_t i = 0, next = 0; i < rank; ++i)
    shape.push_back(llvm::is_contained(*axes, i) ? 1 : input.shape[next++]);
  return node.set(0, node.b.reshape(input, shape));
}

LogicalResult frontend::importConcat(Node &node) {
  if (failed(node.expectOperands(std::max<size_t>(node.getNumOperands(), 1))) ||
      failed(node.expectRankAtLeast(0, 1)))
    return failure();
  const Tensor &first = node[0];
  auto axis = node.normalizeAxis(node.getInt("axis", 1), first.getRank());
  if (failed(axis))
    return failure();
  for (const Tensor &operand : node.getOperands()) {
    Shape shape = operand.shape;
    if (operand.getRank() == first.getRank())
      shape[*axis] = first.shape[*axis];
    if (shape != first.shape || operand.type != first.type)
      return node.error("shapes " + toString(first.shape) + " and " +
                        toString(operand.shape) +
                        " cannot be concatenated on axis " + Twine(*axis));
  }
  return node.set(0, node.b.concat(node.getOperands(), *axis));
}

LogicalResult frontend::importSplit(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)))
    return failure();
  const Tensor &input = node[0];
  auto axis = node.normalizeAxis(node.getInt("axis", 0), input.getRank());
  auto given = node.getIntsFromEither(1, "split");
  if (failed(axis) || failed(given))
    return failure();
  int64_t count = node.getNumOutputs(), extent = input.shape[*axis];
  SmallVector<int64_t> sizes;
  if (*given) {
    sizes = **given;
  } else {
    // Equal parts, the last one smaller where that does not divide.
    int64_t part = (extent + count - 1) / count;
    for (int64_t i = 0; i < count; ++i)
      sizes.push_back(std::max<int64_t>(0, std::min(part, extent - i * part)));
  }
  int64_t total = 0;
  for (int64_t size : sizes)
    total += size < 0 || size > extent ? extent + 1 : size;
  if (total != extent || static_cast<int64_t>(sizes.size()) != count)
    return node.error("an axis of size " + Twine(extent) +
                      " cannot be split into " + Twine(count) + " parts of " +
                      toString(sizes));
  int64_t start = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (node.hasOutput(i) &&
        failed(node.set(i, b.slice(input, *axis, start, sizes[i], 1))))
      return failure();
    start += sizes[i];
  }
  return mlir::success();
}

LogicalResult frontend::importSlice(Node &node) {
  if (failed(node.expectOperands(1)))
    return failure();
  Tensor result = node[0];
  auto starts = node.getIntsFromEither(1, "starts");
  auto ends = node.getIntsFromEither(2, "ends");
  auto givenAxes = node.getIntsFromEither(3, "axes");
  if (failed(starts) || failed(ends) || failed(givenAxes))
    return failure();
  if (!*starts || !*ends)
    return node.error("expected starts and ends");
  size_t count = (*starts)->size();
  SmallVector<int64_t> steps(count, 1), axes;
  if (node[4]) {
    auto given = node.getConstantInts(4, "steps");
    if (failed(given))
      return failure();
    steps = *given;
  }
  for (size_t i = 0; i < count; ++i)
    axes.push_back(i);
  if (*givenAxes)
    axes = **givenAxes;
  if ((*ends)->size() != count || axes.size() != count || steps.size() != count)
    return node.error("expected as many ends, axes and steps as starts");
  if (failed(node.normalizeAxes(axes, result.getRank())))
    return failure();
  for (size_t i = 0; i < count && result; ++i) {
    int64_t axis = axes[i] < 0 ? axes[i] + result.getRank() : axes[i];
    int64_t extent = result.shape[axis], step = steps[i];
    if (step == 0)
      return node.error("expected steps other than 0");
    // Negative positions count from the end; all are clamped to the axis.
    auto clamp = [&](int64_t at) {
      if (at < 0)
        at = at < -extent ? -1 : at + extent;
      return step > 0 ? std::clamp<int64_t>(at, 0, extent)
                      : std::clamp<int64_t>(at, -1, extent - 1);
    };
    int64_t start = clamp((**starts)[i]), end = clamp((**ends)[i]);
    int64_t length = step > 0 ? end - start : start - end;
    int64_t stride = step > 0 ? step : step == INT64_MIN ? INT64_MAX : -step;
    int64_t size = length <= 0 ? 0 : (length - 1) / stride + 1;
    step = size <= 1 ? 1 : step;
    result = node.b.slice(result, axis, size ? start : 0, size, step);
  }
  return node.set(0, result);
}

/// Index of the source for padded position `at - low`.
static int64_t mapPadded(StringRef mode, int64_t at, int64_t extent) {
  if (mode == "edge")
    return std::clamp<int64_t>(at, 0, extent - 1);
  if (mode == "wrap")
    return ((at % extent) + extent) % extent;
  if (extent == 1)
    return 0;
  int64_t period = 2 * (extent - 1);
  at = ((at % period) + period) % period;
  return at < extent ? at : period - at;
}

LogicalResult frontend::importPad(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRankAtLeast(0, 1)))
    return failure();
  Tensor result = node[0];
  int64_t rank = result.getRank();
  auto pads = node.getIntsFromEither(1, "pads");
  if (failed(pads))
    return failure();
  if (!*pads)
    return node.error("expected pads");
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < rank; ++i)
    axes.push_back(i);
  if (node[3]) {
    auto given = node.getConstantInts(3, "axes");
    if (failed(given) || failed(node.normalizeAxes(*given, rank)))
      return failure();
    axes = *given;
  }
  if ((*pads)->size() != 2 * axes.size())
    return node.error("expected " + Twine(2 * axes.size()) + " pads, found " +
                      Twine((*pads)->size()));
  double value = node.getFloat("value", 0);
  if (node[2]) {
    auto given = node.getConstantFloats(2, "value");
    if (failed(given))
      return failure();
    if (given->size() != 1)
      return node.error("expected one padding value");
    value = node[2].literal->get(0);
  }
  std::string mode = node.getString("mode", "constant");
  Shape low(rank, 0), high(rank, 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    low[axis] = (**pads)[i];
    high[axis] = (**pads)[i + axes.size()];
  }
  auto isTooLarge = [](int64_t amount) {
    return amount > INT32_MAX || amount < -INT32_MAX;
  };
  if (llvm::any_of(low, isTooLarge) || llvm::any_of(high, isTooLarge))
    return node.error("pads " + toString(**pads) + " do not fit shape " +
                      toString(node[0].shape));
  // Negative pads cut.
  for (int64_t axis = 0; axis < rank; ++axis) {
    int64_t cutLow = std::max<int64_t>(0, -low[axis]);
    int64_t cutHigh = std::max<int64_t>(0, -high[axis]);
    int64_t left = result.shape[axis] - cutLow - cutHigh;
    if (left < 0)
      return node.error("pads " + toString(**pads) + " do not fit shape " +
                        toString(node[0].shape));
    result = b.slice(result, axis, cutLow, left, 1);
    low[axis] = std::max<int64_t>(0, low[axis]);
    high[axis] = std::max<int64_t>(0, high[axis]);
  }
  if (mode == "constant")
    return node.set(0, b.pad(result, low, high, value));
  if (mode != "reflect" && mode != "edge" && mode != "wrap")
    return node.error("mode is '" + Twine(mode) +
                      "', expected constant, reflect, edge or wrap");
  for (int64_t axis = 0; axis < rank && result; ++axis) {
    int64_t extent = result.shape[axis];
    int64_t size = low[axis] + extent + high[axis];
    if (size == extent)
      continue;
    if (!b.checkConstant({size}))
      return failure();
    Literal positions(DataType::I64, {size});
    for (int64_t i = 0; i < size; ++i)
      positions.integers[i] = mapPadded(mode, i - low[axis], extent);
    result = b.gather(result, positions, axis);
  }
  return node.set(0, result);
}

LogicalResult frontend::importTile(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  auto repeats = node.getConstantInts(1, "repeats");
  if (failed(repeats))
    return failure();
  // The first opset's form: one axis and how often it is repeated.
  if (node.getNumOperands() == 3) {
    auto axis = node.getConstantInts(2, "axis");
    if (failed(axis))
      return failure();
    SmallVector<int64_t> all(node[0].getRank(), 1);
    auto at = node.normalizeAxis(axis->empty() ? 0 : axis->front(),
                                 node[0].getRank());
    if (failed(at) || repeats->empty())
      return failure();
    all[*at] = repeats->front();
    repeats = all;
  }
  if (static_cast<int64_t>(repeats->size()) != node[0].getRank() ||
      llvm::any_of(*repeats,
                   [](int64_t n) { return n < 0 || n > kMaxElements; }))
    return node.error("expected " + Twine(node[0].getRank()) +
                      " repeats that are not negative, found " +
                      toString(*repeats));
  return node.set(0, node.b.tile(node[0], *repeats));
}

LogicalResult frontend::importExpand(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  auto wanted = node.getConstantInts(1, "shape");
  if (failed(wanted))
    return failure();
  auto shape = broadcastShapes(node[0].shape, *wanted);
  if (!shape)
    return node.error("a tensor of shape " + toString(node[0].shape) +
                      " cannot be expanded to " + toString(*wanted));
  return node.set(0, node.b.broadcastTo(node[0], *shape));
}

LogicalResult frontend::importDepthToSpace(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRank(0, 4)))
    return failure();
  int64_t block = node.getInt("blocksize", 0);
  auto s = node[0].shape;
  if (block < 1 || block > (1 << 20) || s[1] % (block * block))
    return node.error("a block size of " + Twine(block) + " does not fit " +
                      Twine(s[1]) + " channels");
  int64_t depth = s[1] / (block * block);
  bool rowFirst = node.getString("mode", "DCR") == "DCR";
  Tensor split =
      rowFirst ? b.reshape(node[0], {s[0], block, block, depth, s[2], s[3]})
               : b.reshape(node[0], {s[0], depth, block, block, s[2], s[3]});
  Tensor moved = rowFirst ? b.transpose(split, {0, 3, 4, 1, 5, 2})
                          : b.transpose(split, {0, 1, 4, 2, 5, 3});
  return node.set(0,
                  b.reshape(moved, {s[0], depth, s[2] * block, s[3] * block}));
}

LogicalResult frontend::importSpaceToDepth(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRank(0, 4)))
    return failure();
  int64_t block = node.getInt("blocksize", 0);
  auto s = node[0].shape;
  if (block < 1 || s[2] % block || s[3] % block)
    return node.error("a block size of " + Twine(block) +
                      " does not fit an image of shape " + toString(s));
  Tensor split = b.reshape(
      node[0], {s[0], s[1], s[2] / block, block, s[3] / block, block});
  std::string mode = node.getString("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    return node.error("mode is '" + Twine(mode) + "', expected DCR or CRD");
  SmallVector<int64_t> order = {0, 3, 5, 1, 2, 4};
  if (mode == "CRD")
    order = {0, 1, 3, 5, 2, 4};
  Tensor moved = b.transpose(split, order);
  return node.set(0, b.reshape(moved, {s[0], s[1] * block * block, s[2] / block,
                                       s[3] / block}));
}
