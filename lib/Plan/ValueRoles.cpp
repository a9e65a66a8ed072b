//===- ValueRoles.cpp - what values are to the network --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ValueRoles.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Plan/Parts.h"
#include "narrow/Support/Names.h"
#include <cmath>

using namespace narrow;

/// Returns the op that makes what clamps, products and bounds make `op` of.
static Operation *skipTail(Operation *op) {
  while (
      llvm::isa_and_nonnull<mlir::tosa::ClampOp, mlir::tosa::MulOp,
                            mlir::tosa::MaximumOp, mlir::tosa::MinimumOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return op;
}

bool plan::isWide(ArrayRef<Value> members, const KeepFloat &keepFloat) {
  bool leaves = false, isSum = false, isScores = true;
  for (Value member : members) {
    Operation *op = member.getDefiningOp();
    if (!op)
      return false;
    SmallVector<Value> moved = getMovedOperands(op);
    // A clamp's value comes from a contraction if it is in its tail.
    Operation *maker = moved.empty() ? skipTail(op) : op;
    if (!maker || (moved.empty() && !isContraction(maker) &&
                   !isa<nn::LogSoftmaxOp, mlir::tosa::AddOp>(maker)))
      return false;
    isSum |= isa<mlir::tosa::AddOp>(maker);
    if (maker != op &&
        getTail(maker, takesFactor(maker), keepFloat).result != member)
      return false;
    for (Operation *reader : getReaders(member)) {
      bool isMoved = !getMovedOperands(reader).empty();
      isScores &= (isMoved && !reader->hasAttr(kPartsAttribute)) ||
                  isa<nn::SoftmaxOp, nn::LogSoftmaxOp>(reader);
      if (isa<mlir::func::ReturnOp>(reader) ||
          isa<nn::SoftmaxOp, nn::LogSoftmaxOp, mlir::tosa::ArgMaxOp>(reader) ||
          reader->hasAttr(kPartsAttribute))
        leaves = true;
      else if (!isMoved || isa<nn::ResizeOp, nn::MaxPool2DOp>(reader))
        return false;
    }
  }
  return leaves && (!isSum || isScores);
}

/// Returns the contraction that makes `value`, or the product of two
/// activations that it is a constant multiple of.
static Operation *getContraction(Value value) {
  Operation *maker = value.getDefiningOp();
  if (auto mul = llvm::dyn_cast_or_null<mlir::tosa::MulOp>(maker))
    return mul.getInput1().getDefiningOp<nn::MatMulOp>();
  return maker;
}

bool plan::isResidual(ArrayRef<Value> members, const KeepFloat &keepFloat) {
  if (members.size() != 1)
    return false;
  Operation *maker = getContraction(members.front());
  if (!isContraction(maker) ||
      getTail(maker, true, keepFloat).result != members.front())
    return false;
  SmallVector<Operation *> readers = getReaders(members.front());
  return !readers.empty() && llvm::all_of(readers, [&](Operation *reader) {
    return isa<mlir::tosa::AddOp>(reader) && !keepFloat.contains(reader);
  });
}

/// Whether `op` moves whole elements.
static bool movesElements(Operation *op) {
  Movement movement = getMovement(op);
  return movement == Movement::Picks || movement == Movement::Pads;
}

/// Whether `value` is moved, a sum, or the result of a contraction.
static bool mayBeInStream(Value value, const KeepFloat &keepFloat) {
  Operation *op = value.getDefiningOp();
  if (!op || movesElements(op))
    return op;
  Operation *maker = skipTail(op);
  if (!isContraction(maker) && !llvm::isa_and_nonnull<mlir::tosa::AddOp>(maker))
    return false;
  return maker == op ||
         getTail(maker, takesFactor(maker), keepFloat).result == value;
}

static bool isObserved(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    return isa<fxp::ObserveOp>(user);
  });
}

bool plan::isStream(ArrayRef<Value> members, const KeepFloat &keepFloat) {
  bool isAdded = false;
  for (Value member : members) {
    if (!mayBeInStream(member, keepFloat))
      return false;
    for (Operation *reader : getReaders(member)) {
      if (isa<mlir::tosa::AddOp>(reader) && !keepFloat.contains(reader))
        isAdded = true;
      else if (hasWeights(reader)
                   ? !isObserved(member)
                   : !movesElements(reader) &&
                         !isa<mlir::tosa::ReduceSumOp, nn::AvgPool2DOp,
                              mlir::func::ReturnOp>(reader))
        return false;
    }
  }
  return isAdded && doLayersRead(members);
}

