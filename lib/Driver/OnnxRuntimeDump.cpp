//===- OnnxRuntimeDump.cpp - tensors as ONNX Runtime computes them --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OnnxRuntimeDump.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/JsonFile.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Npy.h"
#include "narrow/Support/ScratchDirectory.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace narrow;

/// Arguments: the model, the inputs (called SAMPLE/NAME), where the tensors go,
/// where their sources go. Stored integers are written as the reals that they
/// stand for, as other executions have them: by the scale and zero point of
/// the operator that makes them, or of what it moves.
static constexpr llvm::StringLiteral kScript = R"py(
import json, sys, zipfile
model, inputs, tensors, graph = sys.argv[1:]
try:
    import numpy, onnx, onnxruntime
except ImportError as error:
    sys.exit(f"missing package: {error.name}")
try:
    proto = onnx.load(model)
    constants = {c.name for c in proto.graph.initializer} | {n.output[0] for n in proto.graph.node if n.op_type == "Constant"}
    own = {o.name for o in proto.graph.output}
    made = [(o, n) for n in proto.graph.node for o in n.output if o and o not in constants]
    proto.graph.output.extend(onnx.ValueInfoProto(name=o) for o, _ in made if o not in own)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, ["CPUExecutionProvider"])
    names = [o for o, _ in made]
    runs, given = [], numpy.load(inputs)
    values = {c.name: onnx.numpy_helper.to_array(c) for c in proto.graph.initializer}
    values |= {n.output[0]: onnx.helper.get_attribute_value(n.attribute[0]) for n in proto.graph.node if n.op_type == "Constant"}
    values = {k: onnx.numpy_helper.to_array(v) if isinstance(v, onnx.TensorProto) else v for k, v in values.items()}
    places = {"QuantizeLinear": 1, "QGemm": 7, "QLinearConcat": 0, "QLinearWhere": 7, **dict.fromkeys(
        ["QLinearConv", "QLinearMatMul", "QLinearAdd", "QLinearMul"], 6), **dict.fromkeys(
        ["QLinearAveragePool", "QLinearGlobalAveragePool", "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax"], 3)}
    moving = {"Concat", "Expand", "Flatten", "Gather", "Identity", "MaxPool", "Reshape", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze"}
    grids = {}
    for n in proto.graph.node:
        own = [n.input[i] if len(n.input) > i else "" for i in (places.get(n.op_type, 99), places.get(n.op_type, 99) + 1)]
        if own[0] in values and (not own[1] or own[1] in values):
            grids[n.output[0]] = values[own[0]], values.get(own[1], 0), next((a.i for a in n.attribute if a.name == "axis"), 1)
        elif n.op_type in moving and n.input[0] in grids and numpy.size(grids[n.input[0]][0]) == 1:
            grids.update((o, grids[n.input[0]]) for o in (n.output if n.op_type == "Split" else n.output[:1]))
    def real(name, array):
        if name not in grids or array.dtype.kind not in "iu":
            return array
        scale, zero, axis = grids[name]
        spread = lambda v: numpy.reshape(v, [-1 if a == axis % array.ndim else 1 for a in range(array.ndim)]) if numpy.size(v) > 1 else numpy.ravel(v)[0]
        return (array.astype(numpy.float32) - spread(zero).astype(numpy.float32)) * spread(scale).astype(numpy.float32)
    for sample in sorted({int(key.split("/", 1)[0]) for key in given.files}):
        runs.append(session.run(names, {i.name: given[f"{sample}/{i.name}"] for i in session.get_inputs()}))
    sources = {}
    # Without the limits that numpy.savez has on names.
    with zipfile.ZipFile(tensors, "w") as archive:
        for (name, node), *found in zip(made, *runs):
            sources[name] = [i for i in node.input if i and i not in constants]
            if any(getattr(f, "dtype", numpy.dtype("O")).kind not in "fiu" or f.shape != found[0].shape for f in found):
                continue
            array = numpy.stack([real(name, f) for f in found]).astype(numpy.float32)
            if array.ndim > 1 and array.shape[1] == 1:
                array = array[:, 0]
            with archive.open(name + ".npy", "w") as file:
                numpy.lib.format.write_array(file, array)
    with open(graph, "w") as file:
        json.dump(sources, file)
except Exception as error:
    sys.exit(str(error).strip().split("\n")[0])
)py";

