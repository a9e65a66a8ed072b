//===- PartJudge.cpp - how far parts of the results are off ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/PartJudge.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/IRMapping.h"
#include "narrow/Analysis/FloatGraph.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Simulate/Taps.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"

using namespace narrow;
namespace tosa = mlir::tosa;

/// A few samples decide alone where each of them is so far above the floor, or
/// all together so far below it, in dB.
static constexpr double kClear = 3, kClearlyMissed = 6;

PartJudge::PartJudge(ModuleOp observed, const ModelSamples &samples,
                     int64_t heldBack, GetExecutor getExecutor)
    : observed(observed), samples(samples), getExecutor(getExecutor),
      begin(samples.getCount() - heldBack), count(heldBack) {
  if (count)
    return;
  count = std::min<int64_t>(samples.getCount(), kFew);
  begin = 0;
}

llvm::Error PartJudge::addWanted(ArrayRef<Value> originals, int64_t known) {
  auto have = static_cast<int64_t>(wanted.size());
  if (have >= known)
    return llvm::Error::success();
  llvm::Expected<PartElements> more = runParts(
      observed, originals, known - have,
      [&](int64_t index, std::vector<HostTensor> &inputs) {
        inputs = samples.get(begin + have + index);
        return llvm::Error::success();
      },
      getExecutor);
  if (!more)
    return more.takeError();
  llvm::move(*more, std::back_inserter(wanted));
  return llvm::Error::success();
}

llvm::Expected<OwningOpRef<ModuleOp>>
PartJudge::makeJudged(ModuleOp quantized, int64_t known,
                      SmallVectorImpl<Value> &originals) {
  SmallVector<ValuePair> parts = findParts(observed, quantized);
  SmallVector<Value> values;
  std::vector<std::string> found;
  for (auto [index, pair] : llvm::enumerate(parts)) {
    originals.push_back(pair.first);
    values.push_back(pair.second);
    // What only moves a value is called like that value.
    Value named = pair.first;
    while (findValueName(named).empty() && named.getDefiningOp() &&
           named.getDefiningOp()->getNumOperands())
      named = named.getDefiningOp()->getOperand(0);
    StringRef name = findValueName(named);
    found.push_back(name.empty() ? "part " + std::to_string(index)
                                 : name.str());
  }
  if (found != names)
    wanted.clear();
  names = std::move(found);
  if (llvm::Error error = addWanted(originals, known))
    return error;
  mlir::IRMapping mapping;
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>(quantized->clone(mapping)));
  for (Value &value : values)
    value = mapping.lookup(value);
  returnValues(*copy, values);
  return copy;
}

llvm::Expected<OwningOpRef<ModuleOp>>
PartJudge::makeJudged(ModuleOp quantized) {
  SmallVector<Value> originals;
  return makeJudged(quantized, count, originals);
}

llvm::Expected<PartErrors> PartJudge::judge(ModuleOp quantized) {
  llvm::Expected<OwningOpRef<ModuleOp>> judged = makeJudged(quantized);
  if (!judged)
    return judged.takeError();
  return measureParts(getMainFunction(**judged), wanted, getFetch());
}

/// Fewer tokens than bytes have no language model.
static constexpr int64_t kLeastTokens = 256;

/// Returns whether `index` is computed from integers that the function takes.
static bool isFromIntegers(Value index) {
  SmallVector<Value> work{index};
  llvm::DenseSet<Value> seen;
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (!mlir::getElementTypeOrSelf(value.getType()).isInteger() ||
        !seen.insert(value).second)
      continue;
    Operation *op = value.getDefiningOp();
    if (!op)
      return true;
    llvm::append_range(work, op->getOperands());
  }
  return false;
}

/// Returns whether a part of the float model's results has scores of tokens: a
/// layer makes as many along the last axis as a table has rows of which integer
/// inputs look one up for each token.
static bool areTokenScores(Value part) {
  auto type = cast<RankedTensorType>(part.getType());
  Operation *maker = part.getDefiningOp();
  while (maker && maker->getNumOperands() && !isContraction(maker) &&
         isa<tosa::ReshapeOp, tosa::SliceOp>(maker))
    maker = maker->getOperand(0).getDefiningOp();
  if (!maker || !isContraction(maker) || type.getRank() == 0 ||
      type.getShape().back() < kLeastTokens)
    return false;
  return llvm::any_of(*maker->getBlock(), [&](Operation &op) {
    auto gather = dyn_cast<tosa::GatherOp>(op);
    return gather &&
           cast<ShapedType>(gather.getValues().getType()).getDimSize(1) ==
               type.getShape().back() &&
           getConstant(gather.getValues()) &&
           isFromIntegers(gather.getIndices());
  });
}

