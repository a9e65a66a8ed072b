//===- DataChecks.cpp - data that cannot be right is said -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/DataChecks.h"

#include "narrow/Driver/Metrics.h"
#include "narrow/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace narrow;

/// More values than this outside the calibrated extremes are much, in percent.
/// Of new samples of the same source a few values are.
static constexpr double kMuchOutside = 5;
/// Values that span less than this part of the calibrated ones are of another
/// scale: bytes beside numbers up to 1.
static constexpr double kSmallSpan = 1.0 / 16;
/// Fewer labels say nothing about chance.
static constexpr int64_t kLeastLabels = 16;
/// Values of the model that a warning names.
static constexpr size_t kNamedValues = 3;
/// Samples whose hashes are looked up in finished statistics.
static constexpr int64_t kHashedSamples = 64;

static Message makeWarning(const llvm::Twine &text) {
  return {mlir::DiagnosticSeverity::Warning, "", text.str()};
}

std::vector<Message> narrow::checkCalibration(ArrayRef<ValueSpec> inputs,
                                              const Statistics &statistics) {
  std::vector<Message> messages;
  uint64_t samples = statistics.getNumSamples();
  std::vector<uint64_t> hashes = statistics.getSampleHashes().vec();
  uint64_t different =
      std::unique(hashes.begin(), hashes.end()) - hashes.begin();
  if (samples < kFewSamples)
    messages.push_back(makeWarning(
        "ranges come from only " + llvm::Twine(samples) + " calibration " +
        (samples == 1 ? "sample" : "samples") + ": fewer than " +
        llvm::Twine(kFewSamples) + " say little about new data"));
  else if (different < kFewSamples)
    messages.push_back(makeWarning(
        "of " + llvm::Twine(samples) + " calibration samples only " +
        llvm::Twine(different) + " differ: fewer than " +
        llvm::Twine(kFewSamples) + " say little about new data"));
  else if (2 * different <= samples)
    messages.push_back(makeWarning(
        "of " + llvm::Twine(samples) + " calibration samples only " +
        llvm::Twine(different) + " differ: equal ones add nothing to ranges"));
  for (const ValueSpec &input : inputs) {
    const TensorStatistics *tensor = statistics.lookup(input.name);
    if (!tensor || tensor->histogram.empty())
      continue;
    const Histogram &histogram = tensor->histogram;
    if (histogram.getLowest() == histogram.getHighest())
      messages.push_back(makeWarning(
          llvm::formatv("input '{0}' is {1} in every element of every "
                        "calibration sample: ranges come from blank data",
                        input.name, histogram.getLowest())
              .str()));
  }
  return messages;
}

llvm::Expected<std::vector<Message>>
narrow::checkJudges(const Statistics &statistics, const ModelSamples &samples,
                    int64_t begin, int64_t count,
                    const FloatExecutor &executor) {
  llvm::StringMap<std::pair<int64_t, int64_t>> outside; // and all
  std::vector<HostTensor> outputs;
  for (int64_t sample = begin; sample < begin + count; ++sample)
    if (llvm::Error error =
            executor.run(samples.get(sample), outputs,
                         [&](StringRef name, ArrayRef<float> values) {
                           const TensorStatistics *tensor =
                               statistics.lookup(name);
                           if (!tensor || tensor->histogram.empty())
                             return;
                           double low = tensor->histogram.getLowest(),
                                  high = tensor->histogram.getHighest();
                           auto &[beyond, all] = outside[name];
                           all += static_cast<int64_t>(values.size());
                           beyond += llvm::count_if(values, [&](float value) {
                             return !(value >= low && value <= high);
                           });
                         }))
      return std::move(error);
  std::vector<std::pair<double, StringRef>> much;
  for (const auto &entry : outside) {
    auto [beyond, all] = entry.second;
    double percent =
        100.0 * static_cast<double>(beyond) / static_cast<double>(all);
    // Of few values chance takes more: three deviations of the count.
    double chance = std::sqrt(kMuchOutside * (100 - kMuchOutside) /
                              static_cast<double>(all));
    if (percent > kMuchOutside + 3 * chance)
      much.emplace_back(-percent, entry.first());
  }
  if (much.empty())
    return std::vector<Message>();
  llvm::sort(much);
  std::string names;
  for (const auto &[percent, name] : ArrayRef(much).take_front(kNamedValues))
    names += llvm::formatv("{0}'{1}' ({2:f1} %)", names.empty() ? "" : ", ",
                           name, -percent);
  return std::vector<Message>{makeWarning(
      llvm::formatv("samples held back to judge leave the calibrated values at "
                    "{0} of {1} values of the model, most at {2}: they seem to "
                    "be of another kind than those that ranges come from",
                    much.size(), outside.size(), names)
          .str())};
}

std::vector<Message>
narrow::checkFinishedStatistics(const Statistics &statistics,
                                const CalibrationOptions &options,
                                const ModelSamples *samples) {
  std::vector<Message> messages;
  std::string path = "'" + options.statisticsPath + "'";
  if (options.limit)
    messages.push_back(
        makeWarning("--calib-samples does not change the ranges: they come "
                    "from " +
                    path +
                    ", which is finished; remove the file to calibrate "
                    "again"));
  if (!samples)
    return messages;
  ArrayRef<uint64_t> known = statistics.getSampleHashes();
  int64_t count =
              std::min(samples->getCount() - options.heldBack, kHashedSamples),
          missing = 0;
  for (int64_t sample = 0; sample < count; ++sample)
    missing +=
        !std::binary_search(known.begin(), known.end(), samples->hash(sample));
  if (missing)
    messages.push_back(
        makeWarning("ranges come from " + path + ", which was not made from " +
                    llvm::Twine(missing) + " of the first " +
                    llvm::Twine(count) + " samples of '" + options.samplesPath +
                    "'; remove the file to calibrate again"));
  return messages;
}

