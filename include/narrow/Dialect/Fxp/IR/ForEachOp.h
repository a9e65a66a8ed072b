//===- ForEachOp.h - all ops that compute ----------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one list of the dialect's ops is that of their definitions.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FOREACHOP_H
#define NARROW_DIALECT_FXP_IR_FOREACHOP_H

#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.h"

namespace narrow::fxp {

/// Stands for an op's class where there is no op.
template <typename OpT>
struct OpClass {
  using Op = OpT;
};

namespace detail {
template <typename OpT, typename Visit>
void visitOp(Visit &visit) {
  // What is no computation: constants and observers.
  if constexpr (std::is_base_of_v<FixedPointOpInterface::Trait<OpT>, OpT>)
    visit(OpClass<OpT>());
}

template <typename... OpTs, typename Visit>
void visitOps(Visit &visit) {
  (visitOp<OpTs>(visit), ...);
}
} // namespace detail

/// Calls `visit` with the `OpClass` of every op that computes something.
template <typename Visit>
void forEachOp(Visit visit) {
  detail::visitOps<
#define GET_OP_LIST
#include "narrow/Dialect/Fxp/IR/FxpOps.cpp.inc"
      >(visit);
  detail::visitOps<
#define GET_OP_LIST
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.cpp.inc"
      >(visit);
}

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_FOREACHOP_H
