//===- ImportModel.h - ONNX and MLIR files as float modules -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiler's entry: an ONNX protobuf file, or a module in MLIR's text on
// TOSA or linalg, becomes one `func.func @main` on static shapes.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FRONTEND_IMPORTMODEL_H
#define NARROW_FRONTEND_IMPORTMODEL_H

#include "narrow/Support/LLVM.h"

#include "llvm/ADT/StringMap.h"

#include <optional>

namespace narrow {

struct ImportOptions {
  /// Fixes the first dimension of every input that leaves it open (symbolic or
  /// negative). Without it, an open first dimension is 1, and a remark says so.
  std::optional<int64_t> batch;
  /// Fixes the open dimensions of an input, by its ONNX name: one entry for
  /// each axis.
  llvm::StringMap<SmallVector<int64_t>> shapes;
  /// Names of tensors at which the network begins and ends, in place of its own
  /// inputs and outputs; empty where these remain.
  SmallVector<std::string> inputs, outputs;
  /// Inputs and outputs of stored integers are their reals, marked with their
  /// type (`narrow.stored`).
  bool storedInterface = false;
};

/// Imports an ONNX file (opset 6 to 28; weights inside it or in external files
/// beside it) as a module with one `func.func @main`. Files that end in
/// `.onnx.txt` or `.textproto` hold the same message as protobuf text, for
/// tests and debugging.
///
/// The result uses `tosa` on f32, i32, i64 and i1 and the `nn` dialect's float
/// ops. Values keep ONNX's axis order (NCHW); image ops stand between
/// transposes to and from NHWC. Narrow integers are held in i32, unsigned 32-
/// and 64-bit ones in i64, every float type in f32 (QuantizeLinear divides in
/// f64). Every op has the ONNX node's
/// name as location; arguments, results, and the op that makes a named ONNX
/// tensor carry that name in `narrow.name`.
///
/// Errors are diagnostics, and all unsupported operators come in one; the
/// result is then null.
OwningOpRef<ModuleOp> importOnnx(StringRef path, MLIRContext &context,
                                 const ImportOptions &options = {});

/// Parses a file of MLIR's text, of any level; brackets that nest so deep that
/// the parser would run out of stack are an error.
OwningOpRef<ModuleOp> parseModule(StringRef path, MLIRContext &context);

/// Whether a module is in fixed point already: it has operations of `fxp`,
/// other than observers.
bool isFixedPoint(ModuleOp module);

/// Whether a file is a module of MLIR by its ending, `.mlir` or `.mlirbc`.
bool isModuleFile(StringRef path);

/// Imports a model file by its ending: `.mlir` and `.mlirbc` are modules, in
/// text or bytecode, whose function `main` (or only function) is on f32 or
/// integer tensors of static shape, or in fixed point, anything else is ONNX.
/// `linalg` is raised (`importLinalg`), f64 inside is computed in f32 (remark
/// `[f64-as-f32]`).
/// Arguments and results without `narrow.name` get `input0`, `output0`, ….
OwningOpRef<ModuleOp> importModel(StringRef path, MLIRContext &context,
                                  const ImportOptions &options = {});

} // namespace narrow

#endif // NARROW_FRONTEND_IMPORTMODEL_H
