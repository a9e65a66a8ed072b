//===- ChannelPasses.td - passes on single channels --------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PREPARE_CHANNELPASSES_TD
#define NARROW_PREPARE_CHANNELPASSES_TD

include "mlir/Pass/PassBase.td"

def RemoveConstantChannels : Pass<"remove-constant-channels", "::mlir::func::FuncOp"> {
  let summary = "remove channels that are constant or that nothing reads";
  let description = [{
    Between a convolution without groups or a linear layer and the next one,
    where each value is read once and channels stay apart (clamps, `nn.unary`,
    pools, depthwise convolutions, reshapes that keep channels innermost), a
    channel is removed

    - whose weights are all 0: it is its bias;
    - whose weights are all 0 or less behind a value that is never negative, and
      whose bias is no more than the bound of the clamp behind it: it is that
      bound;
    - whose weights in a depthwise convolution on the way are all 0;
    - that the next layer multiplies by 0 alone.

    The constant joins the next layer's bias. It has to be known exactly there:
    a pool's mean, a function and a depthwise convolution take only 0, the
    function only to 0. A constant other than 0 is removed only where the next
    layer does not pad, since it ends at the border. One channel is kept. Values
    are taken to be finite, as 0 times infinity is not 0.

    ```mlir
    %y = nn.conv2d %x, %w, %b {...} : (..., tensor<8x1x1x3xf32>, ...) -> tensor<1x8x8x8xf32>
    %z = tosa.clamp %y {min_val = 0.0 : f32, ...} : ...
    %r = nn.linear %z, %v, %c : (..., tensor<4x8xf32>, tensor<4xf32>) -> ...
    // becomes, with three channels of 0
    %y = nn.conv2d %x, %w, %b {...} : (..., tensor<5x1x1x3xf32>, ...) -> tensor<1x8x8x5xf32>
    %z = tosa.clamp %y {min_val = 0.0 : f32, ...} : ...
    %r = nn.linear %z, %v, %c : (..., tensor<4x5xf32>, tensor<4xf32>) -> ...
    ```

    Kernels work on whole groups of channels, so that fewer which fill no group
    are no faster: of those that could go so many stay that a multiple of
    `channel-group` is left, or of 4 where the layer has no more than a group.

    A remark says how many channels of which layer are gone.
  }];
  let options = [
    Option<"channelGroup", "channel-group", "unsigned", /*default=*/"16",
           "Channels that are left come in groups of so many (1: all that can go do)">,
  ];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

#endif // NARROW_PREPARE_CHANNELPASSES_TD
