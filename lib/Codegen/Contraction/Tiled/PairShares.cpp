//===- PairShares.cpp - how many steps VPMADDUBSW can take ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepOrder.h"
#include "narrow/Codegen/Contraction.h"
#include <numeric>

using namespace narrow;
using namespace narrow::codegen;

std::optional<PairShares> codegen::getPairShares(Operation *op) {
  // The same condition as for adding a residual: byte tiles, not depthwise.
  if (!canAddResidual(op))
    return std::nullopt;
  auto conv = dyn_cast<fxp::Conv2DOp>(op);
  FailureOr<ContractionData> data =
      ContractionData::get(cast<fxp::WeightedOpInterface>(op));
  if (failed(data) || !data->depth)
    return std::nullopt;
  data->splitIntoBytes();
  TiledShape shape;
  shape.groups = data->groups;
  shape.channels = data->channels / data->groups;
  // A kernel row is contiguous in memory where its positions are.
  shape.run = data->inputs;
  if (conv && data->groups == 1 && conv.getDilations()[1] == 1)
    shape.run *=
        cast<RankedTensorType>(conv.getWeights().getType()).getDimSize(2);
  shape.kernel.push_back({data->depth / shape.run, 0});
  StepOrder order(shape, llvm::alignTo(shape.channels, StepOrder::kChannels));
  std::array<int64_t, StepOrder::kPartners> safe;
  order.pack(*data, safe);
  double total = order.steps * order.lists;
  return PairShares{safe[0] / total,
                    std::accumulate(safe.begin() + 1, safe.end(), 0.0) / total};
}
