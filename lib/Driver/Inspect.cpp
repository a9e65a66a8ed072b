//===- Inspect.cpp - what a file holds ------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Inspect.h"

#include "mlir/IR/Verifier.h"
#include "narrow/Calibration/Estimators.h"
#include "narrow/Codegen/Contraction.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Driver/Context.h"
#include "narrow/Driver/Diagnostics.h"
#include "narrow/Frontend/ImportModel.h"
#include "narrow/Object/ArtefactInfo.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Npy.h"
#include "narrow/Support/Text.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <map>

using namespace narrow;
using llvm::json::Array;
using llvm::json::Object;

static Array toJson(ArrayRef<int64_t> shape) {
  Array array;
  for (int64_t size : shape)
    array.push_back(size);
  return array;
}

static Array toJson(ArrayRef<ValueSpec> specs) {
  Array array;
  for (const ValueSpec &spec : specs)
    array.push_back(Object{{"name", llvm::json::fixUTF8(spec.name)},
                           {"type", getElementName(spec.kind)},
                           {"shape", toJson(ArrayRef(spec.shape))}});
  return array;
}

/// A row of the table of pair-safe steps.
static Object describePairs(Operation *op, const codegen::PairShares &shares) {
  auto percent = [](double share) { return std::round(1000 * share) / 10; };
  // In the order of the module, which keeps no names of nodes.
  auto weights = cast<RankedTensorType>(op->getOperand(1).getType());
  return Object{{"op", op->getName().getStringRef().str()},
                {"weights", toJson(weights.getShape())},
                {"percent_safe", percent(shares.asTheyLie)},
                {"percent_shuffled", percent(shares.shuffled)}};
}

static Object inspectModule(ModuleOp module) {
  Object object;
  if (mlir::func::FuncOp function = getMainFunction(module)) {
    object["inputs"] = toJson(getInputSpecs(function));
    object["outputs"] = toJson(getOutputSpecs(function));
  }
  llvm::MapVector<StringRef, int64_t> counts;
  int64_t constantBytes = 0, macs = 0;
  Array pairs;
  module.walk([&](Operation *op) {
    if (isa<ModuleOp, mlir::func::FuncOp, mlir::func::ReturnOp>(op))
      return;
    ++counts[op->getName().getStringRef()];
    if (auto shares = codegen::getPairShares(op))
      pairs.push_back(describePairs(op, *shares));
    if (auto fixedPoint = dyn_cast<fxp::FixedPointOpInterface>(op))
      macs += fixedPoint.getMacs();
    for (NamedAttribute named : op->getAttrs())
      if (auto elements = dyn_cast<ElementsAttr>(named.getValue()))
        if (elements.getElementType().isIntOrFloat())
          constantBytes +=
              elements.getNumElements() *
              llvm::divideCeil(
                  elements.getElementType().getIntOrFloatBitWidth(), 8u);
  });
  Array operations;
  for (auto &[name, count] : counts)
    operations.push_back(Object{{"op", name.str()}, {"count", count}});
  object["operations"] = std::move(operations);
  if (!pairs.empty())
    object["pairs_on_avx2"] = std::move(pairs);
  object["constant_bytes"] = constantBytes;
  if (macs)
    object["macs"] = macs;
  return object;
}

static llvm::Expected<Object> inspectModel(const ModelOptions &options) {
  CompilerContext context;
  OwningOpRef<ModuleOp> module;
  bool isMlir = isModuleFile(options.path);
  if (isMlir) {
    // Modules of any level, not only those that could be compiled.
    DiagnosticCollector diagnostics(context.get());
    module = parseModule(options.path, context.get());
    if (!module)
      return diagnostics.takeError(options.path);
  } else {
    llvm::Expected<OwningOpRef<ModuleOp>> loaded =
        loadModel(options, context.get());
    if (!loaded)
      return loaded.takeError();
    module = std::move(*loaded);
  }
  Object object = inspectModule(*module);
  object["kind"] = isMlir ? "mlir" : "onnx";
  return object;
}

static llvm::Expected<Object> inspectStatistics(StringRef path) {
  llvm::Expected<Statistics> statistics = Statistics::load(path);
  if (!statistics)
    return statistics.takeError();
  Array tensors;
  for (const TensorStatistics &tensor : statistics->getTensors()) {
    Object entry{{"name", llvm::json::fixUTF8(tensor.name)},
                 {"elements", tensor.elements},
                 {"zeros", tensor.zeros},
                 {"lowest", tensor.histogram.getLowest()},
                 {"highest", tensor.histogram.getHighest()}};
    if (!tensor.histogram.empty() && !tensor.nans && !tensor.infinities)
      for (Estimator estimator : {Estimator::Entropy, Estimator::Mse}) {
        Range range = estimateRange(tensor, {estimator});
        entry[getEstimatorName(estimator)] = Array{range.lowest, range.highest};
      }
    tensors.push_back(std::move(entry));
  }
  return Object{{"kind", "statistics"},
                {"samples", statistics->getNumSamples()},
                {"tensors", std::move(tensors)}};
}

