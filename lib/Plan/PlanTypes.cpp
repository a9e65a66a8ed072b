//===- PlanTypes.cpp - choose the type of every observed value ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values that only data movement separates form a group with one type. The
// group's range is the union of its members' ranges; its width follows from
// who makes and who reads its members. A group ends where a fixed type meets
// values that it cannot hold, or another fixed type.
//
//===----------------------------------------------------------------------===//

#include "TypeGroup.h"
#include "ValueRoles.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Fxp/IR/ObserverAttributes.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Plan/FineValues.h"
#include "narrow/Plan/Parts.h"
#include "narrow/Plan/Passes.h"
#include "narrow/Plan/Plan.h"
#include "narrow/Plan/StreamType.h"
#include "narrow/Plan/TypeChoice.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

namespace narrow {
#define GEN_PASS_DEF_PLANTYPES
#include "narrow/Plan/Passes.h.inc"
} // namespace narrow

using namespace narrow;
using namespace narrow::plan;
using mlir::quant::UniformQuantizedType;

/// What 16-bit types hold beyond the calibrated extremes: new data exceeds
/// those of few samples, clipping costs far more than a bit of sixteen. What
/// additions of an 8-bit result read needs none: it is clipped.
static constexpr double kWideHeadroom = 2;
/// The same of single values that are asked for: where eight bits had too few
/// steps, half of sixteen bits' may be too few as well. In front of a
/// normalisation of small channels a headroom of 2 costs 5 dB, none costs 9 in
/// a chain of 28 layers whose values new data exceeds.
static constexpr double kAskedHeadroom = 1.125;

/// How many times coarser than a part's own eight bits the type of the whole
/// may be before the parts are kept apart.
static constexpr double kCoarsestPart = 4;

namespace {
/// The type of a group, that in which layers read it where it is another
/// one, and why.
struct Choice {
  UniformQuantizedType type, layers;
  StringRef reason;
};

/// What the user said about one value.
struct Override {
  std::optional<RealRange> range;
  std::string storage;
};

struct PlanTypesPass : impl::PlanTypesBase<PlanTypesPass> {
  using Base::Base;
  PlanTypesPass(const PlanTypesOptions &options, RangeSource source)
      : Base(options), source(std::move(source)) {}
  void runOnOperation() override;

private:
  LogicalResult readOptions();
  void reportUnknownNames();
  LogicalResult plan(mlir::func::FuncOp func);
  void planConstants(mlir::func::FuncOp func);
  /// Gives constants among values of 16 bits as many.
  void widenConstants();
  void fixSoftmax(Group &group, Value member);
  LogicalResult readRanges(Group &group);
  /// Marks the concatenations whose parts keep their own types up to the
  /// function's results: nothing computes with the whole, and the type of the
  /// whole would be too coarse for one of them.
  void markParts(mlir::func::FuncOp func, DenseMap<void *, Group> &demands,
                 const KeepFloat &keepFloat);
  UniformQuantizedType choosePlainType(const Group &group);
  RealRange getRange(const Group &group, unsigned width) const;
  FailureOr<Choice> chooseType(const Group &group, const KeepFloat &keepFloat);
  /// As the user asked for it.
  FailureOr<Choice> chooseAskedType(const Group &group);

  llvm::StringMap<Override> overrides;
  RangeSource source;
  /// What eight bits are too few for.
  llvm::DenseSet<Value> fine;
  /// Constants whose types are planned here, and what they hold.
  SmallVector<std::pair<Operation *, RealRange>> constants;
};
} // namespace

