//===- FusedCasts.cpp - casts that do their neighbour's movement ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusedCasts.h"
#include "../Emit/KernelBuilder.h"

using namespace narrow;
using namespace narrow::codegen;

/// Whether elements have at most `bytes` bytes and one scale.
static bool isPlain(Type type, unsigned bytes) {
  StoredType stored = StoredType::get(type);
  return stored.bytes <= bytes && !stored.isPerAxis();
}

fxp::QuantizeOp codegen::getFusedQuantize(fxp::TransposeOp op) {
  auto cast = op.getInput().getDefiningOp<fxp::QuantizeOp>();
  static const int64_t toNhwc[] = {0, 2, 3, 1};
  if (!cast || !cast.getResult().hasOneUse() ||
      op.getPerms() != ArrayRef(toNhwc) ||
      !isPlain(cast.getResult().getType(), 1) ||
      cast.getAxis().value_or(1) != 1)
    return nullptr;
  ArrayRef<int64_t> shape =
      llvm::cast<RankedTensorType>(op.getResult().getType()).getShape();
  if (shape[3] < 2 || shape[3] > 4 || shape[2] < 16)
    return nullptr;
  return cast;
}

fxp::TransposeOp codegen::getFusedTranspose(fxp::DequantizeOp op) {
  if (!isPlain(op.getInput().getType(), 2))
    return nullptr;
  Value value = op.getInput();
  while (value.hasOneUse()) {
    if (auto transpose = value.getDefiningOp<fxp::TransposeOp>())
      return getFusedQuantize(transpose) ? nullptr : transpose;
    auto reshape = value.getDefiningOp<fxp::ReshapeOp>();
    if (!reshape)
      return nullptr;
    value = reshape.getInput();
  }
  return nullptr;
}

/// Returns the op that `op` is fused into, or null.
static Operation *getFusedUser(Operation *op) {
  if (auto quantize = dyn_cast<fxp::QuantizeOp>(op)) {
    if (!quantize.getResult().hasOneUse())
      return nullptr;
    auto user = dyn_cast<fxp::TransposeOp>(*op->user_begin());
    return user && getFusedQuantize(user) ? user.getOperation() : nullptr;
  }
  if (!isa<fxp::TransposeOp, fxp::ReshapeOp>(op))
    return nullptr;
  // Down to the cast, then up again: a reshape above the transpose is not part
  // of it.
  Operation *last = op;
  while (isa<fxp::TransposeOp, fxp::ReshapeOp>(last) && last->hasOneUse())
    last = *last->user_begin();
  auto cast = dyn_cast<fxp::DequantizeOp>(last);
  fxp::TransposeOp transpose = cast ? getFusedTranspose(cast) : nullptr;
  if (!transpose)
    return nullptr;
  for (Operation *between = cast.getInput().getDefiningOp();;
       between = between->getOperand(0).getDefiningOp()) {
    if (between == op)
      return cast;
    if (between == transpose)
      return nullptr;
  }
}

Operation *codegen::getKernelOp(Operation *op) {
  while (Operation *user = getFusedUser(op))
    op = user;
  return op;
}

SmallVector<Value> codegen::getKernelOperands(Operation *op) {
  if (auto transpose = dyn_cast<fxp::TransposeOp>(op))
    if (fxp::QuantizeOp cast = getFusedQuantize(transpose))
      return {cast.getInput()};
  if (auto cast = dyn_cast<fxp::DequantizeOp>(op))
    if (fxp::TransposeOp transpose = getFusedTranspose(cast))
      return {transpose.getInput()};
  return llvm::to_vector(op->getOperands());
}
