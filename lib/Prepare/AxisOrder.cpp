//===- AxisOrder.cpp - permutations of axes -------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisOrder.h"
#include "Constants.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

Permutation prepare::invert(ArrayRef<int32_t> perm) {
  Permutation result(perm.size());
  for (auto [i, axis] : llvm::enumerate(perm))
    result[axis] = i;
  return result;
}

Permutation prepare::compose(ArrayRef<int32_t> first,
                             ArrayRef<int32_t> second) {
  Permutation result;
  for (int32_t axis : second)
    result.push_back(first[axis]);
  return result;
}

bool prepare::isIdentity(ArrayRef<int32_t> perm) {
  for (auto [i, axis] : llvm::enumerate(perm))
    if (axis != static_cast<int32_t>(i))
      return false;
  return true;
}

int32_t prepare::mapAxis(ArrayRef<int32_t> perm, int32_t axis) {
  return llvm::find(perm, axis) - perm.begin();
}

RankedTensorType prepare::permuteType(RankedTensorType type,
                                      ArrayRef<int32_t> perm) {
  return RankedTensorType::get(permute(type.getShape(), perm),
                               type.getElementType());
}

bool prepare::movesOnlyUnitAxes(ArrayRef<int64_t> shape,
                                ArrayRef<int32_t> perm) {
  int32_t last = -1;
  for (int32_t axis : perm) {
    if (shape[axis] == 1)
      continue;
    if (axis < last)
      return false;
    last = axis;
  }
  return true;
}

bool prepare::isStaticTranspose(tosa::TransposeOp op) {
  auto in = dyn_cast<RankedTensorType>(op.getInput1().getType());
  auto out = dyn_cast<RankedTensorType>(op.getType());
  if (!in || !out || !in.hasStaticShape() || !out.hasStaticShape() ||
      static_cast<int64_t>(op.getPerms().size()) != in.getRank())
    return false;
  SmallVector<bool> seen(in.getRank(), false);
  for (int32_t axis : op.getPerms()) {
    if (axis < 0 || axis >= in.getRank() || seen[axis])
      return false;
    seen[axis] = true;
  }
  return true;
}

std::optional<size_t> prepare::findRowAxes(ArrayRef<int64_t> shape,
                                           ArrayRef<int32_t> perm,
                                           int64_t columns) {
  size_t first = shape.size();
  int64_t product = 1;
  while (first > 0 && product < columns)
    product *= shape[--first];
  // An axis of size 1 may lie on either side: taken where it is moved.
  auto keepsPrefix = [&] { return isIdentity(perm.take_front(first)); };
  while (first > 0 && shape[first - 1] == 1 && !keepsPrefix())
    --first;
  if (product != columns || !keepsPrefix())
    return std::nullopt;
  return first;
}

Value prepare::createTranspose(OpBuilder &builder, Location loc, Value value,
                               ArrayRef<int32_t> perm) {
  auto type = permuteType(cast<RankedTensorType>(value.getType()), perm);
  if (ElementsAttr attr = matchConstant(value))
    if (ElementsAttr permuted = transposeConstant(attr, perm))
      return tosa::ConstOp::create(builder, value.getLoc(), type, permuted);
  return tosa::TransposeOp::create(builder, loc, type, value,
                                   builder.getDenseI32ArrayAttr(perm));
}
