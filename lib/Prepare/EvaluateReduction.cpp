//===- EvaluateReduction.cpp - reductions of constants --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include <cmath>

using namespace narrow;
using namespace narrow::prepare;
namespace tosa = mlir::tosa;

/// Calls `combine(result, element)` for each element but the first of each run
/// along `axis`; the first starts the result.
template <typename T, typename Combine>
static SmallVector<T, 0> reduce(ArrayRef<T> values, ArrayRef<int64_t> shape,
                                int64_t axis, Combine combine) {
  int64_t size = shape[axis];
  int64_t inner = ShapedType::getNumElements(shape.drop_front(axis + 1));
  int64_t outer = ShapedType::getNumElements(shape.take_front(axis));
  SmallVector<T, 0> result;
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      T sum = values[o * size * inner + i];
      for (int64_t k = 1; k < size; ++k)
        sum = combine(sum, values[(o * size + k) * inner + i]);
      result.push_back(sum);
    }
  return result;
}

/// Integers are added and multiplied unsigned, which wraps around.
static float toWrapping(float value) { return value; }
static uint64_t toWrapping(int64_t value) { return value; }

std::optional<Elements> prepare::evaluateReduction(Operation *op) {
  if (!isa<tosa::ReduceSumOp, tosa::ReduceMaxOp, tosa::ReduceMinOp,
           tosa::ReduceProductOp, tosa::ReduceAllOp, tosa::ReduceAnyOp>(op))
    return std::nullopt;
  std::optional<Elements> in = readElements(op->getOperand(0));
  if (!in || in->type.getNumElements() == 0)
    return std::nullopt;
  int64_t axis = op->getAttrOfType<mlir::IntegerAttr>("axis").getInt();
  Elements out;
  out.type = cast<RankedTensorType>(op->getResult(0).getType());

  auto reduceBoth = [&](auto combine) {
    if (in->isFloat())
      out.floats = reduce<float>(in->floats, in->shape(), axis, combine);
    else
      out.integers = reduce<int64_t>(in->integers, in->shape(), axis, combine);
    return out;
  };
  if (isa<tosa::ReduceSumOp>(op))
    return reduceBoth([](auto a, auto b) {
      return static_cast<decltype(a)>(toWrapping(a) + toWrapping(b));
    });
  if (isa<tosa::ReduceProductOp>(op))
    return reduceBoth([](auto a, auto b) {
      return static_cast<decltype(a)>(toWrapping(a) * toWrapping(b));
    });
  if (isa<tosa::ReduceAllOp>(op))
    return reduceBoth([](auto a, auto b) { return a && b; });
  if (isa<tosa::ReduceAnyOp>(op))
    return reduceBoth([](auto a, auto b) { return a || b; });
  // Which NaN wins depends on the op's mode: leave those to run time.
  if (llvm::any_of(in->floats, [](float v) { return std::isnan(v); }))
    return std::nullopt;
  if (isa<tosa::ReduceMaxOp>(op))
    return reduceBoth([](auto a, auto b) { return std::max(a, b); });
  return reduceBoth([](auto a, auto b) { return std::min(a, b); });
}
