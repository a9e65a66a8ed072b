//===- EpilogueLookup.cpp - a lookup in a contraction's epilogue ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EpilogueLookup.h"
#include "../../Emit/LookupTable.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "narrow/Codegen/Contraction.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::codegen;
namespace vector = mlir::vector;

/// Whether tables are looked up in registers. Stand-ins for a level's
/// instructions take an entry at a time.
static bool holdsTables(const Target &target) {
  return target.shufflesBytes() && !target.emulated;
}

static int64_t lanesOf(Value v) {
  return cast<mlir::VectorType>(v.getType()).getNumElements();
}

EpilogueForm codegen::getEpilogueForm(fxp::LookupOp op) {
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  if (from.bytes != 1 || to.bytes != 1)
    return {};
  if (op.getTable().getShapedType().getRank() == 1)
    return {/*isPossible=*/true, nullptr};
  std::optional<PiecewiseTable> lines = PiecewiseTable::find(op);
  if (!lines)
    return {};
  return {/*isPossible=*/true,
          std::make_shared<const PiecewiseTable>(std::move(*lines))};
}

EpilogueLookup EpilogueLookup::get(fxp::LookupOp op, const EpilogueForm &form,
                                   const Target &target) {
  EpilogueLookup lookup;
  lookup.from = StoredType::get(op.getInput().getType());
  lookup.to = StoredType::get(op.getResult().getType());
  if (form.lines)
    lookup.lines = *form.lines;
  else if (!target.shufflesBytes())
    lookup.lines = PiecewiseTable::find(op);
  if (!lookup.lines)
    lookup.table = packTable(op.getTable(), lookup.from, 1);
  return lookup;
}

void EpilogueLookup::arrange(ArrayRef<int64_t> channels) {
  if (lines)
    lines->arrange(channels);
}

std::vector<char> EpilogueLookup::pack() const {
  return lines ? lines->constantBytes() : table;
}

std::string EpilogueLookup::key() const {
  KernelKey key;
  key << "lookup" << from << to << constantBytes();
  if (lines) {
    key << int64_t(lines->rowBytes());
    lines->addToKey(key);
  }
  return key.str().str();
}

Value EpilogueLookup::lookUpLines(TileEmitter &e, const Target &target,
                                  Value constant, Value pixel,
                                  Value slot) const {
  KernelBuilder kb(e.b, e.b.getLoc(), target);
  TypedBuffer rows = kb.view(constant, lines->rowBytes(), /*isSigned=*/true);
  int64_t lanes = lanesOf(pixel);
  int64_t piece = std::min<int64_t>(lanes, kb.chunk());
  Value result = pixel;
  for (int64_t at = 0; at < lanes; at += piece) {
    int64_t size = std::min(piece, lanes - at);
    Value part = vector::ExtractStridedSliceOp::create(
        e.b, pixel, ArrayRef{at}, ArrayRef{size}, ArrayRef<int64_t>{1});
    Value q = kb.extend(part, 32, from.isSigned);
    Value y = kb.truncate(lines->emit(kb, q, &rows, {e.add(slot, at)}), 8);
    result = vector::InsertStridedSliceOp::create(e.b, y, result, ArrayRef{at},
                                                  ArrayRef<int64_t>{1});
  }
  return result;
}

/// Pixels of fewer bytes than a vector's are looked up side by side.
SmallVector<Value> EpilogueLookup::lookUpTable(TileEmitter &e,
                                               const Target &target,
                                               Value constant,
                                               ArrayRef<Value> pixels) const {
  constexpr int64_t kLeastLanes = 16;
  int64_t lanes = lanesOf(pixels.front()), width = target.vectorBytes;
  int64_t together = std::max<int64_t>(1, width / lanes);
  Value entries = e.load(constant, e.index(0), 256, e.b.getI8Type());
  SmallVector<Value> results;
  for (size_t first = 0; first < pixels.size(); first += together) {
    ArrayRef<Value> some = pixels.slice(first).take_front(together);
    int64_t size =
        std::max<int64_t>(kLeastLanes, llvm::PowerOf2Ceil(some.size() * lanes));
    auto type = mlir::VectorType::get({size}, e.b.getI8Type());
    Value joined = mlir::arith::ConstantOp::create(e.b, e.b.getZeroAttr(type));
    for (auto [i, pixel] : llvm::enumerate(some))
      joined = vector::InsertStridedSliceOp::create(
          e.b, pixel, joined, ArrayRef<int64_t>{int64_t(i) * lanes},
          ArrayRef<int64_t>{1});
    Value found = joined;
    for (int64_t at = 0; at < size; at += width) {
      Value part = joined;
      if (size > width)
        part = vector::ExtractStridedSliceOp::create(
            e.b, joined, ArrayRef{at}, ArrayRef{width}, ArrayRef<int64_t>{1});
      part = tile::LookupOp::create(e.b, part.getType(), entries, part);
      found = size > width
                  ? vector::InsertStridedSliceOp::create(
                        e.b, part, found, ArrayRef{at}, ArrayRef<int64_t>{1})
                        .getResult()
                  : part;
    }
    for (size_t i = 0; i < some.size(); ++i)
      results.push_back(vector::ExtractStridedSliceOp::create(
          e.b, found, ArrayRef<int64_t>{int64_t(i) * lanes}, ArrayRef{lanes},
          ArrayRef<int64_t>{1}));
  }
  return results;
}

void EpilogueLookup::store(TileEmitter &e, const Target &target, Value constant,
                           ArrayRef<Value> pixels, Value slot, int64_t stored,
                           Value buffer, ArrayRef<Value> at) const {
  SmallVector<Value> results(pixels);
  if (lines) {
    for (Value &pixel : results)
      pixel = lookUpLines(e, target, constant, pixel, slot);
  } else if (holdsTables(target)) {
    results = lookUpTable(e, target, constant, pixels);
  }
  storePixels(e, target, std::nullopt, Value(), results, slot, stored, buffer,
              at);
  if (lines || holdsTables(target))
    return;
  // One at a time where they lie: unrolled, a tile would be very long.
  for (Value place : at)
    e.loop(0, stored, 1, [&](Value i) {
      Value byte = e.add(place, i);
      Value entry = e.load(constant, e.loadIndex(buffer, byte, 1, false), 1,
                           e.b.getI8Type());
      e.store(entry, 1, buffer, byte);
    });
}

void codegen::storePixels(TileEmitter &e, const Target &target,
                          const std::optional<EpilogueLookup> &lookup,
                          Value constant, ArrayRef<Value> pixels, Value slot,
                          int64_t stored, Value buffer, ArrayRef<Value> at) {
  if (lookup)
    return lookup->store(e, target, constant, pixels, slot, stored, buffer, at);
  for (auto [pixel, place] : llvm::zip_equal(pixels, at))
    e.store(pixel, stored, buffer, place);
}