std::vector<InputCoverage>
narrow::measureCoverage(ArrayRef<ValueSpec> inputs,
                        const Statistics &statistics,
                        const ModelSamples &evaluation) {
  struct Seen {
    size_t input;
    double low, high;
    double lowest = HUGE_VAL, highest = -HUGE_VAL;
    int64_t outside = 0, values = 0;
  };
  std::vector<Seen> seen;
  for (auto [index, input] : llvm::enumerate(inputs)) {
    const TensorStatistics *tensor = statistics.lookup(input.name);
    if (tensor && !tensor->histogram.empty() && input.kind == ElementKind::F32)
      seen.push_back({index, tensor->histogram.getLowest(),
                      tensor->histogram.getHighest()});
  }
  for (int64_t sample = 0, end = seen.empty() ? 0 : evaluation.getCount();
       sample < end; ++sample) {
    std::vector<HostTensor> tensors = evaluation.get(sample);
    for (Seen &input : seen)
      for (float value : tensors[input.input].data<float>()) {
        ++input.values;
        input.outside += !(value >= input.low && value <= input.high);
        input.lowest = std::min<double>(input.lowest, value);
        input.highest = std::max<double>(input.highest, value);
      }
  }
  std::vector<InputCoverage> result;
  for (const Seen &input : seen) {
    double width = input.high - input.low;
    if (input.values)
      result.push_back(
          {inputs[input.input].name, 100.0 * input.outside / input.values,
           width > 0 ? (input.highest - input.lowest) / width : 1});
  }
  return result;
}

std::vector<Message> narrow::checkCoverage(ArrayRef<InputCoverage> inputs) {
  std::vector<Message> messages;
  for (const InputCoverage &input : inputs) {
    if (input.outside > kMuchOutside)
      messages.push_back(makeWarning(
          llvm::formatv("{0:f1} % of the evaluation values of input '{1}' are "
                        "outside the calibrated ones: calibrate on samples "
                        "like those that are judged",
                        input.outside, input.name)
              .str()));
    else if (input.span < kSmallSpan)
      messages.push_back(makeWarning(
          llvm::formatv("the evaluation values of input '{0}' span {1:f1} % of "
                        "the calibrated ones: they seem to be of another scale",
                        input.name, 100 * input.span)
              .str()));
  }
  return messages;
}

/// Elements of an output, each the score of a class.
static int64_t countClasses(const ValueSpec &scores) {
  int64_t classes = 1;
  for (int64_t size : scores.shape)
    classes *= size;
  return classes;
}

llvm::Expected<std::vector<int64_t>> narrow::readLabels(StringRef path,
                                                        int64_t samples) {
  llvm::Expected<HostTensor> tensor = readNpy(path);
  if (!tensor)
    return tensor.takeError();
  if (tensor->kind == ElementKind::F16 || tensor->kind == ElementKind::F32 ||
      tensor->kind == ElementKind::F64)
    return makeError("'" + path + "': expected integer labels, found " +
                     getElementName(tensor->kind));
  if (tensor->getNumElements() != samples)
    return makeError("'" + path + "': expected " + llvm::Twine(samples) +
                     " labels, one for each evaluation sample, found " +
                     llvm::Twine(tensor->getNumElements()));
  std::vector<int64_t> labels(samples);
  for (int64_t i = 0; i < samples; ++i)
    labels[i] = int64_t(tensor->getAsDouble(i));
  return labels;
}

llvm::Error narrow::checkLabels(StringRef path, ArrayRef<int64_t> labels,
                                const ValueSpec &scores) {
  int64_t classes = countClasses(scores);
  for (auto [sample, label] : llvm::enumerate(labels))
    if (label < 0 || label >= classes)
      return makeError("'" + path + "': expected labels from 0 to " +
                       llvm::Twine(classes - 1) + ", one class for each of " +
                       "the " + llvm::Twine(classes) + " elements of '" +
                       scores.name + "', found " + llvm::Twine(label) +
                       " at sample " + llvm::Twine(sample));
  return llvm::Error::success();
}

void LabelCheck::add(ArrayRef<float> scores, int64_t label) {
  int64_t first = static_cast<int64_t>(getTop1(scores));
  ++samples;
  if (first >= label - 1 && first <= label + 1)
    ++hits[first - label + 1];
}

std::vector<Message> LabelCheck::getMessages() const {
  std::vector<Message> messages;
  if (samples < kLeastLabels)
    return messages;
  auto [low, high] = getWilsonInterval(hits[1], samples);
  auto percent = [&](int64_t count) { return 100.0 * count / samples; };
  for (int64_t side : {0, 2})
    if (getWilsonInterval(hits[side], samples).first > high &&
        hits[side] > 2 * hits[1]) {
      messages.push_back(makeWarning(
          llvm::formatv("the float model's first choice is the label {0} 1 for "
                        "{1:f1} % of the samples, and the label for {2:f1} %: "
                        "the labels seem to be shifted",
                        side ? "plus" : "minus", percent(hits[side]),
                        percent(hits[1]))
              .str()));
      return messages;
    }
  double chance = 100.0 / classes;
  if (classes > 1 && low <= chance && chance <= high)
    messages.push_back(makeWarning(
        llvm::formatv("float top-1 of {0:f2} % is that of chance among {1} "
                      "classes: the labels seem to be of other samples, or of "
                      "another order of classes",
                      percent(hits[1]), classes)
            .str()));
  return messages;
}
