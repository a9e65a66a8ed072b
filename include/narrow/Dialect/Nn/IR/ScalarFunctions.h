//===- ScalarFunctions.h - what elementwise ops compute --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one table of elementwise float functions on the host. Constant folding,
// the recognition of activations, the importer and the tables of quantised
// functions all ask it. The formulas of `nn.unary` are in UnaryFormulas.h.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_SCALARFUNCTIONS_H
#define NARROW_DIALECT_NN_IR_SCALARFUNCTIONS_H

#include "narrow/Dialect/Nn/IR/NnOps.h"
#include <functional>

namespace narrow::nn {

/// Returns function `kind` at `x`, correct to a few units of a double's last
/// place. Parameters that the kind does not have are ignored.
double evaluate(UnaryKind kind, double x, double alpha = 0, double beta = 0);

/// Returns what an activation of a recurrent layer makes of `x`.
double evaluate(const GateFunction &function, double x);

/// How many parameters an activation takes: 0, 1 (`alpha`) or 2 (and `beta`).
unsigned getParameterCount(GateKind kind);

/// What an elementwise op computes of one element of each of its first
/// operands. Booleans are 0 and 1.
struct ScalarFunction {
  /// How many operands it takes; 0 where there is no function.
  unsigned arity = 0;
  std::function<double(ArrayRef<double>)> evaluate;

  explicit operator bool() const { return arity != 0; }
};

/// Returns the function of an op of `tosa` or `nn` whose operands are f32, or
/// booleans that conditions made of f32, and whose result is either; a function
/// without arity for every other op.
ScalarFunction getScalarFunction(Operation *op);

} // namespace narrow::nn

#endif // NARROW_DIALECT_NN_IR_SCALARFUNCTIONS_H
