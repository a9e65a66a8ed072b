//===- LookupLowering.cpp - tables of bytes in registers ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every use of the byte shuffles' intrinsics is in this file.
//
//===----------------------------------------------------------------------===//

#include "LookupLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::tile;
using mlir::ImplicitLocOpBuilder;
using mlir::VectorType;
namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;
namespace vector = mlir::vector;

namespace {
/// The lowerings of one lookup.
class Lookup {
public:
  Lookup(ImplicitLocOpBuilder &b, LookupOp op, const Target &target)
      : b(b), target(target), table(op.getTable()), indices(op.getIndices()),
        type(cast<VectorType>(op.getIndices().getType())),
        lanes(type.getNumElements()) {}

  /// VPERMI2B reads 128 entries by the low seven bits.
  Value byPermutes() {
    auto half = [&](int64_t at) {
      return call("llvm.x86.avx512.vpermi2var.qi.512",
                  {slice(at, 64), indices, slice(at + 64, 64)}, type);
    };
    Value low = half(0), high = half(128);
    Value isHigh =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, indices, splat(0));
    return arith::SelectOp::create(b, isHigh, high, low);
  }

  /// PSHUFB gives 0 where an index is negative, else the entry of its low four
  /// bits. From both halves of the table, sixteenth after sixteenth, what is
  /// xor-ed in turns the entry of the sixteenth before into that of this one,
  /// as long as the index, less 16 each time, is not negative.
  Value byShuffles() {
    Value result;
    for (int64_t half : {0, 128}) {
      Value index = indices;
      // The other half is negative from the start, and stays so.
      if (half)
        index = arith::XOrIOp::create(b, index, splat(-128));
      Value last;
      for (int64_t at = half; at < half + 128; at += 16) {
        Value entries = slice(at, 16), change = entries;
        if (last) {
          change = arith::XOrIOp::create(b, entries, last);
          index = call("llvm.ssub.sat", {index, splat(16)}, type);
        }
        last = entries;
        Value part = call(shuffleName(), {repeat(change), index}, type);
        result =
            result ? arith::XOrIOp::create(b, result, part).getResult() : part;
      }
    }
    return result;
  }

  /// One shuffle of 16 entries.
  Value byShuffle() {
    if (target.family == Family::AArch64)
      return call("llvm.aarch64.neon.tbl1.v16i8", {table, indices}, type);
    return call(shuffleName(), {repeat(table), indices}, type);
  }

  /// TBL gives 0 beyond its 64 entries, TBX leaves the lane as it is.
  Value byTables() {
    Value result, index = indices;
    for (int64_t at = 0; at < 256; at += 64) {
      SmallVector<Value> arguments;
      if (at) {
        index = arith::SubIOp::create(b, index, splat(64));
        arguments.push_back(result);
      }
      for (int64_t part = 0; part < 64; part += 16)
        arguments.push_back(slice(at + part, 16));
      arguments.push_back(index);
      result = call(at ? "llvm.aarch64.neon.tbx4.v16i8"
                       : "llvm.aarch64.neon.tbl4.v16i8",
                    arguments, type);
    }
    return result;
  }

  Value byMemory() {
    Value result = splat(0);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      Value index =
          vector::ExtractOp::create(b, indices, ArrayRef<int64_t>{lane});
      index = arith::IndexCastUIOp::create(b, b.getIndexType(), index);
      Value entry = vector::ExtractOp::create(b, table, index);
      result =
          vector::InsertOp::create(b, entry, result, ArrayRef<int64_t>{lane});
    }
    return result;
  }

private:
  StringRef shuffleName() const {
    return lanes == 64   ? "llvm.x86.avx512.pshuf.b.512"
           : lanes == 32 ? "llvm.x86.avx2.pshuf.b"
                         : "llvm.x86.ssse3.pshuf.b.128";
  }
  Value splat(int64_t value) {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, b.getI8IntegerAttr(int8_t(value))));
  }
  Value slice(int64_t at, int64_t size) {
    return vector::ExtractStridedSliceOp::create(
        b, table, ArrayRef{at}, ArrayRef{size}, ArrayRef<int64_t>{1});
  }
  /// Repeats 16 bytes in every 16 lanes.
  Value repeat(Value entries) {
    if (lanes == 16)
      return entries;
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < lanes; ++lane)
      mask.push_back(lane % 16);
    return vector::ShuffleOp::create(b, entries, entries, mask);
  }
  Value call(StringRef intrinsic, ArrayRef<Value> arguments, Type result) {
    return LLVM::CallIntrinsicOp::create(b, result, b.getStringAttr(intrinsic),
                                         mlir::ValueRange(arguments))
        .getResult(0);
  }

  ImplicitLocOpBuilder &b;
  const Target &target;
  Value table, indices;
  VectorType type;
  int64_t lanes;
};
} // namespace

Value tile::lowerLookup(ImplicitLocOpBuilder &b, LookupOp op,
                        const Target &target) {
  int64_t lanes = cast<VectorType>(op.getIndices().getType()).getNumElements();
  Lookup lookup(b, op, target);
  bool whole = lanes == 16 || lanes == 32 || lanes == 64;
  if (!target.shufflesBytes() || target.emulated || !whole ||
      lanes > target.vectorBytes)
    return lookup.byMemory();
  if (cast<VectorType>(op.getTable().getType()).getNumElements() == 16)
    return lookup.byShuffle();
  if (target.family == Family::AArch64)
    return lookup.byTables();
  if (lanes == 64 && target.features.contains("+avx512vbmi"))
    return lookup.byPermutes();
  return lookup.byShuffles();
}
