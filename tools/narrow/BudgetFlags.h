//===- BudgetFlags.h - flags that limit bytes, time and loss ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_NARROW_BUDGETFLAGS_H
#define NARROW_TOOLS_NARROW_BUDGETFLAGS_H

#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Support/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"

#include <functional>

namespace narrow {

/// Reads `4`, or `4b32`; nothing where that is not a width of weights.
inline std::optional<WeightWidth> parseWidth(llvm::StringRef text) {
  auto [bits, block] = text.split('b');
  WeightWidth width;
  if (bits.getAsInteger(10, width.bits) || width.bits < 2 || width.bits > 7)
    return std::nullopt;
  if (text == bits)
    return width;
  if (block.getAsInteger(10, width.block) || !fxp::isBlockSize(width.block) ||
      width.bits != 4)
    return std::nullopt;
  return width;
}

/// Under what limits the widths of weights are chosen.
struct BudgetFlags {
  explicit BudgetFlags(llvm::cl::SubCommand &command)
      : maxBytes("max-bytes",
                 llvm::cl::desc("Choose the width of each layer's weights so "
                                "that all constants take no more bytes"),
                 llvm::cl::value_desc("N"), llvm::cl::sub(command)),
        maxLatency("max-latency",
                   llvm::cl::desc("The same for the microseconds of a run, as "
                                  "the cost model predicts them"),
                   llvm::cl::value_desc("us"), llvm::cl::sub(command)),
        maxDrop("max-drop",
                llvm::cl::desc("The same for what may be lost against 8 bits: "
                               "signal to noise of any part of the results, "
                               "or with --eval points of right classes"),
                llvm::cl::value_desc("dB|%"), llvm::cl::sub(command)),
        evaluation("eval",
                   llvm::cl::desc("Samples by which --max-drop counts right "
                                  "classes; every other one chooses nothing"),
                   llvm::cl::value_desc("file"), llvm::cl::sub(command)),
        labels("labels",
               llvm::cl::desc("Class of each of them, .npy (default: what the "
                              "float model says)"),
               llvm::cl::value_desc("file"), llvm::cl::sub(command)),
        widths("widths", llvm::cl::CommaSeparated,
               llvm::cl::desc("Widths beside 8 that the weights of a layer may "
                              "have (default 4,2); 4b32, 4b64 and 4b128 are "
                              "4 bits in blocks that share a multiplier"),
               llvm::cl::value_desc("bits,..."), llvm::cl::sub(command)),
        forms("forms", llvm::cl::CommaSeparated,
              llvm::cl::desc("Schemes that a layer may have, as --scheme names "
                             "them, and float (default static)"),
              llvm::cl::value_desc("name,..."), llvm::cl::sub(command)),
        valueWidths("value-widths", llvm::cl::CommaSeparated,
                    llvm::cl::desc("Widths that values may have: 8, or 8,16 "
                                   "(default 8; 8,16 with --max-latency)"),
                    llvm::cl::value_desc("bits,..."), llvm::cl::sub(command)),
        scores("scores",
               llvm::cl::desc("File of what widths cost the results: read if "
                              "it is there, written after each layer"),
               llvm::cl::value_desc("file"), llvm::cl::sub(command)),
        front("front",
              llvm::cl::desc("Write a table of the best plan for every number "
                             "of bytes, .csv or .json"),
              llvm::cl::value_desc("file"), llvm::cl::sub(command)),
        frontOfTime("front-of-time",
                    llvm::cl::desc("... for every time of a run instead"),
                    llvm::cl::sub(command)),
        timeKernels("time-kernels",
                    llvm::cl::desc("Measure the kernels that the file of "
                                   "kernel times lacks on this machine"),
                    llvm::cl::sub(command)) {}