/// Runs the script; what it says when it fails becomes the error.
static llvm::Error runScript(StringRef python, ArrayRef<std::string> arguments,
                             const ScratchDirectory &scratch, StringRef path) {
  llvm::ErrorOr<std::string> program = llvm::sys::findProgramByName(python);
  if (!program)
    return makeError("cannot run '" + python +
                     "': " + StringRef(program.getError().message()).lower());
  std::string errors = scratch.file("errors");
  SmallVector<StringRef> words{*program, "-c", kScript};
  llvm::append_range(words, arguments);
  std::string message;
  int code = llvm::sys::ExecuteAndWait(
      *program, words, std::nullopt,
      {StringRef("/dev/null"), StringRef("/dev/null"), StringRef(errors)},
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  if (code == 0)
    return llvm::Error::success();
  if (auto buffer = llvm::MemoryBuffer::getFile(errors))
    if (StringRef said = (*buffer)->getBuffer().trim(); !said.empty())
      message = said.rsplit('\n').second.empty()
                    ? said.str()
                    : said.rsplit('\n').second.str();
  return makeError("'" + path + "': ONNX Runtime by '" + python +
                   "': " + message);
}

/// Writes the first samples as the model takes them.
static llvm::Error writeInputs(const ModelOptions &model,
                               const DumpOptions &options, MLIRContext &context,
                               StringRef path) {
  // Our import knows the shapes of inputs, open ones too.
  llvm::Expected<OwningOpRef<ModuleOp>> module = loadModel(model, context);
  if (!module)
    return module.takeError();
  llvm::Expected<ModelSamples> samples = ModelSamples::open(
      options.inputPath, getInputSpecs(getMainFunction(**module)));
  if (!samples)
    return samples.takeError();
  int64_t count = std::min(options.samples, samples->size());
  std::vector<HostTensor> arrays;
  for (int64_t sample = 0; sample < count; ++sample)
    for (HostTensor &tensor : samples->get(sample)) {
      tensor.name = std::to_string(sample) + "/" + tensor.name;
      arrays.push_back(std::move(tensor));
    }
  return writeNpz(path, arrays);
}

/// Adds what the script wrote of the tensors' sources.
static llvm::Error addSources(StringRef path, TensorDump &dump) {
  auto graph = readJson(path);
  if (!graph)
    return graph.takeError();
  if (!*graph)
    return makeError("cannot read '" + path + "'");
  for (auto &[name, sources] : *(*graph)->getAsObject())
    for (const llvm::json::Value &source : *sources.getAsArray())
      dump.sources[name].push_back(source.getAsString()->str());
  return llvm::Error::success();
}

llvm::Expected<TensorDump> narrow::dumpOnnxRuntime(const ModelOptions &model,
                                                   const DumpOptions &options,
                                                   MLIRContext &context) {
  llvm::Expected<ScratchDirectory> scratch = ScratchDirectory::create();
  if (!scratch)
    return scratch.takeError();
  std::string inputs = scratch->file("inputs.npz"),
              tensors = scratch->file("tensors.npz"),
              graph = scratch->file("graph.json");
  if (llvm::Error error = writeInputs(model, options, context, inputs))
    return std::move(error);
  if (llvm::Error error =
          runScript(options.python, {model.path, inputs, tensors, graph},
                    *scratch, model.path))
    return std::move(error);
  llvm::Expected<TensorDump> dump = readTensorDump(tensors);
  if (!dump)
    return dump.takeError();
  if (llvm::Error error = addSources(graph, *dump))
    return std::move(error);
  return dump;
}
