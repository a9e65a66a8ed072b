//===- WideFloats.h - f64 of imported modules as f32 ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_WIDEFLOATS_H
#define NARROW_LIB_FRONTEND_WIDEFLOATS_H

#include "narrow/Support/LLVM.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace narrow::frontend {

/// Says once that a model computes with f64 at this place, which is done in
/// f32.
void remarkWideFloats(Location loc);

/// Has TOSA on f64 computed in f32, and says `remark` at the first of it, where
/// there is any. Frontends compute statistics so; arguments and results are of
/// other types.
void narrowWideFloats(mlir::func::FuncOp function,
                      llvm::function_ref<void(Location)> remark);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_WIDEFLOATS_H
