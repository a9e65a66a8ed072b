//===- SelectKernel.cpp - from an op to its kernel -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusedCasts.h"
#include "Kernels.h"
#include "narrow/Codegen/Contraction.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::codegen;

FailureOr<KernelCall> codegen::selectKernel(Operation *op,
                                            ArrayRef<BufferLayout> operands,
                                            ArrayRef<BufferLayout> results,
                                            const Target &target,
                                            unsigned tileStep) {
  using Result = FailureOr<KernelCall>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](fxp::QuantizeOp op) {
        return selectQuantize(op, operands, results);
      })
      .Case([&](fxp::DequantizeOp op) {
        return selectDequantize(op, operands, results);
      })
      .Case([&](fxp::RequantizeOp op) {
        return selectRequantize(op, operands, results);
      })
      .Case<fxp::ToIntegersOp, fxp::FromIntegersOp>(
          [&](Operation *op) { return selectIntegers(op, operands, results); })
      .Case<fxp::AddOp, fxp::SubOp, fxp::MinOp, fxp::MaxOp>(
          [&](Operation *op) { return selectBinary(op, operands, results); })
      .Case([&](fxp::MulOp op) { return selectMul(op, operands, results); })
      .Case([&](fxp::MaxPool2DOp op) {
        return selectMaxPool(op, operands, results);
      })
      .Case([&](fxp::AvgPool2DOp op) {
        return selectAvgPool(op, operands, results);
      })
      .Case([&](fxp::ReduceSumOp op) {
        return selectReduceSum(op, operands, results);
      })
      .Case([&](fxp::ReduceMaxOp op) {
        return selectReduceMax(op, operands, results);
      })
      .Case([&](fxp::LookupOp op) {
        return selectLookup(op, operands, results, target);
      })
      .Case([&](fxp::SoftmaxOp op) {
        return selectSoftmax(op, operands, results);
      })
      .Case([&](fxp::LogSoftmaxOp op) {
        return selectLogSoftmax(op, operands, results);
      })
      .Case([&](fxp::NormalizeOp op) {
        return selectNormalize(op, operands, results);
      })
      .Case([&](fxp::ReshapeOp op) {
        return selectReshape(op, operands, results);
      })
      .Case([&](fxp::TransposeOp op) {
        if (fxp::QuantizeOp cast = getFusedQuantize(op))
          return selectQuantizeTranspose(cast, op, operands, results);
        return selectTranspose(op, operands, results);
      })
      .Case([&](fxp::SliceOp op) { return selectSlice(op, operands, results); })
      .Case([&](fxp::PadOp op) { return selectPad(op, operands, results); })
      .Case(
          [&](fxp::ConcatOp op) { return selectConcat(op, operands, results); })
      .Case(
          [&](fxp::GatherOp op) { return selectGather(op, operands, results); })
      .Case(
          [&](fxp::ResizeOp op) { return selectResize(op, operands, results); })
      .Case<fxp::Conv2DOp, fxp::TransposedConv2DOp, fxp::FullyConnectedOp,
            fxp::MatMulOp>([&](Operation *op) {
        return selectContractionKernel(op, operands, results, target, tileStep);
      })
      .Default([&](Operation *op) -> Result {
        return op->emitError("expected a fixed-point operation that has a "
                             "kernel, found '")
               << op->getName() << "'";
      });
}

Halo codegen::getWantedHalo(Operation *op, unsigned operand) {
  return getContractionHalo(op, operand);
}
