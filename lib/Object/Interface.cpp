//===- Interface.cpp - inputs and outputs as callers see them -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interface.h"

#include "../../runtime/artefact.h"
#include "narrow/Codegen/MemoryPlan.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/OutputFile.h"

using namespace narrow;
using namespace narrow::object;
namespace quant = mlir::quant;

static uint32_t typeCode(Type element) {
  auto quantised = dyn_cast<quant::QuantizedType>(element);
  if (auto integer = dyn_cast<IntegerType>(element))
    switch (integer.getWidth()) {
    case 1:
      return NARROW_BOOL;
    case 8:
      return integer.isUnsigned() ? NARROW_U8 : NARROW_I8;
    case 16:
      return integer.isUnsigned() ? NARROW_U16 : NARROW_I16;
    case 64:
      return NARROW_I64;
    default:
      return NARROW_I32;
    }
  if (!quantised)
    return NARROW_F32;
  unsigned bits = quantised.getStorageTypeIntegralWidth();
  if (bits <= 8)
    return quantised.isSigned() ? NARROW_I8 : NARROW_U8;
  if (bits <= 16)
    return quantised.isSigned() ? NARROW_I16 : NARROW_U16;
  return NARROW_I32;
}

StringRef object::getCType(uint32_t type) {
  switch (type) {
  case NARROW_F32:
    return "float";
  case NARROW_U8:
    return "uint8_t";
  case NARROW_I8:
    return "int8_t";
  case NARROW_U16:
    return "uint16_t";
  case NARROW_I16:
    return "int16_t";
  case NARROW_I64:
    return "int64_t";
  case NARROW_BOOL:
    return "uint8_t";
  default:
    return "int32_t";
  }
}

ElementKind object::getMetadataKind(uint32_t type) {
  switch (type) {
  case NARROW_F32:
    return ElementKind::F32;
  case NARROW_U8:
    return ElementKind::U8;
  case NARROW_I8:
    return ElementKind::I8;
  case NARROW_U16:
    return ElementKind::U16;
  case NARROW_I16:
    return ElementKind::I16;
  case NARROW_I64:
    return ElementKind::I64;
  case NARROW_BOOL:
    return ElementKind::Bool;
  default:
    return ElementKind::I32;
  }
}

ModelTensor object::toModelTensor(const InterfaceTensor &tensor) {
  ModelTensor result;
  result.name = tensor.name;
  result.kind = getMetadataKind(tensor.type);
  result.shape.assign(tensor.shape.begin(), tensor.shape.end());
  result.scales.assign(tensor.scales.begin(), tensor.scales.end());
  result.zeroPoints.assign(tensor.zeroPoints.begin(), tensor.zeroPoints.end());
  result.axis = tensor.axis;
  return result;
}

static InterfaceTensor describe(Type type, mlir::StringAttr name,
                                const Twine &fallback) {
  auto tensor = cast<RankedTensorType>(type);
  InterfaceTensor result;
  result.name = name ? name.getValue().str() : fallback.str();
  result.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  result.type = typeCode(tensor.getElementType());
  result.bytes = codegen::getCallerLayout(type).bufferBytes;
  if (auto perTensor =
          dyn_cast<quant::UniformQuantizedType>(tensor.getElementType())) {
    result.scales = {perTensor.getScale()};
    result.zeroPoints = {int32_t(perTensor.getZeroPoint())};
  } else if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(
                 tensor.getElementType())) {
    result.scales.assign(perAxis.getScales().begin(),
                         perAxis.getScales().end());
    result.zeroPoints.assign(perAxis.getZeroPoints().begin(),
                             perAxis.getZeroPoints().end());
    result.axis = perAxis.getQuantizedDimension();
  }
  return result;
}

std::vector<InterfaceTensor>
object::describeInputs(mlir::func::FuncOp function) {
  std::vector<InterfaceTensor> inputs;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    inputs.push_back(describe(
        type, function.getArgAttrOfType<mlir::StringAttr>(index, "narrow.name"),
        "input" + Twine(index)));
  return inputs;
}

std::vector<InterfaceTensor>
object::describeOutputs(mlir::func::FuncOp function) {
  std::vector<InterfaceTensor> outputs;
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    outputs.push_back(describe(
        type,
        function.getResultAttrOfType<mlir::StringAttr>(index, "narrow.name"),
        "output" + Twine(index)));
  return outputs;
}

