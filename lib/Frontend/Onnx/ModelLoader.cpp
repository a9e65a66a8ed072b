//===- ModelLoader.cpp - ONNX files and the tensors in them ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelLoader.h"
#include "narrow/Support/Error.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

using namespace narrow;
using namespace narrow::frontend;

namespace {

llvm::Error makeError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// Keeps the first error of the text parser.
class FirstError : public google::protobuf::io::ErrorCollector {
public:
  void AddError(int line, int column, const std::string &message) override {
    if (text.empty())
      text = (llvm::Twine(line + 1) + ":" + llvm::Twine(column + 1) + ": " +
              message)
                 .str();
  }
  std::string text;
};

float decodeFloat(const llvm::fltSemantics &semantics, uint16_t bits) {
  llvm::APFloat value(semantics, llvm::APInt(16, bits));
  bool losesInfo = false;
  value.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToFloat();
}

/// Returns element `index` of less than 8 bits; the first lie in the low bits.
int64_t readPacked(DataType type, int64_t index,
                   llvm::function_ref<uint8_t(int64_t)> getByte) {
  int64_t bits = getBitWidth(type), perByte = 8 / bits;
  return wrapInteger(type,
                     getByte(index / perByte) >> (index % perByte * bits));
}

/// Returns the bytes that `count` elements take.
int64_t countBytes(DataType type, int64_t count) {
  unsigned bits = getBitWidth(type);
  if (type == DataType::Bool || bits >= 8)
    return count * std::max(1u, bits / 8);
  return llvm::divideCeil(count * bits, 8);
}

/// Decodes little-endian elements of ONNX type `type`.
void decodeRaw(Literal &literal, const char *bytes) {
  auto read = [&](auto zero, auto store) {
    int64_t count = getNumElements(literal.shape);
    for (int64_t i = 0; i < count; ++i) {
      decltype(zero) element;
      std::memcpy(&element, bytes + i * sizeof(element), sizeof(element));
      store(i, element);
    }
  };
  auto floats = [&](int64_t i, auto v) { literal.floats[i] = float(v); };
  auto integers = [&](int64_t i, auto v) { literal.integers[i] = int64_t(v); };
  switch (literal.type) {
  case DataType::U4:
  case DataType::I4:
  case DataType::U2:
  case DataType::I2:
    for (int64_t i = 0, e = getNumElements(literal.shape); i < e; ++i)
      literal.integers[i] = readPacked(
          literal.type, i, [&](int64_t byte) { return uint8_t(bytes[byte]); });
    return;
  case DataType::F32:
    return read(float(), floats);
  case DataType::F64:
    return read(double(), floats);
  case DataType::F16:
    return read(uint16_t(), [&](int64_t i, uint16_t v) {
      literal.floats[i] = decodeFloat(llvm::APFloat::IEEEhalf(), v);
    });
  case DataType::BF16:
    return read(uint16_t(), [&](int64_t i, uint16_t v) {
      literal.floats[i] = decodeFloat(llvm::APFloat::BFloat(), v);
    });
  case DataType::U8:
    return read(uint8_t(), integers);
  case DataType::Bool:
    return read(uint8_t(),
                [&](int64_t i, uint8_t v) { literal.integers[i] = v != 0; });
  case DataType::I8:
    return read(int8_t(), integers);
  case DataType::U16:
    return read(uint16_t(), integers);
  case DataType::I16:
    return read(int16_t(), integers);
  case DataType::I32:
    return read(int32_t(), integers);
  case DataType::U32:
    return read(uint32_t(), integers);
  default:
    return read(int64_t(), integers);
  }
}

/// Decodes the typed repeated fields; returns how many elements are there.
int64_t decodeTyped(Literal &literal, const onnx::TensorProto &tensor) {
  int64_t count = getNumElements(literal.shape);
  auto copy = [&](const auto &field, auto store) {
    if (field.size() == count)
      for (int64_t i = 0; i < count; ++i)
        store(i, field.Get(i));
    return static_cast<int64_t>(field.size());
  };
  auto floats = [&](int64_t i, auto v) { literal.floats[i] = float(v); };
  auto integers = [&](int64_t i, auto v) {
    literal.integers[i] = wrapInteger(literal.type, int64_t(v));
  };
  switch (literal.type) {
  case DataType::U4:
  case DataType::I4:
  case DataType::U2:
  case DataType::I2:
    // Each number of the field is a byte of elements.
    for (int64_t i = 0; i < count; ++i)
      literal.integers[i] = readPacked(literal.type, i, [&](int64_t byte) {
        return uint8_t(tensor.int32_data(byte));
      });
    return count;
  case DataType::F32:
    return copy(tensor.float_data(), floats);
  case DataType::F64:
    return copy(tensor.double_data(), floats);
  case DataType::F16:
  case DataType::BF16:
    return copy(tensor.int32_data(), [&](int64_t i, int32_t v) {
      literal.floats[i] =
          decodeFloat(literal.type == DataType::F16 ? llvm::APFloat::IEEEhalf()
                                                    : llvm::APFloat::BFloat(),
                      static_cast<uint16_t>(v));
    });
  case DataType::I64:
    return copy(tensor.int64_data(), integers);
  case DataType::U32:
  case DataType::U64:
    return copy(tensor.uint64_data(), integers);
  default:
    return copy(tensor.int32_data(), integers);
  }
}

/// Returns the folder in which a path lies, without links.
std::error_code getRealFolder(StringRef path, std::string &folder) {
  StringRef parent = llvm::sys::path::parent_path(path);
  llvm::SmallString<128> real;
  std::error_code code =
      llvm::sys::fs::real_path(parent.empty() ? "." : parent, real);
  folder = real.str();
  if (!real.ends_with("/"))
    folder += '/';
  return code;
}

/// Returns the file at `location` in the model's folder, or else in the folder
/// of the file to which the model is a link: caches keep models so. A link must
/// not lead out of both, to a file that is none of the model's, and reading a
/// pipe might never end.
llvm::Expected<std::string> findExternal(StringRef location,
                                         StringRef modelPath) {
  namespace fs = llvm::sys::fs;
  std::string beside, behind;
  llvm::SmallString<128> model, path, target;
  std::error_code code = getRealFolder(modelPath, beside);
  if (!code)
    code = fs::real_path(modelPath, model);
  if (!code)
    code = getRealFolder(model, behind);
  path = llvm::sys::path::parent_path(modelPath);
  llvm::sys::path::append(path, location);
  if (!code && behind != beside && !fs::exists(path)) {
    path = behind;
    llvm::sys::path::append(path, location);
  }
  fs::file_status status;
  if (!code)
    code = fs::real_path(path, target);
  if (!code)
    code = fs::status(target, status);
  if (code)
    return makeError("cannot open external data '" + path +
                     "': " + code.message());
  if (!target.starts_with(beside) && !target.starts_with(behind))
    return makeError("expected external data in the model's folder, found '" +
                     path + "', a link to '" + target + "'");
  if (!fs::is_regular_file(status))
    return makeError("expected external data in a regular file, found '" +
                     path + "'");
  return path.str().str();
}

/// Reads the bytes that `external_data` points to.
llvm::Expected<std::string> readExternal(const onnx::TensorProto &tensor,
                                         StringRef modelPath, int64_t bytes) {
  std::string location;
  uint64_t offset = 0, length = bytes;
  for (const auto &entry : tensor.external_data()) {
    StringRef value = entry.value();
    if (entry.key() == "location")
      location = entry.value();
    else if ((entry.key() == "offset" && value.getAsInteger(10, offset)) ||
             (entry.key() == "length" && value.getAsInteger(10, length)))
      return makeError("tensor '" + tensor.name() + "': external data has " +
                       entry.key() + " '" + value + "', expected a number");
  }
  bool leavesFolder = llvm::sys::path::is_absolute(location);
  for (auto it = llvm::sys::path::begin(location),
            end = llvm::sys::path::end(location);
       it != end; ++it)
    leavesFolder |= *it == "..";
  if (location.empty() || leavesFolder)
    return makeError("tensor '" + tensor.name() +
                     "': expected external data in the model's folder, found "
                     "location '" +
                     location + "'");
  if (length != static_cast<uint64_t>(bytes))
    return makeError("tensor '" + tensor.name() + "': expected " +
                     Twine(bytes) + " bytes of external data, found " +
                     Twine(length));
  llvm::Expected<std::string> path = findExternal(location, modelPath);
  if (!path)
    return makeError("tensor '" + tensor.name() +
                     "': " + llvm::toString(path.takeError()));
  auto file = llvm::MemoryBuffer::getFile(*path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return makeError("tensor '" + tensor.name() +
                     "': cannot open external data '" + *path +
                     "': " + file.getError().message());
  size_t size = (*file)->getBufferSize();
  if (offset > size || length > size - offset)
    return makeError("tensor '" + tensor.name() + "': external data '" + *path +
                     "' has " + Twine(size) + " bytes, expected at least " +
                     Twine(offset) + " + " + Twine(length));
  return (*file)->getBuffer().substr(offset, length).str();
}

} // namespace

llvm::Expected<std::unique_ptr<onnx::ModelProto>>
frontend::loadModel(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return makeError("cannot open '" + path +
                     "': " + file.getError().message());
  StringRef bytes = (*file)->getBuffer();

  // Protobuf would print its own lines on broken input.
  google::protobuf::LogSilencer silence;
  auto model = std::make_unique<onnx::ModelProto>();
  if (path.ends_with(".onnx.txt") || path.ends_with(".textproto")) {
    google::protobuf::TextFormat::Parser parser;
    FirstError firstError;
    // As deep as the binary form is read.
    parser.SetRecursionLimit(100);
    parser.RecordErrorsTo(&firstError);
    if (!parser.ParseFromString(bytes.str(), model.get()))
      return makeError(path + ":" + firstError.text);
  } else {
    if (bytes.size() > static_cast<size_t>(INT32_MAX))
      return makeError("'" + path +
                       "' has more than 2 GiB, which protobuf cannot hold; "
                       "expected large tensors as external data");
    if (!model->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
      return makeError("'" + path +
                       "' is not an ONNX model: the protobuf message is "
                       "truncated or malformed");
  }
  if (!model->has_graph() || model->graph().output_size() == 0)
    return makeError("'" + path +
                     "' is not an ONNX model: expected a graph with outputs");
  return model;
}

llvm::Expected<Literal> frontend::readTensor(const onnx::TensorProto &tensor,
                                             StringRef modelPath) {
  auto type = static_cast<DataType>(tensor.data_type());
  if (!isImportable(type))
    return makeError("tensor '" + tensor.name() + "': element type " +
                     getName(type) + " is not supported");
  if (tensor.dims_size() > kMaxRank)
    return makeError("tensor '" + tensor.name() + "': expected rank " +
                     Twine(kMaxRank) + " at most, found " +
                     Twine(tensor.dims_size()));
  int64_t count = 1;
  for (int64_t size : tensor.dims()) {
    if (size < 0)
      return makeError("tensor '" + tensor.name() +
                       "': expected dimensions of at least 0, found " +
                       Twine(size));
    if (size && count > kMaxElements / size)
      return makeError("tensor '" + tensor.name() + "' has too many elements");
    count *= size;
  }

  // Before anything of that size is allocated: are as many bytes there?
  int64_t bytes = countBytes(type, count);
  bool isPacked = type != DataType::Bool && getBitWidth(type) < 8;
  std::string external;
  const std::string *raw = nullptr;
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    auto data = readExternal(tensor, modelPath, bytes);
    if (!data)
      return data.takeError();
    external = std::move(*data);
    raw = &external;
  } else if (tensor.has_raw_data()) {
    raw = &tensor.raw_data();
  }
  if (raw && static_cast<int64_t>(raw->size()) != bytes)
    return makeError("tensor '" + tensor.name() + "': expected " +
                     Twine(bytes) + " bytes of data, found " +
                     Twine(raw->size()));
  if (!raw) {
    int64_t fields =
        std::max({tensor.float_data_size(), tensor.double_data_size(),
                  tensor.int32_data_size(), tensor.int64_data_size(),
                  tensor.uint64_data_size()});
    int64_t expected = isPacked ? bytes : count;
    if (fields != expected)
      return makeError(
          "tensor '" + tensor.name() + "': expected " + Twine(expected) +
          (isPacked ? " bytes of elements, found " : " elements, found ") +
          Twine(fields));
    if (isPacked && tensor.int32_data_size() != expected)
      return makeError("tensor '" + tensor.name() +
                       "': expected elements of type " + getName(type) +
                       " in int32_data");
    if (isInteger(type) && getBitWidth(type) <= 16 && !isPacked)
      for (int32_t element : tensor.int32_data())
        if (wrapInteger(type, element) != element)
          return makeError("tensor '" + tensor.name() +
                           "': expected elements of type " + getName(type) +
                           ", found " + Twine(element));
  }

  Literal literal(type,
                  ArrayRef<int64_t>(tensor.dims().data(), tensor.dims_size()));
  if (raw) {
    decodeRaw(literal, raw->data());
    return literal;
  }
  int64_t found = decodeTyped(literal, tensor);
  if (found != count)
    return makeError("tensor '" + tensor.name() + "': expected " +
                     Twine(count) + " elements of type " + getName(type) +
                     ", found " + Twine(found));
  return literal;
}