bool plan::doLayersRead(ArrayRef<Value> members) {
  return llvm::any_of(members, [](Value member) {
    return llvm::any_of(getReaders(member), [&](Operation *reader) {
      return hasWeights(reader) && reader->getOperand(0) == member;
    });
  });
}

bool plan::areNormalized(ArrayRef<Value> members) {
  bool isNormalized = false;
  for (Value member : members) {
    if (!member.getDefiningOp())
      return false;
    for (Operation *reader : getReaders(member)) {
      if (isa<nn::LayerNormOp, nn::RmsNormOp, nn::InstanceNormOp>(reader))
        isNormalized = true;
      else if (Movement movement = getMovement(reader);
               !isa<mlir::tosa::AddOp>(reader) &&
               (movement == Movement::None || movement == Movement::Blends))
        return false;
    }
  }
  return isNormalized;
}

/// Returns whether `value` is an argument that comes from the step before.
static bool isState(Value value) {
  auto argument = dyn_cast<mlir::BlockArgument>(value);
  auto func =
      argument
          ? dyn_cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp())
          : nullptr;
  return func && func.getArgAttr(argument.getArgNumber(), kStateAttr);
}

bool plan::areRecurrent(ArrayRef<Value> members) {
  bool isRead = false, isMade = false, isMadeAlone = true;
  for (Value member : members) {
    Operation *op = member.getDefiningOp();
    isMade |= isWideState(member);
    isMadeAlone &= isState(member) || isWideState(member) ||
                   (op && !getMovedOperands(op).empty());
    for (Operation *reader : getReaders(member)) {
      if (readsWide(reader, member))
        isRead = true;
      else if (!isa<mlir::func::ReturnOp, nn::LstmOp>(reader) &&
               (getMovedOperands(reader).empty() ||
                isa<nn::ResizeOp, nn::MaxPool2DOp>(reader)))
        return false;
    }
  }
  return isRead || (isMade && isMadeAlone);
}

bool plan::makesIntegers(Operation *op) {
  if (auto cast = llvm::dyn_cast_or_null<mlir::tosa::CastOp>(op))
    return !isFloatTensor(cast.getInput().getType());
  if (auto pad = llvm::dyn_cast_or_null<mlir::tosa::PadOp>(op)) {
    std::optional<double> value = getSplat(pad.getPadConst());
    return value && *value == std::trunc(*value);
  }
  return getMovement(op) == Movement::Picks &&
         llvm::none_of(getMovedOperands(op),
                       [](Value value) { return getConstant(value); });
}

bool plan::becomeIntegers(ArrayRef<Value> members) {
  bool isCast = false;
  for (Value member : members)
    for (Operation *reader : getReaders(member)) {
      if (isa<mlir::tosa::CastOp>(reader))
        isCast = true;
      else if (Movement movement = getMovement(reader);
               movement != Movement::Picks && movement != Movement::Pads)
        return false;
    }
  return isCast;
}

bool plan::isRoundedTo16Bits(Value value) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    if (auto rounded = dyn_cast<nn::FakeQuantizeOp>(user))
      return rounded.getStoredType().getStorageTypeIntegralWidth() == 16;
    return llvm::is_contained(getMovedOperands(user), value) &&
           isRoundedTo16Bits(user->getResult(0));
  });
}

/// Whether a value's type, planned or given, has more than 8 bits.
static bool isStoredWide(Value value) {
  if (auto rounded = value.getDefiningOp<nn::FakeQuantizeOp>())
    return rounded.getStoredType().getStorageTypeIntegralWidth() > 8;
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    auto observe = dyn_cast<fxp::ObserveOp>(user);
    auto type = dyn_cast_or_null<mlir::quant::UniformQuantizedType>(
        observe ? observe.getType().value_or(Type()) : Type());
    return type && type.getStorageTypeIntegralWidth() > 8;
  });
}

bool plan::isAmongWide(Value constant) {
  return llvm::all_of(constant.getUsers(), [&](Operation *user) {
    if (!isa<mlir::tosa::AddOp, mlir::tosa::SubOp, mlir::tosa::MulOp,
             mlir::tosa::MaximumOp, mlir::tosa::MinimumOp>(user))
      return false;
    Value other = user->getOperand(user->getOperand(0) == constant ? 1 : 0);
    return isStoredWide(other) && isStoredWide(user->getResult(0));
  });
}
