//===- Quantizer.cpp - one function from float to fixed point -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"
#include "DynamicLayers.h"
#include "narrow/Dialect/Fxp/IR/LongAdd.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Plan/Plan.h"
#include "narrow/Plan/StreamType.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/Scheme.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

namespace narrow::quantize {
#define GEN_PASS_DEF_QUANTIZE
#include "narrow/Quantize/Passes.h.inc"
} // namespace narrow::quantize

using namespace narrow;
using namespace narrow::quantize;
namespace tosa = mlir::tosa;

/// Returns whether `op` computes on f32 tensors at all.
static bool touchesFloat(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), isFloatTensor) ||
         llvm::any_of(op->getResultTypes(), isFloatTensor);
}

Value Quantizer::getQuantized(Value value) {
  if (Value found = quantized.lookup(value))
    return found;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(value);
  UniformQuantizedType type = getPlanned(value);
  if (ElementsAttr constant = getConstant(value)) {
    if (!isFloatTensor(value.getType()))
      return {};
    SmallVector<float> values = getFloats(constant);
    if (!llvm::all_of(values, [](float v) { return std::isfinite(v); }))
      return {};
    if (auto given = value.getDefiningOp()->getAttrOfType<mlir::TypeAttr>(
            kConstantTypeAttr);
        given && !type)
      type = dyn_cast<UniformQuantizedType>(given.getValue());
    if (!type) {
      RealRange range;
      for (float v : values)
        range.include({v, v});
      ActivationScheme scheme;
      type = chooseActivationType(builder.getContext(), range, scheme);
    }
    SmallVector<int64_t> stored;
    for (float v : values)
      stored.push_back(toStored(v, type));
    unsigned container = fxp::QuantView(type).getContainerBits();
    auto storage = cast<RankedTensorType>(value.getType())
                       .clone(builder.getIntegerType(container));
    return quantized[value] = fxp::ConstantOp::create(
               builder, value.getLoc(), withElementType(value, type),
               makeConstant(storage, stored));
  }
  if (!type)
    return {};
  return quantized[value] = fxp::QuantizeOp::create(
             builder, value.getLoc(), withElementType(value, type), value);
}

Value Quantizer::getQuantizedAs(Value value, UniformQuantizedType type) {
  if (getConstant(value) && type)
    planned[value] = type;
  return getQuantized(value);
}

Value Quantizer::getLayerInput(Value value) {
  Value stored = getQuantized(value);
  auto found = layerInputs.find(value);
  if (!stored || found == layerInputs.end())
    return stored;
  // One cast for all of them, where the value is made.
  auto &[type, input] = found->second;
  if (!input) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(stored);
    input = coerce(stored, type);
  }
  return input;
}

Value Quantizer::coerce(Value value, UniformQuantizedType type) {
  auto from = cast<UniformQuantizedType>(
      cast<RankedTensorType>(value.getType()).getElementType());
  if (from == type)
    return value;
  if (options.onnxRuntime && from.getStorageTypeIntegralWidth() <= 8 &&
      type.getStorageTypeIntegralWidth() <= 8)
    return fxp::LookupOp::create(
        builder, value.getLoc(), withElementType(value, type), value,
        fxp::buildLookupTable(from, type,
                              roundedToEven([](double x) { return x; }, type)));
  // 16-bit results want every bit of the product, as in `requant`.
  bool wide = type.getStorageTypeIntegralWidth() > 8;
  double ratio = from.getScale() / type.getScale();
  fxp::RequantMode mode = wide && options.requant == fxp::RequantMode::Q15
                              ? fxp::RequantMode::Q31
                              : options.requant;
  // The fewer bits of a wide value may be its upper ones.
  int exponent;
  if (from.getStorageTypeIntegralWidth() == 16 && !wide && ratio < 1 &&
      std::frexp(ratio, &exponent) == 0.5 && !options.onnxRuntime)
    mode = fxp::RequantMode::Pow2;
  FailureOr<fxp::RequantAttr> requant = fxp::chooseElementwiseRequant(
      builder.getContext(), mode, ratio,
      fxp::QuantView(value.getType()).getCenteredRange(), type);
  if (failed(requant))
    return {};
  return fxp::RequantizeOp::create(
      builder, value.getLoc(), withElementType(value, type), value, *requant);
}

