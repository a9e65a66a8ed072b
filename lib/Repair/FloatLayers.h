//===- FloatLayers.h - the float model's side of layers --------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_REPAIR_FLOATLAYERS_H
#define NARROW_LIB_REPAIR_FLOATLAYERS_H

#include "narrow/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include <vector>

namespace narrow {

inline RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// A convolution or linear layer of the float model with constant weights.
struct FloatLayer {
  Operation *op;
  /// [O, kh, kw, I] or [O, K], and [O].
  std::vector<float> weights, bias;
  /// The value that alone is added to the result; null if there is none or it
  /// is constant.
  Value residual;
};

/// Returns the other operand if nothing but an addition of equal shapes, an
/// `AddOp`, reads `value`; observers aside.
template <typename AddOp>
Value getResidual(Value value);

/// The contractions of the float model, in its order.
class FloatLayers {
public:
  explicit FloatLayers(ModuleOp original);

  ArrayRef<FloatLayer> getLayers() const { return layers; }
  /// Returns the layer that makes what `op`, a contraction in fixed point,
  /// makes: the value of its name, by itself or behind clamps that nothing
  /// stands before. Null where there is none.
  const FloatLayer *find(Operation *op) const;

private:
  std::vector<FloatLayer> layers;
  llvm::StringMap<size_t> byName;
};

} // namespace narrow

#endif // NARROW_LIB_REPAIR_FLOATLAYERS_H
