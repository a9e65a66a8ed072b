//===- Models.cpp - attaches the reference semantics to the ops -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
#include "Ops.h"
#include "narrow/Dialect/Fxp/IR/ForEachOp.h"
#include "narrow/Reference/Interpreter.h"

using namespace narrow;
using namespace narrow::reference;

namespace {
template <typename OpT>
struct Model : fxp::ReferenceOpInterface::ExternalModel<Model<OpT>, OpT> {
  LogicalResult evaluate(Operation *op, ArrayRef<const Tensor *> operands,
                         MutableArrayRef<Tensor> results) const {
    if constexpr (OpT::template hasTrait<mlir::OpTrait::OneResult>())
      return reference::evaluate(cast<OpT>(op), operands, results[0]);
    else
      return reference::evaluate(cast<OpT>(op), operands, results);
  }
};
} // namespace

void reference::registerReferenceModels(mlir::DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, fxp::FxpDialect *) {
    fxp::forEachOp([&](auto op) {
      using OpT = typename decltype(op)::Op;
      OpT::template attachInterface<Model<OpT>>(*context);
    });
  });
}
