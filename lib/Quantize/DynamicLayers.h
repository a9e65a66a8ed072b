//===- DynamicLayers.h - layers with a scale of each run -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_QUANTIZE_DYNAMICLAYERS_H
#define NARROW_LIB_QUANTIZE_DYNAMICLAYERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Analysis/KeepFloat.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Quantize/Passes.h"

namespace narrow::quantize {

/// On a float layer, why it stays one: a sentence, as remarks have it.
inline constexpr llvm::StringLiteral kRefusalAttr = "narrow.refusal";

/// Makes integers of the layers whose inputs get a scale in each run, with
/// floats as results, and packs the weights of those of which the weights alone
/// are integers. Layers with planned types read what would have been given a
/// scale. What stays in float says why.
void convertDynamicLayers(mlir::func::FuncOp func,
                          const QuantizeOptions &options,
                          const KeepFloat &keepFloat, QuantizeReport &report);

/// Returns the type of the exact sums of a layer, of 32 bits, with the scale of
/// each output channel, where `result` is the layer's in f32.
RankedTensorType getSumType(RankedTensorType result, ArrayRef<double> scales);

/// Returns the requantisation that leaves sums as they are.
fxp::RequantAttr getSumRequant(MLIRContext *context);

} // namespace narrow::quantize

#endif // NARROW_LIB_QUANTIZE_DYNAMICLAYERS_H
