//===- InsertObservers.cpp - mark the values whose range matters ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Prepare/Passes.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/StoredInterface.h"
#include "llvm/ADT/StringSet.h"

namespace narrow {
#define GEN_PASS_DEF_INSERTOBSERVERS
#include "narrow/Prepare/Passes.h.inc"
} // namespace narrow

using namespace narrow;
namespace tosa = mlir::tosa;

/// Returns whether the op's first operand is a constant, as a table is that
/// computed indices read: it has no observer of its own.
static bool movesConstant(Operation *op) {
  Operation *moved =
      op->getNumOperands() ? op->getOperand(0).getDefiningOp() : nullptr;
  return moved && moved->hasTrait<mlir::OpTrait::ConstantLike>();
}

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getElementType().isF32();
}

static bool isReturned(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    return isa<mlir::func::ReturnOp>(user);
  });
}

/// Returns whether the value is wanted at its own scale somewhere. `value` is
/// the result of an op.
static bool rangeMatters(Value value) {
  Operation *op = value.getDefiningOp();
  // Its range is found by each run.
  if (op->hasTrait<mlir::OpTrait::ConstantLike>() ||
      isa<nn::DynamicFakeQuantizeOp>(op))
    return false;
  if (isReturned(value))
    return true;
  if (keepsRange(op) && !movesConstant(op))
    return false;
  return !(takesClamp(op) && value.hasOneUse() &&
           isa<tosa::ClampOp>(*value.user_begin()));
}

/// Returns the type in which the model wants `value`, null for none: that of a
/// fake quantisation, and of what is read by nothing else. Types of softmax
/// results are not free.
static Type getGivenType(Value value) {
  Operation *maker = value.getDefiningOp();
  if (auto fake = llvm::dyn_cast_or_null<nn::FakeQuantizeOp>(maker))
    return fake.getStored();
  if (auto argument = dyn_cast<mlir::BlockArgument>(value))
    if (auto func =
            dyn_cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp()))
      if (auto stored = func.getArgAttrOfType<mlir::TypeAttr>(
              argument.getArgNumber(), kStoredAttr))
        return stored.getValue();
  Type given;
  if (llvm::isa_and_nonnull<nn::SoftmaxOp>(maker))
    return given;
  for (Operation *user : value.getUsers()) {
    auto fake = dyn_cast<nn::FakeQuantizeOp>(user);
    if (!fake || (given && fake.getStored() != given))
      return {};
    given = fake.getStored();
  }
  return given;
}

namespace {

struct InsertObservers : narrow::impl::InsertObserversBase<InsertObservers> {
  using Base::Base;

  void runOnOperation() override {
    names.clear();
    getOperation().walk([&](fxp::ObserveOp op) { names.insert(op.getName()); });
    for (auto func : getOperation().getOps<mlir::func::FuncOp>())
      for (Block &block : func.getBody())
        observe(func, block);
  }

private:
  void observe(mlir::func::FuncOp func, Block &block) {
    OpBuilder builder(&getContext());
    builder.setInsertionPointToStart(&block);
    for (auto argument : block.getArguments()) {
      std::string name = "arg" + std::to_string(argument.getArgNumber());
      if (auto attr = func.getArgAttrOfType<mlir::StringAttr>(
              argument.getArgNumber(), kNameAttr))
        name = attr.str();
      if (isFloatTensor(argument))
        addObserver(builder, argument, name);
    }
    for (Operation &op : llvm::make_early_inc_range(block)) {
      builder.setInsertionPointAfter(&op);
      for (Value result : op.getResults())
        if (isFloatTensor(result) &&
            (getGivenType(result) || rangeMatters(result)))
          addObserver(builder, result, getName(func, result));
    }
  }

  /// Returns the ONNX name of an op's result as the importer wrote it on the op
  /// or on the function's result, or one made of its node's and the op's.
  static std::string getName(mlir::func::FuncOp func, Value result) {
    for (mlir::OpOperand &use : result.getUses())
      if (isa<mlir::func::ReturnOp>(use.getOwner()))
        if (auto attr = func.getResultAttrOfType<mlir::StringAttr>(
                use.getOperandNumber(), kNameAttr))
          return attr.str();
    Operation *op = result.getDefiningOp();
    if (auto attr = op->getAttrOfType<mlir::StringAttr>(kNameAttr))
      return attr.str();
    // No tensor of the model: a step on the way to one of this node.
    StringRef mnemonic = op->getName().stripDialect(),
              node = findNodeName(op->getLoc());
    return node.empty() ? mnemonic.str() : (node + ":" + mnemonic).str();
  }

  void addObserver(OpBuilder &builder, Value value, StringRef name) {
    if (llvm::any_of(value.getUsers(),
                     [](Operation *op) { return isa<fxp::ObserveOp>(op); }))
      return;
    std::string unique = name.str();
    for (unsigned i = 1; !names.insert(unique).second; ++i)
      unique = (name + "_" + Twine(i)).str();
    // Whatever takes the op's place later makes a value of that name.
    if (Operation *maker = value.getDefiningOp();
        maker && maker->getNumResults() == 1)
      maker->setAttr(kNameAttr, builder.getStringAttr(unique));
    Type given = getGivenType(value);
    auto observe =
        fxp::ObserveOp::create(builder, value.getLoc(), value, unique);
    if (given)
      observe.setTypeAttr(mlir::TypeAttr::get(given));
  }

  llvm::StringSet<> names;
};

} // namespace
