//===- ShuffledNest.cpp - transposing nests by byte shuffles --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShuffledNest.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;

namespace {
/// Bytes of the vectors that are shuffled: all levels have such shuffles.
constexpr int64_t kVectorBytes = 16;
/// Inputs of one output vector beyond which single elements are as fast.
constexpr size_t kMostWindows = 8;
/// Elements of the inner axis, of two that are contiguous in the output.
constexpr int64_t kLongestInner = 4;

/// The pattern of one block: `pixels` steps along the outer of the two axes,
/// `inner` elements each. The block's outputs are contiguous.
///
///     pixels = 4, inner = 3, inputs in planes:   r r r r   g g g g   b b b b
///     outputs:                                   r g b r   g b r g   b r g b
struct Pattern {
  int64_t lanes;  ///< Elements of a vector.
  int64_t pixels; ///< Multiples of `lanes`.
  int64_t inner;
  int64_t pixelStep, innerStep; ///< Of the input, in elements.
  SmallVector<int64_t> windows; ///< First elements of the input vectors.

  int64_t vectors() const { return pixels * inner / lanes; }
  /// The input element of output element `index`.
  int64_t source(int64_t index) const {
    return index / inner * pixelStep + index % inner * innerStep;
  }
  /// The first of `windows` that holds input element `at`.
  unsigned windowOf(int64_t at) const {
    for (unsigned i = 0; i < windows.size(); ++i)
      if (at >= windows[i] && at < windows[i] + lanes)
        return i;
    llvm_unreachable("every source is in a window");
  }
  /// Covers the inputs by as few windows as a sweep finds.
  void cover() {
    SmallVector<int64_t> all;
    for (int64_t i = 0; i < pixels * inner; ++i)
      all.push_back(source(i));
    llvm::sort(all);
    for (int64_t at : all)
      if (windows.empty() || at >= windows.back() + lanes)
        windows.push_back(at);
  }
  size_t mostWindowsOfAVector() const {
    size_t most = 0;
    for (int64_t v = 0; v < vectors(); ++v) {
      llvm::SmallSetVector<unsigned, 8> used;
      for (int64_t lane = 0; lane < lanes; ++lane)
        used.insert(windowOf(source(v * lanes + lane)));
      most = std::max(most, used.size());
    }
    return most;
  }
};
} // namespace

/// Returns the output vector `v` of a block, whose windows are `inputs`.
static Value assemble(KernelBuilder &kb, const Pattern &block,
                      ArrayRef<Value> inputs, int64_t v) {
  SmallVector<unsigned> windows;
  SmallVector<int64_t> lanesOf;
  llvm::SmallSetVector<unsigned, 8> used;
  for (int64_t lane = 0; lane < block.lanes; ++lane) {
    int64_t at = block.source(v * block.lanes + lane);
    windows.push_back(block.windowOf(at));
    lanesOf.push_back(at - block.windows[windows.back()]);
    used.insert(windows.back());
  }
  auto shuffle = [&](Value lhs, Value rhs, ArrayRef<int64_t> mask) -> Value {
    return mlir::vector::ShuffleOp::create(kb.getBuilder(), kb.getLoc(), lhs,
                                           rhs, mask);
  };
  // The first two windows come in one shuffle; later ones fill their lanes.
  unsigned first = used.front();
  if (used.size() == 1)
    return shuffle(inputs[first], inputs[first], lanesOf);
  Value result = inputs[first];
  for (unsigned window : llvm::drop_begin(used)) {
    bool isSecond = result == inputs[first];
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < block.lanes; ++lane) {
      if (windows[lane] == window)
        mask.push_back(block.lanes + lanesOf[lane]);
      else
        mask.push_back(isSecond && windows[lane] == first ? lanesOf[lane]
                                                          : lane);
    }
    result = shuffle(result, inputs[window], mask);
  }
  return result;
}

bool codegen::emitShuffledNest(
    KernelBuilder &kb, ArrayRef<int64_t> sizes, const StridedView &fromView,
    const StridedView &toView, unsigned elementBytes, int64_t readable,
    function_ref<Value(Value at, unsigned lanes)> load,
    function_ref<void(Value piece, Value at)> store) {
  size_t rank = sizes.size();
  if (elementBytes > 2 || kb.getTarget().vectorBytes < kVectorBytes ||
      toView.strides.back() != 1)
    return false;
  Pattern block;
  block.lanes = kVectorBytes / elementBytes;
  bool two = rank >= 2 && sizes[rank - 1] <= kLongestInner &&
             toView.strides[rank - 2] == sizes[rank - 1];
  size_t outer = two ? rank - 2 : rank - 1;
  block.inner = two ? sizes[rank - 1] : 1;
  block.innerStep = two ? fromView.strides[rank - 1] : 0;
  block.pixelStep = fromView.strides[outer];
  block.pixels = block.lanes;
  int64_t pixels = sizes[outer];
  if (pixels < block.lanes || (!two && block.pixelStep == 1) ||
      block.pixelStep < 0 || block.innerStep < 0)
    return false;
  block.cover();
  if (block.mostWindowsOfAVector() > kMostWindows)
    return false;
  // The last vector read must end inside the buffer.
  int64_t last = fromView.origin + block.windows.back() + block.lanes +
                 (pixels - block.pixels) * block.pixelStep;
  for (size_t axis = 0; axis < outer; ++axis)
    last += std::max<int64_t>(0, fromView.strides[axis]) * (sizes[axis] - 1);
  if (last > readable)
    return false;

  auto piece = [&](Value from, Value to) {
    SmallVector<Value> inputs;
    for (int64_t window : block.windows)
      inputs.push_back(load(kb.add(from, window), block.lanes));
    for (int64_t v = 0; v < block.vectors(); ++v)
      store(assemble(kb, block, inputs, v), kb.add(to, v * block.lanes));
  };
  // The nest walks the axes before the block's; a last one of size 1 stands
  // for those.
  auto drop = [&](const StridedView &view) {
    StridedView result{
        view.origin,
        SmallVector<int64_t>(ArrayRef(view.strides).take_front(outer))};
    result.strides.push_back(0);
    return result;
  };
  SmallVector<int64_t> around(sizes.take_front(outer));
  around.push_back(1);
  emitNest(kb, around, {drop(fromView), drop(toView)}, [&](const NestRun &run) {
    kb.loop(run.length, [&](Value i) {
      Value from = kb.add(run.offsets[0], kb.mul(i, run.steps[0]));
      Value to = kb.add(run.offsets[1], kb.mul(i, run.steps[1]));
      auto at = [&](Value pixel) {
        piece(kb.add(from, kb.mul(pixel, block.pixelStep)),
              kb.add(to, kb.mul(pixel, block.inner)));
      };
      int64_t done = pixels / block.pixels * block.pixels;
      kb.loop(0, done, block.pixels, at);
      // The last pixels once more with the ones before them.
      if (done < pixels)
        at(kb.index(pixels - block.pixels));
    });
  });
  return true;
}
