//===- Contractions.cpp - matrix products of linalg -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgImporter.h"

using namespace narrow;
using namespace narrow::frontend;
namespace linalg = mlir::linalg;

namespace {
using Loops = SmallVector<unsigned, 2>;
} // namespace

static int64_t getSize(ArrayRef<int64_t> ranges, ArrayRef<unsigned> loops) {
  int64_t size = 1;
  for (unsigned loop : loops)
    size *= ranges[loop];
  return size;
}

LogicalResult LinalgImporter::convertContraction(linalg::LinalgOp op) {
  auto dims = linalg::inferContractionDims(op);
  auto reduction = matchReduction(*op.getBlock(), 0);
  if (failed(dims) || !reduction || reduction->first != ReduceOp::Sum)
    return convertReduction(op);
  auto ranges = op.getStaticLoopRanges();
  int64_t m = getSize(ranges, dims->m), n = getSize(ranges, dims->n),
          k = getSize(ranges, dims->k), batch = getSize(ranges, dims->batch);

  // A side with the loops of `groups` in that order, each group one axis. Where
  // no element varies along the batch, there is none.
  auto getSide = [&](unsigned i, ArrayRef<unsigned> rows,
                     ArrayRef<unsigned> columns) -> Tensor {
    mlir::OpOperand *operand = op.getDpsInputOperand(i);
    Tensor side = get(operand->get());
    if (!side)
      return {};
    mlir::AffineMap map = op.getMatchingIndexingMap(operand);
    auto getAxis = [&](unsigned loop) -> int64_t {
      return *map.getResultPosition(
          mlir::getAffineDimExpr(loop, op.getContext()));
    };
    bool isRepeated = llvm::all_of(dims->batch, [&](unsigned loop) {
      return side.shape[getAxis(loop)] == 1;
    });
    SmallVector<int64_t> order;
    Shape whole(side.getRank(), 1), shape;
    auto take = [&](ArrayRef<unsigned> loops) {
      for (unsigned loop : loops) {
        order.push_back(getAxis(loop));
        whole[order.back()] = ranges[loop];
      }
      shape.push_back(getSize(ranges, loops));
    };
    if (!isRepeated)
      take(dims->batch);
    take(rows);
    take(columns);
    if (isRepeated)
      for (unsigned loop : dims->batch)
        order.push_back(getAxis(loop));
    return arrange(b->broadcastTo(side, whole), order, shape);
  };
  Tensor lhs = getSide(0, dims->m, dims->k), rhs = getSide(1, dims->k, dims->n);
  if (!lhs || !rhs)
    return failure();
  // A layer has its weights on the right.
  bool isTurned = lhs.literal && !rhs.literal;
  if (isTurned) {
    auto turn = [&](const Tensor &side) {
      return b->transpose(side, side.getRank() == 2
                                    ? ArrayRef<int64_t>{1, 0}
                                    : ArrayRef<int64_t>{0, 2, 1});
    };
    Tensor weights = turn(lhs);
    lhs = turn(rhs);
    rhs = weights;
  }
  // Rows of a batch are rows of one product with weights.
  if (rhs.literal && rhs.getRank() == 2 && lhs && lhs.getRank() == 3)
    lhs = b->reshape(lhs, {batch * (isTurned ? n : m), k});
  Tensor product = b->matmul(lhs, rhs);
  if (!product)
    return failure();
  if (product.getNumElements() != batch * m * n)
    product = b->broadcastTo(product, {batch, m, n});
  SmallVector<unsigned> loops(ArrayRef<unsigned>(dims->batch));
  Loops rows = isTurned ? dims->n : dims->m,
        columns = isTurned ? dims->m : dims->n;
  llvm::append_range(loops, rows);
  llvm::append_range(loops, columns);
  Shape shape;
  for (unsigned loop : loops)
    shape.push_back(ranges[loop]);
  mlir::AffineMap map = op.getIndexingMapMatchingResult(op->getResult(0));
  Tensor result = scatter(
      arrange(product, llvm::to_vector(llvm::seq(product.getRank())), shape),
      loops, map);
  return set(op->getResult(0), addInit(op, result));
}
