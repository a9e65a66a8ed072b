//===- TosaBuilder.h - integer TOSA operations by their values --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_TOSA_TOSABUILDER_H
#define NARROW_LIB_EXPORT_TOSA_TOSABUILDER_H

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Support/LLVM.h"

namespace narrow::exporting {

/// What `tosa.rescale` computes, `((v - inputZeroPoint) * multiplier +
/// 2^(shift - 1)) >> shift`, and `outputZeroPoint` more, saturated: one
/// multiplier and shift for all, or one for each place on the last axis.
struct Rescale {
  SmallVector<int64_t> multipliers, shifts;
  int64_t inputZeroPoint = 0, outputZeroPoint = 0;
  /// Whether shifts above 31 round twice.
  bool isDouble = false;
};

/// Makes operations at a location.
class TosaBuilder {
public:
  explicit TosaBuilder(OpBuilder &builder) : builder(builder) {}

  Location loc() const { return location; }
  void setLocation(Location loc) { location = loc; }
  OpBuilder &base() { return builder; }

  Type i8() { return builder.getI8Type(); }
  Type i32() { return builder.getI32Type(); }
  Type f32() { return builder.getF32Type(); }

  /// Constants; a single value is one for all of `shape`.
  Value integers(ArrayRef<int64_t> shape, Type element,
                 ArrayRef<int64_t> values);
  Value floats(ArrayRef<int64_t> shape, ArrayRef<float> values);
  Value shape(ArrayRef<int64_t> sizes);

  Value rescale(Value input, Type element, const Rescale &by);
  /// Integers less `zeroPoint`, `factor` (below 2^15) times, in i32: exact.
  Value widen(Value input, int64_t zeroPoint, int32_t factor = 1);
  Value cast(Value input, Type element);
  Value reshape(Value input, ArrayRef<int64_t> sizes);
  Value slice(Value input, ArrayRef<int64_t> starts, ArrayRef<int64_t> sizes);
  /// `low` and `high` elements of `number`, a constant, on each axis.
  Value pad(Value input, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
            Value number);
  Value gather(Value input, int64_t axis, ArrayRef<int64_t> indices);
  /// Limits integers.
  Value clamp(Value input, int64_t low, int64_t high);
  /// An elementwise operation; sizes of 1 are broadcast.
  template <typename OpT>
  Value binary(Value lhs, Value rhs) {
    return OpT::create(builder, location, broadcast(lhs, rhs), lhs, rhs);
  }
  Value multiply(Value lhs, Value rhs);
  template <typename OpT>
  Value reduce(Value input, int64_t axis) {
    auto type = typeOf(input);
    SmallVector<int64_t> sizes(type.getShape());
    sizes[axis] = 1;
    return OpT::create(builder, location, type.clone(sizes), input,
                       builder.getI32IntegerAttr(static_cast<int32_t>(axis)));
  }

  static RankedTensorType typeOf(Value value) {
    return llvm::cast<RankedTensorType>(value.getType());
  }
  static Type broadcast(Value lhs, Value rhs);

private:
  OpBuilder &builder;
  Location location = builder.getUnknownLoc();
};

} // namespace narrow::exporting

#endif // NARROW_LIB_EXPORT_TOSA_TOSABUILDER_H
