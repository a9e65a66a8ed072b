//===- OpTable.h - the ONNX operators that are imported ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_OPTABLE_H
#define NARROW_LIB_FRONTEND_ONNX_OPTABLE_H

#include "Node.h"

namespace narrow::frontend {

using Handler = LogicalResult (*)(Node &);

/// The first and last opset of ONNX's default domain that models may use.
constexpr int64_t kFirstOpset = 6;
constexpr int64_t kLastOpset = 28;

/// One operator: from `since` to `until` (both included) it means what
/// `handler` imports.
struct OpEntry {
  StringRef name;
  StringRef domain;
  int64_t since;
  int64_t until;
  Handler handler;
  /// Operands that must be constant, or become so, as a bit for each.
  uint32_t constantOperands;
  /// What of it is not imported, for the page of supported operators.
  StringRef limits;
};

ArrayRef<OpEntry> getOpTable();

/// Returns the entry for an operator at an opset; null if there is none.
const OpEntry *findOp(StringRef domain, StringRef name, int64_t opset);

/// Returns whether the domain is ONNX's own (empty or `ai.onnx`).
inline bool isDefaultDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_OPTABLE_H
