//===- WideningKernel.h - contractions by widening products ----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_WIDENINGKERNEL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_WIDENINGKERNEL_H

#include "Tiled/TiledKernel.h"

namespace narrow::codegen {

/// What a widening kernel multiplies.
struct WideningForm {
  unsigned inputBytes = 1;
  bool inputSigned = false;
  unsigned weightBytes =
      2; ///< Of the packed weights, or of the second operand.
  unsigned accumulatorBits = 32; ///< 32 or 64.
  /// The weights are an operand [image, K, channels] instead of a constant;
  /// both zero points are then subtracted before multiplying.
  bool rightOperand = false;
  bool rightSigned = false;
  int32_t inputZero = 0, rightZero = 0;
  int32_t requantOffset = 0; ///< Of q15, which other forms fold into the bias.
};

/// The contractions that byte tiles cannot do: 16-bit activations, weights or
/// differences that do not fit 8 bits, 64-bit accumulators, results of more
/// than 16 bits, products of two activations. Vectors run over output channels;
/// every product is widened.
///
/// Arguments: A, weights `[group][K][slots]` (or the second operand), bias,
/// parameters, O; the second operand's form has no bias.
class WideningKernel : public Kernel {
public:
  /// `rightBytes`: the second operand's buffer, where there is one.
  WideningKernel(TiledShape shape, RequantForm requant, WideningForm form,
                 int64_t rightBytes = 0);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  int64_t parallelUnits(const Target &target) const override;
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

  std::vector<char> packWeights(const ContractionData &data) const;
  /// Bias with offset and `-z_x * sum(w)` in the accumulator's width.
  std::vector<char> packBias(const ContractionData &data) const;
  std::vector<char> packParameters(const ContractionData &data) const;

private:
  int64_t depth() const { return shape.runs() * shape.run / form.inputBytes; }
  int64_t slotsPerGroup() const { return llvm::alignTo(shape.channels, 16); }

  TiledShape shape;
  RequantForm requant;
  WideningForm form;
  int64_t rightBytes;
  ParameterBlock block;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_WIDENINGKERNEL_H
