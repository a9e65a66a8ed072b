//===- OpWriter.h - operations in fixed point as TFLite's -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_TFLITE_OPWRITER_H
#define NARROW_LIB_EXPORT_TFLITE_OPWRITER_H

#include "StoredType.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include <type_traits>

namespace narrow::tflite {

/// The stored integers, in ours, beyond which a result is cut off: none (the
/// type's), one, or one for each channel.
struct Bounds {
  SmallVector<int32_t, 1> min, max;
};

/// Whether an operator can cut off its result.
template <typename OptionsT, typename = void>
struct CanCut : std::false_type {};
template <typename OptionsT>
struct CanCut<
    OptionsT,
    std::void_t<decltype(std::declval<OptionsT>().fused_activation_function)>>
    : std::true_type {};

/// Writes operations one after the other, each as one or several of TFLite's.
/// Those that mix 8 and 16 bits are computed in 16, which operands of 8 become
/// without loss.
class OpWriter {
public:
  explicit OpWriter(TfliteGraph &graph) : graph(graph) {}

  /// Writes one operation; fails with a diagnostic where it has no form.
  LogicalResult write(Operation *op);

  /// Returns a value's tensor as it is stored.
  FailureOr<TensorId> getTensor(Value value);
  void setTensor(Value value, TensorId tensor) { tensors[value] = tensor; }
  /// Returns a tensor of the same elements.
  TensorId copy(TensorId tensor);
  /// The kind of a value's tensor.
  FailureOr<ElementKind> getKind(Value value);

private:
  LogicalResult writeOp(fxp::Conv2DOp op);
  LogicalResult writeOp(fxp::TransposedConv2DOp op);
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
  LogicalResult writeOp(fxp::QuantizeOp op);
  LogicalResult writeOp(fxp::DequantizeOp op);
  LogicalResult writeOp(fxp::RequantizeOp op);
  LogicalResult writeOp(fxp::LookupOp op);
  LogicalResult writeOp(fxp::InterpolateOp op);
  LogicalResult writeOp(fxp::SoftmaxOp op);
  LogicalResult writeOp(fxp::LogSoftmaxOp op);
  LogicalResult writeOp(fxp::ReshapeOp op);
  LogicalResult writeOp(fxp::TransposeOp op);
  LogicalResult writeOp(fxp::SliceOp op);
  LogicalResult writeOp(fxp::ConcatOp op);
  LogicalResult writeOp(fxp::GatherOp op);
  LogicalResult writeOp(fxp::PadOp op);
  LogicalResult writeOp(fxp::ConstantOp op) { return success(); }

  /// Emits an error at `op`.
  LogicalResult refuse(Operation *op, const llvm::Twine &reason);
  /// Fails where values have a scale for each channel.
  LogicalResult expectOneScale(Operation *op);

  FailureOr<StoredType> getType(Operation *op, Value value);
  /// The bits in which what reads or makes `values` computes.
  FailureOr<unsigned> getBits(Operation *op, mlir::ValueRange values);
  /// Returns a value's tensor with that many bits.
  FailureOr<TensorId> getOperand(Operation *op, Value value, unsigned bits);
  /// The operands of an operation on two values of one scale each, with the
  /// bits in which it computes.
  struct Sides {
    TensorId lhs, rhs;
    unsigned bits;
  };
  FailureOr<Sides> getSides(Operation *op);
  TensorId addShape(ArrayRef<int64_t> sizes);
  TensorId quantize(TensorId tensor, const ElementKind &kind, StringRef name);
  /// Subtracts numbers from real values, or multiplies with them: one, or one
  /// for each place along `axis`.
  TensorId scaleFloats(TensorId reals, BuiltinOperator code,
                       ArrayRef<float> values, int64_t axis, StringRef name);

