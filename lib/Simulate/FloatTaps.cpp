//===- FloatTaps.cpp - values of the float model when it runs -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/FloatTaps.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/IRMapping.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;

void FloatTaps::add(Value value, Use use) {
  uses.emplace_back(value, std::move(use));
}

/// Returns the name that a value is observed under, or nothing.
static StringRef findObserver(Value value) {
  for (Operation *user : value.getUsers())
    if (auto observe = dyn_cast<fxp::ObserveOp>(user))
      return observe.getName();
  return {};
}

/// Returns the observed value of which `value` is a transpose or the same in
/// another shape, or itself, and adds the transposes between them; null if
/// there is none.
static Value findSource(Value value,
                        SmallVectorImpl<mlir::tosa::TransposeOp> &transposes) {
  while (findObserver(value).empty()) {
    Operation *maker = value.getDefiningOp();
    if (auto transpose = llvm::dyn_cast_or_null<mlir::tosa::TransposeOp>(maker))
      transposes.insert(transposes.begin(), transpose);
    else if (!llvm::isa_and_nonnull<mlir::tosa::ReshapeOp>(maker))
      return {};
    value = maker->getOperand(0);
  }
  return value;
}

/// Returns the elements of the result of `op`.
static std::vector<float> transpose(mlir::tosa::TransposeOp op,
                                    ArrayRef<float> values) {
  auto from = cast<RankedTensorType>(op.getInput1().getType()).getShape();
  auto to = cast<RankedTensorType>(op.getType()).getShape();
  SmallVector<int64_t> strides(from.size(), 1), steps;
  for (size_t axis = from.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * from[axis];
  for (int32_t axis : op.getPerms())
    steps.push_back(strides[axis]);
  std::vector<float> result(values.size());
  SmallVector<int64_t> index(to.size(), 0);
  int64_t at = 0;
  for (float &element : result) {
    element = values[at];
    for (size_t axis = to.size(); axis-- > 0;) {
      at += steps[axis];
      if (++index[axis] < to[axis])
        break;
      at -= to[axis] * steps[axis];
      index[axis] = 0;
    }
  }
  return result;
}

llvm::Error FloatTaps::prepare(GetExecutor getExecutor) {
  using Transposes = SmallVector<mlir::tosa::TransposeOp>;
  SmallVector<std::pair<Value, Transposes>> sources;
  if (getExecutor)
    for (const auto &[value, use] : uses) {
      Transposes transposes;
      if (Value source = findSource(value, transposes))
        sources.emplace_back(source, std::move(transposes));
    }
  if (getExecutor && sources.size() == uses.size()) {
    for (auto [source, pair] : llvm::zip_equal(sources, uses)) {
      byName[findObserver(source.first)].push_back(&pair.second);
      if (source.second.empty())
        continue;
      pair.second = [transposes = source.second,
                     inner = std::move(pair.second)](ArrayRef<float> values) {
        std::vector<float> moved;
        for (mlir::tosa::TransposeOp op : transposes) {
          moved = transpose(op, values);
          values = moved;
        }
        inner(values);
      };
    }
    return getExecutor().moveInto(executor);
  }
  // Observers of our own alone: the others' would only cost time.
  mlir::IRMapping mapping;
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>(original->clone(mapping)));
  SmallVector<Operation *> observers;
  copy->walk([&](fxp::ObserveOp observe) { observers.push_back(observe); });
  for (Operation *observe : observers)
    observe->erase();
  OpBuilder builder(original.getContext());
  for (const auto &[index, pair] : llvm::enumerate(uses)) {
    Value value = mapping.lookup(pair.first);
    std::string name = "tap." + std::to_string(index);
    builder.setInsertionPointAfterValue(value);
    fxp::ObserveOp::create(builder, value.getLoc(), value, name);
    byName[name].push_back(&pair.second);
  }
  if (llvm::Error error = FloatExecutor::create(*copy).moveInto(own))
    return error;
  executor = own.get();
  return llvm::Error::success();
}

llvm::Error FloatTaps::run(ArrayRef<HostTensor> sample) {
  return executor->run(sample, outputs,
                       [&](StringRef name, ArrayRef<float> values) {
                         auto found = byName.find(name);
                         if (found == byName.end())
                           return;
                         for (const Use *use : found->second)
                           (*use)(values);
                       });
}
