//===- PrintPlan.cpp - a plan as text -------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/PlanFile.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <charconv>
#include <map>

using namespace narrow;

std::string narrow::printShortest(double value) {
  char text[32];
  std::to_chars_result end = std::to_chars(text, text + sizeof(text), value);
  return std::string(text, end.ptr);
}

/// Writes `name` in quotes; what is not printable becomes two hex digits.
static void printName(raw_ostream &os, StringRef name) {
  os << '"';
  for (unsigned char c : name)
    if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
      os << '\\' << llvm::hexdigit(c >> 4) << llvm::hexdigit(c & 15);
    else
      os << c;
  os << '"';
}

static void printType(raw_ostream &os, StringRef storage,
                      std::optional<double> scale, int64_t zeroPoint) {
  os << storage;
  if (!scale)
    return;
  os << '<' << printShortest(*scale);
  if (zeroPoint)
    os << ':' << zeroPoint;
  os << '>';
}

static void print(raw_ostream &os, const ValuePlan &value) {
  os << "value ";
  printName(os, value.name);
  os << ' ';
  printType(os, value.storage, value.scale, value.zeroPoint);
  if (value.layers) {
    os << '/';
    printType(os, value.layers->storage, value.layers->scale,
              value.layers->zeroPoint);
  }
  if (!value.scale && value.range) {
    os << " range=" << printShortest(value.range->low) << ':'
       << printShortest(value.range->high);
  }
  if (!value.reason.empty())
    os << " reason=" << value.reason;
  os << '\n';
}

static void print(raw_ostream &os, const LayerPlan &layer,
                  fxp::RequantMode requant) {
  os << "layer ";
  printName(os, layer.name);
  if (layer.isFloat) {
    os << " float";
  } else {
    os << ' ' << fxp::stringifyWeightStorage(layer.storage);
    if (layer.bits != fxp::getWeightBits(layer.storage).second)
      os << " bits=" << layer.bits;
    os << " per=" << fxp::stringifyWeightGranularity(layer.granularity);
    if (layer.block)
      os << " block=" << layer.block;
    if (layer.rounding != fxp::WeightRounding::Nearest)
      os << " rounding=" << fxp::stringifyWeightRounding(layer.rounding);
    if (layer.fullRange)
      os << " full-range";
    if (layer.pow2)
      os << " pow2";
    if (layer.requant != requant)
      os << " requant=" << fxp::stringifyRequantMode(layer.requant);
    if (layer.scheme)
      os << " scheme=" << getName(*layer.scheme);
  }
  if (!layer.op.empty())
    os << " op=" << layer.op;
  if (layer.weights)
    os << " weights=" << layer.weights;
  if (layer.bytes && !layer.isFloat)
    os << " bytes=" << layer.bytes;
  if (layer.macs)
    os << " macs=" << layer.macs;
  if (layer.microseconds)
    os << llvm::format(" us=%.2f", *layer.microseconds);
  if (!layer.reason.empty())
    os << " reason=" << layer.reason;
  os << '\n';
}

std::string narrow::printPlan(const Plan &plan) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "narrow-plan 1\n";
  if (plan.model)
    os << "model " << llvm::format_hex(plan.model, 18) << '\n';
  os << "default requant=" << fxp::stringifyRequantMode(plan.requant)
     << " held-back=" << plan.heldBack;
  if (!plan.repair.empty())
    os << " repair=" << plan.repair;
  if (plan.isSymmetric)
    os << " symmetric";
  if (plan.usesPow2)
    os << " pow2";
  os << '\n';
  std::multimap<int64_t, std::string> lines;
  auto add = [&](const auto &entry, auto... more) {
    std::string line;
    llvm::raw_string_ostream stream(line);
    print(stream, entry, more...);
    lines.emplace(entry.line, std::move(line));
  };
  for (const ValuePlan &value : plan.values)
    add(value);
  for (const LayerPlan &layer : plan.layers)
    add(layer, plan.requant);
  for (const auto &[line, entry] : lines)
    os << entry;
  for (const FloatPlan &kept : plan.floats) {
    os << "float ";
    printName(os, kept.name);
    if (!kept.reason.empty())
      os << " reason=" << kept.reason;
    os << '\n';
  }
  for (const std::string &name : plan.overflows) {
    os << "overflow ";
    printName(os, name);
    os << '\n';
  }
  return text;
}
