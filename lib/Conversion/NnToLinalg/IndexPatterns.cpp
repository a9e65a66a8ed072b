//===- IndexPatterns.cpp - places of elements, and elements at places -----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops carry nothing but the result, and write over it.
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"

using namespace narrow;
namespace arith = mlir::arith;
namespace scf = mlir::scf;
namespace tensor = mlir::tensor;

namespace {
/// Builds the loops of one row of places: a heap with the last in order at its
/// root until all elements were seen, which is then sorted where it lies.
/// Places break ties, so that the order is total and its outcome that of any
/// other algorithm. Places are i32, positions in the heap indices.
class HeapBuilder {
public:
  HeapBuilder(mlir::ImplicitLocOpBuilder &b, Value input, bool smallest,
              Value row)
      : b(b), input(input), smallest(smallest), row(row) {}

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value load(Value heap, Value at) {
    return tensor::ExtractOp::create(b, heap, ValueRange{row, at});
  }
  Value store(Value place, Value heap, Value at) {
    return tensor::InsertOp::create(b, place, heap, ValueRange{row, at});
  }
  Value toPlace(Value position) {
    return arith::IndexCastOp::create(b, b.getI32Type(), position);
  }

  /// Whether the element at `place` comes before the one at `other`.
  Value isBefore(Value place, Value other) {
    Value x = loadElement(place), y = loadElement(other), first, equal;
    Value sooner =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, place, other);
    if (isa<mlir::FloatType>(x.getType())) {
      // A NaN is unequal to itself.
      auto isNan = [&](Value v) -> Value {
        return arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, v, v);
      };
      auto compare = [&](arith::CmpFPredicate predicate) -> Value {
        return arith::CmpFOp::create(b, predicate, x, y);
      };
      Value nans[] = {isNan(x), isNan(y)};
      Value both = arith::AndIOp::create(b, nans[0], nans[1]);
      Value odd = arith::XOrIOp::create(b, nans[0], nans[1]);
      Value aheadByNan =
          arith::AndIOp::create(b, odd, smallest ? nans[1] : nans[0]);
      first =
          arith::OrIOp::create(b, aheadByNan,
                               compare(smallest ? arith::CmpFPredicate::OLT
                                                : arith::CmpFPredicate::OGT));
      equal = arith::OrIOp::create(b, both, compare(arith::CmpFPredicate::OEQ));
    } else {
      first = arith::CmpIOp::create(
          b, smallest ? arith::CmpIPredicate::slt : arith::CmpIPredicate::sgt,
          x, y);
      equal = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
    }
    return arith::OrIOp::create(b, first,
                                arith::AndIOp::create(b, equal, sooner));
  }

  /// Puts `place` into the heap of `size` positions whose `hole` is free,
  /// below those that come later than it.
  Value sift(Value heap, Value hole, Value size, Value place) {
    // Bufferisation wants what is written over first, in every list.
    SmallVector<Type> types = {heap.getType(), b.getIndexType(), b.getI32Type(),
                               b.getIndexType()};
    auto loop = scf::WhileOp::create(
        b, types, ValueRange{heap, hole},
        [&](OpBuilder &, Location, ValueRange args) {
          findChild(args[0], args[1], size, place);
        },
        [&](OpBuilder &, Location, ValueRange args) {
          // The child moves up, and leaves its position free.
          Value raised = store(args[2], args[0], args[3]);
          scf::YieldOp::create(b, ValueRange{raised, args[1]});
        });
    return store(place, loop.getResult(0), loop.getResult(3));
  }

private:
  Value loadElement(Value place) {
    Value at = arith::IndexCastOp::create(b, b.getIndexType(), place);
    return tensor::ExtractOp::create(b, input, ValueRange{row, at});
  }

  /// Goes on while a child of `hole` comes after `place`, with the later child:
  /// its position and its place.
  void findChild(Value heap, Value hole, Value size, Value place) {
    auto isInside = [&](Value position) -> Value {
      return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, position,
                                   size);
    };
    auto select = [&](Value condition, Value onTrue, Value onFalse) -> Value {
      return arith::SelectOp::create(b, condition, onTrue, onFalse);
    };
    Value one = index(1);
    Value left =
        arith::AddIOp::create(b, arith::AddIOp::create(b, hole, hole), one);
    Value right = arith::AddIOp::create(b, left, one);
    Value hasChild = isInside(left);
    // What is not there is read at the root instead.
    left = select(hasChild, left, index(0));
    right = select(isInside(right), right, left);
    Value leftPlace = load(heap, left), rightPlace = load(heap, right);
    Value isRight = isBefore(leftPlace, rightPlace);
    Value child = select(isRight, right, left),
          childPlace = select(isRight, rightPlace, leftPlace);
    Value goesOn =
        arith::AndIOp::create(b, hasChild, isBefore(place, childPlace));
    scf::ConditionOp::create(b, goesOn,
                             ValueRange{heap, child, childPlace, hole});
  }

  mlir::ImplicitLocOpBuilder &b;
  Value input;
  bool smallest;
  Value row;
};

/// Builds `scf.for` from `from` to `to` around the result so far.
Value buildLoop(mlir::ImplicitLocOpBuilder &b, Value from, Value to, Value heap,
                function_ref<Value(Value position, Value heap)> body) {
  Value step = arith::ConstantIndexOp::create(b, 1);
  auto loop = scf::ForOp::create(b, from, to, step, heap);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value next = body(loop.getInductionVar(), loop.getRegionIterArg(0));
  scf::YieldOp::create(b, next);
  return loop.getResult(0);
}

