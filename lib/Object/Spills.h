//===- Spills.h - registers spilled in hot loops ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_OBJECT_SPILLS_H
#define NARROW_LIB_OBJECT_SPILLS_H

#include "narrow/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/LLVMContext.h"

namespace narrow::object {

/// The largest innermost loop of a function after register allocation.
struct HotLoop {
  unsigned instructions = 0;
  unsigned spills = 0; ///< Stores of registers to the stack. Reloads alone, of
                       ///< what an outer loop made, cost no more than loads.

  double share() const {
    return instructions ? double(spills) / instructions : 0;
  }
  /// Whether a smaller tile is worth trying. It loads more for each product:
  /// up to a spill in 32 instructions that costs more than it saves, and it is
  /// taken only for few spills or none (depthwise convolutions, measured on
  /// avx2 and avx512vnni).
  bool spillsMuch() const { return 32 * spills > instructions; }
  bool spillsLittle() const { return 64 * spills <= instructions; }
};

/// The hot loops of the functions whose registers were spilled at all, by name.
using HotLoops = llvm::StringMap<HotLoop>;

/// Has all code that is generated in `context` from now on counted into
/// `loops`, which must outlive it.
void countSpills(llvm::LLVMContext &context, HotLoops &loops);

} // namespace narrow::object

#endif // NARROW_LIB_OBJECT_SPILLS_H
