//===- NnImageOps.td - pools and resizing of images --------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNIMAGEOPS_TD
#define NARROW_DIALECT_NN_IR_NNIMAGEOPS_TD

include "narrow/Dialect/Nn/IR/NnBase.td"

def Nn_MaxPool2DOp : Nn_Op<"max_pool2d"> {
  let summary = "largest value of each window";
  let description = [{
    ```
    out[n,y,x,c] = max over ky,kx of in[n, y*sy + ky*dy - top, x*sx + kx*dx - left, c]
    ```
    Positions outside the input do not take part; every window starts before
    the input's end and ends after its start. The result type says whether
    sizes are floored or ceiled.
  }];
  let arguments = (ins Nn_Image:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations);
  let results = (outs Nn_Image:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Nn_AvgPool2DOp : Nn_Op<"avg_pool2d"> {
  let summary = "mean of each window";
  let description = [{
    The mean of the window's input positions, or with `count_include_pad` their
    sum divided by the number of window positions inside the padded input (what
    a ceiled size adds beyond the pads is never counted). Windows, sizes and
    `pads` as in `nn.max_pool2d`. A global pool is one window.
  }];
  let arguments = (ins Nn_Image:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, BoolAttr:$count_include_pad);
  let results = (outs Nn_Image:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Nn_ResizeOp : Nn_Op<"resize"> {
  let summary = "images resized by interpolation";
  let description = [{
    Resizes height and width as ONNX `Resize` does. `scales` = [height, width]
    is the ratio of result to input size that positions are computed with; the
    sizes themselves are the result type's. `coordinates` says where a result
    position lies in the input; `nearest_mode` is used by `nearest` alone,
    `cubic_coefficient` by `cubic`. `exclude_outside` gives positions outside
    the input no weight, where otherwise the input's rim is repeated;
    `antialias` widens the filter when shrinking. `roi` = [top, left, bottom,
    right], in parts of the input's size, and `extrapolation` belong to
    `tf_crop_and_resize`.

    ```mlir
    %y = nn.resize linear half_pixel %x {scales = array<f64: 2.0, 2.0>}
      : tensor<1x4x4x3xf32> -> tensor<1x8x8x3xf32>
    ```
  }];
  let arguments = (ins Nn_Image:$input, Nn_ResizeModeAttr:$mode, Nn_ResizeCoordinatesAttr:$coordinates,
      DenseF64ArrayAttr:$scales,
      DefaultValuedAttr<Nn_NearestModeAttr, "::narrow::nn::NearestMode::RoundPreferFloor">:$nearest_mode,
      DefaultValuedAttr<F32Attr, "-0.75f">:$cubic_coefficient,
      DefaultValuedAttr<BoolAttr, "false">:$exclude_outside,
      DefaultValuedAttr<BoolAttr, "false">:$antialias,
      OptionalAttr<DenseF64ArrayAttr>:$roi,
      DefaultValuedAttr<F32Attr, "0.0f">:$extrapolation);
  let results = (outs Nn_Image:$result);
  let assemblyFormat = "$mode $coordinates $input attr-dict `:` type($input) `->` type($result)";
}

def Nn_LrnOp : Nn_SameTypeOp<"lrn"> {
  let summary = "local response normalisation across channels";
  let description = [{
    ```
    out[...,c] = in[...,c] / (bias + alpha / size * sum of in[...,i]^2)^beta
    ```
    over `c - floor((size-1)/2) <= i <= c + ceil((size-1)/2)`, inside the last
    axis.
  }];
  let arguments = (ins Nn_Tensor:$input, I64Attr:$size, F32Attr:$alpha, F32Attr:$beta, F32Attr:$bias);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

#endif // NARROW_DIALECT_NN_IR_NNIMAGEOPS_TD
