//===- ExportTosa.h - fixed point as integer TOSA ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_EXPORT_EXPORTTOSA_H
#define NARROW_EXPORT_EXPORTTOSA_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Support/LLVM.h"
#include <string>

namespace narrow {

/// Writes a function in fixed point as a module of TOSA on plain integers, with
/// `tosa.rescale` for requantisations: equal to the bit for q31 and pow2 and
/// what has no requantisation, with one rounding for q15 (a remark says so).
/// Locations hold the names of nodes. Returns the module's text; fails with a
/// diagnostic at what has no form there.
FailureOr<std::string> exportTosa(mlir::func::FuncOp function);

} // namespace narrow

#endif // NARROW_EXPORT_EXPORTTOSA_H
