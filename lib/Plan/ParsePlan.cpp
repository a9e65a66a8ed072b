//===- ParsePlan.cpp - a plan from text -----------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Plan/PlanFile.h"
#include "narrow/Plan/StreamType.h"
#include "narrow/Support/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace narrow;

namespace {
/// Reads one line after the other; `line` counts from 1.
class Parser {
public:
  Parser(StringRef path) : path(path) {}

  llvm::Error parseLine(StringRef text, int64_t number);
  Plan plan;

private:
  llvm::Error fail(const Twine &expected, StringRef found) const {
    return makeError(
        "'" + path + "', line " + Twine(line) + ": expected " + expected +
        ", found " +
        (found.empty() ? std::string("nothing") : ("'" + found + "'").str()));
  }
  /// Takes a name in quotes from the front of `rest`.
  llvm::Error takeName(std::string &name);
  /// Takes the next word; empty at the end of the line.
  StringRef takeWord();
  llvm::Error parseDefault();
  llvm::Error parseValue();
  llvm::Error parseType(StringRef word, ValuePlan &value);
  /// Reads `<SCALE:ZERO>` behind the name of `storage`, or nothing.
  llvm::Error parseScale(StringRef word, StringRef name, Storage storage,
                         std::optional<double> &scale, int64_t &zeroPoint);
  llvm::Error parseLayer();
  llvm::Error parseLayerWord(StringRef key, StringRef text, LayerPlan &layer);
  llvm::Error parseFloat();
  llvm::Error checkOnce(StringRef kind, StringRef name);
  template <typename Number>
  llvm::Error parseCount(StringRef key, StringRef text, Number &number);

  StringRef path, rest;
  int64_t line = 0;
  llvm::StringMap<int64_t> seen;
};
} // namespace

StringRef Parser::takeWord() {
  rest = rest.ltrim(" \t");
  StringRef word =
      rest.take_until([](char c) { return c == ' ' || c == '\t'; });
  rest = rest.drop_front(word.size());
  return word;
}

llvm::Error Parser::takeName(std::string &name) {
  rest = rest.ltrim(" \t");
  StringRef whole = rest;
  if (!rest.consume_front("\""))
    return fail("a name in quotes", whole);
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() != '\\') {
      name += rest.front();
      rest = rest.drop_front();
      continue;
    }
    unsigned char code;
    if (rest.size() < 3 || rest.substr(1, 2).getAsInteger(16, code))
      return fail("two hex digits behind a backslash", rest.take_front(3));
    name += static_cast<char>(code);
    rest = rest.drop_front(3);
  }
  if (!rest.consume_front("\""))
    return fail("a name in quotes", whole);
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t')
    return fail("a space behind the name", rest);
  return llvm::Error::success();
}

template <typename Number>
llvm::Error Parser::parseCount(StringRef key, StringRef text, Number &number) {
  if (text.getAsInteger(10, number) || int64_t(number) < 0)
    return fail(key + "=NUMBER", text);
  return llvm::Error::success();
}

llvm::Error Parser::checkOnce(StringRef kind, StringRef name) {
  std::string what =
      name.empty() ? kind.str() : (kind + " '" + name + "'").str();
  auto [found, isNew] = seen.try_emplace(what, line);
  if (isNew)
    return llvm::Error::success();
  return makeError("'" + path + "', line " + Twine(line) +
                   ": expected one line for " + what +
                   ", found a second one to line " + Twine(found->second));
}

llvm::Error Parser::parseDefault() {
  if (llvm::Error error = checkOnce("default", ""))
    return error;
  for (StringRef word = takeWord(); !word.empty(); word = takeWord()) {
    auto [key, text] = word.split('=');
    if (word == "symmetric") {
      plan.isSymmetric = true;
    } else if (word == "pow2") {
      plan.usesPow2 = true;
    } else if (key == "held-back") {
      if (llvm::Error error = parseCount(key, text, plan.heldBack))
        return error;
    } else if (key == "repair") {
      if (text.empty())
        return fail("repair=NAME", word);
      plan.repair = text.str();
    } else if (key == "requant") {
      std::optional<fxp::RequantMode> mode = fxp::parseChosenMode(text);
      if (!mode)
        return fail("requant=q15, q31, f32 or pow2", text);
      plan.requant = *mode;
    } else {
      return fail("requant=, held-back=, repair=, symmetric or pow2", word);
    }
  }
  return llvm::Error::success();
}

