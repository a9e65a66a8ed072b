//===- VerificationReport.cpp - verification for people and as JSON -------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Verify.h"

#include "narrow/Support/JsonFile.h"
#include "narrow/Support/Text.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace narrow;
using llvm::json::Array;
using llvm::json::Object;

static double getPercent(int64_t hits, int64_t total) {
  return total ? 100.0 * double(hits) / double(total) : 0;
}

Object VerificationReport::toJson() const {
  Object object{{"weight_bytes", weightBytes},
                {"arena_bytes", arenaBytes},
                {"float_ops", floatOps},
                {"compared_samples", comparedSamples}};
  if (hasFloatModel) {
    object["samples"] = logits.getNumSamples();
    object["agreement"] = logits.getAgreement();
    object["sqnr_db"] = toJsonNumber(logits.getSqnr());
    object["cosine"] = logits.getCosine();
    object["before_softmax"] = isBeforeSoftmax;
    object["leaked_samples"] = leakedSamples;
  }
  if (int64_t labels = logits.getNumLabels()) {
    auto addTop1 = [&](StringRef key, int64_t hits) {
      object[("top1_" + key).str()] = getPercent(hits, labels);
      auto [low, high] = getWilsonInterval(hits, labels);
      object[("top1_" + key + "_interval").str()] = Array{low, high};
    };
    addTop1("float", logits.getReferenceHits());
    addTop1("quantized", logits.getQuantizedHits());
  }
  Array coverage;
  for (const InputCoverage &input : inputs)
    coverage.push_back(Object{{"name", llvm::json::fixUTF8(input.name)},
                              {"outside_percent", input.outside},
                              {"span", input.span}});
  object["inputs"] = std::move(coverage);
  Array remarks;
  for (const Message &message : messages)
    if (message.severity == mlir::DiagnosticSeverity::Warning)
      remarks.push_back(Object{{"where", llvm::json::fixUTF8(message.where)},
                               {"text", llvm::json::fixUTF8(message.text)}});
  object["remarks"] = std::move(remarks);
  Object differing;
  Array skipped;
  for (const LevelComparison &comparison : levels) {
    if (comparison.differing < 0)
      skipped.push_back(comparison.level);
    else
      differing[comparison.level] = comparison.differing;
  }
  object["differing_elements"] = std::move(differing);
  object["skipped_levels"] = std::move(skipped);
  if (held.judges)
    object["accuracy"] = held.toJson();
  if (detections)
    object["detections"] = Object{
        {"float", detections->getNumExpected()},
        {"quantized", detections->getNumFound()},
        {"kept", detections->getNumKept()},
        {"new", detections->getNumNew()},
        {"kept_percent",
         getPercent(detections->getNumKept(), detections->getNumExpected())},
        {"new_percent",
         getPercent(detections->getNumNew(), detections->getNumFound())}};
  if (!overTime.empty())
    object["over_time_db"] = Array(overTime);
  if (!outputs.empty()) {
    Array list;
    for (auto &[name, comparison] : outputs)
      list.push_back(Object{{"name", llvm::json::fixUTF8(name)},
                            {"sqnr_db", toJsonNumber(comparison.getSqnr())},
                            {"cosine", comparison.getCosine()}});
    object["outputs"] = std::move(list);
  }
  return object;
}

/// How far the outputs are from the float model's.
static void printAccuracy(const VerificationReport &report, raw_ostream &os) {
  const OutputComparison &logits = report.logits;
  if (int64_t labels = logits.getNumLabels()) {
    auto printTop1 = [&](const char *label, int64_t hits) {
      auto [low, high] = getWilsonInterval(hits, labels);
      os << llvm::format("%s%.2f %% [%.2f, %.2f]\n", label,
                         getPercent(hits, labels), low, high);
    };
    printTop1("top-1 float          ", logits.getReferenceHits());
    printTop1("top-1 quantised      ", logits.getQuantizedHits());
  }
  os << llvm::format("agreement            %.2f %% of ", logits.getAgreement())
     << logits.getNumSamples() << " samples\n"
     << llvm::format("SQNR                 %.2f dB ", logits.getSqnr())
     << (report.isBeforeSoftmax ? "before the softmax\n" : "at the output\n")
     << llvm::format("cosine               %.6f\n", logits.getCosine());
  if (const auto &detections = report.detections)
    os << "detections           "
       << llvm::format("%.2f %% of ", getPercent(detections->getNumKept(),
                                                 detections->getNumExpected()))
       << detections->getNumExpected() << " kept, "
       << llvm::format("%.2f %% of ", getPercent(detections->getNumNew(),
                                                 detections->getNumFound()))
       << detections->getNumFound() << " new\n";
  if (!report.overTime.empty()) {
    os << "own state, SQNR by quarters of a sequence";
    for (double sqnr : report.overTime)
      os << llvm::format(" %.2f", sqnr);
    os << " dB\n";
  }
  // The worst output first: it is what decides.
  using NamedComparison = std::pair<std::string, OutputComparison>;
  SmallVector<const NamedComparison *> sorted(
      llvm::make_pointer_range(report.outputs));
  llvm::sort(sorted, [](const NamedComparison *a, const NamedComparison *b) {
    return std::make_pair(a->second.getSqnr(), a) <
           std::make_pair(b->second.getSqnr(), b);
  });
  for (const NamedComparison *output : sorted)
    os << "  " << escapeControls(output->first)
       << llvm::format(": %.2f dB, cosine %.6f\n", output->second.getSqnr(),
                       output->second.getCosine());
}

void VerificationReport::print(raw_ostream &os) const {
  if (hasFloatModel)
    printAccuracy(*this, os);
  else
    os << "accuracy             unknown: a module in fixed point has no float "
          "model to be compared with\n";
  held.print(os);
  os << "weights              " << weightBytes << " bytes\n"
     << "arena                " << arenaBytes << " bytes\n"
     << "operations in float  " << floatOps << '\n'
     << "differing elements   of " << comparedSamples
     << " samples, against the interpreter\n";
  for (const LevelComparison &comparison : levels) {
    os << "  " << comparison.level
       << std::string(std::max<int>(1, 19 - int(comparison.level.size())), ' ');
    if (comparison.differing < 0)
      os << "skipped: neither this CPU nor an emulator runs it\n";
    else
      os << comparison.differing << '\n';
  }
}
