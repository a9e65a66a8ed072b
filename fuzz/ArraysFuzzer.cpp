//===- ArraysFuzzer.cpp - samples in .npy and .npz -===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Opens what is drawn as samples, reads some of them, and reads it as arrays.
//
//===----------------------------------------------------------------------===//

#include "InputFile.h"
#include "narrow/Support/Npy.h"
#include <algorithm>

using namespace narrow;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::InputFile npy("input.npy"), npz("input.npz");
  bool isArchive = size > 1 && data[0] == 'P' && data[1] == 'K';
  llvm::StringRef path = (isArchive ? npz : npy).write(data, size);
  auto samples = SampleFile::open(path);
  llvm::Error error = samples ? samples->verify() : samples.takeError();
  if (!error) {
    for (size_t a = 0; a < samples->getNumArrays(); ++a)
      for (int64_t i = 0; i < std::min<int64_t>(samples->getNumSamples(), 4);
           ++i)
        samples->get(a, i);
    if (samples->getNumSamples())
      samples->hash(samples->getNumSamples() - 1);
  } else {
    fuzz::expectReason(std::move(error));
  }
  if (auto arrays = listArrays(path); !arrays)
    fuzz::expectReason(arrays.takeError());
  return 0;
}
