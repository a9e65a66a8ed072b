//===- StridedNest.cpp - loops over strided boxes --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShuffledNest.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;

SmallVector<int64_t> StridedView::denseStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t axis = int64_t(shape.size()) - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

StridedView StridedView::of(const BufferLayout &layout) {
  StridedView view{layout.origin, denseStrides(layout.shape)};
  if (layout.shape.size() == 4 && !layout.isDense()) {
    view.strides[2] = layout.pixelStride;
    view.strides[1] = layout.rowStride;
    view.strides[0] = layout.imageStride;
  }
  return view;
}

StridedView StridedView::broadcast(const BufferLayout &layout,
                                   ArrayRef<int64_t> shape) {
  StridedView view = of(layout);
  for (auto [stride, size, wanted] :
       llvm::zip_equal(view.strides, layout.shape, shape))
    if (size == 1 && wanted != 1)
      stride = 0;
  return view;
}

/// Emits the loops of axes `axis` and further in.
static void emitAxis(KernelBuilder &kb, unsigned axis, ArrayRef<int64_t> sizes,
                     ArrayRef<StridedView> views, ArrayRef<Value> offsets,
                     function_ref<void(const NestRun &)> body) {
  if (axis + 1 == sizes.size()) {
    NestRun run;
    run.offsets.assign(offsets.begin(), offsets.end());
    for (const StridedView &view : views)
      run.steps.push_back(view.strides[axis]);
    run.length = sizes[axis];
    body(run);
    return;
  }
  kb.loop(sizes[axis], [&](Value iv) {
    SmallVector<Value> inner;
    for (auto [view, offset] : llvm::zip_equal(views, offsets))
      inner.push_back(view.strides[axis] == 0
                          ? offset
                          : kb.add(offset, kb.mul(iv, view.strides[axis])));
    emitAxis(kb, axis + 1, sizes, views, inner, body);
  });
}

std::pair<SmallVector<int64_t>, SmallVector<StridedView>>
codegen::mergeAxes(ArrayRef<int64_t> sizes, ArrayRef<StridedView> views) {
  SmallVector<int64_t> merged;
  SmallVector<StridedView> mergedViews;
  for (const StridedView &view : views)
    mergedViews.push_back({view.origin, {}});
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    if (size == 1)
      continue;
    bool joins = !merged.empty();
    for (auto [view, mergedView] : llvm::zip_equal(views, mergedViews))
      joins = joins && mergedView.strides.back() == view.strides[axis] * size;
    if (joins)
      merged.back() *= size;
    else
      merged.push_back(size);
    for (auto [view, mergedView] : llvm::zip_equal(views, mergedViews)) {
      if (joins)
        mergedView.strides.back() = view.strides[axis];
      else
        mergedView.strides.push_back(view.strides[axis]);
    }
  }
  if (merged.empty()) {
    merged.push_back(1);
    for (StridedView &view : mergedViews)
      view.strides.push_back(1);
  }
  return {std::move(merged), std::move(mergedViews)};
}

void codegen::emitNest(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                       ArrayRef<StridedView> views,
                       function_ref<void(const NestRun &)> body) {
  auto [merged, mergedViews] = mergeAxes(sizes, views);
  SmallVector<Value> offsets;
  for (const StridedView &view : mergedViews)
    offsets.push_back(kb.index(view.origin));
  emitAxis(kb, 0, merged, mergedViews, offsets, body);
}

void codegen::emitCopy(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                       const TypedBuffer &from, const StridedView &fromView,
                       const TypedBuffer &to, const StridedView &toView) {
  auto [merged, views] = mergeAxes(sizes, {fromView, toView});
  int64_t readable =
      cast<mlir::MemRefType>(from.memref.getType()).getDimSize(0);
  if (emitShuffledNest(
          kb, merged, views[0], views[1], from.bytes, readable,
          [&](Value at, unsigned lanes) { return kb.load(from, at, lanes); },
          [&](Value piece, Value at) { kb.store(piece, to, at); }))
    return;
  emitNest(kb, merged, views, [&](const NestRun &run) {
    if (run.steps[0] == 1 && run.steps[1] == 1) {
      unsigned width = std::max(1u, kb.chunk() / from.bytes);
      kb.run(run.length, width, [&](Value at, unsigned lanes) {
        Value piece = kb.load(from, kb.add(run.offsets[0], at), lanes);
        kb.store(piece, to, kb.add(run.offsets[1], at));
      });
      return;
    }
    kb.loop(run.length, [&](Value at) {
      Value piece =
          kb.load(from, kb.add(run.offsets[0], kb.mul(at, run.steps[0])), 1);
      kb.store(piece, to, kb.add(run.offsets[1], kb.mul(at, run.steps[1])));
    });
  });
}
