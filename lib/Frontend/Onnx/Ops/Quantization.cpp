//===- Quantization.cpp - between real numbers and stored integers --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A quantised value of constant scale and zero point is held as the reals that
// its integers stand for (nn.fake_quantize), and constants are dequantised
// here. Where scales are computed, so are the integers, in float arithmetic:
// integers are exact in f32, and every requantisation is rounded.
//
//===----------------------------------------------------------------------===//

#include "Grids.h"
#include "Handlers.h"
#include "ImageOps.h"

#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/StoredWeights.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

/// Returns the module that is imported into.
static ModuleOp getModule(Node &node) {
  Operation *op = node.b.getBuilder().getInsertionBlock()->getParentOp();
  auto module = dyn_cast<ModuleOp>(op);
  return module ? module : op->getParentOfType<ModuleOp>();
}

void frontend::markQuantized(Node &node) {
  getModule(node)->setAttr(kQuantizedAttr, node.b.getBuilder().getUnitAttr());
}

/// Returns the type of weights that are stored as `type`.
static mlir::Type getStoredElement(OpBuilder &builder, DataType type) {
  return builder.getIntegerType(getBitWidth(type), !isUnsigned(type));
}

void frontend::noteLayer(Node &node, const Tensor &weights, int64_t axis,
                         const Tensor &bias) {
  const Origin *origin = weights.origin.get();
  if (!origin || (bias && !bias.literal))
    return;
  const Literal &scale = *origin->scale;
  if (scale.floats.size() != 1 &&
      (origin->axis != axis || weights.getRank() < 2 ||
       static_cast<int64_t>(scale.floats.size()) != weights.shape[axis]))
    return;
  StoredWeights note;
  note.scales = scale.floats;
  note.type = getStoredElement(node.b.getBuilder(), origin->stored->type);
  note.hasCasts = !node.getOpType().starts_with("Q");
  SmallVector<int32_t> stored;
  if (bias)
    note.biases = bias.literal->floats;
  if (bias.origin && bias.origin->stored->type == DataType::I32)
    for (int64_t value : bias.origin->stored->integers)
      stored.push_back(static_cast<int32_t>(value));
  note.storedBiases = stored;
  noteStoredWeights(getModule(node), node.getName(), note);
}

/// Gives a scale or zero point the rank of `input`: one number for all, one for
/// each position of `axis`, or one for each block of positions.
static Tensor alignParameter(Node &node, Tensor parameter, const Tensor &input,
                             int64_t axis) {
  TensorBuilder &b = node.b;
  if (!parameter)
    return {};
  if (parameter.getNumElements() == 1)
    return b.reshape(parameter, {});
  auto normal = node.normalizeAxis(axis, input.getRank());
  if (failed(normal))
    return {};
  axis = *normal;
  Shape shape(input.getRank(), 1);
  shape[axis] = input.shape[axis];
  if (parameter.getRank() == 1 && parameter.shape[0] == input.shape[axis])
    return b.reshape(parameter, shape);
  int64_t block = node.getInt("block_size", 0);
  if (block < 1) {
    (void)node.error("expected one scale and zero point, or one for each of " +
                     Twine(input.shape[axis]) + " positions on axis " +
                     Twine(axis) + ", found shape " +
                     toString(parameter.shape));
    return {};
  }
  Shape expected = input.shape;
  expected[axis] = (input.shape[axis] + block - 1) / block;
  if (parameter.shape != expected) {
    (void)node.error("expected scales and zero points of shape " +
                     toString(expected) + " for blocks of " + Twine(block) +
                     " on axis " + Twine(axis) + ", found " +
                     toString(parameter.shape));
    return {};
  }
  Shape split = parameter.shape, repeats(split.size() + 1, 1);
  split.insert(split.begin() + axis + 1, 1);
  repeats[axis + 1] = block;
  Shape merged = parameter.shape;
  merged[axis] *= block;
  Tensor repeated =
      b.reshape(b.tile(b.reshape(parameter, split), repeats), merged);
  return b.slice(repeated, axis, 0, input.shape[axis], 1);
}

