//===- MovementCases.cpp - drawn data movement ----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"

using namespace narrow;
using fxp::QuantView;

/// Returns the element type of `input` with its channels (scales and zero
/// points) on another axis, position `c` taking those of `source(c)`.
static Type moveChannels(Value input, int64_t axis, int64_t channels,
                         function_ref<int64_t(int64_t)> source) {
  QuantView from(input.getType());
  if (!from.isPerAxis())
    return from.getElementType();
  SmallVector<double> scales;
  SmallVector<int64_t> zeros;
  for (int64_t c = 0; c < channels; ++c) {
    scales.push_back(from.getScale(source(c)));
    zeros.push_back(from.getZeroPoint(source(c)));
  }
  return perAxis(input.getContext(),
                 {from.getBits(), from.isSigned(), from.getStorageRange()},
                 scales, zeros, axis);
}

static Step drawReshape(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  ArrayRef<int64_t> in = shapeOf(input);
  QuantView from(input.getType());
  // Axes up to that of the scales may be regrouped, those behind it stay.
  int64_t kept = from.isPerAxis() ? from.getAxis() : int64_t(in.size());
  int64_t elements = 1;
  for (int64_t size : in.take_front(kept))
    elements *= size;
  SmallVector<int64_t> shape;
  for (int64_t axes = draw.between(0, 3); axes > 0 && elements > 1; --axes) {
    int64_t factor = draw.between(1, std::min<int64_t>(elements, 16));
    while (elements % factor)
      --factor;
    shape.push_back(factor);
    elements /= factor;
  }
  shape.push_back(elements);
  int64_t axis = shape.size();
  llvm::append_range(shape, in.drop_front(kept));
  Type element = moveChannels(input, axis, from.getNumChannels(),
                              [](int64_t i) { return i; });
  return fxp::ReshapeOp::create(c.getBuilder(), c.getLoc(),
                                RankedTensorType::get(shape, element), input)
      .getResult();
}

static Step drawTranspose(CaseBuilder &c, Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  QuantView from(input.getType());
  auto perms = llvm::to_vector(llvm::seq<int64_t>(0, in.size()));
  for (size_t i = perms.size(); i > 1; --i)
    std::swap(perms[i - 1], perms[c.draw.between(0, i - 1)]);
  // Between channels first and last, the ones that kernels know.
  if (in.size() == 4 && c.draw.chance(50)) {
    if (c.draw.chance(50))
      perms = {0, 2, 3, 1};
    else
      perms = {0, 3, 1, 2};
  }
  SmallVector<int64_t> shape;
  for (int64_t axis : perms)
    shape.push_back(in[axis]);
  Type element =
      moveChannels(input, llvm::find(perms, from.getAxis()) - perms.begin(),
                   from.getNumChannels(), [](int64_t i) { return i; });
  return fxp::TransposeOp::create(c.getBuilder(), c.getLoc(),
                                  RankedTensorType::get(shape, element), input,
                                  c.getBuilder().getDenseI64ArrayAttr(perms))
      .getResult();
}

static Step drawSlice(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  QuantView from(input.getType());
  SmallVector<int64_t> shape, starts, steps;
  for (int64_t size : shapeOf(input)) {
    int64_t step = draw.chance(50) ? 1 : draw.pick<int64_t>({1, 2, 3, -1, -2});
    int64_t first = draw.between(0, size - 1);
    int64_t reach = step > 0 ? size - 1 - first : first;
    int64_t most = reach / std::abs(step) + 1;
    if (draw.chance(30)) // The whole axis.
      first = 0, step = 1, most = size;
    starts.push_back(first);
    steps.push_back(step);
    shape.push_back(draw.chance(60) ? most : draw.between(1, most));
  }
  int64_t axis = from.getAxis();
  Type element =
      moveChannels(input, axis, axis < 0 ? 0 : shape[axis],
                   [&](int64_t i) { return starts[axis] + i * steps[axis]; });
  OpBuilder &b = c.getBuilder();
  return fxp::SliceOp::create(
             b, c.getLoc(), RankedTensorType::get(shape, element), input,
             b.getDenseI64ArrayAttr(starts), b.getDenseI64ArrayAttr(steps))
      .getResult();
}

