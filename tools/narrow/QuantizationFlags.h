//===- QuantizationFlags.h - flags that say how to quantise ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_NARROW_QUANTIZATIONFLAGS_H
#define NARROW_TOOLS_NARROW_QUANTIZATIONFLAGS_H

#include "SchemeFlags.h"
#include "narrow/Plan/PlanFile.h"
#include "llvm/ADT/StringSet.h"

#include <functional>

namespace narrow {

/// How a model is quantised.
struct QuantizationFlags {
  explicit QuantizationFlags(llvm::cl::SubCommand &command)
      : estimator("estimator",
                  llvm::cl::desc("How ranges come from statistics: minmax, "
                                 "average, percentile, entropy, mse (default), "
                                 "histogram-uniform, pow2"),
                  llvm::cl::value_desc("name"), llvm::cl::init("mse"),
                  llvm::cl::sub(command)),
        percentile("percentile",
                   llvm::cl::desc("Percent of values that the estimator "
                                  "percentile keeps (default 99.99)"),
                   llvm::cl::value_desc("P"), llvm::cl::init(99.99),
                   llvm::cl::sub(command)),
        plan("plan",
             llvm::cl::desc("A plan of narrow plan: what it names is stored as "
                            "it says, but --type, --range, --keep-float"),
             llvm::cl::value_desc("file"), llvm::cl::sub(command)),
        bits("bits", llvm::cl::desc("Width of values, 2 to 16 (default 8)"),
             llvm::cl::value_desc("N"), llvm::cl::init(8),
             llvm::cl::sub(command)),
        weights(command),
        symmetric("symmetric", llvm::cl::desc("Zero point 0 for activations"),
                  llvm::cl::sub(command)),
        pow2("pow2", llvm::cl::desc("Scales that are powers of two"),
             llvm::cl::sub(command)),
        integerOnly("integer-only",
                    llvm::cl::desc("Fail if an operation stays in float"),
                    llvm::cl::sub(command)),
        keepFloat("keep-float", llvm::cl::desc("Leave this node in float"),
                  llvm::cl::value_desc("node"), llvm::cl::sub(command)),
        ranges("range",
               llvm::cl::desc("Range of a value in the place of the "
                              "calibrated one"),
               llvm::cl::value_desc("name=low:high"), llvm::cl::sub(command)),
        types("type",
              llvm::cl::desc("Width of a value in the place of the chosen one: "
                             "u2 to u8, i2 to i8, or i16"),
              llvm::cl::value_desc("name=type"), llvm::cl::sub(command)),
        accuracy(
            "accuracy",
            llvm::cl::desc("hold (default, but not with --plan): make it finer "
                           "until every part of the results has its floor on "
                           "samples held back; fast: say where one has not"),
            llvm::cl::value_desc("mode"), llvm::cl::init("hold"),
            llvm::cl::sub(command)),
        floor("floor",
              llvm::cl::desc("Signal to noise in dB that --accuracy is about "
                             "(default 20; of classes, or --floor-agreement)"),
              llvm::cl::value_desc("dB"), llvm::cl::init(20),
              llvm::cl::sub(command)),
        floorAgreement(
            "floor-agreement",
            llvm::cl::desc("The same in percent of equal first choices (99)"),
            llvm::cl::value_desc("P"), llvm::cl::init(99),
            llvm::cl::sub(command)),
        floorPerplexity(
            "floor-perplexity",
            llvm::cl::desc("The most that perplexity grows by (1.05)"),
            llvm::cl::value_desc("F"), llvm::cl::init(1.05),
            llvm::cl::sub(command)),
        prune("prune", llvm::cl::desc("Share of channels that may be removed"),
              llvm::cl::value_desc("share"), llvm::cl::sub(command)),
        residualBits("residual-bits",
                     llvm::cl::desc("Width of results that only an addition "
                                    "reads: 16 (default) or 8"),
                     llvm::cl::value_desc("8|16"), llvm::cl::init(16),
                     llvm::cl::sub(command)),
        residualStreamBits(
            "residual-stream-bits",
            llvm::cl::desc("Width of residual streams: 8 (default) or 16"),
            llvm::cl::value_desc("8|16"), llvm::cl::init(8),
            llvm::cl::sub(command)),
        repair(
            "repair",
            llvm::cl::desc("Repairs on samples: none, all, or some of inputs, "
                           "bias, scales, balance, round, fit (default "
                           "inputs,bias)"),
            llvm::cl::value_desc("name"), llvm::cl::init("inputs,bias"),
            llvm::cl::sub(command)),
        biasSamples("bias-samples",
                    llvm::cl::desc("Samples that repairs learn from (0: none; "
                                   "default 64, 256 where weights change)"),
                    llvm::cl::value_desc("N"), llvm::cl::init(-1),
                    llvm::cl::sub(command)),
        requant("requant",
                llvm::cl::desc("Requantisation: q15 (default), q31, f32, pow2"),
                llvm::cl::value_desc("mode"), llvm::cl::init("q15"),
                llvm::cl::sub(command)),
        scheme(command) {}