/// Checks what can be known of the parameters of integers of `type`.
static LogicalResult checkParameters(Node &node, const Tensor &scale,
                                     const Tensor &zero, DataType type) {
  if (!scale)
    return node.error("expected a scale, found none");
  if (!isFloat(scale.type))
    return node.error("expected a scale of a float type, found " +
                      getName(scale.type));
  if (scale.literal)
    for (float value : scale.literal->floats)
      if (!(value > 0) || !std::isfinite(value) || !std::isfinite(1 / value))
        return node.error("expected finite scales above zero, found " +
                          std::to_string(value));
  if (zero && zero.type != type)
    return node.error("expected a zero point of type " + getName(type) +
                      ", found " + getName(zero.type));
  if (zero && zero.shape != scale.shape &&
      (zero.getNumElements() > 1 || scale.getNumElements() > 1))
    return node.error("expected a zero point of the scale's shape " +
                      toString(scale.shape) + ", found " +
                      toString(zero.shape));
  return mlir::success();
}

/// Returns the grid that constant parameters make, null where that failed.
static GridPtr makeGrid(Node &node, const Tensor &scale, const Tensor &zero,
                        DataType type, const Tensor &input, int64_t axis) {
  Tensor aligned =
      node.b.cast(alignParameter(node, scale, input, axis), DataType::F32);
  Tensor zeros = zero ? alignParameter(node, zero, input, axis)
                      : Tensor(Literal(type, {}));
  if (!aligned || !zeros)
    return {};
  return std::make_shared<Grid>(Grid{type, aligned.literal, zeros.literal});
}

static std::string describe(const Grid &grid) {
  if (!grid.isUniform())
    return "several scales";
  return "scale " + std::to_string(grid.scale->floats.front()) +
         " and zero point " + std::to_string(grid.zero->integers.front());
}

/// (input - zero point) · scale.
static Tensor computeReals(Node &node, Tensor input, Tensor scale, Tensor zero,
                           int64_t axis) {
  TensorBuilder &b = node.b;
  Tensor real = b.cast(input, DataType::F32);
  if (zero)
    real = b.binary(
        BinaryOp::Sub, real,
        b.cast(alignParameter(node, zero, input, axis), DataType::F32));
  return b.binary(
      BinaryOp::Mul, real,
      b.cast(alignParameter(node, scale, input, axis), DataType::F32));
}

Tensor frontend::dequantize(Node &node, Tensor stored, Tensor scale,
                            Tensor zero, int64_t axis) {
  if (!stored)
    return {};
  if (!isInteger(stored.type)) {
    (void)node.error("expected integers to dequantise, found type " +
                     getName(stored.type));
    return {};
  }
  if (failed(checkParameters(node, scale, zero, stored.type)))
    return {};
  markQuantized(node);
  if (!stored.grid) {
    Tensor reals = computeReals(node, stored, scale, zero, axis);
    // An axis that is out of range has failed by now, where it counts.
    if (reals && stored.literal && scale.literal)
      reals.origin = std::make_shared<Origin>(
          Origin{stored.literal, scale.literal,
                 axis < 0 ? axis + stored.getRank() : axis});
    return reals;
  }
  if (!scale.literal || (zero && !zero.literal)) {
    (void)node.unsupported("a scale or zero point that is not a constant");
    return {};
  }
  GridPtr grid = makeGrid(node, scale, zero, stored.type, stored, axis);
  if (!grid)
    return {};
  if (!(*grid == *stored.grid)) {
    (void)node.error("expected " + describe(*stored.grid) +
                     ", with which its operand was quantised, found " +
                     describe(*grid));
    return {};
  }
  return {stored.value, DataType::F32};
}