static Step drawPad(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  QuantView from(input.getType());
  SmallVector<int64_t> shape, low;
  for (auto [axis, size] : llvm::enumerate(shapeOf(input))) {
    // Padded channels would need scales of their own.
    bool padded = int64_t(axis) != from.getAxis() && draw.chance(60);
    low.push_back(padded ? draw.between(0, 3) : 0);
    shape.push_back(size + low.back() + (padded ? draw.between(0, 3) : 0));
  }
  return fxp::PadOp::create(c.getBuilder(), c.getLoc(), withShape(input, shape),
                            input, c.getBuilder().getDenseI64ArrayAttr(low),
                            c.i32(draw.chance(60)
                                      ? from.getZeroPoint()
                                      : draw.atRim(from.getStorageRange())))
      .getResult();
}

static Step drawConcat(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  QuantView from(input.getType());
  ArrayRef<int64_t> in = shapeOf(input);
  int64_t axis =
      draw.chance(50) ? in.size() - 1 : draw.between(0, in.size() - 1);
  SmallVector<int64_t> shape(in);
  SmallVector<Value> inputs = {input};
  for (int64_t more = draw.between(0, 3); more > 0; --more) {
    SmallVector<int64_t> other(in);
    if (axis != from.getAxis())
      other[axis] = draw.size(20);
    RankedTensorType type = withShape(input, other);
    inputs.push_back(draw.chance(20) ? input
                     : draw.chance(20)
                         ? c.drawnConstant(type)
                         : c.argument(other, type.getElementType()));
    shape[axis] += shapeOf(inputs.back())[axis];
  }
  Type element = axis == from.getAxis()
                     ? moveChannels(input, axis, shape[axis],
                                    [&](int64_t i) { return i % in[axis]; })
                     : from.getElementType();
  return fxp::ConcatOp::create(c.getBuilder(), c.getLoc(),
                               RankedTensorType::get(shape, element), inputs,
                               c.getBuilder().getI64IntegerAttr(axis))
      .getResult();
}

static Step drawGather(CaseBuilder &c, Value input) {
  Draw &draw = c.draw;
  QuantView from(input.getType());
  SmallVector<int64_t> shape(shapeOf(input));
  int64_t axis = draw.between(0, shape.size() - 1);
  SmallVector<int64_t> indices;
  for (int64_t count = draw.between(1, 12); count > 0; --count) {
    int64_t next = indices.empty() ? -1 : indices.back() + 1;
    // Runs, repeats and jumps.
    indices.push_back(next > 0 && next < shape[axis] && draw.chance(50)
                          ? next
                          : draw.between(0, shape[axis] - 1));
  }
  shape[axis] = indices.size();
  Type element = moveChannels(
      input, from.getAxis(), from.getAxis() < 0 ? 0 : shape[from.getAxis()],
      [&](int64_t i) { return axis == from.getAxis() ? indices[i] : i; });
  OpBuilder &b = c.getBuilder();
  return fxp::GatherOp::create(
             b, c.getLoc(), RankedTensorType::get(shape, element), input,
             b.getDenseI64ArrayAttr(indices), b.getI64IntegerAttr(axis))
      .getResult();
}

