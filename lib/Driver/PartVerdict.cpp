//===- PartVerdict.cpp - whether a part of the results is held ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/PartVerdict.h"

#include "narrow/Simulate/PartErrors.h"

#include <algorithm>
#include <cmath>

using namespace narrow;

bool PartVerdict::hasAgreement(const AccuracyFloors &floors) const {
  // What is seen must not contradict what is expected.
  double allowed = (100 - floors.agreement) / 100 * static_cast<double>(rows);
  return areClasses() && agreement >= floors.agreement &&
         static_cast<double>(differing) <= allowed;
}

bool PartVerdict::needsSqnr(const AccuracyFloors &floors) const {
  // Probabilities are read as numbers too, and what is not judged by decisions
  // is judged by nothing else.
  return floors.needsSqnr || !areClasses() || (decisions && !areDecisions());
}

bool PartVerdict::isHeld(const AccuracyFloors &floors) const {
  if (auto own = floors.inPlaceOfDecisions.find(name);
      own != floors.inPlaceOfDecisions.end())
    return sqnr >= own->second;
  bool hasSqnr = sqnr >= floors.sqnr, agrees = hasAgreement(floors);
  if (needsSqnr(floors) && !hasSqnr)
    return false;
  if (areDecisions())
    return getDecisionLack(floors) == 0;
  if (!areClasses())
    return true;
  if (divergence)
    return *divergence <= floors.getDivergence() &&
           (agrees || !needsAgreement(floors));
  return (hasSqnr || agrees) && (agrees || !needsAgreement(floors));
}

bool PartVerdict::isHeldByAgreement(const AccuracyFloors &floors) const {
  return isHeld(floors) && hasAgreement(floors) && !divergence && !decisions &&
         (needsAgreement(floors) || sqnr < floors.sqnr);
}

double PartVerdict::getLack(const AccuracyFloors &floors) const {
  if (isHeld(floors))
    return 0;
  if (auto own = floors.inPlaceOfDecisions.find(name);
      own != floors.inPlaceOfDecisions.end())
    return own->second - sqnr;
  return std::max(getLackOfNumbers(floors), getDecisionLack(floors));
}

double PartVerdict::getLackOfNumbers(const AccuracyFloors &floors) const {
  if (isHeld(floors))
    return 0;
  bool countsSqnr =
      needsSqnr(floors) || !(isChosen || divergence || areDecisions());
  double lack = countsSqnr ? std::max(floors.sqnr - sqnr, 0.0) : 0;
  // A divergence is proportional to the power of the noise.
  if (divergence && *divergence > floors.getDivergence())
    lack =
        std::max(lack, 10 * std::log10(*divergence / floors.getDivergence()));
  if (!areDecisions() && areClasses() && needsAgreement(floors) &&
      !hasAgreement(floors)) {
    double seen =
        100 * (1 - static_cast<double>(differing) / static_cast<double>(rows));
    lack = std::max(lack, floors.agreement - std::min(agreement, seen));
  }
  return lack;
}

static double toDecibels(double squares, double errors) {
  if (errors == 0)
    return kEqualDecibels;
  return std::min(kEqualDecibels, 10 * std::log10(squares / errors));
}

/// Returns the logarithm of the sum of the exponentials.
static double addExponentials(ArrayRef<float> scores) {
  float most = *llvm::max_element(scores);
  double sum = 0;
  for (float score : scores)
    sum += std::exp(static_cast<double>(score) - most);
  return most + std::log(sum);
}

static double getDivergence(ArrayRef<float> wanted, ArrayRef<float> found) {
  double norm = addExponentials(wanted), other = addExponentials(found),
         sum = 0;
  for (auto [x, y] : llvm::zip_equal(wanted, found))
    sum += std::exp(x - norm) * ((x - norm) - (y - other));
  return sum;
}

void PartMeter::addRow(ArrayRef<float> wanted, ArrayRef<float> found,
                       int64_t stride) {
  int64_t first = 0, choice = 0, count = classes.classes;
  if (kind == PartKind::Tokens)
    divergence +=
        getDivergence(wanted.take_front(count), found.take_front(count));
  for (int64_t k = 1; k < count; ++k) {
    if (wanted[k * stride] > wanted[first * stride])
      first = k;
    if (found[k * stride] > found[choice * stride])
      choice = k;
  }
  differing += first != choice;
  float next = HUGE_VALF, third = HUGE_VALF;
  float nextError = 0;
  for (int64_t k = 0; k < count; ++k) {
    if (k == first)
      continue;
    float lead = wanted[first * stride] - wanted[k * stride];
    float kept = found[first * stride] - found[k * stride];
    differenceErrors += (double(kept) - lead) * (double(kept) - lead);
    ++differences;
    if (lead < next) {
      third = std::exchange(next, lead);
      nextError = kept - lead;
    } else
      third = std::min(third, lead);
  }
  leads.emplace_back(next, third);
  if (kind != PartKind::Tokens)
    background.add(first, choice, count, next, nextError);
}

void PartMeter::add(ArrayRef<float> wanted, ArrayRef<float> found) {
  double ownSquares = 0, ownErrors = 0;
  for (auto [x, y] : llvm::zip_equal(wanted, found)) {
    ownSquares += double(x) * x;
    ownErrors += (double(x) - y) * (double(x) - y);
  }
  squares += ownSquares;
  errors += ownErrors;
  leastSqnr = std::min(leastSqnr, ownSquares > 0
                                      ? toDecibels(ownSquares, ownErrors)
                                      : (ownErrors > 0 ? 0 : kEqualDecibels));
  if (kind == PartKind::Values)
    return;
  if (kind == PartKind::Probabilities) {
    for (auto [x, y] : llvm::zip_equal(wanted, found))
      probabilities.add(x, y);
    return;
  }
  rowsPerSample = static_cast<int64_t>(wanted.size()) / classes.classes;
  int64_t block = classes.classes * classes.stride;
  for (int64_t at = 0; at < static_cast<int64_t>(wanted.size()); at += block)
    for (int64_t inner = 0; inner < classes.stride; ++inner)
      addRow(wanted.drop_front(at + inner), found.drop_front(at + inner),
             classes.stride);
}

std::optional<DecisionVerdict> PartMeter::getDecisions() const {
  if (kind == PartKind::Probabilities)
    return probabilities.get();
  return background.get(/*areMany=*/rowsPerSample > 1);
}

std::optional<PartVerdict> PartMeter::get() const {
  if (!(squares > 0) || !std::isfinite(squares) || !std::isfinite(errors))
    return std::nullopt;
  PartVerdict verdict;
  verdict.name = name;
  verdict.sqnr = toDecibels(squares, errors);
  verdict.leastSqnr = leastSqnr;
  verdict.decisions = getDecisions();
  if (leads.empty())
    return verdict;
  verdict.isChosen = kind == PartKind::ChosenClasses;
  verdict.rows = static_cast<int64_t>(leads.size());
  if (kind == PartKind::Tokens)
    verdict.divergence = divergence / static_cast<double>(verdict.rows);
  verdict.differing = differing;
  double deviation =
      std::sqrt(differenceErrors / static_cast<double>(differences));
  double expected = 0;
  for (auto [next, third] : leads)
    expected +=
        std::min(1.0, getChance(next, deviation) + getChance(third, deviation));
  verdict.agreement = 100 * (1 - expected / static_cast<double>(leads.size()));
  return verdict;
}
