//===- Passes.td - passes that make a float model ready ----*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_PREPARE_PASSES_TD
#define NARROW_PREPARE_PASSES_TD

include "mlir/Pass/PassBase.td"
include "narrow/Prepare/ChannelPasses.td"
include "narrow/Prepare/SoftmaxPasses.td"
def FoldBatchNorm : Pass<"fold-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "multiply batch normalisations into the weights beside them";
  let description = [{
    A batch normalisation with constant statistics is x * s[c] + t[c]. Behind a
    convolution or linear layer that nothing else reads, s and t go into its
    weights and bias. Otherwise they go into the layer behind it (also past the
    reshape that flattens an image for an `nn.linear`), unless that layer pads
    with zeros, which t would move. What no layer takes becomes a `tosa.mul` and
    a `tosa.add`. An offset that adds more than 4096 through one weight is not
    folded into a layer behind it, and a mean of more than 4096 deviations is
    subtracted first (`tosa.sub`): f32 could not take it away again.

    ```mlir
    %y = nn.conv2d %x, %w, %b {...} : (tensor<1x8x8x3xf32>, tensor<4x1x1x3xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
    %z = nn.batch_norm %y, %scale, %offset, %mean, %variance {epsilon = 1.0e-5 : f32} : ...
    // becomes
    %z = nn.conv2d %x, %w_scaled, %b_scaled {...} : ...
    ```

    The products are computed in double precision and rounded once. Layers with
    computed weights and normalisations with computed statistics stay.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def FoldConstants : Pass<"fold-constants", "::mlir::func::FuncOp"> {
  let summary = "compute ops whose operands are all constant";
  let description = [{
    Evaluates data movement, elementwise ops, casts and reductions on constants
    of f32 and integers, in the element type's own arithmetic, and writes the
    value as a constant. Unlike upstream's folders it reads constants that are
    resources, which every large weight is.

    ```mlir
    %w = "tosa.const"() <{values = dense<[[1.0, 2.0]]> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
    %t = tosa.transpose %w {perms = array<i32: 1, 0>} : (tensor<1x2xf32>) -> tensor<2x1xf32>
    // becomes
    %t = "tosa.const"() <{values = dense<[[1.0], [2.0]]> : tensor<2x1xf32>}> : () -> tensor<2x1xf32>
    ```

    It does not fold values with more than `max-elements` elements, values that
    TOSA leaves undefined (division by zero, a cast of NaN to an integer), f16
    and f64, nor contractions.
  }];
  let options = [
    Option<"maxElements", "max-elements", "uint64_t", "16777216",
           "the largest number of elements of a value that is folded">
  ];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def FuseActivations : Pass<"fuse-activations", "::mlir::func::FuncOp"> {
  let summary = "recognise activation functions that are spelt out";
  let description = [{
    Exporters write hard-swish, swish, GELU, Mish, softplus, softsign, leaky
    ReLU, ELU and hard sigmoid as a handful of elementwise ops. In fixed point
    each of those would round; as one `nn.unary` the function is one table.

    Every elementwise expression of one value (at most 16 ops) is computed at
    sample points in [-80, 80] and replaced where it agrees with a function at
    all of them, whatever its spelling.

    ```mlir
    %a = tosa.add %x, %three : ...
    %b = tosa.clamp %a {min_val = 0.0 : f32, max_val = 6.0 : f32} : ...
    %c = tosa.mul %x, %b, %shift : ...
    %y = tosa.mul %c, %one_sixth, %shift : ...
    // becomes
    %y = nn.unary hard_swish %x : tensor<1x8x8x4xf32>
    ```

    It does not look for other functions, nor through constants that differ
    between elements.
  }];
  let dependentDialects = ["::narrow::nn::NnDialect"];
}

def ExpandResize : Pass<"expand-resize", "::mlir::func::FuncOp"> {
  let summary = "write interpolation with many taps as sums of products";
  let description = [{
    Cubic interpolation, filters that are widened when shrinking or that do not
    see beyond the rim, and crops are one `nn.linear` along each axis, with the
    taps of each result position as weights and what lies outside a crop as
    bias. So they have the integer form of every layer.

    ```mlir
    %y = nn.resize cubic half_pixel %x {...} : tensor<1x4x4x3xf32> -> tensor<1x8x8x3xf32>
    // becomes
    %r = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x4x4x3xf32>) -> tensor<1x4x3x4xf32>
    %h = nn.linear %r, %heights, %zero : ... -> tensor<1x4x3x8xf32>
    ... back, and the same along the width
    ```

    It leaves nearest and plain linear interpolation, which have a fixed-point
    form of their own, and axes of more than 2^22 pairs of positions.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def FusePad : Pass<"fuse-pad", "::mlir::func::FuncOp"> {
  let summary = "let convolutions and pools pad their input themselves";
  let description = [{
    A `tosa.pad` of height and width goes into the `pads` of the op behind it:
    zeros into a convolution or an average pool that counts its padding, numbers
    that no element is below (such as minus infinity, or zero behind a ReLU)
    into a max pool.

    ```mlir
    %p = tosa.pad %x, %one_on_each_side, %zero : (tensor<1x8x8x3xf32>, ...) -> tensor<1x10x10x3xf32>
    %y = nn.conv2d %p, %w, %b {pads = array<i64: 0, 0, 0, 0>, ...} : ...
    // becomes
    %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>, ...} : ...
    ```

    It does not fuse padding of batch or channels, other numbers, nor pads that
    would leave a window of a pool with nothing but padding.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def FuseNormalization : Pass<"fuse-normalization", "::mlir::func::FuncOp"> {
  let summary = "recognise layer, instance, root-mean-square and L2 normalisation";
  let description = [{
    A value, or a value less its mean, divided by the root of its squares' sum
    times a number (of a mean or an unbiased variance) over any axes becomes one
    `nn` op, whatever spells it: an epsilon below the root or a bound of it, roots
    as powers, statistics that are reshaped, tiled or computed twice. Rows that are not the last axes are transposed
    there; where each channel of an image is a row, channels go last.

    ```mlir
    %q = tosa.mul %x, %x, %shift : ...
    %s = tosa.reduce_sum %q {axis = 1 : i32} : ...
    %m = tosa.mul %s, %quarter, %shift : ...
    %e = tosa.add %m, %epsilon : ...
    %r = tosa.rsqrt %e : ...
    %y = tosa.mul %x, %r, %shift : ...
    // becomes
    %y = nn.rms_norm %x, %ones {axis = 1 : i64, epsilon = 1.0e-5 : f32} : ...
    ```

    Products and sums with constants behind a normalisation that nothing else
    reads become its scale and offset, where they vary along its last axes
    alone (a sum stays behind a root-mean-square norm, which has no offset).
    Squares of one value and a division of another are not a normalisation, nor
    are a mean and a variance over different axes.
  }];
  let dependentDialects = ["::narrow::nn::NnDialect"];
}

def HoistFactors : Pass<"hoist-factors", "::mlir::func::FuncOp"> {
  let summary = "move products with a number to what can take them in";
  let description = [{
    A product with a positive number moves before ops that move elements where a
    layer or a sum, which takes it in, or a product of matrices makes these. From
    the latter it goes on to a side: a constant, a layer's, or the smaller one.

    ```mlir
    %r = tosa.reshape %s, ... : ... // %s = nn.matmul %q, %k
    %y = tosa.mul %r, %eighth, %shift : ...
    // becomes
    %e = tosa.mul %q, %eighth, %shift : ... // merge-linear-bias has weights take it in
    %s = nn.matmul %e, %k : ...
    %y = tosa.reshape %s, ... : ...
    ```

    Nothing else may read what lies between. Negative numbers stay, and several
    but for one a channel behind a layer's ReLU, which move before that.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def HoistNames : Pass<"hoist-names", "::mlir::func::FuncOp"> {
  let summary = "give a value the name that its moved form has";
  let description = [{
    The importer makes an ONNX convolution of a transpose, an `nn.conv2d` and a
    transpose back, and the last of them carries the ONNX name. Where a
    transpose or reshape has a `narrow.name` and the op that makes its operand
    has none, the name goes to that op, so that it is still there when the
    transpose has been cancelled.

    ```mlir
    %y = nn.conv2d %x, %w, %b {...} : ...
    %z = tosa.transpose %y {narrow.name = "conv1", perms = array<i32: 0, 3, 1, 2>} : ...
    // becomes
    %y = nn.conv2d %x, %w, %b {narrow.name = "conv1", ...} : ...
    %z = tosa.transpose %y {perms = array<i32: 0, 3, 1, 2>} : ...
    ```

    Constants and function arguments are not named.
  }];
}

def InsertObservers : Pass<"insert-observers", "::mlir::ModuleOp"> {
  let summary = "mark every value whose range matters with fxp.observe";
  let description = [{
    Puts an `fxp.observe` on every f32 argument and result of a function and on
    every other f32 value that fixed point needs a scale for. Not observed are

    - constants;
    - values that data movement makes (reshape, transpose, slice, pad by zero,
      max pool, ...): they have their operand's scale;
    - results of convolutions, linear layers, products and sums that a clamp
      alone reads: the clamp is part of their requantisation.

    The name is the `narrow.name` attribute that the importer puts on the op,
    argument or result (the ONNX tensor's name), else the op's own; a number is
    appended where it is taken.

    ```mlir
    %y = nn.linear %x, %w, %b {narrow.name = "fc1"} : ...
    %z = tosa.clamp %y {min_val = 0.0 : f32, max_val = 6.0 : f32, narrow.name = "relu1"} : ...
    // becomes
    %y = nn.linear %x, %w, %b {narrow.name = "fc1"} : ...
    %z = tosa.clamp %y {min_val = 0.0 : f32, max_val = 6.0 : f32, narrow.name = "relu1"} : ...
    fxp.observe %z "relu1" : tensor<1x10xf32>
    ```

    Values that have an observer keep it. Run it last: ops made after it are not
    observed.
  }];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

def MergeClamps : Pass<"merge-clamps", "::mlir::func::FuncOp"> {
  let summary = "merge bounds that follow each other into one clamp";
  let description = [{
    Writes f32 maxima and minima with one number as `tosa.clamp`, and a clamp of
    a clamp as one. A clamp behind an op that moves or picks elements (a reshape,
    slice, concatenation or max pool, but no padding) moves before it, where an
    op is that can take the clamp in (a convolution, linear layer, sum or product
    that nothing else reads).

    ```mlir
    %a = tosa.maximum %x, %zero : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
    %b = tosa.minimum %a, %six : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
    // becomes
    %b = tosa.clamp %x {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
    ```

    Bounds that differ between elements stay, and so do clamps that treat NaN
    differently from each other.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def MergeLinearBias : Pass<"merge-linear-bias", "::mlir::func::FuncOp"> {
  let summary = "merge constant sums and products into weights and bias";
  let description = [{
    A `tosa.add`, `tosa.sub` or `tosa.mul` with one constant per channel (or one
    number) goes into the bias and the weights of the convolution or linear
    layer before it, or else behind it; into a layer behind it that pads with
    zeros only products do, and so where an offset adds more than 4096 through
    one weight: sums of f32 could not take it away again.

    ```mlir
    %y = nn.linear %x, %w, %zeros : (tensor<1x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    %z = tosa.add %y, %b : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
    // becomes
    %z = nn.linear %x, %w, %b : (tensor<1x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    ```

    Layers whose result has another reader, and layers with computed weights,
    are left as they are.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def NormalizeTosa : Pass<"normalize-tosa", "::mlir::func::FuncOp"> {
  let summary = "write TOSA's convolutions, products and pools as nn ops";
  let description = [{
    Brings f32 layers of a TOSA file into the form that the importer makes:
    `tosa.conv2d` and `tosa.depthwise_conv2d` become `nn.conv2d` with weights in
    OHWI order, `tosa.transpose_conv2d` becomes `nn.transposed_conv2d`,
    `tosa.matmul` becomes `nn.matmul`, or `nn.linear` where its right side is one
    constant matrix, pools become `nn` pools and `tosa.resize` becomes `nn.resize`
    where positions are ONNX's asymmetric or half-pixel ones.

    ```mlir
    %y = tosa.depthwise_conv2d %x, %w, %b, %zp, %zp {pad = array<i64: 1, 1, 1, 1>, ...}
      : (tensor<1x8x8x4xf32>, tensor<3x3x4x1xf32>, ...) -> tensor<1x8x8x4xf32>
    // becomes
    %y = nn.conv2d %x, %w, %b {groups = 4 : i64, pads = array<i64: 1, 1, 1, 1>, ...}
      : (tensor<1x8x8x4xf32>, tensor<4x3x3x1xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
    ```

    Integer and f16 layers are left, and so are transposed convolutions that add
    rows or columns before the first.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect", "::narrow::nn::NnDialect"];
}

def PropagateTransposes : Pass<"propagate-transposes", "::mlir::func::FuncOp"> {
  let summary = "choose the axis order of every value so that transposes vanish";
  let description = [{
    An op such as an addition, a clamp or a concatenation means the same in any
    order of its axes. For each permutation that the function's transposes use,
    the pass decides for all such ops together whether they run in the order
    they have or in the permuted one. The decision is a minimum cut: it is the
    one that leaves the fewest transposed elements. It is taken only where
    that is strictly fewer than before, so the pass terminates.

    ```mlir
    %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
    %b = tosa.clamp %a {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
    %c = tosa.transpose %b {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x8x8x4xf32>
    // becomes
    %c = tosa.clamp %x {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
    ```

    Axes of concat, slice, pad, tile, reverse, softmax and reductions are
    remapped, constant operands are permuted. A reshape to the rows of linear
    layers may read any order of the axes in a row: `simplify-movement` permutes
    the weights for it. Ops with a fixed axis order
    (convolutions, pools, normalisations, reshapes) are left as they are; so are
    ops with more than one result and values of unknown shape.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def SimplifyMovement : Pass<"simplify-movement", "::mlir::func::FuncOp"> {
  let summary = "merge and remove transposes and reshapes that follow each other";
  let description = [{
    - two transposes become one, an identity none;
    - two reshapes become one, one to the same shape none;
    - a reshape that only splits axes moves before the transpose it follows, so
      that the transpose can merge with the next one (channel shuffle, depth to
      space);
    - a transpose and a reshape before an `nn.linear` that flatten the axes in
      another order become a reshape and weights with permuted columns;
    - with `unit-transposes-to-reshapes`, a transpose that moves only axes of
      size 1 becomes a reshape.

    ```mlir
    %t = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x1x1x8xf32>) -> tensor<1x8x1x1xf32>
    // becomes
    %s = tosa.const_shape {values = dense<[1, 8, 1, 1]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %t = tosa.reshape %x, %s : (tensor<1x1x1x8xf32>, !tosa.shape<4>) -> tensor<1x8x1x1xf32>
    ```

    Weights that are not constant are never permuted, and nothing is moved
    past a reshape that merges axes.
  }];
  let options = [
    Option<"unitTransposesToReshapes", "unit-transposes-to-reshapes", "bool",
           "true", "write a transpose that moves only axes of size 1 as a reshape">
  ];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def StridedSliceToPool : Pass<"strided-slice-to-pool", "::mlir::func::FuncOp"> {
  let summary = "write a slice of every n-th row and column as a pool";
  let description = [{
    TOSA has no strided slice; a reshape, a slice and a reshape stand for one.
    On rank 4 and from the first element on it is a max pool with a window of
    one pixel, which transposes can be propagated through and which is one
    kernel. Two such slices in a row, of height and width, become one pool.

    ```mlir
    %a = tosa.reshape %x, ... : (tensor<1x3x8x8xf32>, ...) -> tensor<1x3x4x2x8xf32>
    %b = tosa.slice %a, ... : ... -> tensor<1x3x4x1x8xf32>
    %c = tosa.reshape %b, ... : ... -> tensor<1x3x4x8xf32>
    // becomes
    %t = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
    %p = nn.max_pool2d %t {kernel = array<i64: 1, 1>, strides = array<i64: 2, 1>, ...} : ...
    %c = tosa.transpose %p {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x4x8x3xf32>) -> tensor<1x3x4x8xf32>
    ```

    Slices of other ranks, of the batch, or that start elsewhere are left.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect", "::narrow::nn::NnDialect"];
}

def VerifyFloat : Pass<"verify-float", "::mlir::ModuleOp"> {
  let summary = "check that a module is of the float level";
  let description = [{
    Reports, all at once, every op that is not of TOSA, `nn`, `func` or
    `fxp.observe`, TOSA's control flow, variables, custom ops and rescales, every
    value that is not a tensor of f32 or signless integers with a static shape,
    and layers whose constant weights are not all finite. It changes nothing.

    ```mlir
    %y = tosa.custom %x {...} // error: expected an operation of the float level, found 'tosa.custom'
    ```
  }];
}

#endif // NARROW_PREPARE_PASSES_TD
