//===- FitSamples.cpp - what a fit of weights learns from -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FitSamples.h"

#include "mlir/IR/Threading.h"
#include "narrow/Repair/KeptRuns.h"
#include "narrow/Simulate/QuickProduct.h"
#include <Eigen/Core>

using namespace narrow;
using Rows =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Stride = Eigen::OuterStride<>;

/// Positions that are multiplied in f32 before sums go on in f64.
static constexpr int64_t kChunk = 1024;
/// Rows of a product that one thread makes.
static constexpr int64_t kBand = 4 * QuickProduct::kRows;

/// The first output of splitmix64 (Steele et al., 2014) from `seed`.
static uint64_t scramble(uint64_t seed) {
  seed += 0x9e3779b97f4a7c15;
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
  return seed ^ (seed >> 31);
}

std::vector<int64_t> FitLayer::getPositions(int64_t sample) const {
  int64_t all = geometry.positions();
  std::vector<int64_t> result;
  // One in each of as many equal stretches.
  for (int64_t i = 0; i < positionsPerSample; ++i) {
    int64_t begin = i * all / positionsPerSample,
            end = (i + 1) * all / positionsPerSample;
    uint64_t drawn = scramble(scramble(seed + sample) + i);
    result.push_back(begin + static_cast<int64_t>(drawn % (end - begin)));
  }
  return result;
}

llvm::Expected<MutableArrayRef<float>> FloatTargets::get(size_t layer) {
  if (!findKept(layer) && targets[layer].empty())
    if (llvm::Error error = collect(layer))
      return std::move(error);
  if (const std::shared_ptr<const Rows> &rows = kept[layer]) {
    for (Rows &others : MutableArrayRef(targets).take_front(layer))
      others = {};
    targets[layer].assign(rows->begin(),
                          rows->begin() + countElements(layers[layer]));
  }
  return MutableArrayRef<float>(targets[layer]);
}

/// Adds the products of the weights with patches at `positions` to rows of
/// targets; `gather` writes the patch at a position for a group.
static void addProducts(const FitLayer &layer, ArrayRef<int64_t> positions,
                        function_ref<void(int64_t, int64_t, float *)> gather,
                        float *rows) {
  const PatchGeometry &g = layer.geometry;
  auto count = static_cast<int64_t>(positions.size());
  int64_t outputs = layer.getOutputs(), some = outputs / g.groups,
          depth = g.depth();
  Rows patches(count, depth);
  for (int64_t group = 0; group < g.groups; ++group) {
    for (auto [row, position] : llvm::enumerate(positions))
      gather(position, group,
             patches.data() + static_cast<int64_t>(row) * depth);
    Eigen::Map<const Rows> weights(
        layer.floats->weights.data() + group * some * depth, some, depth);
    Eigen::Map<Rows, 0, Stride> sums(rows + group * some, count, some,
                                     Stride(outputs));
    sums += patches * weights.transpose();
  }
}

int64_t FloatTargets::countElements(const FitLayer &layer) const {
  return context.split.training * layer.positionsPerSample * layer.getOutputs();
}

int64_t FloatTargets::countBytes(const FitLayer &layer) const {
  return countElements(layer) * static_cast<int64_t>(sizeof(float));
}

std::vector<uintptr_t> FloatTargets::getKey(const FitLayer &layer) const {
  static const char kind = 0;
  return {reinterpret_cast<uintptr_t>(&kind),
          reinterpret_cast<uintptr_t>(layer.floats->op),
          static_cast<uintptr_t>(layer.residual != nullptr),
          static_cast<uintptr_t>(layer.seed),
          static_cast<uintptr_t>(layer.positionsPerSample)};
}

bool FloatTargets::findKept(size_t layer) {
  if (kept[layer])
    return true;
  auto found = KeptRuns::find<Rows>(getKey(layers[layer]));
  // Of more samples those in front are taken.
  if (found &&
      static_cast<int64_t>(found->size()) >= countElements(layers[layer]))
    kept[layer] = std::move(found);
  return kept[layer] != nullptr;
}

void FloatTargets::keep(size_t layer) {
  std::vector<uintptr_t> key = getKey(layers[layer]);
  int64_t bytes = countBytes(layers[layer]);
  // What was kept of fewer samples is not replaced.
  if (KeptRuns::find<Rows>(key) || !KeptRuns::hasRoom(bytes + kRoomForOthers))
    return;
  kept[layer] = std::make_shared<Rows>(std::move(targets[layer]));
  targets[layer] = {};
  KeptRuns::add(std::move(key), kept[layer], bytes);
}

