//===- TensorBuilderCast.cpp - between element types ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostArithmetic.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace narrow;
using namespace narrow::frontend;
namespace tosa = mlir::tosa;

/// Brings a value computed in the storage type back to the range of a narrower
/// ONNX integer type.
Tensor TensorBuilder::wrap(Tensor tensor) {
  if (!tensor || !isInteger(tensor.type) || tensor.literal)
    return tensor;
  unsigned bits = getBitWidth(tensor.type);
  unsigned held =
      getStorageType(builder.getContext(), tensor.type).getIntOrFloatBitWidth();
  if (bits == held)
    return tensor;
  if (isUnsigned(tensor.type))
    return binary(BinaryOp::BitAnd, tensor,
                  static_cast<double>((int64_t(1) << bits) - 1));
  mlir::Type type = tensor.value.getType();
  mlir::Value shift = materialize(
      expandRank(scalar(tensor.type, held - bits), tensor.getRank()));
  mlir::Value up = create<tosa::LogicalLeftShiftOp>(type, tensor.value, shift);
  return {create<tosa::ArithmeticRightShiftOp>(type, up, shift, false),
          tensor.type};
}

Tensor TensorBuilder::cast(Tensor tensor, DataType type) {
  if (!tensor || tensor.type == type)
    return tensor;
  if (tensor.literal) {
    if (!checkConstant(tensor.shape))
      return {};
    Literal result(type, tensor.shape);
    for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
      if (isFloat(type) && isFloat(tensor.type))
        result.floats[i] = tensor.literal->floats[i];
      else if (isFloat(type))
        result.floats[i] = static_cast<float>(tensor.literal->integers[i]);
      else if (isBool(type))
        result.integers[i] = tensor.literal->get(i) != 0;
      else if (!isFloat(tensor.type))
        result.integers[i] = wrapInteger(type, tensor.literal->integers[i]);
      else if (std::abs(tensor.literal->floats[i]) < 9.2e18f)
        result.integers[i] =
            wrapInteger(type, static_cast<int64_t>(tensor.literal->floats[i]));
    }
    return result;
  }
  if (isFloat(type) && isFloat(tensor.type))
    return {tensor.value, type};
  if (isBool(type))
    return unary(UnaryOp::Not,
                 binary(BinaryOp::Equal, tensor, scalar(tensor.type, 0)));
  if (isFloat(tensor.type))
    tensor = unary(UnaryOp::Trunc, tensor);
  RankedTensorType held = getType(type, tensor.shape);
  mlir::Value value = tensor.value;
  if (value.getType() != held)
    value = create<tosa::CastOp>(held, value);
  return wrap({value, type});
}
