//===- NnDialect.cpp - registration of the nn dialect ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectImplementation.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::nn;

#include "narrow/Dialect/Nn/IR/NnDialect.cpp.inc"
#include "narrow/Dialect/Nn/IR/NnEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "narrow/Dialect/Nn/IR/NnAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "narrow/Dialect/Nn/IR/NnOps.cpp.inc"

void NnDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "narrow/Dialect/Nn/IR/NnAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "narrow/Dialect/Nn/IR/NnOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "narrow/Dialect/Nn/IR/NnDynamicOps.cpp.inc"
      >();
}
