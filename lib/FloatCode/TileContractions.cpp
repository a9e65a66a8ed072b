//===- TileContractions.cpp - register tiles of float contractions --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A contraction's loop nest, taken as it stands, loads and stores a result for
// each product. Here a tile of results stays in registers while the reduction
// loops run: a few positions of a loop that reads the same weights, by a vector
// of output channels. Each result is still summed in the nest's order.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Conversion/NnToLinalg/StoredFloats.h"

using namespace narrow;
using namespace narrow::floatcode;
using mlir::AffineExpr;
using mlir::AffineMap;
namespace arith = mlir::arith;

namespace {
/// A loop nest `out[..] += a[..] * b[..]`.
struct Contraction {
  mlir::linalg::GenericOp op;
  Value a, b, out;
  AffineMap aMap, bMap, outMap;
  /// Of weights that are stored in fewer bits: what each is multiplied by, and
  /// where on its axis a weight of a pair stands; null for others.
  Value scale;
  AffineMap scaleMap;
  /// Weights of 16 bits are f16, not bf16.
  bool isHalf = false;
  AffineExpr place;
  SmallVector<int64_t> sizes;
  /// The innermost loop: contiguous in `b`, `out` and perhaps `a`.
  unsigned lane;
  /// A loop along which `b` does not change; none if it is the lane.
  unsigned row;
  SmallVector<unsigned> parallel, reduction;

  static std::optional<Contraction> match(mlir::linalg::GenericOp op);
  bool readsVectors() const { return aMap.isFunctionOfDim(lane); }
};
} // namespace

/// Whether `map` reads dimension `lane` contiguously: as its last result, and
/// nowhere else.
static bool isContiguous(Value buffer, AffineMap map, unsigned lane) {
  if (map.getNumResults() == 0 ||
      !cast<mlir::MemRefType>(buffer.getType()).isLastDimUnitStride() ||
      map.getResults().back() != mlir::getAffineDimExpr(lane, map.getContext()))
    return false;
  return llvm::none_of(map.getResults().drop_back(), [&](AffineExpr expr) {
    return expr.isFunctionOfDim(lane);
  });
}

/// Whether `value` is integer `stored`, whole or half of it, or the float whose
/// bits `stored` is, times `scale`.
static bool isUnpacked(Value value, Value stored, Value scale) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product || product.getRhs() != scale || !scale.getType().isF32())
    return false;
  if (stored.getType().isInteger(16)) {
    std::optional<WidenedFloat> widened = matchWidenedFloat(product.getLhs());
    return widened && widened->bits == stored;
  }
  auto real = product.getLhs().getDefiningOp<arith::SIToFPOp>();
  if (!real || !stored.getType().isInteger(8))
    return false;
  Value integer = real.getIn();
  // The halves of a pair, which the access tells apart.
  if (auto choice = integer.getDefiningOp<arith::SelectOp>()) {
    auto high = choice.getFalseValue().getDefiningOp<arith::ShRSIOp>();
    integer = high ? high.getLhs() : Value();
  }
  auto wide =
      integer ? integer.getDefiningOp<arith::ExtSIOp>() : arith::ExtSIOp();
  return wide && wide.getIn() == stored;
}

