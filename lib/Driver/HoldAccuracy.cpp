//===- HoldAccuracy.cpp - wider values where a result needs them ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/HoldAccuracy.h"
#include "Suspects.h"
#include "narrow/Driver/PartJudge.h"
#include <cmath>

using namespace narrow;

/// An operation that loses less than this is nobody's cause, in dB.
static constexpr double kLeastLoss = 1;

int64_t narrow::countJudges(int64_t count) {
  return count < 16 ? 0 : std::clamp<int64_t>(count / 4, 8, 32);
}

void narrow::setHeld(ArrayRef<std::string> wide,
                     ArrayRef<std::string> keptFloat, Plan &plan) {
  for (const std::string &name : wide) {
    ValuePlan value;
    value.name = name;
    value.storage = "i16";
    value.reason = "held";
    plan.set(std::move(value));
  }
  for (const std::string &name : keptFloat)
    plan.set(FloatPlan{name, "held"});
}

namespace {
class Holder {
public:
  Holder(ModuleOp observed, const Statistics &statistics,
         const QuantizationOptions &options, const ModelSamples &samples,
         GetExecutor getExecutor, StringRef path)
      : observed(observed), statistics(statistics), options(options),
        samples(samples), getExecutor(getExecutor), path(path),
        judge(observed, samples, options.heldBack, getExecutor) {}

  llvm::Expected<QuantizedModel> run();

private:
  /// A way to quantise, and how it did.
  struct Trial {
    QuantizedModel model;
    /// Of what can be judged, in dB.
    std::vector<std::string> names;
    SmallVector<double> sqnr;
    double getWorst() const { return *llvm::min_element(sqnr); }
  };

  llvm::Expected<Trial> attempt(ArrayRef<std::string> wide,
                                ArrayRef<std::string> keptFloat);
  /// What is done to a suspect: 16 bits for its values; it stays in float; what
  /// makes its operands does as well.
  enum class Measure { Widen, KeepFloat, KeepSourcesFloat };
  /// Does it to ever more suspects until the floor is held; then to fewer as
  /// long as it is. Returns whether it is held.
  llvm::Expected<bool> escalate(ArrayRef<Suspect> suspects, Measure measure);
  void report(Trial &trial);

  ModuleOp observed;
  const Statistics &statistics;
  const QuantizationOptions &options;
  const ModelSamples &samples;
  GetExecutor getExecutor;
  StringRef path;
  PartJudge judge;
  std::optional<Trial> best;
  std::vector<std::string> wide, keptFloat;
  llvm::StringMap<double> before;
  int64_t trials = 0;
};
} // namespace

llvm::Expected<Holder::Trial>
Holder::attempt(ArrayRef<std::string> wideNames,
                ArrayRef<std::string> floatNames) {
  QuantizationOptions own = options;
  setHeld(wideNames, floatNames, own.plan);
  llvm::Expected<QuantizedModel> model =
      quantizeModel(observed, statistics, own, &samples, getExecutor, path);
  if (!model)
    return model.takeError();
  ++trials;
  Trial trial{std::move(*model), {}, {}};
  llvm::Expected<PartErrors> errors = judge.judge(*trial.model.module);
  if (!errors)
    return errors.takeError();
  for (auto [name, error] : llvm::zip_equal(judge.getNames(), *errors)) {
    if (std::isnan(error))
      continue;
    trial.names.push_back(name);
    trial.sqnr.push_back(error > 0 ? -20 * std::log10(error) : kEqualDecibels);
  }
  return std::move(trial);
}

