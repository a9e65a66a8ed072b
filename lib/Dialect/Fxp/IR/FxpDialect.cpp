//===- FxpDialect.cpp - registration of the fxp dialect -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectImplementation.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::fxp;

#include "narrow/Dialect/Fxp/IR/FxpDialect.cpp.inc"
#include "narrow/Dialect/Fxp/IR/FxpEnums.cpp.inc"
#include "narrow/Dialect/Fxp/IR/FxpInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "narrow/Dialect/Fxp/IR/FxpAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "narrow/Dialect/Fxp/IR/FxpOps.cpp.inc"

void FxpDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "narrow/Dialect/Fxp/IR/FxpAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "narrow/Dialect/Fxp/IR/FxpOps.cpp.inc"
      >();
}
