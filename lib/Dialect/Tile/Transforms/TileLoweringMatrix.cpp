//===- TileLoweringMatrix.cpp - blocks of matrices as vectors -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace narrow;
using namespace narrow::tile;
namespace arith = mlir::arith;
namespace scf = mlir::scf;
namespace vector = mlir::vector;

/// Emits a loop from 0 to `count` that carries values.
static SmallVector<Value>
countTo(ImplicitLocOpBuilder &b, int64_t count, ValueRange carried,
        function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  auto loop =
      scf::ForOp::create(b, index(0), index(count), index(1), carried,
                         [](OpBuilder &, Location, Value, ValueRange) {});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> results =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, results);
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> TileLowering::matrixLoops(
    ImplicitLocOpBuilder &b, MatrixBlockOp op, ValueRange carried,
    function_ref<SmallVector<Value>(Value, Value, ValueRange)> body) {
  std::function<SmallVector<Value>(size_t, Value, Value, ValueRange)> nest =
      [&](size_t depth, Value atA, Value atW,
          ValueRange carried) -> SmallVector<Value> {
    if (depth == op.getCounts().size())
      return body(atA, atW, carried);
    return countTo(
        b, op.getCounts()[depth], carried, [&](Value i, ValueRange inner) {
          auto moved = [&](Value at, int64_t stride) -> Value {
            Value by = arith::MulIOp::create(
                b, i, arith::ConstantIndexOp::create(b, stride));
            return arith::AddIOp::create(b, at, by);
          };
          return nest(depth + 1, moved(atA, op.getActivationStrides()[depth]),
                      moved(atW, op.getWeightStrides()[depth]), inner);
        });
  };
  Value zero = arith::ConstantIndexOp::create(b, 0);
  return nest(0, zero, zero, carried);
}

void TileLowering::lowerMatrixBlock(ImplicitLocOpBuilder &b, MatrixBlockOp op) {
  VectorType lanes = vec(b, 16, 32), line = vec(b, 64, 8), word = vec(b, 4, 8);
  auto plus = [&](Value x, Value y) -> Value {
    return arith::AddIOp::create(b, x, y);
  };
  auto times = [&](Value x, int64_t y) -> Value {
    return arith::MulIOp::create(b, x, arith::ConstantIndexOp::create(b, y));
  };
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  for (int64_t p = 0; p < int64_t(op.getFrom().size()); ++p)
    for (int64_t c = 0; c < int64_t(op.getColumns()); ++c)
      countTo(b, op.getRows(), {}, [&](Value row, ValueRange) {
        Value pixel = plus(op.getFrom()[p], times(row, op.getPixelStride()));
        Value bias = vector::LoadOp::create(
            b, line, op.getBias(), plus(op.getAtBias(), index(64 * c)));
        SmallVector<Value> sum = matrixLoops(
            b, op, bitcast(b, bias, lanes),
            [&](Value atA, Value atW, ValueRange outer) {
              return countTo(
                  b, op.getSteps(), outer, [&](Value step, ValueRange carried) {
                    Value x = vector::LoadOp::create(
                        b, word, op.getActivations(),
                        plus(plus(pixel, atA), times(step, 4)));
                    Value y = vector::LoadOp::create(
                        b, line, op.getWeights(),
                        plus(plus(plus(op.getAtWeights(), atW), index(64 * c)),
                             times(step, op.getWeightStride())));
                    auto dot = DotOp::create(b, lanes, carried[0], x, y,
                                             b.getI64IntegerAttr(0));
                    Value result = lowerDot(b, dot);
                    dot.erase();
                    return SmallVector<Value>{result};
                  });
            });
        vector::StoreOp::create(
            b, bitcast(b, sum[0], line), op.getSums(),
            plus(index(op.getSumsAt(p, c)), times(row, 64)));
        return SmallVector<Value>();
      });
}
