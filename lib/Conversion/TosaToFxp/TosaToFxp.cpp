//===- TosaToFxp.cpp - integer TOSA to fixed point ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"

namespace narrow {
#define GEN_PASS_DEF_CONVERTTOSATOFXP
#include "narrow/Conversion/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::tosatofxp;

bool narrow::isIntegerTosa(ModuleOp module) {
  bool hasFloats = false, hasStored = false, computes = false;
  module.walk([&](Operation *op) {
    if (!isa<tosa::TosaDialect>(op->getDialect()))
      return;
    SmallVector<Value> values(op->getOperands());
    llvm::append_range(values, op->getResults());
    for (Value value : values) {
      hasFloats |= isa<FloatType>(mlir::getElementTypeOrSelf(value));
      hasStored |= isStorable(value);
    }
    computes |=
        isa<tosa::RescaleOp>(op) ||
        (isa<tosa::Conv2DOp, tosa::DepthwiseConv2DOp, tosa::TransposeConv2DOp,
             tosa::MatMulOp, tosa::AvgPool2dOp>(op) &&
         isStorable(op->getOperand(0)));
  });
  return computes || (hasStored && !hasFloats);
}

/// Whether plain loops compute an operation that stays as it is (N70).
static bool isLeft(Operation *op) {
  return !isa<tosa::CustomOp, tosa::IfOp, tosa::WhileOp, tosa::YieldOp,
              tosa::VariableOp, tosa::VariableReadOp, tosa::VariableWriteOp,
              tosa::FFT2dOp, tosa::RFFT2dOp, tosa::Conv3DOp>(op);
}

/// Whether a value of this type may occur.
static bool isKnown(Type type) {
  if (isa<tosa::shapeType>(type))
    return true;
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() &&
         (tensor.getElementType().isF32() ||
          tensor.getElementType().isSignlessInteger());
}

LogicalResult Converter::convert(Operation *op) {
  if (!isa<tosa::TosaDialect>(op->getDialect()))
    return isa<mlir::func::ReturnOp>(op) ||
                   isa<fxp::FxpDialect>(op->getDialect())
               ? success()
               : LogicalResult(op->emitError("expected an operation of TOSA, "
                                             "found '")
                               << op->getName() << "'");
  if (!isLeft(op))
    return op->emitError("expected an operation that is compiled on integers, "
                         "found '")
           << op->getName() << "'";
  for (Type type : op->getResultTypes())
    if (!isKnown(type))
      return op->emitError("expected tensors of f32 or signless integers with "
                           "static shapes, found ")
             << type;
  builder.setInsertionPoint(op);
  if (auto rescale = dyn_cast<tosa::RescaleOp>(op))
    return convertRescale(rescale);
  if (auto pool = dyn_cast<tosa::AvgPool2dOp>(op))
    convertAvgPool(pool);
  else if (auto clamp = dyn_cast<tosa::ClampOp>(op))
    convertClamp(clamp);
  else if (auto table = dyn_cast<tosa::TableOp>(op))
    convertTable(table);
  else if (isa<tosa::Conv2DOp, tosa::DepthwiseConv2DOp, tosa::TransposeConv2DOp,
               tosa::MatMulOp>(op))
    convertContraction(op);
  else if (isa<tosa::ReshapeOp, tosa::TransposeOp, tosa::SliceOp,
               tosa::ReverseOp, tosa::ConcatOp, tosa::PadOp, tosa::MaxPool2dOp,
               tosa::ReduceMaxOp>(op))
    convertMovement(op);
  return success();
}

LogicalResult Converter::run() {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError("expected a function of one block");
  Block &block = function.getBody().front();
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  bool converted = true;
  for (Operation *op : ops)
    converted &= succeeded(convert(op));
  if (!converted)
    return failure();
  // From the end on: what made only an operation that is gone goes with it.
  for (Operation *op : llvm::reverse(ops))
    if (isa<tosa::TosaDialect>(op->getDialect()) && op->use_empty() &&
        mlir::isMemoryEffectFree(op))
      op->erase();
  for (Operation &op : block) {
    if (!isa<tosa::TosaDialect>(op.getDialect()) ||
        op.hasTrait<mlir::OpTrait::ConstantLike>() ||
        isa<tosa::ConstShapeOp>(op))
      continue;
    for (Value result : op.getResults())
      if (getIntegerBits(result) == 48)
        return op.emitError("expected a rescale as the only reader of 48-bit "
                            "integers");
    mlir::emitRemark(op.getLoc())
        << "[plain-loop] '" << op.getName()
        << "' has no form in fixed point here and is computed by a plain loop";
  }
  return success();
}

namespace {
struct ConvertTosaToFxpPass : impl::ConvertTosaToFxpBase<ConvertTosaToFxpPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<mlir::func::FuncOp>())
      if (!function.isExternal() && failed(Converter(function).run()))
        return signalPassFailure();
  }
};
} // namespace