/// Divides with one rounding, through f64: a product with the reciprocal would
/// put halves on the other side of a level.
static Tensor divide(TensorBuilder &b, Tensor lhs, Tensor rhs) {
  if (!lhs || !rhs || (lhs.literal && rhs.literal))
    return b.binary(BinaryOp::Div, lhs, rhs);
  mlir::Value left = b.materialize(b.expandRank(lhs, rhs.getRank()));
  mlir::Value right = b.materialize(b.expandRank(rhs, lhs.getRank()));
  auto shape = broadcastShapes(lhs.shape, rhs.shape);
  if (!left || !right || !shape)
    return {};
  auto toDouble = [&](mlir::Value value) -> mlir::Value {
    auto type = cast<RankedTensorType>(value.getType());
    return b.create<mlir::tosa::CastOp>(type.clone(b.getBuilder().getF64Type()),
                                        value);
  };
  left = toDouble(left);
  right = toDouble(right);
  auto shift = b.getBuilder().getI8Type();
  auto shiftType = RankedTensorType::get({1}, shift);
  mlir::Value zero = b.create<mlir::tosa::ConstOp>(
      shiftType, DenseElementsAttr::get(shiftType, int8_t(0)));
  right = b.create<mlir::tosa::ReciprocalOp>(right.getType(), right);
  RankedTensorType single = b.getType(DataType::F32, *shape);
  mlir::Value quotient = b.create<mlir::tosa::MulOp>(
      single.clone(b.getBuilder().getF64Type()), left, right, zero);
  return {b.create<mlir::tosa::CastOp>(single, quotient), DataType::F32};
}

/// round(input / scale) + zero point, saturated to `type`.
static Tensor computeIntegers(Node &node, Tensor input, Tensor scale,
                              Tensor zero, DataType type, int64_t axis) {
  TensorBuilder &b = node.b;
  Tensor level = b.unary(
      UnaryOp::Round,
      divide(b, b.cast(input, DataType::F32),
             b.cast(alignParameter(node, scale, input, axis), DataType::F32)));
  if (zero)
    level = b.binary(
        BinaryOp::Add, level,
        b.cast(alignParameter(node, zero, input, axis), DataType::F32));
  unsigned bits = getBitWidth(type);
  double low = isUnsigned(type) ? 0 : -static_cast<double>(1 << (bits - 1));
  return b.cast(b.clamp(level, low, low + (1 << bits) - 1), type);
}

mlir::quant::UniformQuantizedType frontend::getStoredType(MLIRContext *context,
                                                          DataType type,
                                                          double scale,
                                                          int64_t zero) {
  bool isSigned = !isUnsigned(type);
  unsigned bits = getBitWidth(type);
  // Wide integers have a sign; the reals are the same.
  if (!isSigned && bits == 16) {
    isSigned = true;
    zero -= 1 << 15;
  }
  int64_t low = isSigned ? llvm::minIntN(bits) : 0;
  int64_t high = low + (int64_t(1) << bits) - 1;
  return mlir::quant::UniformQuantizedType::get(
      isSigned ? mlir::quant::QuantizationFlags::Signed : 0,
      IntegerType::get(context, bits), mlir::Float32Type::get(context), scale,
      zero, low, high);
}

/// Rounds to a type of one scale.
static Tensor fakeQuantize(TensorBuilder &b, Tensor input, double scale,
                           int64_t zero, DataType type) {
  mlir::Value value = b.materialize(input);
  if (!value)
    return {};
  mlir::Type stored =
      getStoredType(b.getBuilder().getContext(), type, scale, zero);
  return {b.create<nn::FakeQuantizeOp>(value.getType(), value, stored),
          DataType::F32};
}

/// Rounds to a grid. One of several scales becomes one of scale 1 between
/// products, one of several zero points is shifted.
static Tensor roundToGrid(Node &node, Tensor input, const Grid &grid) {
  TensorBuilder &b = node.b;
  int64_t zero = grid.zero->integers.front();
  if (grid.isUniform())
    return fakeQuantize(b, input, grid.scale->floats.front(), zero, grid.type);
  Tensor scale(grid.scale);
  Tensor shift =
      b.binary(BinaryOp::Sub, b.cast(Tensor(grid.zero), DataType::F32),
               static_cast<double>(zero));
  bool shifts = shift && !llvm::all_of(shift.literal->floats,
                                       [](float v) { return v == 0; });
  Tensor steps =
      b.binary(BinaryOp::Mul, input,
               b.binary(BinaryOp::Div, b.scalar(DataType::F32, 1), scale));
  if (shifts)
    steps = b.binary(BinaryOp::Add, steps, shift);
  if (!steps)
    return {};
  steps = fakeQuantize(b, steps, 1, zero, grid.type);
  if (shifts)
    steps = b.binary(BinaryOp::Sub, steps, shift);
  return b.binary(BinaryOp::Mul, steps, scale);
}