static llvm::Expected<Object> inspectArrays(StringRef path) {
  llvm::Expected<std::vector<ArrayInfo>> arrays = listArrays(path);
  if (!arrays)
    return arrays.takeError();
  Array list;
  for (const ArrayInfo &tensor : *arrays) {
    Object entry{{"name", llvm::json::fixUTF8(tensor.name)},
                 {"type", getElementName(tensor.kind)},
                 {"shape", toJson(ArrayRef<int64_t>(tensor.shape))}};
    list.push_back(std::move(entry));
  }
  return Object{{"kind", "arrays"}, {"arrays", std::move(list)}};
}

static Array toJson(ArrayRef<ModelTensor> tensors) {
  Array array;
  for (const ModelTensor &tensor : tensors) {
    Object entry{{"name", llvm::json::fixUTF8(tensor.name)},
                 {"type", getElementName(tensor.kind)},
                 {"shape", toJson(ArrayRef<int64_t>(tensor.shape))}};
    if (tensor.scales.size() == 1) {
      entry["scale"] = tensor.scales.front();
      entry["zero_point"] = tensor.zeroPoints.front();
    }
    array.push_back(std::move(entry));
  }
  return array;
}

static llvm::Expected<Object> inspectArtefact(StringRef path) {
  llvm::Expected<ArtefactInfo> info = readArtefactInfo(path);
  if (!info)
    return info.takeError();
  Array levels;
  for (const std::string &level : info->levels)
    levels.push_back(level);
  return Object{{"kind", "artefact"},
                {"name", llvm::json::fixUTF8(info->name)},
                {"family", info->family},
                {"levels", std::move(levels)},
                {"arena_bytes", info->arenaBytes},
                {"weight_bytes", info->constantBytes},
                {"inputs", toJson(info->inputs)},
                {"outputs", toJson(info->outputs)}};
}

llvm::Expected<Object> narrow::inspectFile(const ModelOptions &options) {
  StringRef path = options.path;
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  StringRef bytes = (*buffer)->getBuffer();
  if (bytes.starts_with("\x93NUMPY") || bytes.starts_with("PK\x03\x04"))
    return inspectArrays(path);
  if (bytes.starts_with("\x7F"
                        "ELF") ||
      bytes.starts_with("!<arch>\n"))
    return inspectArtefact(path);
  StringRef text = bytes.ltrim();
  if ((text.starts_with("{") || text.starts_with("[")) && !isModuleFile(path))
    return inspectStatistics(path);
  return inspectModel(options);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string toText(const llvm::json::Value &value) {
  if (auto text = value.getAsString())
    return escapeControls(*text);
  if (const Array *array = value.getAsArray()) {
    SmallVector<std::string> parts;
    for (const llvm::json::Value &element : *array)
      parts.push_back(toText(element));
    return "[" + llvm::join(parts, ", ") + "]";
  }
  if (value.getAsInteger())
    return llvm::formatv("{0}", value).str();
  if (auto number = value.getAsNumber())
    return llvm::formatv("{0}", llvm::format("%.6g", *number)).str();
  return llvm::formatv("{0}", value).str();
}

static void printTable(StringRef title, const Array &rows, raw_ostream &os) {
  std::map<std::string, size_t> widths;
  for (const llvm::json::Value &row : rows)
    for (auto &[key, value] : *row.getAsObject()) {
      size_t &width = widths[key.str()];
      width = std::max({width, toText(value).size(), key.str().size()});
    }
  // Objects are unordered; the name leads, the rest is sorted.
  std::vector<std::pair<std::string, size_t>> columns(widths.begin(),
                                                      widths.end());
  llvm::sort(columns, [](const auto &a, const auto &b) {
    auto rank = [](StringRef key) { return key != "name" && key != "op"; };
    return std::pair(rank(a.first), a.first) <
           std::pair(rank(b.first), b.first);
  });
  os << title << '\n';
  auto printRow = [&](auto getCell) {
    std::string line;
    for (auto &[key, width] : columns) {
      std::string cell = getCell(key);
      line += "  " + cell + std::string(width - cell.size(), ' ');
    }
    os << StringRef(line).rtrim() << '\n';
  };
  printRow([](const std::string &key) { return key; });
  for (const llvm::json::Value &row : rows)
    printRow([&](const std::string &key) {
      const llvm::json::Value *value = row.getAsObject()->get(key);
      return value ? toText(*value) : std::string();
    });
}

void narrow::printInspection(const Object &object, raw_ostream &os) {
  SmallVector<StringRef> keys;
  for (auto &[key, value] : object)
    keys.push_back(key);
  llvm::sort(keys);
  auto isTable = [&](StringRef key) {
    const Array *array = object.getArray(key);
    return array && !array->empty() && array->front().getAsObject();
  };
  for (StringRef key : keys)
    if (!isTable(key))
      os << key << ": " << toText(*object.get(key)) << '\n';
  for (StringRef key : keys)
    if (isTable(key))
      printTable(key, *object.getArray(key), os);
}
