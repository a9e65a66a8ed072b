//===- KernelCheck.cpp - compares generated code, level by level ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCheck.h"
#include "Draw.h"
#include "narrow/Driver/ReferenceRunner.h"
#include "narrow/Object/LevelRunner.h"
#include "llvm/Support/PrettyStackTrace.h"

using namespace narrow;
using mlir::func::FuncOp;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// Returns a float around what a cast finds hard: ends, ties, specials.
static float drawFloat(Draw &draw) {
  static const float edges[] = {0.0f,      -0.0f, 1e30f,  -1e30f, INFINITY,
                                -INFINITY, NAN,   1e-40f, 0.5f,   -0.5f,
                                1.5f,      2.5f,  -1.5f,  -2.5f};
  switch (draw.between(0, 7)) {
  case 0:
    return edges[draw.between(0, std::size(edges) - 1)];
  case 1:
    return static_cast<float>(draw.between(-600, 600)) / 2;
  case 2: {
    auto bits = static_cast<uint32_t>(draw.between(0, UINT32_MAX));
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
  }
  default:
    return static_cast<float>(draw.real(-1, 1) * draw.scale(1e-2, 1e3));
  }
}

/// Sample 0 holds the lowest stored values, 1 the highest, 2 and 3 alternate
/// between them, some hold ends at random or values around the zero point, the
/// others anything.
static reference::Tensor drawInput(RankedTensorType type, unsigned sample,
                                   Draw &draw) {
  reference::Tensor tensor(type);
  for (float &value : tensor.floats())
    value = drawFloat(draw);
  // Conditions; integers around the ends of what is stored, and any.
  unsigned bits = tensor.integers().empty()
                      ? 1
                      : std::min(60u, type.getElementTypeBitWidth());
  for (int64_t &value : tensor.integers())
    value = bits == 1 ? draw.between(0, 1)
            : bits > 16 && draw.chance(50)
                ? draw.between(-40000, 40000)
                : draw.between(-(int64_t(1) << (bits - 1)),
                               (int64_t(1) << (bits - 1)) - 1);
  if (tensor.stored().empty())
    return tensor;
  fxp::QuantView view = tensor.getQuantView();
  fxp::IntegerRange range = view.getStorageRange();
  unsigned pattern = draw.between(0, 7);
  for (auto [i, value] : llvm::enumerate(tensor.stored())) {
    if (sample < 2)
      value = sample == 0 ? range.lo : range.hi;
    else if (sample < 4)
      value = (i + sample) % 2 ? range.lo : range.hi;
    else if (pattern == 0)
      value = draw.chance(50) ? range.lo : range.hi;
    else if (pattern == 1)
      value = std::clamp(view.getZeroPoint() + draw.between(-2, 2), range.lo,
                         range.hi);
    else
      value = draw.between(range.lo, range.hi);
  }
  return tensor;
}