/// Reads NAME=LOW:HIGH and NAME=STORAGE.
LogicalResult PlanTypesPass::readOptions() {
  auto error = [&](const std::string &text, StringRef expected) {
    return emitError(getOperation().getLoc())
           << "expected " << expected << ", found '" << text << "'";
  };
  if (bits < 2 || bits > 16)
    return emitError(getOperation().getLoc())
           << "expected 2 to 16 bits, found " << bits.getValue();
  if (residualBits != 8 && residualBits != 16)
    return emitError(getOperation().getLoc())
           << "expected residual-bits of 8 or 16, found "
           << residualBits.getValue();
  if (residualStreamBits != 8 && residualStreamBits != 16)
    return emitError(getOperation().getLoc())
           << "expected residual-stream-bits of 8 or 16, found "
           << residualStreamBits.getValue();
  for (const std::string &text : ranges) {
    auto range = parseRange(text);
    if (!range)
      return error(text, "range NAME=LOW:HIGH");
    overrides[range->first].range = range->second;
  }
  for (const std::string &text : types) {
    auto [name, storage] = StringRef(text).rsplit('=');
    if (name.empty() || !parseStorages(storage))
      return error(text, ("type NAME=TYPE of " + kStorageNames +
                          ", or i16/TYPE with what layers read")
                             .str());
    overrides[name].storage = storage.str();
  }
  return success();
}

/// Whether `part` is `type` with a narrower range, which plans do not write.
static bool isPartOf(UniformQuantizedType part, UniformQuantizedType type) {
  return part && type && part.getStorageType() == type.getStorageType() &&
         part.getFlags() == type.getFlags() &&
         part.getScale() == type.getScale() &&
         part.getZeroPoint() == type.getZeroPoint() &&
         part.getStorageTypeMin() >= type.getStorageTypeMin() &&
         part.getStorageTypeMax() <= type.getStorageTypeMax();
}

/// Fixes the type of what a softmax makes, by its rows and its range.
void PlanTypesPass::fixSoftmax(Group &group, Value member) {
  auto softmax = member.getDefiningOp<nn::SoftmaxOp>();
  if (!softmax)
    return;
  double largest = 1;
  bool isWide = plan::isRoundedTo16Bits(member);
  for (Operation *user : member.getUsers()) {
    auto observe = dyn_cast<fxp::ObserveOp>(user);
    if (!observe)
      continue;
    auto given = overrides.find(observe.getName());
    isWide |= given != overrides.end() && given->second.storage == "i16";
    auto type = dyn_cast_or_null<UniformQuantizedType>(
        observe.getType().value_or(Type()));
    isWide |= type && type.getStorageTypeIntegralWidth() == 16;
    std::optional<ArrayRef<double>> extremes = observe.getExtremes();
    if (extremes && extremes->size() == 2)
      largest = std::min(1.0, kWideHeadroom * (*extremes)[1]);
  }
  int64_t length = softmax.getType().getDimSize(softmax.getAxis());
  group.fixed = chooseSoftmaxType(&getContext(), length, largest, isWide);
}

/// Gathers ranges, names and fixed types of the group's members.
LogicalResult PlanTypesPass::readRanges(Group &group) {
  for (Value member : group.members) {
    fixSoftmax(group, member);
    // What samples did not ask for is in a table as well.
    if (auto gather = member.getDefiningOp<mlir::tosa::GatherOp>())
      if (ElementsAttr table = getConstant(gather.getValues()))
        for (float v : getFloats(table))
          if (std::isfinite(v))
            group.includeRest({v, v});
    for (Operation *user : member.getUsers()) {
      auto observe = dyn_cast<fxp::ObserveOp>(user);
      if (!observe)
        continue;
      if (std::optional<Type> given = observe.getType()) {
        auto type = dyn_cast<UniformQuantizedType>(*given);
        group.isGivenApart |= !type;
        if (!isPartOf(group.fixed, type))
          group.fixed = type;
      }
      std::optional<RealRange> range;
      if (std::optional<ArrayRef<double>> found = observe.getRange()) {
        if (found->size() != 2 || !std::isfinite((*found)[0]) ||
            !std::isfinite((*found)[1]) || !((*found)[0] <= (*found)[1]))
          return observe.emitError("expected a range of two finite numbers, "
                                   "the lower one first, for '")
                 << observe.getName() << "'";
        range = RealRange{(*found)[0], (*found)[1]};
      }
      if (auto reason = observe->getAttrOfType<mlir::StringAttr>(kReasonAttr))
        group.reason = reason.str();
      auto given = overrides.find(observe.getName());
      if (given != overrides.end()) {
        if (given->second.range)
          range = given->second.range;
        if (!given->second.storage.empty())
          group.storage = given->second.storage;
      }
      if (!range) {
        group.isFinite &= !observe.getNotFinite();
        continue;
      }
      std::optional<RealRange> wide = range;
      std::optional<ArrayRef<double>> extremes = observe.getExtremes();
      bool isGiven = given != overrides.end() && given->second.range;
      if (!extremes || isGiven) {
        group.isCalibrated = false;
        group.includeRest(*range);
        continue;
      }
      wide = RealRange{(*extremes)[0], (*extremes)[1]};
      auto takeLeast = [&](StringRef name, double &least) {
        auto size = observe->getAttrOfType<mlir::FloatAttr>(name);
        if (size && size.getValueAsDouble() > 0)
          least = least > 0 ? std::min(least, size.getValueAsDouble())
                            : size.getValueAsDouble();
      };
      takeLeast(fxp::kRmsAttr, group.leastRms);
      takeLeast(fxp::kTypicalAttr, group.leastTypical);
      group.include(*range, *wide);
      group.estimated.push_back(observe.getName());
    }
  }
  return success();
}

