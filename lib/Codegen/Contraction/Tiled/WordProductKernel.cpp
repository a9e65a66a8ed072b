//===- WordProductKernel.cpp - products of two wide activations -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WordProductKernel.h"
#include "LongSums.h"
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

/// What a packed block may take of the stack.
static constexpr int64_t kBlockBytes = 64 << 10;

/// Depth that tile.wide_dot takes at once: pairs on x86; on Arm, which
/// multiplies by an element, one row of the right operand as it lies.
static int64_t getGroup(const Target &target) {
  return target.family == Family::X86_64 ? 2 : 1;
}
/// Depth that one load of a row of the left operand holds.
static int64_t getUnit(const Target &target) {
  return target.family == Family::X86_64 ? 2 : 8;
}

static fxp::IntegerRange getCentred(const StoredValues &values) {
  return {values.low - values.zeroPoint, values.high - values.zeroPoint};
}
static bool fitsWords(const StoredValues &values) {
  return fxp::IntegerRange{INT16_MIN, INT16_MAX}.contains(getCentred(values));
}

WordProductSums WordProductSums::get(const WordProductShape &shape,
                                     int64_t unit) {
  int64_t left = std::max<int64_t>(1, getCentred(shape.left).maxAbs()),
          right = std::max<int64_t>(1, getCentred(shape.right).maxAbs());
  WordProductSums sums;
  sums.part = std::max<int64_t>(1, shape.depth);
  int64_t room = INT32_MAX - std::abs(shape.requantOffset);
  if (left * right <= room / sums.part)
    return sums;
  sums.isLong = true;
  // A part of several steps, whatever that takes.
  constexpr int64_t kLeastPart = 64;
  if (INT32_MAX / (left * right) < std::min(kLeastPart, sums.part)) {
    sums.planes = 2;
    right = 128;
  }
  int64_t most = INT32_MAX / (left * right);
  if (most < sums.part)
    sums.part = most / unit * unit;
  return sums;
}

/// Vectors of columns of a block of `planes` words a column.
static int64_t getTileColumns(const Target &target, int64_t planes) {
  return target.vectorRegisters >= 32 ? 4 / planes : 2 / planes;
}

/// Rows of the largest tile: sums, words of the right operand and one of the
/// left fit in the registers.
static int64_t getTileRows(const Target &target) {
  // Arm holds those of all rows.
  return target.family == Family::X86_64 && target.vectorRegisters >= 32 ? 6
                                                                         : 4;
}

/// Bytes of the block of one vector of columns.
static int64_t getVectorBytes(const WordProductShape &shape, int64_t planes,
                              const Target &target) {
  return llvm::alignTo(shape.depth, getUnit(target)) * target.lanes() * 2 *
         planes;
}

static int64_t getBlockColumns(const WordProductShape &shape, int64_t planes,
                               const Target &target) {
  int64_t columns = getTileColumns(target, planes);
  while (columns > 1 &&
         getVectorBytes(shape, planes, target) * columns > kBlockBytes)
    columns /= 2;
  return columns;
}

bool WordProductKernel::canDo(const WordProductShape &shape,
                              const ContractionData &data,
                              const Target &target) {
  if (target.dot == DotKind::Generic || target.lanes() < 4 ||
      data.hasLongResults() || !fitsWords(shape.left) ||
      !fitsWords(shape.right) || shape.depth == 0)
    return false;
  WordProductSums sums = WordProductSums::get(shape, getUnit(target));
  int64_t most =
      getCentred(shape.left).maxAbs() * getCentred(shape.right).maxAbs();
  if (sums.isLong && (!fitsLongRequant(data) ||
                      shape.depth > kMostLongSum / std::max<int64_t>(1, most)))
    return false;
  return getVectorBytes(shape, sums.planes, target) <= kBlockBytes &&
         shape.depth * 2 * getTileRows(target) <= kBlockBytes;
}

WordProductKernel::WordProductKernel(WordProductShape shape,
                                     RequantForm requant)
    : shape(shape), requant(requant),
      block(requant, llvm::alignTo(shape.columns, 64)) {}

std::string WordProductKernel::name() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (int64_t v : {shape.batch, shape.rows, shape.depth, shape.columns,
                    shape.requantOffset, shape.leftBytes, shape.rightBytes,
                    shape.outputBytes})
    os << v << ',';
  for (const StoredValues &side : {shape.left, shape.right})
    os << side.isSigned << ',' << side.bits << ',' << side.low << ','
       << side.high << ',' << side.zeroPoint << ',';
  os << requant.key();
  return "word_product_" +
         llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

