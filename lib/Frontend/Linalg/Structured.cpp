//===- Structured.cpp - loop nests of linalg ------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Named operations have regions and indexing maps as `linalg.generic` has: one
// road serves both.
//
//===----------------------------------------------------------------------===//

#include "LinalgImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

#include <cfloat>

using namespace narrow;
using namespace narrow::frontend;
namespace arith = mlir::arith;
namespace linalg = mlir::linalg;

/// The loop that a result of an indexing map is, or nothing for the constant 0.
static FailureOr<std::optional<unsigned>> getLoop(mlir::AffineExpr expr) {
  if (auto dim = dyn_cast<mlir::AffineDimExpr>(expr))
    return std::optional<unsigned>(dim.getPosition());
  auto constant = dyn_cast<mlir::AffineConstantExpr>(expr);
  if (constant && constant.getValue() == 0)
    return std::optional<unsigned>();
  return failure();
}

Tensor LinalgImporter::align(const Tensor &tensor, mlir::AffineMap map) {
  if (!tensor || tensor.getRank() == 0)
    return tensor;
  SmallVector<int64_t> order, dropped;
  SmallVector<std::pair<unsigned, int64_t>> loops;
  for (auto [axis, expr] : llvm::enumerate(map.getResults())) {
    auto loop = getLoop(expr);
    if (failed(loop)) {
      (void)error("expected indexing maps of single loops, found " +
                  print(map));
      return {};
    }
    if (*loop)
      loops.push_back({**loop, axis});
    else
      dropped.push_back(axis);
  }
  llvm::sort(loops);
  Shape shape(map.getNumDims(), 1);
  for (auto [i, entry] : llvm::enumerate(loops)) {
    if (i > 0 && loops[i - 1].first == entry.first) {
      (void)error("expected indexing maps that name a loop once, found " +
                  print(map));
      return {};
    }
    shape[entry.first] = tensor.shape[entry.second];
    order.push_back(entry.second);
  }
  Tensor kept = tensor;
  for (int64_t axis : dropped) {
    if (tensor.shape[axis] != 1)
      kept = b->slice(kept, axis, 0, 1, 1);
    order.push_back(axis);
  }
  return arrange(kept, order, shape);
}

Tensor LinalgImporter::arrange(const Tensor &tensor, ArrayRef<int64_t> order,
                               ArrayRef<int64_t> shape) {
  if (!tensor)
    return {};
  SmallVector<int64_t> moved;
  for (int64_t axis : order)
    if (tensor.shape[axis] != 1)
      moved.push_back(axis);
  Tensor source = llvm::is_sorted(moved) ? tensor : b->transpose(tensor, order);
  if (!source || !source.value || ArrayRef<int64_t>(source.shape) == shape)
    return b->reshape(source, shape);
  // One reshape says what two say.
  if (auto reshape = source.value.getDefiningOp<mlir::tosa::ReshapeOp>())
    source = Tensor(reshape.getInput1(), source.type);
  return b->reshape(source, shape);
}

Tensor LinalgImporter::scatter(const Tensor &tensor, ArrayRef<unsigned> loops,
                               mlir::AffineMap map) {
  if (!tensor)
    return {};
  SmallVector<int64_t> order;
  Shape shape;
  bool isOnce = true;
  for (mlir::AffineExpr expr : map.getResults()) {
    auto loop = getLoop(expr);
    if (failed(loop)) {
      isOnce = false;
      break;
    }
    auto *axis = *loop ? llvm::find(loops, **loop) : loops.end();
    shape.push_back(axis == loops.end() ? 1
                                        : tensor.shape[axis - loops.begin()]);
    if (axis == loops.end())
      continue;
    isOnce &= !llvm::is_contained(order, axis - loops.begin());
    order.push_back(axis - loops.begin());
  }
  for (int64_t axis = 0; axis < tensor.getRank(); ++axis) {
    if (llvm::is_contained(order, axis))
      continue;
    isOnce &= tensor.shape[axis] == 1;
    order.push_back(axis);
  }
  if (!isOnce) {
    (void)error("expected results that are written once, found the map " +
                print(map));
    return {};
  }
  return arrange(tensor, order, shape);
}

