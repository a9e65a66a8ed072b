//===- Dynamic.cpp - products with integer weights, scales at run time ----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The value is what is left of it at the scale of its own range
// (nn.dynamic_fake_quantize), or a float; the weights are the reals that their
// integers stand for.
//
//===----------------------------------------------------------------------===//

#include "Dynamic.h"
#include "Grids.h"
#include "Handlers.h"
#include "ImageOps.h"

#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"

#include <cmath>

using namespace narrow;
using namespace narrow::frontend;

/// Returns what is left of a value at the scale of its own range.
static Tensor roundDynamically(Node &node, const Tensor &input) {
  mlir::Value value = node.b.materialize(input);
  if (!value)
    return {};
  return {node.b.create<nn::DynamicFakeQuantizeOp>(value.getType(), value,
                                                   /*per_row=*/false),
          input.type};
}

Tensor frontend::getIntegerWeights(Node &node, size_t index, Tensor scales,
                                   Tensor zeros, int64_t axis) {
  TensorBuilder &b = node.b;
  const Tensor &stored = node[index];
  if (!scales)
    scales = b.scalar(DataType::F32, 1);
  auto normal = node.normalizeAxis(axis, stored.getRank());
  if (failed(normal))
    return {};
  int64_t channels = stored.shape[*normal];
  // One number for each channel may come in any shape that spreads over them.
  for (Tensor *numbers : {&scales, &zeros}) {
    if (!*numbers || numbers->getNumElements() == 1)
      continue;
    if (numbers->getNumElements() != channels ||
        llvm::count_if(numbers->shape, [](int64_t n) { return n != 1; }) > 1) {
      (void)node.error(
          "expected one " + Twine(numbers == &scales ? "scale" : "zero point") +
          " of the weights, or one for each of " + Twine(channels) +
          " output channels, found shape " + toString(numbers->shape));
      return {};
    }
    *numbers = b.reshape(*numbers, {channels});
  }
  if (zeros && zeros.getNumElements() != scales.getNumElements()) {
    Tensor &fewer =
        zeros.getNumElements() < scales.getNumElements() ? zeros : scales;
    fewer = b.broadcastTo(b.reshape(fewer, {1}), {channels});
  } else if (zeros) {
    zeros = b.reshape(zeros, scales.shape);
  }
  return dequantize(node, stored, scales, zeros, axis);
}

/// Adds the bias in operand `index`, if there is one.
static LogicalResult setSum(Node &node, Tensor product, size_t index) {
  if (product && node[index])
    product = node.b.binary(BinaryOp::Add, product, node[index]);
  return node.set(0, product);
}

LogicalResult frontend::importDynamicQuantizeMatMul(Node &node) {
  return failed(node.expectOperands(3)) ? failure() : importDynamicMatMul(node);
}

/// Operands: value, weights, their scales (1 where missing) and zero points,
/// bias.
LogicalResult frontend::importDynamicMatMul(Node &node) {
  if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)) ||
      failed(node.expectRankAtLeast(1, 2)))
    return failure();
  Tensor weights = getIntegerWeights(node, 1, node[2], node[3], -1);
  if (!weights)
    return failure();
  return setSum(node, node.b.matmul(roundDynamically(node, node[0]), weights),
                4);
}

/// The same operands without a bias.
LogicalResult frontend::importDynamicConv(Node &node) {
  if (failed(node.expectOperands(2)) || failed(node.expectFloat(0)) ||
      failed(node.expectRankAtLeast(1, 3)))
    return failure();
  Tensor weights = getIntegerWeights(node, 1, node[2], node[3], 0);
  if (!weights)
    return failure();
  return node.set(
      0, emitConv(node, roundDynamically(node, node[0]), weights, Tensor()));
}

