//===- Session.cpp - what the commands make of one model ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Session.h"
#include "narrow/Driver/HoldAccuracy.h"
#include "narrow/Driver/SearchPlan.h"

#include "KnownNetwork.h"
#include "Noise.h"
#include "OwnState.h"
#include "narrow/Calibration/Calibrator.h"
#include "narrow/Calibration/GuessStatistics.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Driver/DataChecks.h"
#include "narrow/Driver/PartJudge.h"
#include "narrow/Execution/FloatExecutor.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <chrono>

using namespace narrow;
using Clock = std::chrono::steady_clock;

/// Samples of noise from which ranges come where there are no others.
static constexpr int64_t kNoiseSamples = 2;

static llvm::Expected<Statistics> calibrateOnNoise(ModuleOp observed,
                                                   GetExecutor getExecutor) {
  SmallVector<ValueSpec> specs = getInputSpecs(getMainFunction(observed));
  llvm::Expected<const FloatExecutor *> executor = getExecutor();
  if (!executor)
    return executor.takeError();
  std::vector<HostTensor> outputs;
  return collectStatistics(
      observed, kNoiseSamples,
      [&](int64_t sample, ObserveCallback observe) {
        return (*executor)->run(makeNoise(specs, sample), outputs, observe);
      },
      [](int64_t sample) { return uint64_t(sample); }, {});
}

llvm::Expected<const ObservedModel *> Session::load() {
  if (!observed) {
    llvm::Expected<ObservedModel> loaded =
        loadObservedModel(options.model, context);
    if (!loaded)
      return loaded.takeError();
    observed = std::move(*loaded);
    if (std::optional<Scheme> scheme = options.quantization.scheme) {
      (*observed->module)
          ->setAttr(kSchemeAttr,
                    mlir::StringAttr::get(&context, getName(*scheme)));
      if (llvm::Error error = checkRangedFlag(*scheme))
        return std::move(error);
    }
    llvm::append_range(messages, observed->messages);
    if (options.model.isOnnxRuntimeExact())
      if (llvm::Error error = refuseFlags("with --exact=onnxruntime"))
        return std::move(error);
  }
  return &*observed;
}

llvm::Error Session::refuseFlags(StringRef what) const {
  StringRef flag = options.quantization.givenFlag;
  if (options.calibration.guessesRanges)
    flag = "ranges";
  if (!options.calibration.statisticsPath.empty())
    flag = "stats";
  if (!options.calibration.samplesPath.empty())
    flag = "calib";
  if (flag.empty())
    return llvm::Error::success();
  return makeError("'" + options.model.path + "': expected no --" + flag + " " +
                   what);
}

llvm::Error Session::checkRangedFlag(Scheme scheme) const {
  const CalibrationOptions &calibration = options.calibration;
  StringRef flag = options.quantization.rangedFlag;
  bool hasRanges = !calibration.samplesPath.empty() ||
                   !calibration.statisticsPath.empty() ||
                   calibration.guessesRanges || options.allowsNoise;
  if (scheme == Scheme::Static || hasRanges || flag.empty())
    return llvm::Error::success();
  return makeError("'" + options.model.path +
                   "': expected samples (--calib) or statistics (--stats) with "
                   "--" +
                   flag + ": without them no value of --scheme " +
                   getName(scheme) + " has a range");
}

llvm::Expected<bool> Session::isFixedPoint() {
  llvm::Expected<const ObservedModel *> loaded = load();
  if (!loaded)
    return loaded.takeError();
  if ((*loaded)->isFixedPoint)
    if (llvm::Error error = refuseFlags("for a module in fixed point"))
      return error;
  return (*loaded)->isFixedPoint;
}

llvm::Expected<ModuleOp> Session::getObserved() {
  llvm::Expected<const ObservedModel *> loaded = load();
  if (!loaded)
    return loaded.takeError();
  if ((*loaded)->isFixedPoint)
    return makeError("'" + options.model.path +
                     "': expected a model in float, found a module in fixed "
                     "point");
  return *observed->module;
}

llvm::Expected<StateFeed> Session::getStateFeed() {
  llvm::Expected<ModuleOp> module = getObserved();
  if (!module)
    return module.takeError();
  mlir::func::FuncOp function = getMainFunction(*module);
  return StateFeed::find(options.model.state, getInputSpecs(function),
                         getOutputSpecs(function));
}

llvm::Expected<const FloatExecutor *> Session::getExecutor() {
  if (!executor) {
    llvm::Expected<ModuleOp> module = getObserved();
    if (!module)
      return module.takeError();
    if (llvm::Error error = FloatExecutor::create(*module).moveInto(executor))
      return std::move(error);
  }
  return executor.get();
}