/// Returns the name that `value` is observed under, or its tensor's.
static StringRef findTensorName(Value value) {
  for (Operation *user : value.getUsers())
    if (auto observe = dyn_cast<fxp::ObserveOp>(user))
      return observe.getName();
  return findValueName(value);
}

Refusal Quantizer::replace(Operation *op, const Tail &tail, Value value) {
  converted.insert(op);
  converted.insert(tail.ops.begin(), tail.ops.end());
  quantized[tail.result] = value;
  report.quantizedOps += 1 + tail.ops.size();
  // Statistics, repairs and reports find a value again by its name.
  if (Operation *maker = value.getDefiningOp();
      maker && !maker->hasAttr(kNameAttr))
    if (StringRef name = findTensorName(tail.result); !name.empty())
      maker->setAttr(kNameAttr, builder.getStringAttr(name));
  return kConverted;
}

Refusal Quantizer::replace(Operation *op, Value value) {
  Tail tail;
  tail.result = op->getResult(0);
  return replace(op, tail, value);
}

Quantizer::Bounds Quantizer::getBounds(const Tail &tail,
                                       UniformQuantizedType type) const {
  Bounds bounds;
  if (!tail.hasClamp())
    return bounds;
  int64_t low = toStored(tail.low, type), high = toStored(tail.high, type);
  if (low > type.getStorageTypeMin())
    bounds.min = low;
  if (high < type.getStorageTypeMax())
    bounds.max = high;
  return bounds;
}

FailureOr<fxp::RequantAttr> Quantizer::requant(
    Operation *op, ArrayRef<double> ratios, UniformQuantizedType type,
    const Tail *tail, std::string &reason,
    ArrayRef<fxp::IntegerRange> accumulators, ArrayRef<double> biasRemainders) {
  fxp::RequantOptions choice;
  choice.biasRemainders = biasRemainders;
  // Ops without a bias must not lose half a step to the offset.
  if (biasRemainders.empty())
    choice.offsetTolerance = fxp::kExactOffset;
  Bounds bounds;
  if (tail)
    bounds = getBounds(*tail, type);
  if (bounds.min)
    choice.min = *bounds.min;
  if (bounds.max)
    choice.max = *bounds.max;
  choice.accumulators = accumulators;
  // 16-bit results want every bit of the product.
  bool wide = type.getStorageTypeIntegralWidth() > 8;
  fxp::RequantMode mode =
      isLayer(op) ? getWeights(op).getRequant() : options.requant;
  // No f32 holds sums that stay integers.
  bool isSum = type.getStorageTypeIntegralWidth() > 16;
  if ((wide && mode == fxp::RequantMode::Q15) ||
      (isSum && mode == fxp::RequantMode::F32))
    mode = fxp::RequantMode::Q31;
  FailureOr<fxp::RequantAttr> result = fxp::chooseRequant(
      builder.getContext(), mode, ratios, type, choice, &reason);
  if (succeeded(result))
    return result;
  std::string why = reason;
  result = fxp::chooseRequantOrExact(builder.getContext(), mode, ratios, type,
                                     choice, &reason);
  if (succeeded(result))
    note(op, "exact-requantisation", why);
  return result;
}

void Quantizer::note(Operation *op, StringRef kind, StringRef reason) {
  std::string node = getNodeName(op);
  // At the location alone: the op itself is long and says nothing more.
  emitRemark(op->getLoc()) << "'" << node << "': " << reason << " [" << kind
                           << "]";
  report.findings.push_back(
      {kind.str(), node, op->getName().getStringRef().str(), reason.str()});
}

void Quantizer::noteInexact(Operation *op, StringRef reason) {
  note(op, "inexact",
       (Twine("may be a step away from ONNX Runtime's result: ") + reason)
           .str());
}

