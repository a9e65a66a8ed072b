// RUN: narrow-opt %s --import-linalg --split-input-file --verify-diagnostics | FileCheck %s

// A bias that the sums start from, rows of a batch as rows of one product.
// CHECK-LABEL: @products
// CHECK: %[[W:.*]] = "tosa.const"() <{values = dense<{{\[\[}}1.{{0*}}e+00, 3.{{0*}}e+00, 5.{{0*}}e+00], [2.{{0*}}e+00, 4.{{0*}}e+00, 6.{{0*}}e+00]]>
// CHECK: %[[L:.*]] = nn.linear %arg0, %[[W]]
// CHECK: %[[B:.*]] = "tosa.const"() <{values = dense<{{\[\[}}5.{{0*}}e-01, 1.5{{0*}}e+00]]>
// CHECK: tosa.add %[[L]], %[[B]]
// CHECK: nn.matmul %arg2, %arg1
func.func @products(%x: tensor<4x3xf32>, %r: tensor<5x4x2xf32>, %l: tensor<5x2x4xf32>) -> (tensor<4x2xf32>, tensor<5x2x2xf32>) {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %b = arith.constant dense<[0.5, 1.5]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x2xf32>
  %init = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<4x2xf32>) dimensions = [0]
  %y = linalg.matmul ins(%x, %w : tensor<4x3xf32>, tensor<3x2xf32>) outs(%init : tensor<4x2xf32>) -> tensor<4x2xf32>
  %e2 = tensor.empty() : tensor<5x2x2xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<5x2x2xf32>) -> tensor<5x2x2xf32>
  %z = linalg.batch_matmul ins(%l, %r : tensor<5x2x4xf32>, tensor<5x4x2xf32>) outs(%f2 : tensor<5x2x2xf32>) -> tensor<5x2x2xf32>
  return %y, %z : tensor<4x2xf32>, tensor<5x2x2xf32>
}

// -----

// A generic contraction with the weights on the left: y[o] = sum w[o, i] x[i].
// CHECK-LABEL: @generic_product
// CHECK: nn.linear %{{.*}} : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
func.func @generic_product(%x: tensor<3xf32>, %init: tensor<2xf32>) -> tensor<2xf32> {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %y = linalg.matvec ins(%w, %x : tensor<2x3xf32>, tensor<3xf32>) outs(%init : tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// CHECK-LABEL: @nchw
// CHECK: tosa.pad %arg0
// CHECK: tosa.transpose %{{.*}} {perms = array<i32: 0, 2, 3, 1>}
// CHECK: nn.conv2d {{.*}}groups = 1 : i64, {{.*}}strides = array<i64: 2, 2>} : (tensor<1x6x6x2xf32>, tensor<3x3x3x2xf32>, tensor<3xf32>) -> tensor<1x2x2x3xf32>
// CHECK: nn.conv2d {{.*}}groups = 3 : i64, {{.*}} : (tensor<1x2x2x3xf32>, tensor<3x2x2x1xf32>, tensor<3xf32>) -> tensor<1x1x1x3xf32>
func.func @nchw(%x: tensor<1x2x4x4xf32>) -> tensor<1x3x1x1xf32> {
  %w = arith.constant dense<1.0> : tensor<3x2x3x3xf32>
  %d = arith.constant dense<2.0> : tensor<3x2x2xf32>
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x2x4x4xf32> to tensor<1x2x6x6xf32>
  %e = tensor.empty() : tensor<1x3x2x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32>
  %y = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
    ins(%p, %w : tensor<1x2x6x6xf32>, tensor<3x2x3x3xf32>) outs(%f : tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32>
  %e2 = tensor.empty() : tensor<1x3x1x1xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x3x1x1xf32>) -> tensor<1x3x1x1xf32>
  %z = linalg.depthwise_conv_2d_nchw_chw {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
    ins(%y, %d : tensor<1x3x2x2xf32>, tensor<3x2x2xf32>) outs(%f2 : tensor<1x3x1x1xf32>) -> tensor<1x3x1x1xf32>
  return %z : tensor<1x3x1x1xf32>
}

// -----

// Images that lie as they should need no transpose; neither do one-dimensional ones.
// CHECK-LABEL: @nhwc
// CHECK-NOT: tosa.transpose
// CHECK: nn.conv2d %arg0
// CHECK: nn.conv2d {{.*}} : (tensor<1x1x5x2xf32>, tensor<4x1x3x2xf32>, tensor<4xf32>) -> tensor<1x1x3x4xf32>
func.func @nhwc(%x: tensor<1x4x4x2xf32>, %l: tensor<1x5x2xf32>) -> (tensor<1x2x2x3xf32>, tensor<1x3x4xf32>) {
  %w = arith.constant dense<1.0> : tensor<3x3x2x3xf32>
  %v = arith.constant dense<1.0> : tensor<3x2x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x2x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  %y = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x4x4x2xf32>, tensor<3x3x2x3xf32>) outs(%f : tensor<1x2x2x3xf32>) -> tensor<1x2x2x3xf32>
  %e1 = tensor.empty() : tensor<1x3x4xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  %z = linalg.conv_1d_nwc_wcf {dilations = dense<1> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>}
    ins(%l, %v : tensor<1x5x2xf32>, tensor<3x2x4xf32>) outs(%f1 : tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  return %y, %z : tensor<1x2x2x3xf32>, tensor<1x3x4xf32>
}

// -----

// Zeros between the elements of the input make it a transposed convolution with the taps reversed.
// CHECK-LABEL: @transposed
// CHECK: dense<{{\[\[}}[{{\[}}4.{{0*}}e+00], [3.{{0*}}e+00]], [{{\[}}2.{{0*}}e+00], [1.{{0*}}e+00]]]]> : tensor<1x2x2x1xf32>
// CHECK: nn.transposed_conv2d {{.*}}pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>}
func.func @transposed(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x4x4xf32> {
  %w = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x1x5x5xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x5x5xf32>) -> tensor<1x1x5x5xf32>
  %d = tensor.insert_slice %x into %f[0, 0, 1, 1] [1, 1, 2, 2] [1, 1, 2, 2] : tensor<1x1x2x2xf32> into tensor<1x1x5x5xf32>
  %e1 = tensor.empty() : tensor<1x1x4x4xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %y = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
    ins(%d, %w : tensor<1x1x5x5xf32>, tensor<1x1x2x2xf32>) outs(%f1 : tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  return %y : tensor<1x1x4x4xf32>
}
