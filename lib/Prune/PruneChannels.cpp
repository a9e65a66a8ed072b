//===- PruneChannels.cpp - channels that say least, removed ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Prune/PruneChannels.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Prepare/ChannelChain.h"
#include "narrow/Prepare/Passes.h"
#include "narrow/Repair/SecondOrder.h"
#include "narrow/Simulate/FloatTaps.h"
#include "narrow/Simulate/PatchGeometry.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <numeric>

using namespace narrow;
using namespace narrow::prepare;
using Rows =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Doubles =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Positions of a layer's results that are looked at over all samples, and
/// samples.
static constexpr int64_t kPositions = 16384, kSamples = 256;
/// Most weights of a result whose second moments are taken: of all pairs.
static constexpr int64_t kMostInputs = 2304;
/// What fitted weights are drawn to the model's by, in mean variances of what
/// they read.
static constexpr double kDamping = 0.02;

namespace {
/// A chain whose channels may go, and the moments of what its consumer reads.
struct Candidate {
  explicit Candidate(Chain found)
      : chain(std::move(found)), geometry(getGeometry(chain.consumer.op)),
        channels(countChannels(chain.producer.op->getResult(0))),
        group(getLeftGroup(channels, kGroup)), sums(geometry.depth()),
        products(geometry.depth() * geometry.depth()) {}

  void add(ArrayRef<float> values, int64_t sample, int64_t perSample);
  /// Ends the sums and orders the channels by what the consumer's results lose
  /// without them, the least first: each given that those in front of it are
  /// gone and that the others' weights make up for it (block by block after
  /// Hassibi and Stork, Optimal Brain Surgeon, 1993).
  void rank();
  /// Sets the consumer's weights for all channels but the first `removed` of
  /// `order`, those of which become 0.
  void apply();
  /// The consumer's weights, [outputs, depth].
  Doubles getWeights() const {
    const Layer &consumer = chain.consumer;
    return Eigen::Map<const Rows>(consumer.weights.data(),
                                  static_cast<int64_t>(consumer.bias.size()),
                                  covariance.size)
        .cast<double>();
  }
  /// Covariances of what it makes of all channels with what it reads.
  Doubles getMade(const Doubles &weights) const {
    return weights * Eigen::Map<const Eigen::MatrixXd>(covariance.values.data(),
                                                       covariance.size,
                                                       covariance.size);
  }

  static constexpr int64_t kGroup = 16;
  Chain chain;
  PatchGeometry geometry;
  int64_t channels, group;
  std::vector<double> sums, products;
  int64_t count = 0;
  Covariance covariance;
  std::vector<int64_t> order;
  std::vector<double> effects; ///< By channel.
  int64_t removed = 0;
};
} // namespace

void Candidate::add(ArrayRef<float> values, int64_t sample, int64_t perSample) {
  int64_t all = geometry.positions(), depth = geometry.depth();
  int64_t some = std::min(perSample, all);
  Rows patches(some, depth);
  for (int64_t i = 0; i < some; ++i)
    // Others in each sample.
    geometry.gatherPatch(values.data(), (i * all / some + 7 * sample) % all,
                         /*group=*/0, patches.data() + i * depth);
  Eigen::Map<Eigen::MatrixXd>(products.data(), depth, depth) +=
      (patches.transpose() * patches).cast<double>();
  Eigen::Map<Eigen::VectorXd>(sums.data(), depth) +=
      patches.colwise().sum().transpose().cast<double>();
  count += some;
}

void Candidate::rank() {
  auto n = static_cast<double>(count);
  covariance = {geometry.depth(), std::move(products)};
  for (int64_t i = 0; i < covariance.size; ++i)
    for (int64_t j = 0; j < covariance.size; ++j) {
      double &value = covariance.values[i * covariance.size + j];
      value = (value - sums[i] * sums[j] / n) / n;
    }
  Doubles weights = getWeights();
  double whole = getMade(weights).cwiseProduct(weights).sum();
  int64_t taps = covariance.size / channels;
  Eigen::MatrixXd inverse = Eigen::Map<const Eigen::MatrixXd>(
      covariance.values.data(), covariance.size, covariance.size);
  inverse.diagonal().array() +=
      std::max(kDamping * covariance.getMeanVariance(), 1e-30);
  inverse =
      inverse.llt()
          .solve(Eigen::MatrixXd::Identity(covariance.size, covariance.size))
          .eval();
  effects.assign(channels, 0);
  std::vector<int64_t> left(channels);
  std::iota(left.begin(), left.end(), 0);
  while (!left.empty()) {
    // A channel's places, and what one of its errors costs at the least, given
    // that all others make up for it.
    auto places = [&](int64_t c) { return Eigen::seqN(c, taps, channels); };
    auto getCost = [&](int64_t c) -> Eigen::MatrixXd {
      Eigen::MatrixXd own = inverse(places(c), places(c));
      return own.inverse();
    };
    size_t best = 0;
    double least = HUGE_VAL;
    for (auto [place, c] : llvm::enumerate(left)) {
      Eigen::MatrixXd own = weights(Eigen::all, places(c));
      double effect = (own * getCost(c)).cwiseProduct(own).sum();
      if (effect < least) {
        least = effect;
        best = place;
      }
    }
    int64_t c = left[best];
    left.erase(left.begin() + static_cast<int64_t>(best));
    order.push_back(c);
    effects[c] = whole > 0 ? least / whole : 0;
    Eigen::MatrixXd rows = inverse(places(c), Eigen::all),
                    columns = inverse(Eigen::all, places(c)),
                    gone = weights(Eigen::all, places(c)),
                    change = getCost(c) * rows;
    weights -= gone * change;
    inverse -= columns * change;
  }
}

