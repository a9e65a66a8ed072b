//===- Contractions.cpp - convolutions and products -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::tosatofxp;

static bool isContraction(Operation *op) {
  return llvm::isa_and_present<tosa::Conv2DOp, tosa::DepthwiseConv2DOp,
                               tosa::TransposeConv2DOp, tosa::MatMulOp>(op);
}

namespace {
/// The constants of a convolution in the order of fixed point.
struct Constants {
  SmallVector<int64_t> shape; ///< Of the weights: [O, kh, kw, I].
  SmallVector<int64_t> weights, bias;
  int64_t inputZero = 0, weightZero = 0;
  unsigned weightBits = 8;
};
} // namespace

/// Reads what a convolution has constant; nothing where fixed point has no such
/// convolution.
template <typename OpT>
static std::optional<Constants> readConstants(OpT op) {
  auto weights = getConstant(op.getWeight()), bias = getConstant(op.getBias());
  FailureOr<int64_t> inputZero = op.getInputZeroPoint(),
                     weightZero = op.getWeightZeroPoint();
  unsigned bits = getIntegerBits(op.getWeight());
  if (!isStorable(op.getInput()) || !weights || !bias || failed(inputZero) ||
      failed(weightZero) || (bits != 4 && bits != 8))
    return std::nullopt;
  Constants result;
  result.shape =
      llvm::to_vector(cast<ShapedType>(op.getWeight().getType()).getShape());
  result.weights = std::move(*weights);
  result.bias = std::move(*bias);
  result.inputZero = *inputZero;
  result.weightZero = *weightZero;
  result.weightBits = bits;
  return result;
}

/// `[kh, kw, C, M]` to `[C * M, kh, kw, 1]`.
static void orderDepthwise(Constants &constants) {
  int64_t area = constants.shape[0] * constants.shape[1],
          outputs = constants.shape[2] * constants.shape[3];
  SmallVector<int64_t> ordered(constants.weights.size());
  for (int64_t k = 0; k < area; ++k)
    for (int64_t o = 0; o < outputs; ++o)
      ordered[o * area + k] = constants.weights[k * outputs + o];
  constants.weights = std::move(ordered);
  constants.shape = {outputs, constants.shape[0], constants.shape[1], 1};
}

/// [top, bottom, left, right] to [top, left, bottom, right].
static SmallVector<int64_t> orderPads(ArrayRef<int64_t> pads) {
  return {pads[0], pads[2], pads[1], pads[3]};
}

Value Converter::buildContraction(Operation *op, Type element,
                                  fxp::RequantAttr requant) {
  if (auto product = dyn_cast<tosa::MatMulOp>(op))
    return buildMatMul(product, element, requant);
  std::optional<Constants> constants;
  SmallVector<int64_t> pads, strides, dilations{1, 1};
  int64_t groups = 1;
  if (auto conv = dyn_cast<tosa::Conv2DOp>(op)) {
    constants = readConstants(conv);
    pads = orderPads(conv.getPad());
    strides = llvm::to_vector(conv.getStride());
    dilations = llvm::to_vector(conv.getDilation());
  } else if (auto conv = dyn_cast<tosa::DepthwiseConv2DOp>(op)) {
    constants = readConstants(conv);
    if (constants) {
      groups = constants->shape[2];
      orderDepthwise(*constants);
    }
    pads = orderPads(conv.getPad());
    strides = llvm::to_vector(conv.getStride());
    dilations = llvm::to_vector(conv.getDilation());
  } else if (auto conv = dyn_cast<tosa::TransposeConv2DOp>(op)) {
    constants = readConstants(conv);
    // A frame that is added holds the bias alone: fixed point crops only.
    if (llvm::any_of(conv.getOutPad(), [](int64_t pad) { return pad > 0; }))
      return {};
    for (int64_t pad : orderPads(conv.getOutPad()))
      pads.push_back(-pad);
    strides = llvm::to_vector(conv.getStride());
  }
  if (!constants)
    return {};

  Location loc = op->getLoc();
  Value input = getStored(op->getOperand(0), constants->inputZero);
  Type weight = getStoredType(builder.getContext(), constants->weightBits,
                              /*isUnsigned=*/false, constants->weightZero);
  ArrayRef<int64_t> shape = constants->shape;
  Value weights = fxp::ConstantOp::create(
      builder, loc, RankedTensorType::get(shape, weight),
      makeConstant(RankedTensorType::get(shape, builder.getI8Type()),
                   constants->weights));
  // One bias may stand for all channels.
  SmallVector<int64_t> &bias = constants->bias;
  if (bias.size() == 1)
    bias.assign(shape[0], SmallVector<int64_t>(bias).front());
  auto biasType = RankedTensorType::get(
      {shape[0]}, getIntegerBits(op->getOperand(0)) > 8 ? builder.getI64Type()
                                                        : builder.getI32Type());
  Value biases = fxp::ConstantOp::create(builder, loc, biasType,
                                         makeConstant(biasType, bias));
  RankedTensorType type = withElements(op->getResult(0), element);
  if (isa<tosa::TransposeConv2DOp>(op))
    return fxp::TransposedConv2DOp::create(builder, loc, type, input, weights,
                                           biases, requant, strides, pads,
                                           dilations, groups);
  return fxp::Conv2DOp::create(builder, loc, type, input, weights, biases,
                               requant, strides, pads, dilations, groups);
}

