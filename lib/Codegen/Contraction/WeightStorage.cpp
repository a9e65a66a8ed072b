//===- WeightStorage.cpp - how weights lie in memory ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightStorage.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::VectorType;
namespace arith = mlir::arith;

/// Of a table in a register; one of four weights has as many.
static constexpr int64_t kTableEntries = 16;

/// Whether a level's products take weights that are 2^n times too large: those
/// that add pairs in 16 bits have no room for them.
static bool multipliesScaled(const Target &target) {
  return target.dot != DotKind::PMaddUbs && target.dot != DotKind::SMull;
}

FailureOr<WeightStorage> WeightStorage::get(Operation *op,
                                            const ContractionData &data,
                                            const Target &target) {
  WeightStorage storage;
  storage.code = data.storage;
  if (!storage.isPacked())
    return storage;
  SmallVector<int64_t> weights(data.weights.begin(), data.weights.end());
  std::string misfit;
  if (data.block) {
    fxp::BlockMultipliers found =
        fxp::findMultipliers(data.block, weights, data.channels);
    misfit = found.misfit;
    storage.block = data.block;
    storage.blocksPerChannel = llvm::divideCeil(data.depth, data.block);
    storage.multipliers = std::move(found.values);
  } else {
    misfit = fxp::describeMisfit(data.storage, weights);
  }
  if (!misfit.empty())
    return op->emitError(misfit);
  if (storage.hasTable()) {
    storage.table = fxp::listWeights(weights);
    return storage;
  }
  // Sums are exact modulo 2^32: shifted back, they are right if the scaled sum
  // fits, whatever partial sums do.
  int64_t room = int64_t(1) << (31 - (8 - storage.bits()));
  storage.isScaled =
      multipliesScaled(target) &&
      llvm::all_of(llvm::seq<int64_t>(0, data.channels), [&](int64_t channel) {
        auto [low, high] = data.getAccumulatorRange(channel);
        return low >= -room && high < room;
      });
  return storage;
}

std::string WeightStorage::key() const {
  std::string name = fxp::stringifyWeightStorage(code).str();
  if (hasBlocks())
    name += "b" + std::to_string(block);
  return name + (isScaled ? "s" : "");
}

void WeightStorage::insert(char &byte, int32_t weight, int64_t step) const {
  if (!isPacked()) {
    byte = char(weight);
    return;
  }
  int64_t at = step % stepsPerByte() * bits();
  if (hasTable())
    weight = int32_t(llvm::lower_bound(table, weight) - table.begin());
  unsigned mask = (1u << bits()) - 1, field = uint32_t(weight) & mask;
  byte = char((uint8_t(byte) & ~(mask << at)) | field << at);
}

char WeightStorage::getPadding() const {
  char byte = 0;
  for (int64_t step = 0; step < stepsPerByte(); ++step)
    insert(byte, 0, step);
  return byte;
}

void WeightStorage::packHead(char *bytes) const {
  for (int64_t at = 0; at < headBytes(); ++at)
    if (size_t entry = at % kTableEntries; entry < table.size())
      bytes[at] = char(table[entry]);
}

Value WeightStorage::loadTable(mlir::ImplicitLocOpBuilder &b,
                               Value weights) const {
  if (!hasTable())
    return Value();
  Value start = arith::ConstantIndexOp::create(b, 0);
  return mlir::vector::LoadOp::create(
      b, VectorType::get({kTableEntries}, b.getI8Type()), weights, start);
}

/// A byte in all bytes of a vector type.
static Value makeBytes(mlir::ImplicitLocOpBuilder &b, VectorType type,
                       uint8_t byte) {
  llvm::APInt element = llvm::APInt::getSplat(type.getElementTypeBitWidth(),
                                              llvm::APInt(8, byte));
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, element));
}

/// The signed integers of `bits` bits by the unsigned ones of the same bits.
static Value makeSigned(mlir::ImplicitLocOpBuilder &b, unsigned bits) {
  SmallVector<int8_t> entries;
  for (uint64_t field = 0; field < uint64_t(kTableEntries); ++field)
    entries.push_back(int8_t(llvm::SignExtend64(field, bits)));
  auto type = VectorType::get({kTableEntries}, b.getI8Type());
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, ArrayRef<int8_t>(entries)));
}

Value WeightStorage::unpack(mlir::ImplicitLocOpBuilder &b, const Target &target,
                            Value packed, int64_t step, Value table) const {
  if (!isPacked())
    return packed;
  auto bytes = cast<VectorType>(packed.getType());
  // Only Arm shifts bytes; elsewhere words are shifted and masked.
  bool shiftsBytes =
      target.family == Family::AArch64 && target.dot != DotKind::Generic;
  VectorType type = bytes;
  if (!shiftsBytes)
    type = VectorType::get({bytes.getNumElements() / 4}, b.getI32Type());
  auto as = [&](VectorType to, Value v) -> Value {
    return v.getType() == to
               ? v
               : mlir::vector::BitCastOp::create(b, to, v).getResult();
  };
  auto count = [&](unsigned places) -> Value {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(
               type, b.getIntegerAttr(type.getElementType(), places)));
  };
  unsigned right = step % stepsPerByte() * bits(), left = 8 - bits() - right;
  Value v = as(type, packed);
  if (isScaled || (shiftsBytes && !table)) { // The field in the upper bits.
    if (left)
      v = arith::ShLIOp::create(b, v, count(left));
    if (isScaled)
      return as(bytes, arith::AndIOp::create(
                           b, v, makeBytes(b, type, 0xff << (8 - bits()))));
    return arith::ShRSIOp::create(b, v, count(8 - bits()));
  }
  // The field in the lower bits; its sign by (v ^ s) - s.
  if (right)
    v = arith::ShRUIOp::create(b, v, count(right));
  v = arith::AndIOp::create(b, v, makeBytes(b, type, 0xff >> (8 - bits())));
  // AVX2 has no one instruction for two bitwise operations.
  if (!table && target.dot == DotKind::PMaddUbs && target.shufflesBytes())
    table = makeSigned(b, bits());
  if (table)
    return tile::LookupOp::create(b, bytes, table, as(bytes, v));
  Value sign = makeBytes(b, bytes, 1 << (bits() - 1));
  v = arith::XOrIOp::create(b, as(bytes, v), sign);
  return arith::SubIOp::create(b, v, sign);
}
