//===- Model.h - a model file and what it takes ----------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_MODEL_H
#define NARROW_DRIVER_MODEL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Driver/Diagnostics.h"
#include "narrow/Support/HostTensor.h"
#include "narrow/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace narrow {

/// An output that is an input of the next step, by ONNX names.
struct StatePair {
  std::string output, input;
};

/// What a network that computes one step of a sequence takes from the step
/// before.
struct StateOptions {
  std::vector<StatePair> pairs;
  /// Steps of a sequence; 0 where all samples of a file are one.
  int64_t steps = 0;
};

struct ModelOptions {
  /// An ONNX file, or a module on TOSA in MLIR's text or bytecode.
  std::string path;
  /// Fixes open first dimensions.
  std::optional<int64_t> batch;
  /// Fixes the shape of inputs by name.
  llvm::StringMap<SmallVector<int64_t>> shapes;
  /// Where the network begins and ends, by tensor names; its own inputs and
  /// outputs where these are empty.
  SmallVector<std::string> inputs, outputs;
  /// Both empty, or the model takes pixels p from 0 to 255 in the place of
  /// (p - mean) * scale; one number each, or one for each channel.
  SmallVector<double> pixelMean, pixelScale;
  StateOptions state;
  /// Whose arithmetic is asked for to the bit: empty, `tosa`, or `onnxruntime`.
  std::string exact;
  bool isOnnxRuntimeExact() const { return exact == "onnxruntime"; }
};

/// An input or output of a model.
struct ValueSpec {
  std::string name;
  ElementKind kind = ElementKind::F32;
  SmallVector<int64_t> shape;
  /// A float input whose values are pixels, so that u8 samples mean the same.
  bool takesPixels = false;
};

/// The argument attribute of an input that takes pixels.
inline constexpr llvm::StringLiteral kPixelsAttribute = "narrow.pixels";

/// Imports the model. Remarks and warnings are added to `messages`.
llvm::Expected<OwningOpRef<ModuleOp>>
loadModel(const ModelOptions &options, MLIRContext &context,
          std::vector<Message> *messages = nullptr);

/// A hash of the model's file and of where it is cut, by which statistics know
/// it again.
llvm::Expected<uint64_t> hashModel(const ModelOptions &options);

/// The function's inputs and outputs with their ONNX names. Quantised types
/// give their storage.
SmallVector<ValueSpec> getInputSpecs(mlir::func::FuncOp function);
SmallVector<ValueSpec> getOutputSpecs(mlir::func::FuncOp function);

/// Parses `--shape name=1x3x224x224` into `shapes`.
llvm::Error parseShape(StringRef text,
                       llvm::StringMap<SmallVector<int64_t>> &shapes);

} // namespace narrow

#endif // NARROW_DRIVER_MODEL_H
