//===- Export.h - a model in fixed point for other tools -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_EXPORT_H
#define NARROW_DRIVER_EXPORT_H

#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Support/OutputFile.h"

namespace narrow {

/// What a model can be written as.
enum class ExportFormat { Onnx, Tflite, C, Tosa };

/// Returns the format that a file of this name has, or nothing.
std::optional<ExportFormat> getExportFormat(StringRef path);

struct ExportOptions {
  ModelOptions model;
  CalibrationOptions calibration;
  QuantizationOptions quantization;
  /// Of ONNX, 0 for the least that serves; see `exportOnnx`.
  int64_t opset = 0;
  /// Of C, whether weights lie in their storage codes.
  bool isPacked = false;
  /// A file whose ending names a format.
  std::string output;
};

/// Quantises a model as `compileModel` does, and adds it to `files`.
/// Returns what was said on the way.
llvm::Expected<std::vector<Message>> exportModel(const ExportOptions &options,
                                                 MLIRContext &context,
                                                 OutputFiles &files,
                                                 ProgressCallback progress);

} // namespace narrow

#endif // NARROW_DRIVER_EXPORT_H