llvm::Expected<const ModelSamples *> Session::getSamples() {
  if (!samples) {
    llvm::Expected<ModuleOp> module = getObserved();
    if (!module)
      return module.takeError();
    Clock::time_point start = Clock::now();
    llvm::Expected<StateFeed> feed = getStateFeed();
    if (!feed)
      return feed.takeError();
    auto opened = openCalibrationSamples(*module, options.calibration, *feed);
    if (!opened)
      return opened.takeError();
    if (*opened && !feed->isEmpty()) {
      llvm::Expected<const FloatExecutor *> compiled = getExecutor();
      if (!compiled)
        return compiled.takeError();
      if (llvm::Error error = (*opened)->follow(**compiled))
        return std::move(error);
    }
    samples = std::move(*opened);
    bool holds = options.judges && options.quantization.holdsAccuracy;
    if (*samples && (holds || options.budget.isGiven() ||
                     options.quantization.pruneShare > 0))
      options.quantization.heldBack = options.calibration.heldBack =
          countJudges((*samples)->getCount());
    else if (int64_t heldBack = options.quantization.plan.heldBack;
             *samples && heldBack < (*samples)->getCount())
      options.quantization.heldBack = options.calibration.heldBack = heldBack;
    if (*samples && holds && !options.quantization.heldBack)
      messages.push_back(
          {mlir::DiagnosticSeverity::Warning, "",
           llvm::formatv("only {0} calibration samples: none is held back to "
                         "judge accuracy by, which takes {1}; what is said of "
                         "it is of samples that ranges come from",
                         (*samples)->getCount(), kLeastToHoldBack)});
    calibrationSeconds +=
        std::chrono::duration<double>(Clock::now() - start).count();
  }
  return *samples ? &**samples : nullptr;
}

llvm::Expected<Statistics> Session::guessRanges() {
  llvm::Expected<ModuleOp> module = getObserved();
  if (!module)
    return module.takeError();
  llvm::StringMap<NormalizedChannels> normalized;
  for (const TrainedValue &value : observed->trained)
    normalized[value.name] = {value.means, value.deviations};
  if (normalized.empty())
    return makeError("'" + options.model.path +
                     "': expected batch normalisations of constant statistics "
                     "for --ranges=batch-norm, found none: ranges take samples "
                     "(--calib)");
  llvm::StringMap<std::pair<double, double>> ranges;
  for (const ValueSpec &input : getInputSpecs(getMainFunction(*module)))
    if (input.takesPixels)
      ranges[input.name] = {0, 255};
  for (StringRef text : options.quantization.ranges)
    if (auto range = parseRange(text))
      ranges[range->first] = {range->second.low, range->second.high};
  llvm::Expected<GuessedStatistics> guessed =
      guessStatistics(*module, normalized, ranges);
  if (!guessed)
    return makeError("'" + options.model.path +
                     "': " + llvm::toString(guessed.takeError()));
  messages.push_back(
      {mlir::DiagnosticSeverity::Warning, "",
       llvm::formatv("ranges are guessed, no sample was seen: those of {0} "
                     "values as batch normalisations say, of {1} by the "
                     "weights of layers without one, of {2} not at all",
                     guessed->normalized.size(), guessed->derived.size(),
                     guessed->unknown.size())});
  for (const std::string &name : guessed->derived)
    messages.push_back({mlir::DiagnosticSeverity::Remark, "",
                        "the range of '" + name +
                            "' is guessed from weights, without a batch "
                            "normalisation of its own [guessed-range]"});
  guessed->statistics.modelHash = observed->hash;
  return std::move(guessed->statistics);
}

llvm::Expected<ModuleOp> Session::getQuantizedFrom() {
  llvm::Expected<ModuleOp> module = getObserved();
  if (!module)
    return module.takeError();
  return getSource();
}

llvm::Expected<const FloatExecutor *> Session::getSourceExecutor() {
  if (pruned)
    return pruned->executor.get();
  return getExecutor();
}

