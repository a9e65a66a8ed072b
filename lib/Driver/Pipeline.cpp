//===- Pipeline.cpp - from a model to its fixed-point module --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Pipeline.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "narrow/Calibration/Calibrator.h"
#include "narrow/Conversion/TosaToFxp/TosaToFxp.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/Driver/Model.h"
#include "narrow/Driver/StateFeed.h"
#include "narrow/Frontend/ImportModel.h"
#include "narrow/Plan/Pipeline.h"
#include "narrow/Prepare/Pipeline.h"
#include "narrow/Quantize/Pipeline.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"

using namespace narrow;

llvm::Error narrow::prepareModel(ModuleOp module, StringRef path,
                                 std::vector<Message> *messages) {
  DiagnosticCollector diagnostics(*module.getContext());
  mlir::PassManager passes(module.getContext());
  buildPreparePipeline(passes, PrepareOptions());
  if (failed(passes.run(module)))
    return diagnostics.takeError(path);
  if (messages)
    llvm::append_range(*messages, diagnostics.getMessages());
  return llvm::Error::success();
}

/// Folds the normalisation of the first input's pixels into its first layer.
static llvm::Error takePixels(ModuleOp module, const ModelOptions &options) {
  DiagnosticCollector diagnostics(*module.getContext());
  quantize::FoldInputNormalizationOptions fold;
  llvm::append_range(fold.mean, options.pixelMean);
  llvm::append_range(fold.scale, options.pixelScale);
  mlir::PassManager passes(module.getContext());
  passes.addPass(quantize::createFoldInputNormalization(fold));
  if (failed(passes.run(module)))
    return diagnostics.takeError(options.path);
  getMainFunction(module).setArgAttr(0, kPixelsAttribute,
                                     mlir::UnitAttr::get(module.getContext()));
  return llvm::Error::success();
}

/// Brings integer TOSA into fixed point with the arithmetic that it has.
static llvm::Error takeIntegers(ModuleOp module, StringRef path,
                                std::vector<Message> &messages) {
  DiagnosticCollector diagnostics(*module.getContext());
  mlir::PassManager passes(module.getContext());
  passes.addPass(createConvertTosaToFxp());
  // Equal constants and equal views of one value are one.
  passes.addPass(mlir::createCSEPass());
  // As behind quantisation: names would keep equal ops apart, and the proof is
  // of what is compiled.
  passes.addPass(fxp::createFxpNameValues());
  passes.addPass(fxp::createFxpVerifyAccumulators());
  passes.addPass(fxp::createFxpChooseStorage());
  if (failed(passes.run(module)))
    return diagnostics.takeError(path);
  llvm::append_range(messages, diagnostics.getMessages());
  return llvm::Error::success();
}

/// Marks the inputs that take state, for planning.
static llvm::Error markState(ModuleOp module, const ModelOptions &options) {
  mlir::func::FuncOp function = getMainFunction(module);
  llvm::Expected<StateFeed> feed = StateFeed::find(
      options.state, getInputSpecs(function), getOutputSpecs(function));
  if (!feed)
    return makeError("'" + options.path +
                     "': " + llvm::toString(feed.takeError()));
  mlir::Builder builder(module.getContext());
  for (StateFeed::Link link : feed->getLinks())
    function.setArgAttr(
        static_cast<unsigned>(link.input), kStateAttr,
        builder.getI64IntegerAttr(static_cast<int64_t>(link.output)));
  return llvm::Error::success();
}

llvm::Expected<ObservedModel>
narrow::loadObservedModel(const ModelOptions &options, MLIRContext &context) {
  ObservedModel result;
  llvm::Expected<uint64_t> hash = hashModel(options);
  if (!hash)
    return hash.takeError();
  result.hash = *hash;
  llvm::Expected<OwningOpRef<ModuleOp>> module =
      loadModel(options, context, &result.messages);
  if (!module)
    return module.takeError();
  result.module = std::move(*module);
  // An ONNX graph of integers alone means plain ones.
  bool isIntegers = isModuleFile(options.path) &&
                    !isFixedPoint(*result.module) &&
                    isIntegerTosa(*result.module);
  if (options.exact == "tosa" && !isIntegers)
    return makeError("'" + options.path +
                     "': expected a model of integers in TOSA for "
                     "--exact=tosa");
  if (options.isOnnxRuntimeExact() &&
      (isModuleFile(options.path) ||
       !(*result.module)->hasAttr(kQuantizedAttr)))
    return makeError(
        "'" + options.path +
        "': expected an ONNX model that came quantised for "
        "--exact=onnxruntime, found " +
        (isModuleFile(options.path) ? "a module in MLIR" : "one in float"));
  if (isIntegers) {
    if (llvm::Error error =
            takeIntegers(*result.module, options.path, result.messages))
      return error;
    result.isFixedPoint = true;
  } else {
    result.isFixedPoint = isFixedPoint(*result.module);
  }
  if (result.isFixedPoint && !options.pixelMean.empty())
    return makeError("'" + options.path +
                     "': expected no --pixel-mean for a module in fixed point");
  if (result.isFixedPoint && !options.state.pairs.empty())
    return makeError("'" + options.path +
                     "': expected no --state for a module in fixed point");
  if (result.isFixedPoint)
    return result;
  result.trained = findTrainedValues(*result.module);
  if (llvm::Error error =
          prepareModel(*result.module, options.path, &result.messages))
    return error;
  if (!options.pixelMean.empty())
    if (llvm::Error error = takePixels(*result.module, options))
      return error;
  if (llvm::Error error = markState(*result.module, options))
    return error;
  return result;
}

