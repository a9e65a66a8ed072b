//===- Inspect.h - what a file holds ---------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_INSPECT_H
#define NARROW_DRIVER_INSPECT_H

#include "narrow/Driver/Model.h"
#include "llvm/Support/JSON.h"

namespace narrow {

/// Describes a file by its contents: a model (ONNX, or MLIR of any level), a
/// statistics file, arrays, or an artefact. The object has the key `kind`.
llvm::Expected<llvm::json::Object> inspectFile(const ModelOptions &options);

/// Prints such an object for people: scalars as lines, lists of objects as
/// tables.
void printInspection(const llvm::json::Object &object, raw_ostream &os);

} // namespace narrow

#endif // NARROW_DRIVER_INSPECT_H