SmallVector<int64_t> WordProductKernel::argumentBytes() const {
  return {shape.leftBytes, shape.rightBytes, block.bytes, shape.outputBytes};
}

std::vector<char>
WordProductKernel::packParameters(const ContractionData &data) const {
  SmallVector<int64_t> channels(block.slots, -1);
  for (int64_t c = 0; c < shape.columns; ++c)
    channels[c] = c;
  return block.fill(requant, data, ArrayRef<int32_t>(), channels, channels);
}

namespace {
class Emission {
public:
  Emission(TileEmitter &e, const WordProductShape &shape,
           const RequantForm &requant, const ParameterBlock &block,
           ValueRange arguments, const Target &target)
      : e(e), shape(shape), requant(requant), block(block), target(target),
        left(arguments[0]), right(arguments[1]), parameters(arguments[2]),
        result(arguments[3]), lanes(target.lanes()), group(getGroup(target)),
        unit(getUnit(target)), ways(WordProductSums::get(shape, unit)),
        blockColumns(getBlockColumns(shape, ways.planes, target)),
        narrow(VectorType::get({lanes}, e.b.getI32Type())),
        wide(VectorType::get({lanes}, e.b.getI64Type())) {
    scratch =
        reserve(getVectorBytes(shape, ways.planes, target) * blockColumns);
    if (stagesRows()) {
      staged = reserve(getTileRows(target) * rowBytes() + kOverhang);
    }
  }

  /// The columns of `count` vectors from `column` on, of which `stored` exist,
  /// for all rows of a batch.
  void emitBlock(Value batch, Value column, int64_t count, int64_t stored) {
    int64_t leftElement = shape.left.bits / 8,
            rightElement = shape.right.bits / 8;
    pack(e.add(e.mul(batch, shape.depth * shape.columns * rightElement),
               e.mul(column, rightElement)),
         count);
    Value atResult =
        e.add(e.mul(batch, shape.rows * shape.columns * requant.outputBytes),
              e.mul(column, requant.outputBytes));
    Value atLeft = e.mul(batch, shape.rows * shape.depth * leftElement);
    for (const Piece &piece : cutAxis(shape.rows, getTileRows(target)))
      e.loop(piece.begin, piece.end, piece.extent, [&](Value row) {
        Value from = e.add(atLeft, e.mul(row, shape.depth * leftElement));
        if (stagesRows()) {
          stage(from, piece.extent);
          from = e.index(0);
        }
        emitTile(
            from,
            e.add(atResult, e.mul(row, shape.columns * requant.outputBytes)),
            column, piece.extent, count, stored);
      });
  }

  int64_t columns() const { return blockColumns; }

private:
  /// Bytes that a vector of staged words may reach beyond its row.
  static constexpr int64_t kOverhang = 64;

  Value reserve(int64_t bytes) {
    return mlir::memref::AllocaOp::create(
        e.b, mlir::MemRefType::get({bytes}, e.b.getI8Type()),
        e.b.getI64IntegerAttr(64));
  }
  /// Words are read in place where they need no change; on the way past the end
  /// of a row they meet zeros of the packed block.
  bool stagesRows() const {
    return shape.left.bits == 8 || !shape.left.isSigned ||
           shape.left.zeroPoint != 0;
  }
  int64_t rowBytes() const { return llvm::alignTo(shape.depth, unit) * 2; }

  Value splat(VectorType type, int64_t value) {
    llvm::APInt bits(type.getElementTypeBitWidth(), value, /*isSigned=*/true);
    return arith::ConstantOp::create(e.b, DenseElementsAttr::get(type, bits));
  }

  /// Loads `count` elements as words less their zero point.
  Value loadWords(Value buffer, Value at, int64_t count,
                  const StoredValues &values) {
    auto words = VectorType::get({count}, e.b.getI16Type());
    Value v = e.load(buffer, at, count, e.b.getIntegerType(values.bits));
    if (values.bits == 8)
      v = values.isSigned ? arith::ExtSIOp::create(e.b, words, v).getResult()
                          : arith::ExtUIOp::create(e.b, words, v).getResult();
    // Modulo 2^16, in which the difference is exact.
    if (values.zeroPoint)
      v = arith::SubIOp::create(e.b, v,
                                splat(words, int16_t(values.zeroPoint)));
    return v;
  }

