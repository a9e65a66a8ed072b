//===- TensorBuilder.h - tensor operations that fold constants --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What operator handlers are written with. Every function works on constants
// and on SSA values alike: it computes on the host where all operands are
// constant, and emits TOSA otherwise. Shape arithmetic is thereby evaluated at
// import without a second set of handlers.
//
// Operands have been checked by the handler (axes in range, ranks right) unless
// a function says that it checks. A null operand gives a null result, so that
// an error is reported once.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_BUILD_TENSORBUILDER_H
#define NARROW_LIB_FRONTEND_BUILD_TENSORBUILDER_H

#include "Tensor.h"

namespace narrow::frontend {

enum class BinaryOp {
  Add,
  Sub,
  Mul,
  Div,
  Pow,
  Min,
  Max,
  /// Remainder with the divisor's sign (floored division).
  Mod,
  /// Remainder with the dividend's sign (truncated division).
  FMod,
  And,
  Or,
  Xor,
  BitAnd,
  BitOr,
  BitXor,
  ShiftLeft,
  ShiftRight,
  Equal,
  Greater,
  GreaterOrEqual,
};

enum class UnaryOp {
  Abs,
  BitNot,
  Ceil,
  Cos,
  Erf,
  Exp,
  Floor,
  Log,
  Neg,
  Not,
  Reciprocal,
  Round,
  Sigmoid,
  Sign,
  Sin,
  Sqrt,
  Tanh,
  Trunc,
};

enum class ReduceOp { Sum, Prod, Max, Min };

/// SSA values of constants, so that each is emitted once.
struct ConstantPool {
  /// Elements of the constants that the model's file holds, and of those that
  /// were computed from them.
  int64_t held = 0, computed = 0;
  DenseMap<const Literal *, std::pair<mlir::Value, LiteralPtr>> values;
};

/// Where problems go: both mark the node as failed.
class Reporter {
public:
  virtual ~Reporter() = default;
  /// The model is wrong.
  virtual LogicalResult error(const Twine &message) = 0;
  /// The model is right, but this is not imported.
  virtual LogicalResult unsupported(const Twine &reason) = 0;
};

class TensorBuilder {
public:
  TensorBuilder(OpBuilder &builder, Location loc, ConstantPool &pool,
                Reporter &reporter)
      : builder(builder), loc(loc), pool(pool), reporter(reporter) {}

  OpBuilder &getBuilder() { return builder; }
  Location getLoc() const { return loc; }

  /// Returns the tensor as an SSA value; null for zero elements, which TOSA
  /// does not have (reported as unsupported).
  mlir::Value materialize(const Tensor &tensor);

  /// Returns the module's type for a tensor.
  RankedTensorType getType(DataType type, ArrayRef<int64_t> shape);

  /// Checks that a tensor may have this shape: its rank and its size.
  bool checkSize(ArrayRef<int64_t> shape);
  /// Checks the same for a constant that is computed, and counts it: all of
  /// them are limited (`kMaxComputed`).
  bool checkConstant(ArrayRef<int64_t> shape);

  /// Counts a constant that the model's file holds.
  void countHeld(const Literal &literal) {
    pool.held += frontend::getNumElements(literal.shape);
  }

  /// Creates an op at the node's location.
  template <typename OpT, typename... Args>
  OpT create(Args &&...args) {
    return OpT::create(builder, loc, std::forward<Args>(args)...);
  }

  // Movement (TensorBuilderMovement.cpp).

