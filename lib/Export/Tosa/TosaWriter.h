//===- TosaWriter.h - operations in fixed point as integer TOSA -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_TOSA_TOSAWRITER_H
#define NARROW_LIB_EXPORT_TOSA_TOSAWRITER_H

#include "../Tflite/StoredType.h"
#include "TosaBuilder.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

namespace narrow::exporting {

/// Writes operations one after the other. Values are i8 with a zero point or
/// i16 without, as TFLite has them (`StoredType`); whatever is computed with
/// them is exact in i32, and rescaled once.
class TosaWriter {
public:
  explicit TosaWriter(OpBuilder &builder) : build(builder) {}

  LogicalResult write(Operation *op);
  Value getTensor(Value value);
  void setTensor(Value value, Value tensor) { tensors[value] = tensor; }
  /// The type of a value's tensor.
  FailureOr<RankedTensorType> getTensorType(Operation *op, Value value);

private:
  LogicalResult writeOp(fxp::Conv2DOp op);
  LogicalResult writeOp(fxp::FullyConnectedOp op);
  LogicalResult writeOp(fxp::MatMulOp op);
  LogicalResult writeOp(fxp::MaxPool2DOp op);
  LogicalResult writeOp(fxp::AvgPool2DOp op);
  LogicalResult writeOp(fxp::ReduceSumOp op);
  LogicalResult writeOp(fxp::ReduceMaxOp op);
  LogicalResult writeOp(fxp::ResizeOp op);
  LogicalResult writeOp(fxp::AddOp op);
  LogicalResult writeOp(fxp::SubOp op);
  LogicalResult writeOp(fxp::MinOp op);
  LogicalResult writeOp(fxp::MaxOp op);
  LogicalResult writeOp(fxp::MulOp op);
  LogicalResult writeOp(fxp::CombineOp op);
  LogicalResult writeOp(fxp::QuantizeOp op);
  LogicalResult writeOp(fxp::DequantizeOp op);
  LogicalResult writeOp(fxp::RequantizeOp op);
  LogicalResult writeOp(fxp::LookupOp op);
  LogicalResult writeOp(fxp::SoftmaxOp op);
  LogicalResult writeOp(fxp::ReshapeOp op);
  LogicalResult writeOp(fxp::TransposeOp op);
  LogicalResult writeOp(fxp::SliceOp op);
  LogicalResult writeOp(fxp::ConcatOp op);
  LogicalResult writeOp(fxp::GatherOp op);
  LogicalResult writeOp(fxp::PadOp op);
  LogicalResult writeOp(fxp::ConstantOp op) { return success(); }

  LogicalResult refuse(Operation *op, const llvm::Twine &reason);
  /// The type of a value whose integers are ours but for a shift.
  FailureOr<tflite::StoredType> getType(Operation *op, Value value);
  FailureOr<SmallVector<tflite::StoredType>> getTypes(Operation *op);
  Type getElement(const tflite::StoredType &type);

  /// Returns the rescale that a requantisation is; fails where there is none.
  FailureOr<Rescale> getRescale(Operation *op, fxp::RequantAttr requant);
  /// Sets the op's result to what `sums`, i32 or stored integers with a zero
  /// point, become by a requantisation.
  LogicalResult requantize(Operation *op, Value sums, int64_t zeroPoint,
                           fxp::RequantAttr requant);
  /// Limits the op's result to bounds in our integers (none: the type's).
  LogicalResult finish(Operation *op, Value result, ArrayRef<int32_t> min,
                       ArrayRef<int32_t> max);
  /// Sets the op's result to real values, quantised.
  LogicalResult quantizeReals(Operation *op, Value scaled);
  Value dequantize(Value stored, fxp::QuantView view,
                   const tflite::StoredType &type);
  template <typename TosaOp, typename OpT>
  LogicalResult writeRescaled(OpT op);

  /// Weights and bias of a contraction in i8 and i32.
  struct Constants {
    SmallVector<int64_t> weights, bias;
    int64_t inputZeroPoint;
  };
  FailureOr<Constants> readConstants(fxp::WeightedOpInterface op);
  /// An image without what no window reads, and its padding as TOSA orders it:
  /// top, bottom, left, right.
  struct Window {
    Value input;
    SmallVector<int64_t> pads;
  };
  Window fitWindow(Value input, ArrayRef<int64_t> out, ArrayRef<int64_t> reach,
                   ArrayRef<int64_t> strides, ArrayRef<int64_t> pads);

  TosaBuilder build;
  DenseMap<Value, Value> tensors;
};

} // namespace narrow::exporting

#endif // NARROW_LIB_EXPORT_TOSA_TOSAWRITER_H
