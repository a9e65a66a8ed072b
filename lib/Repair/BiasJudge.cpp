//===- BiasJudge.cpp - whether corrected biases are better ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BiasJudge.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <cmath>

using namespace narrow;
using llvm::BitVector;

/// Depths that are tried between no layer and all of them.
static constexpr size_t kDepths = 8;
/// A part that is so much worse counts as hurt whatever others gain: 1 dB.
static constexpr double kHurt = 1.122;
/// Corrections are undone only where that is better by this, so that noise
/// decides nothing: 0.2 dB.
static constexpr double kBetter = 1.023;

void narrow::setBias(Operation *op, ElementsAttr values) {
  OpBuilder builder(op);
  auto old = op->getOperand(2).getDefiningOp<fxp::ConstantOp>();
  auto bias = fxp::ConstantOp::create(builder, op->getLoc(),
                                      op->getOperand(2).getType(), values);
  op->setOperand(2, bias.getResult());
  if (old && old->use_empty())
    old.erase();
}

BiasJudge::BiasJudge(ModuleOp quantized, ArrayRef<Value> parts,
                     ArrayRef<std::vector<std::vector<float>>> wanted,
                     const SampleSplit &split, GetSample getSample,
                     ArrayRef<CorrectedLayer> layers)
    : wanted(wanted), split(split), getSample(getSample), layers(layers) {
  mlir::IRMapping mapping;
  module = cast<ModuleOp>(quantized->clone(mapping));
  SmallVector<Value> values;
  for (Value part : parts)
    values.push_back(mapping.lookup(part));
  returnValues(*module, values);
  for (const CorrectedLayer &layer : layers)
    clones.push_back(mapping.lookup(layer.op));
  findCones();
}

static mlir::func::FuncOp getFunction(ModuleOp module) {
  return *module.getOps<mlir::func::FuncOp>().begin();
}

void BiasJudge::findCones() {
  Operation *end = getFunction(*module).front().getTerminator();
  for (Value part : end->getOperands()) {
    llvm::SmallPtrSet<Operation *, 32> seen;
    SmallVector<Value> work{part};
    while (!work.empty())
      if (Operation *maker = work.pop_back_val().getDefiningOp();
          maker && seen.insert(maker).second)
        llvm::append_range(work, maker->getOperands());
    BitVector &cone = cones.emplace_back(layers.size());
    for (auto [index, clone] : llvm::enumerate(clones))
      if (seen.contains(clone))
        cone.set(index);
  }
}

BitVector BiasJudge::combine(ArrayRef<size_t> depths) const {
  BitVector kept(layers.size());
  for (auto [cone, depth] : llvm::zip_equal(cones, depths))
    for (size_t index = 0; index < depth; ++index)
      if (cone.test(index))
        kept.set(index);
  return kept;
}

namespace {
/// Adds up the errors of what the function returns.
struct Comparison : LayerVisitor {
  explicit Comparison(ArrayRef<std::vector<std::vector<float>>> wanted)
      : wanted(wanted) {}

  bool wants(Operation *op) override { return isa<mlir::func::ReturnOp>(op); }

  llvm::Error visit(Operation *op, LayerWalk &walk) override {
    for (auto [part, value] : llvm::enumerate(op->getOperands())) {
      double squares = 0, errors = 0;
      const SampleTensors *found = walk.find(value);
      for (auto [sample, parts] : llvm::enumerate(wanted)) {
        if (!found)
          break;
        const reference::Tensor &tensor =
            (*found)[found->size() == 1 ? 0 : sample];
        for (auto [x, y] : llvm::zip_equal(parts[part], tensor.floats())) {
          squares += double(x) * x;
          errors += (double(x) - y) * (double(x) - y);
        }
      }
      // What is nothing, unknown or not finite judges nothing.
      bool isFinite = std::isfinite(squares) && std::isfinite(errors);
      result.push_back(squares > 0 && isFinite ? std::sqrt(errors / squares)
                                               : 0);
    }
    return llvm::Error::success();
  }

  ArrayRef<std::vector<std::vector<float>>> wanted;
  BiasJudge::Errors result;
};
} // namespace

llvm::Expected<BiasJudge::Errors> BiasJudge::measure(const BitVector &kept) {
  for (auto [index, layer] : llvm::enumerate(layers))
    setBias(clones[index], kept.test(index) ? layer.judged : layer.plain);
  Comparison comparison(wanted);
  LayerWalk walk(getFunction(*module));
  if (llvm::Error error = walk.run(
          split.countJudges(),
          [&](int64_t sample, std::vector<HostTensor> &inputs) {
            return getSample(split.judgesBegin + sample, inputs);
          },
          comparison))
    return std::move(error);
  return comparison.result;
}

static double getMean(ArrayRef<double> errors) {
  double sum = 0;
  for (double error : errors)
    sum += error;
  return sum / static_cast<double>(errors.size());
}

llvm::Expected<BitVector> BiasJudge::decide(BiasCorrection &result) {
  size_t count = layers.size();
  BitVector all(count, true), none(count);
  llvm::Expected<Errors> corrected = measure(all);
  if (!corrected)
    return corrected.takeError();
  llvm::Expected<Errors> plain = measure(none);
  if (!plain)
    return plain.takeError();
  result.plainError = getMean(*plain);
  result.correctedError = result.finalError = getMean(*corrected);
  bool isHurt = result.correctedError > kBetter * result.plainError;
  for (auto [with, without] : llvm::zip_equal(*corrected, *plain))
    isHurt |= with > kHurt * without;
  if (!isHurt)
    return all;

  // Corrections only see what is above them, so that those above a depth are
  // what they would be without those below it.
  BitVector best = all;
  auto take = [&](const BitVector &kept, double error) {
    if (error * kBetter >= result.correctedError || error >= result.finalError)
      return;
    result.finalError = error;
    best = kept;
  };
  SmallVector<size_t> depths(cones.size(), count);
  Errors least = *corrected;
  for (size_t step = 0; step <= kDepths; ++step) {
    size_t depth = count * step / (kDepths + 1);
    if (step && depth == count * (step - 1) / (kDepths + 1))
      continue;
    BitVector kept = combine(SmallVector<size_t>(cones.size(), depth));
    llvm::Expected<Errors> errors =
        step ? measure(kept) : llvm::Expected<Errors>(*plain);
    if (!errors)
      return errors.takeError();
    take(kept, getMean(*errors));
    for (auto [part, error] : llvm::enumerate(*errors))
      if (error * kBetter < least[part]) {
        least[part] = error;
        depths[part] = depth;
      }
  }
  if (!llvm::all_equal(depths)) {
    BitVector kept = combine(depths);
    llvm::Expected<Errors> errors = measure(kept);
    if (!errors)
      return errors.takeError();
    take(kept, getMean(*errors));
  }
  return best;
}
