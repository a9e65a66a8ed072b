//===- Diff.cpp - two executions, tensor by tensor ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Diff.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/JsonFile.h"
#include "narrow/Support/Text.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include <cmath>
#include <limits>

using namespace narrow;

/// A ratio that quantising to 8 bits reaches by itself, in dB.
static constexpr double kGoodSqnr = 40;
/// More is as good as equal, in dB.
static constexpr double kMostSqnr = 120;

static TensorDifference compare(const DumpedTensor &left,
                                const DumpedTensor &right) {
  TensorDifference result;
  result.name = left.name;
  result.shape.assign(left.shape.begin() + 1, left.shape.end());
  double squares = 0, errors = 0;
  bool isBroken = false;
  for (auto [a, b] : llvm::zip_equal(left.elements, right.elements)) {
    // Infinities and what is no number are equal to their like.
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    double difference = std::abs(double(b) - double(a));
    if (!std::isfinite(difference)) {
      if (!isBroken)
        std::tie(result.left, result.right) = std::make_pair(a, b);
      isBroken = true;
      result.largest = std::numeric_limits<double>::infinity();
      continue;
    }
    errors += difference * difference;
    if (difference > result.largest) {
      result.largest = difference;
      result.left = a;
      result.right = b;
    }
  }
  for (float a : left.elements)
    if (std::isfinite(a))
      squares += double(a) * a;
  if (isBroken)
    result.sqnr = std::numeric_limits<double>::quiet_NaN();
  else if (errors == 0)
    result.sqnr = std::numeric_limits<double>::infinity();
  else
    result.sqnr = 10 * std::log10(squares / errors);
  return result;
}

/// A ratio as jumps count it.
static double clampSqnr(double sqnr, double most) {
  return std::isnan(sqnr) ? -kMostSqnr : std::clamp(sqnr, -kMostSqnr, most);
}

namespace {
/// Finds the least ratio of what a tensor is computed from.
class Sources {
public:
  Sources(const llvm::StringMap<std::vector<std::string>> &graph,
          ArrayRef<TensorDifference> compared)
      : graph(graph) {
    for (const TensorDifference &tensor : compared)
      sqnr[tensor.name] = tensor.sqnr;
  }

  /// Clamped to `most`, which is also that of the model's inputs.
  double getLeast(StringRef name, double most) const {
    llvm::StringSet<> seen;
    double least = most;
    visit(name, most, seen, least);
    return least;
  }

private:
  void visit(StringRef name, double most, llvm::StringSet<> &seen,
             double &least) const {
    auto sources = graph.find(name);
    if (sources == graph.end())
      return;
    for (const std::string &source : sources->second) {
      if (!seen.insert(source).second)
        continue;
      if (auto known = sqnr.find(source); known != sqnr.end())
        least = std::min(least, clampSqnr(known->second, most));
      else
        visit(source, most, seen, least);
    }
  }

  const llvm::StringMap<std::vector<std::string>> &graph;
  llvm::StringMap<double> sqnr;
};
} // namespace

static void setJumps(const TensorDump &left, const TensorDump &right,
                     DiffReport &report) {
  double least = kMostSqnr;
  for (const TensorDifference &tensor : report.tensors)
    least = std::min(least, clampSqnr(tensor.sqnr, kMostSqnr));
  double most = least < kGoodSqnr ? kGoodSqnr : kMostSqnr;
  const auto &graph = left.sources.empty() ? right.sources : left.sources;
  Sources sources(graph, report.tensors);
  double before = most;
  for (auto [place, tensor] : llvm::enumerate(report.tensors)) {
    if (!graph.empty())
      before = sources.getLeast(tensor.name, most);
    double own = clampSqnr(tensor.sqnr, most);
    tensor.jump = std::max(0.0, before - own);
    before = own;
    if (tensor.jump > 0 &&
        (!report.largestJump ||
         tensor.jump > report.tensors[*report.largestJump].jump))
      report.largestJump = place;
  }
}

llvm::Expected<DiffReport> narrow::findDifferences(const TensorDump &left,
                                                   const TensorDump &right,
                                                   double floor) {
  DiffReport report;
  report.floor = floor;
  llvm::StringMap<const DumpedTensor *> rights;
  for (const DumpedTensor &tensor : right.tensors)
    rights[tensor.name] = &tensor;
  for (const DumpedTensor &tensor : left.tensors) {
    auto other = rights.find(tensor.name);
    if (other == rights.end()) {
      report.onlyLeft.push_back(tensor.name);
      continue;
    }
    if (other->second->elements.size() == tensor.elements.size())
      report.tensors.push_back(compare(tensor, *other->second));
    else
      report.otherShape.push_back(tensor.name);
    rights.erase(other);
  }
  for (const DumpedTensor &tensor : right.tensors)
    if (rights.count(tensor.name))
      report.onlyRight.push_back(tensor.name);
  if (report.tensors.empty())
    return makeError("expected tensors of the same name and size on both "
                     "sides, found none");
  for (auto [place, tensor] : llvm::enumerate(report.tensors)) {
    if (!report.firstDifferent && tensor.largest != 0)
      report.firstDifferent = place;
    if (!report.firstUnderFloor && !(tensor.sqnr >= floor))
      report.firstUnderFloor = place;
  }
  setJumps(left, right, report);
  return report;
}