/// Operands: integers of both sides, the two scales, the two zero points, bias.
LogicalResult frontend::importMatMulIntegerToFloat(Node &node) {
  if (failed(node.expectOperands(4)) || failed(node.expectRankAtLeast(1, 2)))
    return failure();
  if (node[2].getNumElements() != 1)
    return node.unsupported("several scales of its first operand");
  Tensor reals = dequantize(node, node[0], node[2], node[4], -1),
         weights = getIntegerWeights(node, 1, node[3], node[5], -1);
  if (!reals || !weights)
    return failure();
  return setSum(node, node.b.matmul(reals, weights), 6);
}

namespace {
/// Weights `[N, K]` in blocks along K, packed into bytes row by row.
struct Blocks {
  int64_t n, k, bits, size;

  int64_t perRow() const { return (k + size - 1) / size; }
  int64_t countBytes(int64_t elements) const {
    return (elements * bits + 7) / 8;
  }
  /// Returns element `index` of packed `bytes`, low bits first.
  int64_t unpack(const Literal &bytes, int64_t first, int64_t index) const {
    int64_t at = index * bits;
    return bytes.integers[first + at / 8] >> at % 8 & ((1 << bits) - 1);
  }
};
} // namespace

/// Reads the sizes that the attributes give.
static FailureOr<Blocks> readBlocks(Node &node) {
  Blocks blocks{node.getInt("N", 0), node.getInt("K", 0),
                node.getInt("bits", 4), node.getInt("block_size", 0)};
  constexpr int64_t kMost = int64_t(1) << 31;
  if (blocks.n < 1 || blocks.k < 1 || blocks.n > kMost || blocks.k > kMost)
    return node.error("expected attributes 'N' and 'K' above zero, found " +
                      Twine(blocks.n) + " and " + Twine(blocks.k));
  if (blocks.bits != 4 && blocks.bits != 8)
    return node.unsupported("weights of " + Twine(blocks.bits) + " bits");
  if (blocks.size < 16 || (blocks.size & (blocks.size - 1)) ||
      blocks.size > kMost)
    return node.error("expected a 'block_size' that is a power of two from 16 "
                      "on, found " +
                      Twine(blocks.size));
  return blocks;
}

/// Checks that operand `index`, a constant, has `count` elements of `type`.
static LogicalResult expectElements(Node &node, size_t index, StringRef what,
                                    DataType type, int64_t count) {
  const Tensor &tensor = node[index];
  if (!tensor.literal)
    return node.unsupported(what + " that are not constant");
  if (tensor.type != type)
    return node.error("expected " + what + " of type " +
                      frontend::getName(type) + ", found " +
                      frontend::getName(tensor.type));
  if (tensor.getNumElements() != count)
    return node.error("expected " + Twine(count) + " elements of " + what +
                      ", found shape " + toString(tensor.shape));
  return mlir::success();
}

/// Operands: value, packed weights, scales, zero points, order of K, bias.
LogicalResult frontend::importMatMulNBits(Node &node) {
  TensorBuilder &b = node.b;
  if (failed(node.expectOperands(3)) || failed(node.expectFloat(0)))
    return failure();
  auto blocks = readBlocks(node);
  if (failed(blocks))
    return failure();
  if (node[4])
    return node.unsupported("an order of its inputs (g_idx)");
  int64_t perRow = blocks->perRow(),
          blockBytes = blocks->countBytes(blocks->size),
          zeroBytes = blocks->countBytes(perRow);
  if (failed(expectElements(node, 1, "packed weights", DataType::U8,
                            blocks->n * perRow * blockBytes)) ||
      failed(
          expectElements(node, 2, "scales", node[0].type, blocks->n * perRow)))
    return failure();
  // Packed as weights are, or numbers of the scales' type.
  const Tensor &zeros = node[3];
  bool hasRealZeros = zeros && isFloat(zeros.type);
  if (zeros &&
      failed(expectElements(node, 3, "zero points",
                            hasRealZeros ? node[0].type : DataType::U8,
                            blocks->n * (hasRealZeros ? perRow : zeroBytes))))
    return failure();
  for (float scale : node[2].literal->floats)
    if (!std::isfinite(scale))
      return node.error("expected finite scales, found " +
                        std::to_string(scale));
  Shape shape = {blocks->n, blocks->k};
  if (!b.checkConstant(shape))
    return failure();
  Literal weights(DataType::F32, shape);
  for (int64_t row = 0; row < blocks->n; ++row)
    for (int64_t i = 0; i < blocks->k; ++i) {
      int64_t block = row * perRow + i / blocks->size;
      auto stored = static_cast<float>(blocks->unpack(
          *node[1].literal, block * blockBytes, i % blocks->size));
      float zero = static_cast<float>(1 << (blocks->bits - 1));
      if (hasRealZeros)
        zero = zeros.literal->floats[block];
      else if (zeros)
        zero = static_cast<float>(
            blocks->unpack(*zeros.literal, row * zeroBytes, i / blocks->size));
      weights.floats[row * blocks->k + i] =
          (stored - zero) * node[2].literal->floats[block];
    }
  markQuantized(node);
  return setSum(node, b.matmul(node[0], b.transpose(Tensor(weights), {1, 0})),
                5);
}

