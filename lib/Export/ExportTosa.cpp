//===- ExportTosa.cpp - fixed point as integer TOSA -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Export/ExportTosa.h"
#include "Tosa/TosaWriter.h"
#include "mlir/IR/Verifier.h"
#include "narrow/Support/Names.h"

using namespace narrow;
using namespace narrow::exporting;

/// A location with the name that an argument or a result has.
static Location getNamed(Attribute name, mlir::MLIRContext *context) {
  if (auto string = dyn_cast_or_null<mlir::StringAttr>(name))
    return mlir::NameLoc::get(string);
  return mlir::UnknownLoc::get(context);
}

FailureOr<std::string> narrow::exportTosa(mlir::func::FuncOp function) {
  mlir::MLIRContext *context = function.getContext();
  context->loadDialect<mlir::tosa::TosaDialect>();
  OpBuilder builder(context);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(builder, builder.getUnknownLoc());
  builder.setInsertionPointToEnd(module->getBody());
  TosaWriter writer(builder);
  Block &body = function.getBody().front();
  Operation *end = body.getTerminator();
  auto getTypes = [&](mlir::ValueRange values, SmallVector<Type> &types) {
    for (Value value : values) {
      FailureOr<RankedTensorType> type = writer.getTensorType(function, value);
      if (failed(type))
        return failure();
      types.push_back(*type);
    }
    return success();
  };
  SmallVector<Type> inputs, outputs;
  if (failed(getTypes(body.getArguments(), inputs)) ||
      failed(getTypes(end->getOperands(), outputs)))
    return failure();
  auto made =
      mlir::func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                 builder.getFunctionType(inputs, outputs));
  Block *block = made.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  for (auto [index, argument] : llvm::enumerate(body.getArguments())) {
    Value tensor = block->getArgument(index);
    tensor.setLoc(getNamed(function.getArgAttr(index, kNameAttr), context));
    writer.setTensor(argument, tensor);
  }
  for (Operation &op : body.without_terminator())
    if (failed(writer.write(&op)))
      return failure();
  SmallVector<Value> results;
  for (Value value : end->getOperands())
    results.push_back(writer.getTensor(value));
  mlir::func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  if (failed(mlir::verify(*module)))
    return failure();
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, mlir::OpPrintingFlags().enableDebugInfo());
  os << '\n';
  return text;
}
