//===- Detections.h - a detector's boxes, kept and new ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_DETECTIONS_H
#define NARROW_DRIVER_DETECTIONS_H

#include "narrow/Driver/Model.h"
#include "narrow/Support/HostTensor.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace narrow {

/// What a detector's outputs are, and what counts as a detection.
struct DetectionOptions {
  /// Names of the outputs: boxes of shape [..., N, 4], and scores of shape
  /// [..., N, classes], between 0 and 1.
  std::string boxes, scores;
  /// The class that says that there is nothing.
  std::optional<int64_t> background;
  /// The least score of a detection; the least overlap (intersection over
  /// union) of two that are one, and with which the weaker of two of one run is
  /// suppressed.
  double threshold = 0.5, iou = 0.5, suppression = 0.5;
  /// Boxes are centre, width and height instead of two corners.
  bool areCentred = false;
  /// Of boxes that are offsets from priors, as SSD has them (Liu et al., 2016),
  /// these: N of centre, width and height.
  std::vector<float> priors;

  /// Reads `boxes=NAME`, `scores=NAME`, `background=K`, `threshold=T`, `iou=T`,
  /// `nms=T`, `form=corners|centre` and `priors=FILE`.
  static llvm::Expected<DetectionOptions>
  parse(llvm::ArrayRef<std::string> words);
};

/// A box, as two corners; `score` is that of its class.
struct Detection {
  double left, top, right, bottom, score;
  int64_t label;
};

/// Returns what `boxes` and `scores`, each of N, say: the class of each box
/// that scores most, of those that reach the threshold and that no stronger box
/// of their class overlaps, the strongest first.
std::vector<Detection> findDetections(llvm::ArrayRef<float> boxes,
                                      llvm::ArrayRef<float> scores,
                                      const DetectionOptions &options);

/// Counts the float model's detections that a quantised one keeps.
class DetectionComparison {
public:
  /// Fails where a model's outputs have not these names and shapes.
  static llvm::Expected<DetectionComparison>
  create(DetectionOptions options, llvm::ArrayRef<ValueSpec> outputs);

  /// Takes in all outputs of one sample.
  void add(llvm::ArrayRef<HostTensor> expected,
           llvm::ArrayRef<HostTensor> found);

  int64_t getNumExpected() const { return numExpected; }
  int64_t getNumFound() const { return numFound; }
  /// The float model's detections that have one of the same class over them;
  /// each stands for one.
  int64_t getNumKept() const { return numKept; }
  int64_t getNumNew() const { return numFound - numKept; }

private:
  DetectionComparison(DetectionOptions options, size_t boxes, size_t scores)
      : options(std::move(options)), boxes(boxes), scores(scores) {}

  DetectionOptions options;
  /// Which outputs they are.
  size_t boxes, scores;
  int64_t numExpected = 0, numFound = 0, numKept = 0;
};

} // namespace narrow

#endif // NARROW_DRIVER_DETECTIONS_H
