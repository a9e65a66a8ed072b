//===- StoredWeights.cpp - constants of layers as stored ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/StoredWeights.h"
#include "mlir/IR/Builders.h"
#include "narrow/Support/Names.h"

using namespace narrow;
using mlir::DenseF32ArrayAttr;
using mlir::DenseI32ArrayAttr;
using mlir::DictionaryAttr;

static constexpr llvm::StringLiteral kScales = "scales", kBiases = "biases",
                                     kStoredBiases = "stored_biases",
                                     kType = "type", kCasts = "casts";

void narrow::noteStoredWeights(ModuleOp module, StringRef node,
                               const StoredWeights &weights) {
  mlir::Builder builder(module.getContext());
  mlir::NamedAttrList note;
  note.set(kScales, builder.getDenseF32ArrayAttr(weights.scales));
  note.set(kType, mlir::TypeAttr::get(weights.type));
  if (!weights.biases.empty())
    note.set(kBiases, builder.getDenseF32ArrayAttr(weights.biases));
  if (!weights.storedBiases.empty())
    note.set(kStoredBiases, builder.getDenseI32ArrayAttr(weights.storedBiases));
  if (weights.hasCasts)
    note.set(kCasts, builder.getUnitAttr());
  mlir::NamedAttrList notes(
      module->getAttrOfType<DictionaryAttr>(kStoredWeightsAttr));
  notes.set(node, note.getDictionary(module.getContext()));
  module->setAttr(kStoredWeightsAttr, notes.getDictionary(module.getContext()));
}

std::optional<StoredWeights> narrow::findStoredWeights(Operation *op) {
  auto module = op->getParentOfType<ModuleOp>();
  auto notes = module
                   ? module->getAttrOfType<DictionaryAttr>(kStoredWeightsAttr)
                   : DictionaryAttr();
  auto note = notes ? notes.getAs<DictionaryAttr>(findNodeName(op->getLoc()))
                    : DictionaryAttr();
  if (!note)
    return std::nullopt;
  auto scales = note.getAs<DenseF32ArrayAttr>(kScales);
  auto type = note.getAs<mlir::TypeAttr>(kType);
  if (!scales || scales.empty() || !type)
    return std::nullopt;
  StoredWeights weights;
  weights.scales = scales;
  weights.type = type.getValue();
  if (auto biases = note.getAs<DenseF32ArrayAttr>(kBiases))
    weights.biases = biases;
  if (auto biases = note.getAs<DenseI32ArrayAttr>(kStoredBiases))
    weights.storedBiases = biases;
  weights.hasCasts = note.contains(kCasts);
  return weights;
}
