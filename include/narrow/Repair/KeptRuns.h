//===- KeptRuns.h - what runs of a float model taught ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REPAIR_KEPTRUNS_H
#define NARROW_REPAIR_KEPTRUNS_H

#include "narrow/Support/LLVM.h"
#include <map>
#include <memory>
#include <vector>

namespace narrow {

/// As long as one of these lives, repairs on this thread keep what they learn
/// of the float model when it runs, and those of other networks made from it
/// run it no more: for searches that quantise one model many times. Models and
/// calibration samples have to stay as they are meanwhile. `repair` makes one
/// of its own, so that its steps share runs.
class KeptRuns {
public:
  /// By whom, of which model and values, on which samples.
  using Key = std::vector<uintptr_t>;

  KeptRuns();
  ~KeptRuns();
  KeptRuns(const KeptRuns &) = delete;
  KeptRuns &operator=(const KeptRuns &) = delete;

  /// Returns what was kept on this thread under a key, or null.
  template <typename T>
  static std::shared_ptr<const T> find(const Key &key) {
    return std::static_pointer_cast<const T>(findAny(key));
  }
  /// Keeps `made`, which takes about `bytes`, as long as the outermost of this
  /// thread lives; does not where all together would take too many.
  static void add(Key key, std::shared_ptr<const void> made, int64_t bytes);
  /// Whether so many bytes more would be kept.
  static bool hasRoom(int64_t bytes);

private:
  static std::shared_ptr<const void> findAny(const Key &key);

  std::map<Key, std::shared_ptr<const void>> entries;
  int64_t bytes = 0;
  bool isOutermost;
};

} // namespace narrow

#endif // NARROW_REPAIR_KEPTRUNS_H
