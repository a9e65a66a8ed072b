//===- AccuracyReport.cpp - what was held, and by what --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/AccuracyReport.h"
#include "narrow/Support/Text.h"
#include "llvm/Support/Format.h"

using namespace narrow;
using llvm::json::Array;
using llvm::json::Object;

Object AccuracyReport::toJson() const {
  Array results, widened, floats;
  for (const Part &part : parts)
    results.push_back(Object{{"name", llvm::json::fixUTF8(part.name)},
                             {"sqnr_db", part.sqnr},
                             {"sqnr_db_at_8_bits", part.before}});
  for (const std::string &name : wide)
    widened.push_back(llvm::json::fixUTF8(name));
  for (const std::string &name : keptFloat)
    floats.push_back(llvm::json::fixUTF8(name));
  Object object{{"judges", judges},
                {"held_back", areHeldBack},
                {"floor_db", floor},
                {"held", judges > 0 && isHeld()},
                {"parts", std::move(results)},
                {"wide", std::move(widened)},
                {"kept_float", std::move(floats)},
                {"trials", trials}};
  if (ownSteps)
    object["own_state"] = Object{{"steps", ownSteps},
                                 {"sqnr_db", ownSqnr},
                                 {"over_time_db", Array(overTime)}};
  return object;
}

void AccuracyReport::printOwnState(raw_ostream &os) const {
  if (!ownSteps)
    return;
  os << "with its own state over " << ownSteps
     << " steps: " << llvm::format("%.1f dB", ownSqnr)
     << " at the worst output; by quarters of a sequence";
  for (double sqnr : overTime)
    os << llvm::format(" %.1f", sqnr);
  os << '\n';
}

void AccuracyReport::print(raw_ostream &os) const {
  printOwnState(os);
  if (!judges || (!isHeldBy && isHeld()))
    return;
  const Part *worst = nullptr;
  for (const Part &part : parts)
    if (!worst || part.sqnr < worst->sqnr)
      worst = &part;
  os << "accuracy: " << (isHeld() ? "held" : "NOT held")
     << llvm::format(", %.1f dB at '", worst->sqnr)
     << escapeControls(worst->name)
     << llvm::format("' (floor %.4g dB, %.1f with 8 bits) on ", floor,
                     worst->before)
     << judges << (areHeldBack ? " samples held back" : " calibration samples");
  if (!wide.empty())
    os << "; 16 bits for " << wide.size() << " values";
  if (!keptFloat.empty())
    os << "; " << keptFloat.size() << " in float";
  os << '\n';
  if (!isHeldBy)
    os << "  --accuracy=hold finds what needs 16 bits or float\n";
  if (isHeld())
    return;
  for (const Part &part : parts)
    if (part.sqnr < floor)
      os << "  '" << escapeControls(part.name)
         << llvm::format("': %.1f dB\n", part.sqnr);
}
