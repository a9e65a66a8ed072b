//===- SegmentTable.cpp - functions between the entries of a table --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SegmentTable.h"
#include "BuiltKernel.h"
#include "narrow/Dialect/Fxp/IR/Segments.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Support/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace LLVM = mlir::LLVM;
namespace arith = mlir::arith;
namespace vector = mlir::vector;
using mlir::VectorType;

std::vector<char> codegen::packEntries(mlir::ElementsAttr entries) {
  std::vector<int16_t> values;
  for (int64_t entry : getIntegers(entries))
    values.push_back(static_cast<int16_t>(entry));
  return toBytes<int16_t>(values);
}

static Value makeMask(KernelBuilder &kb, int64_t lanes) {
  auto flags = VectorType::get({lanes}, kb.getBuilder().getI1Type());
  return arith::ConstantOp::create(kb.getBuilder(), kb.getLoc(),
                                   DenseElementsAttr::get(flags, true));
}

Value codegen::emitGather(KernelBuilder &kb, const TypedBuffer &buffer,
                          Value index) {
  OpBuilder &b = kb.getBuilder();
  int64_t lanes = KernelBuilder::lanesOf(index);
  auto type = VectorType::get({lanes}, b.getI32Type());
  return vector::GatherOp::create(b, kb.getLoc(), type, buffer.memref,
                                  ValueRange{kb.index(0)}, index,
                                  makeMask(kb, lanes), kb.splat(0, lanes));
}

/// Loads elements `index` and `index + 1` of `table`, i16, into each lane:
/// words that overlap, which no gather of memory by elements has.
static Value gatherPairs(KernelBuilder &kb, const TypedBuffer &table,
                         Value index) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  int64_t lanes = KernelBuilder::lanesOf(index);
  Value address = mlir::memref::ExtractAlignedPointerAsIndexOp::create(
      b, loc, table.memref);
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value base = LLVM::IntToPtrOp::create(
      b, loc, pointer,
      arith::IndexCastOp::create(b, loc, b.getI64Type(), address).getResult());
  Value places =
      LLVM::GEPOp::create(b, loc, VectorType::get({lanes}, pointer),
                          b.getI16Type(), base, ArrayRef<LLVM::GEPArg>{index});
  return LLVM::masked_gather::create(
      b, loc, VectorType::get({lanes}, b.getI32Type()), places,
      makeMask(kb, lanes), ValueRange{kb.splat(0, lanes)},
      b.getI32IntegerAttr(2));
}

Value codegen::emitBetween(KernelBuilder &kb, const TypedBuffer &table,
                           Value position, int64_t fractionBits) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  constexpr int64_t bits = fxp::kPlaceBits, one = 1 << bits;
  int64_t lanes = KernelBuilder::lanesOf(position);
  Value index = arith::ShRUIOp::create(b, loc, position, kb.splat(bits, lanes));
  Value f = arith::AndIOp::create(b, loc, position, kb.splat(one - 1, lanes));
  // 2^14 - f below f.
  Value high = arith::ShLIOp::create(b, loc, f, kb.splat(16, lanes));
  Value weights = kb.addi(high, kb.subi(kb.splat(one, lanes), f));
  auto words = VectorType::get({2 * lanes}, b.getI16Type());
  auto asWords = [&](Value v) -> Value {
    return vector::BitCastOp::create(b, loc, words, v);
  };
  Value half = kb.splat(int64_t(1) << (bits - 1 + fractionBits), lanes);
  Value sum = tile::WordDotOp::create(b, loc, half.getType(), half,
                                      asWords(gatherPairs(kb, table, index)),
                                      asWords(weights));
  return kb.shrs(sum, bits + fractionBits);
}
