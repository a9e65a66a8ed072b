//===- FloatFacts.cpp - facts of float ops --------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Analysis/FloatFacts.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
namespace tosa = mlir::tosa;

Movement narrow::getMovement(Operation *op) {
  // Cubic interpolation overshoots its operand's range.
  if (auto resize = llvm::dyn_cast_or_null<nn::ResizeOp>(op))
    return resize.getMode() == nn::ResizeMode::Cubic ? Movement::None
                                                     : Movement::Blends;
  if (llvm::isa_and_nonnull<tosa::PadOp>(op))
    return Movement::Pads;
  if (llvm::isa_and_nonnull<tosa::ReshapeOp, tosa::TransposeOp, tosa::SliceOp,
                            tosa::ConcatOp, tosa::ReverseOp, tosa::TileOp,
                            tosa::GatherOp, tosa::IdentityOp, tosa::ReduceMaxOp,
                            nn::MaxPool2DOp>(op))
    return Movement::Picks;
  return Movement::None;
}

SmallVector<Value> narrow::getMovedOperands(Operation *op) {
  if (getMovement(op) == Movement::None)
    return {};
  if (isa<tosa::ConcatOp>(op))
    return llvm::to_vector(op->getOperands());
  return {op->getOperand(0)};
}

/// Returns whether `value` is a constant of zeros.
static bool isZero(Value value) {
  ElementsAttr constant;
  return value.getDefiningOp() &&
         mlir::matchPattern(value, mlir::m_Constant(&constant)) &&
         isa<mlir::FloatType>(constant.getElementType()) &&
         llvm::all_of(getFloats(constant), [](float v) { return v == 0; });
}

bool narrow::keepsRange(Operation *op) {
  if (auto pad = dyn_cast<tosa::PadOp>(op))
    return isZero(pad.getPadConst());
  return getMovedOperands(op).size() == 1 && !isa<tosa::ConcatOp>(op);
}

bool narrow::hasWeights(Operation *op) {
  return llvm::isa_and_nonnull<nn::Conv2DOp, nn::TransposedConv2DOp,
                               nn::LinearOp>(op);
}

bool narrow::isContraction(Operation *op) {
  return hasWeights(op) || llvm::isa_and_nonnull<nn::MatMulOp>(op);
}

bool narrow::isLayer(Operation *op) {
  return hasWeights(op) ||
         llvm::isa_and_nonnull<nn::LstmOp, nn::GruOp, nn::RnnOp>(op);
}

Value narrow::getLayerWeights(Operation *layer) {
  if (auto lstm = dyn_cast<nn::LstmOp>(layer))
    return lstm.getWeights();
  if (auto gru = dyn_cast<nn::GruOp>(layer))
    return gru.getWeights();
  if (auto rnn = dyn_cast<nn::RnnOp>(layer))
    return rnn.getWeights();
  return layer->getOperand(1);
}

int64_t narrow::countMacs(Operation *op) {
  auto getShape = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  };
  auto count = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getNumElements();
  };
  if (auto product = dyn_cast<nn::MatMulOp>(op))
    return count(product.getLhs()) * getShape(product.getResult()).back();
  if (!isLayer(op))
    return 0;
  Value weights = getLayerWeights(op);
  int64_t all = count(weights);
  // Each input element meets the weights of its channel, each output element
  // those of its own, each step of a recurrent layer all.
  if (isa<nn::TransposedConv2DOp>(op))
    return count(op->getOperand(0)) * (all / getShape(weights).back());
  int64_t first = hasWeights(op) ? getShape(weights).front()
                                 : getShape(op->getResult(0)).front();
  return count(op->getResult(0)) / first * all;
}

bool narrow::takesClamp(Operation *op) {
  return isContraction(op) ||
         llvm::isa_and_nonnull<tosa::AddOp, tosa::SubOp, tosa::MulOp,
                               tosa::ReduceSumOp>(op);
}

bool narrow::takesFactor(Operation *op) {
  return hasWeights(op) || llvm::isa_and_nonnull<tosa::ReduceSumOp>(op);
}

bool narrow::isWideState(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto lstm = llvm::dyn_cast_or_null<nn::LstmOp>(op))
    return value != lstm.getOutputs() && value != lstm.getLast();
  if (auto gru = llvm::dyn_cast_or_null<nn::GruOp>(op))
    return value != gru.getOutputs();
  auto rnn = llvm::dyn_cast_or_null<nn::RnnOp>(op);
  return rnn && value == rnn.getGates();
}

bool narrow::readsWide(Operation *op, Value value) {
  if (auto lstm = dyn_cast<nn::LstmOp>(op))
    return value == lstm.getInput() || value == lstm.getInitialCell();
  if (auto gru = dyn_cast<nn::GruOp>(op))
    return value == gru.getInput() || value == gru.getInitial();
  auto rnn = dyn_cast<nn::RnnOp>(op);
  return rnn && value == rnn.getInput();
}
