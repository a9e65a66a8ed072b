//===- Decisions.h - whether what says yes still does ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A detector's scores are those of thousands of places with nothing there. To
// count how many places stay as they are says that 99.9 % do, when a tenth of
// the detections is lost. So agreement is counted among what says yes: twice
// what both models say yes to, by what either says yes to (the F1 score of one
// with the other as the truth). Where half says yes, that is the plain
// agreement of all.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_DECISIONS_H
#define NARROW_DRIVER_DECISIONS_H

#include "narrow/Support/LLVM.h"
#include <optional>
#include <vector>

namespace narrow {

/// What samples say of decisions.
struct DecisionVerdict {
  /// Of the float model's yeses fewer than this say nothing: as many as eight
  /// decisions have of which half say yes.
  static constexpr int64_t kLeast = 4;

  /// All decisions; those that say yes by the float model and by the other; and
  /// those in which the two differ.
  int64_t count = 0, wanted = 0, found = 0, differing = 0;
  /// Agreement in percent that is to be expected by the noise of the scores.
  double agreement = 0;
  /// The float model itself is undecided so often that its numbers are no
  /// decisions.
  bool isUndecided = false;

  /// What agreement is a share of.
  int64_t getWhole() const { return wanted + found; }
  bool isJudged() const { return wanted >= kLeast && !isUndecided; }
  /// Agreement in percent that was seen.
  double getSeen() const;
  /// Whether `floor`, in percent, is expected, and was seen.
  bool hasAgreement(double floor) const;
  /// How many dB of noise less bring the agreement to `floor`: scores lie as
  /// densely on either side of a decision, so that what differs is proportional
  /// to the amplitude of the noise.
  double getLack(double floor) const;
};

/// Of decisions their lead, what has to change for another one, and the error
/// of that. The noise is that of as many as say yes of those whose leads are
/// least (but of 16): what is far away decides nothing, and has more or less of
/// it.
class Leads {
public:
  void add(float lead, float error) { leads.emplace_back(lead, error); }
  /// How many change, by leads and noise as it is distributed normally.
  double expectChanges(int64_t wanted) const;
  bool isEmpty() const { return leads.empty(); }

private:
  std::vector<std::pair<float, float>> leads;
};

/// Takes in probabilities that a sigmoid made: above one half says yes, or
/// below, whichever is rarer. Leads are logits, `p (1 - p)` of whose error is
/// seen in a probability.
class ProbabilityMeter {
public:
  void add(float wanted, float found);
  std::optional<DecisionVerdict> get() const;

private:
  int64_t count = 0, above = 0, foundAbove = 0, differing = 0, undecided = 0;
  /// Of probabilities that are in question.
  Leads leads;
};

/// Takes in rows of scores of classes. What says yes are the rows that choose
/// another class than background: the commonest, where it has three quarters of
/// all rows at least. Another class than that which was wanted is half of a
/// lost one: the place is found.
class BackgroundMeter {
public:
  /// Takes in a row: what both models choose of how many classes, the lead of
  /// the first choice over the next, and its error.
  void add(int64_t first, int64_t choice, int64_t classes, float lead,
           float error);
  /// Where a sample has but one row and few of these say yes, nothing is
  /// returned: it is sorted out by hand what a classifier gets to see.
  std::optional<DecisionVerdict> get(bool areMany) const;

private:
  /// Rows of each class by either model.
  std::vector<int64_t> wanted, found;
  int64_t count = 0, differing = 0;
  Leads leads;
};

/// The chance that noise of this standard deviation exceeds a lead.
double getChance(double lead, double deviation);

} // namespace narrow

#endif // NARROW_DRIVER_DECISIONS_H
