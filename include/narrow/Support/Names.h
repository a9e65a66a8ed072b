//===- Names.h - what nodes and values are called --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An op's location names the nodes of the model that it computes; its attribute
// `narrow.name` names the tensor of the model that it makes. Both go with an op
// through every pass, so that remarks, statistics, repairs and reports speak of
// the same things.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_NAMES_H
#define NARROW_SUPPORT_NAMES_H

#include "narrow/Support/LLVM.h"
#include "llvm/ADT/STLExtras.h"
#include <string>

namespace narrow {

/// On an op, the name of the tensor that it makes; on an argument or a result
/// of a function, the name of that input or output.
inline constexpr llvm::StringLiteral kNameAttr = "narrow.name";

/// On an argument of a function, the place of the result that it takes from
/// the step of a sequence before.
inline constexpr llvm::StringLiteral kStateAttr = "narrow.state";

/// On a module, that its file was quantised: values have types and weights lie
/// on grids of integers, which are both kept.
inline constexpr llvm::StringLiteral kQuantizedAttr = "narrow.quantized";

/// Calls `visit` with the name of each node that `loc` stands for, the one that
/// the op was made for first, until `visit` returns true. Returns whether it
/// did.
bool anyNodeName(Location loc, llvm::function_ref<bool(StringRef)> visit);

/// Returns the first name of a node in `loc`, or nothing.
StringRef findNodeName(Location loc);

/// Returns the name of the node that `op` computes, or the op's own name.
std::string getNodeName(Operation *op);

/// Returns `loc` as the place of what also computes the nodes of `merged`.
Location addNodeNames(Location loc, Location merged);

/// Returns the name of `value`: its maker's `narrow.name`, or the argument's;
/// nothing where it has none.
StringRef findValueName(Value value);

} // namespace narrow

#endif // NARROW_SUPPORT_NAMES_H