llvm::Expected<const Statistics *>
Session::getStatistics(ProgressCallback progress) {
  if (statistics)
    return &*statistics;
  if (options.calibration.guessesRanges) {
    samples.emplace(std::nullopt);
    if (llvm::Error error = guessRanges().moveInto(statistics.emplace()))
      return std::move(error);
    return &*statistics;
  }
  // Wrong samples are found before the model is compiled and run.
  llvm::Expected<const ModelSamples *> calibration = getSamples();
  if (!calibration)
    return calibration.takeError();
  Clock::time_point start = Clock::now();
  if (options.quantization.pruneShare > 0)
    if (llvm::Error error = prune())
      return std::move(error);
  StringRef path = options.calibration.statisticsPath;
  bool isFinished = !path.empty() && llvm::sys::fs::exists(path);
  if (!isFinished)
    if (llvm::Error error =
            checkOutputPaths(NamedPath{"statistics", path},
                             {{"model", options.model.path},
                              {"samples", options.calibration.samplesPath}}))
      return error;
  auto compiled = [&] { return getSourceExecutor(); };
  // Statistics of another share are another model's.
  uint64_t hash = observed->hash;
  if (pruned)
    hash ^= hashGraph(*pruned->module);
  auto found =
      isNoise() ? calibrateOnNoise(*observed->module, compiled)
                : narrow::getStatistics(getSource(), hash, options.calibration,
                                        *calibration, compiled, progress);
  if (!found)
    return found.takeError();
  statistics = std::move(*found);
  isCollected = !isFinished && !isNoise();
  calibrationSeconds +=
      std::chrono::duration<double>(Clock::now() - start).count();
  if (isNoise() || statistics->getTensors().empty())
    return &*statistics;
  llvm::append_range(
      messages,
      checkCalibration(getInputSpecs(getMainFunction(*observed->module)),
                       *statistics));
  if (*calibration) {
    llvm::append_range(messages,
                       checkIndices(options.calibration.samplesPath,
                                    getMainFunction(*observed->module),
                                    **calibration));
    auto found =
        checkTrainedValues(*observed->module, observed->trained, **calibration);
    if (!found)
      return found.takeError();
    llvm::append_range(messages, *found);
  }
  if (*calibration && options.quantization.heldBack) {
    llvm::Expected<const FloatExecutor *> executable = getSourceExecutor();
    if (!executable)
      return executable.takeError();
    int64_t heldBack = options.quantization.heldBack;
    auto found = checkJudges(*statistics, **calibration,
                             (*calibration)->getCount() - heldBack,
                             std::min(heldBack, PartJudge::kFew), **executable);
    if (!found)
      return found.takeError();
    llvm::append_range(messages, *found);
  }
  if (isFinished)
    llvm::append_range(messages,
                       checkFinishedStatistics(*statistics, options.calibration,
                                               *calibration));
  return &*statistics;
}

llvm::Error Session::addStatistics(OutputFiles &files) const {
  StringRef path = options.calibration.statisticsPath;
  if (!isCollected || path.empty())
    return llvm::Error::success();
  return files.add(path, statistics->toJson());
}

/// Counts the operations of a module that came in fixed point.
static quantize::QuantizeReport describeFixedPoint(ModuleOp module) {
  quantize::QuantizeReport report;
  getMainFunction(module).walk([&](Operation *op) {
    if (op->hasTrait<mlir::OpTrait::IsTerminator>() || op->getNumRegions() ||
        op->hasTrait<mlir::OpTrait::ConstantLike>() ||
        isa<fxp::QuantizeOp, fxp::DequantizeOp>(op))
      return;
    if (isa<fxp::FxpDialect>(op->getDialect()))
      ++report.quantizedOps;
    else if (llvm::any_of(op->getResultTypes(), [](Type type) {
               return isa<FloatType>(mlir::getElementTypeOrSelf(type));
             }))
      report.findings.push_back({"stays-float", describeLocation(op->getLoc()),
                                 op->getName().getStringRef().str(),
                                 "it is so in the module"});
  });
  return report;
}

llvm::Expected<uint64_t> Session::getSearchKey() {
  StringRef path = options.calibration.statisticsPath;
  std::string text;
  if (statistics && isCollected && !path.empty()) {
    text = statistics->toJson();
  } else if (!path.empty()) {
    auto file = llvm::MemoryBuffer::getFile(path);
    if (!file)
      return makeError("cannot read '" + path +
                       "': " + StringRef(file.getError().message()).lower());
    text = (*file)->getBuffer().str();
  }
  return hashSearch(*observed->module, options.calibration, text,
                    options.quantization, options.budget);
}

