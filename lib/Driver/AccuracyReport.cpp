//===- AccuracyReport.cpp - what was held, and by what --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/AccuracyReport.h"
#include "narrow/Support/Text.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;
using llvm::json::Array;
using llvm::json::Object;

/// Turns that are further apart than this, in dB, are of unlike samples: the
/// next ones may be so again.
static constexpr double kMuchApart = 6;
/// It matters where the worst is no more than this above the floor, in dB.
static constexpr double kFarAbove = 10;

const AccuracyReport::Part *AccuracyReport::findWorst() const {
  const Part *worst = nullptr;
  auto getRank = [&](const Part &part) {
    return std::make_pair(-part.getLack(floors), part.sqnr);
  };
  for (const Part &part : parts)
    if (!worst || getRank(part) < getRank(*worst))
      worst = &part;
  return worst;
}

/// What a part is judged by.
static StringRef getMeasure(const PartVerdict &part) {
  if (part.areDecisions())
    return "decisions";
  if (part.divergence)
    return "perplexity";
  return part.areClasses() && !part.decisions ? "classes" : "values";
}

static Object toJson(const DecisionVerdict &decisions) {
  Object object{{"count", decisions.count},
                {"float", decisions.wanted},
                {"quantized", decisions.found},
                {"differing", decisions.differing},
                {"judged", decisions.isJudged()}};
  if (decisions.isJudged())
    object["expected_agreement"] = decisions.agreement;
  return object;
}

/// Why decisions were not judged, in words.
static std::string explainUnjudged(const DecisionVerdict &decisions) {
  if (decisions.isUndecided)
    return "the float model's probabilities are too often near one half to be "
           "decisions";
  return llvm::formatv("the float model says yes in {0} of {1} cases, and "
                       "judging takes {2}",
                       decisions.wanted, decisions.count,
                       DecisionVerdict::kLeast);
}

Object AccuracyReport::toJson() const {
  auto toArray = [](ArrayRef<std::string> names) {
    Array array;
    for (const std::string &name : names)
      array.push_back(llvm::json::fixUTF8(name));
    return array;
  };
  Array results;
  for (const Part &part : parts) {
    Object entry{{"name", llvm::json::fixUTF8(part.name)},
                 {"held", part.isHeld(floors)},
                 {"judged_by", getMeasure(part)},
                 {"sqnr_db", part.sqnr},
                 {"sqnr_db_at_8_bits", part.before}};
    if (part.areClasses()) {
      entry["expected_agreement"] = part.agreement;
      entry["rows"] = part.rows;
      entry["differing_rows"] = part.differing;
      entry["held_by_agreement"] = part.isHeldByAgreement(floors);
    }
    if (!part.inTurns.empty())
      entry["sqnr_db_in_turns"] = Array(part.inTurns);
    if (part.decisions)
      entry["decisions"] = ::toJson(*part.decisions);
    if (part.divergence)
      entry["expected_perplexity_factor"] = part.getPerplexity();
    results.push_back(std::move(entry));
  }
  Object object{{"judges", judges},
                {"held_back", areHeldBack},
                {"turns", turns},
                {"beyond", beyond},
                {"joined", haveJoined},
                {"floor_db", floors.sqnr},
                {"floor_agreement", floors.agreement},
                {"floor_perplexity", floors.perplexity},
                {"held", judges > 0 && isHeld()},
                {"parts", std::move(results)},
                {"estimator", getEstimatorName(recipe.estimator)},
                {"repair", recipe.repair},
                {"wide", toArray(recipe.wide)},
                {"kept_float", toArray(recipe.keptFloat)},
                {"roomy", toArray(recipe.roomy)},
                {"headroom", recipe.headroom},
                {"residual_stream_bits", recipe.hasWideStreams ? 16 : 8},
                {"undone", toArray(undone)},
                {"untried", toArray(untried)},
                {"reason", llvm::json::fixUTF8(reason)},
                {"trials", trials},
                {"quick_trials", quickTrials}};
  if (pruned)
    object["pruned"] = Object{{"channels", pruned->channels},
                              {"removed", pruned->removed},
                              {"weights_before", pruned->weightsBefore},
                              {"weights", pruned->weightsAfter},
                              {"float_sqnr_db", pruned->sqnr}};
  if (ownSteps)
    object["own_state"] = Object{{"steps", ownSteps},
                                 {"sqnr_db", ownSqnr},
                                 {"over_time_db", Array(overTime)}};
  return object;
}

void AccuracyReport::printOwnState(raw_ostream &os) const {
  if (!ownSteps)
    return;
  os << "with its own state over " << ownSteps
     << " steps: " << llvm::format("%.1f dB", ownSqnr)
     << " at the worst output; by quarters of a sequence";
  for (double sqnr : overTime)
    os << llvm::format(" %.1f", sqnr);
  os << '\n';
}

