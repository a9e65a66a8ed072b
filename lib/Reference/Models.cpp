//===- Models.cpp - attaches the reference semantics to the ops -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Ops.h"
#include "narrow/Reference/Interpreter.h"

using namespace narrow;
using namespace narrow::reference;

namespace {
template <typename OpT>
struct Model : fxp::ReferenceOpInterface::ExternalModel<Model<OpT>, OpT> {
  LogicalResult evaluate(Operation *op, ArrayRef<const Tensor *> operands,
                         MutableArrayRef<Tensor> results) const {
    return reference::evaluate(cast<OpT>(op), operands, results[0]);
  }
};

template <typename... OpTs>
void attach(MLIRContext *context) {
  (OpTs::template attachInterface<Model<OpTs>>(*context), ...);
}
} // namespace

void reference::registerReferenceModels(mlir::DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, fxp::FxpDialect *) {
    attach<fxp::Conv2DOp, fxp::TransposedConv2DOp, fxp::FullyConnectedOp,
           fxp::MatMulOp, fxp::QuantizeOp, fxp::DequantizeOp, fxp::RequantizeOp,
           fxp::ToIntegersOp, fxp::FromIntegersOp, fxp::AddOp, fxp::SubOp,
           fxp::MinOp, fxp::MaxOp, fxp::MulOp, fxp::LookupOp, fxp::SoftmaxOp,
           fxp::LogSoftmaxOp, fxp::NormalizeOp, fxp::MaxPool2DOp,
           fxp::AvgPool2DOp, fxp::ReduceSumOp, fxp::ReduceMaxOp, fxp::ReshapeOp,
           fxp::TransposeOp, fxp::SliceOp, fxp::PadOp, fxp::ConcatOp,
           fxp::GatherOp, fxp::ResizeOp>(context);
  });
}