/// Returns the type of scale 1 and zero point 0 for a group that casts make
/// from integers, or make integers of, where their range fits it: 8 bits, or 16
/// where a cast to integers rounds. Null for any other group.
UniformQuantizedType PlanTypesPass::choosePlainType(const Group &group) {
  bool isResult = plan::becomeIntegers(group.members);
  if (bits != 8 || !group.range ||
      (!isResult && !llvm::all_of(group.members, [](Value member) {
        return plan::makesIntegers(member.getDefiningOp());
      })))
    return {};
  RealRange range = *group.wideRange;
  auto make = [&](bool isSigned, unsigned width) -> UniformQuantizedType {
    int64_t low = isSigned ? llvm::minIntN(width) : 0;
    int64_t high = isSigned ? llvm::maxIntN(width) : llvm::maxUIntN(width);
    if (range.low < low || range.high > high)
      return {};
    return UniformQuantizedType::get(
        isSigned ? mlir::quant::QuantizationFlags::Signed : 0,
        IntegerType::get(&getContext(), width),
        mlir::Float32Type::get(&getContext()), 1.0, 0, low, high);
  };
  UniformQuantizedType type = make(false, 8);
  if (!type)
    type = make(true, 8);
  return type || !isResult ? type : make(true, 16);
}

/// Returns the group's range as it is estimated for `width` bits: what is on
/// the observers is so for `bits`.
RealRange PlanTypesPass::getRange(const Group &group, unsigned width) const {
  if (!source || width == bits)
    return *group.range;
  std::optional<RealRange> range = group.rest;
  for (StringRef name : group.estimated) {
    std::optional<RealRange> estimate = source(name, width);
    if (!estimate)
      return *group.range;
    if (range)
      range->include(*estimate);
    else
      range = estimate;
  }
  return range.value_or(*group.range);
}

FailureOr<Choice> PlanTypesPass::chooseAskedType(const Group &group) {
  if (!group.range)
    return failure();
  auto choose = [&](Storage storage) {
    return chooseActivationType(
        &getContext(), getRange(group, storage.bits),
        {storage.bits, symmetric, pow2, storage.isSigned});
  };
  Storages storages = *parseStorages(group.storage);
  if (storages.layers) {
    UniformQuantizedType narrow = choose(*storages.layers);
    return Choice{chooseStreamType(narrow, *group.wideRange), narrow, "asked"};
  }
  if (storages.value.bits > 8)
    return Choice{chooseLongType(&getContext(),
                                 group.getWideRange(kAskedHeadroom),
                                 storages.value.bits, pow2),
                  {},
                  "asked"};
  return Choice{choose(storages.value), {}, "asked"};
}

