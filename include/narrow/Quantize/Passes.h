//===- Passes.h - from float to fixed point --------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_QUANTIZE_PASSES_H
#define NARROW_QUANTIZE_PASSES_H

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Pass/Pass.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Quantize/QuantizeReport.h"
#include <memory>

namespace narrow::quantize {

/// The types of a compiled function's arguments and results.
enum class Interface { Float, Quantized };

#define GEN_PASS_DECL
#include "narrow/Quantize/Passes.h.inc"

/// Returns the pass `quantize`, which also adds what it decided to `report`
/// (may be null).
std::unique_ptr<mlir::Pass>
createQuantizePass(const QuantizeOptions &options,
                   std::shared_ptr<QuantizeReport> report);

#define GEN_PASS_REGISTRATION
#include "narrow/Quantize/Passes.h.inc"

} // namespace narrow::quantize

#endif // NARROW_QUANTIZE_PASSES_H
