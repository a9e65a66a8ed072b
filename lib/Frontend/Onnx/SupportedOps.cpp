//===- SupportedOps.cpp - the page of supported operators -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Frontend/SupportedOps.h"

#include "OpTable.h"

using namespace narrow;
using namespace narrow::frontend;

void narrow::printSupportedOps(raw_ostream &os, ConformanceLookup lookup) {
  os << "# Supported ONNX operators\n\n"
        "Generated from the importer's table; do not edit.\n\n"
        "Models may use opset "
     << kFirstOpset << " to " << kLastOpset
     << ". Model-local functions are inlined, and `If` takes one branch "
        "where its condition is known during import; both are computed and one "
        "is taken otherwise, if they give equal shapes. `Loop` and `Scan` of "
        "up to 64 steps, whose number is known during import, are written out. "
        "Shapes are static; "
        "operands in the "
        "column *constant* have to be constants or follow from constants and "
        "shapes. Random, sequence, optional, map and string operators are not "
        "supported, nor is NonMaxSuppression, whose number of results depends "
        "on values: the error names the tensors in front of it, at which "
        "--outputs cuts the graph.\n\n"
        "| operator | opsets | constant operands | limits |";
  if (lookup)
    os << " passed | unsupported | failed | in integers |";
  os << "\n|---|---|---|---|" << (lookup ? "---|---|---|---|" : "") << "\n";
  for (const OpEntry &entry : getOpTable()) {
    os << "| " << (entry.domain.empty() ? "" : entry.domain.str() + ".")
       << entry.name << " | ";
    // Other domains count versions of their own.
    int64_t first =
        entry.domain.empty() ? std::max(entry.since, kFirstOpset) : entry.since;
    os << first;
    if (entry.until != first)
      os << "–" << entry.until;
    os << " | ";
    bool isFirst = true;
    for (unsigned i = 0; i < 32; ++i)
      if (entry.constantOperands >> i & 1) {
        os << (isFirst ? "" : ", ") << i;
        isFirst = false;
      }
    os << " | " << entry.limits << " |";
    if (lookup) {
      const ConformanceCounts *counts =
          entry.domain.empty() ? lookup(entry.name) : nullptr;
      if (counts)
        os << ' ' << counts->passed << " | " << counts->unsupported << " | "
           << counts->failed << " | "
           << (counts->integer ? std::to_string(*counts->integer) : "") << " |";
      else
        os << " | | | |";
    }
    os << '\n';
  }
}
