//===- NameValues.cpp - a name for every value ----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

namespace narrow::fxp {
#define GEN_PASS_DEF_FXPNAMEVALUES
#include "narrow/Dialect/Fxp/Transforms/Passes.h.inc"
} // namespace narrow::fxp

using namespace narrow;
using namespace narrow::fxp;

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->hasTrait<mlir::OpTrait::ConstantLike>();
}

/// Returns what `op` does to the value that its result is named after.
static StringRef getDeed(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case([](RequantizeOp) { return "requantised"; })
      .Case([](QuantizeOp) { return "quantised"; })
      .Case([](DequantizeOp) { return "dequantised"; })
      .Default(
          [](Operation *other) { return other->getName().stripDialect(); });
}

/// Returns what the constant is to the first op that reads it.
static StringRef getRole(Value constant) {
  if (constant.use_empty())
    return "constant";
  mlir::OpOperand &use = *constant.use_begin();
  if (!isa<Conv2DOp, TransposedConv2DOp, FullyConnectedOp, MatMulOp>(
          use.getOwner()))
    return "constant";
  return use.getOperandNumber() == 2 ? "bias" : "weights";
}

namespace {
struct FxpNameValuesPass : fxp::impl::FxpNameValuesBase<FxpNameValuesPass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<mlir::FunctionOpInterface>())
      if (!function.isExternal())
        nameValues(function);
  }

private:
  void nameValues(mlir::FunctionOpInterface function) {
    names.clear();
    SmallVector<Operation *> constants;
    Block &body = function.getFunctionBody().front();
    for (Operation &op : body)
      if (auto name = op.getAttrOfType<mlir::StringAttr>(kNameAttr))
        names.insert(name.getValue());
    // Makers come before what they make names from, but for constants, which
    // are named after what reads them.
    for (Operation &op : body) {
      if (op.getNumResults() != 1 || op.hasAttr(kNameAttr))
        continue;
      if (isConstant(op.getResult(0)))
        constants.push_back(&op);
      else
        name(&op, getNameOfOperand(&op), getDeed(&op));
    }
    for (Operation *op : constants) {
      Value value = op->getResult(0);
      name(op,
           value.use_empty() ? StringRef() : getOwnName(*value.user_begin()),
           getRole(value));
    }
  }

  static StringRef getOwnName(Operation *op) {
    auto name = op->getAttrOfType<mlir::StringAttr>(kNameAttr);
    return name ? name.getValue() : StringRef();
  }

  /// Returns the name of the first operand that has one, without what was done
  /// to it before.
  static StringRef getNameOfOperand(Operation *op) {
    for (Value operand : op->getOperands())
      if (StringRef name = findValueName(operand);
          !name.empty() && !isConstant(operand)) {
        Operation *maker = operand.getDefiningOp();
        if (maker && name.ends_with((":" + getDeed(maker)).str()))
          name = name.drop_back(getDeed(maker).size() + 1);
        return name;
      }
    return {};
  }

  void name(Operation *op, StringRef base, StringRef deed) {
    std::string name = base.empty() ? deed.str() : (base + ":" + deed).str();
    std::string unique = name;
    for (unsigned i = 1; !names.insert(unique).second; ++i)
      unique = (name + "_" + Twine(i)).str();
    op->setAttr(kNameAttr, mlir::StringAttr::get(op->getContext(), unique));
  }

  llvm::StringSet<> names;
};
} // namespace
