//===- ModelLoader.h - ONNX files and the tensors in them -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the protobuf message and its tensors, from the file or from external
// data beside it, and refuses what is cut or inconsistent.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_MODELLOADER_H
#define NARROW_LIB_FRONTEND_ONNX_MODELLOADER_H

#include "../Build/Tensor.h"
#include "narrow/Frontend/OnnxProto.h"

#include "llvm/Support/Error.h"

namespace narrow::frontend {

/// Reads a model, binary or (by its ending) protobuf text.
llvm::Expected<std::unique_ptr<onnx::ModelProto>> loadModel(StringRef path);

/// Reads a tensor. External data lies in the folder of `modelPath`, or in that
/// of the file to which it is a link.
llvm::Expected<Literal> readTensor(const onnx::TensorProto &tensor,
                                   StringRef modelPath);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_MODELLOADER_H