/// Makes the function's type agree with its block and terminator.
static void updateType(mlir::func::FuncOp function) {
  Block &block = function.getBody().front();
  function.setType(
      mlir::FunctionType::get(function.getContext(), block.getArgumentTypes(),
                              block.getTerminator()->getOperandTypes()));
}

llvm::Error object::makeInterfaceQuantized(mlir::func::FuncOp function) {
  Block &block = function.getBody().front();
  for (auto [index, argument] : llvm::enumerate(block.getArguments())) {
    if (!mlir::getElementTypeOrSelf(argument.getType()).isF32() ||
        argument.use_empty())
      continue;
    auto first = dyn_cast<fxp::QuantizeOp>(*argument.getUsers().begin());
    Type type = first ? first.getResult().getType() : Type();
    for (Operation *user : llvm::make_early_inc_range(argument.getUsers())) {
      auto cast = dyn_cast<fxp::QuantizeOp>(user);
      if (!cast || cast.getResult().getType() != type)
        return makeError("expected input " + Twine(index) +
                         " to be quantised to one type for a quantised "
                         "interface");
      cast.getResult().replaceAllUsesWith(argument);
      cast.erase();
    }
    argument.setType(type);
  }
  Operation *terminator = block.getTerminator();
  for (mlir::OpOperand &operand : terminator->getOpOperands()) {
    Value value = operand.get();
    if (!mlir::getElementTypeOrSelf(value.getType()).isF32())
      continue;
    auto cast = value.getDefiningOp<fxp::DequantizeOp>();
    if (!cast)
      return makeError("expected output " + Twine(operand.getOperandNumber()) +
                       " to be a dequantised value for a quantised interface");
    operand.set(cast.getInput());
    if (cast->use_empty())
      cast.erase();
  }
  updateType(function);
  return llvm::Error::success();
}

static bool isPermutation(fxp::TransposeOp op, ArrayRef<int64_t> wanted) {
  return op && op.getPerms() == wanted;
}

static RankedTensorType permute(RankedTensorType type,
                                ArrayRef<int64_t> perms) {
  SmallVector<int64_t> shape;
  for (int64_t axis : perms)
    shape.push_back(type.getDimSize(axis));
  return type.clone(shape);
}

void object::setInterfaceLayout(mlir::func::FuncOp function,
                                InterfaceLayout layout) {
  if (layout != InterfaceLayout::Nhwc)
    return; // ONNX models come as NCHW.
  static const int64_t toNhwc[] = {0, 2, 3, 1}, toNchw[] = {0, 3, 1, 2};
  Block &block = function.getBody().front();
  auto isImage = [](Type type) {
    return cast<RankedTensorType>(type).getRank() == 4;
  };
  for (Value argument : block.getArguments()) {
    if (!isImage(argument.getType()) || argument.use_empty())
      continue;
    // Through the cast, if there is one.
    Value nchw = argument;
    if (argument.hasOneUse())
      if (auto cast = dyn_cast<fxp::QuantizeOp>(*argument.getUsers().begin()))
        nchw = cast.getResult();
    if (!llvm::all_of(nchw.getUsers(), [](Operation *user) {
          return isPermutation(dyn_cast<fxp::TransposeOp>(user), toNhwc);
        }))
      continue;
    for (Operation *user : llvm::make_early_inc_range(nchw.getUsers())) {
      user->getResult(0).replaceAllUsesWith(nchw);
      user->erase();
    }
    argument.setType(
        permute(cast<RankedTensorType>(argument.getType()), toNhwc));
    if (nchw != argument)
      nchw.setType(permute(cast<RankedTensorType>(nchw.getType()), toNhwc));
  }
  for (mlir::OpOperand &operand : block.getTerminator()->getOpOperands()) {
    if (!isImage(operand.get().getType()))
      continue;
    auto cast = operand.get().getDefiningOp<fxp::DequantizeOp>();
    Value nchw = cast ? cast.getInput() : operand.get();
    auto transpose = nchw.getDefiningOp<fxp::TransposeOp>();
    if (!isPermutation(transpose, toNchw))
      continue;
    if (!cast) {
      operand.set(transpose.getInput());
    } else if (cast->hasOneUse()) {
      cast.getInputMutable().set(transpose.getInput());
      cast.getResult().setType(permute(cast.getResult().getType(), toNhwc));
    }
  }
  updateType(function);
}
