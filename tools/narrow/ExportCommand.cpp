//===- ExportCommand.cpp - narrow export ----------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelFlags.h"
#include "QuantizationFlags.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/Export.h"
#include "narrow/Support/Error.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("export", "Write a model in fixed point for "
                                        "other tools: as ONNX with "
                                        "QuantizeLinear and DequantizeLinear, "
                                        "as TFLite, as arrays in C, or as "
                                        "integer TOSA");
static ModelFlags modelFlags(command);
static CalibrationFlags calibrationFlags(command);
static QuantizationFlags quantizationFlags(command);
static cl::opt<std::string>
    output("o",
           cl::desc("The file; its ending says what is written: .onnx, "
                    ".tflite, .h, .mlir"),
           cl::value_desc("file"), cl::Required, cl::sub(command));
static cl::opt<int64_t> opset(
    "opset",
    cl::desc(
        "Of .onnx, 13 to 23 (default: 13, or 21 where values have 16 bits); "
        "from 21 on weights of 4 bits are stored as such"),
    cl::value_desc("N"), cl::init(0), cl::sub(command));
static cl::opt<bool>
    packed("packed",
           cl::desc("Of .h: weights of fewer than 8 bits in their storage code "
                    "instead of one a byte"),
           cl::sub(command));
static cl::opt<bool> verbose("verbose",
                             cl::desc("Print every remark on the way"),
                             cl::sub(command));

static llvm::Error run() {
  ExportOptions options;
  if (auto error = modelFlags.get().moveInto(options.model))
    return error;
  if (auto error = calibrationFlags.get().moveInto(options.calibration))
    return error;
  if (auto error = quantizationFlags.get().moveInto(options.quantization))
    return error;
  if (opset.getNumOccurrences() && opset <= 0)
    return makeError("expected a positive --opset, found " +
                     llvm::Twine(opset));
  std::optional<ExportFormat> format = getExportFormat(output);
  if (!format)
    return makeError("'" + output +
                     "': expected a file that ends in .onnx, .tflite, .h or "
                     ".mlir");
  if (opset.getNumOccurrences() && format != ExportFormat::Onnx)
    return makeError("expected no --opset beside '" + output +
                     "', which is no ONNX file");
  if (packed && format != ExportFormat::C)
    return makeError("expected no --packed beside '" + output +
                     "', which is no C header");
  // Mixtures of widths are computed in 16 bits there.
  if (format == ExportFormat::Tflite &&
      !quantizationFlags.residualBits.getNumOccurrences())
    options.quantization.residualBits = 8;
  // What TOSA's rescale computes to the bit, and what TFLite's kernels are
  // nearer to.
  if ((format == ExportFormat::Tosa || format == ExportFormat::Tflite) &&
      !quantizationFlags.requant.getNumOccurrences() &&
      options.quantization.planPath.empty())
    options.quantization.requant = "q31";
  options.opset = opset;
  options.isPacked = packed;
  options.output = output;
  CompilerContext context;
  ProgressBar bar("calibrating");
  OutputFiles files;
  llvm::Expected<std::vector<Message>> messages =
      exportModel(options, context.get(), files, bar);
  if (!messages)
    return messages.takeError();
  printMessages(*messages, llvm::errs(), verbose);
  return files.commit();
}

const Command narrow::kExportCommand = {
    command, "narrow export model.onnx --calib samples.npy -o model_qdq.onnx",
    run};
