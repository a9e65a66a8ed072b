//===- NewerBytecode.cpp - bytecode of a newer MLIR -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An affine map is an attribute of the builtin dialect with this code:
//
//   head       dimensions * 4 + form, where the form is
//     0        the identity
//     1        a permutation: the dimension of each result
//     2        some dimensions: how many results, the dimension of each
//     3        any: how many symbols, how many results, an expression for each
//
// An expression is an operator and what it is of, numbered as below. As all
// numbers of the format they have variable length.
//
//===----------------------------------------------------------------------===//

#include "NewerBytecode.h"
#include "mlir/Bytecode/BytecodeImplementation.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace narrow;
using mlir::AffineExpr;
using mlir::AffineMap;
using mlir::DialectBytecodeReader;

static constexpr uint64_t kAffineMapCode = 23;

/// What a file may hold: more is a mistake.
static constexpr uint64_t kMostResults = 1 << 10;
static constexpr unsigned kMostDepth = 64;

namespace {
enum Form : uint64_t { Identity, Permutation, Projection, General };
enum Operator : uint64_t {
  Dimension,
  Symbol,
  Number,
  Add,
  Mul,
  Mod,
  FloorDiv,
  CeilDiv
};

class MapReader {
public:
  explicit MapReader(DialectBytecodeReader &reader)
      : reader(reader), context(reader.getContext()) {}

  FailureOr<AffineMap> read();

private:
  LogicalResult readNumber(uint64_t &number, uint64_t most, StringRef what) {
    if (failed(reader.readVarInt(number)))
      return failure();
    return checkNumber(number, most, what);
  }
  LogicalResult checkNumber(uint64_t number, uint64_t most, StringRef what) {
    if (number > most)
      return reader.emitError("expected an affine map of at most ")
             << most << " " << what << ", found " << number;
    return mlir::success();
  }
  FailureOr<AffineExpr> readPlace(uint64_t count, bool isSymbol);
  FailureOr<AffineExpr> readExpression(unsigned depth);

  DialectBytecodeReader &reader;
  mlir::MLIRContext *context;
  uint64_t dimensions = 0, symbols = 0;
};
} // namespace

FailureOr<AffineExpr> MapReader::readPlace(uint64_t count, bool isSymbol) {
  uint64_t place;
  if (failed(reader.readVarInt(place)))
    return failure();
  if (place >= count)
    return reader.emitError("expected one of the ")
           << count << (isSymbol ? " symbols" : " dimensions")
           << " of an affine map, found " << place;
  return isSymbol ? mlir::getAffineSymbolExpr(place, context)
                  : mlir::getAffineDimExpr(place, context);
}

FailureOr<AffineExpr> MapReader::readExpression(unsigned depth) {
  if (depth > kMostDepth)
    return reader.emitError("expected an affine map of fewer operators");
  uint64_t op;
  if (failed(reader.readVarInt(op)))
    return failure();
  if (op == Dimension || op == Symbol)
    return readPlace(op == Symbol ? symbols : dimensions, op == Symbol);
  if (op == Number) {
    int64_t number;
    if (failed(reader.readSignedVarInt(number)))
      return failure();
    return mlir::getAffineConstantExpr(number, context);
  }
  if (op > CeilDiv)
    return reader.emitError("expected an operator of affine maps, found ")
           << op;
  auto lhs = readExpression(depth + 1);
  if (failed(lhs))
    return failure();
  auto rhs = readExpression(depth + 1);
  if (failed(rhs))
    return failure();
  switch (op) {
  case Add:
    return *lhs + *rhs;
  case Mul:
    return *lhs * *rhs;
  case Mod:
    return *lhs % *rhs;
  case FloorDiv:
    return lhs->floorDiv(*rhs);
  default:
    return lhs->ceilDiv(*rhs);
  }
}

FailureOr<AffineMap> MapReader::read() {
  uint64_t head;
  if (failed(reader.readVarInt(head)))
    return failure();
  dimensions = head / 4;
  if (failed(checkNumber(dimensions, kMostResults, "dimensions")))
    return failure();
  uint64_t form = head % 4, count = dimensions;
  if (form == Identity)
    return AffineMap::getMultiDimIdentityMap(dimensions, context);
  if (form == General && failed(readNumber(symbols, kMostResults, "symbols")))
    return failure();
  if (form != Permutation && failed(readNumber(count, kMostResults, "results")))
    return failure();
  SmallVector<AffineExpr> results;
  for (uint64_t i = 0; i < count; ++i) {
    auto result = form == General ? readExpression(0)
                                  : readPlace(dimensions, /*isSymbol=*/false);
    if (failed(result))
      return failure();
    results.push_back(*result);
  }
  return AffineMap::get(dimensions, symbols, results, context);
}

void frontend::readNewerAttributes(mlir::BytecodeReaderConfig &config) {
  config.attachAttributeCallback([](DialectBytecodeReader &reader,
                                    StringRef dialect,
                                    Attribute &attribute) -> LogicalResult {
    // Others are read as ever.
    uint64_t code;
    if (dialect != "builtin" || failed(reader.readVarInt(code)) ||
        code != kAffineMapCode)
      return mlir::success();
    FailureOr<AffineMap> map = MapReader(reader).read();
    if (failed(map))
      return failure();
    attribute = mlir::AffineMapAttr::get(*map);
    return mlir::success();
  });
}
