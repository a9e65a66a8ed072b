//===- DepthwiseWords.h - depthwise of 16-bit activations ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEWORDS_H
#define NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEWORDS_H

#include "../ContractionData.h"
#include "DepthwisePlan.h"

namespace narrow::codegen {

/// A depthwise convolution of words, by blocks of two vectors of sums. Weights
/// are words. x86 multiplies pairs of taps, whose words are interleaved, other
/// levels tap by tap:
///
///     block [pairs of taps][half of the block][lanes channels][2 taps]
///     block [taps][2 * lanes channels]
///
/// Arguments: A, packed weights, parameters, O.
class DepthwiseWordsKernel : public Kernel {
public:
  /// `flip`: activations are unsigned, and read 2^15 lower.
  DepthwiseWordsKernel(DepthwiseShape shape, RequantForm form, bool flip,
                       const Target &target);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  int64_t parallelUnits(const Target &target) const override;
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

  std::vector<char> packWeights(const ContractionData &data) const;
  std::vector<char> packParameters(const ContractionData &data,
                                   ArrayRef<int64_t> bias) const;

private:
  int64_t taps() const { return shape.kernelRows * shape.kernelCols; }
  int64_t width() const { return 2 * lanes; } ///< Channels of a block.
  /// Bytes of a block's weights.
  int64_t blockBytes() const {
    return llvm::alignTo(taps(), pairs ? 2 : 1) * width() * 2;
  }

  DepthwiseShape shape;
  RequantForm form;
  bool flip, pairs;
  int64_t lanes; ///< Of sums.
  int64_t slots; ///< Channels with the padding of the last block.
  ParameterBlock block;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEWORDS_H