Tensor frontend::quantize(Node &node, Tensor real, Tensor scale, Tensor zero,
                          DataType type, int64_t axis) {
  if (!real)
    return {};
  if (!isInteger(type) || getBitWidth(type) > 16 || getBitWidth(type) < 8) {
    (void)node.unsupported("quantising to type " + getName(type));
    return {};
  }
  if (!isFloat(real.type) && real.type != DataType::I32) {
    (void)node.error("expected reals to quantise, found type " +
                     getName(real.type));
    return {};
  }
  if (failed(checkParameters(node, scale, zero, type)))
    return {};
  if (real.literal || !scale.literal || (zero && !zero.literal))
    return computeIntegers(node, real, scale, zero, type, axis);
  markQuantized(node);
  GridPtr grid = makeGrid(node, scale, zero, type, real, axis);
  if (!grid)
    return {};
  Tensor rounded = roundToGrid(node, node.b.cast(real, DataType::F32), *grid);
  if (!rounded)
    return {};
  rounded.type = type;
  rounded.grid = grid;
  return rounded;
}

LogicalResult frontend::importDequantizeLinear(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  return node.set(
      0, dequantize(node, node[0], node[1], node[2], node.getInt("axis", 1)));
}

LogicalResult frontend::importQuantizeLinear(Node &node) {
  if (failed(node.expectOperands(2)))
    return failure();
  auto type = static_cast<DataType>(node.getInt("output_dtype", 0));
  if (type == DataType::Undefined)
    type = node[2] ? node[2].type : DataType::U8;
  return node.set(0, quantize(node, node[0], node[1], node[2], type,
                              node.getInt("axis", 1)));
}

/// The range of the data, with zero in it, in 255 steps. Integers come from
/// what is left of the data then: whole numbers of steps but for roundings of
/// f32.
LogicalResult frontend::importDynamicQuantizeLinear(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(1)) || failed(node.expectFloat(0)))
    return failure();
  markQuantized(node);
  mlir::Value value = b.materialize(node[0]);
  if (!value)
    return failure();
  Tensor left(b.create<nn::DynamicFakeQuantizeOp>(value.getType(), value,
                                                  /*per_row=*/false),
              node[0].type);
  // The lowest element is the integer 0.
  auto getExtreme = [&](const Tensor &tensor, ReduceOp reduce, BinaryOp op) {
    Tensor flat = b.reshape(tensor, {tensor.getNumElements()});
    return b.binary(op, b.reduce(reduce, flat, {0}, false), 0.0);
  };
  Tensor low = getExtreme(node[0], ReduceOp::Min, BinaryOp::Min),
         high = getExtreme(node[0], ReduceOp::Max, BinaryOp::Max);
  Tensor scale =
      b.binary(BinaryOp::Div, b.binary(BinaryOp::Sub, high, low), 255.0);
  // No range has steps of 1.
  Tensor steps = b.select(b.binary(BinaryOp::Equal, high, low),
                          b.scalar(DataType::F32, 1), scale);
  Tensor zero =
      b.unary(UnaryOp::Round,
              b.binary(BinaryOp::Div,
                       b.unary(UnaryOp::Neg,
                               getExtreme(left, ReduceOp::Min, BinaryOp::Min)),
                       steps));
  Tensor level = b.binary(
      BinaryOp::Add,
      b.unary(UnaryOp::Round, b.binary(BinaryOp::Div, left, steps)), zero);
  if (failed(node.set(0, b.cast(b.clamp(level, 0, 255), DataType::U8))) ||
      failed(node.set(1, steps)))
    return failure();
  return node.set(2, b.cast(zero, DataType::U8));
}