static llvm::Expected<fxp::RequantMode> parseRequantMode(StringRef name) {
  if (auto mode = fxp::parseChosenMode(name))
    return *mode;
  return makeError("unknown requantisation '" + name +
                   "': expected q15, q31, f32 or pow2");
}

/// Whether somebody says the range or the type of the value called `name`: not
/// a plan that only keeps what was planned by default.
static bool isGiven(const QuantizationOptions &options, StringRef name) {
  auto says = [&](StringRef text) { return text.rsplit('=').first == name; };
  return llvm::any_of(options.types, says) ||
         llvm::any_of(options.ranges, says) ||
         llvm::is_contained(options.roomy, name) ||
         llvm::any_of(options.plan.values, [&](const ValuePlan &value) {
           return value.name == name && value.reason != "plain";
         });
}

/// Repairs `result` on calibration samples.
static llvm::Error repairModel(ModuleOp observed, const RepairSteps &steps,
                               const QuantizationOptions &options,
                               const ModelSamples &samples,
                               GetExecutor getExecutor, QuantizedModel &result,
                               quantize::QuantizeReport &report) {
  auto getSample = [&](int64_t sample, std::vector<HostTensor> &inputs) {
    inputs = samples.get(sample);
    return llvm::Error::success();
  };
  bool arePairsSafe =
      llvm::any_of(result.plan.layers, [](const LayerPlan &layer) {
        return layer.rounding == fxp::WeightRounding::PairSafe;
      });
  llvm::Expected<std::vector<RepairReport>> reports =
      repair(steps, {observed, *result.module,
                     splitSamples(steps, *result.module,
                                  samples.getCount() - options.heldBack,
                                  options.biasSamples),
                     getSample, getExecutor, arePairsSafe,
                     [&](StringRef name) { return isGiven(options, name); }});
  if (!reports)
    return reports.takeError();
  for (const RepairReport &step : *reports)
    result.repairs.push_back(summarizeRepair(step, report));
  return llvm::Error::success();
}

/// Makes room beyond what calibration saw of values that have to have it.
static void giveRoom(ModuleOp module, const QuantizationOptions &options) {
  mlir::Builder builder(module.getContext());
  module.walk([&](fxp::ObserveOp observe) {
    std::optional<ArrayRef<double>> seen = observe.getExtremes();
    if (!seen || seen->size() != 2 ||
        !llvm::is_contained(options.roomy, observe.getName()))
      return;
    auto range = builder.getDenseF64ArrayAttr(
        {options.headroom * (*seen)[0], options.headroom * (*seen)[1]});
    observe.setRangeAttr(range);
    observe.setExtremesAttr(range);
  });
}

