//===- StepOrder.cpp - K steps by whether pairs of products fit -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepOrder.h"
#include "narrow/Support/PairSafe.h"
#include <cstring>

using namespace narrow;
using namespace narrow::codegen;

StepOrder::StepOrder(const TiledShape &shape, int64_t slotsPerGroup)
    : steps(shape.runs() * shape.steps()),
      lists(shape.groups * slotsPerGroup / kChannels),
      offsetBytes(shape.runs() == 1 ? 0 : llvm::alignTo(4 * steps, 64)),
      listBytes(llvm::alignTo(kEndBytes + 2 * steps, 64)),
      bytes(offsetBytes + lists * listBytes), shape(shape),
      slotsPerGroup(slotsPerGroup) {
  assert(shape.group == 4 && "a step is two pairs");
}

std::vector<char>
StepOrder::pack(const ContractionData &data,
                std::array<int64_t, kPartners> &safeSteps) const {
  std::vector<char> packed(bytes, 0);
  auto put = [&](int64_t at, int64_t value, unsigned size) {
    std::memcpy(packed.data() + at, &value, size);
  };
  for (int64_t step = 0; offsetBytes && step < steps; ++step) {
    int64_t run = step / shape.steps(), at = step % shape.steps() * 4;
    for (const TiledShape::Loop &loop : llvm::reverse(shape.kernel)) {
      at += run % loop.count * loop.stride;
      run /= loop.count;
    }
    put(4 * step, at, 4);
  }
  // Padding has zero weights, which are safe beside anything.
  auto weight = [&](int64_t slot, int64_t step, int64_t i) -> int32_t {
    int64_t group = slot / slotsPerGroup, channel = slot % slotsPerGroup;
    int64_t run = step / shape.steps(), k = step % shape.steps() * 4 + i;
    if (channel >= shape.channels || k >= shape.run)
      return 0;
    return data.weight(group * shape.channels + channel, run * shape.run + k);
  };
  // Byte 0 and its partner, and the other two.
  static constexpr int64_t pairs[kPartners][2][2] = {
      {{0, 1}, {2, 3}}, {{0, 2}, {1, 3}}, {{0, 3}, {1, 2}}};
  auto isSafe = [&](int64_t list, int64_t step, int64_t kind) {
    for (int64_t slot = list * kChannels; slot < (list + 1) * kChannels; ++slot)
      for (const auto &[x, y] : pairs[kind])
        if (!isPairSafe(weight(slot, step, x), weight(slot, step, y)))
          return false;
    return true;
  };
  safeSteps.fill(0);
  for (int64_t list = 0; list < lists; ++list) {
    SmallVector<int64_t> byPartner[kPartners + 1];
    for (int64_t step = 0; step < steps; ++step) {
      int64_t kind = 0;
      while (kind < kPartners && !isSafe(list, step, kind))
        ++kind;
      byPartner[kind].push_back(step);
    }
    int64_t at = listAt(list), end = 0;
    for (int64_t kind = 0; kind < kPartners; ++kind, at += 4) {
      safeSteps[kind] += byPartner[kind].size();
      end += byPartner[kind].size();
      put(at, end, 4);
    }
    for (const SmallVector<int64_t> &some : byPartner)
      for (int64_t step : some) {
        put(at, step, 2);
        at += 2;
      }
  }
  return packed;
}
