//===- Elementwise.cpp - sums, products, clamps and tables ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Support/ConstantData.h"

using namespace narrow;
using namespace narrow::tosatofxp;

/// How an operation on i32 combines its sides, where N47 has that.
static std::optional<fxp::CombineKind> getCombination(Operation *op) {
  if (llvm::isa_and_present<tosa::AddOp>(op))
    return fxp::CombineKind::Add;
  if (llvm::isa_and_present<tosa::SubOp>(op))
    return fxp::CombineKind::Sub;
  if (llvm::isa_and_present<tosa::MaximumOp>(op))
    return fxp::CombineKind::Max;
  if (llvm::isa_and_present<tosa::MinimumOp>(op))
    return fxp::CombineKind::Min;
  if (auto product = dyn_cast_or_null<tosa::MulOp>(op)) {
    auto shift = getConstant(product.getShift());
    if (shift && llvm::all_of(*shift, [](int64_t s) { return s == 0; }))
      return fxp::CombineKind::Mul;
  }
  return std::nullopt;
}

std::optional<Converter::Side> Converter::getSide(Value plain) {
  MLIRContext *context = builder.getContext();
  if (isStorable(plain))
    return Side{getStored(plain, 0), getUnitRequant(context)};
  if (auto values = getConstant(plain)) {
    if (!llvm::all_of(*values, [](int64_t v) { return llvm::isInt<16>(v); }))
      return std::nullopt;
    RankedTensorType type = withElements(plain, builder.getI16Type());
    Type element = getStoredType(context, 16, /*isUnsigned=*/false, 0);
    return Side{fxp::ConstantOp::create(builder, plain.getLoc(),
                                        type.clone(element),
                                        makeConstant(type, *values)),
                getUnitRequant(context)};
  }
  Operation *op = plain.getDefiningOp();
  if (auto cast = dyn_cast_or_null<tosa::CastOp>(op))
    return isStorable(cast.getInput())
               ? std::optional(Side{getStored(cast.getInput(), 0),
                                    getUnitRequant(context)})
               : std::nullopt;
  if (auto reshape = dyn_cast_or_null<tosa::ReshapeOp>(op)) {
    std::optional<Side> side = getSide(reshape.getInput1());
    if (side)
      side->value = fxp::ReshapeOp::create(
          builder, plain.getLoc(),
          withElements(plain, mlir::getElementTypeOrSelf(side->value)),
          side->value);
    return side;
  }
  auto rescale = dyn_cast_or_null<tosa::RescaleOp>(op);
  if (!rescale)
    return std::nullopt;
  FailureOr<Rescale> numbers = Rescale::get(rescale);
  if (failed(numbers) || numbers->isPerChannel())
    return std::nullopt;
  Value input = rescale.getInput();
  int64_t shift = 0;
  // Often there is one to gain bits, and one to the common scale.
  if (auto first = input.getDefiningOp<tosa::RescaleOp>();
      first && !isStorable(input)) {
    FailureOr<Rescale> gain = Rescale::get(first);
    std::optional<int64_t> left =
        succeeded(gain) ? gain->getLeftShift() : std::nullopt;
    if (!left || *left > 30)
      return std::nullopt;
    shift = *left;
    input = first.getInput();
    numbers->inputZero = gain->inputZero;
    numbers->inputUnsigned = gain->inputUnsigned;
  }
  if (!isStorable(input))
    return std::nullopt;
  return Side{getStored(input, numbers->inputZero, numbers->inputUnsigned),
              numbers->getRequant(context), shift};
}

bool Converter::rescaleCombination(tosa::RescaleOp op, const Rescale &rescale) {
  Operation *combination = op.getInput().getDefiningOp();
  std::optional<fxp::CombineKind> kind = getCombination(combination);
  if (!kind || !combination->hasOneUse() || !isStorable(op.getOutput()) ||
      getIntegerBits(op.getInput()) != 32)
    return false;
  std::optional<Side> lhs = getSide(combination->getOperand(0)),
                      rhs = getSide(combination->getOperand(1));
  if (!lhs || !rhs || !fxp::isCombineExact(*kind, lhs->get(), rhs->get()))
    return false;
  Type element = getStoredType(op.getContext(), getIntegerBits(op.getOutput()),
                               rescale.outputUnsigned, rescale.outputZero);
  replace(op, fxp::CombineOp::create(
                  builder, op.getLoc(), withElements(op.getOutput(), element),
                  *kind, lhs->value, lhs->requant, rhs->value, rhs->requant,
                  rescale.getRequant(op.getContext()), lhs->shift, rhs->shift));
  return true;
}

/// The operation in front of a clamp, where that can do its work: the clamp is
/// all that reads its requantised result.
static Operation *getClamped(Value input) {
  auto plain = input.getDefiningOp<fxp::ToIntegersOp>();
  if (!plain || !plain->hasOneUse() || !plain.getInput().hasOneUse())
    return nullptr;
  Operation *op = plain.getInput().getDefiningOp();
  auto facts = dyn_cast_or_null<fxp::FixedPointOpInterface>(op);
  return facts && facts.getRequant() ? op : nullptr;
}