LogicalResult Quantizer::stayFloat(Operation *op, StringRef reason) {
  if (!options.integerOnly) {
    note(op, "stays-float", (Twine("stays in float: ") + reason).str());
    return success();
  }
  std::string node = getNodeName(op);
  report.findings.push_back(
      {"stays-float", node, op->getName().getStringRef().str(), reason.str()});
  return emitError(op->getLoc())
         << "'" << node << "' (" << op->getName()
         << ") cannot be computed in integers: " << reason;
}

template <typename... NnOps>
Refusal Quantizer::convertOneOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, Refusal>(op).Case<NnOps...>(
      [&](auto match) { return convertNn(match); });
}

/// What no layer of integers reads.
template <>
Refusal Quantizer::convertNn(nn::DynamicFakeQuantizeOp op) {
  return "its scale is only known at run time";
}

/// Layers of floats read these.
template <>
Refusal Quantizer::convertNn(nn::DequantizeWeightsOp op) {
  return "its weights alone are stored in fewer bits";
}

/// Why widths that are planned between 16 bits and those of whole sums (N1)
/// leave `op` in float, if they do.
static Refusal
findLongValue(Operation *op,
              const DenseMap<Value, UniformQuantizedType> &planned) {
  auto isLong = [&](Value value) {
    UniformQuantizedType type = planned.lookup(value);
    unsigned bits = type ? type.getStorageTypeIntegralWidth() : 0;
    return bits > 16 && bits <= fxp::kMostStreamBits;
  };
  bool passesOn = isa<tosa::AddOp, tosa::SubOp>(op);
  bool isNorm = isa<nn::LayerNormOp, nn::RmsNormOp, nn::InstanceNormOp>(op);
  if (!passesOn && !isNorm && llvm::any_of(op->getOperands(), isLong))
    return "an operand has more than 16 bits, which sums and normalisations "
           "alone take";
  if (!passesOn && !isContraction(op) && llvm::any_of(op->getResults(), isLong))
    return "its result has more than 16 bits, which sums and contractions "
           "alone make";
  return std::nullopt;
}

Refusal Quantizer::convert(Operation *op) {
  if (keepFloat.contains(op))
    return "a flag, a plan or what holds accuracy asks for it";
  if (auto refusal = op->getAttrOfType<mlir::StringAttr>(kRefusalAttr))
    return refusal.str();
  if (auto cast = inputCasts.find(op); cast != inputCasts.end())
    return convertToInputCast(op, cast->second);
  if (auto reason = findLongValue(op, planned))
    return reason;
  if (const UnaryFunction *chain = chains->find(op))
    return convertToTable(*chain);
  if (isa<nn::NnDialect>(op->getDialect()))
    return convertOneOf<
#define GET_OP_LIST
#include "narrow/Dialect/Nn/IR/NnOps.cpp.inc"
        ,
#define GET_OP_LIST
#include "narrow/Dialect/Nn/IR/NnDynamicOps.cpp.inc"
        >(op);
  return llvm::TypeSwitch<Operation *, Refusal>(op)
      .Case([&](tosa::ReduceSumOp sum) { return convertReduceSum(sum); })
      .Case([&](tosa::ReduceMaxOp max) { return convertReduceMax(max); })
      .Case([&](tosa::CastOp cast) { return convertCast(cast); })
      .Case([&](tosa::ArgMaxOp argMax) { return convertArgMax(argMax); })
      .Case<tosa::GreaterOp, tosa::GreaterEqualOp, tosa::EqualOp>(
          [&](Operation *op) { return convertComparison(op); })
      .Case([&](tosa::ScatterOp scatter) { return convertPick(scatter); })
      .Case([&](tosa::SelectOp select) -> Refusal {
        // With constants on two sides, a table.
        return convertFunction(select, /*mostBits=*/8) ? convertPick(select)
                                                       : kConverted;
      })
      .Case<tosa::AddOp, tosa::SubOp, tosa::MulOp, tosa::MinimumOp,
            tosa::MaximumOp>([&](Operation *binary) -> Refusal {
        // With a constant on one side a table is exact to one rounding.
        Refusal asTable = convertFunction(binary, /*mostBits=*/8);
        if (!asTable)
          return kConverted;
        Refusal refusal = convertBinary(binary);
        // A large table where nothing else is known.
        return refusal && !convertFunction(binary) ? kConverted : refusal;
      })
      .Default([&](Operation *other) {
        return getMovedOperands(other).empty() ? convertFunction(other)
                                               : convertMovement(other);
      });
}

