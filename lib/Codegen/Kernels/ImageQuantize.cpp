//===- ImageQuantize.cpp - pixels from planes of floats -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vector of pixels is put together in 32-bit lanes: each plane's integer is
// shifted to its byte and added, so that nothing is packed or interleaved but
// the unused bytes squeezed out.
//
//===----------------------------------------------------------------------===//

#include "ImageQuantize.h"
#include "../Emit/RequantEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;

static Value bitcast(KernelBuilder &kb, Value v, int64_t lanes, unsigned bits) {
  OpBuilder &b = kb.getBuilder();
  auto type = mlir::VectorType::get({lanes}, b.getIntegerType(bits));
  return vector::BitCastOp::create(b, kb.getLoc(), type, v);
}

/// Returns the low `planes` bytes of each 32-bit lane, one pixel after the
/// other.
static Value squeeze(KernelBuilder &kb, Value pixels, int64_t planes) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  int64_t lanes = KernelBuilder::lanesOf(pixels);
  if (planes == 4)
    return bitcast(kb, pixels, 4 * lanes, 8);
  if (planes == 2)
    return bitcast(kb, kb.truncate(pixels, 16), 2 * lanes, 8);
  // Four pixels to the front of each 16 bytes; then three words of each four.
  SmallVector<int64_t> bytes, words;
  for (int64_t group = 0; group < lanes / 4; ++group) {
    for (int64_t i = 0; i < 16; ++i)
      bytes.push_back(16 * group + (i < 12 ? 4 * (i / 3) + i % 3 : 15));
    for (int64_t i = 0; i < 3; ++i)
      words.push_back(4 * group + i);
  }
  Value v = bitcast(kb, pixels, 4 * lanes, 8);
  v = vector::ShuffleOp::create(b, loc, v, v, bytes);
  v = bitcast(kb, v, lanes, 32);
  v = vector::ShuffleOp::create(b, loc, v, v, words);
  return bitcast(kb, v, 3 * lanes, 8);
}

bool codegen::emitImageQuantize(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                                const Box &input, const Box &output,
                                ArrayRef<float> factors, ArrayRef<float> means,
                                const StoredType &type) {
  auto [merged, views] = mergeAxes(sizes, {input.view, output.view});
  size_t rank = merged.size();
  int64_t lanes = kb.getTarget().vectorBytes / 4;
  if (lanes < 4 || rank < 2 || type.bytes != 1)
    return false;
  int64_t planes = merged[rank - 1], pixels = merged[rank - 2];
  const StridedView &from = views[0], &to = views[1];
  if (planes < 2 || planes > 4 || pixels < lanes ||
      (factors.size() > 1 && int64_t(factors.size()) != planes) ||
      from.strides[rank - 2] != 1 || to.strides[rank - 1] != 1 ||
      to.strides[rank - 2] != planes)
    return false;

  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  auto piece = [&](Value at, Value target) {
    Value sum;
    for (int64_t plane = 0; plane < planes; ++plane) {
      Value x = kb.load(input.buffer,
                        kb.add(at, plane * from.strides[rank - 1]), lanes);
      auto ofPlane = [&](ArrayRef<float> numbers) {
        return kb.splatFloat(numbers[numbers.size() > 1 ? plane : 0], lanes);
      };
      if (!means.empty())
        x = arith::SubFOp::create(b, loc, x, ofPlane(means));
      Value product = arith::MulFOp::create(b, loc, x, ofPlane(factors));
      // From the lowest stored integer on, so that it is not negative.
      int64_t zero = type.isPerAxis() ? type.zeroPoints[plane] : type.zeroPoint;
      int64_t low = type.lo - zero;
      Value q = kb.addi(emitRoundToInteger(kb, product, low, type.hi - zero),
                        kb.splat(-low, lanes));
      if (plane)
        q = arith::ShLIOp::create(b, loc, q, kb.splat(8 * plane, lanes));
      sum = sum ? kb.addi(sum, q) : q;
    }
    Value bytes = squeeze(kb, sum, planes);
    if (type.lo)
      bytes = kb.addi(bytes, kb.splat(type.lo, planes * lanes, 8));
    kb.store(bytes, output.buffer, target);
  };
  // The nest walks the rows of pixels; an axis of size 1 stands for their two
  // axes.
  auto rows = [&](const StridedView &view) {
    StridedView result{
        view.origin, SmallVector<int64_t>(ArrayRef(view.strides).drop_back(2))};
    result.strides.push_back(0);
    return result;
  };
  SmallVector<int64_t> around(ArrayRef(merged).drop_back(2));
  around.push_back(1);
  emitNest(kb, around, {rows(from), rows(to)}, [&](const NestRun &run) {
    kb.loop(run.length, [&](Value i) {
      auto at = [&](Value pixel) {
        piece(kb.add(kb.add(run.offsets[0], kb.mul(i, run.steps[0])), pixel),
              kb.add(kb.add(run.offsets[1], kb.mul(i, run.steps[1])),
                     kb.mul(pixel, planes)));
      };
      int64_t done = pixels / lanes * lanes;
      kb.loop(0, done, lanes, at);
      // The last pixels once more with the ones before them.
      if (done < pixels)
        at(kb.index(pixels - lanes));
    });
  });
  return true;
}
