//===- CastKernels.cpp - quantize, dequantize, requantize ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit/RequantEmitter.h"
#include "Elementwise.h"
#include "FusedCasts.h"
#include "ImageQuantize.h"
#include "Kernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;

namespace {
/// Factors, zero points and means of a cast as a kernel sees them: scalars in
/// the code, or a constant of 32-bit rows, one number a channel: factors, then
/// zero points or means.
struct CastParameters {
  StoredType type; ///< Of the quantised side.
  SmallVector<float> factors;
  /// Of a normalising cast (N12); else empty.
  SmallVector<float> means;
  /// Where channels lie in the boxes; -1 for one factor.
  int64_t axis = -1;

  static CastParameters get(const StoredType &type, bool reciprocal) {
    CastParameters result{type, {}, {}, type.axis};
    auto add = [&](double scale) {
      result.factors.push_back(
          static_cast<float>(reciprocal ? 1.0 / scale : scale));
    };
    if (type.isPerAxis())
      llvm::for_each(type.scales, add);
    else
      add(type.scale);
    return result;
  }

  bool isPerChannel() const { return axis >= 0; }
  std::vector<char> constantBytes() const {
    std::vector<int32_t> rows;
    auto add = [&](float x) { rows.push_back(llvm::bit_cast<int32_t>(x)); };
    llvm::for_each(factors, add);
    rows.insert(rows.end(), type.zeroPoints.begin(), type.zeroPoints.end());
    llvm::for_each(means, add);
    return toBytes<int32_t>(rows);
  }
  void addToKey(KernelKey &key) const {
    key << type << type.lo << type.hi;
    if (isPerChannel())
      key << axis << int64_t(factors.size());
    else
      key << llvm::bit_cast<int32_t>(factors.front()) << type.zeroPoint;
    if (means.empty())
      return;
    key << "normalising";
    if (isPerChannel())
      key << type.zeroPoint;
    else
      key << llvm::bit_cast<int32_t>(means.front());
  }
  Value floatLanes(KernelBuilder &kb, ArrayRef<float> numbers, int64_t row,
                   unsigned lanes, const TypedBuffer &constant,
                   const LaneChannels &channels) const {
    if (!isPerChannel())
      return kb.splatFloat(numbers.front(), lanes);
    auto f32 =
        mlir::VectorType::get({int64_t(lanes)}, kb.getBuilder().getF32Type());
    return arith::BitcastOp::create(
        kb.getBuilder(), kb.getLoc(), f32,
        kb.loadParameter(constant, row, channels, lanes));
  }
  Value factorLanes(KernelBuilder &kb, unsigned lanes,
                    const TypedBuffer &constant,
                    const LaneChannels &channels) const {
    return floatLanes(kb, factors, 0, lanes, constant, channels);
  }
  Value meanLanes(KernelBuilder &kb, unsigned lanes,
                  const TypedBuffer &constant,
                  const LaneChannels &channels) const {
    return floatLanes(kb, means, factors.size(), lanes, constant, channels);
  }
  Value zeroPointLanes(KernelBuilder &kb, unsigned lanes,
                       const TypedBuffer &constant,
                       const LaneChannels &channels) const {
    if (!type.isPerAxis())
      return kb.splat(type.zeroPoint, lanes);
    return kb.loadParameter(constant, type.zeroPoints.size(), channels, lanes);
  }
};
} // namespace

namespace {
/// The elements of a cast: `sizes` of them from a box of the operand to a box
/// of the result.
struct CastBoxes {
  SmallVector<int64_t> sizes;
  StridedView from, to;
  bool moves = false; ///< The boxes have their elements in different orders.

  static CastBoxes get(const BufferLayout &in, const BufferLayout &out) {
    return {in.shape, StridedView::of(in), StridedView::of(out)};
  }
};
} // namespace