llvm::Error FloatTargets::collect(size_t first) {
  for (size_t i = 0; i < first; ++i)
    targets[i] = {};
  int64_t samples = context.split.training, sample = 0, bytes = 0;
  SmallVector<size_t> collected;
  FloatTaps taps(context.original);
  for (size_t i = first; i < layers.size(); ++i) {
    const FitLayer &layer = layers[i];
    int64_t outputs = layer.getOutputs();
    int64_t perSample = layer.positionsPerSample * outputs;
    if (findKept(i))
      continue;
    bytes += countBytes(layer);
    if (i > first && bytes > kMostBytes)
      break;
    collected.push_back(i);
    std::vector<float> &rows = targets[i];
    rows.assign(samples * perSample, 0);
    taps.add(layer.floats->op->getOperand(0), [&, perSample](
                                                  ArrayRef<float> values) {
      addProducts(
          layer, layer.getPositions(sample),
          [&](int64_t position, int64_t group, float *patch) {
            layer.geometry.gatherPatch(values.data(), position, group, patch);
          },
          rows.data() + sample * perSample);
    });
    if (!layer.residual)
      continue;
    taps.add(layer.floats->residual,
             [&, perSample, outputs](ArrayRef<float> values) {
               float *row = rows.data() + sample * perSample;
               for (int64_t position : layer.getPositions(sample))
                 for (int64_t o = 0; o < outputs; ++o)
                   *row++ += values[position * outputs + o];
             });
  }
  if (llvm::Error error = taps.prepare(context.getExecutor))
    return error;
  std::vector<HostTensor> inputs;
  for (; sample < samples; ++sample) {
    if (llvm::Error error = context.getSample(sample, inputs))
      return error;
    if (llvm::Error error = taps.run(inputs))
      return error;
  }
  for (size_t i : collected)
    keep(i);
  return llvm::Error::success();
}

namespace {
/// The stored integers of an input and its zero point; where channels have zero
/// points of their own q - z in place of them.
struct CentredInput {
  explicit CentredInput(const reference::Tensor &input)
      : stored(input.stored()) {
    fxp::QuantView view = input.getQuantView();
    zero = static_cast<int32_t>(view.getZeroPoint());
    if (view.hasOneZeroPoint())
      return;
    ArrayRef<int64_t> zeros = view.getZeroPoints();
    for (auto [i, q] : llvm::enumerate(stored))
      centred.push_back(q - static_cast<int32_t>(zeros[i % zeros.size()]));
    stored = centred;
    zero = 0;
  }
  CentredInput(const CentredInput &) = delete;

  std::vector<int32_t> centred;
  ArrayRef<int32_t> stored;
  int32_t zero;
};
} // namespace

std::vector<float> narrow::multiplyInputs(const FitLayer &layer,
                                          const SampleTensors &inputs,
                                          int64_t samples) {
  int64_t perSample = layer.positionsPerSample * layer.getOutputs();
  std::vector<float> rows(samples * perSample);
  const PatchGeometry &g = layer.geometry;
  fxp::QuantView view = inputs.front().getQuantView();
  int64_t some = g.channels / g.groups;
  SmallVector<float> scales;
  for (int64_t c = 0; c < g.channels; ++c)
    scales.push_back(static_cast<float>(view.getScale(c)));
  mlir::parallelFor(layer.op->getContext(), 0, samples, [&](size_t sample) {
    CentredInput input(inputs[inputs.size() == 1 ? 0 : sample]);
    std::vector<int32_t> integers(g.depth());
    addProducts(
        layer, layer.getPositions(static_cast<int64_t>(sample)),
        [&](int64_t position, int64_t group, float *patch) {
          // Outside the input is its zero point.
          g.gatherPatch(input.stored.data(), position, group, integers.data(),
                        input.zero);
          const float *scale = scales.data() + group * some;
          for (int64_t i = 0; i < g.depth(); ++i)
            patch[i] =
                scale[i % some] * static_cast<float>(integers[i] - input.zero);
        },
        rows.data() + sample * perSample);
  });
  return rows;
}

namespace {
/// Collects the moments of one group.
class GroupCollector {
public:
  GroupCollector(const FitLayer &layer, int64_t group, Moments &moments)
      : layer(layer), group(group), moments(moments),
        depth(layer.geometry.depth()) {}

  void gather(const SampleTensors &inputs, int64_t begin, int64_t end);
  /// Adds x and x x'.
  void addInputs(MLIRContext *context) {
    layer.isWide() ? addWideInputs(context) : addByteInputs(context);
  }
  /// Adds t and t x' of `targets`, the rows of the samples that were gathered.
  void addTargets(ArrayRef<float> targets);

private:
  void addByteInputs(MLIRContext *context);
  void addWideInputs(MLIRContext *context);
  /// Returns [depth, kChunk] of the columns from `first` on, zeros behind them.
  Rows getChunk(int64_t first) const;