struct TopKPattern : mlir::OpConversionPattern<nn::TopKOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(nn::TopKOp op, OpAdaptor operands,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    mlir::ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType type = op.getType();
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, value);
    };
    Value zero = index(0), count = index(type.getDimSize(1)),
          size = index(op.getInput().getType().getDimSize(1)),
          last = index(type.getDimSize(1) - 1);
    Value result =
        tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
    result = buildLoop(
        b, zero, index(type.getDimSize(0)), result, [&](Value row, Value heap) {
          HeapBuilder h(b, operands.getInput(), op.getSmallest(), row);
          // The first elements, each put below those that come later: from the
          // end on, so that what is below is a heap already.
          heap = buildLoop(b, zero, count, heap, [&](Value i, Value heap) {
            return h.store(h.toPlace(i), heap, i);
          });
          heap = buildLoop(b, zero, count, heap, [&](Value i, Value heap) {
            Value hole = arith::SubIOp::create(b, last, i);
            return h.sift(heap, hole, count, h.load(heap, hole));
          });
          heap = buildLoop(b, count, size, heap, [&](Value i, Value heap) {
            Value place = h.toPlace(i);
            auto branch = scf::IfOp::create(
                b, h.isBefore(place, h.load(heap, zero)),
                [&](OpBuilder &, Location) {
                  scf::YieldOp::create(b, h.sift(heap, zero, count, place));
                },
                [&](OpBuilder &, Location) { scf::YieldOp::create(b, heap); });
            return branch.getResult(0);
          });
          // The last one goes to the end of what is not sorted yet.
          return buildLoop(b, zero, last, heap, [&](Value i, Value heap) {
            Value end = arith::SubIOp::create(b, last, i);
            Value place = h.load(heap, end);
            heap = h.store(h.load(heap, zero), heap, end);
            return h.sift(heap, zero, end, place);
          });
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// Returns a place among `size` rows as an index. Places are computed from what
/// callers give: one that is out of range takes the nearest row, so that
/// nothing beyond the tensor is touched.
static Value toIndex(mlir::ImplicitLocOpBuilder &b, Value place, int64_t size) {
  place = arith::IndexCastOp::create(b, b.getIndexType(), place);
  place =
      arith::MaxSIOp::create(b, place, arith::ConstantIndexOp::create(b, 0));
  return arith::MinSIOp::create(b, place,
                                arith::ConstantIndexOp::create(b, size - 1));
}

/// Rows at computed places.
struct GatherPattern : mlir::OpConversionPattern<mlir::tosa::GatherOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(mlir::tosa::GatherOp op, OpAdaptor operands,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    int64_t rows = getShape(operands.getValues())[1];
    mlir::ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value empty =
        tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
    SmallVector<mlir::AffineMap> maps = {
        mlir::AffineMap::getMultiDimIdentityMap(3, b.getContext())
            .dropResult(2),
        mlir::AffineMap::getMultiDimIdentityMap(3, b.getContext())};
    SmallVector<mlir::utils::IteratorType> loops(
        3, mlir::utils::IteratorType::parallel);
    rewriter.replaceOpWithNewOp<mlir::linalg::GenericOp>(
        op, type, operands.getIndices(), empty, maps, loops,
        [&](OpBuilder &builder, Location loc, ValueRange arguments) {
          mlir::ImplicitLocOpBuilder body(loc, builder);
          Value at[] = {mlir::linalg::IndexOp::create(body, 0),
                        toIndex(body, arguments.front(), rows),
                        mlir::linalg::IndexOp::create(body, 2)};
          Value element =
              tensor::ExtractOp::create(body, operands.getValues(), at);
          mlir::linalg::YieldOp::create(body, element);
        });
    return success();
  }
};

/// Rows one after the other, so that of two at one place the later stays.
struct ScatterPattern : mlir::OpConversionPattern<mlir::tosa::ScatterOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(mlir::tosa::ScatterOp op, OpAdaptor operands,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    mlir::ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    ArrayRef<int64_t> shape = getShape(operands.getInput());
    int64_t targets = getShape(operands.getValuesIn())[1];
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, value);
    };
    Value zero = index(0), rows = index(shape[1]), inner = index(shape[2]);
    auto loopOver = [&](Value count, Value result,
                        function_ref<Value(Value, Value)> body) {
      return buildLoop(b, zero, count, result, body);
    };
    rewriter.replaceOp(
        op,
        loopOver(index(shape[0]), operands.getValuesIn(),
                 [&](Value batch, Value result) {
                   return loopOver(rows, result, [&](Value row, Value result) {
                     Value place = tensor::ExtractOp::create(
                         b, operands.getIndices(), ValueRange{batch, row});
                     place = toIndex(b, place, targets);
                     return loopOver(
                         inner, result, [&](Value i, Value result) -> Value {
                           Value element = tensor::ExtractOp::create(
                               b, operands.getInput(),
                               ValueRange{batch, row, i});
                           return tensor::InsertOp::create(
                               b, element, result, ValueRange{batch, place, i});
                         });
                   });
                 }));
    return success();
  }
};
} // namespace

void narrow::populateIndexPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<GatherPattern, ScatterPattern, TopKPattern>(
      patterns.getContext());
}
