//===- Given.h - requantisations that no scales stand for -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_GIVEN_H
#define NARROW_LIB_EXPORT_GIVEN_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::exporting {

/// Whether an operation's multipliers are a model's own (N28): its types have
/// no scales from which another tool could make them.
inline bool hasGivenRequant(Operation *op) {
  return llvm::any_of(op->getAttrs(), [](NamedAttribute attribute) {
    auto requant = dyn_cast<fxp::RequantAttr>(attribute.getValue());
    return requant && requant.getGiven();
  });
}

} // namespace narrow::exporting

#endif // NARROW_LIB_EXPORT_GIVEN_H
