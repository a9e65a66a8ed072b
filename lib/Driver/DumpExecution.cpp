//===- DumpExecution.cpp - our own executions, tensor by tensor -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisMatch.h"
#include "OnnxRuntimeDump.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Driver/ReferenceRunner.h"
#include "narrow/Driver/Session.h"
#include "narrow/Driver/Targets.h"
#include "narrow/Object/LevelRunner.h"
#include "narrow/Simulate/Taps.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/RoundedName.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

using namespace narrow;

static bool isReal(Type type) {
  Type element = cast<ShapedType>(type).getElementType();
  return element.isF32() || isa<mlir::quant::QuantizedType>(element);
}

/// Returns the name of what the model has for a value, empty for none.
static StringRef findName(Value value) {
  if (Operation *op = value.getDefiningOp())
    if (auto rounded = op->getAttrOfType<mlir::StringAttr>(kRoundedNameAttr))
      return rounded.getValue();
  return findValueName(value);
}

/// Returns the values that have a name in the model and hold real numbers, in
/// program order, each name once: what only moves a value again may be called
/// like it.
static SmallVector<Value> findNamedValues(mlir::func::FuncOp function) {
  SmallVector<Value> values;
  llvm::StringSet<> seen;
  for (Operation &op : function.front()) {
    if (op.getNumResults() != 1 || op.hasTrait<mlir::OpTrait::ConstantLike>() ||
        !isReal(op.getResult(0).getType()))
      continue;
    StringRef name = findName(op.getResult(0));
    if (!name.empty() && seen.insert(name).second)
      values.push_back(op.getResult(0));
  }
  return values;
}

/// Adds the names of the nearest named values that `value` is computed from.
static void addSources(Value value, llvm::SetVector<Value> &seen,
                       std::vector<std::string> &names) {
  if (!seen.insert(value))
    return;
  Operation *op = value.getDefiningOp();
  StringRef name = findName(value);
  if (!name.empty() || !op) {
    if (op)
      names.push_back(name.str());
    return;
  }
  for (Value operand : op->getOperands())
    addSources(operand, seen, names);
}

/// Makes an empty tensor for each value, with its sources.
static TensorDump makeDump(ArrayRef<Value> values, int64_t samples) {
  TensorDump dump;
  for (Value value : values) {
    DumpedTensor &tensor = dump.tensors.emplace_back();
    tensor.name = findName(value);
    tensor.shape.push_back(samples);
    ArrayRef<int64_t> shape = cast<ShapedType>(value.getType()).getShape();
    llvm::append_range(tensor.shape, !shape.empty() && shape.front() == 1
                                         ? shape.drop_front()
                                         : shape);
    llvm::SetVector<Value> seen;
    for (Value operand : value.getDefiningOp()->getOperands())
      addSources(operand, seen, dump.sources[tensor.name]);
  }
  return dump;
}

static llvm::Expected<ModelSamples> openSamples(mlir::func::FuncOp function,
                                                const DumpOptions &options) {
  llvm::Expected<ModelSamples> samples =
      ModelSamples::open(options.inputPath, getInputSpecs(function));
  if (samples)
    samples->truncate(std::min(options.samples, samples->size()));
  return samples;
}

/// The imported model, with an observer on each named value.
static llvm::Expected<TensorDump> dumpFloat(const ModelOptions &model,
                                            const DumpOptions &options,
                                            MLIRContext &context) {
  llvm::Expected<OwningOpRef<ModuleOp>> module = loadModel(model, context);
  if (!module)
    return module.takeError();
  mlir::func::FuncOp function = getMainFunction(**module);
  llvm::Expected<ModelSamples> samples = openSamples(function, options);
  if (!samples)
    return samples.takeError();
  SmallVector<Value> values = findNamedValues(function);
  TensorDump dump = makeDump(values, samples->getCount());
  context.loadDialect<fxp::FxpDialect>();
  llvm::StringMap<size_t> places;
  for (auto [place, value] : llvm::enumerate(values)) {
    OpBuilder builder(&context);
    builder.setInsertionPointAfterValue(value);
    StringRef name = findName(value);
    places[name] = place;
    fxp::ObserveOp::create(builder, value.getLoc(), value, name);
  }
  auto executor = FloatExecutor::create(**module);
  if (!executor)
    return executor.takeError();
  std::vector<HostTensor> outputs;
  for (int64_t sample = 0; sample < samples->getCount(); ++sample)
    if (llvm::Error error = (*executor)->run(
            samples->get(sample), outputs,
            [&](StringRef name, ArrayRef<float> elements) {
              if (auto place = places.find(name); place != places.end())
                llvm::append_range(dump.tensors[place->second].elements,
                                   elements);
            }))
      return std::move(error);
  return dump;
}

