//===- MinCut.cpp - minimum cut of a small flow network -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MinCut.h"

using namespace narrow;
using namespace narrow::prepare;

MinCut::Node MinCut::addNode() {
  adjacent.emplace_back();
  return adjacent.size() - 1;
}

void MinCut::addEdge(Node from, Node to, int64_t capacity) {
  adjacent[from].push_back(edges.size());
  edges.push_back({to, capacity});
  adjacent[to].push_back(edges.size());
  edges.push_back({from, 0});
}

bool MinCut::assignLevels(Node source, Node sink) {
  level.assign(adjacent.size(), -1);
  level[source] = 0;
  SmallVector<Node> queue{source};
  for (size_t head = 0; head < queue.size(); ++head)
    for (uint32_t e : adjacent[queue[head]])
      if (edges[e].residual > 0 && level[edges[e].to] < 0) {
        level[edges[e].to] = level[queue[head]] + 1;
        queue.push_back(edges[e].to);
      }
  return level[sink] >= 0;
}

int64_t MinCut::augment(Node source, Node sink) {
  // Iterative depth-first search: a graph's depth must not be bounded by the
  // stack's.
  SmallVector<uint32_t> path;
  Node node = source;
  while (node != sink) {
    bool advanced = false;
    for (; next[node] < adjacent[node].size(); ++next[node]) {
      uint32_t e = adjacent[node][next[node]];
      if (edges[e].residual > 0 && level[edges[e].to] == level[node] + 1) {
        path.push_back(e);
        node = edges[e].to;
        advanced = true;
        break;
      }
    }
    if (advanced)
      continue;
    if (path.empty())
      return 0;
    node = edges[path.pop_back_val() ^ 1].to;
    ++next[node];
  }
  int64_t amount = kInfinite;
  for (uint32_t e : path)
    amount = std::min(amount, edges[e].residual);
  for (uint32_t e : path) {
    edges[e].residual -= amount;
    edges[e ^ 1].residual += amount;
  }
  return amount;
}

int64_t MinCut::solve(Node source, Node sink) {
  int64_t flow = 0;
  while (assignLevels(source, sink)) {
    next.assign(adjacent.size(), 0);
    while (int64_t amount = augment(source, sink))
      flow += amount;
  }
  return flow;
}
