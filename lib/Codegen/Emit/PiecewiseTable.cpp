//===- PiecewiseTable.cpp - finds the two lines of a table ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PiecewiseTable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;

namespace {
/// Offsets that give all entries for one multiplier: [least, beyond).
struct OffsetInterval {
  int64_t least = INT32_MIN / 2, beyond = INT32_MAX / 2;
  int64_t width() const { return beyond - least; }
};
} // namespace

bool PiecewiseTable::fitLine(ArrayRef<int64_t> distances,
                             ArrayRef<int64_t> entries, const StoredType &to,
                             int64_t step, int64_t &multiplier,
                             int64_t &offset) {
  const int64_t unit = int64_t(1) << kShift;
  auto interval = [&](int64_t m) {
    OffsetInterval result;
    for (auto [d, entry] : llvm::zip_equal(distances, entries)) {
      // An entry at the clamp bounds the line on one side only.
      if (entry > to.lo)
        result.least = std::max(result.least, entry * unit - d * m);
      if (entry < to.hi)
        result.beyond = std::min(result.beyond, (entry + 1) * unit - d * m);
    }
    return result;
  };
  // A flat line, or no entries at all.
  if (OffsetInterval flat = interval(0); flat.width() > 0) {
    multiplier = 0;
    offset = flat.least + (flat.width() - 1) / 2;
    return true;
  }
  // The width is a concave function of the multiplier: ternary search. Products
  // of 9-bit distances and the bound stay far inside i32.
  int64_t low = -(1 << 21) / step, high = (1 << 21) / step;
  while (high - low > 2) {
    int64_t a = low + (high - low) / 3, b = high - (high - low) / 3;
    if (interval(step * a).width() < interval(step * b).width())
      low = a;
    else
      high = b;
  }
  for (int64_t m = low; m <= high; ++m) {
    OffsetInterval found = interval(step * m);
    if (found.width() > 0) {
      multiplier = step * m;
      offset = found.least + (found.width() - 1) / 2;
      return true;
    }
  }
  return false;
}

std::optional<PiecewiseTable> PiecewiseTable::find(ArrayRef<int64_t> values,
                                                   int64_t channels,
                                                   const StoredType &from,
                                                   const StoredType &to) {
  if (from.bytes != 1 || to.bytes != 1 || from.isPerAxis())
    return std::nullopt;
  PiecewiseTable table;
  table.channels = channels;
  table.knee = from.zeroPoint;
  table.lo = to.lo;
  table.hi = to.hi;
  if (!table.fitLines(values, from, to, /*step=*/1))
    return std::nullopt;
  // Steep or falling lines as signed products of larger distances, if their
  // multipliers may be coarser.
  constexpr int64_t kMostGain = 6;
  int64_t steepest = 0;
  for (Row row : {LowMultiplier, HighMultiplier})
    for (int64_t multiplier : table.rows[row]) {
      steepest = std::max(steepest, std::abs(multiplier));
      table.isSigned |= multiplier < 0 || multiplier > UINT16_MAX;
    }
  if (table.isSigned) {
    PiecewiseTable coarse = table;
    while (steepest >> coarse.gain > INT16_MAX)
      ++coarse.gain;
    if (coarse.gain > kMostGain ||
        !coarse.fitLines(values, from, to, int64_t(1) << coarse.gain))
      return table;
    table = std::move(coarse);
  }
  table.splitIntoWords();
  return table;
}

bool PiecewiseTable::fitLines(ArrayRef<int64_t> values, const StoredType &from,
                              const StoredType &to, int64_t step) {
  for (SmallVector<int32_t> &row : rows)
    row.clear();
  size_t count = values.size() / channels;
  for (int64_t channel = 0; channel < channels; ++channel) {
    SmallVector<int64_t> distances[2], entries[2];
    for (size_t i = 0; i < count; ++i) {
      int64_t d = from.lo + int64_t(i) - knee;
      int64_t entry = values[channel * count + i];
      // Unsigned entries may come as the same bits.
      if (!to.isSigned)
        entry &= 255;
      if (entry < to.lo || entry > to.hi)
        return false;
      distances[d >= 0].push_back(d);
      entries[d >= 0].push_back(entry);
    }
    for (unsigned side = 0; side < 2; ++side) {
      int64_t multiplier = 0, offset = 0;
      if (!fitLine(distances[side], entries[side], to, step, multiplier,
                   offset))
        return false;
      rows[2 * side].push_back(multiplier);
      rows[2 * side + 1].push_back(offset);
    }
  }
  return true;
}

std::optional<PiecewiseTable> PiecewiseTable::find(fxp::LookupOp op) {
  auto type = op.getTable().getShapedType();
  return find(getIntegers(op.getTable()),
              type.getRank() == 2 ? type.getDimSize(0) : 1,
              StoredType::get(op.getInput().getType()),
              StoredType::get(op.getResult().getType()));
}

void PiecewiseTable::arrange(ArrayRef<int64_t> order) {
  if (channels == 1)
    return;
  auto arranged = [&](auto &row) {
    std::decay_t<decltype(row)> result;
    for (int64_t channel : order)
      result.push_back(row[std::max<int64_t>(0, channel)]);
    row = std::move(result);
  };
  for (SmallVector<int32_t> &row : rows)
    arranged(row);
  for (SmallVector<int16_t> &row : words)
    arranged(row);
  channels = order.size();
}

