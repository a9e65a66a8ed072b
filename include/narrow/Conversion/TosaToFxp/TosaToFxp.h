//===- TosaToFxp.h - integer TOSA to fixed point ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CONVERSION_TOSATOFXP_TOSATOFXP_H
#define NARROW_CONVERSION_TOSATOFXP_TOSATOFXP_H

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Pass/Pass.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow {

#define GEN_PASS_DECL_CONVERTTOSATOFXP
#include "narrow/Conversion/Passes.h.inc"

/// Whether a module computes on stored integers by TOSA: it has a `rescale`, a
/// convolution, product or pool of i8 or i16, or such integers and no floats.
bool isIntegerTosa(ModuleOp module);

} // namespace narrow

#endif // NARROW_CONVERSION_TOSATOFXP_TOSATOFXP_H