LogicalResult KernelCase::evaluate(unsigned samples, ArrayRef<uint64_t> seed) {
  ReferenceRunner runner(function);
  for (unsigned sample = 0; sample < samples; ++sample) {
    SmallVector<uint64_t> words(seed);
    words.push_back(sample);
    Draw draw(words);
    inputs.emplace_back();
    for (Type type : function.getArgumentTypes())
      inputs.back().push_back(
          drawInput(cast<RankedTensorType>(type), sample, draw));
    wanted.emplace_back();
    if (failed(runner.run(inputs.back(), wanted.back())))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// One artefact for many functions
//===----------------------------------------------------------------------===//

/// Returns a module whose only function does the work of all: arguments and
/// results of one case after another.
static OwningOpRef<ModuleOp> mergeFunctions(ArrayRef<KernelCase> cases) {
  FuncOp first = cases.front().function;
  OwningOpRef<ModuleOp> module = ModuleOp::create(first.getLoc());
  OpBuilder builder(first.getContext());
  builder.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> arguments, results;
  for (const KernelCase &each : cases) {
    FuncOp function = each.function;
    llvm::append_range(arguments, function.getArgumentTypes());
    llvm::append_range(results, function.getResultTypes());
  }
  FuncOp merged = FuncOp::create(builder, first.getLoc(), "model",
                                 builder.getFunctionType(arguments, results));
  builder.setInsertionPointToStart(merged.addEntryBlock());
  unsigned next = 0;
  SmallVector<Value> returned;
  for (const KernelCase &each : cases) {
    mlir::IRMapping mapping;
    FuncOp function = each.function;
    Block &block = function.getBody().front();
    for (Value argument : block.getArguments())
      mapping.map(argument, merged.getArgument(next++));
    for (Operation &op : block.without_terminator())
      builder.clone(op, mapping);
    for (Value value : block.getTerminator()->getOperands())
      returned.push_back(mapping.lookup(value));
  }
  mlir::func::ReturnOp::create(builder, first.getLoc(), returned);
  return module;
}

static double valueAt(const reference::Tensor &tensor, int64_t i) {
  if (!tensor.floats().empty())
    return tensor.floats()[i];
  return tensor.stored().empty() ? double(tensor.integers()[i])
                                 : tensor.stored()[i];
}

/// Returns element `i` of an output as a number.
static double valueAt(const HostTensor &tensor, const reference::Tensor &like,
                      int64_t i) {
  auto type = like.getType();
  ArrayRef<char> bytes(reinterpret_cast<const char *>(tensor.bytes.data()),
                       tensor.bytes.size());
  auto read = reference::Tensor::fromBytes(type, bytes);
  if (failed(read))
    return NAN;
  return valueAt(*read, i);
}

/// Compares one output bit for bit, but for the bits of NaNs (N70); returns
/// nothing where all is equal.
static std::optional<Mismatch> compare(const HostTensor &found,
                                       const reference::Tensor &wanted) {
  std::vector<char> bytes = wanted.toBytes();
  Mismatch result{};
  result.elements = wanted.getNumElements();
  if (found.bytes.size() != bytes.size()) {
    result.different = result.elements;
    result.first = "an output of another size";
    return result;
  }
  size_t width = getElementBytes(found.kind);
  for (int64_t i = 0; i < result.elements; ++i) {
    if (memcmp(&found.bytes[i * width], &bytes[i * width], width) == 0 ||
        (std::isnan(valueAt(found, wanted, i)) &&
         std::isnan(valueAt(wanted, i))))
      continue;
    if (result.different++ == 0) {
      llvm::raw_string_ostream(result.first)
          << "element " << i << ": expected " << valueAt(wanted, i)
          << ", found " << valueAt(found, wanted, i);
    }
  }
  if (result.different == 0)
    return std::nullopt;
  return result;
}

llvm::Error narrow::checkLevel(ArrayRef<KernelCase> cases, const Target &target,
                               function_ref<void(const Mismatch &)> report) {
  FuncOp first = cases.front().function, last = cases.back().function;
  llvm::PrettyStackTraceFormat trace(
      "checking %s to %s on %s", first.getName().str().c_str(),
      last.getName().str().c_str(), target.qualifiedName().c_str());
  OwningOpRef<ModuleOp> module = mergeFunctions(cases);
  CompileOptions options;
  options.name = "model";
  options.targets = {&target};
  options.verifiesKernelNames = true;
  auto runner = LevelRunner::create(*module, options);
  if (!runner)
    return runner.takeError();
  size_t samples = cases.front().inputs.size();
  std::vector<std::vector<HostTensor>> inputs(samples), outputs;
  for (size_t sample = 0; sample < samples; ++sample)
    for (const KernelCase &each : cases)
      for (const reference::Tensor &tensor : each.inputs[sample]) {
        const ModelTensor &like = (*runner)->getInputs()[inputs[sample].size()];
        HostTensor host(like.kind, like.shape, like.name);
        std::vector<char> bytes = tensor.toBytes();
        host.bytes.assign(bytes.begin(), bytes.end());
        inputs[sample].push_back(std::move(host));
      }
  if (llvm::Error error = (*runner)->run(inputs, outputs))
    return error;
  for (size_t sample = 0; sample < samples; ++sample) {
    size_t next = 0;
    for (auto [index, each] : llvm::enumerate(cases))
      for (auto [output, wanted] : llvm::enumerate(each.wanted[sample]))
        if (auto mismatch = compare(outputs[sample][next++], wanted)) {
          mismatch->caseIndex = index;
          mismatch->sample = sample;
          mismatch->output = output;
          report(*mismatch);
        }
  }
  return llvm::Error::success();
}