TensorDump narrow::subtract(const TensorDump &left, const TensorDump &right) {
  TensorDump result;
  for (const DumpedTensor &tensor : left.tensors) {
    const DumpedTensor *other = right.find(tensor.name);
    if (!other || other->elements.size() != tensor.elements.size())
      continue;
    DumpedTensor &difference = result.tensors.emplace_back();
    difference.name = tensor.name;
    difference.shape = tensor.shape;
    for (auto [a, b] : llvm::zip_equal(tensor.elements, other->elements))
      difference.elements.push_back(b - a);
  }
  return result;
}

static std::string describeRatio(double sqnr) {
  if (std::isnan(sqnr))
    return "not finite";
  if (std::isinf(sqnr))
    return sqnr > 0 ? "equal" : "no signal";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.1f dB", sqnr);
  return text;
}

/// Names at the end, not all of very many.
static void printNames(StringRef what, ArrayRef<std::string> names,
                       raw_ostream &os) {
  constexpr size_t kShown = 8;
  if (names.empty())
    return;
  os << names.size() << ' ' << what << ": ";
  llvm::interleaveComma(
      names.take_front(kShown), os,
      [&](const std::string &name) { os << escapeControls(name); });
  os << (names.size() > kShown ? ", ...\n" : "\n");
}

void DiffReport::print(raw_ostream &os) const {
  os << llvm::format("%12s %9s %12s  tensor\n", "SQNR", "jump", "largest");
  for (const TensorDifference &tensor : tensors) {
    os << llvm::format("%12s %9.1f %12.4g  ",
                       describeRatio(tensor.sqnr).c_str(), tensor.jump,
                       tensor.largest)
       << escapeControls(tensor.name) << " [";
    llvm::interleave(tensor.shape, os, "x");
    os << "]\n";
  }
  auto printPlace = [&](StringRef label, std::optional<size_t> place) {
    os << label;
    if (!place) {
      os << "none\n";
      return;
    }
    const TensorDifference &tensor = tensors[*place];
    os << '\'' << escapeControls(tensor.name) << "', "
       << describeRatio(tensor.sqnr)
       << llvm::format(", jump %.1f dB; largest difference %.4g (%.6g, %.6g)\n",
                       tensor.jump, tensor.largest, tensor.left, tensor.right);
  };
  printPlace("first that differs    ", firstDifferent);
  os << llvm::format("first under %-4g dB    ", floor);
  printPlace("", firstUnderFloor);
  printPlace("largest jump          ", largestJump);
  printNames("only on the left", onlyLeft, os);
  printNames("only on the right", onlyRight, os);
  printNames("of another size", otherShape, os);
}

llvm::json::Object DiffReport::toJson() const {
  llvm::json::Array list;
  for (const TensorDifference &tensor : tensors)
    list.push_back(llvm::json::Object{
        {"name", llvm::json::fixUTF8(tensor.name)},
        {"shape", llvm::json::Array(tensor.shape)},
        {"sqnr_db", toJsonNumber(tensor.sqnr)},
        {"equal", tensor.largest == 0},
        {"jump_db", tensor.jump},
        {"largest_difference", toJsonNumber(tensor.largest)}});
  llvm::json::Object object{{"tensors", std::move(list)}, {"floor_db", floor}};
  auto addPlace = [&](StringRef key, std::optional<size_t> place) {
    object[key] =
        place ? llvm::json::Value(llvm::json::fixUTF8(tensors[*place].name))
              : llvm::json::Value(nullptr);
  };
  addPlace("first_different", firstDifferent);
  addPlace("first_under_floor", firstUnderFloor);
  addPlace("largest_jump", largestJump);
  auto addNames = [&](StringRef key, ArrayRef<std::string> names) {
    llvm::json::Array array;
    for (const std::string &name : names)
      array.push_back(llvm::json::fixUTF8(name));
    object[key] = std::move(array);
  };
  addNames("only_left", onlyLeft);
  addNames("only_right", onlyRight);
  addNames("other_size", otherShape);
  return object;
}
