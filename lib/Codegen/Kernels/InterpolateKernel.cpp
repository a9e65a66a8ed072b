//===- InterpolateKernel.cpp - functions from short tables ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constant holds a word for each block, if there are any, then the entries.
// A block's word maps a distance to a position among all elements of two bytes:
//
//     position = (distance << (word & 15)) + (word >> 4)
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "../Emit/SegmentTable.h"
#include "Elementwise.h"
#include "Kernels.h"
#include "narrow/Dialect/Fxp/IR/Segments.h"
#include "narrow/Support/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;

namespace {
/// What the code depends on.
struct InterpolateShape {
  /// Of the input: subtracted from it.
  int64_t first = 0;
  /// Of a segment, where all have one.
  int64_t bits = 0;
  bool hasOctaves = false;
  int64_t octaveBits = 0;
  /// Blocks of inputs from `first` on; those below come behind them.
  int64_t blocksAbove = 0;
  bool hasBelow = false;
  int64_t fractionBits = 0;

  void addToKey(KernelKey &key) const {
    key << first << bits << int64_t(hasOctaves) << octaveBits << blocksAbove
        << int64_t(hasBelow) << fractionBits;
  }
};
} // namespace

/// Whether each lane of a level's vectors shifts by an amount of its own; for
/// SSE2 LLVM would make powers of two in float.
static bool shiftsLanes(const Target &target) {
  return target.family != Family::X86_64 || target.vectorBytes > 16;
}

/// Distances are counted from 2^octaveBits on, so that those of one block have
/// the same leading digits.
static std::vector<char> packSegments(fxp::InterpolateOp op,
                                      const fxp::SegmentForm &form) {
  SmallVector<int32_t> words;
  if (form.origin) {
    auto sides = form.getSides(op.getSegmentBits());
    int64_t before = 0;
    for (const fxp::SegmentSide &side : sides)
      before += 2 * side.blocks.size();
    for (const fxp::SegmentSide &side : sides)
      for (const fxp::SegmentBlock &block : side.blocks) {
        int64_t shift = fxp::kPlaceBits - block.bits;
        int64_t start = block.start + (int64_t(1) << form.octaveBits);
        int64_t moved =
            ((before + block.entry) << fxp::kPlaceBits) - (start << shift);
        words.push_back(static_cast<int32_t>(moved * 16 + shift));
      }
  }
  std::vector<char> bytes = toBytes<int32_t>(words);
  std::vector<char> entries = packEntries(op.getTable());
  bytes.insert(bytes.end(), entries.begin(), entries.end());
  return bytes;
}

/// The position of `q` (i32).
static Value emitPosition(KernelBuilder &kb, const InterpolateShape &shape,
                          const TypedBuffer &words, Value q) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  int64_t lanes = KernelBuilder::lanesOf(q);
  Value d = kb.subi(q, kb.splat(shape.first, lanes));
  if (!shape.hasOctaves)
    return arith::ShLIOp::create(b, loc, d,
                                 kb.splat(fxp::kPlaceBits - shape.bits, lanes));
  Value below = kb.shrs(d, 31);
  if (shape.hasBelow)
    d = arith::XOrIOp::create(b, loc, d, below);
  d = kb.addi(d, kb.splat(int64_t(1) << shape.octaveBits, lanes));
  // The octave, and in it the digits behind the leading one.
  Value zeros = mlir::LLVM::CountLeadingZerosOp::create(
      b, loc, d.getType(), d, /*is_zero_poison=*/true);
  Value octave = kb.subi(kb.splat(31 - shape.octaveBits, lanes), zeros);
  Value block = octave;
  if (shape.octaveBits > 0) {
    block = arith::ShLIOp::create(b, loc, octave,
                                  kb.splat(shape.octaveBits, lanes));
    Value leading = arith::ShRUIOp::create(b, loc, d, octave);
    block = kb.addi(
        block,
        kb.subi(leading, kb.splat(int64_t(1) << shape.octaveBits, lanes)));
  }
  if (shape.hasBelow && shape.blocksAbove)
    block =
        kb.addi(block, arith::AndIOp::create(
                           b, loc, below, kb.splat(shape.blocksAbove, lanes)));
  Value word = emitGather(kb, words, block);
  Value shift = arith::AndIOp::create(b, loc, word, kb.splat(15, lanes));
  return kb.addi(arith::ShLIOp::create(b, loc, d, shift), kb.shrs(word, 4));
}

template <>
FailureOr<KernelCall> codegen::select(fxp::InterpolateOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  fxp::SegmentForm form = fxp::SegmentForm::of(op);
  InterpolateShape shape;
  shape.fractionBits = op.getFractionBits();
  if (form.origin) {
    shape.first = *form.origin;
    shape.hasOctaves = true;
    shape.octaveBits = form.octaveBits;
    for (const fxp::SegmentSide &side : form.getSides()) {
      shape.hasBelow |= side.direction < 0;
      if (side.direction > 0)
        shape.blocksAbove = side.blocks.size();
    }
  } else {
    shape.first = form.stored.lo;
    shape.bits = op.getSegmentBits().front();
  }
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0),
                    KernelArgument::constant(packSegments(op, form))};
  int64_t tableSize = call.arguments.back().bytes.size();
  KernelKey key;
  key << in << out << from << to << to.lo << to.hi << tableSize;
  shape.addToKey(key);
  call.kernel = std::make_shared<BuiltKernel>(
      "interpolate", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes, tableSize},
      [=](KernelBuilder &kb, ValueRange arguments) {
        Box input = makeBox(kb, arguments[0], from, in, in.shape);
        Box output = makeBox(kb, arguments[1], to, out, out.shape);
        TypedBuffer words = kb.view(arguments[2], 4, true);
        TypedBuffer table = kb.view(arguments[2], 2, true);
        unsigned width =
            shape.hasOctaves && !shiftsLanes(kb.getTarget()) ? 1 : kb.chunk();
        emitElementwise(kb, in.shape, input, output, width, /*channelAxis=*/-1,
                        [&](ArrayRef<Value> inputs, const LaneChannels &) {
                          Value position =
                              emitPosition(kb, shape, words, inputs[0]);
                          return kb.clamp(emitBetween(kb, table, position,
                                                      shape.fractionBits),
                                          to.lo, to.hi);
                        });
      });
  return call;
}
