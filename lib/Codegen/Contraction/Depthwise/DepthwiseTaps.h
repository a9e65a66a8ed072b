//===- DepthwiseTaps.h - depthwise convolution tap by tap ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISETAPS_H
#define NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISETAPS_H

#include "../ContractionData.h"
#include "../Tiled/EpilogueLookup.h"
#include "DepthwisePlan.h"

namespace narrow::codegen {

/// A depthwise convolution of bytes for levels that multiply bytes lane by lane
/// but have no dot product. Arguments: A, packed weights, parameters, O.
///
/// Weights, blocks of 16 channels in their order, the last padded by zeros:
///
///     block [parts][kernel rows][kernel columns][16 channels]
class DepthwiseTapsKernel : public Kernel {
public:
  DepthwiseTapsKernel(DepthwiseShape shape, RequantForm form, ByteForm bytes);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

  /// Looks results up before they are stored; returns the constant for it, the
  /// last argument.
  std::vector<char> addLookup(EpilogueLookup op);
  std::vector<char> packWeights(const ContractionData &data) const;
  std::vector<char> packParameters(const ContractionData &data,
                                   ArrayRef<int32_t> bias) const;

private:
  SmallVector<int64_t> channelsOfSlots() const; ///< Or -1.
  int64_t taps() const {
    return shape.parts * shape.kernelRows * shape.kernelCols;
  }

  DepthwiseShape shape;
  RequantForm form;
  ByteForm bytes;
  std::optional<EpilogueLookup> lookup;
  int64_t slots; ///< Channels with the padding of the last block.
  ParameterBlock block;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISETAPS_H
