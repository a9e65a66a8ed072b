//===- Kernel.h - what a generated kernel is -------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A fxp op becomes a call of one kernel: a function generated for the op's
// static shapes and layouts and for one ISA level. Ops whose kernels have the
// same name share the function; weights and other constants are arguments.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_KERNEL_H
#define NARROW_CODEGEN_KERNEL_H

#include "narrow/Support/LLVM.h"
#include "narrow/Target/Target.h"
#include <memory>
#include <string>
#include <vector>

namespace narrow::codegen {

/// Where a tensor lies in its buffer, in elements of `elementBytes` bytes.
///
/// A rank-4 tensor is NHWC; each image may have a halo of rows and columns that
/// hold the tensor's zero point, and its pixels may lie `pixelStride`
/// elements apart (a concatenation along channels written in place). Tensors of
/// other ranks are dense and row-major.
///
///     row -top   . . . . . . .      `origin` is the element of (0, 0, 0)
///     row 0      . . X x x x . .    `rowStride` elements between rows
///     row H-1    . . x x x x . .    `pixelStride` between pixels
struct BufferLayout {
  SmallVector<int64_t> shape;
  unsigned elementBytes = 1;
  int64_t haloTop = 0, haloLeft = 0, haloBottom = 0, haloRight = 0;
  int64_t pixelStride = 0; ///< C where nothing else lies between pixels.
  int64_t rowStride = 0;
  int64_t imageStride = 0; ///< Elements between images.
  int64_t origin = 0;
  int64_t bufferBytes = 0; ///< Whole buffer with halo and `kSlackBytes`.

  /// Readable bytes after the last element of every buffer, so that vector
  /// loads need no tail.
  static constexpr int64_t kSlackBytes = 64;

  /// Returns the dense layout of `shape`.
  static BufferLayout dense(ArrayRef<int64_t> shape, unsigned elementBytes);
  /// Returns the layout of an NHWC `shape` with the given halo.
  static BufferLayout withHalo(ArrayRef<int64_t> shape, unsigned elementBytes,
                               int64_t top, int64_t left, int64_t bottom,
                               int64_t right);

  bool isDense() const;
  /// Returns a short unique text, part of kernel names.
  std::string key() const;
};

/// Multiply-accumulates from which on it pays to let threads share a kernel:
/// some five microseconds of one core, several times what waking them takes.
inline constexpr int64_t kMinSharedMacs = 1 << 20;

/// A generated function: `void name(memref<Nxi8>...)`, one argument per buffer.
class Kernel {
public:
  virtual ~Kernel();
  /// Returns a symbol that is equal exactly if the generated code is equal
  /// (within one ISA level).
  virtual std::string name() const = 0;
  /// Returns the bytes of each argument, in order.
  virtual SmallVector<int64_t> argumentBytes() const = 0;
  /// Returns into how many equal units of work the kernel can be cut, so that
  /// threads share it; 1 where one thread does it all. A kernel of more units
  /// takes two more arguments of type `index` and does units [begin, end).
  /// Which thread does a unit never changes its result.
  virtual int64_t parallelUnits(const Target &target) const { return 1; }
  /// Returns whether `selectKernel` has a kernel of a smaller register tile,
  /// one tile step further.
  virtual bool hasSmallerTile(const Target &target) const { return false; }
  /// Returns whether no model of registers bounds the tile, so that it may well
  /// spill.
  virtual bool mayFillRegisters() const { return false; }
  /// Emits the body at the builder's insertion point; `arguments` are
  /// `memref<Nxi8>` of `argumentBytes()`, then the range of units if it is
  /// given; without it all are done. No terminator.
  virtual void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                        const Target &target) const = 0;
};

/// What one argument of a call is bound to.
struct KernelArgument {
  enum class Kind { Operand, Result, Constant, Scratch };
  Kind kind;
  unsigned index = 0; ///< Of the op's operand or result.
  std::vector<char>
      bytes; ///< A constant's contents; equal contents are stored once.

  static KernelArgument operand(unsigned index) {
    return {Kind::Operand, index, {}};
  }
  static KernelArgument result(unsigned index) {
    return {Kind::Result, index, {}};
  }
  static KernelArgument constant(std::vector<char> bytes) {
    return {Kind::Constant, 0, std::move(bytes)};
  }
  /// The scratch memory that the plan has for the op.
  static KernelArgument scratch() { return {Kind::Scratch, 0, {}}; }
};

/// A kernel and what its arguments are.
struct KernelCall {
  std::shared_ptr<const Kernel> kernel;
  std::vector<KernelArgument> arguments;
};

/// Returns the kernel for `op` on `target`. `operands` has an entry per operand
/// (unused for constants), `results` one per result. Fails after an error at
/// the op's location if there is none. `tileStep`: how many times the register
/// tile is to be smaller than the target's model would have it.
FailureOr<KernelCall> selectKernel(Operation *op,
                                   ArrayRef<BufferLayout> operands,
                                   ArrayRef<BufferLayout> results,
                                   const Target &target, unsigned tileStep = 0);

/// The halo an op wants around an operand so that its kernel needs no bounds
/// checks: top, left, bottom, right; zeros for ops that want none.
struct Halo {
  int64_t top = 0, left = 0, bottom = 0, right = 0;
};
Halo getWantedHalo(Operation *op, unsigned operand);

} // namespace narrow::codegen

#endif // NARROW_CODEGEN_KERNEL_H
