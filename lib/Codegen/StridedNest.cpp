//===- StridedNest.cpp - loops over strided boxes --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StridedNest.h"

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

/// Drops axes of size 1 and merges axis pairs that every box walks evenly; at
/// least one axis is left.
static std::pair<SmallVector<int64_t>, SmallVector<StridedView>>
mergeAxes(ArrayRef<int64_t> sizes, ArrayRef<StridedView> views) {
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

/// Interleaves `planes` (2 to 4) vectors of 16 bytes: element k of plane p goes
/// to byte k * planes + p. Returns as many vectors.
static SmallVector<Value> interleave(KernelBuilder &kb,
                                     ArrayRef<Value> planes) {
  OpBuilder &b = kb.getBuilder();
  int64_t count = planes.size(), width = KernelBuilder::lanesOf(planes[0]);
  SmallVector<Value> results;
  for (int64_t part = 0; part < count; ++part) {
    Value whole;
    for (int64_t plane = 0; plane < count; ++plane) {
      // Lanes of this plane are taken, the others kept.
      SmallVector<int64_t> mask;
      for (int64_t lane = 0; lane < width; ++lane) {
        int64_t at = part * width + lane;
        mask.push_back(at % count == plane ? width + at / count : lane);
      }
      whole = mlir::vector::ShuffleOp::create(
          b, kb.getLoc(), whole ? whole : planes[plane], planes[plane], mask);
    }
    results.push_back(whole);
  }
  return results;
}

/// Emits a copy whose last axes are pixels and planes: planes `planeStep`
/// elements apart become the neighbouring elements of a pixel (NCHW to NHWC of
/// an image). Returns false where the boxes do not look like that.
static bool emitInterleavingCopy(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                                 const TypedBuffer &from,
                                 const StridedView &fromView,
                                 const TypedBuffer &to,
                                 const StridedView &toView) {
  constexpr int64_t kWidth = 16;
  size_t rank = sizes.size();
  if (rank < 2 || from.bytes != 1 || kb.getTarget().vectorBytes < kWidth)
    return false;
  int64_t planes = sizes[rank - 1], pixels = sizes[rank - 2];
  int64_t planeStep = fromView.strides[rank - 1];
  if (planes < 2 || planes > 4 || pixels < kWidth ||
      fromView.strides[rank - 2] != 1 || toView.strides[rank - 1] != 1 ||
      toView.strides[rank - 2] != planes)
    return false;
  // Rows of pixels: the nest without the last axis.
  auto drop = [](const StridedView &view) {
    return StridedView{
        view.origin, SmallVector<int64_t>(ArrayRef(view.strides).drop_back())};
  };
  StridedView views[] = {drop(fromView), drop(toView)};
  SmallVector<Value> offsets = {kb.index(views[0].origin),
                                kb.index(views[1].origin)};
  emitAxis(kb, 0, sizes.drop_back(), views, offsets, [&](const NestRun &run) {
    auto piece = [&](Value at, int64_t width) {
      SmallVector<Value> loaded;
      for (int64_t plane = 0; plane < planes; ++plane)
        loaded.push_back(
            kb.load(from, kb.add(kb.add(run.offsets[0], at), plane * planeStep),
                    width));
      Value target = kb.add(run.offsets[1], kb.mul(at, planes));
      for (auto [part, vector] : llvm::enumerate(interleave(kb, loaded)))
        kb.store(vector, to, kb.add(target, part * width));
    };
    int64_t done = pixels / kWidth * kWidth;
    kb.loop(0, done, kWidth, [&](Value at) { piece(at, kWidth); });
    // The last pixels once more with the ones before them.
    if (done < pixels)
      piece(kb.index(pixels - kWidth), kWidth);
  });
  return true;
}

void codegen::emitCopy(KernelBuilder &kb, ArrayRef<int64_t> sizes,
                       const TypedBuffer &from, const StridedView &fromView,
                       const TypedBuffer &to, const StridedView &toView) {
  auto [merged, views] = mergeAxes(sizes, {fromView, toView});
  if (emitInterleavingCopy(kb, merged, from, views[0], to, views[1]))
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