LogicalResult Quantizer::run() {
  // Before all that looks at values: these layers make others.
  convertDynamicLayers(func, options, keepFloat, report);
  func.walk([&](fxp::ObserveOp observe) {
    if (std::optional<Type> type = observe.getType())
      if (auto uniform = dyn_cast<UniformQuantizedType>(*type))
        planned[observe.getInput()] = uniform;
    if (auto type = observe->getAttrOfType<mlir::TypeAttr>(kLayerTypeAttr))
      layerInputs[observe.getInput()].first =
          cast<UniformQuantizedType>(type.getValue());
  });
  SmallVector<Operation *> order;
  func.walk([&](Operation *op) { order.push_back(op); });
  for (Operation *op : order)
    if (auto form = getInputNormalization(op))
      if (belongsToInputCast(op, *form))
        inputCasts[op] = *form;
  chains.emplace(order, planned, keepFloat,
                 [&](Operation *op) { return inputCasts.contains(op); });
  bool failed = false;
  for (Operation *op : order) {
    if (converted.contains(op) || chains->isInside(op) ||
        op->hasTrait<mlir::OpTrait::ConstantLike>() || !touchesFloat(op) ||
        isa<fxp::ObserveOp, mlir::func::FuncOp, mlir::func::ReturnOp,
            nn::DequantizeWeightsOp>(op) ||
        isa<fxp::FxpDialect>(op->getDialect()))
      continue;
    builder.setInsertionPoint(op);
    if (Refusal refusal = convert(op))
      failed |= mlir::failed(stayFloat(op, *refusal));
    else if (options.onnxRuntime)
      if (auto reason = findFloatOperation(op))
        noteInexact(op, *reason);
  }
  if (failed)
    return failure();
  if (options.io == Interface::Quantized)
    quantizeInterface();
  finish(order);
  return success();
}

/// Gives the function the types that its arguments and results are planned in.
void Quantizer::quantizeInterface() {
  Block &body = func.getBody().front();
  SmallVector<Type> arguments, results;
  for (mlir::BlockArgument argument : body.getArguments()) {
    auto cast = dyn_cast_or_null<fxp::QuantizeOp>(
        quantized.lookup(argument) ? quantized.lookup(argument).getDefiningOp()
                                   : nullptr);
    if (cast) {
      // Float readers, if there are any, get the argument through a cast.
      builder.setInsertionPointToStart(&body);
      Type floatType = argument.getType();
      argument.setType(cast.getType());
      cast.getResult().replaceAllUsesWith(argument);
      quantized.erase(argument);
      bool needsFloat = llvm::any_of(argument.getUsers(), [&](Operation *user) {
        return !isa<fxp::FxpDialect>(user->getDialect()) &&
               !converted.contains(user);
      });
      if (needsFloat) {
        auto asFloat = fxp::DequantizeOp::create(builder, argument.getLoc(),
                                                 floatType, argument);
        argument.replaceUsesWithIf(asFloat, [&](mlir::OpOperand &use) {
          return !isa<fxp::FxpDialect>(use.getOwner()->getDialect());
        });
      }
      cast.erase();
    }
    arguments.push_back(argument.getType());
  }
  auto end = mlir::cast<mlir::func::ReturnOp>(body.getTerminator());
  for (mlir::OpOperand &operand : end->getOpOperands()) {
    if (Value value = isFloatTensor(operand.get().getType())
                          ? getQuantized(operand.get())
                          : Value())
      operand.set(value);
    results.push_back(operand.get().getType());
  }
  func.setFunctionType(builder.getFunctionType(arguments, results));
}