llvm::Error Parser::parseScale(StringRef word, StringRef name, Storage storage,
                               std::optional<double> &scale,
                               int64_t &zeroPoint) {
  if (name == word)
    return llvm::Error::success();
  StringRef parameters = word.drop_front(name.size() + 1);
  bool isClosed = parameters.consume_back(">");
  auto [step, zero] = parameters.split(':');
  double number;
  // Scales are f32: smaller ones have no reciprocal.
  if (!isClosed || step.getAsDouble(number) || !(number >= 0x1p-100) ||
      !(number <= 0x1p100))
    return fail(name + "<SCALE:ZERO> with a scale of 2^-100 to 2^100", word);
  scale = number;
  int64_t low = storage.isSigned ? llvm::minIntN(storage.bits) : 0;
  int64_t high = storage.isSigned
                     ? llvm::maxIntN(storage.bits)
                     : static_cast<int64_t>(llvm::maxUIntN(storage.bits));
  if (storage.bits > 8)
    low = high = 0;
  if (parameters.contains(':') &&
      (zero.getAsInteger(10, zeroPoint) || zeroPoint < low || zeroPoint > high))
    return fail("a zero point of " + Twine(low) + " to " + Twine(high) +
                    " for " + name,
                zero);
  return llvm::Error::success();
}

/// Reads `u8`, `u8<SCALE:ZERO>`, or two of these with a slash between them.
llvm::Error Parser::parseType(StringRef word, ValuePlan &value) {
  auto [own, read] = word.split('/');
  StringRef name = own.split('<').first, readName = read.split('<').first;
  value.storage = name.str();
  bool isWord = name == "none" || name == "given";
  std::optional<Storage> storage = parseStorage(name);
  if ((!storage && !isWord) || (isWord && name != word))
    return fail("a type of " + kStorageNames + ", or float, none or given",
                word);
  if (isWord)
    return llvm::Error::success();
  if (llvm::Error error =
          parseScale(own, name, *storage, value.scale, value.zeroPoint))
    return error;
  if (own.size() == word.size())
    return llvm::Error::success();
  std::optional<Storages> storages =
      parseStorages((name + "/" + readName).str());
  if (!storages)
    return fail("i16/TYPE, the latter of at most 8 bits that layers read",
                word);
  value.layers = {readName.str(), std::nullopt, 0};
  if (llvm::Error error =
          parseScale(read, readName, *storages->layers, value.layers->scale,
                     value.layers->zeroPoint))
    return error;
  if (value.scale.has_value() != value.layers->scale.has_value())
    return fail("a scale of both types or of none", word);
  return llvm::Error::success();
}

llvm::Error Parser::parseValue() {
  ValuePlan value;
  value.line = line;
  if (llvm::Error error = takeName(value.name))
    return error;
  if (llvm::Error error = checkOnce("value", value.name))
    return error;
  StringRef type = takeWord();
  if (type != "float")
    if (llvm::Error error = parseType(type, value))
      return error;
  for (StringRef word = takeWord(); !word.empty(); word = takeWord()) {
    auto [key, text] = word.split('=');
    if (key == "reason" && !text.empty()) {
      value.reason = text.str();
    } else if (key == "range" && parseStorage(type)) {
      auto [low, high] = text.split(':');
      RealRange range;
      if (low.getAsDouble(range.low) || high.getAsDouble(range.high) ||
          !std::isfinite(range.low) || !std::isfinite(range.high) ||
          !(range.low <= range.high))
        return fail("range=LOW:HIGH", word);
      value.range = range;
    } else {
      return fail(parseStorage(type) ? "range= or reason=" : "reason=", word);
    }
  }
  if (type == "float")
    plan.floats.push_back({value.name, value.reason, line});
  else
    plan.values.push_back(std::move(value));
  return llvm::Error::success();
}

llvm::Error Parser::parseLayerWord(StringRef key, StringRef text,
                                   LayerPlan &layer) {
  auto choose = [&](auto symbolize, auto &choice, const Twine &names) {
    auto found = symbolize(text);
    if (found)
      choice = *found;
    return found ? llvm::Error::success() : fail(key + "=" + names, text);
  };
  if (key == "bits")
    return parseCount(key, text, layer.bits);
  if (key == "block")
    return parseCount(key, text, layer.block);
  if (key == "per")
    return choose(
        [](StringRef name) { return fxp::symbolizeWeightGranularity(name); },
        layer.granularity, "channel or tensor");
  if (key == "rounding")
    return choose(
        [](StringRef name) { return fxp::symbolizeWeightRounding(name); },
        layer.rounding, "nearest, pair_safe or exact");
  if (key == "requant")
    return choose([](StringRef name) { return fxp::parseChosenMode(name); },
                  layer.requant, "q15, q31, f32 or pow2");
  if (key == "scheme")
    return choose(
        [](StringRef name) -> std::optional<std::optional<Scheme>> {
          if (std::optional<Scheme> scheme = parseScheme(name))
            return scheme;
          return std::nullopt;
        },
        layer.scheme, kSchemeNames);
  // What is known of the layer.
  if (key == "weights")
    return parseCount(key, text, layer.weights);
  if (key == "bytes")
    return parseCount(key, text, layer.bytes);
  if (key == "macs")
    return parseCount(key, text, layer.macs);
  double number;
  if (key == "us" && !text.getAsDouble(number)) {
    layer.microseconds = number;
    return llvm::Error::success();
  }
  if (text.empty() || (key != "op" && key != "reason"))
    return fail("bits=, per=, block=, rounding=, full-range, pow2, requant=, "
                "scheme=, op=, weights=, bytes=, macs=, us= or reason=",
                text.empty() ? key : (key + "=" + text).str());
  (key == "op" ? layer.op : layer.reason) = text.str();
  return llvm::Error::success();
}