/// Returns whether the numbers of a value are probabilities that sigmoids made:
/// some of them, moved, or products of them.
static bool areProbabilities(Value value) {
  Operation *maker = value.getDefiningOp();
  while (
      llvm::isa_and_nonnull<tosa::ReshapeOp, tosa::SliceOp, tosa::TransposeOp>(
          maker))
    maker = maker->getOperand(0).getDefiningOp();
  if (llvm::isa_and_nonnull<tosa::SigmoidOp>(maker))
    return true;
  if (auto product = llvm::dyn_cast_or_null<tosa::MulOp>(maker))
    return areProbabilities(product.getInput1()) &&
           areProbabilities(product.getInput2());
  return false;
}

/// Returns where a part of the float model's results has scores of classes: it
/// is what a softmax at the end reads, or what a class is chosen from; or,
/// where `isAsked`, one row of several numbers.
static std::optional<ClassAxis> findClasses(Value part, bool isAsked) {
  auto type = cast<RankedTensorType>(part.getType());
  std::optional<int64_t> axis = findChosenAxis(part);
  if (!axis && areTokenScores(part))
    axis = type.getRank() - 1;
  for (Operation *user : part.getUsers()) {
    if (axis)
      break;
    if (auto softmax = dyn_cast<nn::SoftmaxOp>(user))
      axis = softmax.getAxis();
    else if (auto logarithm = dyn_cast<nn::LogSoftmaxOp>(user))
      axis = logarithm.getAxis();
  }
  if (!axis && isAsked && type.getRank() &&
      type.getShape().back() == type.getNumElements())
    axis = type.getRank() - 1;
  if (!axis || type.getDimSize(*axis) < 2)
    return std::nullopt;
  ClassAxis classes{type.getDimSize(*axis), 1};
  for (int64_t inner = *axis + 1; inner < type.getRank(); ++inner)
    classes.stride *= type.getDimSize(inner);
  return classes;
}

namespace {
/// Gives each part of what the walked function returns to a meter.
struct Metering : LayerVisitor {
  Metering(ArrayRef<std::vector<std::vector<float>>> wanted,
           std::vector<PartMeter> &meters, const BiasWalk *biases = nullptr,
           std::vector<PartMeter> *pooled = nullptr)
      : wanted(wanted), meters(meters), biases(biases), pooled(pooled) {}

  bool wants(Operation *op) override {
    return isa<mlir::func::ReturnOp>(op) || (biases && BiasWalk::wants(op));
  }
  llvm::Error visit(Operation *op, LayerWalk &walk) override {
    if (!isa<mlir::func::ReturnOp>(op)) {
      biases->correct(op, walk);
      return llvm::Error::success();
    }
    for (auto [part, value] : llvm::enumerate(op->getOperands()))
      if (const SampleTensors *found = walk.find(value))
        for (auto [sample, parts] : llvm::enumerate(wanted)) {
          auto elements = (*found)[found->size() == 1 ? 0 : sample].floats();
          meters[part].add(parts[part], elements);
          if (pooled)
            (*pooled)[part].add(parts[part], elements);
        }
    return llvm::Error::success();
  }

  ArrayRef<std::vector<std::vector<float>>> wanted;
  std::vector<PartMeter> &meters;
  /// Null where biases stay as they are.
  const BiasWalk *biases;
  /// Of others as well; null where there are none.
  std::vector<PartMeter> *pooled;
};
} // namespace

/// Whether more samples are not going to say anything else.
static bool isClear(ArrayRef<PartVerdict> parts, const AccuracyFloors &floors) {
  // Few decisions are clear.
  if (llvm::any_of(parts, [&](const PartVerdict &part) {
        return !part.areDecisions() && part.getLack(floors) > kClearlyMissed;
      }))
    return true;
  return llvm::all_of(parts, [&](const PartVerdict &part) {
    return part.leastSqnr >= floors.sqnr + kClear && part.isHeld(floors) &&
           !floors.needsAgreement && !part.isChosen && !part.divergence &&
           !part.decisions;
  });
}