  /// The words that stand for `v`, lowest first.
  SmallVector<Value> cutPlanes(Value v) {
    if (ways.planes == 1)
      return {v};
    auto words = cast<VectorType>(v.getType());
    Value eight = splat(words, 8);
    Value low = arith::ShRSIOp::create(
        e.b, arith::ShLIOp::create(e.b, v, eight), eight);
    // (v - low) >> 8 without leaving words: the sign of the low byte rounds up.
    Value high = arith::ShRSIOp::create(e.b, v, eight);
    Value carry = arith::AndIOp::create(
        e.b, arith::ShRSIOp::create(e.b, v, splat(words, 7)), splat(words, 1));
    return {low, arith::AddIOp::create(e.b, high, carry)};
  }

  /// Byte of the packed words of `group` rows from `step` groups on.
  Value atStep(Value step, int64_t count) {
    return e.mul(step, group * lanes * 2 * count * ways.planes);
  }

  void pack(Value atRight, int64_t count) {
    int64_t element = shape.right.bits / 8;
    int64_t row = shape.columns * element;
    auto words = VectorType::get({lanes}, e.b.getI16Type());
    SmallVector<int64_t> pairs;
    for (int64_t l = 0; l < lanes; ++l)
      pairs.append({l, lanes + l});
    // Rows `exist` of a group; the others are zeros.
    auto packGroup = [&](Value step, int64_t exist) {
      Value to = atStep(step, count);
      for (int64_t v = 0; v < count; ++v) {
        SmallVector<SmallVector<Value>> rows;
        for (int64_t i = 0; i < group; ++i) {
          Value at = e.add(e.add(atRight, e.mul(step, group * row)),
                           i * row + v * lanes * element);
          rows.push_back(
              cutPlanes(i < exist ? loadWords(right, at, lanes, shape.right)
                                  : splat(words, 0)));
        }
        for (int64_t p = 0; p < ways.planes; ++p) {
          Value packed = rows[0][p];
          if (group == 2)
            packed = vector::ShuffleOp::create(e.b, packed, rows[1][p], pairs);
          e.store(packed, group * lanes, scratch,
                  e.add(to, (v * ways.planes + p) * group * lanes * 2));
        }
      }
    };
    int64_t whole = shape.depth / group;
    e.loop(0, whole, 1, [&](Value step) { packGroup(step, group); });
    int64_t all = llvm::alignTo(shape.depth, unit) / group;
    for (int64_t step = whole; step < all; ++step)
      packGroup(e.index(step), step == whole ? shape.depth % group : 0);
  }

  /// Copies rows as words; what lies behind a row is not read as one.
  void stage(Value atLeft, int64_t rows) {
    int64_t element = shape.left.bits / 8;
    int64_t step = 2 * lanes; // As many words as a vector holds.
    for (int64_t r = 0; r < rows; ++r)
      for (const Piece &piece : cutAxis(shape.depth, step))
        e.loop(piece.begin, piece.end, piece.extent, [&](Value k) {
          Value at = e.add(e.add(atLeft, r * shape.depth * element),
                           e.mul(k, element));
          e.store(loadWords(left, at, piece.extent, shape.left), piece.extent,
                  staged, e.add(e.mul(k, 2), r * rowBytes()));
        });
  }

  /// Adds the products of the groups [begin, end), times `unit / group` each.
  SmallVector<Value> run(Value atLeft, Value begin, Value end, int64_t rows,
                         int64_t count, ValueRange sums) {
    Value from = stagesRows() ? staged : left;
    int64_t stride = stagesRows() ? rowBytes() : shape.depth * 2;
    return e.loop(begin, end, sums, [&](Value load, ValueRange carried) {
      SmallVector<Value> next = llvm::to_vector(carried);
      int64_t vectors = count * ways.planes, steps = unit / group;
      tile::BarrierOp::create(e.b);
      SmallVector<Value> xs;
      auto loadRow = [&](int64_t r) {
        return e.load(from,
                      e.add(e.add(atLeft, e.mul(load, 2 * unit)), r * stride),
                      unit, e.b.getI16Type());
      };
      if (steps > 1)
        for (int64_t r = 0; r < rows; ++r)
          xs.push_back(loadRow(r));
      for (int64_t s = 0; s < steps; ++s) {
        SmallVector<Value> words;
        Value at = e.add(atStep(e.mul(load, steps), count),
                         s * group * lanes * 2 * vectors);
        for (int64_t v = 0; v < vectors; ++v)
          words.push_back(e.load(scratch, e.add(at, v * group * lanes * 2),
                                 group * lanes, e.b.getI16Type()));
        for (int64_t r = 0; r < rows; ++r) {
          Value x = steps > 1 ? xs[r] : loadRow(r);
          for (int64_t v = 0; v < vectors; ++v) {
            Value &sum = next[r * vectors + v];
            sum = tile::WideDotOp::create(e.b, narrow, sum, x, words[v], s);
          }
        }
      }
      return next;
    });
  }

