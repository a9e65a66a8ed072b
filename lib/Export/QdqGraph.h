//===- QdqGraph.h - values in fixed point as ONNX tensors -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_EXPORT_QDQGRAPH_H
#define NARROW_LIB_EXPORT_QDQGRAPH_H

#include "GraphWriter.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"

namespace narrow {

/// Where the channels of a rank-4 tensor are: last, as our image operations
/// have them, or at axis 1, as ONNX's have them. Tensors of other ranks have
/// the order `Own` alone.
enum Order : unsigned { Own, ChannelsFirst };

/// Returns the axis at which `order` has what `Own` has at `axis`.
inline int64_t toOrder(int64_t axis, Order order) {
  constexpr int64_t moved[] = {0, 2, 3, 1};
  return order == Own ? axis : moved[axis];
}

/// Returns sizes of each axis, as `Own` has them, as `order` does.
SmallVector<int64_t> toOrder(ArrayRef<int64_t> sizes, Order order);

/// Gives each value its tensors in an ONNX graph, and makes them when they are
/// first asked for: stored integers and real values, in both orders of axes. A
/// value without stored integers (f32, and accumulators of 32 bits, which ONNX
/// quantises to nothing) has real ones alone.
class QdqGraph {
public:
  explicit QdqGraph(GraphWriter &writer) : writer(writer) {}

  /// Whether the value has stored integers.
  static bool hasIntegers(Value value);
  /// The order of axes in which one of `values` is there and the others can be
  /// had: `Own` unless one of rank 4 is there with its channels first alone.
  Order chooseOrder(mlir::ValueRange values) const;

  /// Names of a value's tensors.
  std::string getIntegers(Value value, Order order = Own);
  std::string getReals(Value value, Order order = Own);
  /// Real values as a contraction multiplies them: all at the largest of a
  /// value's scales, of which weights hold the rest (N1).
  std::string getFactors(Value value, Order order = Own);
  /// What only moves is moved as integers, where there are some.
  std::string getMoved(Value value, Order order = Own) {
    return hasIntegers(value) ? getIntegers(value, order)
                              : getReals(value, order);
  }

  void setIntegers(Value value, Order order, std::string name);
  void setMoved(Value value, Order order, std::string name);
  /// Sets real values as an operation computed them: they are cut off at `min`
  /// and `max`, stored integers of all or of each channel (none: the type's),
  /// and quantised.
  void setComputed(Value value, Order order, std::string reals,
                   ArrayRef<int32_t> min = {}, ArrayRef<int32_t> max = {});

  /// The same with the bounds of a requantisation.
  void setComputed(Value value, Order order, std::string reals,
                   fxp::RequantAttr requant) {
    setComputed(value, order, std::move(reals), requant.getMin().asArrayRef(),
                requant.getMax().asArrayRef());
  }

  /// Adds real values of stored integers that are no value: weights in another
  /// order of elements, whose channels are at `axis`.
  std::string dequantize(const std::string &integers, Type type, int64_t axis,
                         StringRef wanted);

  /// What a value's tensors are called.
  static std::string getName(Value value);

private:
  struct Tensors {
    std::string integers[2], reals[2];
  };
  std::string transpose(const std::string &tensor, Order to, StringRef wanted);
  std::string addConstant(fxp::ConstantOp constant, Order order);
  /// Scale and zero point of a type.
  std::pair<std::string, std::string> getParameters(Type type);
  std::string clamp(std::string reals, Value value, Order order,
                    ArrayRef<int32_t> min, ArrayRef<int32_t> max);

  GraphWriter &writer;
  DenseMap<Value, Tensors> tensors;
  DenseMap<Type, std::pair<std::string, std::string>> parameters;
};

/// The ONNX type of stored integers.
TensorProto::DataType getStorageType(const fxp::QuantView &view);

/// The ONNX type of plain numbers, which stand for themselves; nothing where it
/// has none.
std::optional<TensorProto::DataType> getPlainType(Type element);

/// Writes one operation; fails with a diagnostic where it has no form.
LogicalResult writeOp(Operation *op, QdqGraph &graph, GraphWriter &writer);

} // namespace narrow

#endif // NARROW_LIB_EXPORT_QDQGRAPH_H
