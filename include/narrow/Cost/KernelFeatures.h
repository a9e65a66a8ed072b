//===- KernelFeatures.h - what a kernel's time depends on ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same features are the same kernel on the same amount of work, whatever
// the weights, scales and zero points are.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_COST_KERNELFEATURES_H
#define NARROW_COST_KERNELFEATURES_H

#include "mlir/IR/TypeRange.h"
#include "narrow/Support/LLVM.h"
#include <string>

namespace narrow::cost {

struct KernelFeatures {
  /// The op with the shapes and storage widths of its tensors and the
  /// attributes that shape its loops:
  /// `conv2d[q15](1x8x8x16:u8, 32x3x3x16:i8) -> 1x8x8x32:u8 {groups=1
  /// strides=1,1 ...}`; with ` + lookup -> 1x8x8x32:u8` behind it where the
  /// kernel does another op as well. Empty for what is no op (copies, halos).
  std::string key;
  /// Kernels whose times follow one formula: `conv2d`, `depthwise`,
  /// `fully_connected`, `matmul`, ..., else the op's name; with `.16` behind it
  /// where results have more than 8 bits, and `+lookup` or `+add` where the
  /// kernel does that op as well.
  std::string family;
  int64_t macs = 0; ///< Multiply-accumulates of the op.
  /// The same with output channels padded to 16 and each run of inputs to four:
  /// what packed weights make the kernel do.
  int64_t paddedMacs = 0;
  int64_t elements = 0; ///< Of all results.
  int64_t bytes = 0;    ///< Of all operands and results, each once.
};

/// Returns the features of a fixed-point op whose kernel reads `operands`: the
/// op's own, or others where what stands before it is fused.
KernelFeatures describeKernel(Operation *op, ArrayRef<Value> operands);

/// Returns the features of the kernel of a contraction that does `last`, an
/// addition or a lookup, on its results; `operands` are those of both in
/// memory.
KernelFeatures describeFused(Operation *contraction, Operation *last,
                             ArrayRef<Value> operands);

/// Returns the features of the kernel of a float island, which reads `operands`
/// and `constantBytes` of constants, makes `results` and does `macs`
/// multiply-accumulates; `code` is the text that its code follows from.
KernelFeatures describeIsland(mlir::TypeRange operands, mlir::TypeRange results,
                              int64_t macs, int64_t constantBytes,
                              StringRef code);

} // namespace narrow::cost

#endif // NARROW_COST_KERNELFEATURES_H
