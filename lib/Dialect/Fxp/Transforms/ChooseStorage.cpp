//===- ChooseStorage.cpp - codes of fewer bits for weights ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "narrow/Dialect/Fxp/IR/StorageCode.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/Support/ConstantData.h"

namespace narrow::fxp {
#define GEN_PASS_DEF_FXPCHOOSESTORAGE
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"
} // namespace narrow::fxp

using namespace narrow;
using namespace narrow::fxp;

/// Whether contractions read the constant as their weights, and nothing else
/// does.
static bool isWeights(ConstantOp constant) {
  return !constant->use_empty() &&
         llvm::all_of(constant->getUses(), [](mlir::OpOperand &use) {
           auto op = dyn_cast<WeightedOpInterface>(use.getOwner());
           return op && op.getWeights() == use.get() &&
                  op.getInput() != use.get();
         });
}

namespace {
struct FxpChooseStoragePass
    : fxp::impl::FxpChooseStorageBase<FxpChooseStoragePass> {
  using Base::Base;
  void runOnOperation() override {
    getOperation()->walk([](ConstantOp constant) {
      QuantView view(constant.getType());
      if (!view || view.getContainerBits() != 8 || !view.isSigned() ||
          view.getZeroPoint() != 0 || !view.hasOneZeroPoint() ||
          constant.getStorage() || !isWeights(constant))
        return;
      WeightStorage code = chooseStorage(getIntegers(constant.getValue()));
      if (code != WeightStorage::I8)
        constant.setStorage(code);
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
