//===- MemoryPlan.h - where each value lies in the arena --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One arena serves a whole run. Values whose lifetimes do not meet share
// bytes; operands of concatenations are written where the result wants them,
// slices read where they are; a dense reshape is the same bytes as its input,
// and a fused addition overwrites an operand that nothing reads later.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_MEMORYPLAN_H
#define NARROW_CODEGEN_MEMORYPLAN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Codegen/Fusion.h"
#include "narrow/Codegen/Islands.h"

namespace narrow::codegen {

/// Alignment of the arena and of everything in it, in bytes.
inline constexpr int64_t kArenaAlignment = 64;

/// Where a value's buffer is.
struct Placement {
  enum class Space {
    Input,    ///< The caller's input `index`, dense, without slack.
    Output,   ///< The caller's output `index`, dense, without slack.
    Arena,    ///< `offset` bytes into the arena.
    Constant, ///< A `fxp.constant`.
    None,     ///< Never stored: one kernel makes and reads it.
  };
  Space space = Space::Arena;
  unsigned index = 0;
  int64_t offset = 0;
  BufferLayout layout;
};

/// The static memory plan of one function.
struct MemoryPlan {
  FusionPlan fusions;
  DenseMap<Value, Placement> placements;
  /// Offsets of what float islands need beside their values, by call.
  DenseMap<Operation *, int64_t> scratch;
  int64_t arenaBytes = 0;
  /// The largest sum of buffers (halos included) that are live at once: no
  /// plan can be smaller.
  int64_t liveBytes = 0;
  /// Function arguments that are copied into the arena before the first op:
  /// kernels may read beyond a buffer's end, which the caller's memory does not
  /// allow, and quantised inputs want halos.
  SmallVector<unsigned> copiedInputs;
  /// Results that are copied out after the last op.
  SmallVector<unsigned> copiedOutputs;
  /// Values whose halo must be written, each before anything is written to its
  /// buffer.
  SmallVector<Value> haloValues;
  /// Values that lie inside another's buffer (operands of concatenations,
  /// slices, reshapes): that value, and the bytes between the two beginnings.
  DenseMap<Value, std::pair<Value, int64_t>> hosts;

  /// Returns the value that has the buffer in which `value` lies, and the byte
  /// at which it begins there.
  std::pair<Value, int64_t> rootOf(Value value) const;
  /// Whether `value` lies in the buffer of `whole`, the next one out.
  bool isIn(Value value, Value whole) const {
    auto host = hosts.find(value);
    return host != hosts.end() && host->second.first == whole;
  }

  /// Whether the result of a fused addition overwrites its residual.
  bool isInPlace(fxp::AddOp add) const;

  const Placement &of(Value value) const {
    return placements.find(value)->second;
  }
};

/// Plans `function`, whose ops are all fixed-point ops, or calls of `islands`,
/// on static tensors.
MemoryPlan planMemory(mlir::func::FuncOp function,
                      const Islands &islands = Islands());

/// Where the buffers of a plan need the most memory at once.
struct LivePeak {
  int64_t bytes = 0;            ///< `MemoryPlan::liveBytes`.
  SmallVector<Operation *> ops; ///< Those at which so much is live.
};

/// Returns the peak of the plan that `planMemory` would make, without placing
/// anything.
LivePeak findLivePeak(mlir::func::FuncOp function, const Islands &islands,
                      EpilogueLookups &lookups);

/// Returns the layout of the caller's buffer for a tensor: dense, no slack.
BufferLayout getCallerLayout(Type tensorType);

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_MEMORYPLAN_H
