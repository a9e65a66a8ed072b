//===- Samples.cpp - the samples of a file as a model's inputs ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Samples.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cstring>
#include <limits>

using namespace narrow;

static bool isFloat(ElementKind kind) {
  return kind == ElementKind::F16 || kind == ElementKind::F32 ||
         kind == ElementKind::F64;
}

static bool isSigned(ElementKind kind) {
  return kind == ElementKind::I8 || kind == ElementKind::I16 ||
         kind == ElementKind::I32 || kind == ElementKind::I64;
}

/// Whether every value of `from` can be used as `to`.
static bool isConvertible(ElementKind from, ElementKind to) {
  if (from == to)
    return true;
  if (isFloat(from) || isFloat(to))
    return isFloat(from) && isFloat(to);
  if (to == ElementKind::Bool || from == ElementKind::Bool)
    return from == ElementKind::Bool;
  // Class indices are commonly i64 where the model holds i32.
  if (from == ElementKind::I64 && to == ElementKind::I32)
    return true;
  return getElementBytes(from) < getElementBytes(to) &&
         (!isSigned(from) || isSigned(to));
}

template <typename T>
static void store(const HostTensor &from, HostTensor &to) {
  for (int64_t i = 0, e = from.getNumElements(); i < e; ++i) {
    double real = from.getAsDouble(i);
    // Indices beyond the range of a narrower integer stay out of range.
    if constexpr (std::is_integral_v<T>)
      real = std::clamp(real, double(std::numeric_limits<T>::min()),
                        double(std::numeric_limits<T>::max()));
    auto value = T(real);
    std::memcpy(to.bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
}

static void storeHalf(const HostTensor &from, HostTensor &to) {
  for (int64_t i = 0, e = from.getNumElements(); i < e; ++i) {
    llvm::APFloat value(from.getAsDouble(i));
    bool losesInfo;
    value.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven,
                  &losesInfo);
    auto bits = uint16_t(value.bitcastToAPInt().getZExtValue());
    std::memcpy(to.bytes.data() + i * sizeof(bits), &bits, sizeof(bits));
  }
}

HostTensor narrow::convert(const HostTensor &tensor, ElementKind kind) {
  if (tensor.kind == kind)
    return tensor;
  HostTensor result(kind, tensor.shape, tensor.name);
  switch (kind) {
  case ElementKind::F32:
    store<float>(tensor, result);
    break;
  case ElementKind::F64:
    store<double>(tensor, result);
    break;
  case ElementKind::I8:
    store<int8_t>(tensor, result);
    break;
  case ElementKind::U8:
  case ElementKind::Bool:
    store<uint8_t>(tensor, result);
    break;
  case ElementKind::I16:
    store<int16_t>(tensor, result);
    break;
  case ElementKind::U16:
    store<uint16_t>(tensor, result);
    break;
  case ElementKind::F16:
    storeHalf(tensor, result);
    break;
  case ElementKind::I32:
    store<int32_t>(tensor, result);
    break;
  case ElementKind::U32:
    store<uint32_t>(tensor, result);
    break;
  case ElementKind::I64:
    store<int64_t>(tensor, result);
    break;
  case ElementKind::U64:
    store<uint64_t>(tensor, result);
    break;
  }
  return result;
}

static std::string formatShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(shape, os);
  os << ']';
  return text;
}

/// A hint where an image's channels stand on the other side of its height and
/// width.
static std::string describeOrder(ArrayRef<int64_t> expected,
                                 ArrayRef<int64_t> found) {
  if (expected.size() == 4 && expected.front() == 1)
    expected = expected.drop_front();
  if (found.size() == 4 && found.front() == 1)
    found = found.drop_front();
  if (expected.size() != 3 || found.size() != 3)
    return "";
  bool isNhwc = found[0] == expected[1] && found[1] == expected[2] &&
                found[2] == expected[0];
  bool isNchw = found[0] == expected[2] && found[1] == expected[0] &&
                found[2] == expected[1];
  if (!isNhwc && !isNchw)
    return "";
  return isNhwc ? "; these axes look like NHWC, and the model takes NCHW"
                : "; these axes look like NCHW, and the model takes NHWC";
}

