//===- Destinations.cpp - results become arguments ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "narrow/FloatCode/FloatCode.h"

using namespace narrow;

void floatcode::addDestinations(mlir::func::FuncOp entry) {
  Block &body = entry.getBody().front();
  Operation *terminator = body.getTerminator();
  OpBuilder b(terminator);
  unsigned inputs = entry.getNumArguments();
  for (unsigned i = 0; i < inputs; ++i)
    entry.setArgAttr(i, "bufferization.writable", b.getBoolAttr(false));
  for (Value result : terminator->getOperands()) {
    auto type = cast<RankedTensorType>(result.getType());
    Value destination = body.addArgument(
        mlir::MemRefType::get(type.getShape(), type.getElementType()),
        entry.getLoc());
    mlir::bufferization::MaterializeInDestinationOp::create(
        b, entry.getLoc(), Type(), result, destination, /*restrict=*/true,
        /*writable=*/true);
  }
  mlir::func::ReturnOp::create(b, terminator->getLoc());
  terminator->erase();

  SmallVector<Attribute> attributes;
  for (unsigned i = 0; i < inputs; ++i)
    attributes.push_back(entry.getArgAttrDict(i));
  attributes.resize(body.getNumArguments(), b.getDictionaryAttr({}));
  entry.removeResAttrsAttr();
  entry.setFunctionType(b.getFunctionType(body.getArgumentTypes(), {}));
  entry.setArgAttrsAttr(b.getArrayAttr(attributes));
}
