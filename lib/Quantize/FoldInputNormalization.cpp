//===- FoldInputNormalization.cpp - take pixels as they are ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Quantize/Passes.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

namespace narrow::quantize {
#define GEN_PASS_DEF_FOLDINPUTNORMALIZATION
#include "narrow/Quantize/Passes.h.inc"
} // namespace narrow::quantize

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

/// Returns the convolution that alone reads `value`, through transposes.
static nn::Conv2DOp getFirstConvolution(Value value) {
  while (true) {
    SmallVector<Operation *> readers = getReaders(value);
    if (readers.size() != 1)
      return {};
    if (auto conv = dyn_cast<nn::Conv2DOp>(readers.front()))
      return conv.getInput() == value ? conv : nn::Conv2DOp();
    if (!isa<tosa::TransposeOp>(readers.front()))
      return {};
    value = readers.front()->getResult(0);
  }
}

namespace {
struct FoldInputNormalizationPass
    : quantize::impl::FoldInputNormalizationBase<FoldInputNormalizationPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto func : getOperation().getOps<mlir::func::FuncOp>())
      if (!func.isExternal() && failed(fold(func)))
        signalPassFailure();
  }

private:
  LogicalResult fold(mlir::func::FuncOp func);
};
} // namespace

/// Moves the padding of `conv` into an op of its own.
static void separatePadding(nn::Conv2DOp conv, float value) {
  ArrayRef<int64_t> pads = conv.getPads();
  if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }))
    return;
  OpBuilder builder(conv);
  Location loc = conv.getLoc();
  auto type = cast<RankedTensorType>(conv.getInput().getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[1] += pads[0] + pads[2];
  shape[2] += pads[1] + pads[3];
  int64_t padding[] = {0, 0, pads[0], pads[2], pads[1], pads[3], 0, 0};
  Value amounts = tosa::ConstShapeOp::create(
      builder, loc, tosa::shapeType::get(builder.getContext(), 8),
      builder.getIndexTensorAttr(padding));
  auto scalar = RankedTensorType::get({1}, builder.getF32Type());
  Value filling = tosa::ConstOp::create(
      builder, loc, scalar, mlir::DenseElementsAttr::get(scalar, value));
  conv.getInputMutable().assign(tosa::PadOp::create(
      builder, loc, type.clone(shape), conv.getInput(), amounts, filling));
  conv.setPadsAttr(builder.getDenseI64ArrayAttr({0, 0, 0, 0}));
}

LogicalResult FoldInputNormalizationPass::fold(mlir::func::FuncOp func) {
  if (input >= func.getNumArguments())
    return func.emitError("expected an argument below ")
           << func.getNumArguments() << ", found " << input.getValue();
  Value argument = func.getArgument(input);
  nn::Conv2DOp conv = getFirstConvolution(argument);
  if (!conv)
    return func.emitError("expected one convolution to read argument ")
           << input.getValue();
  int64_t channels =
      cast<RankedTensorType>(conv.getInput().getType()).getDimSize(3);
  auto matches = [&](size_t count) {
    return count == 1 || static_cast<int64_t>(count) == channels;
  };
  if (!matches(mean.size()) || !matches(scale.size()))
    return func.emitError("expected one mean and scale, or ")
           << channels << ", found " << mean.size() << " and " << scale.size();
  ElementsAttr weights = getConstant(conv.getWeights());
  ElementsAttr bias = getConstant(conv.getBias());
  if (!weights || !bias)
    return conv.emitOpError("expected constant weights and biases");

  auto meanOf = [&](int64_t c) { return mean[mean.size() == 1 ? 0 : c]; };
  auto scaleOf = [&](int64_t c) { return scale[scale.size() == 1 ? 0 : c]; };
  SmallVector<float> w = getFloats(weights), b = getFloats(bias);
  auto shape = cast<RankedTensorType>(conv.getWeights().getType()).getShape();
  int64_t groupDepth = shape[3], depth = shape[1] * shape[2] * shape[3];
  int64_t groupOutputs = shape[0] / static_cast<int64_t>(conv.getGroups());
  for (int64_t o = 0; o < shape[0]; ++o) {
    double shift = 0;
    for (int64_t k = 0; k < depth; ++k) {
      int64_t c = o / groupOutputs * groupDepth + k % groupDepth;
      float &value = w[o * depth + k];
      value = static_cast<float>(value * scaleOf(c));
      shift += value * meanOf(c);
    }
    b[o] = static_cast<float>(b[o] - shift);
  }
  OpBuilder builder(conv);
  auto replace = [&](mlir::OpOperand &operand, ArrayRef<float> values) {
    auto type = cast<RankedTensorType>(operand.get().getType());
    operand.set(tosa::ConstOp::create(builder, conv.getLoc(), type,
                                      makeConstant(type, values)));
  };
  replace(conv.getWeightsMutable(), w);
  replace(conv.getBiasMutable(), b);
  double middle = 0;
  for (int64_t c = 0; c < channels; ++c)
    middle += meanOf(c) / static_cast<double>(channels);
  separatePadding(conv, static_cast<float>(std::nearbyint(middle)));

  auto pixels = chooseActivationType(&getContext(), {0, 255}, {});
  for (Operation *user : argument.getUsers())
    if (auto observe = dyn_cast<fxp::ObserveOp>(user))
      observe.setTypeAttr(mlir::TypeAttr::get(pixels));
  return success();
}