Tensor LinalgImporter::scatter(const Tensor &tensor, mlir::AffineMap map) {
  SmallVector<unsigned> loops(map.getNumDims());
  std::iota(loops.begin(), loops.end(), 0);
  return scatter(b->expandRank(tensor, loops.size()), loops, map);
}

Tensor LinalgImporter::spread(const Tensor &tensor, ArrayRef<unsigned> loops,
                              unsigned numLoops) {
  if (!tensor)
    return {};
  SmallVector<std::pair<unsigned, int64_t>> sorted;
  Shape shape(numLoops, 1);
  for (auto [axis, loop] : llvm::enumerate(loops)) {
    sorted.push_back({loop, axis});
    shape[loop] = tensor.shape[axis];
  }
  llvm::sort(sorted);
  return arrange(tensor, llvm::to_vector(llvm::make_second_range(sorted)),
                 shape);
}

LogicalResult LinalgImporter::evaluateBody(Block &body, Scope &scope) {
  unsigned numLoops = cast<linalg::LinalgOp>(body.getParentOp()).getNumLoops();
  for (Operation &op : body.without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      auto loops =
          cast<linalg::LinalgOp>(body.getParentOp()).getStaticLoopRanges();
      Shape shape(numLoops, 1);
      shape[index.getDim()] = loops[index.getDim()];
      if (!b->checkConstant(shape))
        return failure();
      Literal positions(DataType::I64, shape);
      std::iota(positions.integers.begin(), positions.integers.end(), 0);
      scope[index] = positions;
      continue;
    }
    SmallVector<Tensor> operands;
    bool isKnown = true;
    for (Value operand : op.getOperands()) {
      auto found = scope.find(operand);
      if (found != scope.end()) {
        operands.push_back(found->second);
      } else if (operand.getParentBlock() == &body) {
        isKnown = false;
      } else {
        operands.push_back(get(operand));
        if (!operands.back())
          return failure();
      }
    }
    // What hangs on the result so far is no part of what is combined.
    if (!isKnown)
      continue;
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      if (failed(convert(constant)))
        return failure();
      scope[constant] = get(constant);
      continue;
    }
    Value x = matchSigmoid(&op);
    Tensor result = x && scope.contains(x)
                        ? b->unary(UnaryOp::Sigmoid, scope[x])
                        : evaluate(&op, operands, numLoops);
    if (hasError || (op.getNumResults() == 1 && !result))
      return failure();
    if (op.getNumResults() == 1)
      scope[op.getResult(0)] = result;
  }
  return success();
}

LogicalResult LinalgImporter::convertStructured(linalg::LinalgOp op) {
  for (mlir::Type type : op->getOperandTypes())
    if (auto shaped = dyn_cast<ShapedType>(type);
        shaped && (!isa<RankedTensorType>(type) || !shaped.hasStaticShape()))
      return error("expected tensors of static shape, found " + print(type));
  if (op.getNumReductionLoops() == 0)
    return convertParallel(op);
  if (linalg::isaContractionOpInterface(op))
    return convertContraction(op);
  if (linalg::isaConvolutionOpInterface(op))
    return convertWindow(op);
  return convertReduction(op);
}