llvm::Expected<bool> Holder::escalate(ArrayRef<Suspect> suspects,
                                      Measure measure) {
  size_t held = 0, failed = 0;
  std::vector<std::string> oldWide = wide, oldFloat = keptFloat;
  auto attemptWith = [&](size_t count) -> llvm::Expected<bool> {
    llvm::SetVector<StringRef> added;
    for (const Suspect &suspect : suspects.take_front(count)) {
      added.insert(suspect.name);
      if (measure != Measure::Widen)
        added.insert(suspect.between.begin(), suspect.between.end());
      if (measure != Measure::KeepFloat)
        added.insert(suspect.sources.begin(), suspect.sources.end());
    }
    std::vector<std::string> nextWide = oldWide, nextFloat = oldFloat;
    for (StringRef name : added)
      (measure == Measure::Widen ? nextWide : nextFloat).push_back(name.str());
    llvm::Expected<Trial> trial = attempt(nextWide, nextFloat);
    if (!trial) {
      // No integer form of some operation takes such values.
      llvm::consumeError(trial.takeError());
      return false;
    }
    bool isHeld = trial->getWorst() >= options.floor;
    // Fewer wider values are better once the floor is held.
    if (isHeld || trial->getWorst() > best->getWorst() + kLeastLoss) {
      best = std::move(*trial);
      wide = nextWide;
      keptFloat = nextFloat;
    }
    return isHeld;
  };
  for (size_t count = 1; !held; count *= 2) {
    count = std::min(count, suspects.size());
    llvm::Expected<bool> isHeld = attemptWith(count);
    if (!isHeld)
      return isHeld.takeError();
    (*isHeld ? held : failed) = count;
    if (count == suspects.size())
      break;
  }
  while (held && failed + 1 < held) {
    size_t count = (failed + held) / 2;
    llvm::Expected<bool> isHeld = attemptWith(count);
    if (!isHeld)
      return isHeld.takeError();
    (*isHeld ? held : failed) = count;
  }
  return held != 0;
}

llvm::Expected<QuantizedModel> Holder::run() {
  llvm::Expected<Trial> first = attempt({}, {});
  if (!first)
    return first.takeError();
  best = std::move(*first);
  if (best->sqnr.empty()) {
    best->model.messages.push_back(
        {options.holdsAccuracy ? mlir::DiagnosticSeverity::Warning
                               : mlir::DiagnosticSeverity::Remark,
         "",
         "accuracy is not judged: that needs inputs and results in f32 that "
         "are not 0 throughout [not-judged]"});
    return std::move(best->model);
  }
  for (auto [name, sqnr] : llvm::zip_equal(best->names, best->sqnr))
    before[name] = sqnr;
  if (options.holdsAccuracy && best->getWorst() < options.floor) {
    llvm::Expected<std::vector<Suspect>> suspects = findSuspects(
        observed, *best->model.module, std::min<int64_t>(judge.getCount(), 4),
        judge.getFetch(), getExecutor);
    if (!suspects)
      return suspects.takeError();
    llvm::erase_if(*suspects, [](const Suspect &suspect) {
      return suspect.loss < kLeastLoss;
    });
    if (!suspects->empty()) {
      SmallVector<Measure> measures{Measure::Widen};
      if (!options.isIntegerOnly)
        measures.append({Measure::KeepFloat, Measure::KeepSourcesFloat});
      for (Measure measure : measures) {
        llvm::Expected<bool> isHeld = escalate(*suspects, measure);
        if (!isHeld)
          return isHeld.takeError();
        if (*isHeld)
          break;
      }
    }
  }
  report(*best);
  return std::move(best->model);
}

void Holder::report(Trial &trial) {
  AccuracyReport &accuracy = trial.model.accuracy;
  accuracy.floor = options.floor;
  accuracy.judges = judge.getCount();
  ArrayRef<uint64_t> known = statistics.getSampleHashes();
  accuracy.areHeldBack = true;
  for (int64_t i = 0; i < judge.getCount(); ++i)
    accuracy.areHeldBack &= !std::binary_search(
        known.begin(), known.end(), samples.hash(judge.getBegin() + i));
  for (auto [name, now] : llvm::zip_equal(trial.names, trial.sqnr))
    accuracy.parts.push_back(
        {name, now, before.count(name) ? before.lookup(name) : now});
  accuracy.wide = wide;
  accuracy.keptFloat = keptFloat;
  accuracy.isHeldBy = options.holdsAccuracy;
  accuracy.trials = trials;
}

llvm::Expected<QuantizedModel>
narrow::holdAccuracy(ModuleOp observed, const Statistics &statistics,
                     const QuantizationOptions &options,
                     const ModelSamples &samples, GetExecutor getExecutor,
                     StringRef path) {
  return Holder(observed, statistics, options, samples, getExecutor, path)
      .run();
}
