//===- FxpDialect.cpp - registration of the fxp dialect -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectImplementation.h"
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.h"
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

namespace {
/// Types with a list of scales for many channels have names in a module's text,
/// above it: within operations they would hide everything else. Short ones are
/// read more easily in place. (Parameters cannot have names: behind an operand
/// the parser takes `#` for a result's number.)
struct LongListAliases : mlir::OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(mlir::Type type, llvm::raw_ostream &os) const override {
    constexpr size_t kShort = 8;
    auto perAxis = dyn_cast<mlir::quant::UniformQuantizedPerAxisType>(type);
    if (!perAxis || perAxis.getScales().size() <= kShort)
      return AliasResult::NoAlias;
    os << "per_channel";
    return AliasResult::OverridableAlias;
  }
};
} // namespace

void FxpDialect::initialize() {
  addInterfaces<LongListAliases>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "narrow/Dialect/Fxp/IR/FxpAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "narrow/Dialect/Fxp/IR/FxpOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "narrow/Dialect/Fxp/IR/FxpDynamicOps.cpp.inc"
      >();
}