/// Shared shape of the two casts: one input, one output, maybe a constant.
static KernelCall
makeCast(StringRef kind, const CastParameters &parameters,
         const StoredType &from, const StoredType &to, const BufferLayout &in,
         const BufferLayout &out, const CastBoxes &boxes,
         std::function<Value(KernelBuilder &, Value, Value, Value)> function) {
  KernelKey key;
  key << in << out << from << to << boxes.sizes << boxes.from.strides
      << boxes.to.strides;
  parameters.addToKey(key);
  // A cast of an image has its numbers in the code.
  if (boxes.moves && parameters.isPerChannel())
    for (char byte : parameters.constantBytes())
      key << int64_t(byte);
  SmallVector<int64_t> bytes = {in.bufferBytes, out.bufferBytes};
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  bool perChannel = parameters.isPerChannel();
  if (perChannel) {
    call.arguments.push_back(
        KernelArgument::constant(parameters.constantBytes()));
    bytes.push_back(call.arguments.back().bytes.size());
  }
  call.kernel = std::make_shared<BuiltKernel>(
      kind, key.str(), bytes, [=](KernelBuilder &kb, ValueRange arguments) {
        Box input{kb.view(arguments[0], from), boxes.from};
        Box output{kb.view(arguments[1], to), boxes.to};
        TypedBuffer constant;
        if (perChannel)
          constant = kb.view(arguments[2], 4, true);
        auto emit = [&](ArrayRef<Value> inputs, const LaneChannels &channels) {
          unsigned lanes = KernelBuilder::lanesOf(inputs[0]);
          Value input = inputs[0];
          if (!parameters.means.empty())
            input = arith::SubFOp::create(
                kb.getBuilder(), kb.getLoc(), input,
                parameters.meanLanes(kb, lanes, constant, channels));
          return function(
              kb, input, parameters.factorLanes(kb, lanes, constant, channels),
              parameters.zeroPointLanes(kb, lanes, constant, channels));
        };
        if (boxes.moves && from.isFloat &&
            emitImageQuantize(kb, boxes.sizes, input, output,
                              parameters.factors, parameters.means, to))
          return;
        if (boxes.moves && !perChannel &&
            emitShuffledCast(kb, boxes.sizes, input, output,
                             [&](Value piece) { return emit(piece, {}); }))
          return;
        emitElementwise(kb, boxes.sizes, input, output, kb.chunk(),
                        parameters.axis, emit);
      });
  return call;
}

/// `channelAxis` is where a normalising cast's channels lie in the boxes, -1
/// where it has none.
static KernelCall makeQuantize(fxp::QuantizeOp op, const BufferLayout &in,
                               const BufferLayout &out, const CastBoxes &boxes,
                               int64_t channelAxis) {
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  CastParameters parameters = CastParameters::get(to, /*reciprocal=*/true);
  if (op.normalises()) {
    parameters.factors.assign(op.getFactor()->begin(), op.getFactor()->end());
    parameters.means.assign(op.getMean()->begin(), op.getMean()->end());
    parameters.axis = channelAxis;
  }
  return makeCast(
      "quantize", parameters, from, to, in, out, boxes,
      [to](KernelBuilder &kb, Value x, Value factor, Value zeroPoint) -> Value {
        Value product =
            arith::MulFOp::create(kb.getBuilder(), kb.getLoc(), x, factor);
        if (!to.isPerAxis())
          return kb.addi(emitRoundToInteger(kb, product, to.lo - to.zeroPoint,
                                            to.hi - to.zeroPoint),
                         zeroPoint);
        // Zero points differ: round in the widest range, clamp the sum.
        int64_t width = to.hi - to.lo;
        return kb.clamp(
            kb.addi(emitRoundToInteger(kb, product, -width, width), zeroPoint),
            to.lo, to.hi);
      });
}

template <>
FailureOr<KernelCall> codegen::select(fxp::QuantizeOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return makeQuantize(op, operands[0], results[0],
                      CastBoxes::get(operands[0], results[0]),
                      op.getAxis() ? int64_t(*op.getAxis()) : -1);
}

/// The input's box with its axes in the order of the transpose's result.
static StridedView permute(const StridedView &view, ArrayRef<int64_t> perms) {
  StridedView result{view.origin, {}};
  for (int64_t axis : perms)
    result.strides.push_back(view.strides[axis]);
  return result;
}

