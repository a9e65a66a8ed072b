//===- SoftmaxEmitter.h - emits the parts of N43 and N44 -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_KERNELS_SOFTMAXEMITTER_H
#define NARROW_LIB_CODEGEN_KERNELS_SOFTMAXEMITTER_H

#include "../Emit/KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"

namespace narrow::codegen {

/// Emits the parts of N43 and N44 on i32 lanes.
class SoftmaxEmitter {
public:
  /// What softmax adds to the parts that it shares with its logarithm.
  struct Results {
    /// Bits of fraction, and the largest stored integer.
    int64_t fraction = 8, largest = 255;
    /// The stored value that counts for nothing, if there is one.
    std::optional<int64_t> masked;
  };

  SoftmaxEmitter(KernelBuilder &kb, fxp::SoftmaxParameters parameters,
                 Results results)
      : kb(kb), b(kb.getBuilder()), loc(kb.getLoc()), parameters(parameters),
        results(results) {}
  SoftmaxEmitter(KernelBuilder &kb, fxp::SoftmaxParameters parameters)
      : SoftmaxEmitter(kb, parameters, Results()) {}

  /// Returns 2^-octaves of the distance in Q15; 0 for masked lanes, unless the
  /// largest of their row is masked too.
  Value power(Value x, Value max);

  /// Returns the reciprocal of the sum as a mantissa in Q16 and the shift that
  /// goes with it, less one (both i32 scalars).
  std::pair<Value, Value> reciprocal(Value sum);

  /// The same for the sums in the lanes of a vector, of rows so short that a
  /// sum is below 2^20: the quotient by long division, bit by bit.
  std::pair<Value, Value> reciprocals(Value sum);

  /// Returns the output of one power; the scale is a scalar or has lanes.
  Value output(Value e, Value mantissa, Value shiftLessOne);

  /// Returns log2(sum / 2^15) of a sum of powers (an i32 scalar, not 0), as an
  /// i64 scalar in Q16.
  Value logarithm(Value sum);

private:
  Value scalar(int64_t value, Type type);
  Value shl(Value v, int64_t amount);
  Value shru(Value v, int64_t amount);
  Value mulhrs(Value lhs, Value rhs);
  Value select(mlir::arith::CmpIPredicate predicate, Value lhs, Value rhs,
               Value yes, Value no);

  /// Whether the low 16 bits of products with a mantissa are below every
  /// result's step: they are then dropped before the rest is shifted.
  bool dropsLowBits() const { return results.fraction <= 13; }
  /// What log2 of a row's sum and the shift, less one, differ by.
  int64_t shiftBias() const {
    return results.fraction + 1 - (dropsLowBits() ? 0 : 16);
  }

  KernelBuilder &kb;
  OpBuilder &b;
  Location loc;
  fxp::SoftmaxParameters parameters;
  Results results;
};

/// Returns the parameters of a softmax or log-softmax.
template <typename OpTy>
fxp::SoftmaxParameters getSoftmaxParameters(OpTy op) {
  return {static_cast<int32_t>(op.getPreShift()),
          static_cast<int32_t>(op.getPostShift()),
          static_cast<int32_t>(op.getDistanceMax()),
          static_cast<int32_t>(op.getMultiplier())};
}

/// The largest element of a row, and the sum of the powers of all.
struct RowFold {
  Value max, sum;
};

/// Folds a row of `count` elements that `load` returns.
RowFold foldRow(KernelBuilder &kb, SoftmaxEmitter &softmax, int64_t count,
                function_ref<Value(Value at, unsigned lanes)> load);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_KERNELS_SOFTMAXEMITTER_H
