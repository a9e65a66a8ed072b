//===- Scheme.cpp - when a layer's input gets its scale -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/Scheme.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"

using namespace narrow;

nn::DynamicFakeQuantizeOp
narrow::findDynamicInput(Operation *layer,
                         SmallVectorImpl<Operation *> *moves) {
  Operation *maker = layer->getOperand(0).getDefiningOp();
  bool isMoved = false;
  while (llvm::isa_and_nonnull<mlir::tosa::ReshapeOp, mlir::tosa::TransposeOp>(
      maker)) {
    if (moves)
      moves->push_back(maker);
    isMoved = true;
    maker = maker->getOperand(0).getDefiningOp();
  }
  auto dynamic = llvm::dyn_cast_or_null<nn::DynamicFakeQuantizeOp>(maker);
  // Rows may be others behind a movement.
  return dynamic && !(isMoved && dynamic.getPerRow())
             ? dynamic
             : nn::DynamicFakeQuantizeOp();
}

std::optional<Scheme> narrow::findScheme(Operation *layer) {
  if (!isa<nn::Conv2DOp, nn::LinearOp>(layer))
    return std::nullopt;
  if (std::optional<Scheme> own = getSchemeOf(layer))
    return own;
  std::optional<Scheme> all;
  if (auto module = layer->getParentOfType<ModuleOp>())
    all = getSchemeOf(module);
  nn::DynamicFakeQuantizeOp dynamic = findDynamicInput(layer);
  if (dynamic && all != Scheme::Static)
    return dynamic.getPerRow() ? Scheme::DynamicRow : Scheme::Dynamic;
  // Rows of different scales cannot be joined by a window.
  if (all == Scheme::DynamicRow && isa<nn::Conv2DOp>(layer))
    return Scheme::Dynamic;
  return all;
}

std::string narrow::findObstacle(Operation *layer, Scheme scheme) {
  if (scheme == Scheme::Static || isa<nn::LinearOp>(layer))
    return {};
  if (!isa<nn::Conv2DOp>(layer))
    return ("expected scheme=static of " + layer->getName().stripDialect() +
            ", found " + getName(scheme))
        .str();
  return scheme == Scheme::DynamicRow
             ? "expected scheme=static or dynamic of a convolution, whose "
               "windows join rows, found dynamic-row"
             : std::string();
}
