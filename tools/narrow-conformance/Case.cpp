//===- Case.cpp - one conformance case ------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"

#include "Onnx/GraphImporter.h"
#include "Onnx/ModelLoader.h"
#include "Onnx/OpTable.h"
#include "mlir/Pass/PassManager.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Prepare/Pipeline.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

using namespace narrow;
using namespace narrow::conformance;
using namespace narrow::frontend;

namespace {

struct DataSet {
  std::vector<onnx::TensorProto> inputs;
  std::vector<onnx::TensorProto> outputs;
};

bool readTensorFile(const std::string &path, onnx::TensorProto &tensor) {
  auto file = llvm::MemoryBuffer::getFile(path, false, false);
  return file && tensor.ParseFromArray((*file)->getBufferStart(),
                                       (*file)->getBufferSize());
}

std::vector<DataSet> readData(StringRef path) {
  std::vector<DataSet> sets;
  for (int set = 0;; ++set) {
    std::string folder = (path + "/test_data_set_" + Twine(set) + "/").str();
    if (!llvm::sys::fs::exists(folder))
      return sets;
    DataSet data;
    onnx::TensorProto tensor;
    for (int i = 0;
         readTensorFile(folder + "input_" + std::to_string(i) + ".pb", tensor);
         ++i)
      data.inputs.push_back(tensor);
    for (int i = 0;
         readTensorFile(folder + "output_" + std::to_string(i) + ".pb", tensor);
         ++i)
      data.outputs.push_back(tensor);
    sets.push_back(std::move(data));
  }
}

/// Gives the graph the shapes of the data, and the data the graph's types:
/// bfloat16 is written as uint16 in ONNX's files, and some graphs declare
/// another shape than their data has.
void reconcile(onnx::ModelProto &model, std::vector<DataSet> &sets) {
  onnx::GraphProto &graph = *model.mutable_graph();
  auto retype = [](onnx::TensorProto &tensor, const onnx::TypeProto &type) {
    if (type.tensor_type().elem_type() == onnx::TensorProto::BFLOAT16 &&
        tensor.data_type() == onnx::TensorProto::UINT16)
      tensor.set_data_type(onnx::TensorProto::BFLOAT16);
  };
  for (DataSet &data : sets) {
    for (int i = 0; i < graph.input_size(); ++i) {
      if (i >= static_cast<int>(data.inputs.size()) ||
          !graph.input(i).type().has_tensor_type())
        continue;
      retype(data.inputs[i], graph.input(i).type());
      auto *shape = graph.mutable_input(i)
                        ->mutable_type()
                        ->mutable_tensor_type()
                        ->mutable_shape();
      shape->clear_dim();
      for (int64_t size : data.inputs[i].dims())
        shape->add_dim()->set_dim_value(size);
    }
    for (int i = 0; i < graph.output_size(); ++i)
      if (i < static_cast<int>(data.outputs.size()))
        retype(data.outputs[i], graph.output(i).type());
  }
}

/// Adds initializers for inputs that feed operands which must be constant.
void bindShapeInputs(onnx::ModelProto &model, const DataSet &data) {
  onnx::GraphProto &graph = *model.mutable_graph();
  int64_t opset = 1;
  for (const auto &set : model.opset_import())
    if (isDefaultDomain(set.domain()))
      opset = set.version();
  llvm::StringMap<const onnx::NodeProto *> producers;
  for (const onnx::NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      producers[output] = &node;
  llvm::StringSet<> wanted;
  SmallVector<std::string> stack;
  for (const onnx::NodeProto &node : graph.node()) {
    const OpEntry *entry = findOp(node.domain(), node.op_type(), opset);
    for (int i = 0; entry && i < node.input_size(); ++i)
      if (entry->constantOperands >> i & 1)
        stack.push_back(node.input(i));
  }
  while (!stack.empty()) {
    std::string name = stack.pop_back_val();
    if (name.empty() || !wanted.insert(name).second)
      continue;
    auto it = producers.find(name);
    if (it == producers.end() || it->second->op_type() == "Shape" ||
        it->second->op_type() == "Size")
      continue;
    for (const std::string &input : it->second->input())
      stack.push_back(input);
  }
  int index = 0;
  for (const onnx::ValueInfoProto &input : graph.input()) {
    if (index >= static_cast<int>(data.inputs.size()))
      break;
    if (wanted.contains(input.name())) {
      onnx::TensorProto *initializer = graph.add_initializer();
      *initializer = data.inputs[index];
      initializer->set_name(input.name());
    }
    ++index;
  }
}

/// Makes the executor's input from a test's tensor.
llvm::Expected<HostTensor> makeInput(const onnx::TensorProto &tensor,
                                     const HostTensor &wanted) {
  auto literal = readTensor(tensor, "");
  if (!literal)
    return literal.takeError();
  HostTensor result(wanted.kind, literal->shape, wanted.name);
  if (literal->shape.size() != wanted.shape.size() ||
      !std::equal(literal->shape.begin(), literal->shape.end(),
                  wanted.shape.begin()))
    return llvm::createStringError("an input has another shape than the graph");
  switch (wanted.kind) {
  case ElementKind::F32:
    llvm::copy(literal->floats, result.data<float>().begin());
    break;
  case ElementKind::I32:
    llvm::copy(literal->integers, result.data<int32_t>().begin());
    break;
  case ElementKind::I64:
    llvm::copy(literal->integers, result.data<int64_t>().begin());
    break;
  case ElementKind::Bool:
    llvm::copy(literal->integers, result.data<bool>().begin());
    break;
  default:
    return llvm::createStringError("unexpected type of an input");
  }
  return result;
}

/// Makes initializers of all arguments but the first.
void bindWeights(onnx::ModelProto &model, const DataSet &data) {
  onnx::GraphProto &graph = *model.mutable_graph();
  llvm::StringSet<> bound;
  for (const onnx::TensorProto &tensor : graph.initializer())
    bound.insert(tensor.name());
  bool isFirst = true;
  for (int i = 0;
       i < graph.input_size() && i < static_cast<int>(data.inputs.size());
       ++i) {
    const std::string &name = graph.input(i).name();
    if (bound.contains(name))
      continue;
    if (!isFirst) {
      onnx::TensorProto &tensor = *graph.add_initializer();
      tensor = data.inputs[i];
      tensor.set_name(name);
    }
    isFirst = false;
  }
}

/// Whether `found` is close enough to a finite `expected`; an infinity only
/// equals itself, and NaN any NaN.
bool isClose(double found, double expected, double relative) {
  if (!std::isfinite(found) || !std::isfinite(expected))
    return found == expected || (std::isnan(found) && std::isnan(expected));
  return std::abs(found - expected) <=
         kAbsoluteTolerance + relative * std::abs(expected);
}

/// Compares an output; returns what differs, or an empty string.
std::string compare(const HostTensor &found, const onnx::TensorProto &tensor) {
  auto expected = readTensor(tensor, "");
  if (!expected)
    return llvm::toString(expected.takeError());
  if (found.shape.size() != expected->shape.size() ||
      !std::equal(found.shape.begin(), found.shape.end(),
                  expected->shape.begin()))
    return "expected shape " + toString(expected->shape) + ", found " +
           found.describe();
  bool floats = isFloat(expected->type);
  double relative = expected->type == DataType::BF16 ? kBfloat16Tolerance
                                                     : kRelativeTolerance;
  if (floats != (found.kind == ElementKind::F32))
    return "expected type " + getName(expected->type) + ", found " +
           found.describe();
  for (int64_t i = 0, e = found.getNumElements(); i < e; ++i) {
    double a = found.getAsDouble(i), b = expected->get(i);
    if (!floats && found.kind == ElementKind::I64 &&
        found.data<int64_t>()[i] == expected->integers[i])
      continue;
    bool equal = floats ? isClose(a, b, relative) : a == b;
    if (!equal)
      return ("element " + Twine(i) + ": expected " + std::to_string(b) +
              ", found " + std::to_string(a))
          .str();
  }
  return "";
}

} // namespace

CaseResult conformance::runCase(StringRef path,
                                const mlir::DialectRegistry &registry,
                                bool bindShapes, bool prepare, bool quantize) {
  CaseResult result;
  auto model = loadModel((path + "/model.onnx").str());
  if (!model) {
    result.message = llvm::toString(model.takeError());
    return result;
  }
  for (const onnx::NodeProto &node : (*model)->graph().node())
    if (&node == &(*model)->graph().node(0))
      result.onlyOp = node.op_type();
    else if (node.op_type() != result.onlyOp)
      result.onlyOp.clear();
  std::vector<DataSet> sets = readData(path);
  reconcile(**model, sets);
  if (bindShapes && !sets.empty())
    bindShapeInputs(**model, sets.front());

  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  std::string diagnostics;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        llvm::raw_string_ostream os(diagnostics);
        os << (diagnostics.empty() ? "" : "; ") << diagnostic;
        for (mlir::Diagnostic &note : diagnostic.getNotes())
          os << "; " << note;
      });
  auto module = importModelProto(**model, path, (path + "/model.onnx").str(),
                                 context, ImportOptions());
  if (!module) {
    StringRef text = diagnostics;
    bool unsupported =
        text.contains("unsupported") || text.contains("not supported");
    result.outcome = unsupported ? Outcome::Unsupported : Outcome::Failed;
    result.message = diagnostics;
    return result;
  }
  if (prepare) {
    mlir::PassManager passes(&context);
    buildPreparePipeline(passes, PrepareOptions());
    if (failed(passes.run(*module))) {
      result.message = "cannot be prepared: " + diagnostics;
      return result;
    }
  }
  auto executor = FloatExecutor::create(*module);
  if (!executor) {
    result.message = llvm::toString(executor.takeError());
    return result;
  }

  // Which of the graph's inputs are arguments: the others are bound.
  llvm::StringSet<> initializers;
  for (const auto &tensor : (*model)->graph().initializer())
    initializers.insert(tensor.name());
  std::vector<std::vector<HostTensor>> samples;
  for (const DataSet &data : sets) {
    std::vector<HostTensor> inputs, outputs;
    size_t argument = 0;
    for (auto [i, tensor] : llvm::enumerate(data.inputs)) {
      if (static_cast<int>(i) >= (*model)->graph().input_size() ||
          initializers.contains((*model)->graph().input(i).name()))
        continue;
      auto input = makeInput(tensor, (*executor)->getInputs()[argument++]);
      if (!input) {
        result.message = llvm::toString(input.takeError());
        return result;
      }
      inputs.push_back(std::move(*input));
    }
    if (llvm::Error error = (*executor)->run(inputs, outputs)) {
      result.message = llvm::toString(std::move(error));
      return result;
    }
    samples.push_back(std::move(inputs));
    for (auto [i, expected] : llvm::enumerate(data.outputs)) {
      std::string difference =
          i < outputs.size() ? compare(outputs[i], expected) : "no output";
      if (!difference.empty()) {
        result.message = ("output " + Twine(i) + ": " + difference).str();
        return result;
      }
    }
  }
  result.outcome = Outcome::Passed;
  if (!quantize)
    return result;
  result.isInteger = isWholeInFixedPoint(*module, samples);
  if (result.isInteger || samples.empty() || samples.front().size() < 2)
    return result;
  // Weights are inputs in these cases, and constants in networks.
  bindWeights(**model, sets.front());
  module = importModelProto(**model, path, (path + "/model.onnx").str(),
                            context, ImportOptions());
  for (std::vector<HostTensor> &inputs : samples)
    inputs.resize(1);
  result.isInteger = module && isWholeInFixedPoint(*module, samples);
  return result;
}
