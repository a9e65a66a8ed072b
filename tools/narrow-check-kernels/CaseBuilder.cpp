//===- CaseBuilder.cpp - one function of drawn operations -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseBuilder.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;

CaseBuilder::CaseBuilder(MLIRContext *context, StringRef name,
                         ArrayRef<uint64_t> seed)
    : draw(seed), loc(mlir::NameLoc::get(mlir::StringAttr::get(context, name))),
      module(ModuleOp::create(loc)), builder(context) {
  builder.setInsertionPointToEnd(module->getBody());
  function = mlir::func::FuncOp::create(builder, loc, name,
                                        builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
}

Value CaseBuilder::argument(ArrayRef<int64_t> shape, Type element) {
  return function.getBody().front().addArgument(
      RankedTensorType::get(shape, element), loc);
}

Value CaseBuilder::constant(RankedTensorType type, ArrayRef<int64_t> values) {
  Type storage = type.getElementType();
  if (fxp::QuantView view(type); view)
    storage = builder.getIntegerType(view.getContainerBits());
  return fxp::ConstantOp::create(builder, loc, type,
                                 makeConstant(type.clone(storage), values));
}

Value CaseBuilder::drawnConstant(RankedTensorType type) {
  fxp::IntegerRange range = fxp::QuantView(type).getStorageRange();
  SmallVector<int64_t> values(type.getNumElements());
  for (int64_t &value : values)
    value = draw.atRim(range);
  return constant(type, values);
}

OwningOpRef<ModuleOp> CaseBuilder::finish() {
  mlir::func::ReturnOp::create(builder, loc, results);
  function.setFunctionType(
      builder.getFunctionType(function.getBody().front().getArgumentTypes(),
                              ValueRange(results).getTypes()));
  return std::move(module);
}

ArrayRef<int64_t> narrow::shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

RankedTensorType narrow::withShape(Value value, ArrayRef<int64_t> shape) {
  return cast<RankedTensorType>(value.getType()).clone(shape);
}
