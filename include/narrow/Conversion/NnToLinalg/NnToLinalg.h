//===- NnToLinalg.h - decompose whole float operations ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CONVERSION_NNTOLINALG_NNTOLINALG_H
#define NARROW_CONVERSION_NNTOLINALG_NNTOLINALG_H

#include "mlir/Pass/Pass.h"
#include "narrow/Support/LLVM.h"
#include <memory>

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace narrow {

#define GEN_PASS_DECL_CONVERTNNTOLINALG
#include "narrow/Conversion/Passes.h.inc"

/// Adds the patterns that decompose every `nn` op.
void populateNnToLinalgPatterns(mlir::RewritePatternSet &patterns);

} // namespace narrow

#endif // NARROW_CONVERSION_NNTOLINALG_NNTOLINALG_H
