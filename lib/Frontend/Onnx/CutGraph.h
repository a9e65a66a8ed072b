//===- CutGraph.h - a part of an ONNX graph, by tensor names ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_CUTGRAPH_H
#define NARROW_LIB_FRONTEND_ONNX_CUTGRAPH_H

#include "narrow/Frontend/ImportModel.h"
#include "narrow/Frontend/OnnxProto.h"

#include "llvm/Support/Error.h"

namespace narrow::frontend {

/// Returns the element type and shape of a tensor of the whole model, or
/// nothing where the nodes in front of it cannot be imported.
using DescribeTensor =
    function_ref<std::optional<onnx::ValueInfoProto>(StringRef)>;

/// Makes the graph of `model` end at `options.outputs` and begin at
/// `options.inputs`, each where it is not empty. Nodes that no output needs
/// stay; importing passes over them. Without names of inputs the graph's own
/// remain, as far as the outputs need them.
///
/// A name that no node makes, one named twice, an input that the outputs do not
/// need and a graph input that they need beside those named are errors. The
/// shape of an input that a node made is that of `options.shapes`, or what the
/// model says of it, or what `describe` finds.
llvm::Error cutGraph(onnx::ModelProto &model, const ImportOptions &options,
                     DescribeTensor describe);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_CUTGRAPH_H
