//===- Elementwise.cpp - loops of elementwise kernels ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "ShuffledNest.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace narrow;
using namespace narrow::codegen;

Box codegen::makeBox(KernelBuilder &kb, Value argument, const StoredType &type,
                     const BufferLayout &layout, ArrayRef<int64_t> shape) {
  return {kb.view(argument, type), StridedView::broadcast(layout, shape)};
}

void codegen::emitElementwise(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                              ArrayRef<Box> inputs, const Box &output,
                              unsigned width, int64_t channelAxis,
                              ElementFunction function) {
  SmallVector<StridedView> views;
  for (const Box &input : inputs)
    views.push_back(input.view);
  views.push_back(output.view);
  // The channel number walks along as one more box.
  if (channelAxis >= 0) {
    StridedView channels{0, SmallVector<int64_t>(sizes.size(), 0)};
    channels.strides[channelAxis] = 1;
    views.push_back(channels);
  }
  unsigned outputIndex = inputs.size(), channelIndex = outputIndex + 1;
  emitNest(kb, sizes, views, [&](const NestRun &run) {
    bool vectors = run.steps[outputIndex] == 1;
    for (unsigned i = 0; i < inputs.size(); ++i)
      vectors = vectors && run.steps[i] <= 1;
    kb.run(run.length, vectors ? width : 1, [&](Value at, unsigned lanes) {
      auto offset = [&](unsigned i) {
        return run.steps[i] == 0
                   ? run.offsets[i]
                   : kb.add(run.offsets[i], kb.mul(at, run.steps[i]));
      };
      SmallVector<Value> values;
      for (auto [i, input] : llvm::enumerate(inputs))
        values.push_back(run.steps[i] == 0 && lanes > 1
                             ? kb.loadSplatWide(input.buffer, offset(i), lanes)
                             : kb.loadWide(input.buffer, offset(i), lanes));
      // Axes of size 1 drop out of the nest, so the run may or may not be
      // along the channels, wherever their axis is.
      LaneChannels channels;
      if (channelAxis >= 0)
        channels = {offset(channelIndex), run.steps[channelIndex] == 0};
      kb.storeNarrow(function(values, channels), output.buffer,
                     offset(outputIndex));
    });
  });
}

bool codegen::emitShuffledCast(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                               const Box &input, const Box &output,
                               function_ref<Value(Value piece)> function) {
  auto [merged, views] = mergeAxes(sizes, {input.view, output.view});
  auto type = cast<mlir::MemRefType>(input.buffer.memref.getType());
  auto load = [&](Value at, unsigned lanes) {
    if (!input.buffer.isFloat)
      return kb.load(input.buffer, at, lanes);
    return kb.truncate(function(kb.load(input.buffer, at, lanes)),
                       output.buffer.bytes * 8);
  };
  auto store = [&](Value piece, Value at) {
    if (output.buffer.isFloat)
      piece = function(kb.extend(piece, 32, input.buffer.isSigned));
    kb.store(piece, output.buffer, at);
  };
  return emitShuffledNest(kb, merged, views[0], views[1],
                          std::min(input.buffer.bytes, output.buffer.bytes),
                          type.getDimSize(0), load, store);
}
