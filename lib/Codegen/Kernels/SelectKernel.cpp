//===- SelectKernel.cpp - from an op to its kernel -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "narrow/Codegen/Contraction.h"
#include "narrow/Dialect/Fxp/IR/ForEachOp.h"

using namespace narrow;
using namespace narrow::codegen;

template <>
FailureOr<KernelCall> codegen::select(fxp::Conv2DOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectContractionKernel(op, operands, results, target, tileStep);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::TransposedConv2DOp op,
                                      Layouts operands, Layouts results,
                                      const Target &target, unsigned tileStep) {
  return selectContractionKernel(op, operands, results, target, tileStep);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::FullyConnectedOp op,
                                      Layouts operands, Layouts results,
                                      const Target &target, unsigned tileStep) {
  return selectContractionKernel(op, operands, results, target, tileStep);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::MatMulOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectContractionKernel(op, operands, results, target, tileStep);
}

FailureOr<KernelCall> codegen::selectKernel(Operation *op,
                                            ArrayRef<BufferLayout> operands,
                                            ArrayRef<BufferLayout> results,
                                            const Target &target,
                                            unsigned tileStep) {
  std::optional<FailureOr<KernelCall>> call;
  fxp::forEachOp([&](auto candidate) {
    using OpT = typename decltype(candidate)::Op;
    if (auto match = dyn_cast<OpT>(op))
      call = select(match, operands, results, target, tileStep);
  });
  if (call)
    return std::move(*call);
  return op->emitError("expected a fixed-point operation that has a "
                       "kernel, found '")
         << op->getName() << "'";
}

Halo codegen::getWantedHalo(Operation *op, unsigned operand) {
  return getContractionHalo(op, operand);
}
