//===- ProductKernel.cpp - products of two activations --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProductKernel.h"
#include "TileChoice.h"
#include "TileEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

/// What a packed block may take of the stack, and of the first cache.
static constexpr int64_t kBlockBytes = 32 << 10;

/// Rows, and vectors of columns, of the largest tile: accumulators, a sum of
/// each row, weights and an operand fit in the registers.
static constexpr int64_t getTileRows(const Target &target) {
  return target.vectorRegisters >= 32 ? 4 : 3;
}
static constexpr int64_t getTileColumns(const Target &target) {
  return target.vectorRegisters >= 32 ? 4 : 2;
}

bool ProductKernel::canDo(const ProductShape &shape, const Target &target) {
  return target.dot != DotKind::Generic && target.lanes() >= 4 &&
         shape.columns % 16 == 0 && shape.depth % 4 == 0 &&
         shape.depth * target.vectorBytes / 4 * getTileColumns(target) <=
             kBlockBytes;
}

ProductKernel::ProductKernel(ProductShape shape, RequantForm requant)
    : shape(shape), requant(requant), block(requant, shape.columns) {}

std::string ProductKernel::name() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (int64_t v : {shape.batch, shape.rows, shape.depth, shape.columns,
                    int64_t(shape.leftSigned), int64_t(shape.rightSigned),
                    shape.leftZero, shape.rightZero, shape.requantOffset,
                    shape.leftBytes, shape.rightBytes, shape.outputBytes})
    os << v << ',';
  os << requant.key();
  return "product_" +
         llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

SmallVector<int64_t> ProductKernel::argumentBytes() const {
  return {shape.leftBytes, shape.rightBytes, block.bytes, shape.outputBytes};
}

std::vector<char>
ProductKernel::packParameters(const ContractionData &data) const {
  SmallVector<int64_t> channels =
      llvm::to_vector(llvm::seq<int64_t>(0, shape.columns));
  return block.fill(requant, data, ArrayRef<int32_t>(), channels, channels);
}

namespace {
class Emission {
public:
  Emission(TileEmitter &e, const ProductShape &shape,
           const RequantForm &requant, const ParameterBlock &block,
           ValueRange arguments, const Target &target)
      : e(e), shape(shape), requant(requant), block(block), target(target),
        left(arguments[0]), right(arguments[1]), parameters(arguments[2]),
        result(arguments[3]), lanes(target.lanes()),
        sums(VectorType::get({lanes}, e.b.getI32Type())),
        flipLeft(shape.leftSigned != target.signedActivations),
        leftZero(zeroAfter(shape.leftZero, flipLeft, shape.leftSigned)),
        rightZero(
            zeroAfter(shape.rightZero, !shape.rightSigned, shape.rightSigned)) {
    int64_t bytes = shape.depth * lanes * getTileColumns(target);
    scratch = mlir::memref::AllocaOp::create(
        e.b, mlir::MemRefType::get({bytes}, e.b.getI8Type()),
        e.b.getI64IntegerAttr(64));
  }

  /// The columns of `count` vectors from `column` on, for all rows of a batch.
  void emitBlock(Value batch, Value column, int64_t count) {
    Value atLeft = e.mul(batch, shape.rows * shape.depth);
    Value atRight = e.add(e.mul(batch, shape.depth * shape.columns), column);
    SmallVector<Value> start = pack(atRight, count);
    Value atResult =
        e.add(e.mul(batch, shape.rows * shape.columns * requant.outputBytes),
              e.mul(column, requant.outputBytes));
    for (const Piece &piece : cutAxis(shape.rows, getTileRows(target)))
      e.loop(piece.begin, piece.end, piece.extent, [&](Value row) {
        emitTile(
            e.add(atLeft, e.mul(row, shape.depth)),
            e.add(atResult, e.mul(row, shape.columns * requant.outputBytes)),
            column, piece.extent, count, start);
      });
  }

private:
  /// A zero point after its operand's top bits are flipped.
  static int64_t zeroAfter(int64_t zero, bool isFlipped, bool isSigned) {
    return isFlipped ? zero + (isSigned ? 128 : -128) : zero;
  }

  Value splat(VectorType type, int64_t value) {
    llvm::APInt bits(type.getElementTypeBitWidth(), value, /*isSigned=*/true);
    return arith::ConstantOp::create(e.b, DenseElementsAttr::get(type, bits));
  }
  Value flip(Value bytes) {
    auto type = cast<VectorType>(bytes.getType());
    return arith::XOrIOp::create(e.b, bytes, splat(type, -128));
  }
  Value dot(Value sum, Value activations, Value weights) {
    auto quads = cast<VectorType>(activations.getType()).getNumElements() == 4
                     ? e.b.getI64IntegerAttr(0)
                     : mlir::IntegerAttr();
    return tile::DotOp::create(e.b, sums, sum, activations, weights, quads,
                               target.signedActivations,
                               /*narrow_weights=*/false);
  }

