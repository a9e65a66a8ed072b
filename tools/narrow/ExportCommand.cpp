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

static cl::SubCommand command("export", "Write a model in fixed point as ONNX "
                                        "with QuantizeLinear and "
                                        "DequantizeLinear");
static ModelFlags modelFlags(command);
static CalibrationFlags calibrationFlags(command);
static QuantizationFlags quantizationFlags(command);
static cl::opt<std::string> output("o", cl::desc("The file, .onnx"),
                                   cl::value_desc("file"), cl::Required,
                                   cl::sub(command));
static cl::opt<int64_t>
    opset("opset",
          cl::desc("13 to 23 (default: 13, or 21 where values have 16 bits); "
                   "from 21 on weights of 4 bits are stored as such"),
          cl::value_desc("N"), cl::init(0), cl::sub(command));
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
  if (!StringRef(output).ends_with(".onnx"))
    return makeError("'" + output + "': expected a file that ends in .onnx");
  options.opset = opset;
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