std::optional<Contraction> Contraction::match(mlir::linalg::GenericOp op) {
  bool unpacks = op.getInputs().size() == 3;
  if ((!unpacks && op.getInputs().size() != 2) || op.getOutputs().size() != 1 ||
      op.getNumLoops() < 2 || op.getNumReductionLoops() == 0)
    return std::nullopt;
  auto yield = cast<mlir::linalg::YieldOp>(op.getBody()->getTerminator());
  auto sum = yield.getOperand(0).getDefiningOp<arith::AddFOp>();
  auto product = sum ? sum.getRhs().getDefiningOp<arith::MulFOp>() : nullptr;
  auto args = op.getBody()->getArguments();
  if (!product || sum.getLhs() != args.back() || product.getLhs() != args[0] ||
      !args[0].getType().isF32() || !args.back().getType().isF32())
    return std::nullopt;
  if (unpacks ? !isUnpacked(product.getRhs(), args[1], args[2])
              : product.getRhs() != args[1] || !args[1].getType().isF32() ||
                    llvm::range_size(op.getBody()->getOperations()) != 3)
    return std::nullopt;

  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  Contraction c{op,
                op.getInputs()[0],
                op.getInputs()[1],
                op.getOutputs()[0],
                maps[0],
                maps[1],
                maps.back(),
                {},
                {},
                /*isHalf=*/false,
                {},
                op.getStaticLoopRanges(),
                op.getNumLoops() - 1,
                op.getNumLoops() - 1,
                {},
                {}};
  for (auto [i, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == mlir::utils::IteratorType::reduction)
      c.reduction.push_back(i);
    else if (i != c.lane)
      c.parallel.push_back(i);
  if (unpacks) {
    c.scale = op.getInputs()[2];
    if (auto widened = matchWidenedFloat(
            product.getRhs().getDefiningOp<arith::MulFOp>().getLhs()))
      c.isHalf = widened->isHalf;
    c.scaleMap = maps[2];
    if (!isContiguous(c.scale, c.scaleMap, c.lane))
      return std::nullopt;
    // Two weights of four bits in a byte, as the halves of a place.
    for (AffineExpr expr : c.bMap.getResults())
      if (auto half = dyn_cast<mlir::AffineBinaryOpExpr>(expr);
          half && half.getKind() == mlir::AffineExprKind::FloorDiv)
        c.place = half.getLHS();
  }
  if (!isContiguous(c.b, c.bMap, c.lane) ||
      !isContiguous(c.out, c.outMap, c.lane) ||
      (c.readsVectors() && !isContiguous(c.a, c.aMap, c.lane)))
    return std::nullopt;
  for (unsigned loop : c.parallel)
    if (!c.bMap.isFunctionOfDim(loop) && c.sizes[loop] > 1)
      c.row = loop;
  return c;
}

namespace {
/// Emits the tiles of one contraction.
struct TileEmitter : mlir::ImplicitLocOpBuilder {
  Contraction &c;
  TileShape shape;
  /// Positions of the loops; those of the row and the lane are a tile's first.
  SmallVector<Value> at;

  TileEmitter(Contraction &c, TileShape shape)
      : ImplicitLocOpBuilder(c.op.getLoc(), c.op), c(c), shape(shape),
        at(c.sizes.size()) {}

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }

  /// The positions that `map` reads, `row` rows into the tile.
  SmallVector<Value> getPositions(AffineMap map, int64_t row) {
    SmallVector<Value> positions;
    for (AffineExpr expr : map.getResults()) {
      AffineExpr shifted = expr;
      if (c.row != c.lane)
        shifted = expr.replace(getAffineDimExpr(c.row),
                               getAffineDimExpr(c.row) + row);
      positions.push_back(getPosition(shifted));
    }
    return positions;
  }

  Value getPosition(AffineExpr expr) {
    // Loops that the position does not depend on may not be open here.
    SmallVector<Value> loops;
    SmallVector<AffineExpr> renumbered(at.size(), getAffineConstantExpr(0));
    for (size_t loop = 0; loop < at.size(); ++loop)
      if (expr.isFunctionOfDim(loop)) {
        renumbered[loop] = getAffineDimExpr(loops.size());
        loops.push_back(at[loop]);
      }
    return mlir::affine::AffineApplyOp::create(
        *this, AffineMap::get(loops.size(), 0, expr.replaceDims(renumbered)),
        loops);
  }

  Value loadVector(Value buffer, AffineMap map, int64_t row, int64_t lanes) {
    return mlir::vector::LoadOp::create(
        *this, mlir::VectorType::get({lanes}, getF32Type()), buffer,
        getPositions(map, row));
  }

  Value loadInput(int64_t row, int64_t lanes) {
    if (c.readsVectors())
      return loadVector(c.a, c.aMap, row, lanes);
    Value scalar =
        mlir::memref::LoadOp::create(*this, c.a, getPositions(c.aMap, row));
    return mlir::vector::BroadcastOp::create(
        *this, mlir::VectorType::get({lanes}, getF32Type()), scalar);
  }

  Value emitProduct(Value sum, Value input, Value weights) {
    if (shape.isFused)
      return mlir::math::FmaOp::create(*this, input, weights, sum);
    return arith::AddFOp::create(*this, sum,
                                 arith::MulFOp::create(*this, input, weights));
  }

  /// Loads `lanes` weights as reals (N71).
  Value loadWeights(int64_t lanes) {
    if (!c.scale)
      return loadVector(c.b, c.bMap, 0, lanes);
    Type stored = cast<mlir::MemRefType>(c.b.getType()).getElementType();
    if (stored.isInteger(16)) {
      Value bits = mlir::vector::LoadOp::create(
          *this, mlir::VectorType::get({lanes}, stored), c.b,
          getPositions(c.bMap, 0));
      return arith::MulFOp::create(*this,
                                   widenStoredFloat(*this, bits, c.isHalf),
                                   loadVector(c.scale, c.scaleMap, 0, lanes));
    }
    auto integers = mlir::VectorType::get({lanes}, getI32Type());
    Value wide = arith::ExtSIOp::create(
        *this, integers,
        mlir::vector::LoadOp::create(
            *this, mlir::VectorType::get({lanes}, getI8Type()), c.b,
            getPositions(c.bMap, 0)));
    if (c.place) {
      Value parity = getPosition(c.place % 2);
      auto shift = [&](int32_t amount) -> Value {
        return arith::ConstantOp::create(
            *this, DenseElementsAttr::get(integers, amount));
      };
      Value isFirst = arith::CmpIOp::create(*this, arith::CmpIPredicate::eq,
                                            parity, index(0));
      Value low = arith::ShRSIOp::create(
          *this, arith::ShLIOp::create(*this, wide, shift(28)), shift(28));
      Value high = arith::ShRSIOp::create(*this, wide, shift(4));
      wide = arith::SelectOp::create(*this, isFirst, low, high);
    }
    Value real = arith::SIToFPOp::create(
        *this, mlir::VectorType::get({lanes}, getF32Type()), wide);
    return arith::MulFOp::create(*this, real,
                                 loadVector(c.scale, c.scaleMap, 0, lanes));
  }

  /// Emits the reduction loops from number `depth` on and returns the sums.
  SmallVector<Value> emitReduction(unsigned depth, SmallVector<Value> sums,
                                   int64_t lanes) {
    if (depth == c.reduction.size()) {
      Value weights = loadWeights(lanes);
      for (auto [row, sum] : llvm::enumerate(sums))
        sum = emitProduct(sum, loadInput(row, lanes), weights);
      return sums;
    }
    unsigned loop = c.reduction[depth];
    if (c.sizes[loop] == 1) {
      at[loop] = index(0);
      return emitReduction(depth + 1, std::move(sums), lanes);
    }
    auto nest = mlir::scf::ForOp::create(*this, index(0), index(c.sizes[loop]),
                                         index(1), sums);
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(nest.getBody());
    at[loop] = nest.getInductionVar();
    SmallVector<Value> inner(nest.getRegionIterArgs());
    inner = emitReduction(depth + 1, std::move(inner), lanes);
    mlir::scf::YieldOp::create(*this, inner);
    return SmallVector<Value>(nest.getResults());
  }

  void emitTile(int64_t rows, int64_t lanes) {
    SmallVector<Value> sums;
    for (int64_t row = 0; row < rows; ++row)
      sums.push_back(loadVector(c.out, c.outMap, row, lanes));
    sums = emitReduction(0, std::move(sums), lanes);
    for (auto [row, sum] : llvm::enumerate(sums))
      mlir::vector::StoreOp::create(*this, sum, c.out,
                                    getPositions(c.outMap, row));
  }

  /// Emits a loop over `loop` in steps of `step`, and what is left over at the
  /// end; `body` gets the size of the step.
  void emitSteps(unsigned loop, int64_t step,
                 function_ref<void(int64_t)> body) {
    int64_t whole = c.sizes[loop] / step * step;
    if (whole == step) {
      at[loop] = index(0);
      body(step);
    } else if (whole > 0) {
      auto nest =
          mlir::scf::ForOp::create(*this, index(0), index(whole), index(step));
      OpBuilder::InsertionGuard guard(*this);
      setInsertionPointToStart(nest.getBody());
      at[loop] = nest.getInductionVar();
      body(step);
    }
    if (whole == c.sizes[loop])
      return;
    at[loop] = index(whole);
    body(c.sizes[loop] - whole);
  }

  void emitParallel(unsigned depth, int64_t rows, int64_t lanes) {
    if (depth == c.parallel.size())
      return emitTile(rows, lanes);
    unsigned loop = c.parallel[depth];
    if (loop == c.row)
      return emitSteps(loop, shape.rows, [&](int64_t count) {
        emitParallel(depth + 1, count, lanes);
      });
    emitSteps(loop, 1, [&](int64_t) { emitParallel(depth + 1, rows, lanes); });
  }

  /// Channels are the outermost loop: the weights of a tile's channels stay in
  /// the cache while the image goes by.
  void emit() {
    emitSteps(c.lane, shape.lanes,
              [&](int64_t lanes) { emitParallel(0, 1, lanes); });
  }
};
} // namespace

void floatcode::tileContractions(ModuleOp module, TileShape shape) {
  SmallVector<mlir::linalg::GenericOp> nests;
  module.walk([&](mlir::linalg::GenericOp op) { nests.push_back(op); });
  for (mlir::linalg::GenericOp op : nests) {
    std::optional<Contraction> contraction = Contraction::match(op);
    if (!contraction || llvm::is_contained(contraction->sizes, 0))
      continue;
    TileEmitter(*contraction, shape).emit();
    op.erase();
  }
}