  const FitLayer &layer;
  int64_t group;
  Moments &moments;
  int64_t depth, count = 0, stride = 0;
  /// q - z, [depth, stride] of which `count` columns are used; zeros behind.
  std::vector<int16_t> columns;
};
} // namespace

void GroupCollector::gather(const SampleTensors &inputs, int64_t begin,
                            int64_t end) {
  count = (end - begin) * layer.positionsPerSample;
  stride = count + count % 2;
  columns.assign(depth * stride, 0);
  std::vector<int32_t> patch(depth);
  int64_t column = 0;
  for (int64_t sample = begin; sample < end; ++sample) {
    CentredInput input(inputs[inputs.size() == 1 ? 0 : sample]);
    for (int64_t position : layer.getPositions(sample)) {
      // Outside the input is its zero point.
      layer.geometry.gatherPatch(input.stored.data(), position, group,
                                 patch.data(), input.zero);
      for (int64_t i = 0; i < depth; ++i)
        columns[i * stride + column] =
            static_cast<int16_t>(patch[i] - input.zero);
      ++column;
    }
  }
}

Rows GroupCollector::getChunk(int64_t first) const {
  Rows chunk = Rows::Zero(depth, kChunk);
  int64_t length = std::min(kChunk, count - first);
  for (int64_t i = 0; i < depth; ++i)
    for (int64_t k = 0; k < length; ++k)
      chunk(i, k) = columns[i * stride + first + k];
  return chunk;
}

void GroupCollector::addWideInputs(MLIRContext *context) {
  moments.count += count;
  for (int64_t first = 0; first < count; first += kChunk) {
    Rows inputs = getChunk(first);
    mlir::parallelFor(
        context, 0, llvm::divideCeil(depth, kBand), [&](size_t band) {
          int64_t from = static_cast<int64_t>(band) * kBand,
                  rows = std::min(kBand, depth - from);
          Rows sums = inputs.middleRows(from, rows) * inputs.transpose();
          for (int64_t row = 0; row < rows; ++row) {
            for (int64_t i = 0; i < depth; ++i)
              moments.products[(from + row) * depth + i] += sums(row, i);
            moments.sums[from + row] +=
                inputs.row(from + row).cast<double>().sum();
          }
        });
  }
}

void GroupCollector::addByteInputs(MLIRContext *context) {
  moments.count += count;
  // Sums of products of bytes at 16384 positions fit 32 bits.
  QuickProduct product(columns, depth, stride);
  mlir::parallelFor(context, 0, llvm::divideCeil(depth, kBand),
                    [&](size_t band) {
                      int64_t first = static_cast<int64_t>(band) * kBand,
                              rows = std::min(kBand, depth - first);
                      std::vector<int32_t> sums(rows * depth);
                      product.run(columns.data() + first * stride, stride, rows,
                                  sums.data(), depth);
                      for (int64_t i = 0; i < rows * depth; ++i)
                        moments.products[first * depth + i] += sums[i];
                      for (int64_t row = first; row < first + rows; ++row)
                        for (int64_t i = 0; i < count; ++i)
                          moments.sums[row] += columns[row * stride + i];
                    });
}

void GroupCollector::addTargets(ArrayRef<float> targets) {
  int64_t outputs = layer.getOutputs(), some = outputs / layer.geometry.groups;
  Eigen::Map<
      Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>
      cross(moments.cross.data(), some, depth);
  for (int64_t first = 0; first < count; first += kChunk) {
    int64_t length = std::min(kChunk, count - first);
    Rows inputs = getChunk(first);
    Eigen::Map<const Rows, 0, Stride> rows(targets.data() + first * outputs +
                                               group * some,
                                           length, some, Stride(outputs));
    Rows product = rows.transpose() * inputs.leftCols(length).transpose();
    cross += product.cast<double>();
    for (int64_t k = 0; k < length; ++k)
      for (int64_t o = 0; o < some; ++o)
        moments.targetSums[o] += rows(k, o);
  }
}

std::vector<Moments> narrow::collectMoments(const FitLayer &layer,
                                            const SampleTensors &inputs,
                                            ArrayRef<float> targets,
                                            int64_t begin, int64_t end) {
  const PatchGeometry &g = layer.geometry;
  MLIRContext *context = layer.op->getContext();
  std::vector<Moments> result(
      g.groups, Moments(g.depth(), layer.getOutputs() / g.groups));
  int64_t perSample = layer.positionsPerSample * layer.getOutputs();
  ArrayRef<float> rows =
      targets.slice(begin * perSample, (end - begin) * perSample);
  mlir::parallelFor(context, 0, g.groups, [&](size_t group) {
    GroupCollector collector(layer, static_cast<int64_t>(group), result[group]);
    collector.gather(inputs, begin, end);
    collector.addInputs(context);
    collector.addTargets(rows);
  });
  return result;
}