/// Space to depth (or back, by the same three steps) in blocks of two or three.
static Step drawBlocks(CaseBuilder &c, Value image) {
  ArrayRef<int64_t> in = shapeOf(image);
  int64_t block = c.draw.between(2, 3);
  if (in.size() != 4 || QuantView(image.getType()).isPerAxis())
    return failure();
  OpBuilder &b = c.getBuilder();
  auto reshape = [&](Value value, ArrayRef<int64_t> shape) -> Value {
    return fxp::ReshapeOp::create(b, c.getLoc(), withShape(value, shape),
                                  value);
  };
  auto transpose = [&](Value value, ArrayRef<int64_t> perms) -> Value {
    SmallVector<int64_t> shape;
    for (int64_t axis : perms)
      shape.push_back(shapeOf(value)[axis]);
    return fxp::TransposeOp::create(b, c.getLoc(), withShape(value, shape),
                                    value, b.getDenseI64ArrayAttr(perms));
  };
  if (in[1] % block == 0 && in[2] % block == 0) {
    Value cut = reshape(
        image, {in[0], in[1] / block, block, in[2] / block, block, in[3]});
    return reshape(
        transpose(cut, {0, 1, 3, 2, 4, 5}),
        {in[0], in[1] / block, in[2] / block, block * block * in[3]});
  }
  if (in[3] % (block * block) == 0) {
    int64_t depth = in[3] / (block * block);
    Value cut = reshape(image, {in[0], in[1], in[2], block, block, depth});
    return reshape(transpose(cut, {0, 1, 3, 2, 4, 5}),
                   {in[0], in[1] * block, in[2] * block, depth});
  }
  return failure();
}

Step narrow::drawMovement(CaseBuilder &c, Value input) {
  if (shapeOf(input).empty())
    return failure();
  Step (*steps[])(CaseBuilder &, Value) = {
      drawReshape, drawTranspose, drawTranspose, drawSlice,
      drawPad,     drawConcat,    drawGather,    drawBlocks};
  return steps[c.draw.between(0, std::size(steps) - 1)](c, input);
}

Step narrow::drawResize(CaseBuilder &c, Value image) {
  Draw &draw = c.draw;
  SmallVector<int64_t> shape(shapeOf(image));
  if (QuantView view(image.getType()); view.isPerAxis() && view.getAxis() != 3)
    return failure();
  bool nearest = draw.chance(40);
  SmallVector<int32_t> taps[2];
  for (int axis : {0, 1}) {
    int64_t in = shape[1 + axis];
    int64_t out = draw.chance(50) ? in * 2 : draw.between(1, 2 * in + 3);
    double step = double(in) / double(out);
    bool corners = out > 1 && draw.chance(30);
    auto linear = [&](int64_t i) {
      return corners ? double(i) * double(in - 1) / double(out - 1)
                     : (double(i) + 0.5) * step - 0.5;
    };
    taps[axis] =
        nearest
            ? fxp::buildNearestTaps(in, out,
                                    [&](int64_t i) {
                                      return std::min<int64_t>(
                                          in - 1, int64_t(double(i) * step));
                                    })
            : fxp::buildLinearTaps(in, out, linear);
    // Any taps are legal.
    if (draw.chance(10))
      for (size_t i = 0; i < taps[axis].size(); ++i)
        taps[axis][i] = draw.between(0, i % 3 == 2 ? 255 : in - 1);
    shape[1 + axis] = out;
  }
  return fxp::ResizeOp::create(c.getBuilder(), c.getLoc(),
                               withShape(image, shape), image,
                               c.getBuilder().getDenseI32ArrayAttr(taps[0]),
                               c.getBuilder().getDenseI32ArrayAttr(taps[1]))
      .getResult();
}

ArrayRef<CaseFamily> narrow::getMovementFamilies() {
  static const CaseFamily families[] = {
      {"movement",
       "reshape, transpose, slice, pad, concat, gather, space to depth",
       [](CaseBuilder &c) {
         return drawOn(c, drawMovement,
                       c.draw.chance(50) ? drawTensor(c, 16, true)
                                         : drawImage(c, 40, 16));
       }},
      {"resize", "nearest and linear interpolation",
       [](CaseBuilder &c) {
         return drawOn(c, drawResize, drawImage(c, 70, 16));
       }},
  };
  return families;
}
