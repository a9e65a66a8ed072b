//===- Einsum.cpp - Einstein's sums ---------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include "llvm/ADT/StringExtras.h"

using namespace narrow;
using namespace narrow::frontend;

namespace {

/// A tensor whose axes carry labels: letters, and for the axes of an ellipsis
/// numbers from 256 on, counted from the last.
struct Labelled {
  Tensor tensor;
  SmallVector<int> labels;
};

/// Expands "..." to `count` labels.
std::optional<SmallVector<int>> parseLabels(StringRef term, int64_t count) {
  SmallVector<int> labels;
  while (!term.empty()) {
    if (term.consume_front("...")) {
      for (int64_t i = count - 1; i >= 0; --i)
        labels.push_back(256 + static_cast<int>(i));
      continue;
    }
    if (!llvm::isAlpha(term.front()))
      return std::nullopt;
    labels.push_back(term.front());
    term = term.drop_front();
  }
  return labels;
}

/// Orders the axes as `wanted`, which names all labels.
Tensor arrange(TensorBuilder &b, const Labelled &from, ArrayRef<int> wanted) {
  SmallVector<int64_t> perm;
  for (int label : wanted)
    perm.push_back(llvm::find(from.labels, label) - from.labels.begin());
  return b.transpose(from.tensor, perm);
}

/// Takes the diagonal of axes with one label.
Labelled takeDiagonals(TensorBuilder &b, Labelled from) {
  for (size_t i = 0; i < from.labels.size() && from.tensor; ++i)
    for (size_t j = i + 1; j < from.labels.size(); ++j) {
      if (from.labels[i] != from.labels[j])
        continue;
      SmallVector<int64_t> perm;
      for (size_t k = 0; k < from.labels.size(); ++k)
        if (k != i && k != j)
          perm.push_back(k);
      perm.push_back(i);
      perm.push_back(j);
      Tensor moved = b.transpose(from.tensor, perm);
      int64_t size = moved.shape.back();
      SmallVector<int64_t> positions;
      for (int64_t k = 0; k < size; ++k)
        positions.push_back(k * (size + 1));
      Shape merged(moved.shape.begin(), moved.shape.end() - 1);
      merged.back() *= size;
      int label = from.labels[i];
      from.tensor = b.gather(b.reshape(moved, merged),
                             Tensor(makeVector(positions)), merged.size() - 1);
      from.labels.erase(from.labels.begin() + j);
      from.labels.erase(from.labels.begin() + i);
      from.labels.push_back(label);
      return takeDiagonals(b, from);
    }
  return from;
}

/// Sums over labels that `isKept` does not want.
Labelled sumOthers(TensorBuilder &b, Labelled from,
                   function_ref<bool(int)> isKept) {
  SmallVector<int64_t> axes;
  SmallVector<int> labels;
  for (auto [i, label] : llvm::enumerate(from.labels)) {
    if (isKept(label))
      labels.push_back(label);
    else
      axes.push_back(i);
  }
  return {axes.empty() ? from.tensor
                       : b.reduce(ReduceOp::Sum, from.tensor, axes, false),
          labels};
}

/// Contracts two operands over their common labels that `isKept` does not want,
/// as a batched matrix product.
Labelled contract(TensorBuilder &b, Labelled lhs, Labelled rhs,
                  function_ref<bool(int)> isKept) {
  lhs = sumOthers(b, lhs, [&](int label) {
    return isKept(label) || llvm::is_contained(rhs.labels, label);
  });
  rhs = sumOthers(b, rhs, [&](int label) {
    return isKept(label) || llvm::is_contained(lhs.labels, label);
  });
  if (!lhs.tensor || !rhs.tensor)
    return {};
  SmallVector<int> batch, inner, left, right, result;
  for (int label : lhs.labels)
    (!llvm::is_contained(rhs.labels, label) ? left
     : isKept(label)                        ? batch
                                            : inner)
        .push_back(label);
  for (int label : rhs.labels)
    if (!llvm::is_contained(lhs.labels, label))
      right.push_back(label);
  auto sizeOf = [](const Labelled &from, int label) {
    return from.tensor
        .shape[llvm::find(from.labels, label) - from.labels.begin()];
  };
  auto sizes = [&](ArrayRef<int> labels) {
    Shape shape;
    for (int label : labels) {
      int64_t size = 1;
      for (const Labelled *side : {&lhs, &rhs})
        if (llvm::is_contained(side->labels, label))
          size = std::max(size, sizeOf(*side, label));
      shape.push_back(size);
    }
    return shape;
  };
  auto prepare = [&](const Labelled &side, ArrayRef<int> second,
                     ArrayRef<int> third) {
    SmallVector<int> order(batch);
    order.append(second.begin(), second.end());
    order.append(third.begin(), third.end());
    Tensor full = b.broadcastTo(arrange(b, side, order), sizes(order));
    Shape shape = {getNumElements(sizes(second)), getNumElements(sizes(third))};
    if (!batch.empty())
      shape.insert(shape.begin(), getNumElements(sizes(batch)));
    return b.reshape(full, shape);
  };
  Tensor product =
      b.matmul(prepare(lhs, left, inner), prepare(rhs, inner, right));
  result = batch;
  result.append(left);
  result.append(right);
  return {b.reshape(product, sizes(result)), result};
}

} // namespace

