//===- Interface.cpp - inputs and outputs as callers see them -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interface.h"

#include "../../runtime/artefact.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Codegen/MemoryPlan.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/Names.h"

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
        type, function.getArgAttrOfType<mlir::StringAttr>(index, kNameAttr),
        "input" + Twine(index)));
  return inputs;
}

std::vector<InterfaceTensor>
object::describeOutputs(mlir::func::FuncOp function) {
  std::vector<InterfaceTensor> outputs;
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    outputs.push_back(describe(
        type, function.getResultAttrOfType<mlir::StringAttr>(index, kNameAttr),
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
      if (cast.normalises())
        return makeError("expected input " + Twine(index) +
                         " to be read as it is for a quantised interface, "
                         "found a normalisation in its cast");
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

static RankedTensorType permute(Type type, ArrayRef<int64_t> perms) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape;
  for (int64_t axis : perms)
    shape.push_back(tensor.getDimSize(axis));
  return tensor.clone(shape);
}

/// Whether `op` permutes axes so, in fixed point or in float: a transpose, or
/// the reshape that one is where channels or pixels are single.
static bool isTranspose(Operation *op, ArrayRef<int64_t> wanted) {
  if (auto transpose = dyn_cast_or_null<fxp::TransposeOp>(op))
    return transpose.getPerms() == wanted;
  if (auto transpose = dyn_cast_or_null<mlir::tosa::TransposeOp>(op))
    return llvm::equal(transpose.getPerms(), wanted);
  if (!llvm::isa_and_nonnull<fxp::ReshapeOp, mlir::tosa::ReshapeOp>(op))
    return false;
  auto from = cast<RankedTensorType>(op->getOperand(0).getType());
  auto to = cast<RankedTensorType>(op->getResult(0).getType());
  if (from.getRank() != 4 || to.getShape() != permute(from, wanted).getShape())
    return false;
  // Axes of size 1 aside, the order stays.
  SmallVector<int64_t> moved;
  for (int64_t axis : wanted)
    if (from.getDimSize(axis) != 1)
      moved.push_back(axis);
  return llvm::is_sorted(moved);
}

static constexpr int64_t kToNhwc[] = {0, 2, 3, 1}, kToNchw[] = {0, 3, 1, 2};

/// Collects what transposes `value` to NHWC; false if something else reads it.
static bool findTransposes(Value value, SmallVector<Operation *> &transposes) {
  llvm::append_range(transposes, value.getUsers());
  return !value.use_empty() &&
         llvm::all_of(value.getUsers(), [](Operation *user) {
           return isTranspose(user, kToNhwc);
         });
}

/// Lets an input come as NHWC if all that reads it, or reads a cast of it,
/// transposes it so.
static bool makeInputNhwc(Value argument) {
  SmallVector<Value> casts;
  SmallVector<Operation *> transposes;
  for (Operation *user : argument.getUsers()) {
    if (auto cast = dyn_cast<fxp::QuantizeOp>(user)) {
      casts.push_back(cast.getResult());
      if (!findTransposes(cast.getResult(), transposes))
        return false;
    } else if (isTranspose(user, kToNhwc)) {
      transposes.push_back(user);
    } else {
      return false;
    }
  }
  if (transposes.empty())
    return false;
  argument.setType(permute(argument.getType(), kToNhwc));
  // The type of a transposed value knows where its axis of scales went.
  for (Value cast : casts) {
    cast.setType((*cast.getUsers().begin())->getResult(0).getType());
    auto op = cast.getDefiningOp<fxp::QuantizeOp>();
    if (std::optional<uint64_t> axis = op.getAxis())
      op.setAxis(llvm::find(kToNhwc, static_cast<int64_t>(*axis)) - kToNhwc);
  }
  for (Operation *transpose : transposes) {
    Value source = transpose->getOperand(0);
    if (source == argument)
      argument.setType(transpose->getResult(0).getType());
    transpose->getResult(0).replaceAllUsesWith(source);
    transpose->erase();
  }
  return true;
}

/// Gives an output as NHWC if it is transposed from that, before a cast or not.
static bool makeOutputNhwc(mlir::OpOperand &output) {
  auto cast = output.get().getDefiningOp<fxp::DequantizeOp>();
  Value nchw = cast ? cast.getInput() : output.get();
  Operation *transpose = nchw.getDefiningOp();
  if (!isTranspose(transpose, kToNchw) || (cast && !cast->hasOneUse()))
    return false;
  if (!cast) {
    output.set(transpose->getOperand(0));
    return true;
  }
  cast.getInputMutable().set(transpose->getOperand(0));
  cast.getResult().setType(permute(cast.getResult().getType(), kToNhwc));
  return true;
}

void object::setInterfaceLayout(mlir::func::FuncOp function,
                                InterfaceLayout layout) {
  // ONNX models come as NCHW. What no kernels can work on is refused later.
  if (layout != InterfaceLayout::Nhwc ||
      !llvm::hasSingleElement(function.getBody()))
    return;
  Block &block = function.getBody().front();
  auto isImage = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == 4;
  };
  for (auto [index, argument] : llvm::enumerate(block.getArguments()))
    if (isImage(argument.getType()) && !makeInputNhwc(argument))
      mlir::emitRemark(argument.getLoc())
          << "input " << index
          << " keeps the model's order of axes: what reads it does not "
             "transpose it to NHWC [io-layout]";
  Operation *terminator = block.getTerminator();
  for (mlir::OpOperand &output : terminator->getOpOperands())
    if (isImage(output.get().getType()) && !makeOutputNhwc(output))
      mlir::emitRemark(output.get().getLoc())
          << "output " << output.getOperandNumber()
          << " keeps the model's order of axes: it is not transposed from "
             "NHWC [io-layout]";
  updateType(function);
}