llvm::Expected<ModelSamples> ModelSamples::open(StringRef path,
                                                ArrayRef<ValueSpec> inputs,
                                                const StateFeed &feed) {
  llvm::Expected<SampleFile> file = SampleFile::open(path);
  if (!file)
    return file.takeError();
  ModelSamples samples(std::move(*file));
  samples.inputs.assign(inputs.begin(), inputs.end());
  samples.feed = feed;
  auto fail = [&](const llvm::Twine &message) {
    return makeError("'" + path + "': " + message);
  };

  size_t numArrays = samples.file->getNumArrays();
  size_t needed = inputs.size() - feed.getLinks().size();
  // Further arrays, as labels, are passed over where names tell them apart.
  if (numArrays < needed)
    return fail("expected " + llvm::Twine(needed) +
                " arrays, one for each input of the model" +
                (feed.isEmpty() ? "" : " that is no state") + ", found " +
                llvm::Twine(numArrays));
  for (auto [index, input] : llvm::enumerate(inputs)) {
    size_t array = 0;
    if (numArrays > 1 ||
        (inputs.size() > 1 && (needed > 1 || feed.takesState(index)))) {
      while (array < numArrays && samples.file->getName(array) != input.name)
        ++array;
      if (array == numArrays && feed.takesState(index)) {
        samples.arrays.push_back(std::nullopt);
        continue;
      }
      if (array == numArrays)
        return fail("expected an array for input '" + input.name +
                    "', found none of that name");
    }
    ArrayRef<int64_t> found = samples.file->getShape(array);
    ArrayRef<int64_t> expected = input.shape;
    bool fits = found == expected;
    if (!fits && !expected.empty() && expected.front() == 1)
      fits = found == expected.drop_front();
    if (!fits)
      return fail("expected samples of shape " + formatShape(expected) +
                  " for input '" + input.name + "', found " +
                  formatShape(found) + describeOrder(expected, found));
    ElementKind kind = samples.file->getKind(array);
    bool isPixels = input.takesPixels && kind == ElementKind::U8;
    if (!isPixels && !isConvertible(kind, input.kind))
      return fail("expected " + getElementName(input.kind) +
                  " elements for input '" + input.name + "', found " +
                  getElementName(kind) +
                  (input.kind == ElementKind::F32 && !isFloat(kind)
                       ? "; a model takes pixels as bytes with --pixel-mean "
                         "and --pixel-scale"
                       : ""));
    samples.arrays.push_back(array);
  }
  if (llvm::Error error = samples.file->verify())
    return error;
  return samples;
}

HostTensor ModelSamples::makeInput(size_t input, int64_t sample) const {
  const ValueSpec &spec = inputs[input];
  if (!arrays[input])
    return HostTensor(spec.kind, spec.shape, spec.name);
  HostTensor tensor =
      convert(file->get(*arrays[input], getPlace(sample)), spec.kind);
  tensor.name = spec.name;
  tensor.shape.assign(spec.shape.begin(), spec.shape.end());
  return tensor;
}

ModelSamples ModelSamples::startAt(int64_t first) const {
  assert(feed.isEmpty() && "steps follow each other");
  ModelSamples turned = *this;
  turned.begin = (begin + first) % getCount();
  return turned;
}

std::vector<HostTensor> ModelSamples::get(int64_t sample) const {
  std::vector<HostTensor> tensors;
  for (size_t input = 0; input < inputs.size(); ++input)
    tensors.push_back(makeInput(input, sample));
  if (!states.empty())
    for (auto [link, state] : llvm::zip_equal(feed.getLinks(), states[sample]))
      tensors[link.input] = state;
  return tensors;
}

llvm::Error ModelSamples::follow(const FloatExecutor &executor) {
  std::vector<std::vector<HostTensor>> found;
  std::vector<HostTensor> before, outputs;
  for (int64_t step = 0; step < getCount(); ++step) {
    std::vector<HostTensor> tensors = get(step);
    feed.feed(step, before, tensors);
    if (llvm::Error error = executor.run(tensors, outputs))
      return error;
    found.push_back(feed.pick(tensors));
    std::swap(before, outputs);
  }
  states = std::move(found);
  return llvm::Error::success();
}

void ModelSamples::setStates(std::vector<std::vector<HostTensor>> found) {
  assert(states.size() >= found.size() && "the samples were not followed");
  llvm::move(found, states.begin());
}
