//===- StorageCode.h - codes of weights in memory --------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A weight of at most 8 bits is an i8, whatever its width: narrower storage is
// a code of it (N4). What the codes hold is asked by the verifier, by who
// chooses one, and by kernels.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_STORAGECODE_H
#define NARROW_DIALECT_FXP_IR_STORAGECODE_H

#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::fxp {

/// Returns the bits that a weight takes.
unsigned getStoredBits(WeightStorage code);

/// Returns whether weights are places in a table of 16 or 4 (`lut4`, `lut2`),
/// one of which holds 0.
bool isTable(WeightStorage code);

/// Returns the weights of which the code holds any number; with a table, those
/// that it may hold.
IntegerRange getStoredRange(WeightStorage code);

/// Returns the different weights and 0, which pads them, in ascending order.
SmallVector<int64_t> listWeights(ArrayRef<int64_t> weights);

/// Returns what a message says where the code does not hold `weights`, an empty
/// text where it does.
std::string describeMisfit(WeightStorage code, ArrayRef<int64_t> weights);

/// Returns the code of fewest bits that holds all of `weights` without a table.
WeightStorage chooseStorage(ArrayRef<int64_t> weights);

/// Returns the code that the constant behind `weights` names; i8 where it names
/// none or is no constant.
WeightStorage getStorage(Value weights);

} // namespace narrow::fxp

#endif // NARROW_DIALECT_FXP_IR_STORAGECODE_H