std::vector<PartMeter>
PartJudge::makeMeters(ArrayRef<Value> originals,
                      const AccuracyFloors &floors) const {
  std::vector<PartMeter> meters;
  for (auto [name, original] : llvm::zip_equal(names, originals)) {
    bool isProbable = !findChosenAxis(original) && areProbabilities(original);
    std::optional<ClassAxis> classes =
        isProbable ? std::nullopt
                   : findClasses(original, floors.needsAgreement);
    PartKind kind = isProbable                 ? PartKind::Probabilities
                    : !classes                 ? PartKind::Values
                    : findChosenAxis(original) ? PartKind::ChosenClasses
                    : areTokenScores(original) ? PartKind::Tokens
                                               : PartKind::Classes;
    meters.emplace_back(name, kind, classes.value_or(ClassAxis()));
  }
  return meters;
}

static PartJudge::Verdicts readMeters(ArrayRef<PartMeter> meters,
                                      ArrayRef<Value> originals,
                                      const AccuracyFloors &floors,
                                      int64_t judges) {
  PartJudge::Verdicts verdicts;
  verdicts.judges = judges;
  for (auto [meter, original] : llvm::zip_equal(meters, originals)) {
    std::optional<PartVerdict> part = meter.get();
    if (!part)
      continue;
    if (!part->isHeld(floors))
      verdicts.missed.push_back(original);
    verdicts.parts.push_back(std::move(*part));
  }
  return verdicts;
}

PartJudge::Verdicts PartJudge::read(const PartMeters &meters,
                                    const AccuracyFloors &floors) {
  return readMeters(meters.meters, meters.originals, floors, meters.samples);
}

llvm::Expected<PartJudge::Verdicts>
PartJudge::weighPooled(ModuleOp quantized, const AccuracyFloors &floors,
                       PartMeters &pooled) {
  SmallVector<Value> originals;
  llvm::Expected<OwningOpRef<ModuleOp>> judged =
      makeJudged(quantized, count, originals);
  if (!judged)
    return judged.takeError();
  PartMeters own{originals, makeMeters(originals, floors), count};
  if (pooled.meters.empty())
    pooled = {originals, own.meters, 0};
  if (pooled.originals != originals)
    return makeError("the parts of the results differ from turn to turn");
  Metering metering(ArrayRef(wanted).take_front(count), own.meters, nullptr,
                    &pooled.meters);
  if (llvm::Error error =
          LayerWalk(getMainFunction(**judged)).run(count, getFetch(), metering))
    return std::move(error);
  pooled.samples += count;
  return read(own, floors);
}

llvm::Expected<PartJudge::Verdicts>
PartJudge::weighCorrected(ModuleOp quantized, const AccuracyFloors &floors,
                          const BiasWalk &biases) {
  SmallVector<Value> originals;
  llvm::Expected<OwningOpRef<ModuleOp>> judged =
      makeJudged(quantized, count, originals);
  if (!judged)
    return judged.takeError();
  std::vector<PartMeter> meters = makeMeters(originals, floors);
  Metering metering(ArrayRef(wanted).take_front(count), meters, &biases);
  if (llvm::Error error =
          LayerWalk(getMainFunction(**judged)).run(count, getFetch(), metering))
    return std::move(error);
  Verdicts verdicts = readMeters(meters, originals, floors, count);
  verdicts.corrected = std::move(*judged);
  return std::move(verdicts);
}

llvm::Expected<PartJudge::Verdicts>
PartJudge::weigh(ModuleOp quantized, const AccuracyFloors &floors) {
  SmallVector<Value> originals;
  int64_t known = std::min(count, kFew);
  llvm::Expected<OwningOpRef<ModuleOp>> judged =
      makeJudged(quantized, known, originals);
  if (!judged)
    return judged.takeError();
  std::vector<PartMeter> meters = makeMeters(originals, floors);
  Verdicts verdicts;
  for (int64_t done = 0; done < count;) {
    Metering metering(ArrayRef(wanted).slice(done, known - done), meters);
    auto fetch = [&](int64_t index, std::vector<HostTensor> &inputs) {
      inputs = samples.get(begin + done + index);
      return llvm::Error::success();
    };
    if (llvm::Error error = LayerWalk(getMainFunction(**judged))
                                .run(known - done, fetch, metering))
      return std::move(error);
    done = known;
    verdicts = readMeters(meters, originals, floors, done);
    if (done == count || isClear(verdicts.parts, floors))
      break;
    known = count;
    if (llvm::Error error = addWanted(originals, known))
      return std::move(error);
  }
  return std::move(verdicts);
}
