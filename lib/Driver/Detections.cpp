//===- Detections.cpp - a detector's boxes, kept and new ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Detections.h"

#include "narrow/Support/Error.h"
#include "narrow/Support/LLVM.h"
#include "llvm/ADT/STLExtras.h"

using namespace narrow;

llvm::Expected<DetectionOptions>
DetectionOptions::parse(ArrayRef<std::string> words) {
  DetectionOptions options;
  for (StringRef word : words) {
    auto [key, text] = word.split('=');
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
    } else
      isRead = false;
    if (!isRead)
      return makeError("expected boxes=NAME, scores=NAME, background=K, "
                       "threshold=T, iou=T, nms=T (above 0, up to 1) or "
                       "form=corners|centre in --detections, found '" +
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
  Detection common{std::max(a.left, b.left), std::max(a.top, b.top),
                   std::min(a.right, b.right), std::min(a.bottom, b.bottom), 0,
                   0};
  double shared = getArea(common), all = getArea(a) + getArea(b) - shared;
  return all > 0 ? shared / all : 0;
}

std::vector<Detection>
narrow::findDetections(ArrayRef<float> boxes, ArrayRef<float> scores,
                       const DetectionOptions &options) {
  std::vector<Detection> candidates, result;
  size_t count = boxes.size() / 4,
         classes = count ? scores.size() / count : 0;
  for (size_t i = 0; i < count; ++i) {
    ArrayRef<float> box = boxes.slice(4 * i, 4),
                    own = scores.slice(i * classes, classes);
    Detection best{box[0], box[1], box[2], box[3], 0, -1};
    for (auto [label, score] : llvm::enumerate(own))
      if (static_cast<int64_t>(label) != options.background &&
          score >= options.threshold && (best.label < 0 || score > best.score)) {
        best.label = static_cast<int64_t>(label);
        best.score = score;
      }
    if (best.label < 0)
      continue;
    if (options.areCentred) {
      best.left = box[0] - box[2] / 2;
      best.top = box[1] - box[3] / 2;
      best.right = box[0] + box[2] / 2;
      best.bottom = box[1] + box[3] / 2;
    }
    candidates.push_back(best);
  }
  llvm::stable_sort(candidates, [](const Detection &a, const Detection &b) {
    return a.score > b.score;
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
    place = llvm::find_if(outputs,
                          [&](const ValueSpec &spec) {
                            return spec.name == name;
                          }) -
            outputs.begin();
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
  if (options.background && *options.background >= scores.back())
    return makeError("--detections: expected a background below " +
                     Twine(scores.back()) + ", found " +
                     Twine(*options.background));
  return DetectionComparison(std::move(options), places[0], places[1]);
}

void DetectionComparison::add(ArrayRef<HostTensor> expected,
                              ArrayRef<HostTensor> found) {
  auto detect = [&](ArrayRef<HostTensor> outputs) {
    return findDetections(outputs[boxes].toFloats(),
                          outputs[scores].toFloats(), options);
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