  void emitTile(Value atLeft, Value atResult, Value column, int64_t rows,
                int64_t count, int64_t stored) {
    int64_t vectors = count * ways.planes;
    TileEmitter::Parameters p =
        e.loadParameters(requant, block, parameters, column, count, lanes);
    SmallVector<Value> outputs;
    int64_t all = llvm::alignTo(shape.depth, unit) / unit;
    if (!ways.isLong) {
      SmallVector<Value> start(rows * vectors,
                               splat(narrow, int32_t(shape.requantOffset)));
      SmallVector<Value> sums =
          run(atLeft, e.index(0), e.index(all), rows, count, start);
      outputs = e.requantise(requant, p, sums, count, tile::LaneOrder::Natural);
    } else {
      int64_t part = std::max<int64_t>(1, llvm::divideCeil(ways.part, unit));
      SmallVector<Value> sums(rows * count, splat(wide, shape.requantOffset));
      auto addPart = [&](Value begin, Value end, ValueRange carried) {
        SmallVector<Value> zeros(rows * vectors, splat(narrow, 0));
        return join(run(atLeft, begin, end, rows, count, zeros), carried);
      };
      int64_t whole = all / part * part;
      sums = e.loop(0, whole, part, sums, [&](Value k, ValueRange carried) {
        return addPart(k, e.add(k, part), carried);
      });
      if (whole != all)
        sums = addPart(e.index(whole), e.index(all), sums);
      outputs = requantiseLong(e, requant, p, sums, count);
    }
    for (auto [r, output] : llvm::enumerate(outputs))
      e.store(output, stored, result,
              e.add(atResult, r * shape.columns * requant.outputBytes));
  }

  /// Adds the planes of i32 sums to those of i64.
  SmallVector<Value> join(ArrayRef<Value> part, ValueRange sums) {
    SmallVector<Value> next;
    for (size_t i = 0; i < sums.size(); ++i) {
      Value sum = sums[i];
      for (int64_t p = 0; p < ways.planes; ++p) {
        Value v = arith::ExtSIOp::create(e.b, wide, part[i * ways.planes + p]);
        if (p)
          v = arith::ShLIOp::create(e.b, v, splat(wide, 8));
        sum = arith::AddIOp::create(e.b, sum, v);
      }
      next.push_back(sum);
    }
    return next;
  }

  TileEmitter &e;
  const WordProductShape &shape;
  const RequantForm &requant;
  const ParameterBlock &block;
  const Target &target;
  Value left, right, parameters, result, scratch, staged;
  int64_t lanes, group, unit;
  WordProductSums ways;
  int64_t blockColumns;
  VectorType narrow, wide;
};
} // namespace

int64_t WordProductKernel::parallelUnits(const Target &target) const {
  if (shape.batch * shape.rows * shape.depth * shape.columns < kMinSharedMacs)
    return 1;
  int64_t planes = WordProductSums::get(shape, getUnit(target)).planes;
  // Threads that share a column block would each pack it.
  return shape.batch > 1
             ? shape.batch
             : llvm::divideCeil(shape.columns,
                                getBlockColumns(shape, planes, target) *
                                    target.lanes());
}

void WordProductKernel::emitBody(OpBuilder &builder, Location loc,
                                 ValueRange arguments,
                                 const Target &target) const {
  TileEmitter e(builder, loc);
  std::optional<TileEmitter::Share> batchShare, columnShare;
  if (size_t count = argumentBytes().size(); arguments.size() > count)
    (shape.batch > 1 ? batchShare : columnShare) = TileEmitter::Share{
        arguments[count], arguments[count + 1], parallelUnits(target)};
  Emission emission(e, shape, requant, block, arguments, target);
  e.loop(batchShare, 0, shape.batch, 1, [&](Value batch) {
    int64_t column = 0;
    for (int64_t count = emission.columns(); count; count /= 2) {
      int64_t width = count * target.lanes();
      int64_t end = shape.columns - (shape.columns - column) % width;
      e.loop(columnShare, column, end, width,
             [&](Value at) { emission.emitBlock(batch, at, count, width); });
      column = end;
    }
    if (column < shape.columns)
      e.loop(columnShare, column, shape.columns, target.lanes(), [&](Value at) {
        emission.emitBlock(batch, at, 1, shape.columns - column);
      });
  });
}
