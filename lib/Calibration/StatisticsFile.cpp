//===- StatisticsFile.cpp - the statistics file ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads and writes the format of docs/statistics-format.md.
//
//===----------------------------------------------------------------------===//

#include "narrow/Calibration/Statistics.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/OutputFile.h"
#include "narrow/Support/Text.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace narrow;
using llvm::StringRef;

static constexpr StringRef kFormatName = "narrow-statistics";
static constexpr int64_t kFormatVersion = 1;

/// Writes a float exactly, as a hexadecimal literal.
static std::string formatFloat(float value) {
  char text[64];
  unsigned length = llvm::APFloat(value).convertToHexString(
      text, /*hexDigits=*/0, /*upperCase=*/false,
      llvm::APFloat::rmNearestTiesToEven);
  return std::string(text, length);
}

static bool parseFloat(StringRef text, float &value) {
  llvm::APFloat parsed(llvm::APFloat::IEEEsingle());
  llvm::Expected<llvm::APFloat::opStatus> status =
      parsed.convertFromString(text, llvm::APFloat::rmNearestTiesToEven);
  if (!status) {
    llvm::consumeError(status.takeError());
    return false;
  }
  value = parsed.convertToFloat();
  return *status == llvm::APFloat::opOK;
}

static std::string formatHash(uint64_t hash) {
  return "0x" + llvm::utohexstr(hash, /*LowerCase=*/true, /*Width=*/16);
}

/// Writes counts as decimals; `n*c` is n equal ones in a row.
static std::string formatCounts(llvm::ArrayRef<uint64_t> counts) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (size_t i = 0; i < counts.size();) {
    size_t end = i + 1;
    while (end < counts.size() && counts[end] == counts[i])
      ++end;
    if (i)
      os << ' ';
    if (end - i > 1)
      os << (end - i) << '*';
    os << counts[i];
    i = end;
  }
  return text;
}

static bool parseCounts(StringRef text, std::vector<uint64_t> &counts) {
  while (!text.empty()) {
    StringRef word;
    std::tie(word, text) = text.split(' ');
    uint64_t repeat = 1, count;
    if (word.contains('*')) {
      StringRef head;
      std::tie(head, word) = word.split('*');
      if (head.getAsInteger(10, repeat))
        return false;
    }
    if (word.getAsInteger(10, count) ||
        repeat > uint64_t(Histogram::kMaxBins) - counts.size())
      return false;
    counts.insert(counts.end(), repeat, count);
  }
  return true;
}

std::string Statistics::toJson() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("format", kFormatName);
    json.attribute("version", kFormatVersion);
    json.attribute("model", formatHash(modelHash));
    json.attributeArray("samples", [&] {
      for (uint64_t hash : sampleHashes)
        json.value(formatHash(hash));
    });
    json.attributeArray("tensors", [&] {
      for (const TensorStatistics &tensor : tensors)
        json.object([&] {
          json.attribute("name", llvm::json::fixUTF8(tensor.name));
          json.attribute("samples", tensor.samples);
          json.attribute("elements", tensor.elements);
          json.attribute("zeros", tensor.zeros);
          json.attribute("nans", tensor.nans);
          json.attribute("infinities", tensor.infinities);
          json.attribute("sum_of_lowest", tensor.sumOfLowest.toString());
          json.attribute("sum_of_highest", tensor.sumOfHighest.toString());
          const Histogram &histogram = tensor.histogram;
          if (histogram.empty())
            return;
          json.attribute("lowest", formatFloat(histogram.getLowest()));
          json.attribute("highest", formatFloat(histogram.getHighest()));
          json.attribute("bin_exponent", histogram.getExponent());
          json.attribute("counts", formatCounts(histogram.getCounts()));
        });
    });
  });
  os << '\n';
  return text;
}

static bool parseTensor(const llvm::json::Object &object,
                        TensorStatistics &tensor) {
  auto getCount = [&](StringRef key, uint64_t &value) {
    auto number = object.getInteger(key);
    value = number.value_or(0);
    return number && *number >= 0;
  };
  auto getSum = [&](StringRef key, ExactSum &sum) {
    auto text = object.getString(key);
    auto parsed = text ? ExactSum::parse(*text) : std::nullopt;
    if (parsed)
      sum = *parsed;
    return parsed.has_value();
  };
  auto name = object.getString("name");
  if (!name || !getCount("samples", tensor.samples) ||
      !getCount("elements", tensor.elements) ||
      !getCount("zeros", tensor.zeros) || !getCount("nans", tensor.nans) ||
      !getCount("infinities", tensor.infinities) ||
      !getSum("sum_of_lowest", tensor.sumOfLowest) ||
      !getSum("sum_of_highest", tensor.sumOfHighest))
    return false;
  tensor.name = *name;
  auto text = object.getString("counts");
  if (!text)
    return true;
  auto lowest = object.getString("lowest"),
       highest = object.getString("highest");
  auto exponent = object.getInteger("bin_exponent");
  float low, high;
  std::vector<uint64_t> counts;
  return lowest && highest && exponent && parseFloat(*lowest, low) &&
         parseFloat(*highest, high) && parseCounts(*text, counts) &&
         Histogram::create(low, high, int(*exponent), std::move(counts),
                           tensor.histogram);
}

llvm::Expected<Statistics> Statistics::parseJson(StringRef text) {
  constexpr unsigned kMaxDepth = 64;
  if (nestsDeeper(text, Brackets::Json, kMaxDepth))
    return makeError("expected a statistics file, found brackets more than " +
                     llvm::Twine(kMaxDepth) + " deep");
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return makeError("expected a statistics file, found text that is not "
                     "JSON: " +
                     llvm::toString(value.takeError()));
  const llvm::json::Object *root = value->getAsObject();
  if (!root || root->getString("format") != kFormatName)
    return makeError("expected a statistics file, found other JSON");
  auto version = root->getInteger("version");
  if (version != kFormatVersion)
    return makeError("expected statistics format version " +
                     llvm::Twine(kFormatVersion) + ", found " +
                     (version ? llvm::Twine(*version) : llvm::Twine("none")));
  Statistics result;
  auto parseHash = [](std::optional<StringRef> text, uint64_t &hash) {
    return text && text->consume_front("0x") && !text->getAsInteger(16, hash);
  };
  const llvm::json::Array *samples = root->getArray("samples");
  const llvm::json::Array *tensors = root->getArray("tensors");
  if (!parseHash(root->getString("model"), result.modelHash) || !samples ||
      !tensors)
    return makeError("the statistics are damaged: expected 'model', 'samples' "
                     "and 'tensors'");
  for (const llvm::json::Value &sample : *samples) {
    uint64_t hash;
    if (!parseHash(sample.getAsString(), hash))
      return makeError("the statistics are damaged: malformed sample hash");
    result.sampleHashes.push_back(hash);
  }
  llvm::sort(result.sampleHashes);
  for (const llvm::json::Value &element : *tensors) {
    TensorStatistics tensor;
    const llvm::json::Object *object = element.getAsObject();
    if (!object || !parseTensor(*object, tensor) || result.lookup(tensor.name))
      return makeError("the statistics are damaged: malformed entry " +
                       llvm::Twine(result.tensors.size()) + " of 'tensors'");
    result.getOrAdd(tensor.name) = tensor;
  }
  return result;
}

llvm::Error Statistics::save(StringRef path) const {
  return writeFile(path, toJson());
}

llvm::Expected<Statistics> Statistics::load(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  llvm::Expected<Statistics> result = parseJson((*buffer)->getBuffer());
  if (!result)
    return makeError("'" + path + "': " + llvm::toString(result.takeError()));
  return result;
}
