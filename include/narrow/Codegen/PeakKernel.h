//===- PeakKernel.h - the most a level can multiply and add ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops of a level's own dot products on registers alone: no loads, no stores,
// no requantisation. The fastest of them is what a kernel's rate is held
// against.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_PEAKKERNEL_H
#define NARROW_CODEGEN_PEAKKERNEL_H

#include "narrow/Support/LLVM.h"
#include "narrow/Target/Target.h"
#include <string>

namespace narrow::codegen {

/// A function `void name(i64 count, memref<Nxi8>)`: `count` rounds of
/// `macsPerRound` multiply-accumulates, whose sums go to the N bytes.
struct PeakKernel {
  std::string name;
  int64_t macsPerRound = 0;
};

/// Bytes of the buffer that a peak kernel writes, at most.
inline constexpr int64_t kPeakBytes = 64;

/// Adds the peak kernels of `target` to a level module: register tiles of
/// several sizes, since a level whose dot product takes several instructions
/// shares the preparation of operands between them, and has fewer registers.
SmallVector<PeakKernel> emitPeakKernels(ModuleOp module, const Target &target);

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_PEAKKERNEL_H
