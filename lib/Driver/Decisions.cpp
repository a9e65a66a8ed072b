//===- Decisions.cpp - whether what says yes still does -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Decisions.h"

#include <algorithm>
#include <cmath>

using namespace narrow;

/// Probabilities whose logit is seen less than this decide nothing: they are 4
/// nats away.
static constexpr double kLeastSlope = 1.0 / 64;
/// Between these the float model is undecided, and where it is in this share of
/// all cases there are no decisions: gains and pixels are numbers.
static constexpr float kUndecided = 0.25F, kDecided = 0.75F;
static constexpr double kMostUndecided = 0.25;
/// The least share of rows that makes a class background.
static constexpr double kBackground = 0.75;
/// Leads that noise is measured at, where there are so many.
static constexpr int64_t kLeastNearest = 16;
/// Less agreement is not told apart from none, and more lacks nothing that
/// judges could see, in percent.
static constexpr double kLeastDifference = 1e-3;

double narrow::getChance(double lead, double deviation) {
  return deviation > 0 ? 0.5 * std::erfc(lead / deviation / std::sqrt(2.0))
                       : 0.0;
}

static double toFraction(double part, int64_t whole) {
  return part / static_cast<double>(std::max<int64_t>(whole, 1));
}

static void setAgreement(DecisionVerdict &verdict, double changes) {
  verdict.agreement =
      100 * std::max(0.0, 1 - toFraction(changes, verdict.getWhole()));
}

double Leads::expectChanges(int64_t wanted) const {
  if (leads.empty())
    return 0;
  std::vector<std::pair<float, float>> nearest = leads;
  size_t count = std::min(nearest.size(),
                          static_cast<size_t>(std::max(wanted, kLeastNearest)));
  std::nth_element(nearest.begin(), nearest.begin() + (count - 1),
                   nearest.end());
  double squares = 0;
  for (auto [lead, error] : ArrayRef(nearest).take_front(count))
    squares += double(error) * error;
  double deviation = std::sqrt(squares / static_cast<double>(count));
  double changes = 0;
  for (auto [lead, error] : leads)
    changes += getChance(lead, deviation);
  return changes;
}

double DecisionVerdict::getSeen() const {
  return 100 *
         (1 - static_cast<double>(differing) / static_cast<double>(getWhole()));
}

bool DecisionVerdict::hasAgreement(double floor) const {
  return agreement >= floor && getSeen() >= floor;
}

double DecisionVerdict::getLack(double floor) const {
  if (hasAgreement(floor))
    return 0;
  double differs = 100 - std::min(agreement, getSeen());
  return std::max(
      0.0, 20 * std::log10(differs / std::max(100 - floor, kLeastDifference)));
}

void ProbabilityMeter::add(float wanted, float found) {
  ++count;
  above += wanted >= 0.5F;
  foundAbove += found >= 0.5F;
  differing += (wanted >= 0.5F) != (found >= 0.5F);
  undecided += wanted > kUndecided && wanted < kDecided;
  double p = wanted, slope = p * (1 - p);
  if (slope >= kLeastSlope)
    leads.add(static_cast<float>(std::abs(std::log(p / (1 - p)))),
              static_cast<float>((p - found) / slope));
}

std::optional<DecisionVerdict> ProbabilityMeter::get() const {
  if (!count)
    return std::nullopt;
  DecisionVerdict verdict;
  bool isAboveRarer = 2 * above <= count;
  verdict.count = count;
  verdict.wanted = isAboveRarer ? above : count - above;
  verdict.found = isAboveRarer ? foundAbove : count - foundAbove;
  verdict.differing = differing;
  verdict.isUndecided = static_cast<double>(undecided) >=
                        kMostUndecided * static_cast<double>(count);
  setAgreement(verdict, leads.expectChanges(verdict.wanted));
  return verdict;
}

void BackgroundMeter::add(int64_t first, int64_t choice, int64_t classes,
                          float lead, float error) {
  wanted.resize(classes);
  found.resize(classes);
  ++wanted[first];
  ++found[choice];
  ++count;
  differing += first != choice;
  leads.add(lead, error);
}

std::optional<DecisionVerdict> BackgroundMeter::get(bool areMany) const {
  if (!count)
    return std::nullopt;
  auto most = llvm::max_element(wanted);
  DecisionVerdict verdict;
  verdict.count = count;
  verdict.wanted = count - *most;
  verdict.found = count - found[most - wanted.begin()];
  verdict.differing = differing;
  bool isBackground =
      static_cast<double>(*most) >= kBackground * static_cast<double>(count);
  if (!isBackground || (!areMany && !verdict.isJudged()))
    return std::nullopt;
  setAgreement(verdict, leads.expectChanges(verdict.wanted));
  return verdict;
}
