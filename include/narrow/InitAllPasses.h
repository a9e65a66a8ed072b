//===- InitAllPasses.h - registers every pass and pipeline -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_INITALLPASSES_H
#define NARROW_INITALLPASSES_H

#include "mlir/InitAllPasses.h"
#include "narrow/Codegen/Passes.h"
#include "narrow/Conversion/Passes.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/Dialect/Tile/Transforms/Passes.h"
#include "narrow/Frontend/Passes.h"
#include "narrow/Plan/Passes.h"
#include "narrow/Prepare/Passes.h"
#include "narrow/Prepare/Pipeline.h"
#include "narrow/Quantize/Passes.h"
#include "narrow/Quantize/Pipeline.h"

namespace narrow {

/// Registers Narrow's passes and pipelines alone; for plugins, whose host has
/// upstream's already.
inline void registerNarrowPasses() {
  codegen::registerCodegenPasses();
  registerConversionPasses();
  registerFrontendPasses();
  registerPlanPasses();
  registerPreparePasses();
  registerPreparePipeline();
  fxp::registerFxpTransformsPasses();
  quantize::registerQuantizePasses();
  tile::registerTileTransformsPasses();
  quantize::registerQuantizePipeline();
}

/// Registers Narrow's passes and pipelines, and upstream's passes.
inline void registerAllPasses() {
  mlir::registerAllPasses();
  registerNarrowPasses();
}

} // namespace narrow

#endif // NARROW_INITALLPASSES_H
