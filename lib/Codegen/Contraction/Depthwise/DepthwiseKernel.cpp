//===- DepthwiseKernel.cpp - depthwise convolution by byte quads ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With 3x3, stride 1 and two output rows, rows y..y+3 of a block of V channels
// are four vectors; two levels of in-lane interleaving give four vectors of
// quads [r0 r1 r2 r3], V/4 channels each. Output row y multiplies them by
// [w0 w1 w2 0], row y+1 by [0 w0 w1 w2], for each of three columns. The packs
// of the requantisation are the inverse of the interleaving.
//
//===----------------------------------------------------------------------===//

#include "DepthwiseKernel.h"
#include "DepthwiseColumns.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::codegen;

DepthwiseKernel::DepthwiseKernel(DepthwiseShape shape, RequantForm form,
                                 ByteForm bytes, const Target &target,
                                 unsigned tileStep)
    : shape(shape), form(form), bytes(bytes), tileStep(tileStep),
      plan(DepthwisePlan::get(shape, target, tileStep)),
      block(form, plan.slots) {}

std::string DepthwiseKernel::name() const {
  std::string text =
      (shape.key() + Twine(bytes.key()) + "," + form.key()).str();
  if (tileStep)
    text += ",step" + std::to_string(tileStep);
  if (lookup)
    text += "," + lookup->key();
  return "depthwise_" +
         llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

SmallVector<int64_t> DepthwiseKernel::argumentBytes() const {
  SmallVector<int64_t> sizes = {shape.bytesA, plan.weightBytes, block.bytes,
                                shape.bytesO};
  if (lookup)
    sizes.push_back(lookup->constantBytes());
  return sizes;
}

std::vector<char> DepthwiseKernel::addLookup(EpilogueLookup op) {
  lookup = std::move(op);
  lookup->arrange(outputsOfSlots());
  return lookup->pack();
}

SmallVector<int64_t> DepthwiseKernel::outputsOfSlots() const {
  SmallVector<int64_t> outputs;
  for (const DepthwiseBlocks &blocks : plan.blocks)
    for (int64_t vector = 0; vector < blocks.count * blocks.phases; ++vector)
      for (int64_t at = 0; at < blocks.width; ++at)
        outputs.push_back(channelAt(blocks, vector, at));
  return outputs;
}

int64_t DepthwiseKernel::channelAt(const DepthwiseBlocks &blocks,
                                   int64_t vector, int64_t at) const {
  if (blocks.flat)
    return (vector * blocks.width + at) % shape.channels;
  int64_t channel = blocks.first + vector * blocks.width + at;
  return channel < shape.channels ? channel : -1;
}

/// Byte of a vector of V whose channel lies in `lane` of accumulator `group`.
static int64_t interleaved(int64_t group, int64_t lane) {
  return 16 * (lane / 4) + 4 * group + lane % 4;
}

SmallVector<SmallVector<int64_t>> DepthwiseKernel::channelsOfGroups() const {
  SmallVector<SmallVector<int64_t>> groups;
  for (const DepthwiseBlocks &blocks : plan.blocks)
    for (int64_t vector = 0; vector < blocks.count * blocks.phases; ++vector)
      for (int64_t group = 0; group < 4; ++group) {
        SmallVector<int64_t> &channels = groups.emplace_back();
        for (int64_t lane = 0; lane < blocks.width / 4; ++lane)
          channels.push_back(
              channelAt(blocks, vector, interleaved(group, lane)));
      }
  return groups;
}

std::vector<char>
DepthwiseKernel::packWeights(const ContractionData &data) const {
  std::vector<char> packed;
  packed.reserve(plan.weightBytes);
  auto weight = [&](int64_t channel, const QuadTap &tap) -> int32_t {
    if (channel < 0 || !tap.exists())
      return 0;
    return data.weight(channel, tap.ky * shape.kernelCols + tap.kx);
  };
  for (ArrayRef<int64_t> channels : channelsOfGroups())
    for (const WeightPattern &pattern : plan.patterns)
      for (int64_t channel : channels)
        for (const QuadTap &tap : pattern) {
          int32_t w = weight(channel, tap);
          packed.push_back(char(w));
          if (plan.tile.words)
            packed.push_back(char(w >> 8));
        }
  return packed;
}

std::vector<char>
DepthwiseKernel::packParameters(const ContractionData &data,
                                ArrayRef<int32_t> bias) const {
  SmallVector<int64_t> all;
  for (ArrayRef<int64_t> channels : channelsOfGroups())
    llvm::append_range(all, channels);
  return block.fill(form, data, bias, all, outputsOfSlots());
}

int64_t DepthwiseKernel::parallelUnits(const Target &target) const {
  int64_t work = shape.images * shape.rows * shape.cols * shape.channels *
                 shape.kernelRows * shape.kernelCols;
  if (work < kMinSharedMacs)
    return 1;
  const DepthwisePass &pass = plan.passes.front();
  return llvm::divideCeil(pass.end - pass.begin, pass.rows);
}

void DepthwiseKernel::emitBody(OpBuilder &builder, Location loc,
                               ValueRange arguments,
                               const Target &target) const {
  TileEmitter e(builder, loc);
  std::optional<TileEmitter::Share> share;
  size_t buffers = argumentBytes().size();
  if (arguments.size() > buffers)
    share = TileEmitter::Share{arguments[buffers], arguments[buffers + 1],
                               parallelUnits(target)};
  e.loop(0, shape.images, 1, [&](Value image) {
    Value imageA = e.add(e.mul(image, shape.imageA), shape.originA);
    Value imageO = e.add(e.mul(image, shape.imageO), shape.originO);
    for (const DepthwisePass &pass : plan.passes)
      e.loop(share, pass.begin, pass.end, pass.rows, [&](Value y) {
        Value rowA = e.add(imageA, e.mul(y, shape.strideY * shape.rowA));
        Value rowO = e.add(imageO, e.mul(y, shape.rowO));
        for (const DepthwiseBlocks &blocks : plan.blocks)
          e.loop(0, blocks.count, 1, [&](Value i) {
            Value channel = e.add(e.mul(i, blocks.width), blocks.first);
            ColumnsEmission(e, shape, form, block, bytes, plan, pass, blocks,
                            lookup, arguments, target)
                .emit(e.add(rowA, channel),
                      e.add(rowO, e.mul(channel, shape.outputBytes)), i);
          });
      });
  });
}
