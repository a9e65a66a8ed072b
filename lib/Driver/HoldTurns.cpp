//===- HoldTurns.cpp - what a few judges may not have seen ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Holder.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace narrow;

/// Samples judge in turns where looking once takes no more than so many
/// products: a second or two of one core. An operation that is quantised counts
/// as so many, a millisecond.
static constexpr double kMostTurnWork = 4e9, kOperationWork = 1e6;
/// Of more samples those that are held back hold what is rare.
static constexpr int64_t kMostTurnSamples = 512;
/// Where parts have this above their floors, in dB, only what leaves ranges by
/// far makes all samples judge; the latter where that takes a tenth of a second
/// (`kLittleTurnWork`).
static constexpr double kComfortable = 10, kCertain = 20;
static constexpr double kLittleTurnWork = 2e8;
/// Where parts have less than this above their floors, all samples judge.
static constexpr double kTight = 3;
/// A value is left, and left by far, that samples of a turn have beyond what
/// the others have by more than these parts of it; and it has no bound where it
/// is by the last, of even distributions.
static constexpr double kLeft = 0.1, kFarLeft = 0.25, kUnbounded = 0.03;
/// Room may cost what leaves so much above the floors, in dB.
static constexpr double kSpared = 6;
/// Room has to gain this, in dB, where it is not for what comes.
static constexpr double kRoomGain = 1;
/// How much room there may be, in ranges that calibration saw.
static constexpr double kRooms[] = {1.5, 2, 3, 4, 6, 8};

/// Whether the ranges are those of all samples that are not held back.
static bool areRangesOf(const Statistics &statistics,
                        const ModelSamples &samples, int64_t heldBack) {
  int64_t count = samples.getCount() - heldBack;
  if (static_cast<int64_t>(statistics.getNumSamples()) != count)
    return false;
  std::vector<uint64_t> hashes;
  for (int64_t sample = 0; sample < count; ++sample)
    hashes.push_back(samples.hash(sample));
  llvm::sort(hashes);
  return statistics.getSampleHashes() == ArrayRef(hashes);
}

/// Whether `turn` is better than `other`: it lacks less, or both are held and
/// it has more above the floor and no more values of 16 bits: outliers may get
/// these where they get room, and what is held needs none.
static bool isBetter(const TurnTrial &turn, const TurnTrial &other,
                     const AccuracyFloors &floors, double gain) {
  // Steps that the floor does not need are better spent on room: the next
  // samples have what none of these has.
  double margin = turn.getMargin(floors);
  if (turn.isHeld() && other.isHeld() && turn.longValues <= other.longValues &&
      turn.recipe.headroom > other.recipe.headroom && margin >= kSpared)
    return true;
  if (!turn.isHeld() || !other.isHeld())
    return turn.lack + (turn.isHeld() ? 0 : gain) < other.lack;
  return turn.longValues <= other.longValues &&
         margin >= other.getMargin(floors) + gain;
}

double Holder::getTurnWork() const {
  double operations = 0;
  getMainFunction(observed).walk([&](Operation *) { ++operations; });
  return TurnJudge::kTurns *
         (trials.getFirstWork() + operations * kOperationWork);
}

bool Holder::mayJudgeInTurns() const {
  // Each turn has as many judges as there are without turns, at least.
  return samples.getCount() >= TurnJudge::kTurns * PartJudge::kFew &&
         samples.getCount() <= kMostTurnSamples && options.heldBack &&
         samples.getFeed().isEmpty() && getTurnWork() <= kMostTurnWork &&
         areRangesOf(statistics, samples, options.heldBack);
}

llvm::Error Holder::tryTurn(TurnJudge &judge, const HoldRecipe &recipe,
                            double gain) {
  // No integer form of some operation may take such values.
  llvm::Expected<TurnTrial> trial = judge.run(recipe);
  if (!trial) {
    llvm::consumeError(trial.takeError());
    return llvm::Error::success();
  }
  if (isBetter(*trial, *turn, options.floors, gain))
    turn = std::move(*trial);
  else if (!turn->isHeld())
    undone.push_back(llvm::formatv(
        "{0}: undone, parts lack {1:f1} dB in turns with and {2:f1} without",
        llvm::join(describe(recipe), "; "), trial->lack, turn->lack));
  return llvm::Error::success();
}

