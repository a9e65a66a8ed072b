//===- Segments.cpp - the rule of fxp.interpolate -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Segments.h"
#include "VerifierSupport.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::fxp;

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

SegmentForm SegmentForm::of(InterpolateOp op) {
  SegmentForm form;
  form.stored = QuantView(op.getInput().getType()).getStorageRange();
  if (op.getOrigin())
    form.origin = static_cast<int32_t>(*op.getOrigin());
  form.octaveBits = static_cast<int32_t>(op.getOctaveBits().value_or(0));
  return form;
}

/// Returns the blocks of a side of `inputs` inputs: with `one = 2^octaveBits`,
/// `one` of width 1, as many of width 2, and so on.
static SmallVector<SegmentBlock> getOctaveBlocks(int64_t inputs,
                                                 int32_t octaveBits) {
  SmallVector<SegmentBlock> blocks;
  int64_t start = 0;
  for (int64_t width = 1; start < inputs; width *= 2)
    for (int64_t i = 0; i < (1 << octaveBits) && start < inputs; ++i) {
      blocks.push_back({start, width, std::min(width, inputs - start)});
      start += width;
    }
  return blocks;
}

SmallVector<SegmentSide> SegmentForm::getSides() const {
  int64_t inputs = stored.hi - stored.lo + 1;
  if (!origin)
    return {{stored.lo, 1, {{0, inputs, inputs}}}};
  SmallVector<SegmentSide> sides;
  if (*origin <= stored.hi)
    sides.push_back(
        {*origin, 1, getOctaveBlocks(stored.hi - *origin + 1, octaveBits)});
  if (*origin > stored.lo)
    sides.push_back(
        {*origin - 1, -1, getOctaveBlocks(*origin - stored.lo, octaveBits)});
  return sides;
}

SmallVector<SegmentSide>
SegmentForm::getSides(ArrayRef<int32_t> segmentBits) const {
  SmallVector<SegmentSide> sides = getSides();
  int64_t entry = 0;
  size_t next = 0;
  for (SegmentSide &side : sides) {
    for (SegmentBlock &block : side.blocks) {
      block.bits = segmentBits[next++];
      block.entry = entry;
      entry += block.getSegments();
    }
    ++entry;
  }
  return sides;
}

int64_t fxp::countEntries(ArrayRef<SegmentSide> sides) {
  const SegmentBlock &last = sides.back().blocks.back();
  return last.entry + last.getSegments() + 1;
}

int64_t fxp::countSegments(const SegmentForm &form,
                           ArrayRef<SegmentSide> sides) {
  int64_t segments = countEntries(sides) - 1;
  if (form.origin)
    for (const SegmentSide &side : sides)
      segments += 2 * side.blocks.size();
  return segments;
}

//===----------------------------------------------------------------------===//
// N46
//===----------------------------------------------------------------------===//

LogicalResult InterpolateOp::verify() {
  if (failed(verifySameShape(*this, getInput(), getResult())) ||
      failed(
          verifyQuantised(*this, getInput(), "the input", ScaleAxis::None)) ||
      failed(
          verifyQuantised(*this, getResult(), "the result", ScaleAxis::None)))
    return failure();
  SegmentForm form = SegmentForm::of(*this);
  if (getOrigin().has_value() != getOctaveBits().has_value())
    return emitOpError("expected 'origin' and 'octave_bits', or neither (N46)");
  if (form.origin && !form.stored.contains(*form.origin))
    return emitOpError("expected an origin in the input's storage range ")
           << form.stored.lo << ".." << form.stored.hi << " (N46), found "
           << *form.origin;
  if (form.octaveBits < 0 || form.octaveBits > kMostOctaveBits)
    return emitOpError("expected octaves of 2^0 to 2^")
           << kMostOctaveBits << " blocks (N46), found 2^" << form.octaveBits;
  if (int32_t bits = getFractionBits(); bits < 0 || bits > 8)
    return emitOpError("expected 0 to 8 fraction bits (N46), found ") << bits;

  SmallVector<SegmentSide> sides = form.getSides();
  size_t blocks = 0;
  for (const SegmentSide &side : sides)
    blocks += side.blocks.size();
  ArrayRef<int32_t> lengths = getSegmentBits();
  if (lengths.size() != blocks)
    return emitOpError("expected ")
           << blocks << " segment lengths, one for each block (N46), found "
           << lengths.size();
  for (const SegmentSide &side : sides)
    for (const SegmentBlock &block : side.blocks) {
      int32_t bits = lengths.front();
      lengths = lengths.drop_front();
      // Cut or not: a kernel counts the places of a whole block in 32 bits.
      if (bits < 0 || bits > kPlaceBits ||
          (form.origin && (INT64_C(1) << bits) > block.width) ||
          (block.width >> bits) > kMostSegments)
        return emitOpError("expected a block of ")
               << block.width << " inputs in at most " << kMostSegments
               << " segments of at most 2^" << kPlaceBits
               << " inputs (N46), found segments of 2^" << bits;
    }
  sides = form.getSides(getSegmentBits());
  auto table = cast<ShapedType>(getTable().getType());
  int64_t entries = countEntries(sides);
  if (!table.getElementType().isSignlessInteger(16) ||
      table.getShape() != ArrayRef<int64_t>(entries) ||
      !hasReadableData(getTable()))
    return emitOpError("expected a table of ")
           << entries << " i16 entries, as the segments say (N46), found "
           << table;
  if (int64_t segments = countSegments(form, sides); segments > kMostSegments)
    return emitOpError("expected at most ")
           << kMostSegments << " segments, a block counted as two (N46), found "
           << segments;
  return success();
}
