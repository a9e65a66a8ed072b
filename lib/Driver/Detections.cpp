//===- Detections.cpp - a detector's boxes, kept and new ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Detections.h"

#include "narrow/Support/Error.h"
#include "narrow/Support/LLVM.h"
#include "narrow/Support/Npy.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <tuple>

using namespace narrow;

/// What SSD multiplies offsets of centres, and logarithms of sizes, by.
static constexpr double kCentreVariance = 0.1, kSizeVariance = 0.2;

/// Reads boxes of centre, width and height, [N, 4].
static llvm::Error readPriors(StringRef path, std::vector<float> &priors) {
  llvm::Expected<HostTensor> tensor = readNpy(path);
  if (!tensor)
    return tensor.takeError();
  if (tensor->shape.size() != 2 || tensor->shape.back() != 4)
    return makeError("'" + path + "': expected priors of shape [N, 4]");
  priors = tensor->toFloats();
  return llvm::Error::success();
}

llvm::Expected<DetectionOptions>
DetectionOptions::parse(ArrayRef<std::string> words) {
  DetectionOptions options;
  for (StringRef word : words) {
    StringRef key = word.split('=').first, text = word.split('=').second;
    auto readShare = [&](double &share) {
      return !text.getAsDouble(share) && share > 0 && share <= 1;
    };
    bool isRead = !text.empty();
    if (key == "boxes")
      options.boxes = text.str();
    else if (key == "scores")
      options.scores = text.str();
    else if (key == "threshold")
      isRead = readShare(options.threshold);
    else if (key == "iou")
      isRead = readShare(options.iou);
    else if (key == "nms")
      isRead = readShare(options.suppression);
    else if (key == "form") {
      options.areCentred = text == "centre";
      isRead = options.areCentred || text == "corners";
    } else if (key == "background") {
      int64_t label;
      isRead = !text.getAsInteger(10, label) && label >= 0;
      options.background = label;
    } else if (key == "priors" && isRead) {
      if (llvm::Error error = readPriors(text, options.priors))
        return std::move(error);
    } else
      isRead = false;
    if (!isRead)
      return makeError("expected boxes=NAME, scores=NAME, background=K, "
                       "threshold=T, iou=T, nms=T (above 0, up to 1), "
                       "form=corners|centre or priors=FILE in --detections, "
                       "found '" +
                       word + "'");
  }
  if (options.boxes.empty() || options.scores.empty())
    return makeError("expected boxes=NAME and scores=NAME in --detections");
  return options;
}

static double getArea(const Detection &box) {
  return std::max(box.right - box.left, 0.0) *
         std::max(box.bottom - box.top, 0.0);
}

/// Intersection over union.
static double getOverlap(const Detection &a, const Detection &b) {
  Detection common{std::max(a.left, b.left),
                   std::max(a.top, b.top),
                   std::min(a.right, b.right),
                   std::min(a.bottom, b.bottom),
                   0,
                   0};
  double shared = getArea(common), all = getArea(a) + getArea(b) - shared;
  return all > 0 ? shared / all : 0;
}

/// Gives `detection` the corners of a box of centre, width and height, or of
/// offsets from `prior` where there is one.
static void setCentred(Detection &detection, ArrayRef<float> box,
                       ArrayRef<float> prior) {
  double x = box[0], y = box[1], width = box[2], height = box[3];
  if (!prior.empty()) {
    x = prior[0] + x * kCentreVariance * prior[2];
    y = prior[1] + y * kCentreVariance * prior[3];
    width = prior[2] * std::exp(width * kSizeVariance);
    height = prior[3] * std::exp(height * kSizeVariance);
  }
  detection.left = x - width / 2;
  detection.top = y - height / 2;
  detection.right = x + width / 2;
  detection.bottom = y + height / 2;
}

