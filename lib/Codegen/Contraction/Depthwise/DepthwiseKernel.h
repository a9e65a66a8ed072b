//===- DepthwiseKernel.h - depthwise convolution by byte quads -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEKERNEL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEKERNEL_H

#include "../ContractionData.h"
#include "../Tiled/EpilogueLookup.h"
#include "DepthwisePlan.h"

namespace narrow::codegen {

/// A depthwise convolution with one output per input channel. Arguments: A,
/// packed weights, parameters, O, and a lookup's constant.
class DepthwiseKernel : public Kernel {
public:
  DepthwiseKernel(DepthwiseShape shape, RequantForm form, ByteForm bytes,
                  const Target &target, unsigned tileStep = 0);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  int64_t parallelUnits(const Target &target) const override;
  bool hasSmallerTile(const Target &target) const override {
    // The quads of a 3x3 window that wait for the next column are operands in
    // memory like the widened weights: two rows are faster than one without.
    bool waits = plan.tile.words && shape.kernelRows == 3;
    return !waits && plan.tile.rows * plan.tile.cols > 1;
  }
  bool mayFillRegisters() const override { return true; }
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

  /// Looks results up before they are stored; returns the constant for it.
  std::vector<char> addLookup(EpilogueLookup op);
  std::vector<char> packWeights(const ContractionData &data) const;
  std::vector<char> packParameters(const ContractionData &data,
                                   ArrayRef<int32_t> bias) const;

private:
  /// The channels that a vector's bytes hold, slot after slot, or -1.
  SmallVector<int64_t> outputsOfSlots() const;
  /// The channel of byte `at` of vector `vector` (block or phase), or -1.
  int64_t channelAt(const DepthwiseBlocks &blocks, int64_t vector,
                    int64_t at) const;
  /// The channels (or -1) of the lanes of each group of each vector.
  SmallVector<SmallVector<int64_t>> channelsOfGroups() const;

  DepthwiseShape shape;
  RequantForm form;
  ByteForm bytes;
  std::optional<EpilogueLookup> lookup;
  unsigned tileStep;
  DepthwisePlan plan;
  ParameterBlock block;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_DEPTHWISE_DEPTHWISEKERNEL_H
