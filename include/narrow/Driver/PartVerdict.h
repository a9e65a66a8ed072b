//===- PartVerdict.h - whether a part of the results is held ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_PARTVERDICT_H
#define NARROW_DRIVER_PARTVERDICT_H

#include "narrow/Driver/Decisions.h"
#include <cmath>
#include <string>

namespace narrow {

/// What each part of the results has to reach.
struct AccuracyFloors {
  /// Signal to noise in dB.
  double sqnr = 20;
  /// Equal first choices in percent, of parts that are scores of classes. One
  /// of the two is enough for these.
  double agreement = 99;
  /// The most that the perplexity of a language model's scores may grow by, as
  /// a factor.
  double perplexity = 1.05;
  /// Each of the first two is asked for by name, and so has to be reached; then
  /// any row of several numbers counts as scores of classes.
  bool needsSqnr = false, needsAgreement = false;
  /// Of parts by name: signal to noise in dB that stands for their decisions,
  /// where too few samples judge to count these.
  llvm::StringMap<double> inPlaceOfDecisions{};

  /// The mean divergence at which perplexity has grown by its floor, in nats.
  double getDivergence() const { return std::log(perplexity); }
};

/// What samples say of one part of the results.
struct PartVerdict {
  std::string name;
  /// Signal to noise over all samples, and of the worst of them, in dB.
  double sqnr = 0, leastSqnr = 0;
  /// Of scores of classes: rows, those with another first choice, and the
  /// percent of equal ones that is to be expected.
  int64_t rows = 0, differing = 0;
  double agreement = 0;
  /// The first choices themselves are a result: they have to agree, however
  /// close the scores are.
  bool isChosen = false;
  /// Of scores of tokens: the mean over rows of the divergence (Kullback and
  /// Leibler's) of the distributions that softmax makes of them, in nats. It is
  /// what the logarithm of the perplexity grows by where the float model is
  /// right about the text, and decides for these.
  std::optional<double> divergence;
  /// Of probabilities by a final sigmoid and of scores of classes one of which
  /// is background: the decisions, which have to agree where they are judged.
  /// Of the others signal to noise alone counts.
  std::optional<DecisionVerdict> decisions;

  /// The factor that the perplexity is to be expected to grow by.
  double getPerplexity() const { return std::exp(*divergence); }
  bool areClasses() const { return rows != 0; }
  bool areDecisions() const { return decisions && decisions->isJudged(); }
  bool isHeld(const AccuracyFloors &floors) const;
  /// Whether it is agreement that holds it.
  bool isHeldByAgreement(const AccuracyFloors &floors) const;
  /// How far it is under the floors: dB, or percentage points; 0 where it is
  /// held.
  double getLack(const AccuracyFloors &floors) const;
  /// The same but for what decisions lack.
  double getLackOfNumbers(const AccuracyFloors &floors) const;
  /// What decisions lack of it.
  double getDecisionLack(const AccuracyFloors &floors) const {
    return areDecisions() ? decisions->getLack(floors.agreement) : 0;
  }

private:
  bool needsAgreement(const AccuracyFloors &floors) const {
    return isChosen || floors.needsAgreement;
  }
  bool hasAgreement(const AccuracyFloors &floors) const;
  /// Whether noise alone may hold it, however it was asked for.
  bool needsSqnr(const AccuracyFloors &floors) const;
};

/// What the numbers of a part are.
enum class PartKind {
  Values,
  /// Scores of classes, of which the first choice counts.
  Classes,
  /// The first choices are results themselves.
  ChosenClasses,
  /// Scores of tokens, which softmax makes a distribution of.
  Tokens,
  /// Probabilities by a sigmoid.
  Probabilities,
};

/// Where the scores of classes lie in a part: rows along an axis of `classes`
/// elements that lie `stride` apart.
struct ClassAxis {
  int64_t classes = 0, stride = 1;
};

/// Takes in one sample of a part after another.
///
/// Few samples say little by counting: of 32 that all agree, at least 89 % do.
/// So agreement is what margins lead to expect: a row's first choice changes
/// with the probability that noise as large as that of all differences of
/// scores, normally distributed, exceeds its lead over the next best.
class PartMeter {
public:
  PartMeter(std::string name, PartKind kind, ClassAxis classes = {})
      : name(std::move(name)), kind(kind), classes(classes) {}

  void add(ArrayRef<float> wanted, ArrayRef<float> found);
  /// Returns nothing where the part is 0 throughout, or not finite.
  std::optional<PartVerdict> get() const;

private:
  void addRow(ArrayRef<float> wanted, ArrayRef<float> found, int64_t stride);
  std::optional<DecisionVerdict> getDecisions() const;

  std::string name;
  PartKind kind;
  ClassAxis classes;
  double squares = 0, errors = 0, leastSqnr = HUGE_VAL;
  /// Of each row the leads of the first choice over the next two.
  std::vector<std::pair<float, float>> leads;
  int64_t differing = 0, differences = 0;
  /// Of the errors of the differences between the first choice and the others.
  double differenceErrors = 0;
  /// Sum of all rows' divergences.
  double divergence = 0;
  ProbabilityMeter probabilities;
  BackgroundMeter background;
  /// Rows of one sample.
  int64_t rowsPerSample = 0;
};

} // namespace narrow

#endif // NARROW_DRIVER_PARTVERDICT_H
