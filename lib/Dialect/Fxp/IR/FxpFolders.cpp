//===- FxpFolders.cpp - folds of fxp ops ----------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;
using namespace narrow::fxp;

mlir::OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

mlir::OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : mlir::OpFoldResult();
}

mlir::OpFoldResult TransposeOp::fold(FoldAdaptor) {
  auto perms = getPerms();
  for (size_t i = 0; i < perms.size(); ++i)
    if (perms[i] != static_cast<int64_t>(i))
      return {};
  return getInput().getType() == getType() ? getInput() : mlir::OpFoldResult();
}
