//===- TiledKernel.h - contractions by register tiles ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDKERNEL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDKERNEL_H

#include "../WeightStorage.h"
#include "BlockPieces.h"
#include "EpilogueLookup.h"
#include "ResidualAdd.h"
#include "StepOrder.h"
#include <optional>

namespace narrow::codegen {

/// Panels of equal width, one after the other in the packed weights:
///
///     panel [kernel loops...][stored steps][width channels][K of a group]
struct PanelGroup {
  int64_t first;  ///< Channel inside its group of channels.
  int64_t count;  ///< Panels.
  int64_t width;  ///< Channels of a panel, a multiple of 16.
  int64_t stored; ///< Channels of the last panel that exist.
};

/// A contraction of bytes by bytes, or of words by bytes or words. Arguments:
/// A, packed weights, parameters, the order of the steps where there is one, O,
/// and the residual R unless O is R.
class TiledKernel : public Kernel {
public:
  TiledKernel(TiledShape shape, RequantForm form, ByteForm bytes,
              WeightStorage storage,
              std::optional<ResidualAdd> residual = std::nullopt);

  /// Looks results up before they are stored; returns the constant for it, the
  /// last argument.
  std::vector<char> addLookup(EpilogueLookup op);

  /// Lets the pairs of weights decide how `data` is multiplied, for levels that
  /// multiply pairs in 16 bits. Returns the order's constant, empty where the
  /// steps keep the order of memory, and the share of steps that are safe.
  std::vector<char> orderSteps(const ContractionData &data, double &safeShare);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  int64_t parallelUnits(const Target &target) const override;
  bool hasSmallerTile(const Target &target) const override;
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

  /// Packs the weights, whose order inside a channel is that of the K loops.
  std::vector<char> packWeights(const ContractionData &data) const;
  std::vector<char> packParameters(const ContractionData &data,
                                   ArrayRef<int32_t> bias) const;
  std::vector<char> packParameters(const ContractionData &data,
                                   ArrayRef<int64_t> bias) const;

protected:
  /// Returns the bytes of stack in which weights are unpacked once; 0 where
  /// they are unpacked in registers, or not packed.
  int64_t getScratchBytes(const Target &target) const;
  std::string description() const;
  int64_t panelBytes(const PanelGroup &panels) const {
    return shape.runs() * storage.storedSteps(shape.steps()) * panels.width *
           shape.weightGroup();
  }
  /// Channels of a group with the padding of its last panel.
  int64_t slotsPerGroup() const;
  int64_t weightBytesPerGroup() const;
  /// The byte behind all weights, where multipliers begin.
  int64_t multipliersAt() const;
  void appendMultipliers(std::vector<char> &packed) const;
  int64_t multiplierBytesPerGroup() const {
    return pieces ? pieces->pairs() * slotsPerGroup() : 0;
  }
  bool hasOwnResidual() const { return residual && !residual->inPlace; }

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
  WeightStorage storage;
  std::optional<BlockPieces> pieces; ///< Of weights in blocks.
  /// The channels that slots of the parameters hold, or -1.
  SmallVector<int64_t> channelsOfSlots() const;

  std::optional<ResidualAdd> residual;
  std::optional<EpilogueLookup> lookup;
  SmallVector<PanelGroup> panels;
  ParameterBlock block;
  std::optional<StepOrder> order;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILED_TILEDKERNEL_H
