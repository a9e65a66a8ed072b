//===- Model.cpp - a model file and what it takes -------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Model.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "narrow/Driver/Diagnostics.h"
#include "narrow/Frontend/ImportModel.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;

llvm::Expected<OwningOpRef<ModuleOp>>
narrow::loadModel(const ModelOptions &options, MLIRContext &context,
                  std::vector<Message> *messages) {
  ImportOptions importOptions;
  importOptions.storedInterface = true;
  importOptions.batch = options.batch;
  importOptions.shapes = options.shapes;
  importOptions.inputs = options.inputs;
  importOptions.outputs = options.outputs;
  DiagnosticCollector diagnostics(context);
  OwningOpRef<ModuleOp> module =
      importModel(options.path, context, importOptions);
  if (!module)
    return diagnostics.takeError(options.path);
  if (messages)
    llvm::append_range(*messages, diagnostics.getMessages());
  mlir::func::FuncOp function = getMainFunction(*module);
  if (!function)
    return makeError("'" + options.path + "': expected a function 'main'");
  if (options.batch &&
      llvm::none_of(getInputSpecs(function), [&](const ValueSpec &input) {
        return !input.shape.empty() && input.shape.front() == *options.batch;
      }))
    return makeError("'" + options.path +
                     "': expected an open first dimension "
                     "for --batch " +
                     llvm::Twine(*options.batch) +
                     ", found none: the inputs' shapes are fixed");
  for (StringRef name : options.shapes.keys())
    if (llvm::none_of(getInputSpecs(function), [&](const ValueSpec &input) {
          return input.name == name;
        }))
      return makeError("'" + options.path + "': expected '" + name +
                       "' of --shape to be an input");
  return module;
}

llvm::Expected<uint64_t> narrow::hashModel(const ModelOptions &options) {
  StringRef path = options.path;
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  uint64_t hash =
      llvm::xxh3_64bits(llvm::arrayRefFromStringRef((*buffer)->getBuffer()));
  if (options.inputs.empty() && options.outputs.empty())
    return hash;
  std::string cut = llvm::utohexstr(hash);
  for (ArrayRef<std::string> names : {ArrayRef<std::string>(options.inputs),
                                      ArrayRef<std::string>(options.outputs)})
    cut += "|" + llvm::join(names, ",");
  return llvm::xxh3_64bits(llvm::arrayRefFromStringRef(cut));
}

static ElementKind getKind(Type type) {
  if (auto quantized = dyn_cast<mlir::quant::QuantizedType>(type)) {
    unsigned bits = quantized.getStorageTypeIntegralWidth();
    if (bits > 16)
      return ElementKind::I32;
    if (bits > 8)
      return quantized.isSigned() ? ElementKind::I16 : ElementKind::U16;
    return quantized.isSigned() ? ElementKind::I8 : ElementKind::U8;
  }
  if (type.isF64())
    return ElementKind::F64;
  if (type.isF16())
    return ElementKind::F16;
  if (isa<FloatType>(type))
    return ElementKind::F32;
  unsigned bits = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  bool isUnsigned = type.isUnsignedInteger();
  if (bits == 1)
    return ElementKind::Bool;
  if (bits <= 8)
    return isUnsigned ? ElementKind::U8 : ElementKind::I8;
  if (bits <= 16)
    return isUnsigned ? ElementKind::U16 : ElementKind::I16;
  if (bits <= 32)
    return isUnsigned ? ElementKind::U32 : ElementKind::I32;
  return isUnsigned ? ElementKind::U64 : ElementKind::I64;
}

static ValueSpec getSpec(Type type, Attribute name, StringRef fallback,
                         size_t index) {
  ValueSpec spec;
  if (auto string = dyn_cast_or_null<mlir::StringAttr>(name))
    spec.name = string.str();
  else
    spec.name = (fallback + llvm::Twine(index)).str();
  if (auto shaped = dyn_cast<ShapedType>(type)) {
    spec.shape = SmallVector<int64_t>(shaped.getShape());
    spec.kind = getKind(shaped.getElementType());
  }
  return spec;
}

SmallVector<ValueSpec> narrow::getInputSpecs(mlir::func::FuncOp function) {
  SmallVector<ValueSpec> specs;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    specs.push_back(
        getSpec(type, function.getArgAttr(index, kNameAttr), "input", index));
    specs.back().takesPixels =
        static_cast<bool>(function.getArgAttr(index, kPixelsAttribute));
  }
  return specs;
}

SmallVector<ValueSpec> narrow::getOutputSpecs(mlir::func::FuncOp function) {
  SmallVector<ValueSpec> specs;
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    specs.push_back(getSpec(type, function.getResultAttr(index, kNameAttr),
                            "output", index));
  return specs;
}

llvm::Error narrow::parseShape(StringRef text,
                               llvm::StringMap<SmallVector<int64_t>> &shapes) {
  // The name may hold '=' itself; the shape cannot.
  auto [name, dims] = text.rsplit('=');
  SmallVector<StringRef> parts;
  dims.split(parts, 'x');
  SmallVector<int64_t> shape;
  for (StringRef part : parts) {
    int64_t size;
    if (part.getAsInteger(10, size) || size <= 0)
      return makeError("expected --shape name=1x3x224x224 with positive "
                       "sizes, found '" +
                       text + "'");
    shape.push_back(size);
  }
  if (!shapes.try_emplace(name, shape).second)
    return makeError("expected one --shape of '" + name + "', found several");
  return llvm::Error::success();
}
