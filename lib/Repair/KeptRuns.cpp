//===- KeptRuns.cpp - what runs of a float model taught -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/KeptRuns.h"

using namespace narrow;

/// Bytes that all that is kept takes at the most: a search holds several
/// networks beside it.
static constexpr int64_t kMostBytes = int64_t(512) << 20;

static thread_local KeptRuns *kept = nullptr;

KeptRuns::KeptRuns() : isOutermost(!kept) {
  if (isOutermost)
    kept = this;
}

KeptRuns::~KeptRuns() {
  if (isOutermost)
    kept = nullptr;
}

std::shared_ptr<const void> KeptRuns::findAny(const Key &key) {
  if (!kept)
    return nullptr;
  auto found = kept->entries.find(key);
  return found == kept->entries.end() ? nullptr : found->second;
}

bool KeptRuns::hasRoom(int64_t bytes) {
  return kept && kept->bytes + bytes <= kMostBytes;
}

void KeptRuns::add(Key key, std::shared_ptr<const void> made, int64_t bytes) {
  if (!hasRoom(bytes))
    return;
  if (kept->entries.try_emplace(std::move(key), std::move(made)).second)
    kept->bytes += bytes;
}