/// The model in fixed point, made to return its named values.
static llvm::Expected<TensorDump> dumpFixedPoint(const Execution &execution,
                                                 const ModelOptions &model,
                                                 const DumpOptions &options,
                                                 MLIRContext &context) {
  Session session({.model = model,
                   .calibration = options.calibration,
                   .quantization = options.quantization},
                  context);
  llvm::Expected<bool> isFixed = session.isFixedPoint();
  if (!isFixed)
    return isFixed.takeError();
  llvm::Expected<const QuantizedModel *> quantized = session.getQuantized();
  if (!quantized)
    return quantized.takeError();
  OwningOpRef<ModuleOp> module = (*(*quantized)->module).clone();
  mlir::func::FuncOp function = getMainFunction(*module);
  llvm::Expected<ModelSamples> samples = openSamples(function, options);
  if (!samples)
    return samples.takeError();
  SmallVector<Value> values = findNamedValues(function);
  TensorDump dump = makeDump(values, samples->getCount());
  returnValues(*module, values);

  std::unique_ptr<LevelRunner> runner;
  ReferenceRunner reference(*module);
  if (execution.by == Execution::By::Native) {
    const Target *level =
        execution.level ? execution.level : getBestNativeTarget();
    if (!level || !LevelRunner::canRun(*level))
      return makeError("level '" + (level ? level->qualifiedName() : "native") +
                       "': expected one that this CPU or an emulator runs");
    CompileOptions compile;
    compile.targets = {level};
    if (llvm::Error error =
            LevelRunner::create(*module, compile).moveInto(runner))
      return std::move(error);
  }
  for (int64_t sample = 0; sample < samples->getCount(); ++sample) {
    std::vector<HostTensor> input = samples->get(sample), found;
    if (runner) {
      std::vector<std::vector<HostTensor>> all;
      if (llvm::Error error = runner->run({input}, all))
        return std::move(error);
      found = std::move(all.front());
    } else if (llvm::Error error = reference.run(input, found)) {
      return std::move(error);
    }
    for (auto [tensor, made] : llvm::zip_equal(dump.tensors, found))
      llvm::append_range(tensor.elements, made.toFloats());
  }
  if (*isFixed)
    return dump;
  llvm::Expected<TensorDump> imported = dumpFloat(model, options, context);
  if (!imported)
    return imported.takeError();
  return restoreAxes(std::move(dump), *imported);
}

llvm::Expected<TensorDump> narrow::dumpExecution(const Execution &execution,
                                                 const DumpOptions &options,
                                                 MLIRContext &context) {
  if (execution.by == Execution::By::File)
    return readTensorDump(execution.path);
  ModelOptions model = options.model;
  model.path = execution.path;
  DiagnosticCollector diagnostics(context);
  llvm::Expected<TensorDump> dump = [&]() -> llvm::Expected<TensorDump> {
    switch (execution.by) {
    case Execution::By::Float:
      return dumpFloat(model, options, context);
    case Execution::By::OnnxRuntime:
      return dumpOnnxRuntime(model, options, context);
    default:
      return dumpFixedPoint(execution, model, options, context);
    }
  }();
  if (dump || !diagnostics.hasErrors())
    return dump;
  llvm::consumeError(dump.takeError());
  return diagnostics.takeError(execution.path);
}