void Converter::convertClamp(tosa::ClampOp op) {
  if (!isStorable(op.getInput()))
    return;
  auto low = cast<mlir::IntegerAttr>(op.getMinVal()).getInt(),
       high = cast<mlir::IntegerAttr>(op.getMaxVal()).getInt();
  auto bounded = [&](fxp::RequantAttr requant) {
    auto bound = [&](mlir::DenseI32ArrayAttr known, int64_t value, bool isMin) {
      SmallVector<int32_t> bounds(known.asArrayRef());
      if (bounds.empty())
        bounds.push_back(value);
      for (int32_t &old : bounds)
        old = isMin ? std::max<int64_t>(old, value)
                    : std::min<int64_t>(old, value);
      return builder.getDenseI32ArrayAttr(bounds);
    };
    return fxp::RequantAttr::get(
        op.getContext(), requant.getMode(), requant.getMultiplier(),
        requant.getShift(), requant.getOffset(),
        bound(requant.getMin(), low, true),
        bound(requant.getMax(), high, false), requant.getGiven());
  };
  unsigned bits = getIntegerBits(op.getInput());
  if (low <= llvm::minIntN(bits) && high >= llvm::maxIntN(bits)) {
    op.getOutput().replaceAllUsesWith(op.getInput());
    return;
  }
  Operation *clamped = getClamped(op.getInput());
  auto known =
      clamped ? clamped->getAttrOfType<fxp::RequantAttr>("requant") : nullptr;
  // Bounds that do not meet leave one of them, which is not what both say.
  if (known && known.getMin().empty() && known.getMax().empty()) {
    clamped->setAttr("requant", bounded(known));
    op.getOutput().replaceAllUsesWith(op.getInput());
    return;
  }
  Value input = getStored(op.getInput());
  replace(op, fxp::RequantizeOp::create(
                  builder, op.getLoc(), input.getType(), input,
                  bounded(getUnitRequant(op.getContext()))));
}

void Converter::convertTable(tosa::TableOp op) {
  auto values = getConstant(op.getTable());
  if (!values || getIntegerBits(op.getInput1()) != 8)
    return;
  Value input = getStored(op.getInput1());
  int64_t zero = findZeroPoint(op.getOutput());
  Type element = getStoredType(op.getContext(), 8, /*isUnsigned=*/false, zero);
  auto type = RankedTensorType::get({256}, builder.getI8Type());
  // Entries are in the order of signed integers; the input may stand for
  // unsigned ones of the same bits.
  if (!fxp::QuantView(input.getType()).isSigned())
    input = getStored(op.getInput1(), 0);
  replace(op, fxp::LookupOp::create(builder, op.getLoc(),
                                    withElements(op.getOutput(), element),
                                    input, makeConstant(type, *values)));
}

/// One entry for each input of 16 bits: the table's value, interpolated to 7
/// bits more, and rescaled.
static SmallVector<int64_t> composeTable(ArrayRef<int64_t> table,
                                         const Rescale &rescale,
                                         fxp::IntegerRange range) {
  SmallVector<int64_t> entries;
  for (int64_t position = 0; position < 65536; ++position) {
    int64_t base = table[position >> 7], next = table[(position >> 7) + 1];
    int64_t value = base * 128 + (next - base) * (position & 127);
    int64_t shift = rescale.shift[0], rounding = int64_t(1) << (shift - 1);
    if (rescale.roundsTwice && shift > 31)
      rounding += value >= 0 ? 1 << 30 : -(1 << 30);
    value = (value * rescale.multiplier[0] + rounding) >> shift;
    entries.push_back(
        std::clamp(value + rescale.outputZero, range.lo, range.hi));
  }
  return entries;
}

bool Converter::rescaleTable(tosa::RescaleOp op, const Rescale &rescale) {
  auto lookup = op.getInput().getDefiningOp<tosa::TableOp>();
  if (!lookup || !lookup->hasOneUse() || !isStorable(op.getOutput()) ||
      getIntegerBits(lookup.getInput1()) != 16 || rescale.isPerChannel())
    return false;
  auto table = getConstant(lookup.getTable());
  if (!table)
    return false;
  Value input = getStored(lookup.getInput1(), 0);
  unsigned bits = getIntegerBits(op.getOutput());
  Type element = getStoredType(op.getContext(), bits, rescale.outputUnsigned,
                               rescale.outputZero);
  RankedTensorType type = withElements(op.getOutput(), element);
  // 7 bits more and 7 bits less are the interpolation of N46.
  if (!rescale.roundsTwice && rescale.outputZero == 0 && bits == 16 &&
      !rescale.outputUnsigned && rescale.shift[0] < 38 &&
      int64_t(rescale.multiplier[0]) << 7 == int64_t(1) << rescale.shift[0]) {
    auto entries = RankedTensorType::get({513}, builder.getI16Type());
    replace(op, fxp::InterpolateOp::create(builder, op.getLoc(), type, input,
                                           makeConstant(entries, *table),
                                           builder.getDenseI32ArrayAttr({7}),
                                           builder.getI32IntegerAttr(0),
                                           mlir::IntegerAttr(),
                                           mlir::IntegerAttr()));
    return true;
  }
  auto entries = RankedTensorType::get({65536}, builder.getIntegerType(bits));
  replace(op, fxp::LookupOp::create(
                  builder, op.getLoc(), type, input,
                  makeConstant(entries, composeTable(*table, rescale,
                                                     fxp::QuantView(element)
                                                         .getStorageRange()))));
  return true;
}