LogicalResult LinalgImporter::convertParallel(linalg::LinalgOp op) {
  Block &body = *op.getBlock();
  Scope scope;
  for (mlir::OpOperand &operand : op->getOpOperands()) {
    Value argument = op.getMatchingBlockArgument(&operand);
    if (argument.use_empty())
      continue;
    scope[argument] =
        align(get(operand.get()), op.getMatchingIndexingMap(&operand));
    if (!scope[argument])
      return failure();
  }
  if (failed(evaluateBody(body, scope)))
    return failure();
  for (auto [i, result] : llvm::enumerate(op->getResults())) {
    Value yielded = body.getTerminator()->getOperand(i);
    auto found = scope.find(yielded);
    Tensor tensor = found != scope.end() ? found->second : get(yielded);
    mlir::AffineMap map = op.getIndexingMapMatchingResult(op->getResult(i));
    if (failed(set(result, scatter(tensor, map))))
      return failure();
  }
  return success();
}

static std::optional<ReduceOp> getReduceOp(Operation *op) {
  if (isa<arith::AddFOp, arith::AddIOp>(op))
    return ReduceOp::Sum;
  if (isa<arith::MulFOp, arith::MulIOp>(op))
    return ReduceOp::Prod;
  bool isBits =
      op->getNumResults() == 1 && op->getResult(0).getType().isInteger(1);
  if (isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MaxSIOp>(op) ||
      (isBits && isa<arith::OrIOp>(op)))
    return ReduceOp::Max;
  if (isa<arith::MinimumFOp, arith::MinNumFOp, arith::MinSIOp>(op) ||
      (isBits && isa<arith::AndIOp>(op)))
    return ReduceOp::Min;
  return std::nullopt;
}

std::optional<std::pair<ReduceOp, Value>>
frontend::matchReduction(Block &body, unsigned result) {
  Operation *yield = body.getTerminator();
  Operation *last = yield->getOperand(result).getDefiningOp();
  Value accumulator = body.getArgument(body.getNumArguments() -
                                       yield->getNumOperands() + result);
  if (!last || last->getBlock() != &body || last->getNumOperands() != 2)
    return std::nullopt;
  auto kind = getReduceOp(last);
  for (unsigned i : {0u, 1u})
    if (kind && last->getOperand(i) == accumulator &&
        last->getOperand(1 - i) != accumulator)
      return std::pair(*kind, last->getOperand(1 - i));
  return std::nullopt;
}

/// Matches the place of the first largest value, beside a maximum that is
/// result `other`; returns that value.
static Value matchArgMax(linalg::LinalgOp op, unsigned result) {
  Block &body = *op.getBlock();
  Operation *yield = body.getTerminator();
  auto select = yield->getOperand(result).getDefiningOp<arith::SelectOp>();
  if (!select || op.getNumReductionLoops() != 1)
    return {};
  auto cast = select.getTrueValue().getDefiningOp<arith::IndexCastOp>();
  auto index = cast ? cast.getIn().getDefiningOp<linalg::IndexOp>()
                    : select.getTrueValue().getDefiningOp<linalg::IndexOp>();
  auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
  unsigned first = body.getNumArguments() - yield->getNumOperands();
  if (!index || !compare ||
      compare.getPredicate() != arith::CmpFPredicate::OGT ||
      select.getFalseValue() != body.getArgument(first + result) ||
      op.getIteratorTypesArray()[index.getDim()] !=
          mlir::utils::IteratorType::reduction)
    return {};
  auto compared = dyn_cast<mlir::BlockArgument>(compare.getRhs());
  if (!compared || compared.getArgNumber() < first)
    return {};
  auto largest = matchReduction(body, compared.getArgNumber() - first);
  return largest && largest->first == ReduceOp::Max &&
                 largest->second == compare.getLhs()
             ? compare.getLhs()
             : Value();
}

/// Whether combining with this number changes nothing.
static bool isNeutral(ReduceOp kind, const Tensor &init) {
  if (!init.literal || init.getNumElements() != 1)
    return false;
  double value = init.literal->get(0);
  switch (kind) {
  case ReduceOp::Sum:
    return value == 0;
  case ReduceOp::Prod:
    return value == 1;
  case ReduceOp::Max:
    return isFloat(init.type)  ? value <= -FLT_MAX
           : isBool(init.type) ? value == 0
                               : false;
  case ReduceOp::Min:
    return isFloat(init.type)  ? value >= FLT_MAX
           : isBool(init.type) ? value == 1
                               : false;
  }
  llvm_unreachable("unknown reduction");
}

