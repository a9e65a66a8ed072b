//===- BudgetReport.cpp - what a search under a budget found --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Budget.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace narrow;
using llvm::json::Array;
using llvm::json::Object;

/// Unknown figures are null.
static llvm::json::Value toNumber(double value) {
  if (std::isfinite(value))
    return value;
  return nullptr;
}

static Object toJson(const BudgetReport::Point &point) {
  Object widths;
  for (const auto &[width, count] : point.widths)
    widths[width] = count;
  return Object{{"name", point.name},
                {"bytes", point.bytes},
                {"us", point.us},
                {"predicted_db", toNumber(point.predicted)},
                {"measured_db", toNumber(point.measured)},
                {"layers", std::move(widths)}};
}

Object BudgetReport::toJson() const {
  Array steps, entries, points;
  for (const Point &point : this->points)
    steps.push_back(::toJson(point));
  for (const Layer &layer : layers)
    entries.push_back(Object{{"name", llvm::json::fixUTF8(layer.name)},
                             {"form", layer.form},
                             {"weights", layer.weights},
                             {"bytes", layer.bytes},
                             {"us", layer.us},
                             {"added_noise", toNumber(layer.addedNoise)}});
  for (const Point &point : front)
    points.push_back(::toJson(point));
  Object object{{"level", level},
                {"held", isHeld},
                {"plans", std::move(steps)},
                {"chosen", static_cast<int64_t>(chosen)},
                {"layers", std::move(entries)},
                {"predicted", isPredicted},
                {"measured_scores", measuredScores},
                {"quantizations", quantizations},
                {"known_scores", knownScores},
                {"layers_without_choice", layersWithoutChoice},
                {"estimated_kernels", estimatedKernels},
                {"score_seconds", scoreSeconds},
                {"solve_seconds", solveSeconds},
                {"seconds", seconds}};
  if (maxBytes)
    object["max_bytes"] = *maxBytes;
  if (maxUs)
    object["max_latency_us"] = *maxUs;
  if (maxDrop)
    object[classes ? "max_drop_points" : "max_drop_db"] = *maxDrop;
  if (classes)
    object["classes"] =
        Object{{"labels", classes->areLabels},
               {"choosing_samples", classes->choosing},
               {"choosing_percent", classes->choosingNow},
               {"choosing_percent_at_8_bits", classes->plainChoosing},
               {"untouched_samples", classes->untouched},
               {"untouched_percent", classes->untouchedNow},
               {"untouched_percent_at_8_bits", classes->plainUntouched}};
  if (!front.empty())
    object["front"] = std::move(points);
  return object;
}

/// `74336 bytes, 91.2 us, 25.1 dB (25.4 predicted): 12 w8, 10 w4`.
static void print(raw_ostream &os, const BudgetReport::Point &point) {
  os << point.bytes << " bytes, ";
  if (std::isfinite(point.measured))
    os << llvm::format("%.1f us, %.1f dB", point.us, point.measured);
  else
    os << llvm::format("%.1f us, not measured", point.us);
  if (std::isfinite(point.predicted))
    os << llvm::format(" (%.1f predicted)", point.predicted);
  const char *separator = ": ";
  for (const auto &[width, count] : point.widths) {
    os << separator << count << ' ' << width;
    separator = ", ";
  }
}

void BudgetReport::print(raw_ostream &os) const {
  if (points.empty())
    return;
  os << "budget:";
  const char *separator = " ";
  auto limit = [&](const llvm::formatv_object_base &text) {
    os << separator << text;
    separator = ", ";
  };
  if (maxBytes)
    limit(llvm::formatv("at most {0} bytes", *maxBytes));
  if (maxUs)
    limit(llvm::formatv("at most {0:F1} us", *maxUs));
  if (maxDrop)
    limit(llvm::formatv("at most {0:F2} {1} less than with 8 bits", *maxDrop,
                        classes ? "points" : "dB"));
  if (!maxBytes && !maxUs && !maxDrop)
    limit(llvm::formatv("{0}", "none"));
  os << (!isHeld       ? "; NOT held"
         : isPredicted ? "; held as predicted"
                       : "; held")
     << " on " << level << '\n';
  for (auto [index, point] : llvm::enumerate(points)) {
    os << (index == chosen ? "  * " : "    ") << point.name << ": ";
    ::print(os, point);
    os << '\n';
  }
  if (classes)
    os << llvm::format("  %s: %.1f %% of %d samples that chose (%.1f with 8 "
                       "bits), %.1f of %d others (%.1f)\n",
                       classes->areLabels ? "top-1" : "agreement with float",
                       classes->choosingNow, int(classes->choosing),
                       classes->plainChoosing, classes->untouchedNow,
                       int(classes->untouched), classes->plainUntouched);
  os << "  " << measuredScores << " scores measured, " << knownScores
     << " known; " << quantizations
     << llvm::format(" times quantised; %.1f s of quantising and scoring, %.2f "
                     "of solving, %.1f in all\n",
                     scoreSeconds, solveSeconds, seconds);
  if (isPredicted)
    os << "  the plan follows from scores and was not measured (narrow plan "
          "--measure-plans, or narrow compile, measures it)\n";
  if (layersWithoutChoice)
    os << "  " << layersWithoutChoice
       << " layers have 8 bits in every plan: their inputs or results differ "
          "with other widths\n";
  if (maxUs && estimatedKernels)
    os << "  " << estimatedKernels
       << " kernels have estimated times (narrow bench MODEL --kernels "
          "measures them)\n";
}

std::string BudgetReport::describeNearest() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  ::print(os, points[chosen]);
  return text;
}

void BudgetReport::writeFront(raw_ostream &os, bool isCsv) const {
  if (!isCsv) {
    Array list;
    for (const Point &point : front)
      list.push_back(::toJson(point));
    os << llvm::formatv("{0:2}\n",
                        llvm::json::Value(Object{{"level", level},
                                                 {"front", std::move(list)}}));
    return;
  }
  os << "bytes,us,predicted_db,measured_db,layers\n";
  for (const Point &point : front) {
    os << point.bytes << llvm::format(",%.2f,%.3f,", point.us, point.predicted);
    if (std::isfinite(point.measured))
      os << llvm::format("%.3f", point.measured);
    os << ',';
    const char *separator = "";
    for (const auto &[width, count] : point.widths) {
      os << separator << count << ' ' << width;
      separator = " ";
    }
    os << '\n';
  }
}

llvm::Error narrow::addFront(const std::optional<BudgetReport> &report,
                             const BudgetOptions &options, OutputFiles &files) {
  StringRef path = options.frontPath;
  if (!report || path.empty())
    return llvm::Error::success();
  return files.add(path, [&](raw_ostream &os) {
    report->writeFront(os, path.ends_with(".csv"));
    return llvm::Error::success();
  });
}
