//===- Export.cpp - a model in fixed point for other tools ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Export.h"
#include "narrow/Driver/Session.h"
#include "narrow/Export/ExportOnnx.h"
#include "narrow/Support/MainFunction.h"

using namespace narrow;

llvm::Expected<std::vector<Message>>
narrow::exportModel(const ExportOptions &options, MLIRContext &context,
                    OutputFiles &files, ProgressCallback progress) {
  if (llvm::Error error = checkOutputPaths(
          {{"model", options.output}},
          {{"model", options.model.path},
           {"samples", options.calibration.samplesPath},
           {"statistics", options.calibration.statisticsPath}}))
    return std::move(error);
  Session session({.model = options.model,
                   .calibration = options.calibration,
                   .quantization = options.quantization},
                  context);
  llvm::Expected<const QuantizedModel *> quantized =
      session.getQuantized(progress);
  if (!quantized)
    return quantized.takeError();
  DiagnosticCollector diagnostics(context);
  FailureOr<std::string> model =
      exportOnnx(getMainFunction(*(*quantized)->module), options.opset);
  if (failed(model))
    return diagnostics.takeError(options.model.path);
  if (llvm::Error error = session.addStatistics(files))
    return std::move(error);
  if (llvm::Error error = files.add(options.output, *model))
    return std::move(error);
  return session.getMessages().vec();
}
