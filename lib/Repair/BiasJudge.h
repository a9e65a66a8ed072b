//===- BiasJudge.h - whether corrected biases are better --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_BIASJUDGE_H
#define NARROW_LIB_REPAIR_BIASJUDGE_H

#include "BiasTarget.h"
#include "narrow/Simulate/PartErrors.h"
#include "llvm/ADT/BitVector.h"

namespace narrow {

/// A contraction and its biases.
struct CorrectedLayer {
  Operation *op;
  ElementsAttr plain, corrected;
  /// Corrected by samples that do not judge.
  ElementsAttr judged;
};

/// Gives a contraction other biases.
void setBias(Operation *op, ElementsAttr values);

/// Measures how far the results are from the float model's on the samples that
/// judge, with some of the layers corrected.
class BiasJudge {
public:
  /// `parts` are values of `quantized`, `wanted` their elements for each sample
  /// of `split` that judges.
  BiasJudge(ModuleOp quantized, ArrayRef<Value> parts,
            const PartElements &wanted, const SampleSplit &split,
            GetSample getSample, ArrayRef<CorrectedLayer> layers);

  /// Decides which layers keep their corrections, and fills in the errors of
  /// `result`.
  llvm::Expected<llvm::BitVector> decide(BiasCorrection &result);

private:
  llvm::Expected<PartErrors> measure(const llvm::BitVector &kept);
  /// The layers that each part depends on.
  void findCones();
  /// Returns the mask with layers up to the depth given for each part: a layer
  /// stays where it lies above the depth of any part that depends on it.
  llvm::BitVector combine(ArrayRef<size_t> depths) const;

  OwningOpRef<ModuleOp> module;
  const PartElements &wanted;
  const SampleSplit &split;
  GetSample getSample;
  ArrayRef<CorrectedLayer> layers;
  /// The layers' counterparts in `module`.
  SmallVector<Operation *> clones;
  SmallVector<llvm::BitVector> cones;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_BIASJUDGE_H
