//===- SplitRows.cpp - every group of operations in strips ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/Dialect/Fxp/Transforms/RowStrips.h"

namespace narrow::fxp {
#define GEN_PASS_DEF_FXPSPLITROWS
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"
} // namespace narrow::fxp

using namespace narrow;
using namespace narrow::fxp;

void fxp::splitAllRows(mlir::func::FuncOp function, int64_t rows) {
  if (!llvm::hasSingleElement(function.getBody()))
    return;
  Block &block = function.getBody().front();
  // From the end: a group then ends where nothing more can be added below.
  SmallVector<StripGroup> groups;
  llvm::DenseSet<Operation *> taken;
  for (Operation &op : llvm::reverse(block)) {
    if (taken.contains(&op))
      continue;
    StripGroup group = findStripGroup(&block.front(), &op);
    if (group.size() < 2 ||
        cast<RankedTensorType>(op.getResult(0).getType()).getDimSize(1) <= rows)
      continue;
    taken.insert(group.begin(), group.end());
    groups.push_back(std::move(group));
  }
  for (const StripGroup &group : groups)
    splitRows(group, rows);
}

namespace {
struct FxpSplitRowsPass : fxp::impl::FxpSplitRowsBase<FxpSplitRowsPass> {
  using Base::Base;
  void runOnOperation() override {
    if (rows < 1) {
      getOperation().emitError("expected rows of at least 1, found ")
          << rows.getValue();
      return signalPassFailure();
    }
    splitAllRows(getOperation(), rows);
  }
};
} // namespace
