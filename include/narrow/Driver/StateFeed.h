//===- StateFeed.h - outputs that are inputs of the next step --*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network with state computes one step of a sequence: what an output gives is
// an input of the next step. What quantising costs shows only where the network
// feeds itself, as errors may grow from step to step.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_STATEFEED_H
#define NARROW_DRIVER_STATEFEED_H

#include "narrow/Driver/Model.h"

namespace narrow {

/// Parses `--state OUT=IN`, by ONNX names, into `options`.
llvm::Error parseState(StringRef text, StateOptions &options);

/// Where the state of a network goes.
class StateFeed {
public:
  /// Finds inputs and outputs by their names. Fails, naming it, where one is
  /// not there or taken twice, or where a pair differs in shape or elements.
  static llvm::Expected<StateFeed> find(const StateOptions &options,
                                        ArrayRef<ValueSpec> inputs,
                                        ArrayRef<ValueSpec> outputs);

  /// A pair of an output and an input by their places.
  struct Link {
    size_t output, input;
  };
  ArrayRef<Link> getLinks() const { return links; }
  bool isEmpty() const { return links.empty(); }
  bool takesState(size_t input) const;
  /// The steps of a sequence; `count` where all samples are one.
  int64_t getLength(int64_t count) const {
    return steps ? std::min(steps, count) : count;
  }
  /// Whether `step` begins a sequence: its state is not the step before's.
  bool isFirst(int64_t step) const { return steps ? step % steps == 0 : !step; }
  /// Puts what `before`, the outputs of the step before, say of the state into
  /// the inputs of `step`.
  void feed(int64_t step, ArrayRef<HostTensor> before,
            std::vector<HostTensor> &inputs) const;
  /// The state among a step's inputs: a tensor for each link.
  std::vector<HostTensor> pick(ArrayRef<HostTensor> inputs) const;

private:
  SmallVector<Link> links;
  int64_t steps = 0;
};

} // namespace narrow

#endif // NARROW_DRIVER_STATEFEED_H
