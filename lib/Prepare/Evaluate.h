//===- Evaluate.h - the value of an op on constants ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Computes TOSA ops on constant operands, in the element type's own arithmetic:
// f32 rounds after every operation, integers wrap.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_EVALUATE_H
#define NARROW_LIB_PREPARE_EVALUATE_H

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow::prepare {

/// A constant tensor's row-major elements: in `floats` where the element type
/// is f32, in `integers` (sign-extended; i1 as 0 and 1) otherwise.
struct Elements {
  RankedTensorType type;
  SmallVector<float, 0> floats;
  SmallVector<int64_t, 0> integers;

  bool isFloat() const { return type.getElementType().isF32(); }
  ArrayRef<int64_t> shape() const { return type.getShape(); }
};

/// Reads a constant of f32 or signless integers; nothing for other values.
std::optional<Elements> readElements(Value value);

/// Returns the attribute that holds the elements.
ElementsAttr writeElements(const Elements &elements);

/// Returns, for each element of `to`, the row-major index in a tensor of shape
/// `from` that broadcasts to it (equal ranks).
SmallVector<int64_t, 0> getBroadcastIndices(ArrayRef<int64_t> from,
                                            ArrayRef<int64_t> to);

/// Each returns the value of an op of its family, or nothing where the op is of
/// another family, an operand is not constant, or the value is undefined.
std::optional<Elements> evaluateElementwise(Operation *op);
std::optional<Elements> evaluateMovement(Operation *op);
std::optional<Elements> evaluateReduction(Operation *op);

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_EVALUATE_H