llvm::Expected<std::optional<BudgetAnswer>> Session::findAnswer() {
  const BudgetOptions &budget = options.budget;
  StringRef path = options.calibration.statisticsPath;
  // Fronts and classes are measured, and statistics that are missing written.
  if (!budget.isGiven() || budget.measuresPlans || budget.scoresPath.empty() ||
      !llvm::sys::fs::exists(budget.scoresPath) || !budget.frontPath.empty() ||
      !budget.evaluationPath.empty() ||
      options.calibration.samplesPath.empty() ||
      !options.model.state.pairs.empty() ||
      (!path.empty() && !statistics && !llvm::sys::fs::exists(path)))
    return std::nullopt;
  if (llvm::Error error = getObserved().takeError())
    return std::move(error);
  llvm::Expected<uint64_t> key = getSearchKey();
  if (!key)
    return key.takeError();
  return narrow::answerBudget(*key, options.quantization, budget);
}

llvm::Expected<std::optional<BudgetAnswer>> Session::answerBudget() {
  auto answer = findAnswer();
  if (answer && *answer)
    llvm::append_range(messages, (*answer)->warnings);
  return answer;
}

llvm::Expected<std::optional<QuantizedModel>>
Session::quantizeMeasured(const Statistics &ranges) {
  auto answer = findAnswer();
  if (!answer)
    return answer.takeError();
  if (!*answer || (*answer)->report.isPredicted)
    return std::nullopt;
  QuantizationOptions own = options.quantization;
  own.plan = std::move((*answer)->plan);
  if (!own.plan.repair.empty())
    own.repair = own.plan.repair;
  own.holdsAccuracy = false;
  llvm::Expected<QuantizedModel> model = holdAccuracy(
      *observed->module, ranges, own, **samples, [&] { return getExecutor(); },
      options.model.path);
  if (!model)
    return model.takeError();
  (*answer)->report.quantizations = 1;
  model->budget = std::move((*answer)->report);
  return std::optional<QuantizedModel>(std::move(*model));
}

llvm::Expected<QuantizedModel> Session::quantize(const Statistics &ranges,
                                                 const HoldRecipe *start,
                                                 ProgressCallback search) {
  auto compiled = [&] { return getSourceExecutor(); };
  StringRef path = options.model.path;
  if (!*samples || (!options.judges && !options.budget.isGiven()))
    return quantizeModel(getSource(), ranges, options.quantization,
                         *samples ? &**samples : nullptr, compiled, path);
  if (!options.budget.isGiven()) {
    auto wholeCompiled = [&] { return getExecutor(); };
    JudgedModel whole{*observed->module, wholeCompiled};
    return holdAccuracy(getSource(), ranges, options.quantization, **samples,
                        compiled, path, start, std::move(search),
                        pruned ? &whole : nullptr,
                        // Those that would judge chose the channels.
                        /*takesTurns=*/!pruned);
  }
  auto known = quantizeMeasured(ranges);
  if (!known)
    return known.takeError();
  if (*known)
    return std::move(**known);
  llvm::Expected<uint64_t> key = getSearchKey();
  if (!key)
    return key.takeError();
  llvm::Expected<QuantizedModel> found =
      searchPlan({*observed->module, observed->hash, ranges, **samples,
                  compiled, path, *key, messages},
                 options.quantization, options.budget, std::move(search));
  if (found && !found->budget->isHeld)
    return makeError("'" + path + "': no plan keeps the budget; the nearest: " +
                     found->budget->describeNearest());
  return found;
}

llvm::Error Session::addJudges() {
  int64_t heldBack = options.quantization.heldBack,
          begin = (*samples)->getCount() - heldBack;
  llvm::Expected<const FloatExecutor *> compiled = getSourceExecutor();
  if (!compiled)
    return compiled.takeError();
  std::vector<HostTensor> outputs;
  llvm::Expected<Statistics> added = collectStatistics(
      getSource(), heldBack,
      [&](int64_t sample, ObserveCallback observe) {
        return (*compiled)->run((*samples)->get(begin + sample), outputs,
                                observe);
      },
      [&](int64_t sample) { return (*samples)->hash(begin + sample); });
  if (!added)
    return added.takeError();
  added->modelHash = statistics->modelHash;
  return statistics->merge(*added);
}

llvm::Error Session::joinJudges(QuantizedModel &model) {
  // Those of a file are finished.
  if (isCollected)
    if (llvm::Error error = addJudges())
      return error;
  options.quantization.heldBack = options.calibration.heldBack = 0;
  QuantizationOptions own = options.quantization;
  setRecipe(model.accuracy.recipe, own);
  llvm::Expected<QuantizedModel> whole = quantizeModel(
      getSource(), *statistics, own, &**samples,
      [&] { return getSourceExecutor(); }, options.model.path);
  if (!whole)
    return whole.takeError();
  whole->plan.repair = model.plan.repair;
  llvm::append_range(whole->messages, describeSearch(model.accuracy));
  whole->accuracy = std::move(model.accuracy);
  whole->accuracy.haveJoined = true;
  model = std::move(*whole);
  return llvm::Error::success();
}

