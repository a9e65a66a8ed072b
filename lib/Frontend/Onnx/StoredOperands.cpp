//===- StoredOperands.cpp - stored integers as operands -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a quantised model keeps in integers is held as the real numbers that
// they stand for, until an operator asks for the integers themselves.
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace narrow;
using namespace narrow::frontend;

Tensor frontend::toIntegers(TensorBuilder &b, const Tensor &tensor) {
  Tensor real(tensor.value, DataType::F32);
  // Reals of a grid are whole numbers of steps but for the rounding of f32.
  Tensor steps =
      b.unary(UnaryOp::Round,
              b.binary(BinaryOp::Mul, real,
                       b.binary(BinaryOp::Div, b.scalar(DataType::F32, 1),
                                Tensor(tensor.grid->scale))));
  return b.cast(b.binary(BinaryOp::Add, steps,
                         b.cast(Tensor(tensor.grid->zero), DataType::F32)),
                tensor.type);
}

/// Returns constant integers as the reals that they stand for.
static Tensor toReals(TensorBuilder &b, const Tensor &tensor,
                      const Grid &grid) {
  return b.binary(BinaryOp::Mul,
                  b.binary(BinaryOp::Sub, b.cast(tensor, DataType::F32),
                           b.cast(Tensor(grid.zero), DataType::F32)),
                  Tensor(grid.scale));
}

GridPtr frontend::takeStored(Node &node, Stored stored) {
  GridPtr grid;
  bool isMoved = stored == Stored::Moves, hasOthers = false;
  for (const Tensor &operand : node.getOperands()) {
    if (!operand.grid) {
      // Integers whose reals are not known cannot be joined with reals.
      hasOthers |= operand.value && isInteger(operand.type) &&
                   getBitWidth(operand.type) <= 16;
      continue;
    }
    isMoved &= operand.grid->isUniform() && (!grid || *grid == *operand.grid);
    grid = operand.grid;
  }
  if (!grid || stored == Stored::Reads)
    return {};
  isMoved &= !hasOthers;
  for (size_t i = 0; i < node.getNumOperands(); ++i) {
    const Tensor &operand = node[i];
    if (operand.grid)
      node.setOperand(i, isMoved ? Tensor(operand.value, DataType::F32)
                                 : toIntegers(node.b, operand));
    else if (isMoved && operand.literal && operand.type == grid->type)
      node.setOperand(i, toReals(node.b, operand, *grid));
  }
  return isMoved ? grid : GridPtr();
}