  llvm::Expected<BudgetOptions> get() const {
    BudgetOptions options;
    if (maxBytes.getNumOccurrences()) {
      if (maxBytes <= 0)
        return makeError("expected a --max-bytes above 0");
      options.maxBytes = maxBytes;
    }
    if (maxLatency.getNumOccurrences()) {
      if (!(maxLatency > 0))
        return makeError("expected a --max-latency above 0");
      options.maxUs = maxLatency;
    }
    if (maxDrop.getNumOccurrences()) {
      if (!(maxDrop >= 0 && maxDrop <= 100))
        return makeError("expected a --max-drop from 0 to 100");
      options.maxDrop = maxDrop;
    }
    options.evaluationPath = evaluation;
    options.labelsPath = labels;
    if (!evaluation.empty() && !options.maxDrop)
      return makeError("expected --max-drop with --eval");
    if (!labels.empty() && evaluation.empty())
      return makeError("expected --eval with --labels");
    options.scoresPath = scores;
    options.timesKernels = timeKernels;
    options.frontOfTime = frontOfTime;
    if (frontOfTime && front.empty())
      return makeError("expected --front with --front-of-time");
    options.frontPath = front;
    if (!front.empty() && !llvm::StringRef(front).ends_with(".csv") &&
        !llvm::StringRef(front).ends_with(".json"))
      return makeError("'" + front +
                       "': expected a --front that ends in .csv or .json");
    if (!widths.empty())
      options.weightWidths.clear();
    for (llvm::StringRef text : widths) {
      std::optional<WeightWidth> width = parseWidth(text);
      if (!width || llvm::is_contained(options.weightWidths, *width))
        return makeError("expected different --widths from 2 to 7, or 4b32, "
                         "4b64, 4b128, found " +
                         text);
      options.weightWidths.push_back(*width);
    }
    if (llvm::Error error = parseForms(options))
      return std::move(error);
    // Wider values cost time, which nothing weighs without a limit.
    options.widensValues = options.maxUs || options.frontOfTime;
    if (!valueWidths.empty()) {
      for (unsigned bits : valueWidths)
        if (bits != 8 && bits != 16)
          return makeError("expected --value-widths of 8 and 16, found " +
                           llvm::Twine(bits));
      if (!llvm::is_contained(valueWidths, 8u))
        return makeError("expected 8 among the --value-widths: --bits sets "
                         "the width of all values");
      options.widensValues = llvm::is_contained(valueWidths, 16u);
    }
    if (options.isGiven())
      return options;
    for (const llvm::cl::Option &flag :
         {std::cref<llvm::cl::Option>(widths),
          std::cref<llvm::cl::Option>(forms),
          std::cref<llvm::cl::Option>(valueWidths),
          std::cref<llvm::cl::Option>(timeKernels),
          std::cref<llvm::cl::Option>(scores)})
      if (flag.getNumOccurrences())
        return makeError("expected --max-bytes, --max-latency, --max-drop or "
                         "--front with --" +
                         flag.ArgStr);
    return options;
  }

  /// Fails where other flags decide what a budget is to choose; marks the
  /// limits as flags that a model in fixed point has no use for.
  llvm::Error check(QuantizationOptions &options) const {
    for (const llvm::cl::Option &flag :
         {std::cref<llvm::cl::Option>(maxBytes),
          std::cref<llvm::cl::Option>(maxLatency),
          std::cref<llvm::cl::Option>(maxDrop),
          std::cref<llvm::cl::Option>(front)}) {
      if (!flag.getNumOccurrences())
        continue;
      if (options.weightBits != 8 || options.edgeWeightBits)
        return makeError("expected no --weight-bits, --edge-weight-bits or "
                         "--weight-block with --" +
                         flag.ArgStr + ", which chooses them");
      options.givenFlag = flag.ArgStr.str();
    }
    if (forms.empty())
      return llvm::Error::success();
    if (options.scheme)
      return makeError("expected no --scheme with --forms, which chooses it");
    if (options.isIntegerOnly && forms.size() > 1)
      return makeError("expected no --forms beside static with --integer-only, "
                       "found " +
                       llvm::join(forms, ","));
    return llvm::Error::success();
  }

  llvm::cl::opt<int64_t> maxBytes;
  llvm::cl::opt<double> maxLatency, maxDrop;
  llvm::cl::opt<std::string> evaluation, labels;
  llvm::cl::list<std::string> widths, forms;
  llvm::cl::list<unsigned> valueWidths;
  llvm::cl::opt<std::string> scores, front;
  llvm::cl::opt<bool> frontOfTime, timeKernels;

private:
  llvm::Error parseForms(BudgetOptions &options) const {
    for (llvm::StringRef form : forms) {
      if (llvm::count(forms, form.str()) > 1)
        return makeError("expected different --forms, found " + form +
                         " twice");
      std::optional<Scheme> scheme = parseScheme(form);
      if (!scheme && form != "float")
        return makeError("unknown form '" + form +
                         "' of --forms: expected float, " + kSchemeNames);
      if (scheme != Scheme::Static)
        options.schemes.push_back(scheme);
    }
    if (!forms.empty() && options.schemes.size() == forms.size())
      return makeError("expected static among the --forms: --scheme sets that "
                       "of all layers");
    return llvm::Error::success();
  }
};

} // namespace narrow

#endif // NARROW_TOOLS_NARROW_BUDGETFLAGS_H
