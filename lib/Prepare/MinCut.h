//===- MinCut.h - minimum cut of a small flow network ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dinic's algorithm (1970): splits nodes into two sides such that the summed
// capacity of the edges from the first side to the second is least.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_PREPARE_MINCUT_H
#define NARROW_LIB_PREPARE_MINCUT_H

#include "narrow/Support/LLVM.h"
#include <cstdint>
#include <limits>

namespace narrow::prepare {

class MinCut {
public:
  using Node = uint32_t;
  static constexpr int64_t kInfinite = std::numeric_limits<int64_t>::max() / 4;

  Node addNode();

  /// Cutting `from` (on the first side) from `to` (on the second) costs
  /// `capacity`.
  void addEdge(Node from, Node to, int64_t capacity);

  /// Returns the least cost that leaves `source` on the first side and `sink`
  /// on the second.
  int64_t solve(Node source, Node sink);

  /// Returns whether the node is on the second side. After `solve`.
  bool isOnSinkSide(Node node) const { return level[node] < 0; }

private:
  struct Edge {
    Node to;
    int64_t residual;
  };

  /// Numbers the nodes reachable from `source` by distance, the others -1.
  bool assignLevels(Node source, Node sink);
  /// Sends one path's flow along increasing levels; returns its amount.
  int64_t augment(Node source, Node sink);

  /// Edges in pairs: the edge with index e ^ 1 is the reverse of e.
  SmallVector<Edge> edges;
  SmallVector<SmallVector<uint32_t, 4>> adjacent;
  SmallVector<int32_t> level;
  SmallVector<uint32_t> next;
};

} // namespace narrow::prepare

#endif // NARROW_LIB_PREPARE_MINCUT_H