llvm::Error Session::holdState(QuantizedModel &model,
                               const Statistics &ranges) {
  ModelSamples &steps = **samples;
  int64_t count = steps.getCount();
  auto compiled = [&] { return getExecutor(); };
  auto judge = [&](QuantizedModel &judged, SeeInputs see) -> llvm::Error {
    llvm::Expected<OwnStateErrors> errors =
        measureOwnState(*judged.module, steps, count, compiled, see);
    if (!errors)
      return errors.takeError();
    judged.accuracy.ownSteps = count;
    judged.accuracy.ownSqnr = errors->getWorst();
    judged.accuracy.overTime = errors->getOverTime();
    return llvm::Error::success();
  };
  std::vector<std::vector<HostTensor>> own;
  if (llvm::Error error =
          judge(model, [&](int64_t, ArrayRef<HostTensor> inputs) {
            own.push_back(steps.getFeed().pick(inputs));
          }))
    return error;
  // What follows from the network's own state has to be in the ranges too.
  steps.setStates(std::move(own));
  std::vector<HostTensor> outputs;
  llvm::Expected<Statistics> reached = collectStatistics(
      *observed->module, count - options.calibration.heldBack,
      [&](int64_t sample, ObserveCallback observe) {
        return executor->run(steps.get(sample), outputs, observe);
      },
      [&](int64_t sample) { return steps.hash(sample); });
  if (!reached)
    return reached.takeError();
  reached->modelHash = ranges.modelHash;
  if (llvm::Error error = reached->merge(ranges))
    return error;
  llvm::Expected<QuantizedModel> again = quantize(
      *reached, model.accuracy.judges ? &model.accuracy.recipe : nullptr);
  if (!again)
    return again.takeError();
  if (llvm::Error error = judge(*again, nullptr))
    return error;
  if (again->accuracy.ownSqnr > model.accuracy.ownSqnr)
    model = std::move(*again);
  return llvm::Error::success();
}

llvm::Expected<const QuantizedModel *>
Session::getQuantized(ProgressCallback progress, ProgressCallback search) {
  if (quantized)
    return &*quantized;
  llvm::Expected<bool> isFixed = isFixedPoint();
  if (!isFixed)
    return isFixed.takeError();
  if (*isFixed) {
    quantized.emplace();
    quantized->module = observed->module->clone();
    quantized->report = describeFixedPoint(*quantized->module);
    return &*quantized;
  }
  llvm::Expected<const Statistics *> ranges = getStatistics(progress);
  if (!ranges)
    return ranges.takeError();
  if (!*samples && !options.calibration.guessesRanges &&
      options.quantization.repair != "none" &&
      options.quantization.biasSamples != 0 && !isNoise() &&
      !(*ranges)->getTensors().empty())
    messages.push_back(
        {mlir::DiagnosticSeverity::Warning, "",
         "biases are not corrected: that needs samples beside the statistics "
         "(--calib); --bias-samples 0 if that is wanted"});
  if (options.budget.isGiven() && !*samples)
    return makeError("'" + options.model.path +
                     "': expected samples (--calib) that judge plans under a "
                     "budget");
  if (options.budget.isGiven() && !(*samples)->getFeed().isEmpty())
    return makeError("'" + options.model.path +
                     "': expected no --state with a budget: plans are judged "
                     "without the network's own state");
  llvm::Expected<QuantizedModel> made =
      quantize(**ranges, nullptr, std::move(search));
  if (!made)
    return made.takeError();
  bool hasState = *samples && !(*samples)->getFeed().isEmpty();
  if (hasState)
    if (llvm::Error error = holdState(*made, **ranges))
      return std::move(error);
  // What was changed was judged with these ranges, unless samples judged in
  // turns, and so was state.
  const AccuracyReport &accuracy = made->accuracy;
  bool holdsAsIs =
      accuracy.judges && accuracy.isHeld() && accuracy.measures.empty();
  if (accuracy.isHeldBy && (holdsAsIs || accuracy.turns) &&
      options.quantization.heldBack && !hasState && !options.budget.isGiven())
    if (llvm::Error error = joinJudges(*made))
      return std::move(error);
  quantized = std::move(*made);
  if (pruned)
    quantized->accuracy.pruned = pruned->loss;
  llvm::append_range(messages, quantized->messages);
  return &*quantized;
}
