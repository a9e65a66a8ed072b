//===- OnnxRuntimeDump.h - tensors as ONNX Runtime computes them -*- C++ -*-=//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_ONNXRUNTIMEDUMP_H
#define NARROW_LIB_DRIVER_ONNXRUNTIMEDUMP_H

#include "narrow/Driver/TensorDump.h"

namespace narrow {

/// Runs the samples by the Python package `onnxruntime`, without its graph
/// optimisations, which would take tensors away; `onnx` and `numpy` have to be
/// there as well. Fails where Python or a package is missing, or with what ONNX
/// Runtime says of the model.
llvm::Expected<TensorDump> dumpOnnxRuntime(const ModelOptions &model,
                                           const DumpOptions &options,
                                           MLIRContext &context);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_ONNXRUNTIMEDUMP_H
