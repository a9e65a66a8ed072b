//===- Export.cpp - a model in fixed point for other tools ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Export.h"
#include "narrow/Driver/Session.h"
#include "narrow/Export/ExportC.h"
#include "narrow/Export/ExportOnnx.h"
#include "narrow/Export/ExportTflite.h"
#include "narrow/Export/ExportTosa.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/Support/Path.h"

using namespace narrow;

std::optional<ExportFormat> narrow::getExportFormat(StringRef path) {
  if (path.ends_with(".onnx"))
    return ExportFormat::Onnx;
  if (path.ends_with(".tflite"))
    return ExportFormat::Tflite;
  if (path.ends_with(".h"))
    return ExportFormat::C;
  if (path.ends_with(".mlir"))
    return ExportFormat::Tosa;
  return std::nullopt;
}

static FailureOr<std::string> write(mlir::func::FuncOp function,
                                    const ExportOptions &options) {
  switch (*getExportFormat(options.output)) {
  case ExportFormat::Onnx:
    return exportOnnx(function, options.opset);
  case ExportFormat::Tflite:
    return exportTflite(function);
  case ExportFormat::C:
    return exportC(function, llvm::sys::path::stem(options.output),
                   options.isPacked);
  case ExportFormat::Tosa:
    return exportTosa(function);
  }
  llvm_unreachable("unknown format");
}

llvm::Expected<std::vector<Message>>
narrow::exportModel(const ExportOptions &options, MLIRContext &context,
                    OutputFiles &files, ProgressCallback progress) {
  if (llvm::Error error = checkOutputPaths(
          {{"model", options.output}},
          {{"model", options.model.path},
           {"samples", options.calibration.samplesPath},
           {"statistics", options.calibration.statisticsPath}}))
    return std::move(error);
  QuantizationOptions quantization = options.quantization;
  // Inputs there have one scale and zero point.
  ExportFormat format = *getExportFormat(options.output);
  quantization.alignsInputs &=
      format != ExportFormat::Tflite && format != ExportFormat::Tosa;
  Session session({.model = options.model,
                   .calibration = options.calibration,
                   .quantization = quantization},
                  context);
  llvm::Expected<const QuantizedModel *> quantized =
      session.getQuantized(progress);
  if (!quantized)
    return quantized.takeError();
  DiagnosticCollector diagnostics(context);
  FailureOr<std::string> model =
      write(getMainFunction(*(*quantized)->module), options);
  if (failed(model))
    return diagnostics.takeError(options.model.path);
  if (llvm::Error error = session.addStatistics(files))
    return std::move(error);
  if (llvm::Error error = files.add(options.output, *model))
    return std::move(error);
  std::vector<Message> messages = session.getMessages().vec();
  llvm::append_range(messages, diagnostics.getMessages());
  return messages;
}
