//===- InPlace.h - values that lie inside another's buffer -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A concatenation costs nothing where its operands are written into its buffer,
// a slice nothing where its users read it in its input's, a dense reshape
// nothing at all. This finds the values for which a layout can say so.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_MEMORY_INPLACE_H
#define NARROW_LIB_CODEGEN_MEMORY_INPLACE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Codegen/Kernel.h"

namespace narrow::codegen {

/// Where a part of a tensor lies: `layout` in a buffer that begins
/// `byteOffset` bytes after the whole's.
struct PartLayout {
  BufferLayout layout;
  int64_t byteOffset = 0;
};

/// Returns the layout of the part of `whole` that has `shape` and begins at
/// `starts` (elements along each axis), or nothing where a `BufferLayout`
/// cannot express it: it can for any part of an image, and for parts of dense
/// tensors that are contiguous. Parts cut along the columns of an image have no
/// halo, parts cut along the rows none where they are cut.
std::optional<PartLayout> getPartLayout(const BufferLayout &whole,
                                        ArrayRef<int64_t> starts,
                                        ArrayRef<int64_t> shape);

/// As above, for the part of a concatenation along `axis` that begins at `at`.
std::optional<PartLayout> getConcatPart(const BufferLayout &whole, int64_t axis,
                                        int64_t at, ArrayRef<int64_t> shape);

/// Returns whether `op` leaves its input's bytes as they are, in their order: a
/// reshape, or stored integers seen as plain ones of their width (N53).
bool isView(Operation *op);

/// A value that lies in the buffer of `whole`.
struct Host {
  Value whole;
  int64_t byteOffset = 0;
};

/// Decides which values of `function` lie inside another's buffer, given the
/// layouts that they would have of their own, and writes their layouts there
/// into `layouts`. Decided are
///  - operands of a concatenation that are made by an op, read by no other
///    concatenation and expressible (`getConcatPart`);
///  - results of slices with steps of 1 that are expressible, if `slices` or
///    several such slices cut one value into runs of rows;
///  - dense views, as their inputs, or their inputs as them.
/// A value that wants a larger halo than its host has, and constants and
/// arguments of the function, stay apart.
DenseMap<Value, Host> findHosts(mlir::func::FuncOp function, bool slices,
                                DenseMap<Value, BufferLayout> &layouts);

/// Returns the halo that the users of an NHWC value want, those included that
/// would read it through a concatenation's buffer or a slice of rows or
/// channels.
Halo getWantedHaloOf(Value value);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_MEMORY_INPLACE_H
