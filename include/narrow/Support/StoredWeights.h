//===- StoredWeights.h - constants of layers as stored ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model that came quantised is imported as the reals that its integers stand
// for. Which integers at which f32 scales these were cannot be told from the
// reals to the last bit, and arithmetic that is to be the model's own wants all
// bits. So the importer notes them on the module, by the node of each layer,
// and who reads a note compares it with the reals: passes may have changed
// them.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_STOREDWEIGHTS_H
#define NARROW_SUPPORT_STOREDWEIGHTS_H

#include "mlir/IR/BuiltinOps.h"
#include "narrow/Support/LLVM.h"
#include <optional>

namespace narrow {

/// On a module, the notes of its layers: a dictionary by the nodes' names.
inline constexpr llvm::StringLiteral kStoredWeightsAttr =
    "narrow.stored_weights";

/// How the file of a quantised model has the constants of one layer. Lists
/// belong to the context.
struct StoredWeights {
  /// Of the weights: one for all, or one for each output channel.
  ArrayRef<float> scales;
  /// The biases as they were imported, in reals; empty where there are none.
  ArrayRef<float> biases;
  /// The same as stored integers, at the product of the input's scale and the
  /// weights'; empty where the file has reals.
  ArrayRef<int32_t> storedBiases;
  /// Of the stored weights: `si8`, `ui8`, `si4`, ...
  Type type;
  /// Whether the layer is a float operator between casts, and not one on
  /// integers.
  bool hasCasts = false;
};

/// Notes the constants of the layer that is made for `node`; a second note of
/// one name takes the place of the first.
void noteStoredWeights(ModuleOp module, StringRef node,
                       const StoredWeights &weights);

/// Returns the note of the node that the layer `op` was made for, if there is
/// one.
std::optional<StoredWeights> findStoredWeights(Operation *op);

} // namespace narrow

#endif // NARROW_SUPPORT_STOREDWEIGHTS_H
