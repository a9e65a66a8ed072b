//===- QuantizeReport.cpp - what quantisation decided ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Quantize/QuantizeReport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"

using namespace narrow;
using namespace narrow::quantize;

int64_t QuantizeReport::countFloatOps() const {
  return llvm::count_if(findings, [](const Finding &finding) {
    return finding.kind == "stays-float";
  });
}

/// Node names come from files and may be any bytes; JSON wants UTF-8.
static llvm::json::Value toJson(const std::string &text) {
  return llvm::json::fixUTF8(text);
}

void QuantizeReport::printJsonLines(raw_ostream &os) const {
  for (const Finding &finding : findings)
    os << llvm::json::Value(
              llvm::json::Object{{"kind", toJson(finding.kind)},
                                 {"node", toJson(finding.node)},
                                 {"op", toJson(finding.op)},
                                 {"reason", toJson(finding.reason)}})
       << '\n';
}
