//===- ChannelsLastInterface.cpp - images in and out as NHWC --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisOrder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Prepare/Passes.h"

namespace narrow {
#define GEN_PASS_DEF_CHANNELSLASTINTERFACE
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::prepare;

static constexpr StringRef kLayoutAttr = "narrow.layout";
static constexpr int32_t kToChannelsLast[] = {0, 2, 3, 1};
static constexpr int32_t kToChannelsFirst[] = {0, 3, 1, 2};

static bool isImage(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 4 && tensor.hasStaticShape();
}

namespace {

struct ChannelsLastInterface
    : narrow::impl::ChannelsLastInterfaceBase<ChannelsLastInterface> {
  using Base::Base;

  void runOnOperation() override {
    mlir::func::FuncOp func = getOperation();
    if (!func.getBody().hasOneBlock())
      return;
    Block &block = func.getBody().front();
    OpBuilder builder(&getContext());
    auto layout = builder.getStringAttr("nhwc");

    builder.setInsertionPointToStart(&block);
    for (mlir::BlockArgument argument : block.getArguments()) {
      unsigned index = argument.getArgNumber();
      if (!isImage(argument.getType()) ||
          func.getArgAttr(index, kLayoutAttr) == layout)
        continue;
      argument.setType(permuteType(cast<RankedTensorType>(argument.getType()),
                                   kToChannelsLast));
      Value image = createTranspose(builder, argument.getLoc(), argument,
                                    kToChannelsFirst);
      // The range does not depend on the order: the observer stays.
      argument.replaceUsesWithIf(image, [&](mlir::OpOperand &use) {
        return use.getOwner() != image.getDefiningOp() &&
               !isa<fxp::ObserveOp>(use.getOwner());
      });
      func.setArgAttr(index, kLayoutAttr, layout);
    }

    Operation *terminator = block.getTerminator();
    builder.setInsertionPoint(terminator);
    for (mlir::OpOperand &operand : terminator->getOpOperands()) {
      unsigned index = operand.getOperandNumber();
      if (!isImage(operand.get().getType()) ||
          func.getResultAttr(index, kLayoutAttr) == layout)
        continue;
      operand.set(createTranspose(builder, operand.get().getLoc(),
                                  operand.get(), kToChannelsLast));
      func.setResultAttr(index, kLayoutAttr, layout);
    }
    func.setFunctionType(builder.getFunctionType(
        block.getArgumentTypes(), terminator->getOperandTypes()));
  }
};

} // namespace
