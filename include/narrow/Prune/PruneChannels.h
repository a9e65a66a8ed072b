//===- PruneChannels.h - channels that say least, removed ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unlike quantisation, pruning takes parts of the network away. Channels that
// lie between two layers alone can go whole, so that what is left is dense.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PRUNE_PRUNECHANNELS_H
#define NARROW_PRUNE_PRUNECHANNELS_H

#include "narrow/Simulate/LayerWalk.h"

namespace narrow {

/// What was removed.
struct PruneReport {
  /// Channels between two layers, and how many of them are gone.
  int64_t channels = 0, removed = 0;
  int64_t weightsBefore = 0, weightsAfter = 0;
};

/// Removes up to `share` of the channels that lie between two layers of a
/// prepared float module with observers: whole groups of those without which
/// what the next layer makes changes least on the samples, relative to the
/// whole, once its other weights make up for them. These are fitted to what it
/// made of all channels (as He et al., Channel Pruning for Accelerating Very
/// Deep Neural Networks, 2017), its bias to the mean. Fails where the model
/// cannot be run.
llvm::Expected<PruneReport> pruneChannels(ModuleOp module, double share,
                                          int64_t numSamples,
                                          GetSample getSample);

} // namespace narrow

#endif // NARROW_PRUNE_PRUNECHANNELS_H
