//===- InputNormalization.cpp - normalisation in an input's cast ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InputNormalization.h"
#include "Quantizer.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

/// How many times coarser than the type of a normalised value an argument's
/// may be for a table, or an addition, to follow the plain cast.
static constexpr double kCoarsestArgument = 1.25;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Follows axes through a reshape: the leading and the trailing ones that stay.
static SmallVector<int64_t> reshapeAxes(ArrayRef<int64_t> axes,
                                        ArrayRef<int64_t> from,
                                        ArrayRef<int64_t> to) {
  SmallVector<int64_t> result(to.size(), -1);
  size_t i = 0;
  for (; i < std::min(from.size(), to.size()) && from[i] == to[i]; ++i)
    result[i] = axes[i];
  size_t left = std::min(from.size(), to.size()) - i;
  for (size_t k = 1; k <= left && from[from.size() - k] == to[to.size() - k];
       ++k)
    result[to.size() - k] = axes[from.size() - k];
  return result;
}

static std::optional<InputNormalization> follow(Value value);

static std::optional<InputNormalization> followMovement(Operation *op) {
  std::optional<InputNormalization> result = follow(op->getOperand(0));
  if (!result)
    return std::nullopt;
  result->movement.push_back(op);
  SmallVector<int64_t> before = result->axes;
  if (auto transpose = dyn_cast<tosa::TransposeOp>(op)) {
    for (auto [axis, perm] : llvm::enumerate(transpose.getPerms()))
      result->axes[axis] = before[perm];
    return result;
  }
  result->axes = reshapeAxes(before, getShape(op->getOperand(0)),
                             getShape(op->getResult(0)));
  return result;
}

/// Gives a form of one number the channels of `axis`.
static bool takeChannels(InputNormalization &form, int64_t axis) {
  if (axis < 0)
    return false;
  if (form.axis < 0) {
    form.axis = axis;
    int64_t count = getShape(form.argument)[axis];
    form.scale.assign(count, form.scale.front());
    form.offset.assign(count, form.offset.front());
  }
  return form.axis == axis;
}

std::optional<InputNormalization>
quantize::getInputNormalization(Operation *op) {
  if (!isa<tosa::AddOp, tosa::SubOp, tosa::MulOp>(op))
    return std::nullopt;
  for (unsigned side : {0u, 1u}) {
    Value constant = op->getOperand(1 - side);
    ElementsAttr attr = getConstant(constant);
    if (!attr || getConstant(op->getOperand(side)) ||
        op->getOperand(side).getType() != op->getResult(0).getType())
      continue;
    std::optional<InputNormalization> form = follow(op->getOperand(side));
    if (!form)
      return std::nullopt;
    SmallVector<float> numbers = getFloats(attr);
    if (llvm::all_equal(numbers)) {
      numbers.assign(form->scale.size(), numbers.front());
    } else {
      // All of them along one axis.
      ArrayRef<int64_t> shape = getShape(constant);
      const int64_t *at = llvm::find_if(shape, [](int64_t n) { return n > 1; });
      if (*at != static_cast<int64_t>(numbers.size()) ||
          !takeChannels(*form, form->axes[at - shape.begin()]))
        return std::nullopt;
    }
    for (auto [scale, offset, number] :
         llvm::zip_equal(form->scale, form->offset, numbers)) {
      double x = number;
      if (isa<tosa::AddOp>(op)) {
        offset += x;
      } else if (isa<tosa::MulOp>(op)) {
        scale *= x;
        offset *= x;
      } else if (side == 0) {
        offset -= x;
      } else {
        scale = -scale;
        offset = x - offset;
      }
      if (!std::isfinite(offset) || !std::isfinite(scale) || scale == 0)
        return std::nullopt;
    }
    return form;
  }
  return std::nullopt;
}

static std::optional<InputNormalization> follow(Value value) {
  if (auto argument = dyn_cast<mlir::BlockArgument>(value)) {
    if (!isFloatTensor(value.getType()))
      return std::nullopt;
    InputNormalization result;
    result.argument = argument;
    result.axes =
        llvm::to_vector(llvm::seq<int64_t>(0, getShape(value).size()));
    result.scale = {1};
    result.offset = {0};
    return result;
  }
  Operation *op = value.getDefiningOp();
  if (isa<tosa::TransposeOp, tosa::ReshapeOp>(op))
    return followMovement(op);
  return getInputNormalization(op);
}

Refusal Quantizer::convertToInputCast(Operation *op,
                                      const InputNormalization &form) {
  UniformQuantizedType type = getPlanned(op->getResult(0));
  SmallVector<float> mean, factor;
  for (auto [scale, offset] : llvm::zip_equal(form.scale, form.offset)) {
    mean.push_back(static_cast<float>(-offset / scale) + 0.0f); // No -0.
    factor.push_back(static_cast<float>(scale / type.getScale()));
  }
  Value cast = fxp::QuantizeOp::create(
      builder, op->getLoc(), withElementType(form.argument, type),
      form.argument, builder.getDenseF32ArrayAttr(mean),
      builder.getDenseF32ArrayAttr(factor),
      form.axis < 0 ? mlir::IntegerAttr()
                    : builder.getI64IntegerAttr(form.axis));
  for (Operation *moving : form.movement) {
    RankedTensorType result = withElementType(moving->getResult(0), type);
    if (auto transpose = dyn_cast<tosa::TransposeOp>(moving))
      cast = fxp::TransposeOp::create(
          builder, moving->getLoc(), result, cast,
          SmallVector<int64_t>(transpose.getPerms().begin(),
                               transpose.getPerms().end()));
    else
      cast = fxp::ReshapeOp::create(builder, moving->getLoc(), result, cast);
  }
  return replace(op, cast);
}

/// Whether the argument's own type has steps that are coarser, for some
/// channel, than those of the form's value; if it has none it cannot serve.
static bool isCoarse(UniformQuantizedType argument, UniformQuantizedType value,
                     const InputNormalization &form) {
  return !argument || llvm::any_of(form.scale, [&](double scale) {
    return std::abs(scale) * argument.getScale() >
           kCoarsestArgument * value.getScale();
  });
}

/// Whether the cast is to do what `op` computes: it has a type of its own that
/// is finer than the argument's, no clamp is folded into it, and the caller
/// passes floats.
bool Quantizer::belongsToInputCast(Operation *op,
                                   const InputNormalization &form) const {
  UniformQuantizedType type = getPlanned(op->getResult(0));
  auto isPossible = [&](auto pair) {
    auto [scale, offset] = pair;
    return std::isnormal(static_cast<float>(scale / type.getScale())) &&
           std::isfinite(static_cast<float>(-offset / scale));
  };
  return type && hasFreeCasts() && !keepFloat.contains(op) &&
         type.getStorageTypeIntegralWidth() <= 16 &&
         getTailOf(op).ops.empty() &&
         isCoarse(getPlanned(form.argument), type, form) &&
         llvm::all_of(llvm::zip_equal(form.scale, form.offset), isPossible);
}
