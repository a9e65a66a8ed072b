//===- Attention.h - heads of attention -------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_OPS_ATTENTION_H
#define NARROW_LIB_FRONTEND_ONNX_OPS_ATTENTION_H

#include "../Node.h"

namespace narrow::frontend {

/// Turns [B, S, H · D] into [B, H, S, D]; null after an error where the number
/// of heads does not divide the last axis.
Tensor splitHeads(Node &node, Tensor tensor, int64_t heads);

/// Turns [B, H, S, D] into [B, S, H · D].
Tensor joinHeads(TensorBuilder &b, Tensor tensor);

/// Returns the softmax of scores along their last axis.
Tensor getProbabilities(TensorBuilder &b, const Tensor &scores);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_OPS_ATTENTION_H