FailureOr<Choice> PlanTypesPass::chooseType(const Group &group,
                                            const KeepFloat &keepFloat) {
  if (!group.isFinite)
    return failure();
  // Of softmax's types one has 16 bits, too.
  if (group.storage == "i16" && group.fixed &&
      group.fixed.getStorageTypeIntegralWidth() == 16)
    return Choice{group.fixed, {}, "asked"};
  if (!group.storage.empty())
    return chooseAskedType(group);
  if (group.fixed) {
    bool isSoftmax = llvm::any_of(group.members, [](Value member) {
      return llvm::isa_and_nonnull<nn::SoftmaxOp>(member.getDefiningOp());
    });
    return Choice{group.fixed, {}, isSoftmax ? "softmax" : "given"};
  }
  if (!group.range)
    return failure();
  if (UniformQuantizedType plain = choosePlainType(group))
    return Choice{plain, {}, "integers"};
  auto choose = [&](double headroom, StringRef reason) {
    return Choice{
        chooseWideType(&getContext(), group.getWideRange(headroom), pow2),
        {},
        reason};
  };
  // Normalised rows are of one size, whatever they were before: those that were
  // small beside the range have no steps in eight bits.
  bool isNormalized = residualBits == 16 && plan::areNormalized(group.members);
  bool isRecurrent = wideResults && plan::areRecurrent(group.members);
  if (isRecurrent ||
      (!isNormalized && wideResults && plan::isWide(group.members, keepFloat)))
    return choose(kWideHeadroom, isRecurrent ? "recurrent" : "result");
  // What only sums make and read may have more than 16 bits.
  auto chooseSum = [&](double headroom, StringRef reason) {
    return Choice{chooseSumType(&getContext(), group,
                                group.getWideRange(headroom), keepFloat, pow2),
                  {},
                  reason};
  };
  if (isNormalized)
    return chooseSum(kWideHeadroom, "normalized");
  if (bits == 8 && llvm::any_of(group.members, [&](Value member) {
        return fine.contains(member);
      }))
    return choose(1, "steep");
  if (residualBits == 16 && plan::isResidual(group.members, keepFloat))
    return chooseSum(bits > 8 ? kWideHeadroom : 1, "residual");
  if (bits > 8)
    return choose(kWideHeadroom, "plain");
  UniformQuantizedType plain = chooseActivationType(
      &getContext(), *group.range, {bits, symmetric, pow2, std::nullopt});
  if (bits == 8 && hasOutliers(group, plain))
    return choose(kWideHeadroom, "outliers");
  if (bits == 8 && residualStreamBits == 16 &&
      plan::isStream(group.members, keepFloat))
    return Choice{chooseStreamType(plain, *group.wideRange), plain, "stream"};
  return Choice{plain, {}, "plain"};
}

/// Returns the range of what is moved into `value`, or nothing.
static std::optional<RealRange> getPartRange(Value value,
                                             DenseMap<void *, Group> &demands) {
  RealRange range{0, 0};
  if (ElementsAttr constant = getConstant(value)) {
    for (float v : getFloats(constant))
      range.include({v, v});
    return range;
  }
  const Group &demand = demands[value.getAsOpaquePointer()];
  if (demand.fixed)
    return getHeldRange(demand.fixed);
  if (demand.range)
    return demand.range;
  SmallVector<Value> moved;
  if (Operation *op = value.getDefiningOp())
    moved = getMovedOperands(op);
  for (Value operand : moved) {
    std::optional<RealRange> part = getPartRange(operand, demands);
    if (!part)
      return std::nullopt;
    range.include(*part);
  }
  return moved.empty() ? std::nullopt : std::optional(range);
}

void PlanTypesPass::markParts(mlir::func::FuncOp func,
                              DenseMap<void *, Group> &demands,
                              const KeepFloat &keepFloat) {
  func.walk([&](mlir::tosa::ConcatOp op) {
    if (!isFloatTensor(op.getType()) || keepFloat.contains(op) ||
        !leavesByMovement(op.getResult()))
      return;
    SmallVector<Value> whole = {op.getResult()};
    RealRange range{0, 0};
    double least = std::numeric_limits<double>::infinity();
    bool isKnown = true, isGiven = false;
    for (Value operand : op->getOperands()) {
      std::optional<RealRange> part = getPartRange(operand, demands);
      isKnown &= part && std::isfinite(part->low) && std::isfinite(part->high);
      if (!isKnown)
        break;
      part->include({0, 0});
      range.include(*part);
      // A part of nothing but zeros is exact in any type.
      if (part->high > part->low)
        least = std::min(least, part->high - part->low);
      if (getConstant(operand))
        continue;
      whole.push_back(operand);
      isGiven |= demands[operand.getAsOpaquePointer()].isGivenApart;
    }
    double step = (range.high - range.low) / 255;
    if (isKnown && wideResults && plan::isWide(whole, keepFloat))
      step = kWideHeadroom * std::max(-range.low, range.high) / 32767;
    bool isCoarse = isKnown && !isGiven && step > kCoarsestPart * least / 255;
    if (isCoarse || llvm::any_of(op->getOperands(), comesFromParts))
      op->setAttr(kPartsAttribute, mlir::UnitAttr::get(&getContext()));
  });
}

