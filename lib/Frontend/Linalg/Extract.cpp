//===- Extract.cpp - elements at computed positions -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgImporter.h"

using namespace narrow;
using namespace narrow::frontend;

/// The loops that a value varies along.
static SmallVector<unsigned> getLoops(const Tensor &tensor) {
  SmallVector<unsigned> loops;
  for (auto [loop, size] : llvm::enumerate(tensor.shape))
    if (size != 1)
      loops.push_back(loop);
  return loops;
}

Tensor LinalgImporter::extract(Tensor source, ArrayRef<Tensor> indices,
                               unsigned numLoops) {
  if (!source)
    return {};
  SmallVector<Tensor> whole;
  SmallVector<unsigned> used;
  bool isSeparable = true, isConstant = true;
  for (const Tensor &index : indices) {
    whole.push_back(b->expandRank(index, numLoops));
    if (!whole.back())
      return {};
    isConstant &= index.literal != nullptr;
    for (unsigned loop : getLoops(whole.back())) {
      isSeparable &= !llvm::is_contained(used, loop);
      used.push_back(loop);
    }
  }
  if (!isSeparable && isConstant) {
    // Positions in the elements as they lie in a row.
    Tensor flat = b->scalar(DataType::I64, 0);
    Shape strides = getStrides(source.shape);
    for (auto [axis, index] : llvm::enumerate(whole))
      flat = b->binary(
          BinaryOp::Add, flat,
          b->binary(BinaryOp::Mul, index, static_cast<double>(strides[axis])));
    return b->gather(b->reshape(source, {source.getNumElements()}), flat, 0);
  }
  if (!isSeparable) {
    (void)unsupported("reading at computed positions of several axes that vary "
                      "along one loop");
    return {};
  }
  // One axis after the other, from the last on: each becomes the loops that its
  // index varies along.
  SmallVector<unsigned> loops;
  for (int64_t axis = static_cast<int64_t>(whole.size()) - 1; axis >= 0;
       --axis) {
    SmallVector<unsigned> own = getLoops(whole[axis]);
    Shape shape;
    for (unsigned loop : own)
      shape.push_back(whole[axis].shape[loop]);
    source = b->gather(source, b->reshape(whole[axis], shape), axis);
    if (!source)
      return {};
    loops.insert(loops.begin(), own.begin(), own.end());
  }
  return spread(source, loops, numLoops);
}
