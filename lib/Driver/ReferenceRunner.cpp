//===- ReferenceRunner.cpp - a module run by the interpreter --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/ReferenceRunner.h"

#include "narrow/Driver/Diagnostics.h"
#include "narrow/Support/OutputFile.h"

using namespace narrow;

ReferenceRunner::ReferenceRunner(ModuleOp module)
    : function(getMainFunction(module)), interpreter(function),
      outputSpecs(getOutputSpecs(function)) {}

llvm::Error ReferenceRunner::run(ArrayRef<HostTensor> inputs,
                                 std::vector<HostTensor> &outputs) {
  SmallVector<reference::Tensor> arguments, results;
  for (auto [tensor, type] :
       llvm::zip_equal(inputs, function.getArgumentTypes())) {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(tensor.bytes.data()),
                         tensor.bytes.size());
    FailureOr<reference::Tensor> argument =
        reference::Tensor::fromBytes(cast<RankedTensorType>(type), bytes);
    if (failed(argument))
      return makeError("expected other elements for input '" + tensor.name +
                       "'");
    arguments.push_back(std::move(*argument));
  }
  DiagnosticCollector diagnostics(*function.getContext());
  if (failed(interpreter.run(arguments, results)))
    return diagnostics.takeError("the reference interpreter");
  outputs.clear();
  for (auto [spec, result] : llvm::zip_equal(outputSpecs, results)) {
    HostTensor &tensor = outputs.emplace_back(spec.kind, spec.shape, spec.name);
    std::vector<char> bytes = result.toBytes();
    tensor.bytes.assign(bytes.begin(), bytes.end());
  }
  return llvm::Error::success();
}