  llvm::Expected<QuantizationOptions> get() const {
    QuantizationOptions options;
    std::optional<Estimator> parsed = parseEstimatorName(estimator);
    if (!parsed)
      return makeError("unknown estimator '" + estimator +
                       "': expected one of " + getEstimatorNames());
    options.estimator = *parsed;
    if (!(percentile > 0 && percentile <= 100))
      return makeError("expected a --percentile above 0 and up to 100");
    if (percentile.getNumOccurrences() && *parsed != Estimator::Percentile)
      return makeError("expected --estimator percentile with --percentile, "
                       "found '" +
                       estimator + "'");
    if (pow2 && estimator.getNumOccurrences() && *parsed != Estimator::Pow2)
      return makeError("expected no --estimator beside --pow2, which has one "
                       "of its own, found '" +
                       estimator + "'");
    options.percentile = percentile;
    if (bits < 2 || bits > 16)
      return makeError("expected --bits of 2 to 16, found " +
                       llvm::Twine(bits));
    options.bits = bits;
    if (llvm::Error error = weights.apply(options))
      return std::move(error);
    options.isSymmetric = symmetric;
    options.usePow2Scales = pow2;
    options.isIntegerOnly = integerOnly;
    options.keepFloat.assign(keepFloat.begin(), keepFloat.end());
    options.ranges.assign(ranges.begin(), ranges.end());
    llvm::StringSet<> named;
    for (llvm::StringRef range : ranges)
      if (!parseRange(range))
        return makeError("expected range NAME=LOW:HIGH, found '" + range + "'");
      else if (!named.insert(range.rsplit('=').first).second)
        return makeError("expected one --range of '" + range.rsplit('=').first +
                         "', found several");
    options.types.assign(types.begin(), types.end());
    if (accuracy != "fast" && accuracy != "hold")
      return makeError("unknown --accuracy '" + accuracy +
                       "': expected fast or hold");
    // A plan decides already, and was held when it was made.
    options.holdsAccuracy = accuracy.getNumOccurrences() || plan.empty()
                                ? accuracy == "hold"
                                : false;
    if (!(floor > 0 && floor <= 100))
      return makeError("expected a --floor above 0 and up to 100");
    if (!(floorAgreement > 0 && floorAgreement <= 100))
      return makeError("expected a --floor-agreement above 0 and up to 100");
    if (!(floorPerplexity > 1 && floorPerplexity <= 100))
      return makeError("expected a --floor-perplexity above 1 and up to 100");
    options.floors = {floor, floorAgreement, floorPerplexity,
                      floor.getNumOccurrences() != 0,
                      floorAgreement.getNumOccurrences() != 0};
    for (const auto *width : {&residualBits, &residualStreamBits})
      if (*width != 8 && *width != 16)
        return makeError("expected --" + width->ArgStr + " of 8 or 16, found " +
                         llvm::Twine(*width));
    options.residualBits = residualBits;
    options.residualStreamBits = residualStreamBits;
    if (prune.getNumOccurrences() && !(prune > 0 && prune < 1))
      return makeError("expected a --prune above 0 and below 1");
    options.pruneShare = prune;
    if (biasSamples.getNumOccurrences()) {
      if (biasSamples < 0)
        return makeError("expected a positive --bias-samples");
      options.biasSamples = biasSamples;
    }
    if (!getRepairSteps(repair))
      return makeError("unknown --repair '" + repair + "': expected one of " +
                       getRepairNames());
    if (repair.getNumOccurrences() && repair != "none" && !biasSamples)
      return makeError("expected --bias-samples above 0 with --repair, found "
                       "0");
    options.repair = repair;
    options.isRepairOpen = !repair.getNumOccurrences();
    options.areStreamsOpen = !residualStreamBits.getNumOccurrences();
    options.isEstimatorOpen = !estimator.getNumOccurrences() &&
                              !percentile.getNumOccurrences() && !pow2;
    options.requant = requant;
    if (llvm::Error error = scheme.apply(weights, options))
      return std::move(error);
    if (!plan.empty()) {
      options.planPath = plan;
      if (llvm::Error error = loadPlan(plan).moveInto(options.plan))
        return std::move(error);
      // What the file says of all is the default here.
      if (!requant.getNumOccurrences())
        options.requant = fxp::stringifyRequantMode(options.plan.requant).str();
      if (!repair.getNumOccurrences() && !options.plan.repair.empty()) {
        if (!getRepairSteps(options.plan.repair))
          return makeError("'" + plan + "': unknown repair '" +
                           options.plan.repair + "': expected one of " +
                           getRepairNames());
        options.repair = options.plan.repair;
      }
      if (!symmetric.getNumOccurrences())
        options.isSymmetric = options.plan.isSymmetric;
      if (!pow2.getNumOccurrences())
        options.usePow2Scales = options.plan.usesPow2;
    }
    auto note = [](std::string &given, const auto &...flags) {
      for (const llvm::cl::Option &flag :
           {std::cref<llvm::cl::Option>(flags)...})
        if (flag.getNumOccurrences())
          given = flag.ArgStr.str();
    };
    note(options.givenFlag, plan, bits, weights.weightBits,
         weights.edgeWeightBits, weights.weightBlock, estimator, percentile,
         symmetric, pow2, weights.perTensor, weights.fullRange,
         weights.pairSafe, integerOnly, keepFloat, ranges, types, accuracy,
         floor, floorAgreement, floorPerplexity, residualBits,
         residualStreamBits, prune, repair, biasSamples, requant, scheme.name);
    note(options.rangedFlag, bits, estimator, percentile, symmetric, accuracy,
         floor, floorAgreement, floorPerplexity, residualBits,
         residualStreamBits, prune, repair, biasSamples, requant);
    return options;
  }

  llvm::cl::opt<std::string> estimator;
  llvm::cl::opt<double> percentile;
  llvm::cl::opt<std::string> plan;
  llvm::cl::opt<unsigned> bits;
  WeightFlags weights;
  llvm::cl::opt<bool> symmetric, pow2, integerOnly;
  llvm::cl::list<std::string> keepFloat, ranges, types;
  llvm::cl::opt<std::string> accuracy;
  llvm::cl::opt<double> floor, floorAgreement, floorPerplexity, prune;
  llvm::cl::opt<unsigned> residualBits, residualStreamBits;
  llvm::cl::opt<std::string> repair;
  llvm::cl::opt<int64_t> biasSamples;
  llvm::cl::opt<std::string> requant;
  SchemeFlags scheme;
};

} // namespace narrow

#endif // NARROW_TOOLS_NARROW_QUANTIZATIONFLAGS_H
