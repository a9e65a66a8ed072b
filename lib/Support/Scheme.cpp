//===- Scheme.cpp - names of the ways to quantise a layer -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Scheme.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringSwitch.h"

using namespace narrow;

std::optional<Scheme> narrow::parseScheme(StringRef name) {
  return llvm::StringSwitch<std::optional<Scheme>>(name)
      .Case("static", Scheme::Static)
      .Case("dynamic", Scheme::Dynamic)
      .Case("dynamic-row", Scheme::DynamicRow)
      .Case("weight-only", Scheme::WeightOnly)
      .Case("weight-f16", Scheme::WeightF16)
      .Case("weight-bf16", Scheme::WeightBF16)
      .Default(std::nullopt);
}

StringRef narrow::getName(Scheme scheme) {
  switch (scheme) {
  case Scheme::Static:
    return "static";
  case Scheme::Dynamic:
    return "dynamic";
  case Scheme::DynamicRow:
    return "dynamic-row";
  case Scheme::WeightOnly:
    return "weight-only";
  case Scheme::WeightF16:
    return "weight-f16";
  case Scheme::WeightBF16:
    return "weight-bf16";
  }
  llvm_unreachable("unknown scheme");
}

std::optional<Scheme> narrow::getSchemeOf(Operation *op) {
  auto name = op->getAttrOfType<mlir::StringAttr>(kSchemeAttr);
  return name ? parseScheme(name.getValue()) : std::nullopt;
}

bool narrow::needsNoRanges(ModuleOp module) {
  std::optional<Scheme> scheme = getSchemeOf(module);
  return scheme ? *scheme != Scheme::Static : module->hasAttr(kQuantizedAttr);
}