  /// Sets `value` to what an operator computes in `bits` bits.
  template <typename OptionsT>
  LogicalResult compute(Operation *op, BuiltinOperator code,
                        ArrayRef<TensorId> inputs, OptionsT options,
                        unsigned bits, const Bounds &bounds) {
    FailureOr<StoredType> type = getType(op, op->getResult(0));
    if (failed(type))
      return failure();
    Limits limits = getLimits(*type, bounds);
    if constexpr (CanCut<OptionsT>::value)
      if (bits == type->getBits())
        options.fused_activation_function = fuse(*type, limits);
    ElementKind kind =
        bits == type->getBits() ? type->kind : widenResult(*type);
    TensorId tensor = addResult(op, kind);
    graph.addOperator(code, inputs, tensor, std::move(options));
    return finish(op, tensor, *type, limits);
  }
  /// The same of an operator whose result has a kind of its own.
  template <typename OptionsT>
  LogicalResult computeAs(Operation *op, BuiltinOperator code,
                          ArrayRef<TensorId> inputs, OptionsT options,
                          const ElementKind &kind, const Bounds &bounds) {
    FailureOr<StoredType> type = getType(op, op->getResult(0));
    if (failed(type))
      return failure();
    TensorId tensor = addResult(op, kind);
    graph.addOperator(code, inputs, tensor, std::move(options));
    return finish(op, tensor, *type, getLimits(*type, bounds));
  }
  /// Sets `value` to what only moves.
  template <typename OptionsT>
  LogicalResult moveData(Operation *op, BuiltinOperator code,
                         ArrayRef<TensorId> inputs, OptionsT options) {
    FailureOr<ElementKind> kind = getKind(op->getResult(0));
    if (failed(kind))
      return failure();
    TensorId tensor = addResult(op, *kind);
    graph.addOperator(code, inputs, tensor, std::move(options));
    tensors[op->getResult(0)] = tensor;
    return success();
  }

  /// Bounds in their integers that a tensor does not have by itself.
  struct Limits {
    SmallVector<int64_t, 1> low, high;
  };
  static Limits getLimits(const StoredType &type, const Bounds &bounds);
  /// Returns the function that has these limits, which it takes away, or none.
  static ActivationFunctionType fuse(const StoredType &type, Limits &limits);
  TensorId addResult(Operation *op, const ElementKind &kind);
  /// Brings what was computed to its type and its limits.
  LogicalResult finish(Operation *op, TensorId tensor, const StoredType &type,
                       const Limits &limits);

  /// What a contraction with weights reads beside its input.
  struct Constants {
    SmallVector<int64_t> weights;
    SmallVector<double> scales;
    TensorId bias;
    unsigned bits;
  };
  FailureOr<Constants> readConstants(fxp::WeightedOpInterface op);
  template <typename OptionsT, typename OpT>
  LogicalResult writeRescaled(OpT op, BuiltinOperator code);
  template <typename OpT>
  LogicalResult writeCompared(OpT op, BuiltinOperator code);
  template <typename OpT>
  LogicalResult writeTable(OpT op, ArrayRef<int32_t> entries,
                           ArrayRef<int64_t> sizes, int32_t tolerance);
  /// Writes a table that is a function of TFLite's; returns whether it is.
  FailureOr<bool> writeFunction(Operation *op, ArrayRef<int32_t> entries,
                                int32_t tolerance);

  struct Window {
    Padding padding;
    TensorId input;
  };
  /// Finds the padding that gives these sizes, or pads beforehand with
  /// `value`, an integer of the tensor's; always where positions beside the
  /// image are `counted`.
  Window pad(TensorId input, ArrayRef<int64_t> out, ArrayRef<int64_t> reach,
             ArrayRef<int64_t> strides, ArrayRef<int64_t> pads, int64_t value,
             StringRef name, bool counted = false);

  TfliteGraph &graph;
  DenseMap<Value, TensorId> tensors;
  DenseMap<Value, TensorId> widened;
};

/// The bounds of a requantisation.
Bounds getBounds(fxp::RequantAttr requant);

/// What a value's tensor is called.
std::string getTensorName(Value value);
ArrayRef<int64_t> getShape(Value value);

} // namespace narrow::tflite

#endif // NARROW_LIB_EXPORT_TFLITE_OPWRITER_H