llvm::Error Holder::makeRoom(TurnJudge &judge, ArrayRef<std::string> left,
                             double beyond) {
  const HoldRecipe base = turn->recipe;
  auto give = [&](double headroom) {
    HoldRecipe recipe = base;
    recipe.roomy.assign(left.begin(), left.end());
    recipe.headroom = headroom;
    return recipe;
  };
  // One of all samples goes beyond the others by so much. Where it is a power's
  // tail, so does one of e times as many, and of twenty times by the third
  // power.
  double reach = std::pow(1 + beyond, 3);
  for (double headroom : kRooms)
    if (headroom <= std::max(reach, kRooms[0]))
      if (llvm::Error error = tryTurn(judge, give(headroom), kRoomGain))
        return error;
  // What has 16 bits can have room and steps.
  for (double headroom : {2.0, 4.0, 8.0}) {
    if (turn->isHeld())
      return llvm::Error::success();
    HoldRecipe recipe = give(headroom);
    for (const std::string &name : left)
      if (!llvm::is_contained(recipe.wide, name) &&
          !llvm::is_contained(recipe.keptFloat, name))
        recipe.wide.push_back(name);
    if (llvm::Error error = tryTurn(judge, recipe, kRoomGain))
      return error;
  }
  if (turn->isHeld() || options.isIntegerOnly || areWeightsSmall())
    return llvm::Error::success();
  HoldRecipe recipe = base;
  for (const std::string &name : left)
    if (!llvm::is_contained(recipe.keptFloat, name))
      recipe.keptFloat.push_back(name);
  llvm::erase_if(recipe.wide, [&](const std::string &name) {
    return llvm::is_contained(left, name);
  });
  return tryTurn(judge, recipe, turn->lack / 2);
}

llvm::Error Holder::goOn(TurnJudge &judge) {
  // What the judges promise beyond what turns hold is asked for as well.
  trials.raiseFloors(best->verdicts, turn->pooled);
  best->verdicts.missed = turn->pooled.missed;
  best->weigh(trials.getFloors());
  if (best->isHeld())
    return llvm::Error::success();
  HoldRecipe before = best->recipe;
  if (llvm::Error error = hold())
    return error;
  if (best->recipe == before)
    return llvm::Error::success();
  return tryTurn(judge, best->recipe, kRoomGain);
}

llvm::Error Holder::judgeInTurns(std::vector<PartVerdict> &before) {
  bool isPlain = trials.countWhole() == 1;
  double begin = LayerWalk::getWork();
  auto judge =
      TurnJudge::create(observed, options, samples, getExecutor, path, judged);
  // What is held stays so where a part of the samples cannot say more.
  auto leave = [&](llvm::Error error) {
    untried.push_back("judging in turns: " + llvm::toString(std::move(error)));
    return llvm::Error::success();
  };
  if (!judge)
    return leave(judge.takeError());
  std::vector<TurnJudge::LeftValue> values = (*judge)->findLeft();
  llvm::erase_if(values, [&](const TurnJudge::LeftValue &value) {
    return !isOpen(value.name);
  });
  double margin = getMargin(best->verdicts.parts, options.floors), most = 0;
  for (const TurnJudge::LeftValue &value : values)
    most = std::max(most, value.beyond);
  bool isComfortable =
      margin >= (getTurnWork() > kLittleTurnWork ? kComfortable : kCertain);
  if (margin >= kTight && most < (isComfortable ? kFarLeft : kLeft))
    return llvm::Error::success();
  std::vector<std::string> left;
  for (const TurnJudge::LeftValue &value : values)
    if (value.beyond > (most < kFarLeft ? kLeft : kUnbounded))
      left.push_back(value.name);
  llvm::Expected<TurnTrial> first = (*judge)->run(best->recipe);
  if (!first)
    return leave(first.takeError());
  turn = std::move(*first);
  if (isPlain)
    before = turn->pooled.parts;
  if (!left.empty())
    if (llvm::Error error = makeRoom(**judge, left, most))
      return error;
  auto keep = [&]() -> llvm::Error {
    if (turn->recipe == best->recipe)
      return llvm::Error::success();
    llvm::Expected<Trial> whole = trials.runWhole(turn->recipe);
    if (!whole)
      return whole.takeError();
    best = std::move(*whole);
    return llvm::Error::success();
  };
  if (llvm::Error error = keep())
    return error;
  trials.excuse(begin);
  if (!turn->isHeld()) {
    if (llvm::Error error = goOn(**judge))
      return error;
    if (llvm::Error error = keep())
      return error;
  }
  beyond = most < kFarLeft ? 0 : most;
  best->verdicts = std::move(turn->pooled);
  best->weigh(options.floors);
  return llvm::Error::success();
}
