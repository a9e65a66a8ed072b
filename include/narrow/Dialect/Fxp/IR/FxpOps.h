//===- FxpOps.h - the fxp dialect: types, attributes, ops ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPOPS_H
#define NARROW_DIALECT_FXP_IR_FXPOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "narrow/Dialect/Fxp/IR/RowWindow.h"
#include "narrow/Support/LLVM.h"

namespace narrow::reference {
class Tensor;
} // namespace narrow::reference

#include "narrow/Dialect/Fxp/IR/FxpEnums.h.inc"

#include "narrow/Dialect/Fxp/IR/FxpDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "narrow/Dialect/Fxp/IR/FxpAttributes.h.inc"

namespace narrow::fxp {

/// The discardable attribute of a float op with constant weights that holds
/// what is planned for them.
inline constexpr llvm::StringLiteral kWeightsAttr = "narrow.weights";

/// One side of N47: a quantised type, how its values become i32, and the shift
/// to the left before that.
struct CombineSide {
  Type type;
  RequantAttr requant;
  int64_t shift = 0;
};

/// Returns the fewest and the most bits of integers that `storage` can hold.
std::pair<unsigned, unsigned> getWeightBits(WeightStorage storage);

/// Returns the smallest storage that holds any integers of `bits`, 2 to 16.
WeightStorage getDefaultStorage(unsigned bits);

} // namespace narrow::fxp

#include "narrow/Dialect/Fxp/IR/FxpInterfaces.h.inc"

#define GET_OP_CLASSES
#include "narrow/Dialect/Fxp/IR/FxpOps.h.inc"

#endif // NARROW_DIALECT_FXP_IR_FXPOPS_H