LogicalResult frontend::importEinsum(Node &node) {
  TensorBuilder &b = node.b;
  std::string equation = node.getString("equation", "");
  llvm::erase(equation, ' ');
  auto [left, right] = StringRef(equation).split("->");
  bool hasResult = StringRef(equation).contains("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != node.getNumOperands() ||
      failed(node.expectOperands(terms.size())))
    return node.error("equation '" + Twine(equation) + "' does not have " +
                      Twine(node.getNumOperands()) + " terms");
  SmallVector<Labelled> operands;
  int64_t ellipsis = 0;
  for (auto [i, term] : llvm::enumerate(terms)) {
    int64_t letters = llvm::count_if(term, llvm::isAlpha);
    int64_t count = node[i].getRank() - letters;
    auto labels = parseLabels(term, std::max<int64_t>(count, 0));
    if (!labels || static_cast<int64_t>(labels->size()) != node[i].getRank())
      return node.error("term '" + Twine(term) + "' does not fit shape " +
                        toString(node[i].shape));
    if (term.contains("..."))
      ellipsis = std::max(ellipsis, count);
    operands.push_back(takeDiagonals(b, {node[i], *labels}));
  }
  // Without a result: the letters that occur once, in alphabetical order.
  SmallVector<int> wanted;
  if (hasResult) {
    auto labels = parseLabels(right, ellipsis);
    if (!labels)
      return node.error("cannot read equation '" + Twine(equation) + "'");
    wanted = *labels;
  } else {
    for (int64_t i = ellipsis - 1; i >= 0; --i)
      wanted.push_back(256 + static_cast<int>(i));
    for (char c : StringRef("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "abcdefghijklmnopqrstuvwxyz"))
      if (llvm::count(left, c) == 1)
        wanted.push_back(c);
  }
  Labelled result = operands.front();
  for (size_t i = 1; i < operands.size(); ++i) {
    auto isKept = [&](int label) {
      bool later = llvm::is_contained(wanted, label);
      for (size_t k = i + 1; k < operands.size(); ++k)
        later |= llvm::is_contained(operands[k].labels, label);
      return later;
    };
    result = contract(b, result, operands[i], isKept);
  }
  result = sumOthers(
      b, result, [&](int label) { return llvm::is_contained(wanted, label); });
  if (!result.tensor)
    return failure();
  if (result.labels.size() != wanted.size())
    return node.error("cannot read equation '" + Twine(equation) + "'");
  return node.set(0, arrange(b, result, wanted));
}
