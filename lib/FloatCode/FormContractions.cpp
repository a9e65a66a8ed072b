//===- FormContractions.cpp - convolutions with all that belongs to them --===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions and products with constant weights become fused contractions,
// which read their input without a padded copy and their weights in the order
// of the loops. What does not fit takes the general way over linalg: weights
// that are computed, groups of several channels, windows whose rows do not
// unroll.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Dialect/Fused/IR/FusedOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::floatcode;

/// Longest window whose taps are unrolled at the edges of an image.
constexpr int64_t kLongestWindow = 16;
/// Most positions that such a window reaches over.
constexpr int64_t kLongestReach = 64;

namespace {
/// A contraction as the fused op describes it, with weights `[O, kh, kw, I]`.
struct Parts {
  Value input, bias;
  SmallVector<float> weights;
  int64_t outputs, inner;
  SmallVector<int64_t> kernel{1, 1}, strides{1, 1}, pads{0, 0, 0, 0},
      dilations{1, 1};
  bool isDepthwise = false;
};
} // namespace

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static std::optional<Parts> matchConvolution(nn::Conv2DOp op) {
  ElementsAttr weights;
  if (!mlir::matchPattern(op.getWeights(), mlir::m_Constant(&weights)))
    return std::nullopt;
  ArrayRef<int64_t> w = getShape(op.getWeights());
  int64_t groups = op.getGroups();
  bool isDepthwise = groups > 1 && w[3] == 1 && w[0] == groups;
  if (groups > 1 && !isDepthwise)
    return std::nullopt;
  for (unsigned axis : {0u, 1u})
    if (w[axis + 1] > kLongestWindow ||
        (w[axis + 1] - 1) * op.getDilations()[axis] >= kLongestReach)
      return std::nullopt;
  Parts parts{op.getInput(), op.getBias(), getFloats(weights), w[0], w[3]};
  parts.kernel.assign({w[1], w[2]});
  parts.strides.assign(op.getStrides().begin(), op.getStrides().end());
  parts.pads.assign(op.getPads().begin(), op.getPads().end());
  parts.dilations.assign(op.getDilations().begin(), op.getDilations().end());
  parts.isDepthwise = isDepthwise;
  return parts;
}

static std::optional<Parts> match(Operation *op) {
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    return matchConvolution(conv);
  auto linear = dyn_cast<nn::LinearOp>(op);
  ElementsAttr weights;
  if (!linear ||
      !mlir::matchPattern(linear.getWeights(), mlir::m_Constant(&weights)))
    return std::nullopt;
  ArrayRef<int64_t> w = getShape(linear.getWeights());
  return Parts{linear.getInput(), linear.getBias(), getFloats(weights), w[0],
               w[1]};
}

/// Returns `[O, K]` weights by panels of `channels`: `[O / channels][K][...]`.
static std::vector<float> packPanels(ArrayRef<float> weights, int64_t outputs,
                                     int64_t taps, int64_t channels) {
  std::vector<float> packed;
  packed.reserve(weights.size());
  for (int64_t first = 0; first < outputs; first += channels)
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t o = first, e = std::min(outputs, first + channels); o < e;
           ++o)
        packed.push_back(weights[o * taps + tap]);
  return packed;
}

/// Positions side by side that the loops find: those of a row, or of the whole
/// image where each result reads one position.
static int64_t countPositions(const Parts &parts, ArrayRef<int64_t> out) {
  bool isDense =
      llvm::all_of(parts.kernel, [](int64_t x) { return x == 1; }) &&
      llvm::all_of(parts.strides, [](int64_t x) { return x == 1; }) &&
      llvm::all_of(parts.pads, [](int64_t x) { return x == 0; });
  if (!isDense)
    return out[2];
  int64_t product = 1;
  for (int64_t size : out.drop_back())
    product *= size;
  return product;
}

static void form(Operation *op, const Parts &parts, const VectorUnit &unit) {
  mlir::ImplicitLocOpBuilder b(op->getLoc(), op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t taps = parts.kernel[0] * parts.kernel[1] * parts.inner;
  int64_t positions = countPositions(parts, type.getShape());
  Tile tile =
      parts.isDepthwise
          ? chooseDepthwiseTile(positions, parts.outputs, parts.kernel[1], unit)
          : chooseTile(positions, parts.outputs,
                       parts.inner * parts.strides[1] * sizeof(float), unit);
  std::vector<float> packed =
      packPanels(parts.weights, parts.outputs, taps,
                 parts.isDepthwise ? parts.outputs : tile.channels);
  auto packedType =
      RankedTensorType::get({int64_t(packed.size())}, b.getF32Type());
  Value weights = mlir::arith::ConstantOp::create(
      b, packedType, makeConstant(packedType, ArrayRef<float>(packed)));
  Value init =
      mlir::tensor::EmptyOp::create(b, type.getShape(), b.getF32Type());
  auto fused = fused::ContractionOp::create(
      b, mlir::TypeRange(type), parts.input, weights, parts.bias, ValueRange(),
      init, parts.kernel, parts.strides, parts.pads, parts.dilations,
      ArrayRef<int64_t>{tile.rows, tile.channels, unit.lanes},
      parts.isDepthwise);
  Block &body = fused.getBody().emplaceBlock();
  Value sum = body.addArgument(b.getF32Type(), op->getLoc());
  b.setInsertionPointToEnd(&body);
  fused::YieldOp::create(b, sum);
  op->replaceAllUsesWith(fused);
  op->erase();
}

void floatcode::formContractions(mlir::func::FuncOp entry,
                                 const VectorUnit &unit) {
  // Only what runs once has buffers whose places are known.
  for (Operation &op : llvm::make_early_inc_range(entry.getBody().front())) {
    if (!isa<nn::Conv2DOp, nn::LinearOp>(op) ||
        cast<RankedTensorType>(op.getResult(0).getType()).getNumElements() == 0)
      continue;
    if (std::optional<Parts> parts = match(&op); parts && parts->inner > 0)
      form(&op, *parts, unit);
  }
}
