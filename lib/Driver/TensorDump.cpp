//===- TensorDump.cpp - every tensor of one execution ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/TensorDump.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/Npy.h"
#include "llvm/ADT/StringSwitch.h"

using namespace narrow;

const DumpedTensor *TensorDump::find(StringRef name) const {
  auto found = llvm::find_if(
      tensors, [&](const DumpedTensor &tensor) { return tensor.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

llvm::Expected<TensorDump> narrow::readTensorDump(StringRef path) {
  llvm::Expected<SampleFile> file = SampleFile::open(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->verify())
    return std::move(error);
  TensorDump dump;
  int64_t samples = file->getNumSamples();
  for (size_t array = 0; array < file->getNumArrays(); ++array) {
    DumpedTensor tensor;
    tensor.name = file->getName(array);
    tensor.shape.push_back(samples);
    llvm::append_range(tensor.shape, file->getShape(array));
    for (int64_t sample = 0; sample < samples; ++sample)
      llvm::append_range(tensor.elements, file->get(array, sample).toFloats());
    dump.tensors.push_back(std::move(tensor));
  }
  return dump;
}

llvm::Error narrow::writeTensorDump(StringRef path, const TensorDump &dump) {
  std::vector<HostTensor> arrays;
  for (const DumpedTensor &tensor : dump.tensors)
    arrays.push_back(
        HostTensor::get<float>(tensor.shape, tensor.elements, tensor.name));
  return writeNpz(path, arrays);
}

llvm::Expected<Execution> narrow::parseExecution(StringRef text) {
  auto [how, path] = text.split(':');
  auto [who, level] = how.split('=');
  std::optional<Execution::By> by =
      llvm::StringSwitch<std::optional<Execution::By>>(who)
          .Case("float", Execution::By::Float)
          .Case("interpreter", Execution::By::Interpreter)
          .Case("native", Execution::By::Native)
          .Case("onnxruntime", Execution::By::OnnxRuntime)
          .Default(std::nullopt);
  Execution execution;
  if (!by || path.data() == nullptr) {
    execution.path = text.str();
    if (text.ends_with(".npz"))
      execution.by = Execution::By::File;
    return execution;
  }
  execution.by = *by;
  execution.path = path.str();
  if (path.empty())
    return makeError("expected a model behind '" + how + ":'");
  if (level.empty())
    return execution;
  if (*by != Execution::By::Native)
    return makeError("expected a level with 'native' alone, found '" + how +
                     "'");
  if (llvm::Error error = parseTarget(level).moveInto(execution.level))
    return std::move(error);
  return execution;
}
