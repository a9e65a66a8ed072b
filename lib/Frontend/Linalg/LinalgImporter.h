//===- LinalgImporter.h - functions of linalg as the float level -*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks a function operation by operation and writes what each computes with
// the builder that ONNX nodes are written with. A value whose elements repeat
// along an axis is held with a size of 1 there, so that what `linalg.fill` and
// `linalg.broadcast` make costs nothing until somebody needs it whole.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_LINALG_LINALGIMPORTER_H
#define NARROW_LIB_FRONTEND_LINALG_LINALGIMPORTER_H

#include "../Build/TensorBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/StringSet.h"

namespace narrow::frontend {

class LinalgImporter : public Reporter {
public:
  explicit LinalgImporter(mlir::func::FuncOp function);

  /// Rewrites the function; fails after an error at the first operation that is
  /// not understood.
  LogicalResult run();

private:
  /// Values of a region while it is evaluated, one Tensor for all iterations:
  /// axes are the loops, those along which it does not vary have size 1.
  using Scope = DenseMap<Value, Tensor>;

  // Reporter: errors are at the operation that is converted.
  LogicalResult error(const Twine &message) override;
  LogicalResult unsupported(const Twine &reason) override;

  // Values (LinalgImporter.cpp).

  /// What stands for a value: repeated axes have size 1.
  Tensor get(Value value);
  /// The same with its own shape.
  Tensor getWhole(Value value);
  LogicalResult set(Value value, Tensor tensor);
  /// The element type, or nothing after an error.
  std::optional<DataType> getElementType(mlir::Type type);

  LogicalResult convert(Operation *op);
  LogicalResult finish();
  /// Gives what an operation made the name of its place in the model.
  void nameResult(Operation *op, const Tensor &tensor);

  // Tensor operations (TensorOps.cpp).

  LogicalResult convertTensorOp(Operation *op);
  LogicalResult convertPad(Operation *op);
  LogicalResult convertShape(Operation *op);
  LogicalResult convertSlice(Operation *op);
  LogicalResult convertInsert(Operation *op);
  LogicalResult convertSoftmax(Operation *op);

  // Loop nests (Structured.cpp).

  LogicalResult convertStructured(mlir::linalg::LinalgOp op);
  LogicalResult convertParallel(mlir::linalg::LinalgOp op);
  LogicalResult convertReduction(mlir::linalg::LinalgOp op);
  /// An operand as a tensor over the loops.
  Tensor align(const Tensor &tensor, mlir::AffineMap map);
  /// A tensor with an axis for each of `loops` as the operand that `map`
  /// writes.
  Tensor scatter(const Tensor &tensor, ArrayRef<unsigned> loops,
                 mlir::AffineMap map);
  /// A tensor over all loops as the operand that `map` writes.
  Tensor scatter(const Tensor &tensor, mlir::AffineMap map);
  /// A tensor with an axis for each of `loops` as one over all loops.
  Tensor spread(const Tensor &tensor, ArrayRef<unsigned> loops,
                unsigned numLoops);
  /// Permutes axes and gives the tensor a shape, by as little as that takes.
  Tensor arrange(const Tensor &tensor, ArrayRef<int64_t> order,
                 ArrayRef<int64_t> shape);
  /// Evaluates all that can be from the arguments in `scope`.
  LogicalResult evaluateBody(Block &body, Scope &scope);
  /// Adds what the sums of `op` start from, where that is not zero.
  Tensor addInit(mlir::linalg::LinalgOp op, Tensor sums, unsigned result = 0,
                 ReduceOp kind = ReduceOp::Sum);

  // Contractions and windows (Contractions.cpp, Windows.cpp).

  LogicalResult convertContraction(mlir::linalg::LinalgOp op);
  LogicalResult convertWindow(mlir::linalg::LinalgOp op);
  LogicalResult
  convertConvolution(mlir::linalg::LinalgOp op,
                     const mlir::linalg::ConvolutionDimensions &d);
  LogicalResult convertPool(mlir::linalg::LinalgOp op, ReduceOp kind,
                            const mlir::linalg::ConvolutionDimensions &d);
  /// An operand of a window as `[N, H, W, C]`, given which axes are what.
  Tensor toImage(const Tensor &tensor, ArrayRef<int64_t> batch,
                 ArrayRef<int64_t> spatial, ArrayRef<int64_t> channels);
  /// An image with axes that are these loops, as the result of `op`.
  Tensor fromImage(mlir::linalg::LinalgOp op, const Tensor &image,
                   ArrayRef<unsigned> loops);
  /// The mean of each channel of `[N, C, H, W]`.
  Tensor meanOfImage(const Tensor &tensor);

  // Scalars (Scalars.cpp, Extract.cpp).

  /// Computes an operation of arith, math or on indices for all iterations.
  Tensor evaluate(Operation *op, ArrayRef<Tensor> operands, unsigned numLoops);
  Tensor evaluateFloat(Operation *op, ArrayRef<Tensor> operands);
  Tensor evaluateInteger(Operation *op, ArrayRef<Tensor> operands);
  Tensor compareFloats(mlir::arith::CmpFOp op, Tensor lhs, Tensor rhs);
  Tensor divide(Tensor lhs, Tensor rhs);
  /// Elements of a tensor at positions of each iteration.
  Tensor extract(Tensor source, ArrayRef<Tensor> indices, unsigned numLoops);

  /// A sum that becomes a mean where it is divided by its number of terms.
  struct Sum {
    int64_t count;
    std::function<Tensor()> makeMean;
  };
  /// An image with zeros between its elements, whose plain convolution is a
  /// transposed one.
  struct Spaced {
    Tensor image;
    SmallVector<int64_t> offsets, strides;
  };

  mlir::func::FuncOp function;
  OpBuilder builder;
  ConstantPool pool;
  Operation *current = nullptr;
  std::optional<TensorBuilder> b;
  bool hasError = false, saidWide = false;
  DenseMap<Value, Tensor> values;
  DenseMap<Value, Sum> sums;      ///< By the value of the sum.
  DenseMap<Value, Spaced> spaced; ///< By the value in the source.
  llvm::StringSet<> names;
};

/// A type or a map as diagnostics have it, in quotes.
template <typename T>
std::string print(const T &printable) {
  std::string text;
  llvm::raw_string_ostream(text) << "'" << printable << "'";
  return text;
}

/// How a region reduces: the value that each iteration combines with result
/// `result` so far, or nothing where it does something else.
std::optional<std::pair<ReduceOp, Value>> matchReduction(Block &body,
                                                         unsigned result);

/// The x of 1 / (1 + exp(-x)), or null.
Value matchSigmoid(Operation *op);

/// The name for what an operation of a model makes: its location's, or file and
/// line of the call and what it computes.
std::string getPlaceName(Operation *op);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_LINALG_LINALGIMPORTER_H