  /// Gives the tensor a shape of as many elements.
  Tensor reshape(Tensor tensor, ArrayRef<int64_t> shape);
  /// Result axis i is input axis `perm[i]`.
  Tensor transpose(Tensor tensor, ArrayRef<int64_t> perm);
  /// Takes `size[i]` elements from `start[i]` on each axis.
  Tensor slice(Tensor tensor, ArrayRef<int64_t> start, ArrayRef<int64_t> size);
  /// Takes `count` elements of one axis: start, start + step, … (step ≠ 0).
  Tensor slice(Tensor tensor, int64_t axis, int64_t start, int64_t count,
               int64_t step);
  Tensor concat(ArrayRef<Tensor> tensors, int64_t axis);
  /// Pads with a value; amounts are not negative.
  Tensor pad(Tensor tensor, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
             double value);
  Tensor tile(Tensor tensor, ArrayRef<int64_t> repeats);
  /// Broadcasts to a shape by NumPy's rules; checks that it can.
  Tensor broadcastTo(Tensor tensor, ArrayRef<int64_t> shape);
  /// Takes elements of one axis by index; the axis is replaced by the index
  /// tensor's axes. Negative indices count from the end. Checks the range of
  /// constant indices.
  Tensor gather(Tensor tensor, Tensor indices, int64_t axis);
  /// Takes element `places[r, i]` of row `r`; places are in range.
  Tensor gatherRows(Tensor rows, Tensor places);
  /// Replaces rows of `rows` ([count, inner]) at `positions`, which are limited
  /// to those that there are, by those of `updates`, one after the other.
  Tensor scatter(Tensor rows, Tensor positions, Tensor updates);
  Tensor reverse(Tensor tensor, int64_t axis);

  /// `reshape` with axes of size 1 in front, to `rank`.
  Tensor expandRank(Tensor tensor, int64_t rank);

  // Arithmetic (TensorBuilderArithmetic.cpp).

  /// Applies with NumPy's broadcasting, which is checked; operands have one
  /// type. Integers wrap. Comparisons give booleans.
  Tensor binary(BinaryOp op, Tensor lhs, Tensor rhs);
  /// As above with a constant of the tensor's type on the right.
  Tensor binary(BinaryOp op, Tensor lhs, double rhs);
  Tensor unary(UnaryOp op, Tensor tensor);
  /// `condition ? onTrue : onFalse` with broadcasting.
  Tensor select(Tensor condition, Tensor onTrue, Tensor onFalse);
  /// Converts as ONNX's Cast: floats truncate to integers, integers wrap.
  Tensor cast(Tensor tensor, DataType type);
  Tensor clamp(Tensor tensor, double low, double high);

  // Reduction (TensorBuilderReduction.cpp).

  /// Reduces axes, which are sorted and in range.
  Tensor reduce(ReduceOp op, Tensor tensor, ArrayRef<int64_t> axes,
                bool keepDims);
  /// Mean over axes.
  Tensor mean(Tensor tensor, ArrayRef<int64_t> axes, bool keepDims);
  /// Index of the first maximum on an axis, int64, axis kept with size 1.
  Tensor argMax(Tensor tensor, int64_t axis);
  /// Places of the `count` largest, or smallest, elements of each row, in their
  /// order; of equal ones the first comes first. int32, `[rows, count]`.
  Tensor topK(Tensor rows, int64_t count, bool largest);
  /// Batched matrix product by NumPy's rules for `@`; checks the shapes.
  Tensor matmul(Tensor lhs, Tensor rhs);

  /// Returns a zero-rank constant.
  Tensor scalar(DataType type, double value) {
    return Tensor(makeScalar(type, value));
  }

  Reporter &getReporter() { return reporter; }

private:
  mlir::Value makeShape(ArrayRef<int64_t> values);
  Tensor wrap(Tensor tensor);
  Tensor floatRest(const Tensor &lhs, const Tensor &rhs);
  Tensor emitBinary(BinaryOp op, const Tensor &lhs, const Tensor &rhs,
                    ArrayRef<int64_t> shape);

  OpBuilder &builder;
  Location loc;
  ConstantPool &pool;
  Reporter &reporter;
};

/// Computes NumPy's broadcast of two shapes.
std::optional<Shape> broadcastShapes(ArrayRef<int64_t> lhs,
                                     ArrayRef<int64_t> rhs);

/// Returns row-major strides, in elements.
Shape getStrides(ArrayRef<int64_t> shape);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_BUILD_TENSORBUILDER_H
