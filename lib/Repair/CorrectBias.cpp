//===- CorrectBias.cpp - undo the mean error of quantisation --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BiasCorrector.h"
#include "ScalableLayers.h"

using namespace narrow;

namespace {
/// Corrects each contraction when its inputs are known.
class Corrections : public LayerVisitor {
public:
  Corrections(const BiasCorrector &corrector, RepairReport &report)
      : corrector(corrector), report(report) {}

  bool wants(Operation *op) override { return isWeightedLayer(op); }
  llvm::Error visit(Operation *op, LayerWalk &walk) override;

  SmallVector<RepairedLayer> layers;

private:
  const BiasCorrector &corrector;
  RepairReport &report;
};

struct CorrectBias : RepairStep {
  StringRef getName() const override { return "bias"; }
  StringRef getSummary() const override {
    return "biases make up for the mean error of each channel";
  }
  llvm::Expected<SmallVector<RepairedLayer>> run(mlir::func::FuncOp function,
                                                 const RepairContext &context,
                                                 RepairReport &report) override;
};
} // namespace

llvm::Error Corrections::visit(Operation *op, LayerWalk &walk) {
  std::optional<LayerState> before = LayerState::get(op);
  std::optional<BiasCorrector::Measured> measured =
      before ? corrector.measure(op, walk) : std::nullopt;
  if (!measured) {
    ++report.skipped;
    return llvm::Error::success();
  }
  LayerState after = *before;
  BiasCorrector::correct(op, after, *measured);
  layers.push_back({op, *before});
  walk.forget(op->getOperand(2));
  after.apply(op);
  return llvm::Error::success();
}

llvm::Expected<SmallVector<RepairedLayer>>
CorrectBias::run(mlir::func::FuncOp function, const RepairContext &context,
                 RepairReport &report) {
  FloatLayers floats(context.original);
  llvm::Expected<BiasCorrector> corrector =
      BiasCorrector::createKept(floats, context);
  if (!corrector)
    return corrector.takeError();
  Corrections corrections(*corrector, report);
  if (llvm::Error error = LayerWalk(function).run(
          context.split.training, context.getSample, corrections))
    return std::move(error);
  return std::move(corrections.layers);
}

std::unique_ptr<RepairStep> narrow::createCorrectBias() {
  return std::make_unique<CorrectBias>();
}