Value Converter::buildMatMul(tosa::MatMulOp op, Type element,
                             fxp::RequantAttr requant) {
  FailureOr<int64_t> aZero = op.getAZeroPoint(), bZero = op.getBZeroPoint();
  if (!isStorable(op.getA()) || !isStorable(op.getB()) || failed(aZero) ||
      failed(bZero))
    return {};
  Location loc = op.getLoc();
  Value a = getStored(op.getA(), *aZero);
  auto shape = cast<ShapedType>(op.getB().getType()).getShape();
  auto values = getConstant(op.getB());
  RankedTensorType type = withElements(op.getOutput(), element);
  if (!values || shape[0] != 1 || getIntegerBits(op.getB()) != 8)
    return fxp::MatMulOp::create(builder, loc, type, a,
                                 getStored(op.getB(), *bZero), requant);
  // [1, K, N] to [N, K]: weights.
  int64_t depth = shape[1], outputs = shape[2];
  SmallVector<int64_t> weights(values->size());
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t o = 0; o < outputs; ++o)
      weights[o * depth + k] = (*values)[k * outputs + o];
  auto stored = RankedTensorType::get({outputs, depth}, builder.getI8Type());
  Type weight =
      getStoredType(builder.getContext(), 8, /*isUnsigned=*/false, *bZero);
  auto biasType = RankedTensorType::get({outputs}, getIntegerBits(op.getA()) > 8
                                                       ? builder.getI64Type()
                                                       : builder.getI32Type());
  return fxp::FullyConnectedOp::create(
      builder, loc, type, a,
      fxp::ConstantOp::create(builder, loc, stored.clone(weight),
                              makeConstant(stored, weights)),
      fxp::ConstantOp::create(
          builder, loc, biasType,
          makeConstant(biasType, SmallVector<int64_t>(outputs, 0))),
      requant);
}

bool Converter::rescaleContraction(tosa::RescaleOp op, const Rescale &rescale) {
  Operation *contraction = op.getInput().getDefiningOp();
  if (!isContraction(contraction) || !contraction->hasOneUse() ||
      getIntegerBits(op.getOutput()) > 32)
    return false;
  Type element = getStoredType(op.getContext(), getIntegerBits(op.getOutput()),
                               rescale.outputUnsigned, rescale.outputZero);
  Value made = buildContraction(contraction, element,
                                rescale.getRequant(op.getContext()));
  if (made)
    replace(op, made);
  return bool(made);
}

void Converter::convertContraction(Operation *op) {
  // A rescale that is the only reader takes it in.
  Value result = op->getResult(0);
  if (getIntegerBits(result) != 32 ||
      (result.hasOneUse() && isa<tosa::RescaleOp>(*result.getUsers().begin())))
    return;
  Value made = buildContraction(op, fxp::getPlainType(op->getContext()),
                                getUnitRequant(op->getContext()));
  if (made)
    replace(op, made);
}