std::vector<Detection> narrow::findDetections(ArrayRef<float> boxes,
                                              ArrayRef<float> scores,
                                              const DetectionOptions &options) {
  std::vector<Detection> candidates, result;
  size_t count = boxes.size() / 4, classes = count ? scores.size() / count : 0;
  for (size_t i = 0; i < count; ++i) {
    ArrayRef<float> box = boxes.slice(4 * i, 4),
                    own = scores.slice(i * classes, classes);
    Detection best{box[0], box[1], box[2], box[3], 0, -1};
    for (auto [label, score] : llvm::enumerate(own))
      if (static_cast<int64_t>(label) != options.background &&
          score >= options.threshold &&
          (best.label < 0 || score > best.score)) {
        best.label = static_cast<int64_t>(label);
        best.score = score;
      }
    if (best.label < 0)
      continue;
    if (options.areCentred || !options.priors.empty())
      setCentred(best, box,
                 options.priors.empty()
                     ? ArrayRef<float>()
                     : ArrayRef(options.priors).slice(4 * i, 4));
    candidates.push_back(best);
  }
  auto getRank = [](const Detection &box) {
    return std::make_tuple(-box.score, box.left, box.top, box.right, box.bottom,
                           box.label);
  };
  llvm::sort(candidates, [&](const Detection &a, const Detection &b) {
    return getRank(a) < getRank(b);
  });
  for (const Detection &candidate : candidates)
    if (llvm::none_of(result, [&](const Detection &stronger) {
          return stronger.label == candidate.label &&
                 getOverlap(stronger, candidate) > options.suppression;
        }))
      result.push_back(candidate);
  return result;
}

llvm::Expected<DetectionComparison>
DetectionComparison::create(DetectionOptions options,
                            ArrayRef<ValueSpec> outputs) {
  size_t places[2];
  StringRef names[] = {options.boxes, options.scores};
  for (auto [place, name] : llvm::zip_equal(places, names)) {
    for (place = 0; place < outputs.size(); ++place)
      if (outputs[place].name == name)
        break;
    if (place == outputs.size() || outputs[place].kind != ElementKind::F32)
      return makeError("--detections: expected an output in f32 named '" +
                       name + "'");
  }
  ArrayRef<int64_t> boxes = outputs[places[0]].shape,
                    scores = outputs[places[1]].shape;
  if (boxes.size() < 2 || boxes.back() != 4 || scores.size() < 2 ||
      boxes.drop_back() != scores.drop_back() || scores.back() < 1)
    return makeError("--detections: expected boxes of shape [..., N, 4] and "
                     "scores of shape [..., N, classes] at '" +
                     options.boxes + "' and '" + options.scores + "'");
  if (int64_t count = boxes.drop_back().back();
      !options.priors.empty() &&
      static_cast<int64_t>(options.priors.size()) != 4 * count)
    return makeError("--detections: expected " + Twine(count) +
                     " priors, one for each box, found " +
                     Twine(options.priors.size() / 4));
  if (options.background && *options.background >= scores.back())
    return makeError("--detections: expected a background below " +
                     Twine(scores.back()) + ", found " +
                     Twine(*options.background));
  return DetectionComparison(std::move(options), places[0], places[1]);
}

void DetectionComparison::add(ArrayRef<HostTensor> expected,
                              ArrayRef<HostTensor> found) {
  auto detect = [&](ArrayRef<HostTensor> outputs) {
    return findDetections(outputs[boxes].toFloats(), outputs[scores].toFloats(),
                          options);
  };
  std::vector<Detection> wanted = detect(expected), own = detect(found);
  numExpected += static_cast<int64_t>(wanted.size());
  numFound += static_cast<int64_t>(own.size());
  for (const Detection &detection : wanted) {
    auto best = own.end();
    double most = options.iou;
    for (auto it = own.begin(); it != own.end(); ++it)
      if (double overlap = getOverlap(*it, detection);
          it->label == detection.label && overlap >= most) {
        best = it;
        most = overlap;
      }
    if (best == own.end())
      continue;
    ++numKept;
    own.erase(best);
  }
}