/// Gives constants types of their own, which movement and what shares a scale
/// with its other operands does not need.
void PlanTypesPass::planConstants(mlir::func::FuncOp func) {
  func.walk([&](Operation *op) {
    if (op->getNumResults() != 1 || !isFloatTensor(op->getResult(0).getType()))
      return;
    Value value = op->getResult(0);
    ElementsAttr constant = getConstant(value);
    bool isRead = llvm::any_of(value.getUses(), [](mlir::OpOperand &use) {
      return !isLayer(use.getOwner()) || use.getOperandNumber() == 0;
    });
    if (!constant || !isRead || op->hasAttr(kConstantTypeAttr))
      return;
    RealRange range;
    for (float v : getFloats(constant)) {
      if (!std::isfinite(v))
        return;
      range.include({v, v});
    }
    op->setAttr(kConstantTypeAttr,
                mlir::TypeAttr::get(chooseActivationType(
                    &getContext(), range, {8, symmetric, pow2, std::nullopt})));
    constants.emplace_back(op, range);
  });
}

void PlanTypesPass::widenConstants() {
  for (auto [op, range] : constants)
    if (plan::isAmongWide(op->getResult(0)))
      op->setAttr(kConstantTypeAttr, mlir::TypeAttr::get(chooseWideType(
                                         &getContext(), range, pow2)));
  constants.clear();
}