KernelCall codegen::selectQuantizeTranspose(fxp::QuantizeOp cast,
                                            fxp::TransposeOp op,
                                            Layouts operands, Layouts results) {
  CastBoxes boxes{results[0].shape,
                  permute(StridedView::of(operands[0]), op.getPerms()),
                  StridedView::of(results[0]), /*moves=*/true};
  int64_t channelAxis =
      cast.getAxis() ? llvm::find(op.getPerms(), int64_t(*cast.getAxis())) -
                           op.getPerms().begin()
                     : -1;
  return makeQuantize(cast, operands[0], results[0], boxes, channelAxis);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::DequantizeOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout &in = operands[0], &out = results[0];
  CastBoxes boxes = CastBoxes::get(in, out);
  if (fxp::TransposeOp transpose = getFusedTranspose(op)) {
    // The result is dense: it can be walked under the transpose's shape,
    // whatever reshapes follow.
    assert(out.isDense() && "floats have no halo");
    boxes.sizes = llvm::to_vector(
        cast<RankedTensorType>(transpose.getResult().getType()).getShape());
    boxes.from = permute(StridedView::of(in), transpose.getPerms());
    boxes.to = {0, StridedView::denseStrides(boxes.sizes)};
    boxes.moves = true;
  }
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  return makeCast(
      "dequantize", CastParameters::get(from, /*reciprocal=*/false), from, to,
      in, out, boxes,
      [from](KernelBuilder &kb, Value q, Value factor,
             Value zeroPoint) -> Value {
        OpBuilder &b = kb.getBuilder();
        // The difference is exact.
        if (from.bytes > 2 && (from.isPerAxis() || from.zeroPoint != 0)) {
          q = kb.extend(q, 64, true);
          zeroPoint = kb.extend(zeroPoint, 64, true);
        }
        Value real = arith::SIToFPOp::create(b, kb.getLoc(), factor.getType(),
                                             kb.subi(q, zeroPoint));
        return arith::MulFOp::create(b, kb.getLoc(), real, factor);
      });
}

template <>
FailureOr<KernelCall> codegen::select(fxp::RequantizeOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  // A difference of integers of up to 16 bits has one more.
  RequantEmitter requant(op.getRequant(), to, from.bytes > 2 ? 32 : 17);
  const BufferLayout in = operands[0], out = results[0];
  // One constant: the requantisation's rows, then the input's zero points.
  bool perAxisZero = from.isPerAxis() && !llvm::all_equal(from.zeroPoints);
  KernelKey key;
  // Channels are those of the result's scales, else of the input's, else of
  // the last axis.
  int64_t channelAxis = to.isPerAxis()     ? to.axis
                        : from.isPerAxis() ? from.axis
                                           : int64_t(in.shape.size()) - 1;
  key << in << out << from << to << from.zeroPoint << channelAxis
      << int64_t(perAxisZero);
  requant.addToKey(key);
  SmallVector<int64_t> bytes = {in.bufferBytes, out.bufferBytes};
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  if (requant.needsConstant() || perAxisZero) {
    std::vector<char> constant = requant.constantBytes();
    std::vector<int32_t> zeros;
    if (perAxisZero)
      zeros.assign(from.zeroPoints.begin(), from.zeroPoints.end());
    std::vector<char> tail = toBytes<int32_t>(zeros);
    constant.insert(constant.end(), tail.begin(), tail.end());
    bytes.push_back(constant.size());
    call.arguments.push_back(KernelArgument::constant(std::move(constant)));
  }
  int64_t zerosAt = requant.constantBytes().size() / 4;
  bool needsConstant = call.arguments.size() == 3;
  call.kernel = std::make_shared<BuiltKernel>(
      "requantize", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        Box input = makeBox(kb, arguments[0], from, in, in.shape);
        Box output = makeBox(kb, arguments[1], to, out, out.shape);
        TypedBuffer constant;
        if (needsConstant)
          constant = kb.view(arguments[2], 4, true);
        emitElementwise(
            kb, in.shape, input, output, kb.chunk(),
            needsConstant ? channelAxis : -1,
            [&](ArrayRef<Value> inputs, const LaneChannels &channels) {
              unsigned lanes = KernelBuilder::lanesOf(inputs[0]);
              Value zero = perAxisZero ? kb.loadParameter(constant, zerosAt,
                                                          channels, lanes)
                                       : kb.splat(from.zeroPoint, lanes);
              return requant.emit(kb, kb.subi(inputs[0], zero), &constant,
                                  channels);
            });
      });
  return call;
}
