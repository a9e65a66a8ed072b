//===- LongSums.h - sums of more than 32 bits ------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Words by bytes leave 32 bits after a few hundred products of the largest
// size. Parts of K that provably do not are summed in i32, as fast as ever, and
// the parts in i64.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_LONGSUMS_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_LONGSUMS_H

#include "TileEmitter.h"
#include "TiledShape.h"

namespace narrow::codegen {

/// Cuts K into equal parts of which every sum of a channel fits i32, for
/// activations that are read `readOffset` lower than they are: whole turns of
/// the outer kernel loops, or else a run cut into a loop of its own. Returns
/// false, with the shape unchanged, where there are none, or the requantisation
/// of the sums is out of `requantiseLong`'s reach.
bool cutLongSums(TiledShape &shape, const ContractionData &data,
                 int64_t readOffset);

/// Whether the requantisation of sums of i64 is in `requantiseLong`'s reach:
/// shifts of q31 are 17 or more.
bool fitsLongRequant(const ContractionData &data);

/// The largest magnitude of a sum that `requantiseLong` takes.
constexpr int64_t kMostLongSum = int64_t(1) << 46;

/// Returns the outputs of pixels of `columns` vectors of i64 sums each, which
/// `fitsLongRequant` and `kMostLongSum` allow.
SmallVector<Value> requantiseLong(TileEmitter &e, const RequantForm &form,
                                  const TileEmitter::Parameters &parameters,
                                  ArrayRef<Value> sums, int64_t columns);

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_LONGSUMS_H
