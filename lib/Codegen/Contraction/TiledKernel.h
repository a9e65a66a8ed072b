//===- TiledKernel.h - contractions by register tiles ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILEDKERNEL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILEDKERNEL_H

#include "ContractionData.h"

namespace narrow::codegen {

/// The loops of a convolution or matrix product over bytes, whatever it was.
/// Output (image, group, y, x, channel) is the sum over the K loops of bytes of
/// A times weights. Strides and origins are in bytes.
struct TiledShape {
  struct Loop {
    int64_t count, stride;
  };
  int64_t images = 1, imageA = 0, imageO = 0;
  int64_t groups = 1,
          groupA = 0; ///< Groups of output channels; O's follow each other.
  int64_t rows = 1, rowA = 0, rowO = 0;
  int64_t cols = 1, pixelA = 0, pixelO = 0;
  int64_t originA = 0, originO = 0;
  SmallVector<Loop> kernel;       ///< Loops around the runs, outermost first.
  int64_t run = 0;                ///< Contiguous bytes of A.
  int64_t channels = 0;           ///< Output channels of a group.
  int64_t bytesA = 0, bytesO = 0; ///< Whole buffers.

  int64_t group = 4; ///< Bytes of K that are packed side by side.

  /// Merges loops whose strides allow it.
  void simplify();
  /// K steps of one group in a run, the last one padded by zero weights.
  int64_t steps() const { return (run + group - 1) / group; }
  int64_t runs() const;
};

/// Panels of equal width, one after the other in the packed weights:
///
///     panel [kernel loops...][steps][width channels][group bytes of K]
struct PanelGroup {
  int64_t first;  ///< Channel inside its group of channels.
  int64_t count;  ///< Panels.
  int64_t width;  ///< Channels of a panel, a multiple of 16.
  int64_t stored; ///< Channels of the last panel that exist.
};

/// A contraction of bytes by bytes. Arguments: A, packed weights, parameters,
/// O.
class TiledKernel : public Kernel {
public:
  TiledKernel(TiledShape shape, RequantForm form, ByteForm bytes);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  int64_t parallelUnits(const Target &target) const override;
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

  /// Packs the weights, whose order inside a channel is that of the K loops.
  std::vector<char> packWeights(const ContractionData &data) const;
  std::vector<char> packParameters(const ContractionData &data,
                                   ArrayRef<int32_t> bias) const;

private:
  std::string description() const;
  int64_t panelBytes(const PanelGroup &panels) const {
    return shape.runs() * shape.steps() * panels.width * shape.group;
  }
  /// Channels of a group with the padding of its last panel.
  int64_t slotsPerGroup() const;
  int64_t weightBytesPerGroup() const;

  /// The loop whose rounds threads share, and how many there are.
  struct Split {
    enum class Axis { None, Panels, Pixels, Images };
    Axis axis = Axis::None;
    int64_t units = 1;
  };
  Split chooseSplit(const Target &target) const;

  TiledShape shape;
  RequantForm form;
  ByteForm bytes;
  SmallVector<PanelGroup> panels;
  ParameterBlock block;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILEDKERNEL_H
