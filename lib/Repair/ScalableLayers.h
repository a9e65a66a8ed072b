//===- ScalableLayers.h - layers around scales per channel -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the steps that give values a scale for each channel share: which layers
// can make and read such values, what the values are, and how a draft becomes
// a change.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_SCALABLELAYERS_H
#define NARROW_LIB_REPAIR_SCALABLELAYERS_H

#include "ChannelScales.h"
#include "ScaleDraft.h"

namespace narrow {

/// Whether repairs change the weights of `op`.
bool isWeightedLayer(Operation *op);
/// Whether every output of `op`, a contraction, reads one input channel.
bool isDepthwise(Operation *op);
bool isPowerOfTwo(double scale);

/// Whether the weights of `op`, a contraction, can hold the scales of its
/// input's channels: those of a depthwise one do, others have to be rounded
/// anew, from weights that `floats` knows.
bool canReadChannels(Operation *op, const FloatLayers &floats,
                     const RepairContext &context);

/// Returns the values of `original` by name.
llvm::StringMap<Value> getNamedValues(ModuleOp original);

/// Returns no values yet of `channels` channels: how many are kept follows from
/// the samples.
ChannelValues makeChannelValues(int64_t channels, const RepairContext &context);
/// Looks at values of the float model over the samples that train and do not
/// judge, as far as nobody has.
llvm::Error
collectChannelValues(ArrayRef<std::pair<Value, ChannelValues *>> wanted,
                     const RepairContext &context);

/// Returns what `readers` multiply a value of `channels` channels with.
ReaderWeights getReaderWeights(ArrayRef<Operation *> readers, int64_t channels,
                               const FloatLayers &floats);

/// Returns the least scales that the result of `op` may have, by how it is
/// requantised: a multiplier of q15 is less than 1.
std::vector<double> getLeastScales(Operation *op);

/// Changes what was drafted, and all biases behind it: other values are rounded
/// otherwise. All of it stays or is undone together.
llvm::Expected<SmallVector<RepairedLayer>>
applyDraft(const ScaleDraft &draft, mlir::func::FuncOp function,
           const RepairContext &context, RepairReport &report);

} // namespace narrow

#endif // NARROW_LIB_REPAIR_SCALABLELAYERS_H