LogicalResult PlanTypesPass::plan(mlir::func::FuncOp func) {
  planConstants(func);
  KeepFloat keep(func, llvm::to_vector(keepFloat));
  llvm::EquivalenceClasses<void *> classes;
  SmallVector<Value> values;
  auto add = [&](Value value) {
    if (isFloatTensor(value.getType()) && !getConstant(value)) {
      values.push_back(value);
      classes.insert(value.getAsOpaquePointer());
    }
  };
  for (Value argument : func.getArguments())
    add(argument);
  func.walk([&](Operation *op) {
    for (Value result : op->getResults())
      add(result);
  });

  DenseMap<void *, Group> demands;
  for (Value value : values) {
    Group &demand = demands[value.getAsOpaquePointer()];
    demand.members.push_back(value);
    if (failed(readRanges(demand)))
      return failure();
  }
  auto getDemand = [&](Value value) -> Group & {
    return demands[classes.getLeaderValue(value.getAsOpaquePointer())];
  };
  // `to` leads.
  auto unite = [&](Value from, Value to) {
    if (classes.isEquivalent(from.getAsOpaquePointer(),
                             to.getAsOpaquePointer()) ||
        !canShareType(getDemand(from), getDemand(to)))
      return;
    Group joined = getDemand(to);
    joined.join(getDemand(from));
    classes.unionSets(from.getAsOpaquePointer(), to.getAsOpaquePointer());
    getDemand(to) = joined;
  };
  fine = findFineValues(
      func,
      [&](Value value) {
        return demands[value.getAsOpaquePointer()].wideRange;
      },
      keep);
  markParts(func, demands, keep);
  func.walk([&](Operation *op) {
    SmallVector<Value> moved = getMovedOperands(op);
    if (moved.empty() || !isFloatTensor(op->getResult(0).getType()) ||
        keep.contains(op) || op->hasAttr(kPartsAttribute))
      return;
    Value result = op->getResult(0);
    // A result without a range of its own takes what is moved into it.
    if (!getDemand(result).range)
      for (Value operand : moved) {
        if (ElementsAttr constant = getConstant(operand)) {
          for (float v : getFloats(constant))
            getDemand(result).include({v, v}, {v, v});
          continue;
        }
        Group from = getDemand(operand);
        if (from.range)
          getDemand(result).include(*from.range, *from.wideRange);
        else if (from.fixed)
          getDemand(result).include(getHeldRange(from.fixed),
                                    getHeldRange(from.fixed));
      }
    for (Value operand : moved)
      if (!getConstant(operand))
        unite(operand, result);
  });
  // What goes from step to step would be rounded twice.
  mlir::func::ReturnOp end;
  func.walk([&](mlir::func::ReturnOp op) { end = op; });
  for (mlir::BlockArgument argument : func.getArguments())
    if (auto place = func.getArgAttrOfType<mlir::IntegerAttr>(
            argument.getArgNumber(), kStateAttr);
        place && end) {
      Value result = end.getOperand(place.getInt());
      if (demands.contains(argument.getAsOpaquePointer()) &&
          demands.contains(result.getAsOpaquePointer()))
        unite(argument, result);
    }
  // The last state is one of the outputs.
  func.walk([&](Operation *op) {
    if (isa<nn::LstmOp, nn::RnnOp>(op) && !keep.contains(op))
      unite(op->getResult(1), op->getResult(0));
  });

  llvm::MapVector<void *, Group> groups;
  for (Value value : values)
    groups[classes.getLeaderValue(value.getAsOpaquePointer())]
        .members.push_back(value);
  for (auto &[leader, group] : groups) {
    if (failed(readRanges(group)))
      return failure();
    if (group.isGivenApart) {
      emitRemark(group.members.front().getLoc())
          << "the type given here has more than one scale: it is kept, and "
             "nothing else takes it [given-type]";
      continue;
    }
    if (StringRef(group.storage).contains('/') &&
        !plan::doLayersRead(group.members))
      return emitError(group.members.front().getLoc())
             << "expected a layer to read what is to be stored as '"
             << group.storage << "', found none";
    FailureOr<Choice> choice = chooseType(group, keep);
    if (succeeded(choice) && !group.reason.empty())
      choice->reason = group.reason;
    for (Value member : group.members)
      for (Operation *user : member.getUsers())
        if (auto observe = dyn_cast<fxp::ObserveOp>(user)) {
          if (succeeded(choice)) {
            observe.setTypeAttr(mlir::TypeAttr::get(choice->type));
            if (choice->layers)
              observe->setAttr(kLayerTypeAttr,
                               mlir::TypeAttr::get(choice->layers));
            observe->setAttr(kReasonAttr, mlir::StringAttr::get(
                                              &getContext(), choice->reason));
          } else if (!group.isFinite)
            emitRemark(observe.getLoc())
                << "'" << observe.getName()
                << "' takes infinite values or NaN, or is moved with one that "
                   "does: it stays in float";
          else
            emitRemark(observe.getLoc())
                << "no range was calibrated for '" << observe.getName()
                << "': it stays in float";
        }
  }
  widenConstants();
  return success();
}

/// A misspelt name would otherwise pass unnoticed.
void PlanTypesPass::reportUnknownNames() {
  llvm::StringSet<> unknown;
  for (StringRef name : overrides.keys())
    unknown.insert(name);
  getOperation().walk(
      [&](fxp::ObserveOp observe) { unknown.erase(observe.getName()); });
  SmallVector<StringRef> names(unknown.keys());
  llvm::sort(names);
  for (StringRef name : names)
    getOperation().emitWarning("the ")
        << (overrides[name].range ? "range" : "type")
        << " has no effect: no value of the prepared model that needs a range "
           "is named '"
        << name << "'";
}

void PlanTypesPass::runOnOperation() {
  overrides.clear();
  if (failed(readOptions()))
    return signalPassFailure();
  reportUnknownNames();
  for (auto func : getOperation().getOps<mlir::func::FuncOp>())
    if (failed(plan(func)))
      return signalPassFailure();
}

std::unique_ptr<mlir::Pass>
narrow::createPlanTypesPass(const PlanTypesOptions &options,
                            RangeSource source) {
  return std::make_unique<PlanTypesPass>(options, std::move(source));
}
