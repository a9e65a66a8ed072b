//===- Noise.cpp - inputs for timing --------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Noise.h"

#include <random>

using namespace narrow;

std::vector<HostTensor> narrow::makeNoise(ArrayRef<ValueSpec> specs,
                                          unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<HostTensor> tensors;
  for (const ValueSpec &spec : specs) {
    tensors.emplace_back(spec.kind, spec.shape, spec.name);
    if (spec.kind == ElementKind::F32)
      for (float &value : tensors.back().data<float>())
        value = normal(random);
  }
  return tensors;
}