void Candidate::apply() {
  Layer &consumer = chain.consumer;
  int64_t depth = covariance.size;
  auto outputs = static_cast<int64_t>(consumer.bias.size());
  SmallVector<bool> isGone(channels, false);
  for (int64_t channel : ArrayRef(order).take_front(removed))
    isGone[channel] = true;
  SmallVector<int64_t> kept;
  for (int64_t i = 0; i < depth; ++i)
    if (!isGone[i % channels])
      kept.push_back(i);
  auto size = static_cast<int64_t>(kept.size());
  Covariance left{size, {}};
  for (int64_t i : kept)
    for (int64_t j : kept)
      left.values.push_back(covariance.get(i, j));
  Doubles weights = getWeights(), made = getMade(weights);
  std::vector<double> own, cross;
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t i : kept) {
      own.push_back(weights(o, i));
      cross.push_back(made(o, i));
    }
  FailureOr<std::vector<double>> fitted =
      fitWeights(left, own, cross, kDamping * left.getMeanVariance());
  // Nothing varies: the weights may stay.
  const std::vector<double> &chosen = succeeded(fitted) ? *fitted : own;
  auto n = static_cast<double>(count);
  SmallVector<float> changed(consumer.weights.size(), 0);
  for (int64_t o = 0; o < outputs; ++o) {
    for (auto [place, i] : llvm::enumerate(kept))
      changed[o * depth + i] =
          static_cast<float>(chosen[o * size + static_cast<int64_t>(place)]);
    double mean = consumer.bias[o];
    for (int64_t i = 0; i < depth; ++i)
      mean += (weights(o, i) - double(changed[o * depth + i])) * sums[i] / n;
    consumer.bias[o] = static_cast<float>(mean);
  }
  setWeights(
      consumer.op,
      cast<RankedTensorType>(consumer.op->getOperand(1).getType()).getShape(),
      changed, consumer.bias);
}

/// Decides how many channels of each chain go: groups of those that say least,
/// over all chains, until no more fit into `most`.
static int64_t choose(MutableArrayRef<Candidate> candidates, int64_t most) {
  int64_t removed = 0;
  for (;;) {
    Candidate *best = nullptr;
    double least = 0;
    for (Candidate &candidate : candidates) {
      // What is left fills groups.
      int64_t left = candidate.channels - candidate.removed,
              rest = left % candidate.group,
              size = rest ? rest : candidate.group;
      if (left <= size || removed + size > most)
        continue;
      double effect = 0;
      for (int64_t channel :
           ArrayRef(candidate.order).slice(candidate.removed, size))
        effect += candidate.effects[channel] / static_cast<double>(size);
      if (!best || effect < least) {
        best = &candidate;
        least = effect;
      }
    }
    if (!best)
      return removed;
    int64_t rest = (best->channels - best->removed) % best->group;
    int64_t size = rest ? rest : best->group;
    best->removed += size;
    removed += size;
  }
}

static int64_t countWeights(ModuleOp module) {
  int64_t count = 0;
  module.walk([&](Operation *op) {
    if (isa<nn::Conv2DOp, nn::LinearOp, nn::TransposedConv2DOp>(op))
      count +=
          cast<RankedTensorType>(op->getOperand(1).getType()).getNumElements();
  });
  return count;
}

llvm::Expected<PruneReport> narrow::pruneChannels(ModuleOp module, double share,
                                                  int64_t numSamples,
                                                  GetSample getSample) {
  PruneReport report;
  report.weightsBefore = countWeights(module);
  // They are readers, of which nothing in a chain may have a second.
  SmallVector<Operation *> observers;
  module.walk([&](fxp::ObserveOp observe) { observers.push_back(observe); });
  for (Operation *observer : observers)
    observer->erase();
  std::vector<Candidate> candidates;
  getMainFunction(module).walk([&](Operation *op) {
    if (!isa<nn::Conv2DOp, nn::LinearOp>(op))
      return;
    std::optional<Chain> chain = matchChain(op);
    if (chain && getGeometry(chain->consumer.op).depth() <= kMostInputs)
      candidates.emplace_back(std::move(*chain));
  });
  int64_t sample = 0, samples = std::min(numSamples, kSamples);
  int64_t perSample =
      std::max<int64_t>(1, kPositions / std::max<int64_t>(samples, 1));
  FloatTaps taps(module);
  for (Candidate &candidate : candidates) {
    report.channels += candidate.channels;
    taps.add(candidate.chain.consumer.op->getOperand(0),
             [&](ArrayRef<float> values) {
               candidate.add(values, sample, perSample);
             });
  }
  if (llvm::Error error = taps.prepare(nullptr))
    return std::move(error);
  std::vector<HostTensor> inputs;
  for (; sample < samples; ++sample) {
    if (llvm::Error error = getSample(sample, inputs))
      return std::move(error);
    if (llvm::Error error = taps.run(inputs))
      return std::move(error);
  }
  for (Candidate &candidate : candidates)
    candidate.rank();
  report.removed = choose(
      candidates,
      static_cast<int64_t>(share * static_cast<double>(report.channels)));
  for (Candidate &candidate : candidates)
    if (candidate.removed)
      candidate.apply();
  mlir::PassManager passes(module.getContext());
  passes.addNestedPass<mlir::func::FuncOp>(createRemoveConstantChannels());
  passes.addNestedPass<mlir::func::FuncOp>(mlir::createCanonicalizerPass());
  passes.addPass(createInsertObservers());
  passes.addPass(createVerifyFloat());
  if (failed(passes.run(module)))
    return makeError("the network with fewer channels cannot be prepared");
  report.weightsAfter = countWeights(module);
  return report;
}