  /// Packs the block and returns what the sums of its columns start from.
  SmallVector<Value> pack(Value atRight, int64_t count) {
    VectorType quads = VectorType::get({4 * lanes}, e.b.getI8Type());
    SmallVector<int64_t> pairs, whole;
    for (int64_t l = 0; l < lanes; ++l)
      pairs.append({l, lanes + l});
    for (int64_t l = 0; l < lanes; ++l)
      whole.append(
          {2 * l, 2 * l + 1, 2 * lanes + 2 * l, 2 * lanes + 2 * l + 1});
    Value ones = splat(quads, 1);
    SmallVector<Value> zeros(count, splat(sums, 0));
    SmallVector<Value> columns = e.loop(
        0, shape.depth / 4, 1, zeros, [&](Value quad, ValueRange carried) {
          SmallVector<Value> next;
          for (int64_t v = 0; v < count; ++v) {
            Value rows[4];
            for (int64_t i = 0; i < 4; ++i) {
              Value at = e.add(e.add(atRight, e.mul(quad, 4 * shape.columns)),
                               i * shape.columns + v * lanes);
              rows[i] = e.load(right, at, lanes, e.b.getI8Type());
            }
            Value packed = vector::ShuffleOp::create(
                e.b, vector::ShuffleOp::create(e.b, rows[0], rows[1], pairs),
                vector::ShuffleOp::create(e.b, rows[2], rows[3], pairs), whole);
            if (!shape.rightSigned)
              packed = flip(packed);
            e.store(packed, 4 * lanes, scratch,
                    e.add(e.mul(quad, 4 * lanes * count), v * 4 * lanes));
            next.push_back(dot(carried[v], ones, packed));
          }
          return next;
        });
    int64_t constant = shape.depth * leftZero * rightZero + shape.requantOffset;
    for (Value &column : columns) {
      column = arith::MulIOp::create(e.b, column, splat(sums, -leftZero));
      // Modulo 2^32, as all of it.
      column = arith::AddIOp::create(e.b, column,
                                     splat(sums, int32_t(uint32_t(constant))));
    }
    return columns;
  }

  void emitTile(Value atLeft, Value atResult, Value column, int64_t rows,
                int64_t count, ArrayRef<Value> start) {
    // Row by row the block's columns, then the rows' own sums.
    SmallVector<Value> carried;
    for (int64_t r = 0; r < rows; ++r)
      carried.append(start.begin(), start.end());
    if (rightZero)
      carried.append(rows, splat(sums, 0));
    Value ones = splat(VectorType::get({4 * lanes}, e.b.getI8Type()), 1);
    SmallVector<Value> done =
        e.loop(0, shape.depth / 4, 1, carried, [&](Value quad, ValueRange in) {
          SmallVector<Value> next = llvm::to_vector(in), weights;
          tile::BarrierOp::create(e.b);
          for (int64_t v = 0; v < count; ++v)
            weights.push_back(e.load(
                scratch, e.add(e.mul(quad, 4 * lanes * count), v * 4 * lanes),
                4 * lanes, e.b.getI8Type()));
          for (int64_t r = 0; r < rows; ++r) {
            Value x = e.load(
                left, e.add(e.add(atLeft, e.mul(quad, 4)), r * shape.depth), 4,
                e.b.getI8Type());
            if (flipLeft)
              x = flip(x);
            for (int64_t v = 0; v < count; ++v)
              next[r * count + v] = dot(next[r * count + v], x, weights[v]);
            if (rightZero)
              next[rows * count + r] = dot(next[rows * count + r], x, ones);
          }
          return next;
        });
    SmallVector<Value> accumulators(done.begin(), done.begin() + rows * count);
    if (rightZero)
      for (int64_t r = 0; r < rows; ++r) {
        Value row = arith::MulIOp::create(e.b, done[rows * count + r],
                                          splat(sums, -rightZero));
        for (int64_t v = 0; v < count; ++v)
          accumulators[r * count + v] =
              arith::AddIOp::create(e.b, accumulators[r * count + v], row);
      }
    SmallVector<Value> outputs = e.requantise(
        requant,
        e.loadParameters(requant, block, parameters, column, count, lanes),
        accumulators, count, tile::LaneOrder::Natural);
    for (auto [r, output] : llvm::enumerate(outputs))
      e.store(output, count * lanes, result,
              e.add(atResult, r * shape.columns * requant.outputBytes));
  }

  TileEmitter &e;
  const ProductShape &shape;
  const RequantForm &requant;
  const ParameterBlock &block;
  const Target &target;
  Value left, right, parameters, result, scratch;
  int64_t lanes;
  VectorType sums;
  bool flipLeft;
  int64_t leftZero, rightZero;
};
} // namespace

int64_t ProductKernel::parallelUnits(const Target &target) const {
  if (shape.batch * shape.rows * shape.depth * shape.columns < kMinSharedMacs)
    return 1;
  // Threads that share a column block would each pack it.
  return shape.batch > 1
             ? shape.batch
             : llvm::divideCeil(shape.columns,
                                getTileColumns(target) * target.lanes());
}

void ProductKernel::emitBody(OpBuilder &builder, Location loc,
                             ValueRange arguments, const Target &target) const {
  TileEmitter e(builder, loc);
  std::optional<TileEmitter::Share> batchShare, columnShare;
  if (size_t count = argumentBytes().size(); arguments.size() > count)
    (shape.batch > 1 ? batchShare : columnShare) = TileEmitter::Share{
        arguments[count], arguments[count + 1], parallelUnits(target)};
  Emission emission(e, shape, requant, block, arguments, target);
  e.loop(batchShare, 0, shape.batch, 1, [&](Value batch) {
    int64_t column = 0;
    for (int64_t count = getTileColumns(target); count; count /= 2) {
      int64_t width = count * target.lanes();
      int64_t end = shape.columns - (shape.columns - column) % width;
      e.loop(columnShare, column, end, width,
             [&](Value at) { emission.emitBlock(batch, at, count); });
      column = end;
    }
  });
}
