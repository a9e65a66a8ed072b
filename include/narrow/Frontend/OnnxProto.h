//===- OnnxProto.h - ONNX's protobuf classes --------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one place that includes the classes as Debian's libonnx declares them.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_FRONTEND_ONNXPROTO_H
#define NARROW_FRONTEND_ONNXPROTO_H

#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#include <onnx/onnx_pb.h>

#endif // NARROW_FRONTEND_ONNXPROTO_H