void AccuracyReport::printPruned(raw_ostream &os) const {
  if (!pruned)
    return;
  os << "pruned: " << pruned->removed << " of " << pruned->channels
     << " channels between layers, " << pruned->weightsAfter << " of "
     << pruned->weightsBefore << " weights left; "
     << llvm::format("%.1f dB in float against the whole network",
                     pruned->sqnr);
  // What is held is said below.
  if (const Part *worst = findWorst())
    os << llvm::format(", %.1f as it is", worst->sqnr);
  os << " on " << judges << " samples held back\n";
}

/// "99.1 % agreement of decisions expected".
static std::string getAgreement(const DecisionVerdict &decisions) {
  return llvm::formatv("{0:f1} % agreement of decisions expected",
                       decisions.agreement);
}

/// "12.1 dB", and of classes also what agreement is expected.
static void printFigures(const PartVerdict &part, raw_ostream &os) {
  os << llvm::format("%.1f dB", part.sqnr);
  if (part.divergence)
    os << llvm::format(", perplexity %.3f times float's expected",
                       part.getPerplexity());
  if (part.areDecisions()) {
    const DecisionVerdict &decisions = *part.decisions;
    os << ", " << getAgreement(decisions) << " (" << decisions.differing
       << " differ, float says yes in " << decisions.wanted << " of "
       << decisions.count << " cases)";
  } else if (part.areClasses())
    os << llvm::format(", %.1f %% agreement expected", part.agreement);
}

/// Says by how much turns differ where that is much.
static void printSpread(const AccuracyReport::Part &part, double floor,
                        raw_ostream &os) {
  if (part.inTurns.empty())
    return;
  double least = *llvm::min_element(part.inTurns),
         most = *llvm::max_element(part.inTurns);
  if (most - least > kMuchApart && least < floor + kFarAbove)
    os << llvm::format(" that differ by much, %.1f to %.1f dB", least, most);
}

void AccuracyReport::print(raw_ostream &os) const {
  printOwnState(os);
  printPruned(os);
  const Part *worst = findWorst();
  if (!judges || !worst || (!isHeldBy && isHeld()))
    return;
  os << "accuracy: " << (isHeld() ? "held, " : "NOT held, ");
  if (worst->divergence)
    os << llvm::format("perplexity %.3f times float's expected at '",
                       worst->getPerplexity())
       << escapeControls(worst->name)
       << llvm::format("' (floor %.4g; %.1f dB", floors.perplexity,
                       worst->sqnr);
  else if (worst->areDecisions() &&
           (worst->isHeld(floors) || worst->getDecisionLack(floors)))
    os << getAgreement(*worst->decisions) << " at '"
       << escapeControls(worst->name)
       << llvm::format("' (floor %.4g %%; %.1f dB", floors.agreement,
                       worst->sqnr);
  else if (worst->isHeldByAgreement(floors) ||
           (worst->isChosen && !worst->isHeld(floors)))
    os << llvm::format("%.1f %% agreement expected", worst->agreement)
       << " at '" << escapeControls(worst->name)
       << llvm::format("' (floor %.4g %%; %.1f dB", floors.agreement,
                       worst->sqnr);
  else
    os << llvm::format("%.1f dB at '", worst->sqnr)
       << escapeControls(worst->name)
       << llvm::format("' (floor %.4g dB", floors.sqnr);
  os << llvm::format(", %.1f with 8 bits) on ", worst->before) << judges
     << (areHeldBack ? " samples held back" : " calibration samples");
  if (turns) {
    os << " in " << turns << " turns";
    printSpread(*worst, floors.sqnr, os);
  }
  if (!measures.empty())
    os << "; " << llvm::join(measures, "; ");
  if (haveJoined)
    os << ", then made from all";
  os << '\n';
  if (beyond > 0)
    os << llvm::format("  samples go beyond the values of all others by up to "
                       "%.0f %%: rarer ones may go beyond what is held here\n",
                       100 * beyond);
  if (!isHeldBy)
    os << "  --accuracy=hold finds what needs 16 bits or float\n";
  for (const Part &part : parts)
    if (part.decisions && !part.decisions->isJudged())
      os << "  '" << escapeControls(part.name)
         << "': decisions are not judged, signal to noise is: "
         << explainUnjudged(*part.decisions) << '\n';
  if (isHeld())
    return;
  for (const Part &part : parts)
    if (!part.isHeld(floors)) {
      os << "  '" << escapeControls(part.name) << "': ";
      printFigures(part, os);
      os << '\n';
    }
  if (!reason.empty())
    os << "  " << escapeControls(reason) << '\n';
  if (!untried.empty())
    os << "  not tried: " << llvm::join(untried, "; ") << '\n';
}
