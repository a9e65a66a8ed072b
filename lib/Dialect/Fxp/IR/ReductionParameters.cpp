//===- ReductionParameters.cpp - average pools and resize taps ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include <cmath>
#include <set>

using namespace narrow;
using namespace narrow::fxp;

SmallVector<int64_t> fxp::getWindowCounts(const PoolGeometry &g,
                                          bool countPads) {
  if (countPads)
    return {g.kernel[0] * g.kernel[1]};
  // Distinct input positions per window along one axis.
  auto along = [](int64_t in, int64_t out, int64_t kernel, int64_t stride,
                  int64_t pad) {
    std::set<int64_t> counts;
    for (int64_t i = 0; i < out; ++i) {
      int64_t begin = std::max<int64_t>(0, i * stride - pad);
      int64_t end = std::min(in, i * stride - pad + kernel);
      counts.insert(end - begin);
    }
    return counts;
  };
  std::set<int64_t, std::greater<>> products;
  for (int64_t rows :
       along(g.inHeight, g.outHeight, g.kernel[0], g.strides[0], g.pads[0]))
    for (int64_t columns :
         along(g.inWidth, g.outWidth, g.kernel[1], g.strides[1], g.pads[1]))
      products.insert(rows * columns);
  return SmallVector<int64_t>(products.begin(), products.end());
}

FailureOr<AvgPoolParameters>
fxp::chooseAvgPool(MLIRContext *context, RequantMode mode, Type input,
                   Type result, const PoolGeometry &geometry, bool countPads,
                   std::string *reason) {
  AvgPoolParameters parameters;
  parameters.counts = getWindowCounts(geometry, countPads);
  QuantView in(input), out(result);
  assert(in && out && "expected quantised types");
  SmallVector<double> ratios;
  SmallVector<IntegerRange> sums;
  IntegerRange values = in.getCenteredRange();
  for (int64_t count : parameters.counts) {
    if (count <= 0) {
      if (reason)
        *reason = "expected every window to hold an input position";
      return failure();
    }
    ratios.push_back(in.getScale() /
                     (out.getScale() * static_cast<double>(count)));
    sums.push_back({values.lo * count, values.hi * count});
  }
  RequantOptions options;
  options.accumulators = sums;
  options.offsetTolerance = kExactOffset;
  auto requant =
      chooseRequantOrExact(context, mode, ratios, result, options, reason);
  if (failed(requant))
    return failure();
  parameters.requant = *requant;
  return parameters;
}

SmallVector<int32_t>
fxp::buildLinearTaps(int64_t in, int64_t out,
                     function_ref<double(int64_t)> source) {
  SmallVector<int32_t> taps;
  for (int64_t i = 0; i < out; ++i) {
    double x = std::clamp(source(i), 0.0, static_cast<double>(in - 1));
    int64_t low =
        std::min<int64_t>(static_cast<int64_t>(std::floor(x)), in - 1);
    int32_t fraction = static_cast<int32_t>(
        std::floor((x - static_cast<double>(low)) * 256 + 0.5));
    if (fraction == 256) {
      ++low;
      fraction = 0;
    }
    int64_t high = std::min(low + 1, in - 1);
    taps.append({static_cast<int32_t>(low),
                 static_cast<int32_t>(fraction ? high : low), fraction});
  }
  return taps;
}

SmallVector<int32_t>
fxp::buildNearestTaps(int64_t in, int64_t out,
                      function_ref<int64_t(int64_t)> source) {
  SmallVector<int32_t> taps;
  for (int64_t i = 0; i < out; ++i) {
    int32_t index =
        static_cast<int32_t>(std::clamp<int64_t>(source(i), 0, in - 1));
    taps.append({index, index, 0});
  }
  return taps;
}
