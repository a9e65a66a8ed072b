//===- FusedBufferization.cpp - fused ops on buffers ----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "narrow/Dialect/Fused/IR/FusedOps.h"

using namespace narrow;
using namespace narrow::fused;
namespace bufferization = mlir::bufferization;

namespace {
struct ContractionModel
    : bufferization::DstBufferizableOpInterfaceExternalModel<ContractionModel,
                                                             ContractionOp> {
  /// Every element of the destination is written, none is read.
  bool bufferizesToMemoryRead(Operation *op, mlir::OpOperand &operand,
                              const bufferization::AnalysisState &) const {
    return !cast<ContractionOp>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, mlir::RewriterBase &rewriter,
                          const bufferization::BufferizationOptions &options,
                          bufferization::BufferizationState &state) const {
    auto contraction = cast<ContractionOp>(op);
    if (contraction.getNumResults() == 0)
      return success();
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer =
          bufferization::getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    rewriter.setInsertionPoint(op);
    auto lowered = ContractionOp::create(
        rewriter, op->getLoc(), mlir::TypeRange(), buffers, op->getAttrs());
    rewriter.inlineRegionBefore(contraction.getBody(), lowered.getBody(),
                                lowered.getBody().begin());
    bufferization::replaceOpWithBufferizedValues(rewriter, op,
                                                 lowered.getInit());
    return success();
  }
};
} // namespace

void fused::registerBufferization(mlir::DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, FusedDialect *) {
    ContractionOp::attachInterface<ContractionModel>(*context);
  });
}
