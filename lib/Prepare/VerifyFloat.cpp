//===- VerifyFloat.cpp - what the float level may hold --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/Passes.h"
#include "narrow/Support/ConstantData.h"

#include <cmath>

namespace narrow {
#define GEN_PASS_DEF_VERIFYFLOAT
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
namespace tosa = mlir::tosa;

/// Returns whether the op belongs to the float level.
static bool isFloatLevel(Operation *op) {
  if (isa<mlir::func::FuncOp, mlir::func::ReturnOp, ModuleOp, fxp::ObserveOp,
          mlir::arith::ConstantOp>(op))
    return true;
  if (isa<tosa::CustomOp, tosa::IfOp, tosa::WhileOp, tosa::YieldOp,
          tosa::VariableOp, tosa::VariableReadOp, tosa::VariableWriteOp,
          tosa::RescaleOp>(op))
    return false;
  return isa<nn::NnDialect, tosa::TosaDialect>(op->getDialect());
}

/// Returns whether a value of this type may occur.
static bool isFloatLevel(Type type) {
  if (isa<tosa::shapeType>(type))
    return true;
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() &&
         (tensor.getElementType().isF32() ||
          tensor.getElementType().isSignlessInteger());
}

namespace {

struct VerifyFloat : narrow::impl::VerifyFloatBase<VerifyFloat> {
  using Base::Base;

  void runOnOperation() override {
    // All that is wrong is said at once: a user wants to know how much of a
    // model is missing, not the first op of it.
    bool valid = true;
    getOperation().walk([&](Operation *op) {
      if (op->getDialect() == nullptr || !isFloatLevel(op)) {
        op->emitError() << "expected an operation of the float level, found '"
                        << op->getName() << "'";
        valid = false;
        return;
      }
      for (Type type : op->getResultTypes())
        valid &= verifyType(op, type);
      valid &= verifyWeights(op);
      if (auto func = dyn_cast<mlir::func::FuncOp>(op))
        for (Type type : func.getArgumentTypes())
          valid &= verifyType(op, type);
    });
    if (!valid)
      signalPassFailure();
  }

private:
  /// Whatever the samples are, such a layer makes nothing of use, and what is
  /// behind it would be blamed.
  static bool verifyWeights(Operation *op) {
    if (!isLayer(op))
      return true;
    ElementsAttr weights;
    if (!mlir::matchPattern(getLayerWeights(op), mlir::m_Constant(&weights)) ||
        !isa<mlir::FloatType>(weights.getElementType()))
      return true;
    SmallVector<float> numbers = getFloats(weights);
    const auto *bad =
        llvm::find_if(numbers, [](float w) { return !std::isfinite(w); });
    if (bad == numbers.end())
      return true;
    op->emitError() << "expected finite weights, found "
                    << (std::isnan(*bad) ? "NaN" : "an infinite one")
                    << " (element " << bad - numbers.begin() << " of "
                    << numbers.size() << ")";
    return false;
  }

  static bool verifyType(Operation *op, Type type) {
    if (isFloatLevel(type))
      return true;
    op->emitError() << "expected a tensor of f32 or integers with a static "
                       "shape, found "
                    << type;
    return false;
  }
};

} // namespace
