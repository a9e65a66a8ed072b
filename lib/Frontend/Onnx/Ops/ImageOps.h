//===- ImageOps.h - spatial attributes and axis order of image operators -*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What convolutions, pools and resizing share: images of one or two spatial
// axes in NCHW become NHWC, and ONNX's spatial attributes become checked
// numbers.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_OPS_IMAGEOPS_H
#define NARROW_LIB_FRONTEND_ONNX_OPS_IMAGEOPS_H

#include "../Node.h"

namespace narrow::frontend {

/// Turns [N, C, W] or [N, C, H, W] into [N, H, W, C] (H = 1 for one axis).
Tensor toNhwc(TensorBuilder &b, Tensor image);

/// Turns [N, H, W, C] back into ONNX's order with `spatialRank` axes.
Tensor fromNhwc(TensorBuilder &b, Tensor image, int64_t spatialRank);

/// Spatial numbers for height and width; those of a missing height are neutral.
/// Of three spatial axes the depth is apart.
struct Window {
  int64_t spatialRank = 2;
  SmallVector<int64_t> kernel;
  SmallVector<int64_t> strides;
  SmallVector<int64_t> dilations;
  /// [top, left, bottom, right].
  SmallVector<int64_t> pads;
  bool ceilMode = false;

  int64_t getDilatedKernel(int64_t axis) const {
    return (kernel[axis] - 1) * dilations[axis] + 1;
  }
};

/// Reads `kernel_shape` (which `kernel` replaces if not empty), `strides`,
/// `dilations`, `pads`, `auto_pad` and `ceil_mode` for an image in ONNX's
/// order. Images of more than two spatial axes are unsupported.
FailureOr<Window> readWindow(Node &node, ArrayRef<int64_t> image,
                             ArrayRef<int64_t> kernel);

/// What a window does along depth, height and width, which are independent:
/// `depth` is one over an image of the depth and all the rest, so that its
/// second axis is neutral. `hasDepth` is false for one or two spatial axes.
struct VolumeWindow {
  Window plane, depth;
  bool hasDepth = false;
};

/// As `readWindow`, for one to three spatial axes.
FailureOr<VolumeWindow> readVolumeWindow(Node &node, ArrayRef<int64_t> image,
                                         ArrayRef<int64_t> kernel);

/// As `readWindow`, for any number of spatial axes: windows of two axes each,
/// which are independent; of an odd number the first has one axis alone.
FailureOr<std::vector<Window>> readWindows(Node &node, ArrayRef<int64_t> image,
                                           ArrayRef<int64_t> kernel);

/// Returns [height, width] of a convolution's or a pool's result for an NHWC
/// input, or reports a window that does not fit.
FailureOr<SmallVector<int64_t>> getOutputSize(Node &node, const Window &window,
                                              ArrayRef<int64_t> nhwc);

/// Emits a convolution of an image and weights of one or two spatial axes in
/// ONNX's order; `bias` may be null. `store`, if there is one, takes the sums
/// as they are made, before their axes move.
Tensor emitConv(Node &node, Tensor input, Tensor weights, Tensor bias,
                const Window &window, int64_t groups,
                function_ref<Tensor(Tensor)> store = nullptr);

/// As above, with the node's spatial attributes and groups.
Tensor emitConv(Node &node, Tensor input, Tensor weights, Tensor bias,
                function_ref<Tensor(Tensor)> store = nullptr);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_OPS_IMAGEOPS_H
