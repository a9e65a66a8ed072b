// RUN: narrow-opt %s --normalize-tosa --split-input-file | FileCheck %s

// CHECK-LABEL: @conv
// CHECK: nn.conv2d %arg0, %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.name = "c", pads = array<i64: 1, 0, 1, 0>, strides = array<i64: 1, 2>}
func.func @conv(%x: tensor<1x8x9x3xf32>, %b: tensor<4xf32>) -> tensor<1x8x4x4xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<4x3x3x3xf32>} : () -> tensor<4x3x3x3xf32>
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, pad = array<i64: 1, 1, 0, 0>, stride = array<i64: 1, 2>, dilation = array<i64: 1, 1>, narrow.name = "c"}
    : (tensor<1x8x9x3xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x8x4x4xf32>
  return %y : tensor<1x8x4x4xf32>
}

// -----

// [kh=1, kw=2, C=2, M=2] becomes [C * M, kh, kw, 1]; one bias for all becomes four.
// CHECK-LABEL: @depthwise
// CHECK-DAG: dense<{{\[\[\[\[}}0.{{0*}}e+00], [4.{{0*}}e+00]]], {{\[\[\[}}1.{{0*}}e+00], [5.{{0*}}e+00]]], {{\[\[\[}}2.{{0*}}e+00], [6.{{0*}}e+00]]], {{\[\[\[}}3.{{0*}}e+00], [7.{{0*}}e+00]]]]> : tensor<4x1x2x1xf32>
// CHECK-DAG: dense<5.000000e-01> : tensor<4xf32>
// CHECK: nn.conv2d {{.*}}groups = 2 : i64
func.func @depthwise(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x3x4xf32> {
  %w = "tosa.const"() {values = dense<[[[[0.0, 1.0], [2.0, 3.0]], [[4.0, 5.0], [6.0, 7.0]]]]> : tensor<1x2x2x2xf32>} : () -> tensor<1x2x2x2xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = tosa.depthwise_conv2d %x, %w, %b, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>}
    : (tensor<1x4x4x2xf32>, tensor<1x2x2x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x3x4xf32>
  return %y : tensor<1x4x3x4xf32>
}

// -----

// CHECK-LABEL: @transposed
// CHECK: nn.transposed_conv2d {{.*}}pads = array<i64: 1, 0, 0, 0>, strides = array<i64: 2, 2>
func.func @transposed(%x: tensor<1x4x4x1xf32>, %w: tensor<1x3x3x1xf32>, %b: tensor<1xf32>) -> tensor<1x9x9x1xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = tosa.transpose_conv2d %x, %w, %b, %z, %z {acc_type = f32, out_pad = array<i64: -1, 1, 0, 0>, stride = array<i64: 2, 2>}
    : (tensor<1x4x4x1xf32>, tensor<1x3x3x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x9x9x1xf32>
  return %y : tensor<1x9x9x1xf32>
}

// -----

// CHECK-LABEL: @products
// CHECK-DAG: dense<{{\[\[}}1.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>
// CHECK: nn.linear %arg0, {{.*}} -> tensor<1x3x2xf32>
// CHECK: nn.matmul %{{.*}}, %arg1
func.func @products(%x: tensor<1x3x2xf32>, %r: tensor<1x2x5xf32>) -> tensor<1x3x5xf32> {
  %m = "tosa.const"() {values = dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32>} : () -> tensor<1x2x2xf32>
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.matmul %x, %m, %z, %z : (tensor<1x3x2xf32>, tensor<1x2x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x2xf32>
  %b = tosa.matmul %a, %r, %z, %z : (tensor<1x3x2xf32>, tensor<1x2x5xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x5xf32>
  return %b : tensor<1x3x5xf32>
}

// -----

// CHECK-LABEL: @pools
// CHECK: nn.max_pool2d %arg0 {{.*}}pads = array<i64: 1, 0, 0, 0>
// CHECK: nn.avg_pool2d %arg0 {count_include_pad = false
func.func @pools(%x: tensor<1x3x4x1xf32>) -> (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 1, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x3x4x1xf32>) -> tensor<1x2x2x1xf32>
  %b = tosa.avg_pool2d %x, %z, %z {acc_type = f32, kernel = array<i64: 2, 2>, pad = array<i64: 1, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x3x4x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
  return %a, %b : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
}

// -----

// Half-pixel positions by two, then asymmetric ones by three halves.
// CHECK-LABEL: @resize
// CHECK: nn.resize linear half_pixel %arg0 {{.*}}scales = array<f64: 2.000000e+00, 2.000000e+00>
// CHECK: nn.resize nearest asymmetric %{{.*}}nearest_mode = #nn.nearest_mode<round_prefer_ceil>{{.*}}scales = array<f64: 1.500000e+00, 1.500000e+00>
func.func @resize(%x: tensor<1x4x4x2xf32>) -> tensor<1x12x12x2xf32> {
  %s0 = tosa.const_shape {values = dense<[4, 2, 4, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %o0 = tosa.const_shape {values = dense<[-1, -1]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %b0 = tosa.const_shape {values = dense<[1, 1]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %0 = tosa.resize %x, %s0, %o0, %b0 {mode = BILINEAR} : (tensor<1x4x4x2xf32>, !tosa.shape<4>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x8x8x2xf32>
  %s1 = tosa.const_shape {values = dense<[3, 2, 3, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %o1 = tosa.const_shape {values = dense<[0, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %b1 = tosa.const_shape {values = dense<[1, 1]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %1 = tosa.resize %0, %s1, %o1, %b1 {mode = NEAREST_NEIGHBOR} : (tensor<1x8x8x2xf32>, !tosa.shape<4>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x12x12x2xf32>
  return %1 : tensor<1x12x12x2xf32>
}

// -----

// Integer layers, and rows added before the first of a transposed convolution.
// CHECK-LABEL: @left
// CHECK: tosa.max_pool2d
// CHECK: tosa.transpose_conv2d
func.func @left(%i: tensor<1x2x2x1xi8>, %x: tensor<1x4x4x1xf32>, %w: tensor<1x3x3x1xf32>, %b: tensor<1xf32>) -> (tensor<1x1x1x1xi8>, tensor<1x10x9x1xf32>) {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.max_pool2d %i {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x2x2x1xi8>) -> tensor<1x1x1x1xi8>
  %y = tosa.transpose_conv2d %x, %w, %b, %z, %z {acc_type = f32, out_pad = array<i64: 1, 0, 0, 0>, stride = array<i64: 2, 2>}
    : (tensor<1x4x4x1xf32>, tensor<1x3x3x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x10x9x1xf32>
  return %a, %y : tensor<1x1x1x1xi8>, tensor<1x10x9x1xf32>
}