Tensor LinalgImporter::addInit(linalg::LinalgOp op, Tensor reduced,
                               unsigned result, ReduceOp kind) {
  Tensor init = get(op.getDpsInits()[result]);
  if (!reduced || !init || isNeutral(kind, init))
    return init ? reduced : Tensor();
  bool onBits = isBool(reduced.type);
  switch (kind) {
  case ReduceOp::Sum:
    return b->binary(BinaryOp::Add, reduced, init);
  case ReduceOp::Prod:
    return b->binary(BinaryOp::Mul, reduced, init);
  case ReduceOp::Max:
    return b->binary(onBits ? BinaryOp::Or : BinaryOp::Max, reduced, init);
  case ReduceOp::Min:
    return b->binary(onBits ? BinaryOp::And : BinaryOp::Min, reduced, init);
  }
  llvm_unreachable("unknown reduction");
}

LogicalResult LinalgImporter::convertReduction(linalg::LinalgOp op) {
  Block &body = *op.getBlock();
  Scope scope;
  for (mlir::OpOperand *operand : op.getDpsInputOperands()) {
    Tensor aligned =
        align(get(operand->get()), op.getMatchingIndexingMap(operand));
    if (!aligned)
      return failure();
    scope[op.getMatchingBlockArgument(operand)] = aligned;
  }
  if (failed(evaluateBody(body, scope)))
    return failure();
  unsigned numLoops = op.getNumLoops();
  auto ranges = op.getStaticLoopRanges();
  SmallVector<int64_t> axes;
  Shape atLeast(numLoops, 1);
  int64_t count = 1;
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == mlir::utils::IteratorType::reduction) {
      axes.push_back(loop);
      atLeast[loop] = ranges[loop];
      count *= ranges[loop];
    }
  for (auto [i, result] : llvm::enumerate(op->getResults())) {
    auto reduction = matchReduction(body, i);
    Value largest = reduction ? Value() : matchArgMax(op, i);
    if (!reduction && !largest) {
      if (result.use_empty())
        continue;
      return error("expected a reduction by a sum, a product, a maximum, a "
                   "minimum or the place of a maximum");
    }
    Value combined = reduction ? reduction->second : largest;
    auto found = scope.find(combined);
    Tensor tensor = found != scope.end() ? found->second : get(combined);
    if (!tensor)
      return failure();
    // All iterations count, also those that it does not vary along.
    auto whole = broadcastShapes(tensor.shape, atLeast);
    tensor = whole ? b->broadcastTo(tensor, *whole) : Tensor();
    mlir::AffineMap map = op.getIndexingMapMatchingResult(op->getResult(i));
    if (largest) {
      Tensor place = b->argMax(tensor, axes.front());
      auto type = getElementType(result.getType());
      if (!type || failed(set(result, scatter(b->cast(place, *type), map))))
        return failure();
      continue;
    }
    Tensor reduced = b->reduce(reduction->first, tensor, axes, true);
    Tensor before = scatter(reduced, map);
    Tensor after = addInit(op, before, i, reduction->first);
    if (failed(set(result, after)))
      return failure();
    if (reduction->first != ReduceOp::Sum || !after.value ||
        after.value != before.value)
      continue;
    // The mean of an image is a pool, which has a form in fixed point.
    sums[after.value] = {count, [this, tensor, axes, map] {
                           bool isImage = tensor.getRank() == 4 &&
                                          axes.size() == 2 && axes[0] == 2 &&
                                          axes[1] == 3;
                           return scatter(isImage ? meanOfImage(tensor)
                                                  : b->mean(tensor, axes, true),
                                          map);
                         }};
  }
  return success();
}