/// Connects what stayed in float by casts and removes what was replaced.
void Quantizer::finish(ArrayRef<Operation *> order) {
  DenseMap<Value, Value> dequantized;
  for (Operation *op : order) {
    if (converted.contains(op) || isa<fxp::ObserveOp>(op))
      continue;
    for (mlir::OpOperand &operand : op->getOpOperands()) {
      Operation *maker = operand.get().getDefiningOp();
      if (!maker || !converted.contains(maker))
        continue;
      Value &asFloat = dequantized[operand.get()];
      if (!asFloat) {
        Value value = quantized.lookup(operand.get());
        builder.setInsertionPointAfterValue(value);
        asFloat =
            isFloatTensor(value.getType())
                ? value
                : fxp::DequantizeOp::create(builder, value.getLoc(),
                                            operand.get().getType(), value);
      }
      operand.set(asFloat);
    }
  }
  // Sorted before anything is erased; users go before what they use.
  SmallVector<Operation *> observers, dead, constants;
  for (Operation *op : llvm::reverse(order)) {
    if (isa<fxp::ObserveOp>(op))
      observers.push_back(op);
    else if (converted.contains(op))
      dead.push_back(op);
    else if (op->hasTrait<mlir::OpTrait::ConstantLike>())
      constants.push_back(op);
  }
  for (Operation *op : observers)
    op->erase();
  for (Operation *op : dead)
    op->erase();
  for (Operation *op : constants)
    if (op->use_empty())
      op->erase();
  // The plan is obeyed; what stayed in float has no use for it.
  func.walk([](Operation *op) {
    op->removeAttr(fxp::kWeightsAttr);
    op->removeAttr(kConstantTypeAttr);
    op->removeAttr(kReasonAttr);
    op->removeAttr(kRefusalAttr);
    op->removeAttr(kSchemeAttr);
    op->removeAttr(kKeepFloatAttr);
  });
}

namespace {
struct QuantizePass : quantize::impl::QuantizeBase<QuantizePass> {
  using Base::Base;
  QuantizePass(const QuantizeOptions &options,
               std::shared_ptr<QuantizeReport> report)
      : Base(options), report(std::move(report)) {}

  void runOnOperation() override {
    QuantizeOptions options{requant,
                            io,
                            plainCasts,
                            onnxRuntime,
                            integerOnly,
                            fullTables,
                            llvm::to_vector(keepFloat)};
    if (onnxRuntime && requant != fxp::RequantMode::F32) {
      getOperation().emitError("expected requant=f32 with onnx-runtime, found ")
          << fxp::stringifyRequantMode(requant);
      return signalPassFailure();
    }
    bool isPossible = true;
    getOperation().walk([&](Operation *op) {
      auto plan = op->getAttrOfType<fxp::WeightsAttr>(fxp::kWeightsAttr);
      std::optional<std::string> obstacle =
          plan ? findObstacle(op, plan) : std::nullopt;
      if (obstacle)
        emitError(op->getLoc()) << *obstacle;
      isPossible &= !obstacle;
    });
    if (!isPossible)
      return signalPassFailure();
    // A misspelt name would otherwise pass unnoticed.
    KeepFloat keep(getOperation(), options.keepFloat);
    for (const std::string &name : keep.getUnknown())
      getOperation().emitError(
          "expected keep-float to name an operation of the "
          "prepared model, found '")
          << name << "'";
    if (!keep.getUnknown().empty())
      return signalPassFailure();
    QuantizeReport local;
    for (auto func : getOperation().getOps<mlir::func::FuncOp>())
      if (!func.isExternal() &&
          failed(Quantizer(func, options, report ? *report : local).run()))
        signalPassFailure();
    getOperation()->removeAttr(kStoredWeightsAttr);
  }

  std::shared_ptr<QuantizeReport> report;
};
} // namespace

std::unique_ptr<mlir::Pass>
quantize::createQuantizePass(const QuantizeOptions &options,
                             std::shared_ptr<QuantizeReport> report) {
  return std::make_unique<QuantizePass>(options, std::move(report));
}
