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

/// What an operator does with operands that are stored integers.
enum class Stored {
  AsIntegers, ///< It computes with the integers.
  Moves,      ///< It moves them, so that results stand for reals as they do.
  Reads       ///< Its handler asks for the grid.
};

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
  Stored stored = Stored::AsIntegers;
};

ArrayRef<OpEntry> getOpTable();

/// The domain of operators that no file has: several nodes are one.
constexpr StringRef kFoldedDomain = "folded by narrow";

/// Returns the entry for an operator at an opset; null if there is none.
const OpEntry *findOp(StringRef domain, StringRef name, int64_t opset);

/// Computes the integers of a stored tensor.
Tensor toIntegers(TensorBuilder &b, const Tensor &tensor);

/// Brings the node's stored operands into the form in which its operator takes
/// them. Returns the grid of its results, null where they have none.
GridPtr takeStored(Node &node, Stored stored);

/// Returns whether the domain is ONNX's own (empty or `ai.onnx`).
inline bool isDefaultDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_OPTABLE_H