/// Returns the reals of recurrent weights in operand `index`, in LSTM's order
/// of axes; they come as [directions, inputs, 4 * hidden], with a scale and a
/// zero point for each direction or each of its last axis.
static Tensor getGateWeights(Node &node, size_t index, size_t scale,
                             StringRef what) {
  TensorBuilder &b = node.b;
  if (failed(node.expectRank(index, 3)))
    return {};
  const Tensor &stored = node[index];
  Shape numbers = {stored.shape[0], 1, 1};
  if (node[scale].getRank() == 2)
    numbers[2] = stored.shape[2];
  int64_t count = frontend::getNumElements(numbers);
  for (size_t operand : {scale, scale + 1}) {
    if (!node[operand].literal) {
      (void)node.unsupported("a scale or zero point of the " + what +
                             " that is not a constant");
      return {};
    }
    if (node[operand].getNumElements() != count) {
      (void)node.error("expected " + Twine(count) +
                       " scales and zero points "
                       "of the " +
                       what + ", found shape " + toString(node[operand].shape));
      return {};
    }
  }
  if (node[scale + 1].type != stored.type) {
    (void)node.error("expected a zero point of type " +
                     frontend::getName(stored.type) + ", found " +
                     frontend::getName(node[scale + 1].type));
    return {};
  }
  for (float value : node[scale].literal->floats)
    if (!(value > 0) || !std::isfinite(value)) {
      (void)node.error("expected finite scales above zero, found " +
                       std::to_string(value));
      return {};
    }
  auto aligned = [&](size_t operand) {
    return b.cast(b.reshape(node[operand], numbers), DataType::F32);
  };
  Tensor real = b.binary(BinaryOp::Mul,
                         b.binary(BinaryOp::Sub, b.cast(stored, DataType::F32),
                                  aligned(scale + 1)),
                         aligned(scale));
  return real ? b.transpose(real, {0, 2, 1}) : Tensor();
}

/// Operands: those of LSTM, then scale and zero point of its two weights. The
/// input is rounded at the scale of its own range, as the model has it; the
/// states that the layer multiplies are not.
LogicalResult frontend::importDynamicQuantizeLstm(Node &node) {
  if (failed(node.expectOperands(3)) || failed(node.expectFloat(0)))
    return failure();
  if (!node[8] || !node[9] || !node[10] || !node[11])
    return node.error("expected scales and zero points of both weights in "
                      "operands 8 to 11");
  Tensor weights = getGateWeights(node, 1, 8, "weights"),
         recurrent = getGateWeights(node, 2, 10, "recurrent weights");
  if (!weights || !recurrent)
    return failure();
  markQuantized(node);
  SmallVector<Tensor> operands(node.getOperands().take_front(8));
  operands[0] = roundDynamically(node, node[0]);
  operands[1] = weights;
  operands[2] = recurrent;
  if (!operands[0])
    return failure();
  mlir::emitRemark(node.b.getLoc())
      << "'" << node.getName()
      << "': its states are multiplied as they are, without a scale of each "
         "step [unrounded-state]";
  node.setOperands(std::move(operands));
  return importLstm(node);
}
