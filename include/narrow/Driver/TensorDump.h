//===- TensorDump.h - every tensor of one execution ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two executions of a network, whoever makes them, are compared by the names
// that tensors have in the model.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_TENSORDUMP_H
#define NARROW_DRIVER_TENSORDUMP_H

#include "narrow/Driver/Calibrate.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Driver/Samples.h"
#include "narrow/Target/Target.h"

namespace narrow {

/// One tensor of the model over all samples of an execution.
struct DumpedTensor {
  std::string name;
  /// The first axis counts samples, the others are those of the model.
  SmallVector<int64_t> shape;
  /// Row-major real values.
  std::vector<float> elements;
};

/// What one execution made.
struct TensorDump {
  /// In program order; no name twice.
  std::vector<DumpedTensor> tensors;
  /// Names of what each tensor of the model is computed from, of those too that
  /// are not in `tensors`; empty where the model is not known.
  llvm::StringMap<std::vector<std::string>> sources;

  const DumpedTensor *find(StringRef name) const;
};

/// Reads a dump from an .npz file of arrays by tensor name, whose first axis
/// counts samples. Arrays of other kinds are converted to f32.
llvm::Expected<TensorDump> readTensorDump(StringRef path);

/// Writes a dump as such a file, which has no room for the sources.
llvm::Error writeTensorDump(StringRef path, const TensorDump &dump);

/// Who computes the tensors, and from what.
struct Execution {
  enum class By {
    Float,       ///< Our float execution of the model as imported.
    Interpreter, ///< The model in fixed point, by the reference interpreter.
    Native,      ///< The same by compiled code.
    OnnxRuntime, ///< ONNX Runtime's Python package, f32 and quantised models.
    File,        ///< A dump.
  };
  By by = By::Float;
  /// The model, or the dump.
  std::string path;
  /// The level of compiled code; null for the best of this CPU.
  const Target *level = nullptr;
};

/// Parses `FILE.npz`, `MODEL` (float), or `float:MODEL`, `interpreter:MODEL`,
/// `native:MODEL`, `native=LEVEL:MODEL`, `onnxruntime:MODEL`.
llvm::Expected<Execution> parseExecution(StringRef text);

/// What executions of models take.
struct DumpOptions {
  /// How models are imported; the path is the execution's.
  ModelOptions model;
  CalibrationOptions calibration;
  QuantizationOptions quantization;
  std::string inputPath;
  /// The first samples of the input that are run.
  int64_t samples = 4;
  /// The interpreter of `onnxruntime:`.
  std::string python = "python3";
};

/// Runs the samples and returns every tensor that has a name in the model and
/// holds real values. Tensors that fixed-point code keeps in another order of
/// axes are returned in the model's.
llvm::Expected<TensorDump> dumpExecution(const Execution &execution,
                                         const DumpOptions &options,
                                         MLIRContext &context);

} // namespace narrow

#endif // NARROW_DRIVER_TENSORDUMP_H
