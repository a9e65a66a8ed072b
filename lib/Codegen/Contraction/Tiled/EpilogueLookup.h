//===- EpilogueLookup.h - a lookup in a contraction's epilogue --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_EPILOGUELOOKUP_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_EPILOGUELOOKUP_H

#include "../../Emit/PiecewiseTable.h"
#include "TileEmitter.h"
#include "narrow/Codegen/Fusion.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::codegen {

/// A `fxp.lookup` (N42) of bytes that a contraction's kernel does on its
/// requantised results before they are stored, from one constant of its own.
class EpilogueLookup {
public:
  /// Returns the lookup of `op`, for which `getEpilogueForm` found `form`, as
  /// `target` does it: one table in registers, or two straight lines
  /// (PiecewiseTable) where there is a table a channel or no shuffle of bytes.
  static EpilogueLookup get(fxp::LookupOp op, const EpilogueForm &form,
                            const Target &target);

  /// Lays what depends on channels out by slots: `channels[slot]` is the
  /// channel, or -1 for any.
  void arrange(ArrayRef<int64_t> channels);
  std::vector<char> pack() const;
  int64_t constantBytes() const { return pack().size(); }
  /// Returns what the code depends on.
  std::string key() const;

  /// As `storePixels`.
  void store(TileEmitter &e, const Target &target, Value constant,
             ArrayRef<Value> pixels, Value slot, int64_t stored, Value buffer,
             ArrayRef<Value> at) const;

private:
  Value lookUpLines(TileEmitter &e, const Target &target, Value constant,
                    Value pixel, Value slot) const;
  SmallVector<Value> lookUpTable(TileEmitter &e, const Target &target,
                                 Value constant, ArrayRef<Value> pixels) const;

  StoredType from, to;
  std::optional<PiecewiseTable> lines;
  std::vector<char> table; ///< By the stored byte, read as unsigned.
};

/// Stores `pixels` (bytes of as many neighbouring slots each, from `slot` on),
/// or what `lookup` finds for them in `constant`: the first `stored` bytes of
/// each at its `at`.
void storePixels(TileEmitter &e, const Target &target,
                 const std::optional<EpilogueLookup> &lookup, Value constant,
                 ArrayRef<Value> pixels, Value slot, int64_t stored,
                 Value buffer, ArrayRef<Value> at);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_EPILOGUELOOKUP_H