/// Writes what the options, the lists of a plan and the statistics decide into
/// a float module, and says what came out.
static LogicalResult planTypes(ModuleOp module, const Statistics &statistics,
                               const QuantizationOptions &options,
                               fxp::RequantMode mode, PlanLists &lists,
                               Plan &plan) {
  // The last word is the command line's.
  llvm::append_range(lists.types, options.types);
  llvm::append_range(lists.ranges, options.ranges);
  llvm::append_range(lists.keepFloat, options.keepFloat);

  RangeOptions ranges;
  ranges.estimator =
      options.usePow2Scales ? Estimator::Pow2 : options.estimator;
  ranges.bits = options.bits;
  ranges.isSymmetric = options.isSymmetric;
  ranges.percentile = options.percentile;
  if (failed(applyRanges(module, statistics, ranges)))
    return failure();
  giveRoom(module, options);
  auto source = [&](StringRef name, unsigned bits) -> std::optional<RealRange> {
    const TensorStatistics *tensor = statistics.lookup(name);
    if (!tensor || tensor->histogram.empty())
      return std::nullopt;
    if (llvm::is_contained(options.roomy, name))
      return RealRange{options.headroom * tensor->histogram.getLowest(),
                       options.headroom * tensor->histogram.getHighest()};
    RangeOptions own = ranges;
    own.bits = bits;
    Range range = estimateRange(*tensor, own);
    return RealRange{range.lowest, range.highest};
  };

  PlanningOptions planning;
  planning.types.symmetric = options.isSymmetric;
  planning.types.bits = options.bits;
  planning.types.pow2 = options.usePow2Scales;
  planning.types.residualBits = options.residualBits;
  planning.types.residualStreamBits = options.residualStreamBits;
  llvm::append_range(planning.types.keepFloat, lists.keepFloat);
  llvm::append_range(planning.types.ranges, lists.ranges);
  llvm::append_range(planning.types.types, lists.types);
  planning.weights.bits = options.weightBits;
  planning.weights.edgeBits = options.edgeWeightBits;
  planning.weights.block = options.weightBlock;
  planning.weights.perTensor = options.isPerTensor;
  planning.weights.fullRange = options.useFullRange;
  planning.weights.pow2 = options.usePow2Scales;
  planning.weights.pairSafe = options.arePairsSafe;
  planning.weights.requant = mode;
  mlir::PassManager passes(module.getContext());
  buildPlanPipeline(passes, planning, source);
  if (failed(passes.run(module)))
    return failure();
  plan = readPlan(module, lists.keepFloat, options.plan);
  plan.heldBack = options.heldBack;
  plan.requant = mode;
  plan.isSymmetric = options.isSymmetric;
  plan.usesPow2 = options.usePow2Scales;
  return success();
}

llvm::Expected<QuantizedModel>
narrow::quantizeModel(ModuleOp observed, const Statistics &statistics,
                      const QuantizationOptions &options,
                      const ModelSamples *samples, GetExecutor getExecutor,
                      StringRef path) {
  llvm::Expected<fxp::RequantMode> mode = parseRequantMode(
      options.isOnnxRuntimeExact ? "f32" : StringRef(options.requant));
  if (!mode)
    return mode.takeError();
  std::optional<RepairSteps> steps = getRepairSteps(options.repair);
  if (!steps)
    return makeError("unknown repair '" + options.repair +
                     "': expected one of " + getRepairNames());
  // What was asked for of casts leaves no scales per channel.
  if (!options.alignsInputs || options.hasPlainCasts || options.isSymmetric ||
      options.usePow2Scales)
    llvm::erase_if(*steps, [](const std::unique_ptr<RepairStep> &step) {
      return step->changesCasts();
    });
  QuantizedModel result;
  result.module = observed.clone();
  DiagnosticCollector diagnostics(*observed.getContext());
  PlanLists lists;
  if (llvm::Error error =
          applyPlan(*result.module, options.plan, options.planPath, lists))
    return error;
  if (failed(planTypes(*result.module, statistics, options, *mode, lists,
                       result.plan)))
    return diagnostics.takeError(path);

  quantize::QuantizeOptions quantize;
  quantize.requant = *mode;
  quantize.plainCasts = options.hasPlainCasts;
  quantize.onnxRuntime = options.isOnnxRuntimeExact;
  quantize.integerOnly = options.isIntegerOnly;
  llvm::append_range(quantize.keepFloat, lists.keepFloat);
  auto report = std::make_shared<quantize::QuantizeReport>();
  mlir::PassManager passes(observed.getContext());
  quantize::buildQuantizePipeline(passes, quantize, report);
  if (failed(passes.run(*result.module)))
    return diagnostics.takeError(path);
  for (const quantize::Finding &finding : report->findings) {
    if (!finding.isOverflow())
      continue;
    if (!options.planPath.empty() &&
        !llvm::is_contained(options.plan.overflows, finding.node))
      return makeError("'" + options.planPath +
                       "': expected types with which '" + finding.node +
                       "' can be computed in integers, found that it " +
                       finding.reason);
    result.plan.overflows.push_back(finding.node);
  }
  if (samples && options.biasSamples != 0 && !steps->empty()) {
    if (llvm::Error error = repairModel(observed, *steps, options, *samples,
                                        getExecutor, result, *report))
      return diagnostics.hasErrors() ? (llvm::consumeError(std::move(error)),
                                        diagnostics.takeError(path))
                                     : std::move(error);
    // New constants make new accumulators, and new values where layers shared
    // one; how they are stored is to be chosen anew.
    mlir::PassManager proof(observed.getContext());
    proof.addPass(fxp::createFxpVerifyAccumulators());
    proof.addPass(fxp::createFxpNameValues());
    proof.addPass(fxp::createFxpChooseStorage());
    if (failed(proof.run(*result.module)))
      return diagnostics.takeError(path);
  }
  result.report = std::move(*report);
  result.messages.assign(diagnostics.getMessages().begin(),
                         diagnostics.getMessages().end());
  return result;
}