void PiecewiseTable::splitIntoWords() {
  int64_t least = isSigned ? INT16_MIN : 0;
  int64_t most = isSigned ? INT16_MAX : UINT16_MAX;
  for (Row row : {LowMultiplier, HighMultiplier})
    for (int32_t multiplier : rows[row])
      if (multiplier >> gain < least || multiplier >> gain > most)
        return;
  words.resize(6);
  for (unsigned side = 0; side < 2; ++side)
    for (int64_t channel = 0; channel < channels; ++channel) {
      int32_t multiplier = rows[2 * side][channel] >> gain;
      int32_t offset = rows[2 * side + 1][channel];
      words[3 * side].push_back(int16_t(multiplier));
      words[3 * side + 1].push_back(int16_t(offset));
      words[3 * side + 2].push_back(int16_t(
          (offset >> kShift) - (side == 0 && !isSigned ? multiplier : 0)));
    }
}

std::vector<char> PiecewiseTable::constantBytes() const {
  if (!words.empty()) {
    std::vector<int16_t> values;
    for (const SmallVector<int16_t> &row : words)
      values.insert(values.end(), row.begin(), row.end());
    return toBytes<int16_t>(values);
  }
  std::vector<int32_t> values;
  for (const SmallVector<int32_t> &row : rows)
    values.insert(values.end(), row.begin(), row.end());
  return toBytes<int32_t>(values);
}

void PiecewiseTable::addToKey(KernelKey &key) const {
  key << channels << knee << lo << hi << gain << int64_t(isSigned)
      << int64_t(words.size());
  // Numbers that all channels share are part of the code: of whole offsets or
  // of their halves.
  auto add = [&](const auto &row) {
    key << (llvm::all_equal(row) ? std::to_string(row.front()) : "row");
  };
  if (words.empty())
    llvm::for_each(rows, add);
  else
    llvm::for_each(words, add);
}

Value PiecewiseTable::row(KernelBuilder &kb, Row row, unsigned lanes,
                          const TypedBuffer *constant,
                          const LaneChannels &lanesOf) const {
  if (llvm::all_equal(rows[row]))
    return kb.splat(rows[row].front(), lanes);
  return kb.loadParameter(*constant, row * channels, lanesOf, lanes);
}

Value PiecewiseTable::emit(KernelBuilder &kb, Value q,
                           const TypedBuffer *constant,
                           const LaneChannels &lanesOf) const {
  if (!words.empty())
    return emitWords(kb, q, constant, lanesOf);
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  unsigned lanes = KernelBuilder::lanesOf(q);
  Value d = kb.subi(q, kb.splat(knee, lanes));
  Value below = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, d,
                                      kb.splat(0, lanes));
  auto side = [&](Row low, Row high) -> Value {
    return arith::SelectOp::create(b, loc, below,
                                   row(kb, low, lanes, constant, lanesOf),
                                   row(kb, high, lanes, constant, lanesOf));
  };
  Value line = kb.addi(kb.muli(d, side(LowMultiplier, HighMultiplier)),
                       side(LowOffset, HighOffset));
  return kb.clamp(kb.shrs(line, kShift), lo, hi);
}

/// The 32-bit sum by its halves: products high and low, and the carry between
/// them. Twice the lanes of a vector for a few instructions more.
Value PiecewiseTable::emitWords(KernelBuilder &kb, Value q,
                                const TypedBuffer *constant,
                                const LaneChannels &lanesOf) const {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  unsigned lanes = KernelBuilder::lanesOf(q);
  Value d = kb.subi(kb.truncate(q, 16), kb.splat(knee, lanes, 16));
  if (gain)
    d = arith::ShLIOp::create(b, loc, d, kb.splat(gain, lanes, 16));
  Value below = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, d,
                                      kb.splat(0, lanes, 16));
  auto get = [&](unsigned row) {
    if (llvm::all_equal(words[row]))
      return kb.splat(words[row].front(), lanes, 16);
    return kb.truncate(
        kb.loadParameter(*constant, row * channels, lanesOf, lanes), 16);
  };
  auto side = [&](unsigned row) -> Value {
    if (words[row] == words[row + 3] && llvm::all_equal(words[row]))
      return get(row);
    return arith::SelectOp::create(b, loc, below, get(row), get(row + 3));
  };
  Value multiplier = side(0), fraction = side(1), whole = side(2);
  Value product =
      kb.muli(kb.extend(d, 32, isSigned), kb.extend(multiplier, 32, isSigned));
  Value high = kb.truncate(
      arith::ShRUIOp::create(b, loc, product, kb.splat(16, lanes)), 16);
  Value sum = kb.addi(kb.muli(d, multiplier), fraction);
  Value carries =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, sum, fraction);
  Value carry = arith::ExtUIOp::create(b, loc, sum.getType(), carries);
  Value y = kb.addi(kb.addi(high, whole), carry);
  return kb.extend(kb.clamp(y, lo, hi), 32, /*isSigned=*/true);
}