llvm::Error Parser::parseLayer() {
  LayerPlan layer;
  layer.line = line;
  layer.requant = plan.requant;
  if (llvm::Error error = takeName(layer.name))
    return error;
  if (llvm::Error error = checkOnce("layer", layer.name))
    return error;
  StringRef word = takeWord();
  std::optional<fxp::WeightStorage> storage = fxp::symbolizeWeightStorage(word);
  layer.isFloat = word == "float";
  if (!storage && !layer.isFloat)
    return fail("weights of i8, i4, i2, lut4, lut2 or i16, or float", word);
  if (storage) {
    layer.storage = *storage;
    layer.bits = fxp::getWeightBits(*storage).second;
  }
  for (word = takeWord(); !word.empty(); word = takeWord()) {
    auto [key, text] = word.split('=');
    if (word == "full-range")
      layer.fullRange = true;
    else if (word == "pow2")
      layer.pow2 = true;
    else if (llvm::Error error = parseLayerWord(key, text, layer))
      return error;
  }
  auto [least, most] = fxp::getWeightBits(layer.storage);
  if (layer.bits < least || layer.bits > most)
    return fail("bits of " + Twine(least) + " to " + Twine(most) + " for " +
                    fxp::stringifyWeightStorage(layer.storage),
                std::to_string(layer.bits));
  plan.layers.push_back(std::move(layer));
  return llvm::Error::success();
}

llvm::Error Parser::parseFloat() {
  FloatPlan kept;
  kept.line = line;
  if (llvm::Error error = takeName(kept.name))
    return error;
  if (llvm::Error error = checkOnce("float", kept.name))
    return error;
  for (StringRef word = takeWord(); !word.empty(); word = takeWord()) {
    if (!word.consume_front("reason=") || word.empty())
      return fail("reason=", word);
    kept.reason = word.str();
  }
  plan.floats.push_back(std::move(kept));
  return llvm::Error::success();
}

llvm::Error Parser::parseLine(StringRef text, int64_t number) {
  line = number;
  rest = text.rtrim(" \t\r");
  if (line == 1)
    return rest == "narrow-plan 1" ? llvm::Error::success()
                                   : fail("'narrow-plan 1'", rest);
  StringRef keyword = takeWord();
  if (keyword.empty() || keyword.starts_with("#"))
    return llvm::Error::success();
  if (keyword == "value")
    return parseValue();
  if (keyword == "layer")
    return parseLayer();
  if (keyword == "float")
    return parseFloat();
  if (keyword == "overflow") {
    if (llvm::Error error = takeName(plan.overflows.emplace_back()))
      return error;
    StringRef more = takeWord();
    return more.empty() ? llvm::Error::success() : fail("no more", more);
  }
  if (keyword == "default")
    return parseDefault();
  if (keyword != "model")
    return fail("model, default, value, layer, float or overflow", keyword);
  StringRef hash = takeWord();
  StringRef digits = hash;
  if (!digits.consume_front("0x") || digits.getAsInteger(16, plan.model) ||
      !takeWord().empty())
    return fail("model 0xHASH", text);
  return checkOnce("model", "");
}

llvm::Expected<Plan> narrow::parsePlan(StringRef text, StringRef path) {
  Parser parser(path);
  SmallVector<StringRef> lines;
  text.split(lines, '\n');
  for (auto [index, content] : llvm::enumerate(lines))
    if (llvm::Error error = parser.parseLine(content, index + 1))
      return std::move(error);
  return std::move(parser.plan);
}

llvm::Expected<Plan> narrow::loadPlan(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + StringRef(buffer.getError().message()).lower());
  return parsePlan((*buffer)->getBuffer(), path);
}
